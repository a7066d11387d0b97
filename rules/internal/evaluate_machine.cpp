#include "rules/internal/evaluate_machine.h"

#include <utility>

#include "base/limits.h"
#include "rules/internal/evaluate_convert.h"

namespace pawl::rules::internal {

namespace {

// Work on big values counts as instructions, so that a budget bounds time.
constexpr std::size_t bytes_per_instruction = 64;

}  // namespace

Failure make_failure(DiagnosticCode code, std::string kind, std::string message) {
    Failure failure;
    failure.code = diagnostic_code_text(code);
    failure.kind = std::move(kind);
    failure.message = std::move(message);
    return failure;
}

Machine::Machine(const Surroundings& around, Workspace& workspace)
    : around_(around), space_(workspace) {}

Outcome Machine::run(std::vector<Frame>& frames, const std::optional<Value>& answer) {
    Level level;
    level.frames = &frames;
    begin_level(level);
    mark_open_tries();
    if (answer) push(*answer);
    const Step step = execute();
    end_level(nullptr);
    return step == Step::failed ? outcome_of_failure() : std::move(outcome_);
}

Outcome Machine::resume_failed(std::vector<Frame>& frames, Failure failure) {
    Level level;
    level.frames = &frames;
    begin_level(level);
    mark_open_tries();
    fail(std::move(failure));
    Step step = recover();
    if (step == Step::next) step = execute();
    end_level(nullptr);
    return step == Step::failed ? outcome_of_failure() : std::move(outcome_);
}

void Machine::begin_level(Level& level) {
    level_ = &level;
    level.stack_base = space_.stack.size();
    level.query_base = space_.queries.size();
    level.text_base = space_.texts.size();
    level.marks.assign(level.frames->size(), 0);
    enter_frame();
}

void Machine::end_level(Level* outer) {
    drop_open();
    level_ = outer;
}

// What a failure or an early end leaves half done.
void Machine::drop_open() {
    while (space_.queries.size() > level_->query_base) space_.queries.pop_back();
    while (space_.texts.size() > level_->text_base) space_.texts.pop_back();
    while (space_.stack.size() > level_->stack_base) space_.stack.pop_back();
}

void Machine::enter_frame() {
    level_->frame = &level_->frames->back();
    level_->unit = &around_.program.units[level_->frame->unit];
    level_->at = level_->frame->instruction;
    if (level_->frame->locals.size() < level_->unit->local_count) {
        level_->frame->locals.resize(level_->unit->local_count);
    }
}

// A run that goes on stands behind a call or wait, within the tries whose ranges hold it, or at a
// try that is tried again, which may be the first instruction of another. Their marks went with the
// advance before. A run that begins stands in no try.
void Machine::mark_open_tries() {
    if (around_.host == nullptr) return;
    for (std::size_t depth = 0; depth < level_->frames->size(); ++depth) {
        const Frame& frame = (*level_->frames)[depth];
        for (const TryRange& range : around_.program.units[frame.unit].tries) {
            const bool holds = range.begin <= frame.instruction && frame.instruction <= range.end;
            if (!holds) continue;
            around_.host->mark();
            ++level_->marks[depth];
        }
    }
}

Machine::Step Machine::execute() {
    for (;;) {
        Step step = go();
        if (step == Step::failed) step = recover();
        if (step != Step::next) return step;
    }
}

// The instructions that conditions are made of; step_rare has the others.
Machine::Step Machine::go() {
    std::uint64_t& instructions = around_.budget.instructions;
    for (;;) {
        if (instructions == 0) return out_of_work();
        --instructions;
        const Instruction& now = level_->unit->code[level_->at++];
        Step step = Step::next;
        switch (now.op) {
            case Opcode::push_constant: push(level_->unit->constants[index(now)]); break;
            case Opcode::load_local: push(level_->frame->locals[index(now)]); break;
            case Opcode::store_local: level_->frame->locals[index(now)] = pop(); break;
            case Opcode::load_field: step = load_field(now); break;
            case Opcode::load_member: step = load_member(now); break;
            case Opcode::equal:
            case Opcode::not_equal: step = equality(now); break;
            case Opcode::less:
            case Opcode::less_equal:
            case Opcode::greater:
            case Opcode::greater_equal: step = comparison(now); break;
            case Opcode::jump: level_->at = static_cast<std::uint32_t>(now.c); break;
            case Opcode::jump_unless_true:
                if (!pop().is_true()) level_->at = static_cast<std::uint32_t>(now.c);
                break;
            case Opcode::jump_if_false_keep:
                if (top().is_false()) level_->at = static_cast<std::uint32_t>(now.c);
                break;
            case Opcode::jump_if_true_keep:
                if (top().is_true()) level_->at = static_cast<std::uint32_t>(now.c);
                break;
            case Opcode::jump_if_present_keep:
                if (!top().is_missing()) level_->at = static_cast<std::uint32_t>(now.c);
                break;
            case Opcode::query_next: step = next_row(now); break;
            default: step = step_value(now);
        }
        if (step != Step::next) return step;
    }
}

Machine::Step Machine::step_value(const Instruction& now) {
    switch (now.op) {
        case Opcode::push_missing: push({}); return Step::next;
        case Opcode::push_boolean: push(Value::boolean(now.c == 1)); return Step::next;
        case Opcode::push_now: push(Value::datetime(around_.moment.now)); return Step::next;
        case Opcode::push_firing: push(Value::datetime(around_.moment.firing)); return Step::next;
        case Opcode::push_today:
            push(Value::date(around_.zone.local(around_.moment.now).date));
            return Step::next;
        case Opcode::load_setting: push(around_.settings[index(now)]); return Step::next;
        case Opcode::load_key: return load_key(now);
        case Opcode::pop: pop(); return Step::next;
        case Opcode::is_missing:
            top() = Value::boolean(plain(top()).is_missing());
            return Step::next;
        case Opcode::is_present:
            top() = Value::boolean(!plain(top()).is_missing());
            return Step::next;
        case Opcode::convert:
        case Opcode::cast: return convert(now);
        case Opcode::make_list: return make_list(index(now));
        case Opcode::make_range: return make_range();
        case Opcode::make_record: return make_record(now);
        case Opcode::make_object: return make_object(now);
        case Opcode::call_builtin: return builtin(now);
        case Opcode::call_define: return call_define(now);
        default: return step_operator(now);
    }
}

Machine::Step Machine::step_operator(const Instruction& now) {
    switch (now.op) {
        case Opcode::add: return zoned_binary(now, add);
        case Opcode::subtract: return zoned_binary(now, subtract);
        case Opcode::multiply: return binary(now, multiply);
        case Opcode::divide: return binary(now, divide);
        case Opcode::whole_divide: return binary(now, whole_divide);
        case Opcode::modulo: return binary(now, modulo);
        case Opcode::at: return zoned_binary(now, at);
        case Opcode::negate: {
            const Value value = pop();
            Value out;
            const OperatorError error = negate(value, out);
            return give(now, error, std::move(out));
        }
        case Opcode::not_: top() = truth_value(truth_not(truth_of(top()))); return Step::next;
        case Opcode::and_:
        case Opcode::or_: return connective(now);
        case Opcode::between: return between_bounds(now);
        case Opcode::in_list: return text_test(now, in_list);
        case Opcode::contains: return text_test(now, contains);
        case Opcode::starts_with: return text_test(now, starts_with);
        case Opcode::ends_with: return text_test(now, ends_with);
        case Opcode::matches: return match_pattern(now);
        case Opcode::require:
        case Opcode::exclude: return clause(now);
        case Opcode::conditions_end: return done(OutcomeKind::conditions_hold);
        default: return step_open(now);
    }
}

// Queries and texts, which stay open from one instruction to another.
Machine::Step Machine::step_open(const Instruction& now) {
    switch (now.op) {
        case Opcode::query_begin: return begin_query(now);
        case Opcode::query_take: return take_row();
        case Opcode::query_end: return end_query();
        case Opcode::join_text: return join_text(index(now));
        case Opcode::text_begin: space_.texts.push_back({{}, now.a == 1}); return Step::next;
        case Opcode::text_append: return append_text(now);
        case Opcode::text_end: {
            const std::string text = std::move(space_.texts.back().text);
            space_.texts.pop_back();
            return push_checked(Value::text(text));
        }
        case Opcode::iterate_begin: return begin_loop(now);
        case Opcode::iterate_next: return next_item(now);
        case Opcode::plan_step: return plan_step(now);
        case Opcode::end: return leave(height() > 0 ? pop() : Value());
        default: return step_statement(now);
    }
}

Value Machine::pop() {
    Value value = std::move(space_.stack.back());
    space_.stack.pop_back();
    return value;
}

std::vector<Value> Machine::pop_many(std::size_t count) {
    std::vector<Value> values(count);
    for (std::size_t i = count; i-- > 0;) values[i] = pop();
    return values;
}

bool Machine::spend_bytes(std::size_t bytes) {
    if (bytes > around_.budget.bytes) {
        around_.budget.bytes = 0;
        return false;
    }
    around_.budget.bytes -= bytes;
    return true;
}

bool Machine::spend_work(std::size_t bytes) {
    const std::size_t instructions = bytes / bytes_per_instruction;
    if (instructions > around_.budget.instructions) {
        around_.budget.instructions = 0;
        return false;
    }
    around_.budget.instructions -= instructions;
    return true;
}

Machine::Step Machine::push_checked(Value value) {
    if (!spend_bytes(value.size_bytes())) return out_of_bytes();
    if (value.depth() > limits::json_depth_max) return too_large("a list or record");
    if (value.kind() == Kind::list && value.as_list().size() > limits::list_items_max) {
        return too_large("a list");
    }
    if (is_text(value.kind()) && value.as_text().size() > limits::text_bytes_max) {
        return too_large("a text");
    }
    push(std::move(value));
    return Step::next;
}

const RecordPointer* Machine::read(Reference reference) {
    const RecordPointer* known = space_.cache.find(reference);
    if (known != nullptr) return known;
    if (row_ != reference) {
        if (around_.budget.rows == 0) return nullptr;
        --around_.budget.rows;
    }
    return &space_.cache.keep(reference, around_.records.get(reference));
}

Machine::Step Machine::done(OutcomeKind kind) {
    outcome_.kind = kind;
    outcome_.unit = level_->frames->back().unit;
    outcome_.line = around_.program.line_of(outcome_.unit, level_->at - 1);
    return Step::done;
}

Machine::Step Machine::clause(const Instruction& now) {
    Value value = pop();
    const bool holds = now.op == Opcode::require ? value.is_true() : !value.is_true();
    if (holds) return Step::next;
    outcome_.clause = static_cast<std::uint32_t>(now.c);
    outcome_.clause_value = std::move(value);
    return done(OutcomeKind::condition_failed);
}

Machine::Step Machine::call_define(const Instruction& now) {
    if (call_depth_ >= limits::call_depth_max) return too_deep();
    Value value;
    const Step step = evaluate_unit(static_cast<UnitIndex>(now.c), 0, pop_many(now.b), value);
    if (step == Step::next) push(std::move(value));
    return step;
}

// Code that leaves a value, with locals of its own, above what runs.
Machine::Step Machine::evaluate_unit(UnitIndex unit, std::uint32_t entry, std::vector<Value> locals,
                                     Value& out) {
    std::vector<Frame> frames(1);
    frames[0] = {unit, entry, std::move(locals)};
    Level* const outer = level_;
    Level level;
    level.frames = &frames;
    begin_level(level);
    ++call_depth_;
    const Step step = execute();
    --call_depth_;
    end_level(outer);
    if (step == Step::failed) return step;
    // A plan's steps stay.
    out = std::exchange(outcome_.value, Value());
    return Step::next;
}

}  // namespace pawl::rules::internal
