#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "base/zone.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_stated.h"
#include "dsl/internal/check_time_hints.h"

// Triggers of time: what hangs on a date, and what goes by the clock.

namespace pawl::dsl::internal {

namespace {

using rules::Cadence;
using rules::CadenceKind;
using rules::Clock;

bool is_moment(TypeKind kind) { return kind == TypeKind::date || kind == TypeKind::datetime; }

constexpr std::int64_t micros_per_minute = 60 * micros_per_second;
constexpr std::int64_t micros_per_hour = 60 * micros_per_minute;
constexpr std::int32_t days_per_week = 7;
constexpr std::int32_t months_per_year = 12;
// A rhythm slower than a century is a slip.
constexpr std::int32_t months_max = 1'200;
constexpr std::int32_t days_max = 36'500;

constexpr std::uint8_t monday_alone = 0x01;
constexpr std::uint8_t working_days = 0x1f;
constexpr std::uint8_t weekend_days = 0x60;

// `every 36h`, `every week on day 3`: what a rhythm is made of.
class CadenceReader {
 public:
    CadenceReader(Expressions& expressions, const EveryTrigger& every, Span span)
        : context_(expressions.context()), expressions_(expressions), every_(every), span_(span) {}

    void read(Clock& clock) {
        zone(clock);
        Cadence& cadence = clock.cadence;
        if (every_.is_cron) {
            cron(cadence);
        } else {
            if (!rhythm(cadence)) return;
            days_of_week(cadence);
            day_of_month(cadence);
            times(clock);
        }
        if (clock.zone.empty() && needs_zone(cadence))
            require_zone(context_, place_of_time(), quoted(context_.source_text(span_)));
    }

 private:
    void report(DiagnosticCode code, Span span, std::string message, std::string hint = {}) {
        context_.report(code, span, std::move(message), std::move(hint));
    }
    Span span_of(ExpressionIndex index) const { return context_.tree.at(index).span; }
    std::string shown(ExpressionIndex index) const { return context_.source_text(span_of(index)); }

    Span place_of_time() const { return every_.at.empty() ? span_ : span_of(every_.at.front()); }

    void zone(Clock& clock) {
        if (every_.zone.empty()) return;
        if (Zone::find(every_.zone.text)) {
            clock.zone = every_.zone.text;
            return;
        }
        const bool is_field =
            context_.space(Space::entity)
                .find(every_.zone.text.substr(0, every_.zone.text.find('.'))) != nullptr;
        report(DiagnosticCode::wrong_option, every_.zone.span,
               is_field ? "a clock goes by one zone, and " + quoted(every_.zone.text) +
                              " is another for each record"
                        : "no time zone is named " + quoted(every_.zone.text),
               is_field ? "fire every hour, and let `if` find the records whose time has come"
                        : hint_for_zone(every_.zone.text));
    }

    void cron(Cadence& cadence) {
        cadence.kind = CadenceKind::cron;
        const auto parsed = rules::parse_cron(every_.cron);
        if (parsed) cadence.cron = *parsed;
        std::string message = parsed ? "" : parsed.error().message;
        if (parsed && !rules::next_occurrence(cadence, Instant{}, Zone::utc()))
            message = quoted(every_.cron) + " never comes: none of its months has such a day";
        if (message.empty()) return;
        report(DiagnosticCode::unreadable_cron, every_.cron_span, std::move(message));
    }

    // False after a mistake that leaves the rest without a meaning.
    bool rhythm(Cadence& cadence) {
        if (every_.unit.empty())
            return is_none(every_.interval) ? set_days(cadence, 1) : length(cadence);
        std::int32_t count = 1;
        if (!is_none(every_.interval)) {
            const auto stated = check_count(expressions_, every_.interval, months_max, "`every`");
            if (stated.value.is_missing()) return false;
            const std::int64_t said = stated.value.as_integer();
            if (said < 1 || said > months_max) return false;
            count = static_cast<std::int32_t>(said);
        }
        const std::string& unit = every_.unit.text;
        if (unit.starts_with("minute")) return set_interval(cadence, count * micros_per_minute);
        if (unit.starts_with("hour")) return set_interval(cadence, count * micros_per_hour);
        if (unit.starts_with("month")) return set_months(cadence, count);
        if (unit.starts_with("year")) return set_months(cadence, count * months_per_year);
        if (!is_none(every_.interval)) return refuse_counted_day(count);
        if (unit == "weekday") cadence.weekdays = working_days;
        if (unit == "weekend") cadence.weekdays = weekend_days;
        return set_days(cadence, unit == "week" ? days_per_week : 1);
    }

