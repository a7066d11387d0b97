#include <utility>

#include "base/limits.h"
#include "engine/internal/turn.h"
#include "engine/store/value_key.h"

// How a turn begins the advance of a rule or a flow: its conditions, its once-key, its limits.

namespace pawl::engine {

using rules::Failure;
using rules::Outcome;
using rules::OutcomeKind;
using rules::Value;

namespace {

// Reads of the rules that a deletion set off: the record as it was.
class RecordsWithDeleted final : public rules::Records {
 public:
    RecordsWithDeleted(Layer& layer, const SetOff& by) : layer_(layer), by_(by) {}

    rules::RecordPointer get(rules::Reference reference) override {
        rules::RecordPointer record = layer_.get(reference);
        if (record == nullptr && by_.deleted == reference) return by_.deleted_record;
        return record;
    }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        return layer_.scan(request);
    }

 private:
    Layer& layer_;
    const SetOff& by_;
};

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
    const std::string key = encode_value(outcome.value, context_.program.schema);
    // A long key would be kept once a run; its hash serves as well.
    const std::string short_key = key.size() <= 64 ? key : "#" + hash_bytes(key).hex();
    const auto is_taken = [&](const std::string& id) {
        return !id.empty() && layer_.mark("once/" + id + "/" + short_key, now_).has_value();
    };
    if (is_taken(rule.id) || is_taken(rule.renamed_from)) {
        skip(pending, "once",
             "it ran for " +
                 rules::display_text(outcome.value, context_.program, layer_, context_.zone) +
                 " already",
             line, false);
        return false;
    }
    mark = MarkWrite{"once/" + rule.id + "/" + short_key, "", std::nullopt};
    if (rule.once_for) mark->expires_at = context_.zone.add(now_, *rule.once_for);
    return true;
}

Turn::Run Turn::begin_run(const Pending& pending) {
    Run run;
    run.number = context_.counters.next_run++;
    run.row = context_.counters.next_key++;
    run.use = pending.use;
    run.is_flow = pending.is_flow;
    run.firing = now_;
    run.depth = pending.by->depth;
    run.rule = pending.is_flow ? context_.program.units[pending.flow].id
                               : context_.program.rules[pending.use.rule].id;
    run.trigger = pending.by->trigger;
    run.requester = pending.by->requester;
    if (!pending.by->entity.empty()) run.entity = pending.by->entity + "/" + pending.by->id;
    run.chain = std::make_shared<Chain>(Chain{run.rule, pending.by->chain});
    return run;
}

Advance::Options Turn::options(const Run& run, const SetOff* by) const {
    Advance::Options options;
    options.now = now_;
    options.firing = run.firing;
    options.owner.number = run.number;
    options.owner.row = run.row;
    options.owner.rule = Value::text(run.rule);
    options.owner.trigger = Value::text(run.trigger);
    if (!run.entity.empty()) options.owner.entity = Value::text(run.entity);
    options.actor = run.requester;
    options.by = by;
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
    if (!queue_.empty())
        message += "; " + std::to_string(queue_.size()) + " more rules were not looked at";
    queue_.clear();
    return make_failure(DiagnosticCode::cascade_too_deep, "limit", std::move(message));
}

void Turn::run_rule(Pending& pending) {
    const rules::Rule& rule = context_.program.rules[pending.use.rule];
    std::vector<Value> locals = bind(pending);
    rules::Budget budget;
    std::optional<Outcome> failed;
    std::optional<MarkWrite> once;
    if (pending.failure) {
        failed = failed_outcome(std::move(*pending.failure), rule.unit, 0);
    } else if (!conditions_hold(pending, locals, budget, failed) && !failed) {
        return;
    }
    if (!failed && !take_once(pending, locals, budget, once, failed) && !failed) return;

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
    advance.tell(Fired{rule.id, pending.by->entity, pending.by->id, pending.by->cause});
    advance.rows().action(advance.owner(), "fired", ActionStatus::success);
    run.frames.push_back({rule.unit, rule.body_entry, std::move(locals)});
    Outcome outcome =
        context_.evaluator.run(run.frames, advance, advance.moment(), advance.budget());
    end_advance(advance, run, std::move(outcome));
}

void Turn::run_flow(Pending& pending) {
    Run run = begin_run(pending);
    run.use = {};
    Advance advance(context_, layer_, options(run, nullptr));
    if (auto failure = limit_failure(run))
        return fail(advance, run, failed_outcome(std::move(*failure), pending.flow, 0));
    advance.tell(Fired{run.rule, pending.by->entity, pending.by->id, pending.by->cause});
    advance.rows().action(advance.owner(), "fired", ActionStatus::success);
    std::vector<Value> locals = std::move(pending.arguments);
    locals.resize(context_.program.units[pending.flow].local_count);
    run.frames.push_back({pending.flow, 0, std::move(locals)});
    Outcome outcome =
        context_.evaluator.run(run.frames, advance, advance.moment(), advance.budget());
    end_advance(advance, run, std::move(outcome));
}

}  // namespace pawl::engine
