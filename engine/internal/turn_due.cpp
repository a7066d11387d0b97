#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "engine/internal/guards.h"
#include "engine/internal/journey_texts.h"
#include "engine/internal/journeys.h"
#include "engine/internal/mark_number.h"
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

bool Turn::is_missed(rules::RuleIndex rule, Instant due) {
    return now_.micros - due.micros > limits::timer_missed_micros && !makes_up(rule, due);
}

namespace {

Skipped late(const Context& context, const Pending& pending, std::string_view how, Instant due) {
    Skipped skipped;
    skipped.rule = context.program.rules[pending.use.rule].id;
    skipped.guard = "missed";
    skipped.reason = std::string(how) + ": it was due at " + context.zone.format(due);
    skipped.entity = pending.by->entity;
    skipped.id = pending.by->id;
    return skipped;
}

}  // namespace

void Turn::tell_missed(const Pending& pending, Instant due) {
    tell(late(context_, pending, "missed", due));
}

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

// Of a date that had its turn: until when one that comes back is not told of again. Nothing: it
// had none.
std::optional<Instant> Turn::handled_until(Layer& layer, TriggerUse use, Reference record,
                                           Instant due) {
    const Schedule& schedule = context_.schedule;
    auto mark = layer.mark(schedule.handled_mark(use, record.key, due), now_);
    const std::string former = schedule.former_handled_mark(use, record.key, due);
    if (!mark && !former.empty()) mark = layer.mark(former, now_);
    if (!mark) return std::nullopt;
    return Instant{read_mark_number(*mark).value_or(std::numeric_limits<std::int64_t>::max())};
}

void Turn::mark_handled(Layer& layer, TriggerUse use, Reference record, Instant due,
                        Duration known_for) {
    const bool is_always =
        context_.program.rules[use.rule].missed.policy == rules::MissedPolicy::all;
    const Duration kept = is_always ? handled_for : missed_within(use.rule);
    // A day more than it could be asked for.
    const auto asked = context_.zone.add(std::max(due, now_), kept);
    MarkWrite mark{context_.schedule.handled_mark(use, record.key, due), "", std::nullopt, now_};
    if (asked) {
        const Instant until{asked->micros + micros_per_day};
        mark.value = std::to_string(until.micros);
        mark.expires_at = until;
        mark.expires_at = std::max(until, context_.zone.add(now_, known_for).value_or(until));
    }
    layer.put_mark(std::move(mark));
}

// All dates up to then have had their turns: a restart is not to look there again.
void Turn::mark_since(Layer& layer, TriggerUse use, Instant since) {
    layer.put_mark(
        {context_.schedule.since_mark(use), std::to_string(since.micros), std::nullopt, now_});
}

std::optional<Pending> Turn::take_past_anchor(Advance& advance, TriggerUse use, Reference record,
                                              Instant due) {
    Layer& layer = advance.layer();
    const auto until = handled_until(layer, use, record, due);
    if (until && now_ < *until) return std::nullopt;
    const bool is_settled = context_.schedule.is_settled(use, now_);
    // Where others before it are to have their turn yet it is found again behind them, however
    // late.
    mark_handled(layer, use, record, due, is_settled ? Duration{} : handled_for);
    if (is_settled) mark_since(layer, use, now_);
    Pending pending = anchor_pending(use, record, layer);
    if (makes_up(use.rule, due)) return pending;
    // Behind the change that was too late, and gone with it if the advance fails.
    advance.happenings().push_back({now_, 0, late(context_, pending, "too late", due)});
    return std::nullopt;
}

void Turn::take_due(const AnchorDue& anchor, Instant due) {
    Schedule& schedule = context_.schedule;
    schedule.settled(anchor, due);
    // Everything before is handled; of the same instant there may be more, which a restart must
    // find again. The last one closes it, since no mark of one date is kept for ever.
    const bool is_last = schedule.is_settled(anchor.use, due);
    if (is_last) mark_since(layer_, anchor.use, due);
    // It may have moved, or its record may be gone.
    const rules::RecordPointer record = layer_.get(anchor.record);
    if (record == nullptr || schedule.anchor_due(anchor.use, *record) != due) return;
    if (!is_last) mark_since(layer_, anchor.use, Instant{due.micros - 1});
    if (handled_until(layer_, anchor.use, anchor.record, due)) return;
    mark_handled(layer_, anchor.use, anchor.record, due);
    Pending pending = anchor_pending(anchor.use, anchor.record, layer_);
    if (is_missed(anchor.use.rule, due)) return tell_missed(pending, due);
    enqueue(std::move(pending));
}

// ---- Clocks -----------------------------------------------------------------------------------

Pending Turn::clock_pending(TriggerUse use) const {
    auto by = std::make_shared<SetOff>();
    by->cause.kind = CauseKind::timer;
    by->cause.text = context_.triggers.trigger(use).text;
    by->trigger = by->cause.text;
    Pending pending;
    pending.by = std::move(by);
    pending.use = use;
    return pending;
}

void Turn::take_due(const ClockDue& clock, Instant due) {
    if (clock.sweep) return take_sweep(clock.use, *clock.sweep);
    // Of several that were missed the last one counts, unless all do.
    Instant strikes = due;
    const bool is_late = now_.micros - due.micros > limits::timer_missed_micros;
    const rules::Rule& rule = context_.program.rules[clock.use.rule];
    if (is_late && rule.missed.policy != rules::MissedPolicy::all)
        strikes = context_.schedule.last_strike(clock.use, now_).value_or(due);
    mark_since(layer_, clock.use, strikes);
    Pending pending = clock_pending(clock.use);
    if (is_missed(clock.use.rule, strikes)) return tell_missed(pending, strikes);
    if (context_.triggers.trigger(clock.use).clock->sweep)
        return take_sweep(clock.use, {strikes, 0});
    enqueue(std::move(pending));
}

}  // namespace pawl::engine