    bool refuse_counted_day(std::int32_t count) {
        const std::string& unit = every_.unit.text;
        const bool is_length = unit == "day" || unit == "week";
        const std::string number = std::to_string(count);
        report(DiagnosticCode::misplaced, span_of(every_.interval),
               "`every " + unit + "` takes no number",
               is_length ? "write `every " + number + (unit == "day" ? "d" : "w") + "`"
                         : "name the days, as in `every monday, thursday`");
        return false;
    }

    bool length(Cadence& cadence) {
        const auto stated = check_length(expressions_, every_.interval, Months::taken, "`every`");
        if (stated.value.is_missing() || !is_positive(stated.value)) return false;
        const Duration said = stated.value.as_duration();
        const int parts = (said.months != 0) + (said.days != 0) + (said.micros != 0);
        if (parts > 1) {
            report(DiagnosticCode::value_out_of_range, span_of(every_.interval),
                   "`every` counts months, days or hours, and " + quoted(shown(every_.interval)) +
                       " is made of several",
                   "use one of them, as in `every 2d` or `every 12h`");
            return false;
        }
        if (said.months != 0) return set_months(cadence, said.months);
        if (said.days != 0) return set_days(cadence, said.days);
        return set_interval(cadence, said.micros);
    }

    bool set_interval(Cadence& cadence, std::int64_t micros) {
        cadence.kind = CadenceKind::interval;
        cadence.micros = micros;
        if (micros >= micros_per_second && micros <= micros_per_day) return true;
        const bool is_short = micros < micros_per_second;
        report(DiagnosticCode::value_out_of_range,
               is_none(every_.interval) ? span_ : span_of(every_.interval),
               is_short ? "`every` takes a second or more"
                        : "hours and minutes are counted from each midnight, so that they go up to "
                          "a day, and this is longer",
               is_short ? "" : "count in days, as in `every 2d`");
        return false;
    }

    bool set_days(Cadence& cadence, std::int32_t count) {
        cadence.kind = CadenceKind::days;
        cadence.count = count;
        // Weeks begin on Monday.
        if (count % days_per_week == 0) cadence.weekdays = monday_alone;
        if (count <= days_max) return true;
        report(DiagnosticCode::value_out_of_range, span_of(every_.interval),
               "`every` takes at most " + std::to_string(days_max) + " days");
        return false;
    }

    bool set_months(Cadence& cadence, std::int32_t count) {
        cadence.kind = CadenceKind::months;
        cadence.count = count;
        if (count <= months_max) return true;
        report(DiagnosticCode::value_out_of_range, span_of(every_.interval),
               "`every` takes at most " + std::to_string(months_max / months_per_year) + " years");
        return false;
    }

    void days_of_week(Cadence& cadence) {
        if (every_.weekdays.empty()) return;
        const std::uint8_t days = check_weekdays(context_, every_.weekdays);
        const bool comes_first = is_none(every_.interval) && every_.unit.empty();
        const bool is_weeks =
            cadence.kind == CadenceKind::days && cadence.count % days_per_week == 0;
        if (comes_first || is_weeks) {
            cadence.weekdays = days;
            return;
        }
        const bool is_interval = cadence.kind == CadenceKind::interval;
        report(DiagnosticCode::misplaced, every_.weekdays.front().span,
               "days of the week go with weeks, and this counts otherwise",
               is_interval ? "add the guard `only between 08:00 and 18:00 on weekdays, else skip`"
               : cadence.kind == CadenceKind::months
                   ? "name the day of the month, as in `on day 1`"
                   : "write `every " + every_.weekdays.front().text +
                         "`, or weeks, as in `every "
                         "2w on " +
                         every_.weekdays.front().text + "`");
    }

