#include <algorithm>
#include <random>
#include <set>

#include "cadence_support.h"

// Random cadences over zones that bite, beside a reference that walks every minute and knows
// nothing but what the zone's clock shows at an instant.

namespace pawl::rules {
namespace {

constexpr std::int64_t micros_per_minute = 60 * micros_per_second;

const std::vector<std::string> zones = {
    "Africa/Nairobi",    "Europe/Prague",       "America/St_Johns",  "Pacific/Apia",
    "Africa/Casablanca", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut",
    "Asia/Kathmandu",    "Antarctica/Troll",    "Pacific/Kwajalein", "UTC"};

using Random = std::mt19937_64;

std::int64_t below(Random& random, std::int64_t bound) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
}

// ---- The reference -----------------------------------------------------------------------------

std::int64_t modulo(std::int64_t number, std::int64_t divisor) {
    return (number % divisor + divisor) % divisor;
}

bool has_time(const Cadence& cadence, TimeOfDay time) {
    if (cadence.at.empty()) return time.micros == 0;
    return std::find(cadence.at.begin(), cadence.at.end(), time) != cadence.at.end();
}

bool is_last_of_month(Date date) { return civil({date.days + 1}).month != civil(date).month; }

bool has_cron_day(const Cron& cron, Date date) {
    const CivilDate day = civil(date);
    const bool by_day = (cron.days >> day.day & 1) != 0;
    const bool by_weekday = (cron.weekdays >> modulo(date.days + 4, 7) & 1) != 0;
    if ((cron.months >> day.month & 1) == 0) return false;
    return cron.every_day || cron.every_weekday ? by_day && by_weekday : by_day || by_weekday;
}

bool shows(const Cadence& cadence, const LocalTime& local) {
    const std::int64_t day = local.date.days - 4;
    const std::int64_t minute = local.time.micros / micros_per_minute;
    const CivilDate date = civil(local.date);
    switch (cadence.kind) {
        case CadenceKind::interval: return local.time.micros % cadence.micros == 0;
        case CadenceKind::days: {
            const std::int64_t weekday = modulo(day, 7);
            const bool is_weekly = cadence.count % 7 == 0;
            return (cadence.weekdays >> weekday & 1) != 0 && has_time(cadence, local.time) &&
                   modulo(is_weekly ? day - weekday : day, cadence.count) == 0;
        }
        case CadenceKind::months:
            return (date.year * 12 + date.month - 1) % cadence.count == 0 &&
                   has_time(cadence, local.time) &&
                   (date.day == cadence.on_day ||
                    (date.day < cadence.on_day && is_last_of_month(local.date)));
        case CadenceKind::cron:
            return has_cron_day(cadence.cron, local.date) &&
                   (cadence.cron.hours >> (minute / 60) & 1) != 0 &&
                   (cadence.cron.minutes >> (minute % 60) & 1) != 0;
    }
    return false;
}

std::int64_t minute_of(const LocalTime& local) {
    return local.date.days * std::int64_t{1440} + local.time.micros / micros_per_minute;
}

// All occurrences later than `from` up to `to`, both whole minutes.
std::vector<Instant> walk(const Cadence& cadence, Instant from, Instant to, const Zone& zone) {
    const bool is_hourly = cadence.kind == CadenceKind::cron && cadence.cron.every_hour;
    std::vector<Instant> found;
    // Two days ahead, to know what an overlap at the start repeats.
    Instant at{from.micros - 2 * micros_per_day};
    std::int64_t previous = minute_of(zone.local(at));
    std::int64_t highest = previous;
    std::int64_t back = 0;
    while (at < to) {
        at.micros += micros_per_minute;
        const LocalTime local = zone.local(at);
        const std::int64_t minute = minute_of(local);
        if (minute <= previous) back = (previous + 1 - minute) * micros_per_minute;
        bool is_due = false;
        if (minute > highest) {
            is_due = shows(cadence, local);
            for (std::int64_t lost = highest + 1; lost < minute && !is_due && !is_hourly; ++lost) {
                const LocalTime skipped = {
                    {static_cast<std::int32_t>((lost - modulo(lost, 1440)) / 1440)},
                    {modulo(lost, 1440) * micros_per_minute}};
                const bool has_day = skipped.date == local.date ||
                                     skipped.date.days == (highest - modulo(highest, 1440)) / 1440;
                is_due = has_day && shows(cadence, skipped);
            }
        } else {
            is_due =
                shows(cadence, local) &&
                (is_hourly || (cadence.kind == CadenceKind::interval && cadence.micros <= back));
        }
        if (is_due && at > from) found.push_back(at);
        previous = minute;
        highest = std::max(highest, minute);
    }
    return found;
}

// ---- Random cadences ---------------------------------------------------------------------------

std::vector<TimeOfDay> random_times(Random& random) {
    std::set<TimeOfDay> times;
    for (std::int64_t count = below(random, 4); count > 0; --count) {
        // Half of them where clocks are set.
        const std::int64_t minute =
            below(random, 2) == 0 ? below(random, 1440) : modulo(below(random, 300) - 60, 1440);
        times.insert({minute * micros_per_minute});
    }
    return {times.begin(), times.end()};
}

std::string random_field(Random& random, int low, int high) {
    const auto number = [&] { return static_cast<int>(low + below(random, high - low + 1)); };
    const int from = number();
    const int to = std::max(from, number());
    switch (below(random, 5)) {
        case 0:
        case 1: return "*";
        case 2: return std::to_string(from) + "," + std::to_string(to);
        case 3: return std::to_string(from) + "-" + std::to_string(to);
        default: return "*/" + std::to_string(1 + below(random, std::min(high, 12)));
    }
}

std::string random_cron(Random& random) {
    return random_field(random, 0, 59) + " " + random_field(random, 0, 23) + " " +
           random_field(random, 1, 31) + " " + random_field(random, 1, 12) + " " +
           random_field(random, 0, 7);
}

struct Case {
    Cadence cadence;
    std::string text;
};

Case random_case(Random& random) {
    Case made;
    switch (below(random, 4)) {
        case 0: {
            constexpr std::int64_t minutes[] = {1,  5,  10, 15,  20,  30,  40,  45,
                                                50, 60, 90, 120, 180, 360, 420, 1440};
            const std::int64_t length = minutes[below(random, 16)];
            made = {every("1min"), "every " + std::to_string(length) + "min"};
            made.cadence.micros = length * micros_per_minute;
            break;
        }
        case 1: {
            constexpr std::int32_t counts[] = {1, 1, 1, 2, 3, 7, 14, 21};
            made.cadence = daily({}, counts[below(random, 8)]);
            if (below(random, 2) == 0)
                made.cadence.weekdays = static_cast<std::uint8_t>(1 + below(random, 0x7f));
            made.cadence.at = random_times(random);
            made.text = "days, count " + std::to_string(made.cadence.count) + ", weekdays " +
                        std::to_string(made.cadence.weekdays);
            break;
        }
        case 2:
            made.cadence = monthly(static_cast<std::int32_t>(1 + below(random, 31)), {},
                                   static_cast<std::int32_t>(1 + below(random, 4)));
            made.cadence.at = random_times(random);
            made.text = "months, count " + std::to_string(made.cadence.count) + ", day " +
                        std::to_string(made.cadence.on_day);
            break;
        default: {
            const std::string line = random_cron(random);
            made = {cron(line), "cron " + line};
        }
    }
    for (const TimeOfDay time : made.cadence.at) made.text += " " + format_time(time);
    return made;
}

std::int64_t distance(const Zone& zone, Instant at) {
    const LocalTime local = zone.local(at);
    return local.date.days * micros_per_day + local.time.micros - at.micros;
}

// Days, at 00:00 UTC, within which the zone's clock is set.
std::vector<Instant> days_of_change(const Zone& zone, const char* from, const char* to) {
    std::vector<Instant> days;
    const Instant end = instant_of(to);
    for (Instant day = instant_of(from); day < end; day.micros += micros_per_day)
        if (distance(zone, day) != distance(zone, {day.micros + micros_per_day}))
            days.push_back(day);
    return days;
}

void check_window(const Cadence& cadence, Instant from, Instant to, const Zone& zone,
                  Random& random) {
    CAPTURE(format_instant(from));
    const std::vector<Instant> wanted = walk(cadence, from, to, zone);
    std::vector<Instant> found;
    Instant last = from;
    // An assertion for each would cost more than what it asserts.
    while (const auto next = next_occurrence(cadence, last, zone)) {
        if (*next <= last) FAIL("not later than " << format_instant(last));
        if (*next > to) break;
        const Instant between{last.micros + below(random, next->micros - last.micros)};
        if (next_occurrence(cadence, between, zone) != next)
            FAIL("differs from " << format_instant(between));
        if (next_occurrence(cadence, {next->micros - 1}, zone) != next)
            FAIL("differs just before " << format_instant(*next));
        found.push_back(*next);
        last = *next;
    }
    const auto differing = std::mismatch(wanted.begin(), wanted.end(), found.begin(), found.end());
    CAPTURE(differing.first == wanted.end() ? "none" : format_instant(*differing.first));
    CAPTURE(differing.second == found.end() ? "none" : format_instant(*differing.second));
    REQUIRE(differing.first == wanted.end());
    REQUIRE(differing.second == found.end());
}

constexpr std::uint64_t seed = 20260302;

}  // namespace

