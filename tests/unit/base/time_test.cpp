#include "base/time.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

using namespace pawl;

namespace {

Date day(int year, int month, int day_of_month) {
    const auto date = make_date({year, month, day_of_month});
    REQUIRE(date);
    return *date;
}

}  // namespace

TEST_CASE("the epoch is day zero and the calendar's ends are where they should be") {
    CHECK(day(1970, 1, 1).days == 0);
    CHECK(day(1969, 12, 31).days == -1);
    CHECK(day(2000, 2, 29).days == 11'016);
    CHECK(day(1, 1, 1).days == -719'162);
    CHECK(day(9999, 12, 31).days == 2'932'896);
}

TEST_CASE("every day of the calendar goes to civil form and back, in order") {
    CivilDate previous{0, 12, 31};
    for (std::int32_t days = day(1, 1, 1).days; days <= day(9999, 12, 31).days; ++days) {
        const CivilDate now = civil(Date{days});
        const bool is_next_day =
            now.year == previous.year && now.month == previous.month && now.day == previous.day + 1;
        const bool is_next_month =
            now.day == 1 && now.year == previous.year && now.month == previous.month + 1;
        const bool is_next_year = now.day == 1 && now.month == 1 && now.year == previous.year + 1;
        const bool is_right =
            make_date(now) == Date{days} && (is_next_day || is_next_month || is_next_year);
        if (!is_right) FAIL("day " << days);
        previous = now;
    }
}

TEST_CASE("a day that is not in the calendar is refused") {
    CHECK_FALSE(make_date({2026, 2, 29}));
    CHECK(make_date({2024, 2, 29}));
    CHECK_FALSE(make_date({1900, 2, 29}));
    CHECK(make_date({2000, 2, 29}));
    CHECK_FALSE(make_date({2026, 4, 31}));
    CHECK_FALSE(make_date({2026, 0, 1}));
    CHECK_FALSE(make_date({2026, 13, 1}));
    CHECK_FALSE(make_date({2026, 1, 0}));
    CHECK_FALSE(make_date({0, 12, 31}));
    CHECK_FALSE(make_date({10'000, 1, 1}));
}

TEST_CASE("months are added with the month's end clamped") {
    CHECK(add_months(day(2026, 1, 31), 1) == day(2026, 2, 28));
    CHECK(add_months(day(2024, 1, 31), 1) == day(2024, 2, 29));
    CHECK(add_months(day(2026, 3, 31), -1) == day(2026, 2, 28));
    CHECK(add_months(day(2024, 2, 29), 12) == day(2025, 2, 28));
    CHECK(add_months(day(2026, 1, 15), -1) == day(2025, 12, 15));
    CHECK(add_months(day(2026, 12, 15), 13) == day(2028, 1, 15));
    CHECK(add_months(day(2026, 5, 5), 0) == day(2026, 5, 5));
}

TEST_CASE("nothing is added past the calendar's ends") {
    CHECK_FALSE(add_months(day(9999, 12, 1), 1));
    CHECK(add_months(day(9999, 11, 30), 1) == day(9999, 12, 30));
    CHECK_FALSE(add_months(day(1, 1, 1), -1));
    CHECK_FALSE(add_months(day(2026, 1, 1), std::numeric_limits<std::int32_t>::max()));
    CHECK_FALSE(add_months(day(2026, 1, 1), std::numeric_limits<std::int32_t>::min()));
    CHECK(add_days(day(9999, 12, 30), 1) == day(9999, 12, 31));
    CHECK_FALSE(add_days(day(9999, 12, 31), 1));
    CHECK_FALSE(add_days(day(1, 1, 1), -1));
    CHECK_FALSE(add_days(day(2026, 1, 1), std::numeric_limits<std::int64_t>::max()));
    CHECK_FALSE(add_days(day(1969, 1, 1), std::numeric_limits<std::int64_t>::min()));
}

TEST_CASE("a date is read in one form only") {
    CHECK(parse_date("2026-12-25") == day(2026, 12, 25));
    for (const char* text :
         {"", "2026-12-5", "2026-2-25", "26-12-25", "2026/12/25", "2026-12-25 ", " 2026-12-25",
          "2026-02-30", "2026-12-25T00:00", "+2026-12-25", "02026-12-25", "2026-1a-25"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_date(text));
    }
    CHECK(format_date(day(2026, 12, 25)) == "2026-12-25");
    CHECK(format_date(day(1, 1, 1)) == "0001-01-01");
}

TEST_CASE("a time of day is read and written with seconds only where there are some") {
    CHECK(parse_time("09:00")->micros == 9 * 3600 * micros_per_second);
    CHECK(parse_time("23:59:59")->micros == micros_per_day - micros_per_second);
    CHECK(parse_time("09:00:30.5")->micros == (9 * 3600 + 30) * micros_per_second + 500'000);
    for (const char* text : {"", "9:00", "24:00", "09:60", "09:00:60", "09", "09:00:", "09:00:30.",
                             "09:00 ", "09:00Z", "09.00", "-9:00"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text));
    }
    for (const char* text : {"00:00", "09:00", "09:00:30", "23:59:59.999999", "10:00:00.5"}) {
        CHECK(format_time(*parse_time(text)) == text);
    }
}

TEST_CASE("an instant is read as RFC 3339 says") {
    CHECK(parse_instant("1970-01-01T00:00:00Z")->micros == 0);
    CHECK(parse_instant("2026-03-02T07:15:04Z")->micros == 1'772'435'704'000'000);
    CHECK(parse_instant("2026-03-02T10:15:04+03:00") == parse_instant("2026-03-02T07:15:04Z"));
    CHECK(parse_instant("2026-03-01T21:45:04-09:30") == parse_instant("2026-03-02T07:15:04Z"));
    CHECK(parse_instant("2026-03-02t07:15:04z") == parse_instant("2026-03-02T07:15:04Z"));
    CHECK(parse_instant("2026-03-02T07:15:04-00:00") == parse_instant("2026-03-02T07:15:04Z"));
    CHECK(parse_instant("1969-12-31T23:59:59.999999Z")->micros == -1);
    CHECK(parse_instant("2026-03-02T07:15:04.25Z")->micros == 1'772'435'704'250'000);
    CHECK(parse_instant("2026-03-02T07:15:04.123456789Z")->micros == 1'772'435'704'123'456);
    CHECK(parse_instant("2026-03-02T07:15:04.0000000000000000000000001Z")->micros ==
          1'772'435'704'000'000);
}

TEST_CASE("an instant that RFC 3339 does not allow is refused") {
    for (const char* text : {"",
                             "2026-03-02",
                             "2026-03-02T07:15:04",
                             "2026-03-02T07:15Z",
                             "2026-03-02 07:15:04Z",
                             "2026-03-02T24:00:00Z",
                             "2026-12-31T23:59:60Z",
                             "2026-02-29T00:00:00Z",
                             "2026-03-02T07:15:04.Z",
                             "2026-03-02T07:15:04,5Z",
                             "2026-03-02T07:15:04+0300",
                             "2026-03-02T07:15:04+03",
                             "2026-03-02T07:15:04+24:00",
                             "2026-03-02T07:15:04+03:60",
                             "2026-03-02T07:15:04 Z",
                             "2026-03-02T07:15:04Z ",
                             "2026-03-02T07:60:04Z",
                             "2026-03-02T07:15:04+03:00Z",
                             "20260302T071504Z",
                             "0000-01-01T00:00:00Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_instant(text));
    }
}

TEST_CASE("an offset does not carry an instant out of the calendar") {
    CHECK(parse_instant("0001-01-01T00:00:00Z"));
    CHECK_FALSE(parse_instant("0001-01-01T00:00:00+00:01"));
    CHECK(parse_instant("0001-01-01T00:01:00+00:01"));
    CHECK(parse_instant("9999-12-31T23:59:59.999999Z"));
    CHECK_FALSE(parse_instant("9999-12-31T23:59:59-00:01"));
}

TEST_CASE("an instant is written in UTC with a fraction only where there is one") {
    for (const char* text :
         {"1970-01-01T00:00:00Z", "2026-03-02T07:15:04Z", "2026-03-02T07:15:04.25Z",
          "1969-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"}) {
        CHECK(format_instant(*parse_instant(text)) == text);
    }
}

TEST_CASE("what is in the calendar is known for dates and instants") {
    CHECK(is_in_calendar(day(1, 1, 1)));
    CHECK_FALSE(is_in_calendar(Date{day(1, 1, 1).days - 1}));
    CHECK_FALSE(is_in_calendar(Date{day(9999, 12, 31).days + 1}));
    CHECK_FALSE(is_in_calendar(Instant{std::numeric_limits<std::int64_t>::max()}));
    CHECK_FALSE(is_in_calendar(Instant{std::numeric_limits<std::int64_t>::min()}));
    CHECK_FALSE(is_in_calendar(Instant{parse_instant("0001-01-01T00:00:00Z")->micros - 1}));
}