    void day_of_month(Cadence& cadence) {
        if (is_none(every_.on_day)) return;
        if (cadence.kind != CadenceKind::months) {
            report(DiagnosticCode::misplaced, span_of(every_.on_day),
                   "`on day` is of a month, and this counts otherwise",
                   "write `every month on day " + shown(every_.on_day) + "`");
            return;
        }
        constexpr std::int64_t day_max = 31;
        const auto day = check_count(expressions_, every_.on_day, day_max, "`on day`");
        if (day.value.is_missing()) return must_be_written(every_.on_day, "`on day`");
        if (day.value.as_integer() >= 1 && day.value.as_integer() <= day_max)
            cadence.on_day = static_cast<std::int32_t>(day.value.as_integer());
    }

    void must_be_written(ExpressionIndex index, const std::string& what) {
        if (is_unknown(context_.type(context_.info(index).type))) return;  // told already
        report(DiagnosticCode::not_constant, span_of(index),
               what + " must be written out, and " + quoted(shown(index)) + " is not",
               "write the number itself");
    }

    void times(Clock& clock) {
        if (every_.at.empty()) return;
        if (clock.cadence.kind == CadenceKind::interval) {
            report(DiagnosticCode::misplaced, span_of(every_.at.front()),
                   "`at` goes with days, weeks and months, and this is counted from each midnight",
                   "an hour's minute is said by cron, as in `cron \"15 * * * *\"`");
            return;
        }
        std::vector<TimeOfDay> at;
        for (const ExpressionIndex time : every_.at) {
            const auto stated = check_stated(expressions_, time, simple(TypeKind::time), "`at`");
            if (stated.value.is_missing()) continue;
            const TimeOfDay said = stated.value.as_time();
            if (std::find(at.begin(), at.end(), said) != at.end())
                report(DiagnosticCode::set_twice, span_of(time),
                       quoted(format_time(said)) + " is listed twice", "remove one of them");
            at.push_back(said);
        }
        // With a setting among them all of them are the compiler's.
        if (at.size() != every_.at.size()) return;
        std::sort(at.begin(), at.end());
        clock.cadence.at = std::move(at);
    }

    // What falls on the same instants in every zone needs none.
    static bool needs_zone(const Cadence& cadence) {
        constexpr std::int64_t quarter = 15 * micros_per_minute;
        return cadence.kind != CadenceKind::interval || cadence.micros == 0 ||
               quarter % cadence.micros != 0;
    }

