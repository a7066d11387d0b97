#include <utility>

#include "base/limits.h"
#include "engine/internal/guards.h"
#include "engine/internal/journeys.h"
#include "engine/internal/records_with_deleted.h"
#include "engine/internal/rule_mark.h"
#include "engine/internal/turn.h"
#include "engine/internal/waits.h"

// How a turn begins the advance of a rule or a flow: its conditions, its once-key, its limits.

namespace pawl::engine {

using rules::Failure;
using rules::Outcome;
using rules::OutcomeKind;
using rules::Value;

namespace {

// "a → b → c"; of a long chain the beginning and the end.
std::string chain_text(const Chain* last) {
    std::vector<std::string_view> names;
    for (const Chain* link = last; link != nullptr; link = link->before.get())
        names.push_back(link->rule);
    std::reverse(names.begin(), names.end());
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names.size() > 8 && i == 4) {
            text += " → …";
            i = names.size() - 4;
        }
        text += (text.empty() ? "`" : " → `") + std::string(names[i]) + "`";
    }
    return text;
}

}  // namespace

std::vector<Value> Turn::bind(const Pending& pending) const {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    const rules::Trigger& trigger = context_.triggers.trigger(pending.use);
    std::vector<Value> locals(context_.program.units[rule.unit].local_count);
    if (trigger.record_local) locals[*trigger.record_local] = pending.bound;
    if (trigger.change_local) locals[*trigger.change_local] = pending.change;
    for (std::size_t i = 0; i < pending.arguments.size(); ++i)
        locals[trigger.asked[i].second] = pending.arguments[i];
    for (const auto& [local, value] : pending.also_bound) locals[local] = value;
    return locals;
}

void Turn::skip(const Pending& pending, std::string guard, std::string reason, std::uint32_t line,
                bool is_condition) {
    // Who asked for a run is told why there is none.
    const bool was_asked_for = pending.by->cause.kind == CauseKind::request;
    if (is_condition && !was_asked_for && !context_.options.trace_false_conditions) return;
    Skipped skipped;
    skipped.rule = context_.program.rules[pending.use.rule].id;
    skipped.guard = std::move(guard);
    skipped.reason = std::move(reason);
    skipped.entity = pending.by->entity;
    skipped.id = pending.by->id;
    skipped.false_condition = is_condition;
    skipped.line = line;
    tell(std::move(skipped));
}

bool Turn::conditions_hold(const Pending& pending, std::vector<Value>& locals,
                           rules::Budget& budget, std::optional<Outcome>& failed) {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    RecordsWithDeleted records(layer_, *pending.by);
    Outcome outcome =
        context_.evaluator.evaluate(rule.unit, rule.conditions_entry, locals,
                                    static_cast<rules::Records&>(records), {now_, now_}, budget);
    if (outcome.kind == OutcomeKind::failed) failed = std::move(outcome);
    if (failed) return false;
    if (outcome.kind != OutcomeKind::condition_failed) return true;
    const rules::Clause& clause = rule.clauses[outcome.clause];
    const std::string_view found = outcome.clause_value.is_missing() ? "unknown"
                                   : outcome.clause_value.is_true()  ? "true"
                                                                     : "false";
    skip(pending, clause.is_unless ? "unless" : "if",
         "`" + clause.text + "` is " + std::string(found), clause.line, true);
    return false;
}

