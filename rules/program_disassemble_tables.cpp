#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/internal/program_disassemble.h"

namespace pawl::rules {

namespace {

constexpr std::array<std::string_view, 16> trigger_words = {
    "event",       "created",     "updated",  "deleted",   "becomes", "changes",
    "drops below", "rises above", "whenever", "requested", "anchor",  "clock",
    "moves",       "absence",     "count",    "sequence"};
constexpr std::array<std::string_view, 6> match_words = {"is", "in", "<", "<=", ">", ">="};
constexpr std::array<std::string_view, 3> moves_words = {"falls", "rises", "moves"};
constexpr std::array<std::string_view, 6> unit_words = {"minute", "hour",  "day",
                                                        "week",   "month", "year"};
constexpr std::array<std::string_view, 4> overlap_words = {"parallel", "skip", "restart", "queue"};
constexpr std::array<std::string_view, 3> missed_words = {"missed runs once", "missed skips",
                                                          "missed runs all"};
constexpr std::array<std::string_view, 3> change_words = {"finish old", "move", "cancel"};
constexpr std::array<std::string_view, 7> day_words = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

std::string show_all(const std::vector<Value>& items) {
    constexpr std::size_t shown_max = 8;
    std::string text = "[";
    for (std::size_t at = 0; at < items.size(); ++at) {
        if (at > 0) text += ", ";
        if (at == shown_max) return text + "… " + std::to_string(items.size()) + " items]";
        text += show(items[at]);
    }
    return text + "]";
}

std::string show_days(std::uint8_t days) {
    if (days == every_weekday) return "day";
    if (days == 0x1f) return "weekday";
    std::string text;
    for (std::size_t day = 0; day < day_words.size(); ++day)
        if ((days >> day) & 1) text += (text.empty() ? "" : ", ") + std::string(day_words[day]);
    return text;
}

// The members of a set, those that follow one another as a range: "0-30,45".
std::string show_set(std::uint64_t set) {
    std::string text;
    for (unsigned from = 0; from < 64; ++from) {
        if (((set >> from) & 1) == 0) continue;
        unsigned to = from;
        while (to < 63 && ((set >> (to + 1)) & 1) != 0) ++to;
        text += (text.empty() ? "" : ",") + std::to_string(from);
        if (to > from) text += "-" + std::to_string(to);
        from = to;
    }
    return text;
}

std::string show_cron(const Cron& cron) {
    return "cron minutes " + show_set(cron.minutes) + ", hours " +
           (cron.every_hour ? "*" : show_set(cron.hours)) + ", days " +
           (cron.every_day ? "*" : show_set(cron.days)) + ", months " + show_set(cron.months) +
           ", weekdays " + (cron.every_weekday ? "*" : show_set(cron.weekdays));
}

std::string show_cadence(const Cadence& cadence) {
    const std::string times = cadence.count == 1 ? "" : std::to_string(cadence.count) + " ";
    const std::string plural = cadence.count == 1 ? "" : "s";
    std::string text;
    switch (cadence.kind) {
        case CadenceKind::interval:
            return "every " + format_duration(Duration{.micros = cadence.micros});
        case CadenceKind::cron: return show_cron(cadence.cron);
        case CadenceKind::days: {
            const std::string days = show_days(cadence.weekdays);
            text = "every " + times + (cadence.weekdays == every_weekday ? days + plural : days);
            // Every so many days, of which only some weekdays count.
            if (cadence.count != 1 && cadence.weekdays != every_weekday)
                text = "every " + times + "days on " + days;
            break;
        }
        case CadenceKind::months:
            text =
                "every " + times + "month" + plural + " on day " + std::to_string(cadence.on_day);
            break;
    }
    for (std::size_t at = 0; at < cadence.at.size(); ++at)
        text += (at == 0 ? " at " : ", ") + format_time(cadence.at[at]);
    return text;
}

}  // namespace

std::string show_number(double number) {
    std::string text;
    append_json_number(text, number);
    return text;
}

std::string show(const Value& value) {
    switch (value.kind()) {
        case Kind::missing: return "missing";
        case Kind::boolean: return value.as_boolean() ? "true" : "false";
        case Kind::integer: return std::to_string(value.as_integer());
        case Kind::number: return show_number(value.as_number());
        case Kind::money:
            return format_amount(value.as_money()) + " " + value.as_money().currency.letters();
        case Kind::text: return quote_for_message(value.as_text());
        case Kind::secret: return "•••";
        case Kind::date: return format_date(value.as_date());
        case Kind::time: return format_time(value.as_time());
        case Kind::datetime: return format_instant(value.as_datetime());
        case Kind::duration: return format_duration(value.as_duration());
        case Kind::choice:
        case Kind::group: return std::string(value.as_text());
        case Kind::reference: return "a record";
        case Kind::list: return show_all(value.as_list());
        case Kind::record: return "record " + show_all(value.as_record());
        case Kind::json: return quote_for_message(write_json(value.as_json()));
    }
    return {};
}

std::string show_local(const Unit& unit, std::size_t local) {
    const std::string& name = unit.local_names[local];
    return name.empty() ? "#" + std::to_string(local) : name;
}

std::string TableListing::field(EntityIndex entity, FieldIndex field) const {
    const Entity& of = program_.schema.entities[entity];
    return of.name + "." + of.fields[field].name;
}

std::string TableListing::stated(const Stated& stated, const std::string& heading) {
    note(stated.entry, heading);
    return stated.entry ? "code " + std::to_string(*stated.entry) : show(stated.value);
}

void TableListing::rule(const Rule& rule) {
    const Unit& unit = program_.units[rule.unit];
    if (rule.mode != RuleMode::live) line(rule.mode == RuleMode::draft ? "  draft" : "  paused");
    for (std::size_t at = 0; at < rule.triggers.size(); ++at)
        trigger(unit, rule.triggers[at], " of trigger " + std::to_string(at + 1));
    match(rule);
    for (std::size_t at = 0; at < rule.clauses.size(); ++at)
        line("  clause " + std::to_string(at) + (rule.clauses[at].is_unless ? " unless " : " if ") +
             rule.clauses[at].text);
    headings_.emplace(rule.conditions_entry, "conditions");
    headings_.emplace(rule.body_entry, "body");
    note(rule.unless_entry, "unless, read again");
    note(rule.once_entry,
         rule.once_for ? "once per, for " + format_duration(*rule.once_for) : "once per");
    note(rule.rearm_entry, rule.rearm_above ? "rearm above" : "rearm below");
    guards(rule);
}

void TableListing::trigger(const Unit& unit, const Trigger& trigger, const std::string& of) {
    std::string text = "  when ";
    text += word(trigger_words, trigger.kind);
    text += subject(unit, trigger, of);
    if (!trigger.from.is_missing()) text += " from " + show(trigger.from);
    if (!trigger.value.is_missing()) text += " " + show(trigger.value);
    if (trigger.by_at_least.is_said() && trigger.kind != TriggerKind::moves)
        text += " by at least " + stated(trigger.by_at_least, "by" + of);
    if (trigger.within.is_said()) text += " within " + stated(trigger.within, "within" + of);
    for (std::size_t at = 0; at < trigger.roles.size(); ++at)
        text += (at == 0 ? " by " : ", ") + trigger.roles[at];
    for (std::size_t at = 0; at < trigger.asked.size(); ++at)
        text += (at == 0 ? " asking " : ", ") + trigger.asked[at].first;
    if (trigger.record_local) text += " as " + show_local(unit, *trigger.record_local);
    if (trigger.change_local) text += ", change as " + show_local(unit, *trigger.change_local);
    if (trigger.including_first) text += " including first";
    line(text);
    note(trigger.value_entry, "value" + of);
    note(trigger.whenever_entry, "whenever" + of);
}

// What it looks at, with its time.
std::string TableListing::subject(const Unit& unit, const Trigger& trigger, const std::string& of) {
    switch (trigger.kind) {
        case TriggerKind::event: return " " + event(trigger.event);
        case TriggerKind::requested: return {};
        case TriggerKind::becomes:
        case TriggerKind::changes:
        case TriggerKind::drops_below:
        case TriggerKind::rises_above: return " " + field(trigger.entity, trigger.field);
        case TriggerKind::created:
        case TriggerKind::updated:
        case TriggerKind::deleted:
        case TriggerKind::whenever: return " " + entity(trigger.entity);
        case TriggerKind::anchor: return anchor(trigger, of);
        case TriggerKind::clock: return clock(*trigger.clock, of);
        case TriggerKind::moves: return moves(trigger, of);
        case TriggerKind::absence:
        case TriggerKind::count:
        case TriggerKind::sequence: return pattern(unit, trigger, of);
    }
    return {};
}

std::string TableListing::anchor(const Trigger& trigger, const std::string& of) {
    const Anchor& anchor = *trigger.anchor;
    std::string text;
    if (anchor.offset.is_said())
        text =
            " " + stated(anchor.offset, "offset" + of) + (anchor.is_before ? " before" : " after");
    text += " " + field(trigger.entity, trigger.field);
    if (anchor.at.is_said()) text += " at " + stated(anchor.at, "time of day" + of);
    return text;
}

std::string TableListing::moves(const Trigger& trigger, const std::string& of) {
    std::string text = " " + field(trigger.entity, trigger.field) + " ";
    text += word(moves_words, trigger.direction);
    if (trigger.by_at_least.is_said()) text += " by " + stated(trigger.by_at_least, "by" + of);
    return text;
}

std::string TableListing::clock(const Clock& clock, const std::string& of) {
    std::string text = " " + show_cadence(clock.cadence);
    if (clock.at_entry) text += " at code " + std::to_string(*clock.at_entry);
    note(clock.at_entry, "times" + of);
    if (!clock.zone.empty()) text += " in " + clock.zone;
    if (!clock.sweep) return text;
    const Sweep& sweep = *clock.sweep;
    text += " for each " + entity(sweep.entity);
    if (sweep.key_entry) {
        text += " by " + field(sweep.entity, sweep.field) +
                (sweep.access == Access::range ? " from and to" : "");
        note(sweep.key_entry, "key" + of);
    }
    if (sweep.where_entry) text += " where code " + std::to_string(*sweep.where_entry);
    note(sweep.where_entry, "where" + of);
    return text;
}

std::string TableListing::part(const Unit& unit, const PatternPart& part, const std::string& of) {
    std::string text;
    switch (part.kind) {
        case PatternPartKind::event: text = event(part.event); break;
        case PatternPartKind::created: text = entity(part.entity) + " is created"; break;
        case PatternPartKind::becomes:
            text = field(part.entity, part.field) + " becomes " + stated(part.value, "value" + of);
            break;
    }
    text += " as " + show_local(unit, part.local);
    if (part.where_entry) text += " where code " + std::to_string(*part.where_entry);
    note(part.where_entry, "where" + of);
    return text + per(part.key_entry, of);
}

std::string TableListing::pattern(const Unit& unit, const Trigger& trigger, const std::string& of) {
    const Pattern& pattern = *trigger.pattern;
    const bool is_sequence = trigger.kind == TriggerKind::sequence;
    std::string text = " of ";
    if (trigger.kind == TriggerKind::count) text += stated(pattern.count, "count" + of) + " ";
    text += part(unit, pattern.first, is_sequence ? " of the first part" + of : of);
    if (is_sequence) {
        text += pattern.is_negated ? ", not followed by " : ", followed by ";
        text += part(unit, pattern.second, " of the second part" + of) + ",";
    }
    text += trigger.kind == TriggerKind::absence ? " for " : " within ";
    text += stated(pattern.within, "within" + of);
    if (pattern.all_local) text += ", all as " + show_local(unit, *pattern.all_local);
    if (pattern.never_entity) text += ", including never of " + entity(*pattern.never_entity);
    return text;
}

std::string TableListing::per(const std::optional<std::uint32_t>& key, const std::string& of) {
    note(key, "key" + of);
    return key ? " per code " + std::to_string(*key) : "";
}

void TableListing::pace(std::string_view word, const std::optional<Pace>& pace) {
    if (!pace) return;
    const std::string of = " of " + std::string(word);
    line("  " + std::string(word) + " " + stated(pace->period, "period" + of) +
         per(pace->key_entry, of));
}

void TableListing::hours(const OnlyBetween& hours) {
    const std::string of = " of only between";
    std::string text = "  only between " + stated(hours.from, "start" + of) + " and " +
                       stated(hours.to, "end" + of);
    if (hours.weekdays != every_weekday) text += " on " + show_days(hours.weekdays);
    if (hours.calendar) text += " except " + program_.calendars[*hours.calendar].name;
    if (hours.zone_entry) text += " in code " + std::to_string(*hours.zone_entry);
    note(hours.zone_entry, "zone" + of);
    line(text + (hours.holds ? ", else hold" : ", else skip"));
}

void TableListing::guards(const Rule& rule) {
    if (rule.at_most) {
        const std::string of = " of at most";
        line("  at most " + stated(rule.at_most->count, "count" + of) +
             per(rule.at_most->key_entry, of) + " per " +
             std::string(word(unit_words, rule.at_most->unit)));
    }
    if (rule.while_running.overlap != Overlap::parallel || rule.while_running.key_entry)
        line("  while running " + std::string(word(overlap_words, rule.while_running.overlap)) +
             per(rule.while_running.key_entry, " of while running"));
    if (rule.only_between) hours(*rule.only_between);
    pace("debounce for", rule.debounce);
    pace("only every", rule.only_every);
    if (rule.missed.policy != MissedPolicy::once || rule.missed.within.is_said()) {
        std::string text = "  " + std::string(word(missed_words, rule.missed.policy));
        if (rule.missed.within.is_said())
            text += " within " + stated(rule.missed.within, "within of missed");
        line(text);
    }
    if (rule.on_change != OnChange::finish)
        line("  on change " + std::string(word(change_words, rule.on_change)));
    if (rule.budget)
        line("  budget " + stated(rule.budget->count, "count of budget") + " per " +
             std::string(word(unit_words, rule.budget->unit)) + ", then pause");
}

void TableListing::journey(const Journey& journey) {
    const Unit& unit = program_.units[journey.unit];
    line("  of " + entity(journey.entity));
    note(journey.starts_entry, "starts");
    note(journey.pauses_while_entry, "pauses while");
    note(journey.pauses_until_entry, "pauses until");
    headings_.emplace(journey.plan_entry, "plan");
    for (const JourneyStep& step : journey.steps) {
        std::string text = "  step " + step.name + "(";
        for (std::size_t at = 0; at < step.parameters.size(); ++at)
            text += (at == 0 ? "" : ", ") + show_local(unit, step.parameters[at]);
        text += ")  line " + std::to_string(step.line);
        const std::string of = " of step " + step.name;
        if (step.catch_up.is_said())
            text += ", catch up within " + stated(step.catch_up, "catch up" + of);
        line(text);
        note(step.unless_entry, "unless" + of);
        headings_.emplace(step.find_entry, "plan of step " + step.name);
        headings_.emplace(step.body_entry, "step " + step.name);
    }
}

void TableListing::waits(const Unit& unit) {
    for (std::size_t at = 0; at < unit.waits.size(); ++at) {
        const WaitFor& wait = unit.waits[at];
        const std::string of = " of wait " + std::to_string(at);
        std::string text = "  wait " + std::to_string(at) + " for " + event(wait.event) + " as " +
                           show_local(unit, wait.local);
        if (wait.key_field)
            text += " by " + program_.schema.events[wait.event].fields[*wait.key_field].name +
                    " is code " + std::to_string(*wait.key_entry);
        if (wait.where_entry) text += " where code " + std::to_string(*wait.where_entry);
        line(text);
        note(wait.key_entry, "key" + of);
        note(wait.where_entry, "where" + of);
    }
    for (std::size_t at = 0; at < unit.retries.size(); ++at) {
        const Retry& retry = unit.retries[at];
        const std::string of = " of retry " + std::to_string(at);
        std::string text = "  retry " + std::to_string(at) + " of instruction " +
                           std::to_string(retry.instruction) + ": " +
                           stated(retry.times, "times" + of) + " times";
        if (retry.first.is_said()) text += " from " + stated(retry.first, "first delay" + of);
        if (retry.limit.is_said()) text += " up to " + stated(retry.limit, "longest delay" + of);
        if (retry.attempt_local != 0xffff)
            text += ", counted in " + show_local(unit, retry.attempt_local);
        line(text);
    }
}

std::string TableListing::atom(const Rule& rule, const MatchAtom& atom) const {
    const EventType& event = program_.schema.events[rule.triggers.front().event];
    std::string text = event.fields[atom.field].name + " ";
    text += word(match_words, atom.op);
    text += " ";
    return text +
           (atom.op == MatchOperator::in_set ? show_all(atom.values) : show(atom.values.front()));
}

void TableListing::match(const Rule& rule) {
    std::string text;
    const auto join = [&](std::string& to, std::string_view joint, const std::string& part) {
        if (!to.empty()) to += joint;
        to += part;
    };
    for (const MatchAtom& part : rule.match.atoms) join(text, " and ", atom(rule, part));
    for (const MatchAnyOf& any_of : rule.match.any_of) {
        std::string either;
        for (const auto& atoms : any_of.alternatives) {
            std::string all;
            for (const MatchAtom& part : atoms) join(all, " and ", atom(rule, part));
            join(either, " or ", all);
        }
        join(text, " and ", "(" + either + ")");
    }
    if (text.empty() && !rule.match.exact) return;
    line("  match " + (text.empty() ? "every event" : text) +
         (rule.match.exact ? ", which decides" : ", then the conditions"));
}

}  // namespace pawl::rules
