#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "rules/internal/evaluate_machine.h"

// The machine's statements: what the host carries out, and what steers the run.

namespace pawl::rules::internal {

Machine::Step Machine::step_statement(const Instruction& now) {
    PAWL_CHECK(around_.host != nullptr);  // the verifier keeps statements out of expressions
    switch (now.op) {
        case Opcode::call_service: return call_service(now);
        case Opcode::run_flow: return run_flow(now);
        case Opcode::wait: return wait_for_time();
        case Opcode::wait_until: return wait_until();
        case Opcode::wait_for: return wait_for_event(now);
        case Opcode::ask: return ask();
        case Opcode::try_begin:
            around_.host->mark();
            ++level_->marks.back();
            return Step::next;
        case Opcode::try_end: keep_mark(); return Step::next;
        case Opcode::stop: return stop(now.a == 1);
        case Opcode::return_value: return leave(pop());
        default: break;
    }
    const Step step = step_change(now);
    space_.cache.clear();
    row_.reset();
    return step;
}

Machine::Step Machine::step_change(const Instruction& now) {
    switch (now.op) {
        case Opcode::set_field: return set_field(now);
        case Opcode::add_to_field:
        case Opcode::remove_from_field: return change_list_field(now);
        case Opcode::create:
        case Opcode::find_or_create: return create(now);
        case Opcode::delete_record: return delete_record();
        case Opcode::emit: return check(around_.host->emit(now.b, pop_assignments(shape(now))));
        case Opcode::send:
        case Opcode::notify: return hand_over(now);
        case Opcode::alert: {
            const Value text = pop();
            const Value recipient = pop();
            return check(around_.host->alert(recipient, display(text)));
        }
        case Opcode::log: around_.host->log(display(pop())); return Step::next;
        case Opcode::start_flow: {
            std::vector<Value> arguments = pop_many(now.b);
            return check(
                around_.host->start_flow(static_cast<UnitIndex>(now.c), std::move(arguments)));
        }
        case Opcode::cancel_runs: return cancel_runs(now);
        case Opcode::steer_journey: return steer_journey(now);
        default: break;
    }
    PAWL_CHECK(false);  // the verifier refuses what no engine runs yet
}

Machine::Step Machine::check(std::optional<Failure> failure) {
    return failure ? fail(std::move(*failure)) : Step::next;
}

const Shape& Machine::shape(const Instruction& now) const {
    return level_->unit->shapes[index(now)];
}

std::vector<Assignment> Machine::pop_assignments(const Shape& shape) {
    std::vector<Assignment> assignments(shape.fields.size());
    for (std::size_t i = assignments.size(); i-- > 0;) {
        assignments[i] = {shape.fields[i], pop()};
    }
    return assignments;
}

// The record a statement changes, or a failure. What is no record of the kind counts as missing.
Machine::Step Machine::target(const Value& value, const Instruction& now, Reference& out) {
    if (value.kind() == Kind::reference) {
        out = value.as_reference();
        const bool any_entity = now.op == Opcode::delete_record;
        if (any_entity || out.entity == now.b) return Step::next;
    }
    if (now.op == Opcode::delete_record) {
        return fail(DiagnosticCode::set_through_missing, "missing",
                    "the record to delete is missing");
    }
    const Entity& entity = around_.program.schema.entities[now.b];
    return fail(DiagnosticCode::set_through_missing, "missing",
                "`" + entity.fields[index(now)].name + "` cannot be set: the " + entity.name +
                    " is missing");
}

Machine::Step Machine::set_field(const Instruction& now) {
    const Value reason = now.a == 1 ? pop() : Value();
    Value value = pop();
    Reference record;
    const Step step = target(pop(), now, record);
    if (step != Step::next) return step;
    return check(
        around_.host->set_field(record, static_cast<FieldIndex>(now.c), std::move(value), reason));
}

// Adding what is there already and removing what is not change nothing: a list of this kind is a
// set of tags.
Machine::Step Machine::change_list_field(const Instruction& now) {
    const Value item = pop();
    Reference record;
    const Step step = target(pop(), now, record);
    if (step != Step::next) return step;
    if (item.is_missing()) return Step::next;
    const RecordPointer* known = read(record);
    if (known == nullptr) return out_of_rows();
    std::vector<Value> items;
    if (*known != nullptr && index(now) < (*known)->fields.size()) {
        const Value& list = (*known)->fields[index(now)];
        if (list.kind() == Kind::list) items = list.as_list();
        if (!spend_work(list.size_bytes())) return out_of_work();
    }
    const auto same = [&](const Value& other) { return equal(other, item) == Truth::true_; };
    const bool has = std::any_of(items.begin(), items.end(), same);
    if (has == (now.op == Opcode::add_to_field)) return Step::next;
    if (has) {
        std::erase_if(items, same);
    } else {
        items.push_back(item);
    }
    if (items.size() > limits::list_items_max) return too_large("a list");
    Value list = Value::list(std::move(items));
    if (!spend_bytes(list.size_bytes())) return out_of_bytes();
    return check(
        around_.host->set_field(record, static_cast<FieldIndex>(now.c), std::move(list), Value()));
}

Machine::Step Machine::create(const Instruction& now) {
    std::vector<Assignment> fields = pop_assignments(shape(now));
    Reference made;
    std::optional<Failure> failure =
        now.op == Opcode::create
            ? around_.host->create(now.b, std::move(fields), made)
            : around_.host->find_or_create(now.b, std::move(fields), now.a, made);
    if (failure) return fail(std::move(*failure));
    push(Value::reference(made));
    return Step::next;
}

Machine::Step Machine::delete_record() {
    Reference record;
    const Instruction& now = level_->unit->code[level_->at - 1];
    const Step step = target(pop(), now, record);
    return step == Step::next ? check(around_.host->remove(record)) : step;
}

std::vector<Value> Machine::pop_arguments(const Shape& shape, std::size_t parameter_count) {
    std::vector<Value> arguments(parameter_count);
    for (std::size_t i = shape.fields.size(); i-- > 0;) arguments[shape.fields[i]] = pop();
    return arguments;
}

Machine::Step Machine::hand_over(const Instruction& now) {
    const Program& program = around_.program;
    const bool sends = now.op == Opcode::send;
    const std::size_t count = sends ? program.templates[now.b].parameters.size()
                                    : program.notifications[now.b].parameters.size();
    std::vector<Value> arguments = pop_arguments(shape(now), count);
    const Value recipient = pop();
    if (!sends) return check(around_.host->notify(now.b, recipient, std::move(arguments)));
    std::optional<RetryPlan> retry;
    const Step step = read_plan_here(retry);
    if (step != Step::next) return step;
    return check(around_.host->send(now.b, recipient, std::move(arguments), retry));
}

Machine::Step Machine::call_service(const Instruction& now) {
    ServiceCall call;
    call.action = now.b;
    call.arguments = pop_arguments(shape(now), around_.program.actions[now.b].parameters.size());
    if (now.a == 1) call.idempotency_key = pop();
    const Step step = read_plan_here(call.retry);
    if (step != Step::next) return step;
    outcome_.call = std::move(call);
    level_->frame->instruction = level_->at;
    keep_all_marks();
    return done(OutcomeKind::calling);
}

Machine::Step Machine::run_flow(const Instruction& now) {
    // The rule's own frame is no flow. (A flow that was started is its run's first frame, and one
    // more may then stand inside it; `check` counts it.)
    if (level_->frames->size() > limits::call_depth_max) return too_deep();
    Frame frame;
    frame.unit = static_cast<UnitIndex>(now.c);
    frame.locals = pop_many(now.b);
    level_->frame->instruction = level_->at;
    level_->frames->push_back(std::move(frame));
    level_->marks.push_back(0);
    enter_frame();
    return Step::next;
}

void Machine::keep_mark() {
    if (level_->marks.back() == 0) return;
    around_.host->keep_mark();
    --level_->marks.back();
}

void Machine::keep_all_marks() {
    for (std::uint32_t& marks : level_->marks) {
        for (; marks > 0; --marks) around_.host->keep_mark();
    }
}

Machine::Step Machine::leave(Value value) {
    while (level_->marks.back() > 0) keep_mark();
    if (level_->frames->size() == 1) {
        outcome_.value = std::move(value);
        return done(OutcomeKind::finished);
    }
    level_->frames->pop_back();
    level_->marks.pop_back();
    enter_frame();
    push(std::move(value));
    return Step::next;
}

// Forgetting concerns the run's once-key, so that it ends the run wherever it stands.
Machine::Step Machine::stop(bool forgets) {
    if (!forgets && level_->frames->size() > 1) return leave(Value());
    keep_all_marks();
    return done(forgets ? OutcomeKind::stopped_and_forgot : OutcomeKind::stopped);
}

Machine::Step Machine::begin_loop(const Instruction& now) {
    Value list = plain(pop());
    if (list.kind() != Kind::list) list = Value::list({});
    if (list.as_list().size() > limits::for_each_items_max) {
        return too_long(
            "`for each` over " + std::to_string(list.as_list().size()) + " items",
            "one loop goes through at most " + std::to_string(limits::for_each_items_max));
    }
    level_->frame->locals[now.b] = std::move(list);
    level_->frame->locals[now.b + 1u] = Value::integer(0);
    return Step::next;
}

Machine::Step Machine::next_item(const Instruction& now) {
    Value& list = level_->frame->locals[now.b];
    Value& counter = level_->frame->locals[now.b + 1u];
    const bool goes_on = list.kind() == Kind::list && counter.kind() == Kind::integer &&
                         counter.as_integer() >= 0 &&
                         counter.as_integer() < static_cast<std::int64_t>(list.as_list().size());
    if (!goes_on) {
        level_->at = static_cast<std::uint32_t>(now.c);
        return Step::next;
    }
    push(list.as_list()[static_cast<std::size_t>(counter.as_integer())]);
    counter = Value::integer(counter.as_integer() + 1);
    return Step::next;
}

}  // namespace pawl::rules::internal