bool Turn::take_once(const Pending& pending, std::vector<Value>& locals, rules::Budget& budget,
                     std::optional<MarkWrite>& mark, std::optional<Outcome>& failed) {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    if (!rule.once_entry) return true;
    RecordsWithDeleted records(layer_, *pending.by);
    Outcome outcome =
        context_.evaluator.evaluate(rule.unit, *rule.once_entry, locals,
                                    static_cast<rules::Records&>(records), {now_, now_}, budget);
    if (outcome.kind == OutcomeKind::failed) failed = std::move(outcome);
    if (failed) return false;
    const std::uint32_t line = context_.program.units[rule.unit].line;
    if (outcome.value.is_missing()) {
        skip(pending, "once", "its key is missing", line, false);
        return false;
    }
    const std::string key = mark_part(outcome.value, context_.program.schema);
    const auto is_taken = [&](const std::string& id) {
        return !id.empty() && layer_.mark("once/" + id + "/" + key, now_).has_value();
    };
    if (is_taken(rule.id) || is_taken(rule.renamed_from)) {
        skip(pending, "once",
             "it ran for " +
                 rules::display_text(outcome.value, context_.program, layer_, context_.zone) +
                 " already",
             line, false);
        return false;
    }
    mark = MarkWrite{"once/" + rule.id + "/" + key, "", std::nullopt};
    if (rule.once_for) mark->expires_at = context_.zone.add(now_, *rule.once_for);
    return true;
}

Turn::Run Turn::begin_run(const Pending& pending) {
    Run run;
    run.number = context_.counters.next_run++;
    run.row = context_.counters.next_key++;
    run.use = pending.use;
    run.is_flow = pending.kind != PendingKind::rule;
    run.firing = now_;
    run.depth = pending.by->depth;
    switch (pending.kind) {
        case PendingKind::flow: run.rule = context_.program.units[pending.flow].id; break;
        case PendingKind::step: run.rule = pending.by->trigger; break;
        default: run.rule = context_.program.rules[pending.use.rule].id;
    }
    run.trigger = pending.by->trigger;
    run.requester = pending.by->requester;
    run.subject = pending.by->subject;
    if (!pending.by->entity.empty()) run.entity = pending.by->entity + "/" + pending.by->id;
    run.chain = std::make_shared<Chain>(Chain{run.rule, pending.by->chain});
    return run;
}

Advance::Options Turn::options(const Run& run, const SetOff* by) {
    Advance::Options options;
    options.now = now_;
    options.firing = run.firing;
    options.owner.number = run.number;
    options.owner.row = run.row;
    options.owner.rule = Value::text(run.rule);
    options.owner.trigger = Value::text(run.trigger);
    if (!run.entity.empty()) options.owner.entity = Value::text(run.entity);
    options.actor = run.requester;
    options.intents = run.intents;
    options.by = by;
    options.turn = this;
    if (!run.is_flow) options.rule = run.use.rule;
    return options;
}

std::optional<Failure> Turn::limit_failure(const Run& run) {
    ++advances_;
    if (run.depth > limits::cascade_depth_max)
        return make_failure(DiagnosticCode::cascade_too_deep, "limit",
                            "it would be number " + std::to_string(run.depth) +
                                " in a row of runs, each set off by the one before, and " +
                                std::to_string(limits::cascade_depth_max) +
                                " is the most: " + chain_text(run.chain.get()));
    if (advances_ <= limits::turn_advances_max) return std::nullopt;
    std::string message = "one input set off more than " +
                          std::to_string(limits::turn_advances_max) + " runs, this one by way of " +
                          chain_text(run.chain.get());
    const std::size_t dropped = clear_queue(message);
    if (dropped > 0) message += "; " + std::to_string(dropped) + " more rules were not looked at";
    return make_failure(DiagnosticCode::cascade_too_deep, "limit", std::move(message));
}

// How much of the cascade goes no further. What waited, a step whose time has come and the first of
// a queue are none of it, and have their turn in one of their own.
std::size_t Turn::clear_queue(const std::string& why) {
    std::size_t dropped = 0;
    const std::vector<Pending> queue = std::exchange(queue_, {});
    for (std::size_t i = std::exchange(next_in_queue_, 0); i < queue.size(); ++i) {
        const Pending& each = queue[i];
        if (each.kind == PendingKind::wake)
            Waits(*this).postpone(each);
        else if (each.kind == PendingKind::step)
            Journeys(*this, layer_).give_up(each, why);
        else if (!each.queue.empty())
            Guards(*this).postpone(each.queue);
        else
            ++dropped;
    }
    return dropped;
}

bool Turn::has_advances_left() const { return advances_ < limits::turn_advances_max; }

bool Turn::take_advance() {
    if (!has_advances_left()) return false;
    ++advances_;
    return true;
}