    Context& context_;
    Expressions& expressions_;
    const EveryTrigger& every_;
    Span span_;
};

}  // namespace

std::uint8_t check_weekdays(Context& context, const std::vector<Name>& names) {
    constexpr std::array<std::pair<std::string_view, std::uint8_t>, 9> days = {
        {{"monday", 0x01},
         {"tuesday", 0x02},
         {"wednesday", 0x04},
         {"thursday", 0x08},
         {"friday", 0x10},
         {"saturday", 0x20},
         {"sunday", 0x40},
         {"weekdays", working_days},
         {"weekends", weekend_days}}};
    std::uint8_t mask = 0;
    for (const Name& name : names) {
        const auto day = std::find_if(days.begin(), days.end(),
                                      [&](const auto& each) { return each.first == name.text; });
        if (day == days.end()) continue;
        if ((mask & day->second) == day->second)
            context.report(DiagnosticCode::set_twice, name.span,
                           quoted(name.text) + " is listed already", "remove it here");
        mask = static_cast<std::uint8_t>(mask | day->second);
    }
    return mask;
}

void Triggers::form(const AnchorTrigger& anchor, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::anchor;
    const auto watched = field(anchor.field);
    if (!watched) return bind_lost(trigger);
    made.entity = watched->entity;
    made.field = watched->field;
    refuse_change(trigger, "waits for a date");
    const bool has_name = !trigger.as.empty() && trigger.as.text != "change";
    bind(has_name ? trigger.as : watched->entity_name,
         {TypeKind::reference, false, watched->entity});
    const Span span = context_.tree.at(anchor.field).span;
    const std::string text = quoted(context_.source_text(span));
    if (!is_unknown(watched->type) && !is_moment(watched->type.kind)) {
        context_.report(DiagnosticCode::type_mismatch, span,
                        "a rule hangs on a date or a datetime, and " + text + " is " +
                            describe(context_, watched->type));
        return;
    }
    rules::Anchor hangs;
    hangs.is_before = anchor.relation == AnchorRelation::before;
    if (!is_none(anchor.offset)) {
        const std::string what =
            std::string("the time ") + (hangs.is_before ? "before " : "after ") + text;
        hangs.offset =
            check_length(expressions_, anchor.offset, Months::taken, what,
                         std::string("on the date itself: `at …`; on its other side: `… ") +
                             (hangs.is_before ? "after" : "before") + " …`");
    }
    if (!is_none(anchor.at_time)) {
        require_zone(context_, context_.tree.at(anchor.at_time).span, "`at …`");
        hangs.at = check_stated(expressions_, anchor.at_time, simple(TypeKind::time), "`at`");
    } else if (watched->type.kind == TypeKind::date) {
        context_.report(DiagnosticCode::misplaced, span, text + " is a day without a time of day",
                        "say when on that day, as in `at 09:00`");
    }
    made.anchor = std::move(hangs);
}

// `for each payment where …`: one run a record.
rules::Sweep Triggers::sweep(ExpressionIndex for_each) {
    const auto& query = std::get<QueryExpression>(context_.tree.at(for_each).form);
    const Span span = context_.tree.at(query.source).span;
    const auto refuse = [&] {
        context_.report(DiagnosticCode::not_usable_here, span,
                        "a trigger's `for each` goes through the records of an entity, and " +
                            quoted(context_.source_text(span)) + " is a list",
                        "name the entity and say which records with `where`, or go through the "
                        "list in the rule itself");
        bind(query.variable, {});
    };
    rules::Sweep made;
    if (!std::holds_alternative<NameUse>(context_.tree.at(query.source).form)) {
        refuse();
        return made;
    }
    const Type rows = expressions_.check(query.source, {}, Position::query_source);
    const Binding source = context_.info(query.source).binding;
    if (!is_unknown(rows) && source.kind != BindingKind::entity) {
        refuse();
        return made;
    }
    Type row;
    if (rows.kind == TypeKind::list) {
        row = context_.type(rows.index);
        made.entity = static_cast<EntityIndex>(source.index);
    }
    if (!is_unknown(row) && context_.schema().entities[made.entity].read_only) {
        const std::string& name = context_.schema().entities[made.entity].name;
        context_.report(DiagnosticCode::not_usable_here, span,
                        quoted(name) +
                            " is kept by the engine, and a trigger's `for each` goes "
                            "through records of the rulebook",
                        "go through it in the rule itself: `for each x in " + name + " where …`");
        row = {};
    }
    bind(query.variable, row);
    if (!is_none(query.where)) check_where(query.where);
    if (!query.order.empty())
        context_.report(DiagnosticCode::misplaced, context_.tree.at(query.order.front().key).span,
                        "a trigger's `for each` takes its records in the order in which they were "
                        "created, a part of them at a time",
                        "remove `order by`; where the order matters, go through the records in the "
                        "rule itself: `for each x in " +
                            context_.source_text(span) + " … order by …`");
    return made;
}

void Triggers::form(const EveryTrigger& every, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::clock;
    Clock clock;
    CadenceReader(expressions_, every, trigger.span).read(clock);
    if (!is_none(every.for_each)) clock.sweep = sweep(every.for_each);
    made.clock = std::move(clock);
}

}  // namespace pawl::dsl::internal
