#include "rules/cadence.h"

#include <algorithm>
#include <bit>

// A cadence is a set of readings of a clock; the zone says when its clock shows them. The first
// half knows nothing of zones: the next reading of each kind, found by arithmetic. The second lays
// the readings on the line of instants, where gaps and overlaps are.

namespace pawl::rules {

namespace {

constexpr Date first_of_calendar{-719'162};  // 0001-01-01

// A reading of a zone's clock: microseconds since its 1970-01-01T00:00. Not an instant.
using Reading = std::int64_t;

std::int64_t floor_divide(std::int64_t number, std::int64_t divisor) {
    return number / divisor - (number % divisor < 0 ? 1 : 0);
}

Reading to_reading(Date date, TimeOfDay time) {
    return std::int64_t{date.days} * micros_per_day + time.micros;
}

Reading to_reading(const LocalTime& local) { return to_reading(local.date, local.time); }

LocalTime to_local(Reading reading) {
    const std::int64_t days = floor_divide(reading, micros_per_day);
    return {{static_cast<std::int32_t>(days)}, {reading - days * micros_per_day}};
}

// ---- The next reading of each kind -------------------------------------------------------------

std::optional<Reading> next_of_interval(std::int64_t micros, Reading after) {
    if (micros <= 0) return std::nullopt;
    const LocalTime local = to_local(after);
    const std::int64_t stretches = local.time.micros / micros + 1;
    const bool is_tomorrow = stretches > (micros_per_day - 1) / micros;
    return to_reading(local.date, {is_tomorrow ? micros_per_day : stretches * micros});
}

constexpr std::int32_t first_monday = 4;  // 1970-01-05

// The first day of the cadence that is `from` or later.
std::optional<Date> first_day(const Cadence& cadence, Date from) {
    const std::int32_t count = cadence.count;
    const std::uint8_t weekdays = cadence.weekdays & every_weekday;
    if (count < 1 || weekdays == 0) return std::nullopt;
    const std::int64_t day = std::int64_t{from.days} - first_monday;
    const std::int64_t week = floor_divide(day, 7);
    const std::int64_t weekday = day - week * 7;
    std::int64_t found = 0;
    if (count % 7 == 0) {
        const std::int64_t weeks = count / 7;
        const std::int64_t beyond = week - floor_divide(week, weeks) * weeks;
        const auto left =
            static_cast<std::uint32_t>(beyond == 0 ? weekdays >> weekday << weekday : 0);
        found = left != 0 ? week * 7 + std::countr_zero(left)
                          : (week - beyond + weeks) * 7 + std::countr_zero(weekdays);
    } else {
        found = floor_divide(day + count - 1, count) * count;
        // 7 does not divide the count, so that seven in a row are the seven weekdays.
        while ((weekdays >> (found - floor_divide(found, 7) * 7) & 1) == 0) found += count;
    }
    return add_days({first_monday}, found);
}

// The first of the month's turns that is `from` or later.
std::optional<Date> first_day_of_month(const Cadence& cadence, Date from) {
    if (cadence.count < 1 || cadence.on_day < 1 || cadence.on_day > 31) return std::nullopt;
    const CivilDate civil_from = civil(from);
    const std::int64_t month = std::int64_t{civil_from.year} * 12 + civil_from.month - 1;
    std::int64_t turn = floor_divide(month + cadence.count - 1, cadence.count) * cadence.count;
    for (;; turn += cadence.count) {
        // January has every day that a month may have; add_months clamps.
        const auto january = make_date({static_cast<std::int32_t>(turn / 12), 1, cadence.on_day});
        if (!january) return std::nullopt;  // beyond the calendar
        const auto day = add_months(*january, static_cast<std::int32_t>(turn % 12));
        if (day && *day >= from) return day;
    }
}

template <class FirstDay>
std::optional<Reading> next_of_days(const std::vector<TimeOfDay>& at, Reading after,
                                    FirstDay first_day_from) {
    const LocalTime local = to_local(after);
    std::optional<Date> day = first_day_from(std::max(local.date, first_of_calendar));
    if (day && *day == local.date) {
        const auto later = std::upper_bound(at.begin(), at.end(), local.time);
        if (later != at.end()) return to_reading(*day, *later);
        const auto tomorrow = add_days(local.date, 1);
        day = tomorrow ? first_day_from(*tomorrow) : std::nullopt;
    }
    if (!day) return std::nullopt;
    return to_reading(*day, at.empty() ? TimeOfDay{0} : at.front());
}

// ---- Cron: days as bits of a month, minutes as bits of a day -----------------------------------

// Bit n stands for the n-th day of that month.
std::uint32_t days_of_month(const Cron& cron, Date first, std::int32_t length) {
    const auto weekday_of_first =
        static_cast<std::uint32_t>(first.days + 4 - floor_divide(first.days + 4, 7) * 7);
    const std::uint64_t week = cron.weekdays & 0x7f;
    const std::uint64_t turned = (week >> weekday_of_first | week << (7 - weekday_of_first)) & 0x7f;
    constexpr std::uint64_t five_weeks = 1 | 1ULL << 7 | 1ULL << 14 | 1ULL << 21 | 1ULL << 28;
    const auto by_weekday = static_cast<std::uint32_t>(turned * five_weeks << 1);
    const std::uint32_t chosen =
        cron.every_day || cron.every_weekday ? cron.days & by_weekday : cron.days | by_weekday;
    return chosen & static_cast<std::uint32_t>((1ULL << (length + 1)) - 2);
}

// Some day of the 400 years after which the calendar repeats. Each day of the year that there is
// falls on each weekday within them.
bool has_days(const Cron& cron) {
    if (!cron.every_day && !cron.every_weekday && (cron.weekdays & 0x7f) != 0)
        return (cron.months & 0x1ffe) != 0;
    if ((cron.every_day || cron.every_weekday) && (cron.weekdays & 0x7f) == 0) return false;
    constexpr std::uint32_t months_of_30 = 1U << 4 | 1U << 6 | 1U << 9 | 1U << 11;
    constexpr std::uint32_t months_of_31 = 0x1ffe & ~months_of_30 & ~(1U << 2);
    return ((cron.months & months_of_31) != 0 && (cron.days >> 1) != 0) ||
           ((cron.months & months_of_30) != 0 && (cron.days & 0x7fff'fffe) != 0) ||
           ((cron.months & 1U << 2) != 0 && (cron.days & 0x3fff'fffe) != 0);
}

std::optional<Date> first_day(const Cron& cron, Date from) {
    if (!has_days(cron)) return std::nullopt;
    const CivilDate start = civil(from);
    std::int32_t year = start.year;
    std::int32_t month = start.month;
    std::int32_t day = start.day;
    while (year <= 9999) {
        const std::uint32_t months_left = (cron.months & 0x1ffeU) >> month << month;
        if (months_left == 0) {
            ++year;
            month = 1;
            day = 1;
            continue;
        }
        if (const std::int32_t next = std::countr_zero(months_left); next != month) {
            month = next;
            day = 1;
        }
        const auto first = make_date({year, month, 1});
        if (!first) return std::nullopt;
        const auto next_month = add_months(*first, 1);
        const std::int32_t length = next_month ? next_month->days - first->days : 31;
        const std::uint32_t left = days_of_month(cron, *first, length) >> day << day;
        if (left != 0) return Date{first->days + std::countr_zero(left) - 1};
        ++month;
        day = 1;
    }
    return std::nullopt;
}

constexpr std::int64_t micros_per_minute = 60 * micros_per_second;

// The first minute of the day, counted from midnight, that is `from` or later.
std::optional<std::int64_t> first_minute(const Cron& cron, std::int64_t from) {
    const std::int64_t hour = from / 60;
    const std::uint64_t minutes = cron.minutes & ((1ULL << 60) - 1);
    const std::uint64_t hours = cron.hours & ((1ULL << 24) - 1);
    if (hour >= 24 || minutes == 0) return std::nullopt;
    const std::uint64_t minutes_left = minutes >> (from % 60) << (from % 60);
    if ((hours >> hour & 1) != 0 && minutes_left != 0)
        return hour * 60 + std::countr_zero(minutes_left);
    const std::uint64_t hours_left = hours >> (hour + 1) << (hour + 1);
    if (hours_left == 0) return std::nullopt;
    return std::int64_t{std::countr_zero(hours_left)} * 60 + std::countr_zero(minutes);
}

std::optional<Reading> next_of_cron(const Cron& cron, Reading after) {
    const LocalTime local = to_local(after);
    std::optional<Date> day = first_day(cron, std::max(local.date, first_of_calendar));
    if (day && *day == local.date) {
        const auto minute = first_minute(cron, local.time.micros / micros_per_minute + 1);
        if (minute) return to_reading(*day, {*minute * micros_per_minute});
        const auto tomorrow = add_days(local.date, 1);
        day = tomorrow ? first_day(cron, *tomorrow) : std::nullopt;
    }
    const auto minute = first_minute(cron, 0);
    if (!day || !minute) return std::nullopt;
    return to_reading(*day, {*minute * micros_per_minute});
}

std::optional<Reading> next_reading(const Cadence& cadence, Reading after) {
    const auto from = [&](Date day) { return first_day(cadence, day); };
    const auto from_by_month = [&](Date day) { return first_day_of_month(cadence, day); };
    // Where the calendar begins, some clocks still read the day before.
    after = std::max(after, to_reading(first_of_calendar, {-1}));
    std::optional<Reading> next;
    switch (cadence.kind) {
        case CadenceKind::interval: next = next_of_interval(cadence.micros, after); break;
        case CadenceKind::days: next = next_of_days(cadence.at, after, from); break;
        case CadenceKind::months: next = next_of_days(cadence.at, after, from_by_month); break;
        case CadenceKind::cron: next = next_of_cron(cadence.cron, after); break;
    }
    if (next && !is_in_calendar(to_local(*next).date)) return std::nullopt;
    return next;
}

// ---- Gaps and overlaps -------------------------------------------------------------------------

Occurrence occurrence(Reading reading, const Zone& zone) {
    const LocalTime local = to_local(reading);
    return zone.occurrence(local.date, local.time);
}

// Whether the readings between occur again after the clock went back by that much.
bool comes_again(const Cadence& cadence, std::int64_t back) {
    if (cadence.kind == CadenceKind::interval) return back >= cadence.micros;
    return cadence.kind == CadenceKind::cron && cadence.cron.every_hour;
}

bool makes_up(const Cadence& cadence) {
    return cadence.kind != CadenceKind::cron || !cadence.cron.every_hour;
}

// `after` reads `start` and lies in the first pass of an overlap: the first occurrence of its
// second pass, where the first pass has none left.
std::optional<Instant> in_second_pass(const Cadence& cadence, Instant after, Reading start,
                                      const Zone& zone) {
    const Occurrence here = occurrence(start, zone);
    if (here.kind != OccurrenceKind::twice || after >= here.change) return std::nullopt;
    const std::int64_t back = here.second.micros - here.first.micros;
    if (!comes_again(cadence, back)) return std::nullopt;
    const auto next = next_reading(cadence, start);
    if (next && after.micros + (*next - start) < here.change.micros) return std::nullopt;
    const Reading set_to = to_reading(zone.local(here.change));
    const auto again = next_reading(cadence, set_to - 1);
    if (!again || *again >= set_to + back) return std::nullopt;
    return Instant{here.change.micros + (*again - set_to)};
}

std::optional<Instant> find_next(const Cadence& cadence, Instant after, const Zone& zone) {
    const Reading start = to_reading(zone.local(after));
    bool may_come_again = comes_again(cadence, micros_per_day);
    // Each round is later by a reading, a gap or an overlap.
    for (Reading last = start;;) {
        const auto next = next_reading(cadence, last);
        if (may_come_again && !next) return in_second_pass(cadence, after, start, zone);
        if (!next) return std::nullopt;
        const Occurrence found = occurrence(*next, zone);
        // As much time as the clock shows, within a day: it was not set in between.
        const bool is_plain = found.kind == OccurrenceKind::once &&
                              found.first.micros - after.micros == *next - start &&
                              *next - start <= micros_per_day;
        if (is_plain) return found.first;
        if (may_come_again) {
            may_come_again = false;
            if (const auto again = in_second_pass(cadence, after, start, zone)) return again;
        }
        switch (found.kind) {
            case OccurrenceKind::once: return found.first;
            case OccurrenceKind::twice:
                if (found.first > after) return found.first;
                if (comes_again(cadence, found.second.micros - found.first.micros))
                    return found.second;
                // On to the last microsecond that comes twice.
                last = to_reading(zone.local(found.change)) +
                       (found.second.micros - found.first.micros) - 1;
                break;
            case OccurrenceKind::skipped:
                if (makes_up(cadence) && found.first > after && !zone.skips(to_local(*next).date))
                    return found.first;
                // On to the last microsecond of the gap.
                last = to_reading(zone.local(found.change)) - 1;
                break;
        }
    }
}

}  // namespace

std::optional<Instant> next_occurrence(const Cadence& cadence, Instant after, const Zone& zone) {
    constexpr Instant first{first_of_calendar.days * micros_per_day};
    const Instant from = std::max(after, Instant{first.micros - 1});
    if (from >= first && !is_in_calendar(from)) return std::nullopt;
    const auto next = find_next(cadence, from, zone);
    if (!next || !is_in_calendar(*next)) return std::nullopt;
    return next;
}

std::string local_time_note(const LocalTime& wanted, const Zone& zone) {
    switch (zone.occurrence(wanted.date, wanted.time).kind) {
        case OccurrenceKind::once: return {};
        case OccurrenceKind::twice: return format_time(wanted.time) + " comes twice";
        case OccurrenceKind::skipped:
            if (zone.skips(wanted.date))
                return "the calendar leaves out " + format_date(wanted.date);
            return "the clock jumps over " + format_time(wanted.time);
    }
    return {};
}

}  // namespace pawl::rules
