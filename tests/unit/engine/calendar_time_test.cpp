#include "engine/internal/calendar_time.h"

#include <catch2/catch.hpp>
#include <string_view>

#include "base/limits.h"

namespace pawl::engine {

using rules::CalendarUnit;

namespace {

Zone zone(std::string_view name) { return *Zone::find(name); }

// "2026-03-02 10:15" in that zone.
Instant at(std::string_view text, const Zone& in) {
    return in.instant(*parse_date(text.substr(0, 10)), *parse_time(text.substr(11)));
}

DailyWindow window(std::string_view from, std::string_view to) {
    return {*parse_time(from), *parse_time(to), rules::every_weekday, nullptr};
}

std::string opening(const DailyWindow& of, std::string_view after, const Zone& in) {
    const auto found = next_opening(of, at(after, in), in);
    return found ? in.format(*found) : "never";
}

}  // namespace

TEST_CASE("a unit ends with the calendar of its zone, and is over at its end") {
    const Zone nairobi = zone("Africa/Nairobi");
    const auto end = [&nairobi](CalendarUnit unit, std::string_view text) {
        const Instant found = unit_end(unit, at(text, nairobi), nairobi);
        CHECK(found > at(text, nairobi));
        return nairobi.format(found);
    };
    CHECK(end(CalendarUnit::minute, "2026-03-02 10:15:04") == "2026-03-02 10:16");
    CHECK(end(CalendarUnit::minute, "2026-03-02 10:16") == "2026-03-02 10:17");
    CHECK(end(CalendarUnit::hour, "2026-03-02 10:15") == "2026-03-02 11:00");
    CHECK(end(CalendarUnit::day, "2026-03-02 00:00") == "2026-03-03 00:00");
    CHECK(end(CalendarUnit::day, "2026-02-28 23:59") == "2026-03-01 00:00");
    CHECK(end(CalendarUnit::week, "2026-03-01 23:59") == "2026-03-02 00:00");
    CHECK(end(CalendarUnit::week, "2026-03-02 00:00") == "2026-03-09 00:00");
    CHECK(end(CalendarUnit::week, "1969-12-31 12:00") == "1970-01-05 00:00");
    CHECK(end(CalendarUnit::month, "2026-12-31 12:00") == "2027-01-01 00:00");
    CHECK(end(CalendarUnit::year, "2026-01-01 00:00") == "2027-01-01 00:00");
}

TEST_CASE("a unit is never over before it has begun, whatever the clock does") {
    for (const char* name : {"Europe/Prague", "America/St_Johns", "Australia/Lord_Howe",
                             "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca"}) {
        const Zone in = zone(name);
        for (const char* from : {"2011-12-29 12:00", "2018-02-17 12:00", "2026-03-28 12:00",
                                 "2026-04-04 12:00", "2026-10-24 12:00"}) {
            Instant instant = at(from, in);
            for (int i = 0; i < 300; ++i, instant.micros += 600 * micros_per_second) {
                for (const CalendarUnit unit : {CalendarUnit::minute, CalendarUnit::hour,
                                                CalendarUnit::day, CalendarUnit::week}) {
                    const Instant end = unit_end(unit, instant, in);
                    INFO(name << " " << in.format(instant));
                    REQUIRE(end > instant);
                    const std::int64_t length_max = unit == CalendarUnit::week  ? 8
                                                    : unit == CalendarUnit::day ? 2
                                                                                : 1;
                    REQUIRE(end.micros - instant.micros <= length_max * micros_per_day);
                }
            }
        }
    }
}

TEST_CASE("a window has its beginning and not its end") {
    const Zone nairobi = zone("Africa/Nairobi");
    const DailyWindow day = window("08:00", "18:00");
    CHECK_FALSE(is_open(day, at("2026-03-02 07:59:59.999999", nairobi), nairobi));
    CHECK(is_open(day, at("2026-03-02 08:00", nairobi), nairobi));
    CHECK(is_open(day, at("2026-03-02 17:59:59.999999", nairobi), nairobi));
    CHECK_FALSE(is_open(day, at("2026-03-02 18:00", nairobi), nairobi));
    CHECK(opening(day, "2026-03-02 07:00", nairobi) == "2026-03-02 08:00");
    CHECK(opening(day, "2026-03-02 08:00", nairobi) == "2026-03-03 08:00");
    CHECK_FALSE(is_open(window("09:00", "09:00"), at("2026-03-02 09:00", nairobi), nairobi));
    CHECK(opening(window("09:00", "09:00"), "2026-03-02 07:00", nairobi) == "never");
}

TEST_CASE("a window that wraps around midnight belongs to the day on which it begins") {
    const Zone nairobi = zone("Africa/Nairobi");
    DailyWindow night = window("21:00", "07:00");
    CHECK(is_open(night, at("2026-03-02 23:00", nairobi), nairobi));
    CHECK(is_open(night, at("2026-03-03 06:59", nairobi), nairobi));
    CHECK_FALSE(is_open(night, at("2026-03-03 07:00", nairobi), nairobi));
    night.weekdays = 1;  // Monday: 2026-03-02
    CHECK(is_open(night, at("2026-03-03 06:59", nairobi), nairobi));
    CHECK_FALSE(is_open(night, at("2026-03-02 06:59", nairobi), nairobi));
    CHECK_FALSE(is_open(night, at("2026-03-03 21:00", nairobi), nairobi));
    CHECK(opening(night, "2026-03-02 22:00", nairobi) == "2026-03-09 21:00");
    CHECK(is_open(window("18:00", "00:00"), at("2026-03-02 23:59", nairobi), nairobi));
    CHECK_FALSE(is_open(window("18:00", "00:00"), at("2026-03-03 00:00", nairobi), nairobi));
}

TEST_CASE("days excepted do not open, and a window that no day opens is not waited for") {
    const Zone nairobi = zone("Africa/Nairobi");
    DailyWindow day = window("08:00", "18:00");
    const std::vector<Date> holidays{*parse_date("2026-03-03"), *parse_date("2026-03-04")};
    day.excepted = &holidays;
    CHECK_FALSE(is_open(day, at("2026-03-03 12:00", nairobi), nairobi));
    CHECK(opening(day, "2026-03-02 18:00", nairobi) == "2026-03-05 08:00");
    std::vector<Date> all;
    for (int i = 0; i <= limits::window_days_max; ++i)
        all.push_back(*add_days(*parse_date("2026-03-02"), i));
    day.excepted = &all;
    CHECK(opening(day, "2026-03-02 07:00", nairobi) == "never");
    all.pop_back();
    CHECK(opening(day, "2026-03-02 07:00", nairobi) == "2027-04-06 08:00");
}

TEST_CASE("a window opens and closes by the clock of a zone that jumps") {
    const Zone prague = zone("Europe/Prague");
    // 02:00 to 03:00 is skipped on 29 March and comes twice on 25 October.
    CHECK(opening(window("02:30", "12:00"), "2026-03-28 12:00", prague) == "2026-03-29 03:00");
    CHECK(opening(window("02:10", "02:50"), "2026-03-28 12:00", prague) == "2026-03-30 02:10");
    const Instant second{at("2026-10-25 02:30", prague).micros + 3'600 * micros_per_second};
    CHECK(prague.format(second) == "2026-10-25 02:30");
    CHECK(is_open(window("02:00", "03:00"), second, prague));
    CHECK_FALSE(is_open(window("02:00", "02:45"), second, prague));
    // 30 December 2011 did not come.
    const Zone apia = zone("Pacific/Apia");
    CHECK(opening(window("08:00", "18:00"), "2011-12-29 18:00", apia) == "2011-12-31 08:00");
    DailyWindow friday = window("21:00", "07:00");
    friday.weekdays = 1u << 4;
    CHECK_FALSE(is_open(friday, at("2011-12-31 01:00", apia), apia));
    CHECK(opening(friday, "2011-12-29 12:00", apia) == "2012-01-06 21:00");
}

}  // namespace pawl::engine