TEST_CASE("around every kind of change a cadence occurs where a walk by minutes finds it") {
    Random random(seed);
    CAPTURE(seed);
    for (const std::string& name : zones) {
        const Zone zone = zone_of(name);
        CAPTURE(name);
        std::vector<Instant> days =
            days_of_change(zone, "1986-01-01T00:00:00Z", "2046-01-01T00:00:00Z");
        for (const Instant day :
             days_of_change(zone, "9990-01-01T00:00:00Z", "9998-01-01T00:00:00Z"))
            days.push_back(day);
        for (int index = 0; index < 40; ++index)
            days.push_back({instant_of("1980-01-01T00:00:00Z").micros +
                            below(random, 50'000) * micros_per_day});
        for (int round = 0; round < 60; ++round) {
            const Case made = random_case(random);
            CAPTURE(made.text);
            const Instant day = days[static_cast<std::size_t>(
                below(random, static_cast<std::int64_t>(days.size())))];
            const Instant from{day.micros - below(random, 1440) * micros_per_minute};
            check_window(made.cadence, from, {day.micros + 2 * micros_per_day}, zone, random);
        }
    }
}

TEST_CASE("over a long year a cadence occurs where a walk by minutes finds it") {
    Random random(seed + 1);
    CAPTURE(seed);
    for (const std::string& name : zones) {
        const Zone zone = zone_of(name);
        CAPTURE(name);
        const Instant start = instant_of(name == "Pacific/Apia"        ? "2011-01-10T00:00:00Z"
                                         : name == "Pacific/Kwajalein" ? "1992-12-01T00:00:00Z"
                                                                       : "2016-06-01T00:00:00Z");
        for (int round = 0; round < 2;) {
            const Case made = random_case(random);
            if (made.cadence.kind == CadenceKind::interval) continue;  // has been walked above
            CAPTURE(made.text);
            check_window(made.cadence, start, {start.micros + 430 * micros_per_day}, zone, random);
            ++round;
        }
    }
}

TEST_CASE("a daily cadence leaves out no local day that there is and doubles none") {
    Random random(seed + 2);
    CAPTURE(seed);
    for (const std::string& name : zones) {
        const Zone zone = zone_of(name);
        CAPTURE(name);
        for (const char* start :
             {"1986-06-01T12:00:00Z", "1992-06-01T12:00:00Z", "2010-06-01T12:00:00Z",
              "2016-06-01T12:00:00Z", "2039-06-01T12:00:00Z", "2099-06-01T12:00:00Z"}) {
            const Instant from = instant_of(start);
            const Instant to{from.micros + 1000 * micros_per_day};
            std::set<Date> days;
            for (Instant at = from; at <= to; at.micros += 30 * micros_per_minute)
                days.insert(zone.local(at).date);
            // The first and the last may lie in part outside.
            days.erase(days.begin());
            days.erase(std::prev(days.end()));
            const Cadence at_midnight = daily({});
            Cadence at_random = daily({});
            at_random.at = {{below(random, 1440) * micros_per_minute}};
            const TimeOfDay time = at_random.at.front();
            Cadence by_cron = cron(std::to_string(time.micros / micros_per_minute % 60) + " " +
                                   std::to_string(time.micros / micros_per_minute / 60) + " * * *");
            CAPTURE(start, format_time(time));
            for (const Cadence& cadence : {at_midnight, at_random, by_cron}) {
                std::vector<Date> found;
                Instant last = from;
                while (const auto next = next_occurrence(cadence, last, zone)) {
                    const Date day = zone.local(*next).date;
                    if (day > *days.rbegin()) break;
                    if (day >= *days.begin()) found.push_back(day);
                    last = *next;
                }
                REQUIRE(found == std::vector<Date>(days.begin(), days.end()));
            }
        }
    }
}

}  // namespace pawl::rules
