#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Instants, calendar dates and durations as plain numbers. Nothing here reads a clock.
// The calendar runs from 0001-01-01 to 9999-12-31; what lies beyond is refused, never wrapped.

namespace pawl {

// Microseconds since 1970-01-01T00:00:00Z.
struct Instant {
    std::int64_t micros = 0;
    friend auto operator<=>(const Instant&, const Instant&) = default;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar.
struct Date {
    std::int32_t days = 0;
    friend auto operator<=>(const Date&, const Date&) = default;
};

// Microseconds since midnight, below 24 h.
struct TimeOfDay {
    std::int64_t micros = 0;
    friend auto operator<=>(const TimeOfDay&, const TimeOfDay&) = default;
};

// A length of time, applied months → days → micros in a zone (meaning.md 12). The parts are
// independent: a day is not 24 hours.
struct Duration {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t micros = 0;
    friend bool operator==(const Duration&, const Duration&) = default;
};

struct CivilDate {
    std::int32_t year = 1970;
    std::int32_t month = 1;  // 1..12
    std::int32_t day = 1;    // 1..31
};

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

// Nothing when the day is not in the calendar (2026-02-30, year 10000).
std::optional<Date> make_date(CivilDate civil);
CivilDate civil(Date date);
bool is_in_calendar(Date date);
bool is_in_calendar(Instant instant);
// The date of that many months later; a month's end clamps. Nothing beyond the calendar.
std::optional<Date> add_months(Date date, std::int32_t months);
std::optional<Date> add_days(Date date, std::int64_t days);

// "2026-12-25"
std::optional<Date> parse_date(std::string_view text);
// "09:00", "09:00:30", "09:00:30.5"
std::optional<TimeOfDay> parse_time(std::string_view text);
// RFC 3339 with offset: "2026-03-02T07:15:04Z", "2026-03-02T10:15:04.25+03:00". `24:00` and leap
// seconds are refused; what is finer than a microsecond is dropped.
std::optional<Instant> parse_instant(std::string_view text);
// The language's form ("24h", "3d", "15min", "2w", "3mo", "1y", "-3d", several joined "1d12h", the
// larger unit first) or ISO 8601 ("P1DT12H"). A sign holds until the next one: "-1d12h" is 36 hours
// back, "1d-12h" half a day on. Only seconds take decimals. A bare `m` is refused.
std::optional<Duration> parse_duration(std::string_view text);

std::string format_date(Date date);
std::string format_time(TimeOfDay time);      // "09:00", seconds only where there are some
std::string format_instant(Instant instant);  // RFC 3339 in UTC, fraction only where there is one
std::string format_duration(Duration duration);  // the language's form: "1mo3d12h", "0s"
std::string format_duration_iso(Duration duration);

// Part by part; nothing on overflow.
std::optional<Duration> add(Duration left, Duration right);
std::optional<Duration> scale(Duration duration, std::int64_t factor);

}  // namespace pawl
