#include <algorithm>
#include <set>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_stated.h"
#include "dsl/internal/check_statements.h"
#include "dsl/internal/check_walk.h"

// Statements that wait, try again, and end what waits. Behind a wait records are read afresh: what
// was proven of their fields is forgotten.

namespace pawl::dsl::internal {

namespace {

// The question waits for somebody who signs in, so an address is not enough.
bool can_answer(Context& context, Type type) {
    const auto& people = context.schema().people;
    if (type.kind == TypeKind::list) return can_answer(context, context.type(type.index));
    if (type.kind == TypeKind::reference) return !people.entity || *people.entity == type.index;
    return type.kind == TypeKind::group || is_unknown(type);
}

}  // namespace

bool flow_waits(Context& context, const std::string& flow) {
    if (const auto known = context.waiting_flows.find(flow); known != context.waiting_flows.end())
        return known->second;
    std::set<std::string> seen{flow};
    std::vector<std::string> open{flow};
    bool waits = false;
    while (!open.empty() && !waits) {
        const Named* named = context.space(Space::flow).find(open.back());
        open.pop_back();
        if (named == nullptr || named->lost) continue;
        const auto* form =
            std::get_if<FlowDeclaration>(&context.tree.declarations[named->declaration].form);
        if (form == nullptr) continue;
        for_each_statement(context.tree, form->body, [&](StatementIndex index) {
            const Statement& statement = context.tree.at(index);
            waits = waits || is_wait(statement);
            const RunForm* run = run_of(statement);
            if (run != nullptr && seen.insert(run->flow.text).second)
                open.push_back(run->flow.text);
        });
    }
    context.waiting_flows.emplace(flow, waits);
    return waits;
}

// A length that is written out must lie ahead.
void Statements::wait_length(ExpressionIndex length, const std::string& what) {
    const Type due = simple(TypeKind::duration);
    if (is_unknown(expressions_.require(length, due, what))) return;
    if (!is_constant(context_.tree, length)) return;
    const auto value = constant_value(context_, length, due, what);
    if (value && !is_positive(*value))
        context_.report(DiagnosticCode::value_out_of_range, context_.tree.at(length).span,
                        what + " takes a length of time above zero");
}

bool Statements::form(const WaitStatement& wait, Span) {
    if (wait.until) {
        const Type type = check_moment(expressions_, wait.value, "`wait until` takes");
        if (!is_unknown(type) && type.optional)
            expressions_.report_missing(wait.value, "what is waited for");
    } else {
        wait_length(wait.value, "`wait`");
    }
    stand_still();
    return false;
}

bool Statements::branches(const std::vector<Branch>& forms, const std::vector<std::string>& names,
                          Type came) {
    std::unordered_map<std::string, Span> seen;
    bool all_end = true;
    for (const Branch& branch : forms) {
        if (std::find(names.begin(), names.end(), branch.name.text) == names.end()) {
            std::string hint = did_you_mean(branch.name.text, names);
            if (hint.empty()) hint = "it may end as " + list_names(names);
            context_.report(DiagnosticCode::unknown_option, branch.name.span,
                            "this wait cannot end as " + quoted(branch.name.text), std::move(hint));
        }
        const auto [earlier, is_new] = seen.emplace(branch.name.text, branch.name.span);
        if (!is_new)
            context_.report(DiagnosticCode::set_twice, branch.name.span,
                            "what follows " + quoted(branch.name.text) + " is said twice",
                            "join the two", {{earlier->second, "it is first said here"}});
        const Scope::Mark mark = scope_.enter();
        if (!branch.as.empty()) {
            const bool is_event = branch.name.text == "came";
            if (!is_event)
                context_.report(DiagnosticCode::misplaced, branch.as.span,
                                "only an event that came has a name, and " +
                                    quoted(branch.name.text) + " brings none",
                                "remove `as " + branch.as.text + "`");
            scope_.declare(branch.as, is_event ? came : Type{}, LocalOrigin::trigger);
        }
        const bool ends = nested(branch.body, {}, ExpressionIndex::none);
        all_end = all_end && ends;
        scope_.leave(mark);
    }
    settle();
    // Where nothing is said of a way that it may end, the run goes on behind the branches.
    return all_end && seen.size() == names.size();
}

bool Statements::form(const WaitForStatement& wait, Span span) {
    Type came;
    if (const Named* named = context_.lookup(Space::event, wait.event)) {
        context_.bind(wait.event, BindingKind::event, named->index);
        came = {TypeKind::event, false, static_cast<std::uint16_t>(named->index)};
    }
    Name name = wait.as.empty() ? wait.event : wait.as;
    name.text = name.text.substr(name.text.rfind('.') + 1);
    const std::uint32_t slot = scope_.add_slot(name.text, came);
    context_.checked.names[span] = {BindingKind::local, slot};
    if (!is_none(wait.up_to)) wait_length(wait.up_to, "`up to`");
    if (!is_none(wait.where)) {
        const Scope::Mark mark = scope_.enter();
        scope_.show({name.text, came, slot, name.span, LocalOrigin::trigger});
        expressions_.require(wait.where, simple(TypeKind::boolean, true), "`where`");
        scope_.leave(mark);
    }
    stand_still();
    const bool leaves = branches(wait.branches, {"came", "timeout"}, came);
    if (is_none(wait.up_to))
        context_.report(DiagnosticCode::endless_wait, span,
                        "this waits for ever when " + quoted(wait.event.text) + " never comes",
                        "say how long, as in `up to 7d`");
    return leaves;
}

void Statements::ask_whom(ExpressionIndex who) {
    const std::size_t told = context_.told_count();
    check_recipient(expressions_, who, "");
    if (context_.told_count() != told) return;
    std::vector<ExpressionIndex> asked{who};
    if (const auto* list = std::get_if<ListLiteral>(&context_.tree.at(who).form))
        asked = list->items;
    for (const ExpressionIndex each : asked) {
        const Type type = context_.type(context_.info(each).type);
        if (can_answer(context_, type)) continue;
        context_.report(
            DiagnosticCode::not_a_recipient, context_.tree.at(each).span,
            "who is asked answers by signing in, and this is " + describe(context_, type),
            "name a person or a group, as in `ask admins \"…\" up to 2d`");
    }
}

bool Statements::form(const AskStatement& ask, Span span) {
    ask_whom(ask.who);
    check_shown_text(expressions_, ask.question, "`ask`");
    if (!is_none(ask.up_to)) wait_length(ask.up_to, "`up to`");
    stand_still();
    const bool leaves = branches(ask.branches, {"approved", "refused", "timeout"}, {});
    if (is_none(ask.up_to))
        context_.report(DiagnosticCode::endless_wait, span,
                        "this waits for ever when nobody answers",
                        "say how long, as in `up to 2d`");
    return leaves;
}

bool Statements::form(const CancelRunsStatement& cancel, Span) {
    const Named* rule = context_.lookup(Space::rule, cancel.rule);
    if (rule != nullptr) context_.bind(cancel.rule, BindingKind::rule, rule->index);
    if (is_none(cancel.of)) return false;
    const Type type = expressions_.check(cancel.of);
    const Span span = context_.tree.at(cancel.of).span;
    if (is_unknown(type)) return false;
    if (type.kind != TypeKind::reference) {
        context_.report(
            DiagnosticCode::type_mismatch, span,
            "`cancel runs of … for` takes a record, and this is " + describe(context_, type),
            "name the record that the runs are about");
        return false;
    }
    if (type.optional) expressions_.report_missing(cancel.of, "the record that the runs are about");
    // What the rule is about is known when every rule was looked at.
    if (rule != nullptr && unit_ < context_.effects.size())
        context_.effects[unit_].cancels.push_back({rule->index, type.index, span});
    return false;
}

bool Statements::form(const JourneyStatement& journey, Span) {
    check_steering(expressions_, journey);
    return false;
}

bool Statements::form(const RetryClause& retry, Span) {
    constexpr std::int64_t attempts_max = 1'000;
    if (!is_none(retry.times)) check_count(expressions_, retry.times, attempts_max, "`retry`");
    check_length(expressions_, retry.first, Months::refused, "`from`");
    check_length(expressions_, retry.limit, Months::refused, "`up to`");
    return false;
}

void Statements::place_retry(const Block& block, std::size_t place) {
    if (place > 0 && takes_retry(context_.tree.at(block[place - 1]))) return;
    context_.report(DiagnosticCode::misplaced, context_.tree.at(block[place]).span,
                    "`retry` says how often what stands before it is tried again, and that is "
                    "neither a `call` nor a `send`",
                    "put it behind a `call` or a `send`, or at the end of a `try`, which is then "
                    "tried again as a whole");
}

}  // namespace pawl::dsl::internal
