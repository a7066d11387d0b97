#include "engine/internal/calendar_time.h"

#include <algorithm>

#include "base/limits.h"

namespace pawl::engine {

using rules::CalendarUnit;

namespace {

constexpr std::int64_t micros_per_minute = 60 * micros_per_second;
constexpr std::int64_t micros_per_hour = 60 * micros_per_minute;

// 0 is Monday; 1970-01-01 was a Thursday.
int weekday(Date date) { return static_cast<int>(((date.days + 3) % 7 + 7) % 7); }

struct Stretch {
    Instant begin, end;
};

// The window that opens on that day.
std::optional<Stretch> window_of(const DailyWindow& window, Date day, const Zone& zone) {
    const auto next_day = add_days(day, 1);
    if (!is_in_calendar(day) || !next_day) return std::nullopt;
    if ((window.weekdays >> weekday(day) & 1) == 0) return std::nullopt;
    if (window.from == window.to) return std::nullopt;
    const auto* days = window.excepted;
    if (days != nullptr && std::find(days->begin(), days->end(), day) != days->end())
        return std::nullopt;
    // A day that the zone skips begins, and ends, with the next one.
    if (zone.local(zone.instant(day, {})).date != day) return std::nullopt;
    const Stretch stretch{zone.instant(day, window.from),
                          zone.instant(window.from < window.to ? day : *next_day, window.to)};
    if (stretch.begin >= stretch.end) return std::nullopt;
    return stretch;
}

Instant midnight(std::optional<Date> date, Instant otherwise, const Zone& zone) {
    return date ? zone.instant(*date, {}) : otherwise;
}

}  // namespace

Instant unit_end(CalendarUnit unit, Instant instant, const Zone& zone) {
    const LocalTime local = zone.local(instant);
    const CivilDate day = civil(local.date);
    // At the end of the calendar a unit ends a day later than anything.
    const Instant never{instant.micros + micros_per_day};
    const auto first_of = [](std::int32_t year, std::int32_t month) {
        return make_date({year, month, 1});
    };
    switch (unit) {
        case CalendarUnit::minute:
            return {instant.micros + micros_per_minute - local.time.micros % micros_per_minute};
        case CalendarUnit::hour:
            return {instant.micros + micros_per_hour - local.time.micros % micros_per_hour};
        case CalendarUnit::day: return midnight(add_days(local.date, 1), never, zone);
        case CalendarUnit::week:
            return midnight(add_days(local.date, 7 - weekday(local.date)), never, zone);
        case CalendarUnit::month:
            return midnight(
                day.month == 12 ? first_of(day.year + 1, 1) : first_of(day.year, day.month + 1),
                never, zone);
        case CalendarUnit::year: return midnight(first_of(day.year + 1, 1), never, zone);
    }
    return never;
}

std::string_view unit_name(CalendarUnit unit) {
    switch (unit) {
        case CalendarUnit::minute: return "minute";
        case CalendarUnit::hour: return "hour";
        case CalendarUnit::day: return "day";
        case CalendarUnit::week: return "week";
        case CalendarUnit::month: return "month";
        case CalendarUnit::year: return "year";
    }
    return "";
}

bool is_open(const DailyWindow& window, Instant instant, const Zone& zone) {
    const Date today = zone.local(instant).date;
    for (const int back : {0, 1}) {
        const auto day = add_days(today, -back);
        if (!day) continue;
        const auto stretch = window_of(window, *day, zone);
        if (stretch && stretch->begin <= instant && instant < stretch->end) return true;
    }
    return false;
}

std::optional<Instant> next_opening(const DailyWindow& window, Instant after, const Zone& zone) {
    const Date today = zone.local(after).date;
    for (int ahead = 0; ahead <= limits::window_days_max; ++ahead) {
        const auto day = add_days(today, ahead);
        if (!day) return std::nullopt;
        const auto stretch = window_of(window, *day, zone);
        if (stretch && stretch->begin > after) return stretch->begin;
    }
    return std::nullopt;
}

}  // namespace pawl::engine