// Where it was the first of a queue, the next one follows when it did not begin, or has ended.
void Turn::run_rule(Pending& pending) {
    if (pending.missed) return tell_missed(pending, *pending.missed);
    const std::string queue = pending.queue;
    if (!queue.empty() && !has_advances_left()) return Guards(*this).postpone(queue);
    try_rule(pending);
    if (!queue.empty()) Guards(*this).begin_next(layer_, queue);
}

void Turn::try_rule(Pending& pending) {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    std::vector<Value> locals = bind(pending);
    rules::Budget budget;
    std::optional<Outcome> failed;
    std::optional<MarkWrite> once;
    std::vector<MarkWrite> marks;
    std::vector<std::string> running;
    Guards guards(*this);
    const auto is_admitted = [&failed](Admittance admittance) {
        return admittance == Admittance::runs || failed;
    };
    // What set it off was deleted before its turn came, by a rule of the same cause (meaning 22).
    // An event is there whatever becomes of its subject.
    const bool is_of_record = pending.by->cause.kind != CauseKind::event;
    if (is_of_record && pending.by->subject && layer_.get(*pending.by->subject) == nullptr) {
        if (!pending.queue.empty()) guards.leave_queue(pending.queue);
        return skip(pending, "deleted",
                    pending.by->entity + "/" + pending.by->id + " was deleted meanwhile",
                    context_.program.units[rule.unit].line, false);
    }
    if (pending.failure) {
        failed = failed_outcome(std::move(*pending.failure), rule.unit, 0);
    } else {
        if (!is_admitted(guards.before_conditions(pending, locals, budget, failed))) return;
        if (!failed && !conditions_hold(pending, locals, budget, failed) && !failed) return;
    }
    if (!failed && !take_once(pending, locals, budget, once, failed) && !failed) return;
    if (!failed &&
        !is_admitted(guards.after_conditions(pending, locals, budget, marks, running, failed)))
        return;

    Run run = begin_run(pending);
    Advance advance(context_, layer_, options(run, pending.by.get()));
    advance.budget() = budget;
    if (!failed)
        if (auto failure = limit_failure(run))
            failed = failed_outcome(std::move(*failure), rule.unit, 0);
    if (failed) return fail(advance, run, *failed);
    if (once) {
        run.once_key = once->key;
        advance.layer().put_mark(std::move(*once));
    }
    for (MarkWrite& mark : marks) advance.layer().put_mark(std::move(mark));
    run.running_keys = std::move(running);
    run.frames.push_back({rule.unit, rule.body_entry, std::move(locals)});
    start_run(advance, run, pending);
}

void Turn::run_flow(Pending& pending) {
    Run run = begin_run(pending);
    run.use = {};
    Advance advance(context_, layer_, options(run, nullptr));
    if (auto failure = limit_failure(run))
        return fail(advance, run, failed_outcome(std::move(*failure), pending.flow, 0));
    std::vector<Value> locals = std::move(pending.arguments);
    locals.resize(context_.program.units[pending.flow].local_count);
    run.frames.push_back({pending.flow, 0, std::move(locals)});
    start_run(advance, run, pending);
}

void Turn::start_run(Advance& advance, Run& run, const Pending& pending) {
    advance.tell(Fired{run.rule, pending.by->entity, pending.by->id, pending.by->cause});
    advance.rows().action(advance.owner(), "fired", ActionStatus::success);
    go_on(advance, run, std::nullopt);
}

void Turn::go_on(Advance& advance, Run& run, const std::optional<Value>& answer) {
    Outcome outcome =
        context_.evaluator.run(run.frames, advance, advance.moment(), advance.budget(), answer);
    end_advance(advance, run, std::move(outcome));
}

void Turn::go_on_failed(Advance& advance, Run& run, Failure failure) {
    Outcome outcome = context_.evaluator.resume_failed(run.frames, advance, advance.moment(),
                                                       advance.budget(), std::move(failure));
    end_advance(advance, run, std::move(outcome));
}

}  // namespace pawl::engine
