#include "base/time.h"

#include <algorithm>

// The calendar. What is text is in time_text.cpp.

namespace pawl {

namespace {

constexpr std::int32_t first_day = -719'162;  // 0001-01-01
constexpr std::int32_t last_day = 2'932'896;  // 9999-12-31

bool is_leap_year(std::int32_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

std::int32_t days_in_month(std::int32_t year, std::int32_t month) {
    if (month == 2) return is_leap_year(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::int64_t floor_divide(std::int64_t number, std::int64_t divisor) {
    return number / divisor - (number % divisor < 0 ? 1 : 0);
}

}  // namespace

// Both directions are Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years begin
// in March, so that the leap day is a year's last; eras of 400 years repeat exactly.

std::optional<Date> make_date(CivilDate civil) {
    if (civil.year < 1 || civil.year > 9999 || civil.month < 1 || civil.month > 12 ||
        civil.day < 1 || civil.day > days_in_month(civil.year, civil.month))
        return std::nullopt;
    const std::int32_t year = civil.year - (civil.month <= 2 ? 1 : 0);
    const std::int32_t era = year / 400;
    const std::int32_t year_of_era = year % 400;
    const std::int32_t month_from_march = (civil.month + 9) % 12;
    const std::int32_t day_of_year = (153 * month_from_march + 2) / 5 + civil.day - 1;
    const std::int32_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return Date{era * 146'097 + day_of_era - 719'468};
}

CivilDate civil(Date date) {
    const std::int64_t shifted = std::int64_t{date.days} + 719'468;
    const std::int64_t era = floor_divide(shifted, 146'097);
    const std::int64_t day_of_era = shifted - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return {static_cast<std::int32_t>(year), static_cast<std::int32_t>(month),
            static_cast<std::int32_t>(day)};
}

bool is_in_calendar(Date date) { return date.days >= first_day && date.days <= last_day; }

bool is_in_calendar(Instant instant) {
    const std::int64_t days = floor_divide(instant.micros, micros_per_day);
    return days >= first_day && days <= last_day;
}

std::optional<Date> add_months(Date date, std::int32_t months) {
    const CivilDate from = civil(date);
    const std::int64_t month_count = std::int64_t{from.year} * 12 + from.month - 1 + months;
    const std::int64_t year = floor_divide(month_count, 12);
    if (year < 1 || year > 9999) return std::nullopt;
    CivilDate to;
    to.year = static_cast<std::int32_t>(year);
    to.month = static_cast<std::int32_t>(month_count - year * 12) + 1;
    to.day = std::min(from.day, days_in_month(to.year, to.month));
    return make_date(to);
}

std::optional<Date> add_days(Date date, std::int64_t days) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(std::int64_t{date.days}, days, &sum)) return std::nullopt;
    if (sum < first_day || sum > last_day) return std::nullopt;
    return Date{static_cast<std::int32_t>(sum)};
}

std::optional<Duration> add(Duration left, Duration right) {
    Duration sum;
    if (__builtin_add_overflow(left.months, right.months, &sum.months) ||
        __builtin_add_overflow(left.days, right.days, &sum.days) ||
        __builtin_add_overflow(left.micros, right.micros, &sum.micros))
        return std::nullopt;
    return sum;
}

std::optional<Duration> scale(Duration duration, std::int64_t factor) {
    Duration scaled;
    if (__builtin_mul_overflow(duration.months, factor, &scaled.months) ||
        __builtin_mul_overflow(duration.days, factor, &scaled.days) ||
        __builtin_mul_overflow(duration.micros, factor, &scaled.micros))
        return std::nullopt;
    return scaled;
}

}  // namespace pawl
