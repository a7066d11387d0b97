#include <array>
#include <cstddef>

#include "engine/internal/guards.h"
#include "engine/internal/journey_texts.h"
#include "engine/internal/journeys.h"
#include "engine/internal/set_aside.h"
#include "engine/internal/waits.h"

// What is due and stopped the process again and again: it is known by a name, and set aside.

namespace pawl::engine {

namespace {

std::string record_text(Context& context, Layer& layer, rules::Reference record) {
    const std::string id = id_of(layer.get(record));
    return context.schema.entity_name(record.entity) + "/" +
           (id.empty() ? std::to_string(record.key) : id);
}

// For people: what it is that came due.
struct Naming {
    Context& context;
    Layer& layer;

    std::string operator()(const StoredTimer& timer) const {
        switch (timer.kind) {
            case TimerKind::run: return "The timer of run r" + timer.target;
            case TimerKind::held: return "What a guard held back";
            case TimerKind::absence:
            case TimerKind::sequence: return "The end of a pattern's window";
            case TimerKind::journey: return "A step of a journey";
        }
        return {};
    }
    std::string operator()(const AnchorDue& anchor) const {
        return "Rule " + context.program.rules[anchor.use.rule].id + " for " +
               record_text(context, layer, anchor.record);
    }
    std::string operator()(const ClockDue& clock) const {
        const std::string rule = "Rule " + context.program.rules[clock.use.rule].id;
        return clock.sweep ? rule + " behind record " + std::to_string(clock.sweep->after) : rule;
    }
};

}  // namespace

std::uint64_t due_name(const Due& due) {
    // Timers have a number each; the others are told apart by what they hang on.
    std::array<std::int64_t, 5> parts{static_cast<std::int64_t>(due.what.index()), due.at.micros};
    if (const auto* timer = std::get_if<StoredTimer>(&due.what)) {
        parts[2] = timer->key.number;
    } else if (const auto* anchor = std::get_if<AnchorDue>(&due.what)) {
        parts[2] = anchor->use.rule;
        parts[3] = anchor->use.trigger;
        parts[4] = anchor->record.key;
    } else if (const auto* clock = std::get_if<ClockDue>(&due.what)) {
        // A sweep under way is due when it comes to it: not an instant to know it by.
        parts[1] = clock->sweep ? clock->sweep->struck.micros : due.at.micros;
        parts[2] = clock->use.rule;
        parts[3] = clock->use.trigger;
        parts[4] = clock->sweep ? clock->sweep->after : 0;
    }
    const std::uint64_t name =
        quick_hash({reinterpret_cast<const char*>(parts.data()), sizeof parts});
    return name == 0 ? 1 : name;
}

void SetAside::take(const Due& due, int stops, Care care) {
    Context& context = turn_.context();
    const std::string why =
        "set aside: the engine stopped at it " + std::to_string(stops) + " times";
    const std::string told = std::visit(Naming{context, turn_.layer()}, due.what) + ", due at " +
                             context.zone.format(due.at) + ", was " + why;
    Rows(context, turn_.layer(), turn_.now())
        .without_run({.rule = {},
                      .trigger = "due",
                      .entity = {},
                      .action = "set aside",
                      .error = told,
                      .status = ActionStatus::failed});
    turn_.tell(Alerted{"admins", told});
    bool has_failed_run = false;  // of which the admins hear
    if (care == Care::full) {
        turn_.take_due(due);
        while (auto pending = turn_.next_of_queue()) {
            has_failed_run = has_failed_run || pending->kind != PendingKind::rule;
            end(*pending, why);
        }
    } else {
        take_away(due, why);
    }
    if (!has_failed_run) turn_.alert_admins(told);
}

// Not even what it sets off is looked at.
void SetAside::take_away(const Due& due, const std::string& why) {
    Context& context = turn_.context();
    Layer& layer = turn_.layer();
    if (const auto* timer = std::get_if<StoredTimer>(&due.what)) {
        layer.put_timer({*timer, true});
        // A sweep of a new text: an engine that begins finds none known, and begins it again.
        if (timer->kind == TimerKind::journey && timer->target.starts_with(JourneyTexts::prefix))
            layer.put_mark({timer->target, std::nullopt, std::nullopt, turn_.now()});
        else if (timer->kind == TimerKind::journey)
            Journeys(turn_, layer).set_aside(*timer, why);
    } else if (const auto* anchor = std::get_if<AnchorDue>(&due.what)) {
        context.schedule.settled(*anchor, due.at);
        turn_.mark_handled(layer, anchor->use, anchor->record, due.at);
    } else if (const auto* clock = std::get_if<ClockDue>(&due.what)) {
        const Instant struck = clock->sweep ? clock->sweep->struck : due.at;
        layer.put_mark({context.schedule.since_mark(clock->use), std::to_string(struck.micros),
                        std::nullopt, turn_.now()});
        layer.put_mark(
            {context.schedule.sweep_mark(clock->use), std::nullopt, std::nullopt, turn_.now()});
    }
}

// What was to have its advance ends without one.
void SetAside::end(Pending& pending, const std::string& why) {
    Context& context = turn_.context();
    Layer& layer = turn_.layer();
    switch (pending.kind) {
        case PendingKind::wake: return Waits(turn_).end_failed(pending.run, why);
        case PendingKind::step: {
            Turn::Run run = turn_.begin_run(pending);
            run.step = pending.journey + " " + pending.step;
            return turn_.end_run(layer, run, EndStatus::failed, why);
        }
        case PendingKind::flow:
            return turn_.end_run(layer, turn_.begin_run(pending), EndStatus::failed, why);
        case PendingKind::rule: break;
    }
    const rules::Rule& rule = context.program.rules[pending.use.rule];
    const std::string about =
        pending.by->entity.empty() ? std::string() : pending.by->entity + "/" + pending.by->id;
    Rows(context, layer, turn_.now())
        .without_run({.rule = rule.id,
                      .trigger = pending.by->trigger,
                      .entity = about,
                      .action = "set aside",
                      .error = why,
                      .status = ActionStatus::failed});
    turn_.skip(pending, "set aside", why, context.program.units[rule.unit].line, false);
    if (pending.queue.empty()) return;
    Guards(turn_).leave_queue(pending.queue);
    Guards(turn_).begin_next(layer, pending.queue);
}

}  // namespace pawl::engine
