#include "base/check.h"
#include "dsl/internal/check_walk.h"
#include "dsl/internal/generate_statement.h"

// Code of what waits, is tried again, and steers what waits elsewhere.

namespace pawl::dsl::internal {

namespace {

static_assert(static_cast<int>(JourneyVerb::start) == static_cast<int>(rules::JourneyVerb::start));
static_assert(static_cast<int>(JourneyVerb::trigger_step) ==
              static_cast<int>(rules::JourneyVerb::trigger_step));

}  // namespace

void StatementGenerator::entry(ExpressionIndex value, std::function<void(std::uint32_t)> note) {
    entries_.push_back([this, value, note = std::move(note), line = code_.line()] {
        code_.at_line(line);
        note(code_.here());
        expressions_.value(value);
        code_.emit(Opcode::end);
    });
}

void StatementGenerator::entry_anew(ExpressionIndex value,
                                    std::function<void(std::uint32_t)> note) {
    entries_.push_back([this, value, note = std::move(note), line = code_.line()] {
        code_.at_line(line);
        note(code_.here());
        expressions_.value_anew(value);
        code_.emit(Opcode::end);
    });
}

// ---- Trying again -----------------------------------------------------------------------------

const RetryClause* StatementGenerator::retry_at(const Block& statements, std::size_t place) const {
    if (place >= statements.size() || !takes_retry(input_.tree.at(statements[place - 1])))
        return nullptr;
    return std::get_if<RetryClause>(&input_.tree.at(statements[place]).form);
}

void StatementGenerator::stated(ExpressionIndex value,
                                const std::function<rules::Stated&()>& place) {
    if (is_none(value)) return;
    if (const std::optional<Value> constant = input_.constant(value))
        place().value = *constant;
    else
        entry(value, [place](std::uint32_t at) { place().entry = at; });
}

std::uint32_t StatementGenerator::add_retry(const RetryClause& written) {
    std::vector<rules::Retry>& retries = code_.unit().retries;
    const auto index = static_cast<std::uint32_t>(retries.size());
    rules::Retry made;
    made.instruction = code_.here();
    retries.push_back(made);
    stated(written.times, [&retries, index]() -> rules::Stated& { return retries[index].times; });
    stated(written.first, [&retries, index]() -> rules::Stated& { return retries[index].first; });
    stated(written.limit, [&retries, index]() -> rules::Stated& { return retries[index].limit; });
    return index;
}

void StatementGenerator::retried(const RetryClause* retry) {
    if (retry != nullptr) add_retry(*retry);
}

// ---- Waiting ----------------------------------------------------------------------------------

void StatementGenerator::one(const WaitStatement& wait) {
    expressions_.value(wait.value);
    code_.emit(wait.until ? Opcode::wait_until : Opcode::wait);
}

const Branch* StatementGenerator::branch(const std::vector<Branch>& branches,
                                         std::string_view name) const {
    for (const Branch& branch : branches)
        if (branch.name.text == name) return &branch;
    return nullptr;
}

void StatementGenerator::branch_body(const Branch* branch) {
    if (branch != nullptr) block(branch->body);
}

// A part of the condition that says `event.field is KEY`, where the key does not hang on the event:
// by its field and the key, waiting runs are found without looking at each.
ExpressionIndex StatementGenerator::event_key(const WaitForStatement& wait, rules::WaitFor& made) {
    if (is_none(wait.where)) return ExpressionIndex::none;
    const auto fits = [&](ExpressionIndex side, ExpressionIndex key) {
        const auto* member = std::get_if<Member>(&input_.tree.at(side).form);
        if (member == nullptr || input_.local(member->base) != made.local) return false;
        const ExpressionInfo& info = input_.info(side);
        if (info.binding.kind != BindingKind::member || info.converted_to != 0) return false;
        const rules::Type& field = input_.type_left(side);
        const rules::Type& type = input_.type_left(key);
        const bool has_key = field.kind != rules::TypeKind::json &&
                             field.kind != rules::TypeKind::list &&
                             field.kind != rules::TypeKind::record;
        if (!has_key || field.kind != type.kind || input_.uses_local(key, made.local)) return false;
        if (field.kind == rules::TypeKind::reference && field.index != type.index) return false;
        made.key_field = static_cast<rules::FieldIndex>(info.binding.index);
        return true;
    };
    for (const ExpressionIndex part : input_.parts(wait.where, BinaryOperator::and_)) {
        const auto* binary = std::get_if<Binary>(&input_.tree.at(part).form);
        if (binary == nullptr || binary->op != BinaryOperator::is || binary->ignoring_case)
            continue;
        if (fits(binary->left, binary->right)) return binary->right;
        if (fits(binary->right, binary->left)) return binary->left;
    }
    return ExpressionIndex::none;
}

void StatementGenerator::one(const WaitForStatement& wait, Span span) {
    const auto place = input_.checked.names.find(span);
    PAWL_CHECK(place != input_.checked.names.end());
    rules::WaitFor made;
    made.event = static_cast<rules::EventIndex>(input_.binding(wait.event).index);
    made.local = static_cast<std::uint16_t>(place->second.index);
    const ExpressionIndex key = event_key(wait, made);
    // The key is what it is as the wait begins, for the whole condition: that is what waiting runs
    // are found by. Its own entry works it out anew, so that it can be asked for before that, too.
    if (!is_none(key)) expressions_.keep(key);
    expressions_.value(wait.up_to);
    made.instruction = code_.here();
    std::vector<rules::WaitFor>& waits = code_.unit().waits;
    const auto index = static_cast<std::uint32_t>(waits.size());
    waits.push_back(made);
    code_.emit(Opcode::wait_for, 0, index);
    if (!is_none(key))
        entry_anew(key, [&waits, index](std::uint32_t at) { waits[index].key_entry = at; });
    if (!is_none(wait.where))
        entry(wait.where, [&waits, index](std::uint32_t at) { waits[index].where_entry = at; });
    const CodeLabel came = code_.label();
    const CodeLabel done = code_.label();
    const Branch* with_event = branch(wait.branches, "came");
    code_.jump(Opcode::jump_if_present_keep, came);
    code_.emit(Opcode::pop);
    branch_body(branch(wait.branches, "timeout"));
    code_.jump(Opcode::jump, done);
    code_.place(came);
    if (with_event != nullptr && !with_event->as.empty())
        code_.emit(Opcode::store_local, input_.binding(with_event->as).index);
    else
        code_.emit(Opcode::pop);
    branch_body(with_event);
    code_.place(done);
}

void StatementGenerator::one(const AskStatement& ask) {
    expressions_.value(ask.who);
    expressions_.value(ask.question);
    expressions_.value(ask.up_to);
    code_.emit(Opcode::ask);
    const CodeLabel approved = code_.label();
    const CodeLabel refused = code_.label();
    const CodeLabel done = code_.label();
    code_.jump(Opcode::jump_if_true_keep, approved);
    code_.jump(Opcode::jump_if_false_keep, refused);
    code_.emit(Opcode::pop);
    branch_body(branch(ask.branches, "timeout"));
    code_.jump(Opcode::jump, done);
    code_.place(refused);
    code_.emit(Opcode::pop);
    branch_body(branch(ask.branches, "refused"));
    code_.jump(Opcode::jump, done);
    code_.place(approved);
    code_.emit(Opcode::pop);
    branch_body(branch(ask.branches, "approved"));
    code_.place(done);
}

void StatementGenerator::one(const CancelRunsStatement& cancel) {
    if (!is_none(cancel.of)) expressions_.value(cancel.of);
    code_.emit(Opcode::cancel_runs, input_.binding(cancel.rule).index, 0,
               is_none(cancel.of) ? 0 : 1);
}

void StatementGenerator::one(const JourneyStatement& journey) {
    expressions_.value(journey.of);
    for (const ExpressionIndex value : journey.step_arguments) expressions_.value(value);
    std::uint32_t operand = 0;
    if (!journey.step.empty()) operand = input_.binding(journey.step).index;
    if (!is_none(journey.by_or_until)) {
        expressions_.value(journey.by_or_until);
        operand = 1;
    }
    code_.emit(Opcode::steer_journey, operand, input_.binding(journey.journey).index,
               static_cast<std::uint32_t>(journey.verb));
}

}  // namespace pawl::dsl::internal
