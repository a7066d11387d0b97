#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.h"
#include "engine/internal/guards.h"
#include "engine/internal/journey_texts.h"
#include "engine/internal/journeys.h"
#include "engine/internal/patterns.h"
#include "engine/internal/turn.h"
#include "engine/internal/waits.h"

// What a turn does with what is due (schedule.h): it is looked at again, since it may have been
// moved or have gone meanwhile, and sets off what hangs on it.

namespace pawl::engine {

using rules::Reference;
using rules::Value;

namespace {

constexpr Duration missed_within_usual{0, 0, 3'600 * micros_per_second};
// How long a mark that a date had its turn is kept where late ones always run.
constexpr Duration handled_for{0, 90, 0};

RunNumber run_of_target(const std::string& target) {
    RunNumber number = 0;
    std::from_chars(target.data(), target.data() + target.size(), number);
    return number;
}

}  // namespace

void Turn::take_due(const Due& due) {
    std::visit(
        [&](const auto& what) {
            if constexpr (std::is_same_v<std::decay_t<decltype(what)>, StoredTimer>)
                take_timer(what);
            else
                take_due(what, due.at);
        },
        due.what);
}

void Turn::take_timer(const StoredTimer& timer) {
    layer_.put_timer({timer, true});
    switch (timer.kind) {
        case TimerKind::run: {
            const RunNumber run = run_of_target(timer.target);
            const auto stored = layer_.run(run);
            // Of a run that goes on for another reason the timer is taken away; one that is here
            // all the same is not of this wait.
            if (stored != nullptr && stored->timer == timer.key) Waits(*this).wake_by_timer(run);
            return;
        }
        case TimerKind::held: return Guards(*this).release(timer.target);
        case TimerKind::journey:
            if (timer.target.starts_with(JourneyTexts::prefix))
                return JourneyTexts(context_).sweep(*this, timer.target, timer.key.due);
            return Journeys(*this, layer_).timer_due(timer);
        case TimerKind::absence:
        case TimerKind::sequence: {
            std::vector<Pending> pending;
            Patterns(*this, layer_).timer_due(timer, pending);
            for (Pending& each : pending) enqueue(std::move(each));
            return;
        }
    }
}

// ---- Late -------------------------------------------------------------------------------------

Duration Turn::missed_within(rules::RuleIndex rule) {
    const rules::Missed& missed = context_.program.rules[rule].missed;
    if (!missed.within.is_said()) return missed_within_usual;
    rules::Budget budget;
    const rules::Outcome outcome = context_.evaluator.evaluate(
        context_.program.rules[rule].unit, missed.within, layer_, {now_, now_}, budget);
    return outcome.value.kind() == rules::Kind::duration ? outcome.value.as_duration() : Duration{};
}

bool Turn::makes_up(rules::RuleIndex rule, Instant due) {
    switch (context_.program.rules[rule].missed.policy) {
        case rules::MissedPolicy::all: return true;
        case rules::MissedPolicy::skips: return false;
        case rules::MissedPolicy::once: break;
    }
    const auto until = context_.zone.add(due, missed_within(rule));
    return until && now_ <= *until;
}

namespace {

Skipped late(const rules::Rule& rule, std::string entity, std::string id, std::string reason) {
    Skipped skipped;
    skipped.rule = rule.id;
    skipped.guard = "missed";
    skipped.reason = std::move(reason);
    skipped.entity = std::move(entity);
    skipped.id = std::move(id);
    return skipped;
}

}  // namespace

// ---- Dates ------------------------------------------------------------------------------------

Pending Turn::anchor_pending(TriggerUse use, Reference record, Layer& layer) {
    const rules::Trigger& trigger = context_.triggers.trigger(use);
    auto by = std::make_shared<SetOff>();
    by->cause.kind = CauseKind::timer;
    by->entity = context_.schema.entity_name(trigger.entity);
    by->cause.text = by->entity + "." + context_.schema.field_name(trigger.entity, trigger.field);
    by->trigger = by->cause.text;
    by->id = id_of(layer.get(record));
    by->subject = record;
    Pending pending;
    pending.by = std::move(by);
    pending.use = use;
    pending.bound = Value::reference(record);
    return pending;
}

void Turn::mark_handled(Layer& layer, TriggerUse use, Reference record, Instant due) {
    const bool is_always =
        context_.program.rules[use.rule].missed.policy == rules::MissedPolicy::all;
    const Duration kept = is_always ? handled_for : missed_within(use.rule);
    // A day more than it could be asked for.
    const auto expires = context_.zone.add(std::max(due, now_), kept);
    MarkWrite mark{context_.schedule.handled_mark(use, record.key, due), "", std::nullopt, now_};
    if (expires) mark.expires_at = Instant{expires->micros + micros_per_day};
    layer.put_mark(std::move(mark));
}

std::optional<Pending> Turn::take_past_anchor(Advance& advance, TriggerUse use, Reference record,
                                              Instant due) {
    Layer& layer = advance.layer();
    if (layer.mark(context_.schedule.handled_mark(use, record.key, due), now_)) return std::nullopt;
    mark_handled(layer, use, record, due);
    // Where nothing before is left, a restart is not to look there again.
    if (context_.schedule.is_settled(use, now_))
        layer.put_mark(
            {context_.schedule.since_mark(use), std::to_string(now_.micros), std::nullopt, now_});
    Pending pending = anchor_pending(use, record, layer);
    if (makes_up(use.rule, due)) return pending;
    const rules::Rule& rule = context_.program.rules[use.rule];
    // Behind the change that was too late, and gone with it if the advance fails.
    advance.happenings().push_back({now_, 0,
                                    late(rule, pending.by->entity, pending.by->id,
                                         "too late: it was due at " + context_.zone.format(due))});
    return std::nullopt;
}

void Turn::take_due(const AnchorDue& anchor, Instant due) {
    context_.schedule.settled(anchor, due);
    const rules::RecordPointer record = layer_.get(anchor.record);
    if (record == nullptr || context_.schedule.anchor_due(anchor.use, *record) != due) return;
    // Everything before is handled; of the same instant there may be more. The last one closes it:
    // a restart would find it again, and its own mark is not kept for ever.
    const bool is_last = context_.schedule.is_settled(anchor.use, due);
    layer_.put_mark({context_.schedule.since_mark(anchor.use),
                     std::to_string(is_last ? due.micros : due.micros - 1), std::nullopt, now_});
    if (layer_.mark(context_.schedule.handled_mark(anchor.use, anchor.record.key, due), now_))
        return;
    mark_handled(layer_, anchor.use, anchor.record, due);
    Pending pending = anchor_pending(anchor.use, anchor.record, layer_);
    const bool is_missed = now_.micros - due.micros > limits::timer_missed_micros;
    if (!is_missed || makes_up(anchor.use.rule, due)) return enqueue(std::move(pending));
    tell(late(context_.program.rules[anchor.use.rule], pending.by->entity, pending.by->id,
              "missed: it was due at " + context_.zone.format(due)));
}

// ---- Clocks -----------------------------------------------------------------------------------

std::shared_ptr<SetOff> Turn::set_off_of_clock(TriggerUse use) const {
    auto by = std::make_shared<SetOff>();
    by->cause.kind = CauseKind::timer;
    const rules::Trigger& trigger = context_.triggers.trigger(use);
    by->cause.text = trigger.text;
    by->trigger = trigger.text;
    return by;
}

void Turn::take_due(const ClockDue& clock, Instant due) {
    const rules::Trigger& trigger = context_.triggers.trigger(clock.use);
    const rules::Rule& rule = context_.program.rules[clock.use.rule];
    const std::string sweep = context_.schedule.sweep_mark(clock.use);
    if (clock.struck) return take_sweep(clock, *clock.struck);
    // Of several that were missed the last one counts, unless all do.
    Instant strikes = due;
    const bool is_missed = now_.micros - due.micros > limits::timer_missed_micros;
    if (is_missed && rule.missed.policy != rules::MissedPolicy::all)
        strikes = context_.schedule.last_strike(clock.use, now_).value_or(due);
    layer_.put_mark({context_.schedule.since_mark(clock.use), std::to_string(strikes.micros),
                     std::nullopt, now_});
    const bool is_late = now_.micros - strikes.micros > limits::timer_missed_micros;
    if (is_late && !makes_up(clock.use.rule, strikes))
        return tell(late(rule, {}, {}, "missed: it was due at " + context_.zone.format(strikes)));
    if (trigger.clock->sweep) {
        layer_.put_mark({sweep, std::to_string(strikes.micros) + " 0", std::nullopt, now_});
        return take_sweep({clock.use, 0}, strikes);
    }
    Pending pending;
    pending.by = set_off_of_clock(clock.use);
    pending.use = clock.use;
    enqueue(std::move(pending));
}

// One turn's part of the records of a sweep, in the order of their keys. What a rule of it changes
// is seen by those that follow.
void Turn::take_sweep(const ClockDue& clock, Instant strikes) {
    const rules::Trigger& trigger = context_.triggers.trigger(clock.use);
    const rules::Sweep& sweep = *trigger.clock->sweep;
    const rules::UnitIndex unit = context_.program.rules[clock.use.rule].unit;
    const std::string mark = context_.schedule.sweep_mark(clock.use);
    rules::Budget budget;
    rules::ScanRequest request;
    request.entity = sweep.entity;
    request.access = sweep.access;
    request.field = sweep.field;
    request.after = clock.after;
    std::vector<Value> locals(context_.program.units[unit].local_count);
    const auto evaluate = [&](std::uint32_t entry) {
        return context_.evaluator.evaluate(
            unit, entry, locals, static_cast<rules::Records&>(layer_), {now_, now_}, budget);
    };
    bool finds_none = false;
    if (sweep.key_entry) {
        const Value key = evaluate(*sweep.key_entry).value;
        if (sweep.access == rules::Access::range && key.kind() == rules::Kind::list &&
            key.as_list().size() == 2) {
            request.low = key.as_list()[0];
            request.high = key.as_list()[1];
        } else {
            request.low = key;
        }
        finds_none = sweep.access == rules::Access::equal && key.is_missing();
    }
    std::optional<rules::RecordKey> last;
    std::size_t taken = 0;
    const auto cursor = layer_.scan(request);
    while (!finds_none && taken < limits::sweep_records_max) {
        const auto key = cursor->next();
        if (!key) break;
        last = *key;
        ++taken;
        const Reference record{sweep.entity, *key};
        locals.assign(locals.size(), Value());
        if (trigger.record_local) locals[*trigger.record_local] = Value::reference(record);
        std::optional<rules::Failure> failure;
        if (sweep.where_entry) {
            budget = {};
            rules::Outcome outcome = evaluate(*sweep.where_entry);
            if (!outcome.failure && !outcome.value.is_true()) continue;
            failure = std::move(outcome.failure);
        }
        auto by = set_off_of_clock(clock.use);
        by->entity = context_.schema.entity_name(sweep.entity);
        by->id = id_of(layer_.get(record));
        by->subject = record;
        Pending pending;
        pending.by = std::move(by);
        pending.use = clock.use;
        pending.bound = Value::reference(record);
        pending.failure = std::move(failure);
        enqueue(std::move(pending));
    }
    const bool goes_on = taken == limits::sweep_records_max;
    layer_.put_mark(
        {mark,
         goes_on ? std::optional(std::to_string(strikes.micros) + " " + std::to_string(*last))
                 : std::nullopt,
         std::nullopt, now_});
}

}  // namespace pawl::engine
