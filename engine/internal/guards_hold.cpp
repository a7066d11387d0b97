#include <array>
#include <string_view>
#include <utility>

#include "engine/internal/calendar_time.h"
#include "engine/internal/guards.h"
#include "engine/internal/held_state.h"
#include "engine/internal/pending_codec.h"
#include "engine/internal/rule_mark.h"

// What is put off until an instant: debounce, and only between with `else hold`. What is held is
// one mark of its key, the newest instead of the one before. The timer of a debounce is moved when
// it comes too early, so that a key that is set off again and again costs one timer and no more.
// It is owed: an outage makes it late, whatever the rule says of what was missed.

namespace pawl::engine {

using rules::Kind;
using rules::Value;

void Guards::tell_held(const Pending& pending, std::string guard, std::optional<Instant> until) {
    Held held;
    held.rule = rule_of(pending).id;
    held.guard = std::move(guard);
    held.entity = pending.by->entity;
    held.id = pending.by->id;
    held.until = until;
    turn_.tell(std::move(held));
}

Admittance Guards::hold(const Guarded& guarded, std::string guard, const std::string& rest,
                        Instant due, Place place) {
    Layer& layer = turn_.layer();
    const RuleMark mark =
        read_rule_mark(layer, turn_.now(), "held", rule_of(guarded.pending), rest);
    const auto before = decode_held(mark.value, context_.program.schema);
    // A timer's target is the key under which the mark was written.
    const bool keeps_timer =
        before && place == Place::any && mark.former_key.empty() && before->timer.due <= due;
    if (before && !keeps_timer)
        layer.put_timer(
            {{before->timer, TimerKind::held, mark.former_key.empty() ? mark.key : mark.former_key},
             true});
    const TimerKey timer =
        keeps_timer ? before->timer : turn_.set_timer(layer, due, TimerKind::held, mark.key);
    const HeldState held{due, timer, guard, encode_pending(guarded.pending, context_.program)};
    write_rule_mark(layer, mark, encode_held(held, context_.program.schema));
    tell_held(guarded.pending, std::move(guard), due);
    return Admittance::held;
}

void Guards::release(const std::string& key) {
    Layer& layer = turn_.layer();
    if (key.starts_with("queue/")) return begin_next(layer, key);
    auto held = decode_held(layer.mark(key, turn_.now()), context_.program.schema);
    if (!held || held->timer.due > turn_.now()) return;  // another timer is to come
    if (held->due > turn_.now()) {
        held->timer = turn_.set_timer(layer, held->due, TimerKind::held, key);
        return layer.put_mark({key, encode_held(*held, context_.program.schema), std::nullopt, {}});
    }
    layer.put_mark({key, std::nullopt, std::nullopt, {}});
    auto pending = decode_pending(held->pending, context_.program);
    if (!pending) return;
    pending->was_held = true;
    // It ends like a run whose record was deleted while it waited (meaning 22).
    if (pending->by->subject && layer.get(*pending->by->subject) == nullptr)
        return turn_.skip(
            *pending, held->guard,
            "`" + pending->by->entity + "/" + pending->by->id + "` was deleted meanwhile",
            context_.program.units[rule_of(*pending).unit].line, false);
    turn_.enqueue(std::move(*pending));
}

// ---- Debounce ---------------------------------------------------------------------------------

Admittance Guards::debounce(const Guarded& guarded) {
    const rules::Pace& pace = *rule_of(guarded.pending).debounce;
    const auto by = key(guarded, pace.key_entry, "debounce");
    if (!by) return Admittance::passed_over;
    const auto period = stated(guarded, pace.period, Kind::duration, "debounce");
    if (!period) return Admittance::passed_over;
    const auto due = context_.zone.add(turn_.now(), period->as_duration());
    if (due && *due > turn_.now())
        return hold(guarded, "debounce", "/debounce/" + by->part, *due, Place::any);
    if (due) return Admittance::runs;  // a period of nothing
    pass_over(guarded, "debounce", "it would come after the end of the calendar");
    return Admittance::passed_over;
}

// ---- Only between -----------------------------------------------------------------------------

struct Guards::Hours {
    DailyWindow window;
    Zone zone;
};

namespace {

// "between 08:00 and 18:00 on weekdays, except on certain days"
std::string hours_text(const DailyWindow& window) {
    constexpr std::array<std::string_view, 7> names = {
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    std::string text = "between " + format_time(window.from) + " and " + format_time(window.to);
    std::string days;
    for (std::size_t day = 0; day < names.size(); ++day)
        if ((window.weekdays >> day & 1) != 0)
            days += (days.empty() ? " on " : ", ") + std::string(names[day]);
    constexpr std::uint8_t monday_to_friday = 0x1f;
    if (window.weekdays == monday_to_friday)
        text += " on weekdays";
    else if (window.weekdays != rules::every_weekday)
        text += days;
    return window.excepted == nullptr ? text : text + ", except on certain days";
}

}  // namespace

// A zone that is missing or that nobody knows is the rulebook's.
std::optional<Guards::Hours> Guards::hours(const Guarded& guarded) {
    const rules::OnlyBetween& between = *rule_of(guarded.pending).only_between;
    const auto from = stated(guarded, between.from, Kind::time, "only between");
    if (!from) return std::nullopt;
    const auto to = stated(guarded, between.to, Kind::time, "only between");
    if (!to) return std::nullopt;
    Hours hours{{from->as_time(), to->as_time(), between.weekdays, nullptr}, context_.zone};
    if (between.calendar)
        hours.window.excepted = &context_.program.calendars[*between.calendar].days;
    if (!between.zone_entry) return hours;
    const auto name = evaluate(guarded, *between.zone_entry);
    if (!name) return std::nullopt;
    if (name->kind() == Kind::text || name->kind() == Kind::choice)
        hours.zone = Zone::find(name->as_text()).value_or(context_.zone);
    return hours;
}

Admittance Guards::only_between(const Guarded& guarded) {
    const auto hours = this->hours(guarded);
    if (!hours) return Admittance::passed_over;
    if (is_open(hours->window, turn_.now(), hours->zone)) return Admittance::runs;
    const std::string found = "it is " + hours->zone.format(turn_.now()) + " in " +
                              hours->zone.name() + ", and it runs " + hours_text(hours->window);
    if (!rule_of(guarded.pending).only_between->holds) {
        pass_over(guarded, "only between", found);
        return Admittance::passed_over;
    }
    const auto opening = next_opening(hours->window, turn_.now(), hours->zone);
    if (!opening) {
        pass_over(guarded, "only between", found + ", and no day of a year to come opens it");
        return Admittance::passed_over;
    }
    // Of one record the newest is enough; what is about none is not to be lost for another.
    const auto& subject = guarded.pending.by->subject;
    const std::string part = subject
                                 ? mark_part(Value::reference(*subject), context_.program.schema)
                                 : "#" + std::to_string(context_.counters.next_timer);
    return hold(guarded, "only between", "/between/" + part, *opening, Place::last);
}

}  // namespace pawl::engine
