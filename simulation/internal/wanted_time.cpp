#include "simulation/internal/wanted_time.h"

#include <utility>
#include <vector>

#include "rules/cadence.h"

namespace pawl::simulation {

using rules::Value;

namespace {

bool is_at(const LocalTime& wanted, const Zone& zone, Instant at) {
    return zone.instant(wanted.date, wanted.time) == at;
}

// A time of a cron line is not the first of those that fall together: what the clock shows counts
// before what it jumped over.
std::optional<LocalTime> by_cron(const rules::Cron& cron, const Zone& zone, Instant at) {
    const LocalTime shown = zone.local(at);
    if (cron.every_hour) return shown;
    constexpr std::int64_t minute_micros = 60 * micros_per_second;
    std::optional<LocalTime> jumped_over;
    for (int minute = 0; minute < 24 * 60; ++minute) {
        const bool is_one =
            (cron.minutes >> (minute % 60) & 1) != 0 && (cron.hours >> (minute / 60) & 1) != 0;
        const LocalTime wanted{shown.date, {minute * minute_micros}};
        if (!is_one || !is_at(wanted, zone, at)) continue;
        if (wanted == shown) return wanted;
        jumped_over = wanted;
    }
    return jumped_over;
}

}  // namespace

Value WantedTimes::evaluate(const rules::Rule& rule, std::uint32_t entry) {
    std::vector<Value> locals(program_.units[rule.unit].local_count);
    Result<Value> value = engine_.evaluate(rule.unit, entry, locals);
    return value ? std::move(*value) : Value();
}

Value WantedTimes::stated(const rules::Rule& rule, const rules::Stated& stated) {
    return stated.entry ? evaluate(rule, *stated.entry) : stated.value;
}

std::optional<LocalTime> WantedTimes::by_clock(const rules::Rule& rule, const rules::Clock& clock,
                                               const Zone& zone, Instant at) {
    const LocalTime shown = zone.local(at);
    if (clock.cadence.kind == rules::CadenceKind::interval) return shown;
    if (clock.cadence.kind == rules::CadenceKind::cron)
        return by_cron(clock.cadence.cron, zone, at);
    std::vector<TimeOfDay> times = clock.cadence.at;
    if (clock.at_entry) {
        const Value list = evaluate(rule, *clock.at_entry);
        times.clear();
        if (list.kind() == rules::Kind::list)
            for (const Value& each : list.as_list())
                if (each.kind() == rules::Kind::time) times.push_back(each.as_time());
    }
    if (times.empty()) times.emplace_back();
    std::optional<LocalTime> jumped_over;
    for (const TimeOfDay& time : times) {
        const LocalTime wanted{shown.date, time};
        if (!is_at(wanted, zone, at)) continue;
        if (wanted == shown) return wanted;
        jumped_over = wanted;
    }
    return jumped_over;
}

// Days and months keep the time of day; hours do not ask what the clock shows.
std::optional<LocalTime> WantedTimes::by_anchor(const rules::Rule& rule,
                                                const rules::Trigger& trigger,
                                                const engine::Fired& fired, Instant at) {
    const rules::Anchor& anchor = *trigger.anchor;
    const auto reference = engine_.find_record(fired.entity, fired.id);
    const auto record = reference ? engine_.records().get(*reference) : nullptr;
    if (record == nullptr || reference->entity != trigger.entity) return std::nullopt;
    const Value& field = record->fields[trigger.field];
    LocalTime wanted;
    if (field.kind() == rules::Kind::date)
        wanted.date = field.as_date();
    else if (field.kind() == rules::Kind::datetime)
        wanted = zone_.local(field.as_datetime());
    else
        return std::nullopt;
    const Value offset = stated(rule, anchor.offset);
    if (offset.kind() == rules::Kind::duration) {
        const Duration length = offset.as_duration();
        const int sign = anchor.is_before ? -1 : 1;
        if (length.micros != 0) return std::nullopt;
        auto date = add_months(wanted.date, sign * length.months);
        if (date) date = add_days(*date, sign * length.days);
        if (!date) return std::nullopt;
        wanted.date = *date;
    }
    const Value time = stated(rule, anchor.at);
    if (time.kind() == rules::Kind::time) wanted.time = time.as_time();
    if (!is_at(wanted, zone_, at)) return std::nullopt;
    return wanted;
}

WantedTime WantedTimes::find(const engine::Fired& fired, Instant at) {
    const auto index = program_.find_rule(fired.rule);
    if (!index) {  // a journey's, or a flow's
        return {zone_, fired.by.text.empty() ? "" : "step " + fired.by.text};
    }
    const rules::Rule& rule = program_.rules[*index];
    for (const rules::Trigger& trigger : rule.triggers) {
        if (trigger.clock && trigger.text == fired.by.text) {
            const Zone zone = Zone::find(trigger.clock->zone).value_or(zone_);
            const auto wanted = by_clock(rule, *trigger.clock, zone, at);
            return {zone, rules::local_time_note(wanted.value_or(zone.local(at)), zone)};
        }
        if (!trigger.anchor) continue;
        if (const auto wanted = by_anchor(rule, trigger, fired, at))
            return {zone_, rules::local_time_note(*wanted, zone_)};
    }
    return {zone_, ""};
}

}  // namespace pawl::simulation
