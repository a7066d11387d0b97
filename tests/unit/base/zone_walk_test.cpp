#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/zone.h"

// What a zone says of local times, beside a walk by minutes that reads nothing but its clock.

using namespace pawl;

namespace {

constexpr std::int64_t micros_per_minute = 60 * micros_per_second;

struct Place {
    const char* zone;
    const char* from;  // two days are walked from there
};

// Each with a change of its clock.
const std::vector<Place> places = {
    {"Europe/Prague", "2026-03-28T00:00:00Z"},
    {"Europe/Prague", "2026-10-24T00:00:00Z"},
    {"Europe/Prague", "2100-03-27T00:00:00Z"},
    {"Europe/Prague", "9998-10-24T00:00:00Z"},
    {"America/St_Johns", "1987-04-04T12:00:00Z"},
    {"America/St_Johns", "1987-10-24T12:00:00Z"},
    {"America/St_Johns", "1988-04-02T12:00:00Z"},
    {"America/St_Johns", "1988-10-29T12:00:00Z"},
    {"America/St_Johns", "2010-11-06T12:00:00Z"},
    {"America/St_Johns", "2040-03-10T12:00:00Z"},
    {"Pacific/Apia", "2011-12-29T12:00:00Z"},
    {"Pacific/Apia", "2011-09-23T12:00:00Z"},
    {"Africa/Casablanca", "2026-02-14T12:00:00Z"},
    {"Africa/Casablanca", "2026-03-21T12:00:00Z"},
    {"Africa/Casablanca", "2086-04-13T00:00:00Z"},
    {"Australia/Lord_Howe", "2026-04-04T00:00:00Z"},
    {"Australia/Lord_Howe", "2026-10-03T00:00:00Z"},
    {"America/Sao_Paulo", "2017-02-18T12:00:00Z"},
    {"America/Sao_Paulo", "2017-10-14T12:00:00Z"},
    {"Asia/Beirut", "2022-03-26T00:00:00Z"},
    {"Asia/Beirut", "2022-10-28T12:00:00Z"},
    {"Pacific/Kwajalein", "1993-08-20T12:00:00Z"},
    {"Antarctica/Troll", "2026-03-28T12:00:00Z"},
    {"Antarctica/Troll", "2026-10-24T12:00:00Z"},
    {"Africa/Nairobi", "2026-03-28T00:00:00Z"},
};

Zone zone_of(const char* name) {
    const auto zone = Zone::find(name);
    REQUIRE(zone);
    return *zone;
}

std::int64_t minutes(const LocalTime& local) {
    return local.date.days * std::int64_t{1440} + local.time.micros / micros_per_minute;
}

}  // namespace

TEST_CASE("a local time occurs where a walk by minutes finds it") {
    for (const Place& place : places) {
        CAPTURE(place.zone, place.from);
        const Zone zone = zone_of(place.zone);
        const Instant from = *parse_instant(place.from);
        std::map<std::int64_t, std::vector<Instant>> shown;  // by the clock's minute
        for (std::int64_t minute = 0; minute < 2 * 1440; ++minute) {
            const Instant at{from.micros + minute * micros_per_minute};
            const LocalTime local = zone.local(at);
            if (local.time.micros % micros_per_minute != 0) FAIL("no whole minute");
            shown[minutes(local)].push_back(at);
        }
        // The second pass of an overlap may end outside at both ends.
        const std::int64_t first = shown.begin()->first + 180;
        const std::int64_t last = shown.rbegin()->first - 180;
        const bool is_changing = place.zone != std::string("Africa/Nairobi");
        bool has_change = false;
        for (std::int64_t minute = first; minute < last; ++minute) {
            const std::int64_t day = minute / 1440 - (minute % 1440 < 0 ? 1 : 0);
            const Date date{static_cast<std::int32_t>(day)};
            const TimeOfDay time{(minute - day * 1440) * micros_per_minute};
            CAPTURE(format_date(date), format_time(time));
            // Half a second on, so that fractions are seen not to get lost.
            const TimeOfDay later{time.micros + 500'000};
            const Occurrence found = zone.occurrence(date, time);
            const Occurrence fraction = zone.occurrence(date, later);
            const auto here = shown.find(minute);
            if (here == shown.end()) {
                const Instant end = shown.upper_bound(minute)->second.front();
                if (found.kind != OccurrenceKind::skipped || found.first != end ||
                    found.change != end || fraction.first != end)
                    FAIL("not the end of the gap");
                has_change = true;
            } else {
                const bool is_twice = here->second.size() == 2;
                has_change = has_change || is_twice;
                if (found.kind != (is_twice ? OccurrenceKind::twice : OccurrenceKind::once) ||
                    found.first != here->second.front() || found.second != here->second.back() ||
                    fraction.first.micros != found.first.micros + 500'000 ||
                    fraction.second.micros != found.second.micros + 500'000)
                    FAIL("not where the clock shows it");
                if (is_twice) {
                    // The clock is set at `change`: it shows less than a minute before.
                    const Instant before{found.change.micros - micros_per_minute};
                    if (found.change <= found.first || found.change > found.second ||
                        minutes(zone.local(found.change)) > minutes(zone.local(before)))
                        FAIL("not the instant at which the clock is set");
                }
            }
            if (zone.instant(date, time) != found.first) FAIL("not the first");
        }
        CHECK(has_change == is_changing);
    }
}

TEST_CASE("a zone skips a day that its clock never shows") {
    for (const Place& place : places) {
        CAPTURE(place.zone, place.from);
        const Zone zone = zone_of(place.zone);
        const Instant from = *parse_instant(place.from);
        std::vector<Date> days;
        for (std::int64_t hour = -72; hour < 120; ++hour) {
            const Date day = zone.local({from.micros + hour * 60 * micros_per_minute}).date;
            if (days.empty() || day > days.back()) days.push_back(day);
        }
        for (Date day = days.front(); day <= days.back(); ++day.days) {
            CAPTURE(format_date(day));
            CHECK(zone.skips(day) != std::binary_search(days.begin(), days.end(), day));
        }
    }
    CHECK(zone_of("Pacific/Apia").skips(*parse_date("2011-12-30")));
    CHECK(zone_of("Pacific/Kwajalein").skips(*parse_date("1993-08-21")));
}

TEST_CASE("days that are added keep the order of what is an overlap apart, and never fall behind") {
    constexpr std::uint64_t seed = 4711;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (const Place& place : places) {
        CAPTURE(place.zone, place.from);
        const Zone zone = zone_of(place.zone);
        const Instant from = *parse_instant(place.from);
        for (const std::int32_t days : {-30, -1, 0, 1, 2, 365}) {
            const Duration step{0, days, 0};
            Instant highest{INT64_MIN};
            for (std::int64_t minute = 0; minute < 2 * 1440; minute += 7) {
                const Instant at{from.micros + minute * micros_per_minute +
                                 static_cast<std::int64_t>(random() % 60) * micros_per_second};
                const auto sum = zone.add(at, step);
                if (!sum) FAIL("nothing");
                // By as much as a clock goes back, here two hours, what was later may come earlier.
                if (sum->micros + 2 * 60 * micros_per_minute < highest.micros)
                    FAIL("out of order from " << format_instant(at) << " by " << days << " days");
                if (days > 0 && *sum <= at) FAIL("no later than " << format_instant(at));
                if (days < 0 && *sum >= at) FAIL("no earlier than " << format_instant(at));
                if (days == 0 && *sum != at) FAIL("nothing is no step");
                highest = std::max(highest, *sum);
            }
        }
    }
}
