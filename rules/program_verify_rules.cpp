#include <algorithm>

#include "base/zone.h"
#include "rules/internal/program_verify_tables.h"

namespace pawl::rules {

namespace {

// Whether the set has members, and none that is not between them (0..63, both included).
bool is_set_of(std::uint64_t set, unsigned lowest, unsigned highest) {
    const std::uint64_t up_to_highest = (std::uint64_t{2} << highest) - 1;
    const std::uint64_t below_lowest = (std::uint64_t{1} << lowest) - 1;
    return set != 0 && (set & ~(up_to_highest & ~below_lowest)) == 0;
}

bool is_cron(const Cron& cron) {
    return is_set_of(cron.minutes, 0, 59) && is_set_of(cron.hours, 0, 23) &&
           is_set_of(cron.days, 1, 31) && is_set_of(cron.months, 1, 12) &&
           is_set_of(cron.weekdays, 0, 6);
}

bool is_cadence(const Cadence& cadence) {
    const auto is_time = [](TimeOfDay time) {
        return time.micros >= 0 && time.micros < micros_per_day;
    };
    const auto not_later = [](TimeOfDay left, TimeOfDay right) { return left >= right; };
    if (!std::all_of(cadence.at.begin(), cadence.at.end(), is_time) ||
        std::adjacent_find(cadence.at.begin(), cadence.at.end(), not_later) != cadence.at.end())
        return false;
    switch (cadence.kind) {
        case CadenceKind::interval: return cadence.micros >= 1 && cadence.micros <= micros_per_day;
        case CadenceKind::days: return cadence.count > 0 && is_set_of(cadence.weekdays, 0, 6);
        case CadenceKind::months:
            return cadence.count > 0 && cadence.on_day >= 1 && cadence.on_day <= 31;
        case CadenceKind::cron: return is_cron(cadence.cron);
    }
    return false;
}

bool is_pattern(TriggerKind kind) {
    return kind == TriggerKind::absence || kind == TriggerKind::count ||
           kind == TriggerKind::sequence;
}

}  // namespace

bool RuleCheck::check(const Rule& rule) {
    enter(rule.unit, rule.conditions_entry, Purpose::conditions);
    enter(rule.unit, rule.body_entry, Purpose::body);
    enter(rule.unit, rule.unless_entry, Purpose::conditions);
    enter(rule.unit, rule.once_entry);
    enter(rule.unit, rule.rearm_entry);
    return std::all_of(rule.triggers.begin(), rule.triggers.end(),
                       [&](const Trigger& trigger) { return check_trigger(rule, trigger); }) &&
           check_guards(rule) && check_match(rule);
}

// Whether a trigger has what its kind needs, and nothing of another kind.
bool RuleCheck::has_parts(const Trigger& trigger) const {
    if (trigger.anchor.has_value() != (trigger.kind == TriggerKind::anchor) ||
        trigger.clock.has_value() != (trigger.kind == TriggerKind::clock) ||
        trigger.pattern.has_value() != is_pattern(trigger.kind))
        return false;
    switch (trigger.kind) {
        case TriggerKind::event: return trigger.event < schema_.events.size();
        case TriggerKind::created:
        case TriggerKind::updated:
        case TriggerKind::deleted: return is_entity(trigger.entity);
        case TriggerKind::becomes:
        case TriggerKind::changes:
        case TriggerKind::drops_below:
        case TriggerKind::rises_above:
        case TriggerKind::anchor: return is_field(trigger.entity, trigger.field);
        case TriggerKind::moves:
            return is_field(trigger.entity, trigger.field) && trigger.within.is_said();
        case TriggerKind::whenever:
            return is_entity(trigger.entity) && trigger.whenever_entry && trigger.record_local;
        case TriggerKind::requested:
        case TriggerKind::clock:
        case TriggerKind::absence:
        case TriggerKind::count:
        case TriggerKind::sequence: return true;
    }
    return false;
}

bool RuleCheck::check_trigger(const Rule& rule, const Trigger& trigger) {
    for (const Value* value : {&trigger.value, &trigger.from})
        if (!is_value(*value, rule.id)) return false;
    if (!require(has_parts(trigger), "a trigger of what is not there", rule.id)) return false;
    for (const auto& local : {trigger.record_local, trigger.change_local})
        if (local && !require(is_local(rule.unit, *local), "a trigger's variable", rule.id))
            return false;
    enter(rule.unit, trigger.value_entry);
    enter(rule.unit, trigger.whenever_entry);
    return check_requested(rule, trigger) && check_stated(rule.unit, trigger.within, rule.id) &&
           check_stated(rule.unit, trigger.by_at_least, rule.id) && check_anchor(rule, trigger) &&
           check_clock(rule, trigger) && check_pattern(rule, trigger) &&
           check_watched(trigger.entity, trigger.watched, trigger.watched_through, rule.id);
}

bool RuleCheck::check_requested(const Rule& rule, const Trigger& trigger) {
    bool fits = trigger.asked.size() == trigger.asked_types.size();
    for (const auto& [name, local] : trigger.asked) fits = fits && is_local(rule.unit, local);
    for (const TypeIndex type : trigger.asked_types) fits = fits && is_type(type);
    return require(fits, "what a request asks for does not add up", rule.id);
}

bool RuleCheck::check_anchor(const Rule& rule, const Trigger& trigger) {
    if (!trigger.anchor) return true;
    const TypeKind kind = kind_of(schema_.entities[trigger.entity].fields[trigger.field]);
    return require(kind == TypeKind::date || kind == TypeKind::datetime,
                   "a trigger follows what is no date", rule.id) &&
           check_stated(rule.unit, trigger.anchor->offset, rule.id) &&
           check_stated(rule.unit, trigger.anchor->at, rule.id);
}

bool RuleCheck::check_clock(const Rule& rule, const Trigger& trigger) {
    if (!trigger.clock) return true;
    const Clock& clock = *trigger.clock;
    if (!require(is_cadence(clock.cadence), "a clock that never strikes", rule.id) ||
        !require(clock.zone.empty() || Zone::find(clock.zone).has_value(),
                 "a zone that is not known here", clock.zone))
        return false;
    enter(rule.unit, clock.at_entry);
    if (!clock.sweep) return true;
    const Sweep& sweep = *clock.sweep;
    const bool has_key = sweep.access == Access::equal || sweep.access == Access::range;
    const bool fits = is_entity(sweep.entity) && sweep.access != Access::list &&
                      sweep.key_entry.has_value() == has_key &&
                      (!has_key || is_field(sweep.entity, sweep.field)) &&
                      trigger.record_local.has_value();
    if (!require(fits, "a sweep of what is not there", rule.id)) return false;
    if (sweep.access == Access::range)
        enter(rule.unit, *sweep.key_entry, Purpose::list, 2);
    else
        enter(rule.unit, sweep.key_entry);
    enter(rule.unit, sweep.where_entry);
    return true;
}

bool RuleCheck::check_part(const Rule& rule, const PatternPart& part) {
    bool fits = is_local(rule.unit, part.local);
    switch (part.kind) {
        case PatternPartKind::event: fits = fits && part.event < schema_.events.size(); break;
        case PatternPartKind::created: fits = fits && is_entity(part.entity); break;
        case PatternPartKind::becomes:
            fits = fits && is_field(part.entity, part.field) && part.value.is_said();
            break;
    }
    if (!require(fits, "a pattern of what is not there", rule.id)) return false;
    enter(rule.unit, part.where_entry);
    enter(rule.unit, part.key_entry);
    return check_stated(rule.unit, part.value, rule.id);
}

bool RuleCheck::check_pattern(const Rule& rule, const Trigger& trigger) {
    if (!trigger.pattern) return true;
    const Pattern& pattern = *trigger.pattern;
    const bool is_sequence = trigger.kind == TriggerKind::sequence;
    const bool fits = pattern.within.is_said() &&
                      (trigger.kind != TriggerKind::count || pattern.count.is_said()) &&
                      (!pattern.all_local || is_local(rule.unit, *pattern.all_local)) &&
                      (!pattern.key_entity || is_entity(*pattern.key_entity)) &&
                      (!pattern.never_entity || is_entity(*pattern.never_entity));
    return require(fits, "a pattern that does not add up", rule.id) &&
           check_part(rule, pattern.first) && (!is_sequence || check_part(rule, pattern.second)) &&
           check_stated(rule.unit, pattern.within, rule.id) &&
           check_stated(rule.unit, pattern.count, rule.id);
}

bool RuleCheck::check_hours(const Rule& rule, const OnlyBetween& hours) {
    const bool fits = is_set_of(hours.weekdays, 0, 6) &&
                      (!hours.calendar || *hours.calendar < program_.calendars.size());
    enter(rule.unit, hours.zone_entry);
    return require(fits, "hours that never come", rule.id) &&
           check_stated(rule.unit, hours.from, rule.id) &&
           check_stated(rule.unit, hours.to, rule.id);
}

bool RuleCheck::check_guards(const Rule& rule) {
    const auto check_limit = [&](const Stated& limit) {
        return require(limit.is_said(), "a guard does not say how much", rule.id) &&
               check_stated(rule.unit, limit, rule.id);
    };
    if (rule.at_most) {
        enter(rule.unit, rule.at_most->key_entry);
        if (!check_limit(rule.at_most->count)) return false;
    }
    enter(rule.unit, rule.while_running.key_entry);
    for (const auto* pace : {&rule.debounce, &rule.only_every}) {
        if (!*pace) continue;
        enter(rule.unit, (*pace)->key_entry);
        if (!check_limit((*pace)->period)) return false;
    }
    return (!rule.only_between || check_hours(rule, *rule.only_between)) &&
           check_stated(rule.unit, rule.missed.within, rule.id) &&
           (!rule.budget || check_limit(rule.budget->count));
}

bool RuleCheck::check_atom(const Rule& rule, const MatchAtom& atom, std::size_t field_count) {
    bool fits = atom.field < field_count && !atom.values.empty() &&
                (atom.op == MatchOperator::in_set || atom.values.size() == 1);
    for (const Value& value : atom.values) fits = fits && is_value(value, rule.id);
    return require(fits, "a match that does not fit its events", rule.id);
}

bool RuleCheck::check_match(const Rule& rule) {
    // What every event that sets the rule off has.
    std::size_t field_count = rule.triggers.empty() ? 0 : std::size_t{1} << 16;
    for (const Trigger& trigger : rule.triggers)
        field_count = std::min(field_count, trigger.kind == TriggerKind::event
                                                ? schema_.events[trigger.event].fields.size()
                                                : 0);
    const auto all_fit = [&](const std::vector<MatchAtom>& atoms) {
        return std::all_of(atoms.begin(), atoms.end(), [&](const MatchAtom& atom) {
            return check_atom(rule, atom, field_count);
        });
    };
    if (!all_fit(rule.match.atoms)) return false;
    for (const MatchAnyOf& any_of : rule.match.any_of) {
        if (!require(!any_of.alternatives.empty(), "an `or` of nothing", rule.id)) return false;
        for (const auto& atoms : any_of.alternatives)
            if (!require(!atoms.empty(), "an `or` of nothing", rule.id) || !all_fit(atoms))
                return false;
    }
    return true;
}

}  // namespace pawl::rules
