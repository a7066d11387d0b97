#include "base/limits.h"
#include "base/text.h"
#include "rules/internal/evaluate_machine.h"

// Why an advance fails, in an admin's words.

namespace pawl::rules::internal {

namespace {

std::string operator_text(const Instruction& now) {
    switch (now.op) {
        case Opcode::add: return "+";
        case Opcode::subtract:
        case Opcode::negate: return "-";
        case Opcode::multiply: return "*";
        case Opcode::divide: return "/";
        case Opcode::whole_divide: return "div";
        case Opcode::modulo: return "mod";
        case Opcode::at: return "at";
        case Opcode::call_builtin: return std::string(builtin_name(static_cast<Builtin>(now.a)));
        default: return std::string(opcode_name(now.op));
    }
}

std::string_view aggregate_text(Aggregate aggregate) {
    switch (aggregate) {
        case Aggregate::first: return "first";
        case Aggregate::all: return "all";
        case Aggregate::count: return "count";
        case Aggregate::sum: return "sum";
        case Aggregate::average: return "avg";
        case Aggregate::minimum: return "min";
        case Aggregate::maximum: return "max";
        case Aggregate::percentile: return "percentile";
        case Aggregate::exists: return "exists";
    }
    return "query";
}

}  // namespace

Machine::Step Machine::fail(Failure failure) {
    failure_ = std::move(failure);
    failure_unit_ = level_->frames->back().unit;
    failure_line_ = around_.program.line_of(failure_unit_, level_->at - 1);
    return Step::failed;
}

Machine::Step Machine::fail(DiagnosticCode code, std::string_view kind, std::string message) {
    return fail(make_failure(code, std::string(kind), std::move(message)));
}

Outcome Machine::outcome_of_failure() {
    Outcome outcome;
    outcome.kind = OutcomeKind::failed;
    outcome.failure = std::move(failure_);
    outcome.unit = failure_unit_;
    outcome.line = failure_line_;
    outcome.steps = std::move(outcome_.steps);
    return outcome;
}

Machine::Step Machine::fail_operator(const Instruction& now, OperatorError error) {
    return fail_named(operator_text(now), error);
}

Machine::Step Machine::fail_currencies(const Instruction& now, const Value& left,
                                       const Value& right) {
    return fail(DiagnosticCode::currencies_mixed, "currency",
                "`" + operator_text(now) + "` between " + format_money(left.as_money()) + " and " +
                    format_money(right.as_money()));
}

Machine::Step Machine::fail_query(const Query& query, OperatorError error) {
    const std::string name(aggregate_text(query.aggregate));
    const std::string items_max = std::to_string(limits::list_items_max) + " items";
    const bool is_list = query.aggregate == Aggregate::all || query.aggregate == Aggregate::first;
    if (error != OperatorError::too_large || !is_list) return fail_named(name, error);
    if (query.aggregate == Aggregate::first)
        return too_long("`first` finds more than " + items_max, "it takes at most that many");
    if (!is_looped(query))
        return too_long("`all` finds more than " + items_max,
                        "a list has at most that many; a `where` finds fewer, and what `count`, "
                        "`sum` and `exists` look at has no such bound");
    const std::string found = "`for each` finds more than " + items_max;
    if (level_->unit->kind == UnitKind::template_)
        return too_long(found, "a text goes through at most that many; a `where` finds fewer");
    return too_long(found,
                    "one run goes through at most that many; a trigger's `for each` (`every day "
                    "at 10:00 for each …`) takes one run a record");
}

Machine::Step Machine::fail_named(const std::string& name, OperatorError error) {
    switch (error) {
        case OperatorError::overflow:
            return fail(DiagnosticCode::arithmetic_overflow, "overflow",
                        "the result of `" + name + "` is larger than its type holds");
        case OperatorError::currencies:
            return fail(DiagnosticCode::currencies_mixed, "currency",
                        "`" + name + "` of amounts in different currencies");
        case OperatorError::calendar:
            return fail(DiagnosticCode::beyond_calendar, "calendar",
                        "the result of `" + name +
                            "` lies outside the calendar, which goes from 0001-01-01 to "
                            "9999-12-31");
        default: return too_large("the result of `" + name + "`");
    }
}

Machine::Step Machine::too_large(const std::string& what) {
    return fail(DiagnosticCode::value_too_large, "limit",
                what + " is too large; a text has at most " +
                    std::to_string(limits::text_bytes_max) + " bytes, a list " +
                    std::to_string(limits::list_items_max) + " items");
}

Machine::Step Machine::too_long(const std::string& what, const std::string& mend) {
    return fail(DiagnosticCode::loop_too_long, "limit", what + "; " + mend);
}

// Whether a `for each` goes through what the query finds: its code stands right behind.
bool Machine::is_looped(const Query& query) const {
    const std::vector<Instruction>& code = level_->unit->code;
    for (std::size_t at = level_->at - 1; at + 1 < code.size(); ++at) {
        if (code[at].op != Opcode::query_end) continue;
        if (&level_->unit->queries[code[at].b] != &query) continue;
        return code[at + 1].op == Opcode::iterate_begin;
    }
    return false;
}

// Where a `for each` goes through the range, that is what fails. There are no records that a
// trigger could take one by one; what fits is a loop for each part of the range.
Machine::Step Machine::too_far_a_range(std::int64_t first, std::int64_t last) {
    const auto text = [](std::int64_t from, std::int64_t to) {
        return "`" + std::to_string(from) + ".." + std::to_string(to) + "`";
    };
    if (level_->unit->code[level_->at].op != Opcode::iterate_begin)
        return too_large("the list " + text(first, last));
    // The range has more numbers than one part, so that a second one begins within it.
    constexpr auto part = static_cast<std::int64_t>(limits::for_each_items_max);
    const std::int64_t second = first + part;
    const std::int64_t end = second > last - (part - 1) ? last : second + (part - 1);
    return too_long("`for each` over " + text(first, last),
                    "one loop goes through at most " + std::to_string(part) +
                        "; give each part one of its own: " + text(first, second - 1) + ", " +
                        text(second, end) + (end < last ? " and so on" : ""));
}

Machine::Step Machine::too_deep() {
    return fail(DiagnosticCode::calls_too_deep, "limit",
                "flows and defines call one another more than " +
                    std::to_string(limits::call_depth_max) + " deep");
}

Machine::Step Machine::out_of_bytes() {
    return fail(DiagnosticCode::value_too_large, "limit",
                "the run built more than " + std::to_string(limits::advance_bytes_max >> 20) +
                    " MiB of texts and lists at once");
}

Machine::Step Machine::out_of_work() {
    return fail(DiagnosticCode::too_many_instructions, "limit",
                "the run took more than " + std::to_string(limits::advance_instructions_max) +
                    " steps at once");
}

Machine::Step Machine::out_of_rows() {
    return fail(
        DiagnosticCode::too_many_rows, "limit",
        "the run read more than " + std::to_string(limits::advance_rows_max) + " records at once");
}

}  // namespace pawl::rules::internal
