#include "rules/cadence.h"

#include "cadence_support.h"

namespace pawl::rules {
namespace {

constexpr std::uint8_t monday = 1;
constexpr std::uint8_t friday = 1 << 4;

}  // namespace

TEST_CASE("an interval is counted from each midnight of the zone") {
    CHECK(occurrences(every("7h"), "Africa/Nairobi", "2026-03-02T21:00:00Z", 5) ==
          Texts{"2026-03-03T04:00:00Z", "2026-03-03T11:00:00Z", "2026-03-03T18:00:00Z",
                "2026-03-03T21:00:00Z", "2026-03-04T04:00:00Z"});
    CHECK(occurrences(every("10min"), "Africa/Nairobi", "2026-03-02T20:43:12.5Z", 3) ==
          Texts{"2026-03-02T20:50:00Z", "2026-03-02T21:00:00Z", "2026-03-02T21:10:00Z"});
    CHECK(occurrences(every("24h"), "Africa/Nairobi", "2026-03-02T20:00:00Z", 2) ==
          Texts{"2026-03-02T21:00:00Z", "2026-03-03T21:00:00Z"});
    CHECK(occurrences(every("0.4s"), "Africa/Nairobi", "2026-03-02T20:59:59.3Z", 4) ==
          Texts{"2026-03-02T20:59:59.6Z", "2026-03-02T21:00:00Z", "2026-03-02T21:00:00.4Z",
                "2026-03-02T21:00:00.8Z"});
}

TEST_CASE("an interval goes on through an hour that comes twice, unless it is longer than that") {
    const std::string after = "2026-10-24T21:59:59Z";  // Prague: 03:00 back to 02:00 at 01:00Z
    CHECK(occurrences(every("1h"), "Europe/Prague", after, 6) ==
          Texts{"2026-10-24T22:00:00Z", "2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z",
                "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"});
    CHECK(occurrences(every("20min"), "Europe/Prague", "2026-10-25T00:20:00Z", 6) ==
          Texts{"2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:20:00Z",
                "2026-10-25T01:40:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:20:00Z"});
    CHECK(occurrences(every("2h"), "Europe/Prague", after, 4) ==
          Texts{"2026-10-24T22:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z",
                "2026-10-25T05:00:00Z"});
    CHECK(occurrences(every("6h"), "Europe/Prague", after, 3) ==
          Texts{"2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z", "2026-10-25T11:00:00Z"});
    // Lord Howe goes back by half an hour, 02:00 to 01:30 at 15:00Z.
    CHECK(occurrences(every("30min"), "Australia/Lord_Howe", "2026-04-04T14:00:00Z", 4) ==
          Texts{"2026-04-04T14:30:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z",
                "2026-04-04T16:00:00Z"});
    CHECK(occurrences(every("1h"), "Australia/Lord_Howe", "2026-04-04T13:00:00Z", 3) ==
          Texts{"2026-04-04T14:00:00Z", "2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z"});
}

TEST_CASE("an interval that falls in a gap is made up for at its end, once") {
    // Prague, 02:00 to 03:00 at 01:00Z.
    CHECK(occurrences(every("2h"), "Europe/Prague", "2026-03-28T22:00:00Z", 4) ==
          Texts{"2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z",
                "2026-03-29T04:00:00Z"});
    CHECK(occurrences(every("30min"), "Europe/Prague", "2026-03-29T00:00:00Z", 3) ==
          Texts{"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"});
    CHECK(occurrences(every("6h"), "Pacific/Apia", "2011-12-29T22:00:00Z", 4) ==
          Texts{"2011-12-30T04:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T16:00:00Z",
                "2011-12-30T22:00:00Z"});
}

TEST_CASE("a daily time in a gap is its end, one that comes twice the first") {
    CHECK(occurrences(daily({"02:30"}), "Europe/Prague", "2026-03-27T12:00:00Z", 3) ==
          Texts{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"});
    CHECK(occurrences(daily({"02:30"}), "Europe/Prague", "2026-10-23T12:00:00Z", 3) ==
          Texts{"2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"});
    // From within the second pass, and from within the gap's instant.
    CHECK(occurrences(daily({"02:30"}), "Europe/Prague", "2026-10-25T01:10:00Z", 1) ==
          Texts{"2026-10-26T01:30:00Z"});
    CHECK(occurrences(daily({"02:30"}), "Europe/Prague", "2026-03-29T01:00:00Z", 1) ==
          Texts{"2026-03-30T00:30:00Z"});
    CHECK(occurrences(daily({"02:15", "02:45", "03:00"}), "Europe/Prague", "2026-03-28T02:00:00Z",
                      3) ==
          Texts{"2026-03-29T01:00:00Z", "2026-03-30T00:15:00Z", "2026-03-30T00:45:00Z"});
    CHECK(occurrences(daily({"02:30"}), "Africa/Casablanca", "2026-02-13T12:00:00Z", 3) ==
          Texts{"2026-02-14T01:30:00Z", "2026-02-15T01:30:00Z", "2026-02-16T02:30:00Z"});
    CHECK(occurrences(daily({"02:30"}), "Africa/Casablanca", "2026-03-20T12:00:00Z", 3) ==
          Texts{"2026-03-21T02:30:00Z", "2026-03-22T02:00:00Z", "2026-03-23T01:30:00Z"});
    CHECK(occurrences(daily({"01:45"}), "Australia/Lord_Howe", "2026-04-03T12:00:00Z", 3) ==
          Texts{"2026-04-03T14:45:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"});
    CHECK(occurrences(daily({"02:15"}), "Australia/Lord_Howe", "2026-10-02T12:00:00Z", 3) ==
          Texts{"2026-10-02T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"});
    CHECK(occurrences(daily({"09:00"}), "Africa/Nairobi", "2026-02-27T06:00:00Z", 2) ==
          Texts{"2026-02-28T06:00:00Z", "2026-03-01T06:00:00Z"});
}

TEST_CASE("St John's, where clocks were set at one minute past midnight") {
    const char* zone = "America/St_Johns";
    // 1987-04-05, 00:01 to 01:01 at 03:31Z.
    CHECK(occurrences(daily({"00:30"}), zone, "1987-04-04T00:00:00Z", 3) ==
          Texts{"1987-04-04T04:00:00Z", "1987-04-05T03:31:00Z", "1987-04-06T03:00:00Z"});
    CHECK(occurrences(daily({}), zone, "1987-04-05T00:00:00Z", 2) ==
          Texts{"1987-04-05T03:30:00Z", "1987-04-06T02:30:00Z"});
    // 1988-04-03, 00:01 to 02:01.
    CHECK(occurrences(daily({"01:00", "02:00", "02:01"}), zone, "1988-04-03T00:00:00Z", 2) ==
          Texts{"1988-04-03T03:31:00Z", "1988-04-04T02:30:00Z"});
    // 1987-10-25, 00:01 back to 23:01 of the day before, at 02:31Z: midnight comes twice.
    CHECK(occurrences(daily({}), zone, "1987-10-24T00:00:00Z", 3) ==
          Texts{"1987-10-24T02:30:00Z", "1987-10-25T02:30:00Z", "1987-10-26T03:30:00Z"});
    CHECK(occurrences(daily({"23:30"}), zone, "1987-10-25T00:00:00Z", 2) ==
          Texts{"1987-10-25T02:00:00Z", "1987-10-26T03:00:00Z"});
    CHECK(occurrences(every("24h"), zone, "1987-10-24T00:00:00Z", 3) ==
          Texts{"1987-10-24T02:30:00Z", "1987-10-25T02:30:00Z", "1987-10-26T03:30:00Z"});
    CHECK(occurrences(every("1h"), zone, "1987-10-25T01:00:00Z", 4) ==
          Texts{"1987-10-25T01:30:00Z", "1987-10-25T02:30:00Z", "1987-10-25T03:30:00Z",
                "1987-10-25T04:30:00Z"});
    CHECK(occurrences(cron("15 * * * *"), zone, "1987-10-25T01:00:00Z", 3) ==
          Texts{"1987-10-25T01:45:00Z", "1987-10-25T02:45:00Z", "1987-10-25T03:45:00Z"});
    CHECK(occurrences(cron("0 * 25 10 *"), zone, "1987-10-25T01:00:00Z", 3) ==
          Texts{"1987-10-25T02:30:00Z", "1987-10-25T03:30:00Z", "1987-10-25T04:30:00Z"});
    // 2011-11-06 was the first at 02:00, at 04:30Z.
    CHECK(occurrences(daily({"00:00", "01:30"}), zone, "2011-11-06T00:00:00Z", 3) ==
          Texts{"2011-11-06T02:30:00Z", "2011-11-06T04:00:00Z", "2011-11-07T03:30:00Z"});
}

TEST_CASE("the day that Apia left out has no occurrence, and no other has two") {
    const char* zone = "Pacific/Apia";
    CHECK(occurrences(daily({"10:00"}), zone, "2011-12-28T12:00:00Z", 4) ==
          Texts{"2011-12-28T20:00:00Z", "2011-12-29T20:00:00Z", "2011-12-30T20:00:00Z",
                "2011-12-31T20:00:00Z"});
    CHECK(occurrences(daily({}), zone, "2011-12-29T09:00:00Z", 3) ==
          Texts{"2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"});
    CHECK(occurrences(daily({"09:00"}, 7, friday), zone, "2011-12-23T00:00:00Z", 2) ==
          Texts{"2011-12-23T19:00:00Z", "2012-01-05T19:00:00Z"});
    CHECK(occurrences(monthly(30, {"09:00"}), zone, "2011-11-30T00:00:00Z", 2) ==
          Texts{"2011-11-30T19:00:00Z", "2012-01-29T19:00:00Z"});
    CHECK(occurrences(cron("0 9 30 * *"), zone, "2011-11-30T00:00:00Z", 2) ==
          Texts{"2011-11-30T19:00:00Z", "2012-01-29T19:00:00Z"});
    CHECK(occurrences(cron("0 * * * *"), zone, "2011-12-30T08:30:00Z", 3) ==
          Texts{"2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T11:00:00Z"});
}

TEST_CASE("a midnight that does not exist is the first instant of its day") {
    // 2017-10-15, 00:00 to 01:00 at 03:00Z.
    for (const Cadence& midnight : {daily({}), cron("0 0 * * *"), every("24h")}) {
        CHECK(occurrences(midnight, "America/Sao_Paulo", "2017-10-13T12:00:00Z", 3) ==
              Texts{"2017-10-14T03:00:00Z", "2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z"});
        CHECK(occurrences(midnight, "Asia/Beirut", "2022-03-25T12:00:00Z", 3) ==
              Texts{"2022-03-25T22:00:00Z", "2022-03-26T22:00:00Z", "2022-03-27T21:00:00Z"});
    }
    CHECK(occurrences(daily({"00:00", "00:30"}), "Asia/Beirut", "2022-03-26T00:00:00Z", 3) ==
          Texts{"2022-03-26T22:00:00Z", "2022-03-27T21:00:00Z", "2022-03-27T21:30:00Z"});
    // 2017-02-19, 00:00 back to 23:00 at 02:00Z: that midnight comes once, 23:30 twice.
    CHECK(occurrences(daily({}), "America/Sao_Paulo", "2017-02-18T00:00:00Z", 3) ==
          Texts{"2017-02-18T02:00:00Z", "2017-02-19T03:00:00Z", "2017-02-20T03:00:00Z"});
    CHECK(occurrences(daily({"23:30"}), "America/Sao_Paulo", "2017-02-18T00:00:00Z", 3) ==
          Texts{"2017-02-18T01:30:00Z", "2017-02-19T01:30:00Z", "2017-02-20T02:30:00Z"});
    CHECK(occurrences(cron("15 * 18 2 *"), "America/Sao_Paulo", "2017-02-19T01:00:00Z", 3) ==
          Texts{"2017-02-19T01:15:00Z", "2017-02-19T02:15:00Z", "2018-02-18T03:15:00Z"});
    // A year later the clock is as far from UTC as it was before that hour came again.
    CHECK(occurrences(cron("15 * 15 2 *"), "America/Sao_Paulo", "2014-02-16T01:00:00Z", 3) ==
          Texts{"2014-02-16T01:15:00Z", "2014-02-16T02:15:00Z", "2015-02-15T02:15:00Z"});
}

TEST_CASE("days and weeks are counted from Monday, 1970-01-05") {
    const char* zone = "Africa/Nairobi";
    CHECK(occurrences(daily({"09:00"}, 14, monday), zone, "2026-03-01T00:00:00Z", 3) ==
          Texts{"2026-03-02T06:00:00Z", "2026-03-16T06:00:00Z", "2026-03-30T06:00:00Z"});
    CHECK(occurrences(daily({"09:00"}, 14, monday | friday), zone, "2026-03-02T06:00:00Z", 3) ==
          Texts{"2026-03-06T06:00:00Z", "2026-03-16T06:00:00Z", "2026-03-20T06:00:00Z"});
    CHECK(occurrences(daily({"09:00"}, 7, friday), zone, "2026-03-01T00:00:00Z", 2) ==
          Texts{"2026-03-06T06:00:00Z", "2026-03-13T06:00:00Z"});
    CHECK(occurrences(daily({"09:00"}, 1, monday | friday), zone, "2026-03-01T00:00:00Z", 3) ==
          Texts{"2026-03-02T06:00:00Z", "2026-03-06T06:00:00Z", "2026-03-09T06:00:00Z"});
    CHECK(occurrences(daily({}, 14), "UTC", "2026-03-07T00:00:00Z", 3) ==
          Texts{"2026-03-08T00:00:00Z", "2026-03-16T00:00:00Z", "2026-03-17T00:00:00Z"});
    // Day 20,514 is 2026-03-02, 20,510 after the first Monday.
    CHECK(occurrences(daily({}, 10), "UTC", "2026-03-01T00:00:00Z", 2) ==
          Texts{"2026-03-02T00:00:00Z", "2026-03-12T00:00:00Z"});
    CHECK(occurrences(daily({}, 3, monday), "UTC", "1970-01-04T00:00:00Z", 3) ==
          Texts{"1970-01-05T00:00:00Z", "1970-01-26T00:00:00Z", "1970-02-16T00:00:00Z"});
    CHECK(occurrences(daily({}, 10), "UTC", "1969-12-20T00:00:00Z", 2) ==
          Texts{"1969-12-26T00:00:00Z", "1970-01-05T00:00:00Z"});
    CHECK(occurrences(daily({}, 14, friday), "UTC", "1969-12-20T00:00:00Z", 2) ==
          Texts{"1969-12-26T00:00:00Z", "1970-01-09T00:00:00Z"});
}

TEST_CASE("a shorter month has its last day, counted months begin in January") {
    CHECK(occurrences(monthly(31, {}), "UTC", "2026-01-31T00:00:00Z", 3) ==
          Texts{"2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"});
    CHECK(occurrences(monthly(30, {"23:59:59.5"}), "UTC", "2028-02-01T00:00:00Z", 2) ==
          Texts{"2028-02-29T23:59:59.5Z", "2028-03-30T23:59:59.5Z"});
    CHECK(occurrences(monthly(1, {"09:00"}, 3), "Europe/Prague", "2026-01-01T08:00:00Z", 3) ==
          Texts{"2026-04-01T07:00:00Z", "2026-07-01T07:00:00Z", "2026-10-01T07:00:00Z"});
    CHECK(occurrences(monthly(1, {}, 24), "UTC", "2026-01-01T00:00:00Z", 2) ==
          Texts{"2028-01-01T00:00:00Z", "2030-01-01T00:00:00Z"});
    CHECK(occurrences(cron("0 0 29 2 *"), "UTC", "2096-02-01T00:00:00Z", 2) ==
          Texts{"2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"});
    CHECK(occurrences(cron("0 0 31 * *"), "UTC", "2026-01-31T00:00:00Z", 2) ==
          Texts{"2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"});
}

TEST_CASE("summer time goes on beyond 2037, to the calendar's last day") {
    const char* zone = "Europe/Prague";
    CHECK(occurrences(daily({"02:30"}), zone, "2040-03-24T12:00:00Z", 2) ==
          Texts{"2040-03-25T01:00:00Z", "2040-03-26T00:30:00Z"});
    CHECK(occurrences(daily({"02:30"}), zone, "2100-03-27T12:00:00Z", 2) ==
          Texts{"2100-03-28T01:00:00Z", "2100-03-29T00:30:00Z"});
    // The calendar repeats every 400 years, so that 9998 has the weeks of 1998, whose last Sunday
    // of October was the 25th.
    CHECK(occurrences(every("1h"), zone, "9998-10-24T23:30:00Z", 3) ==
          Texts{"9998-10-25T00:00:00Z", "9998-10-25T01:00:00Z", "9998-10-25T02:00:00Z"});
    CHECK(occurrences(cron("30 2 * * *"), zone, "9998-10-24T23:30:00Z", 2) ==
          Texts{"9998-10-25T00:30:00Z", "9998-10-26T01:30:00Z"});
    CHECK(occurrences(daily({"12:00"}), "UTC", "9999-12-30T12:00:00Z", 9) ==
          Texts{"9999-12-31T12:00:00Z"});
    CHECK(occurrences(every("11h"), "UTC", "9999-12-31T00:00:00Z", 9) ==
          Texts{"9999-12-31T11:00:00Z", "9999-12-31T22:00:00Z"});
    CHECK(occurrences(every("1h"), "Africa/Nairobi", "9999-12-31T19:00:00Z", 9) ==
          Texts{"9999-12-31T20:00:00Z"});
    // The last one lies in an hour that comes twice: Beirut goes back at midnight.
    CHECK(occurrences(cron("15 * 30 10 *"), "Asia/Beirut", "9999-10-30T20:00:00Z", 9) ==
          Texts{"9999-10-30T20:15:00Z", "9999-10-30T21:15:00Z"});
    CHECK(occurrences(monthly(31, {}), "UTC", "9999-12-01T00:00:00Z", 9) ==
          Texts{"9999-12-31T00:00:00Z"});
    CHECK(occurrences(cron("0 0 * * *"), "UTC", "9999-12-30T00:00:00Z", 9) ==
          Texts{"9999-12-31T00:00:00Z"});
}

TEST_CASE("what never comes is nothing, at once") {
    const Texts none;
    for (const char* line : {"0 0 31 2 *", "0 0 30 2 *", "0 0 31 2,4,6,9,11 *"}) {
        CAPTURE(line);
        CHECK(occurrences(cron(line), "UTC", "2026-01-01T00:00:00Z", 1) == none);
    }
    Cadence cadence = every("1h");
    for (const std::int64_t micros : {std::int64_t{0}, std::int64_t{-1}}) {
        cadence.micros = micros;
        CHECK(occurrences(cadence, "UTC", "2026-01-01T00:00:00Z", 1) == none);
    }
    CHECK(occurrences(daily({}, 0), "UTC", "2026-01-01T00:00:00Z", 1) == none);
    CHECK(occurrences(daily({}, 1, 0), "UTC", "2026-01-01T00:00:00Z", 1) == none);
    CHECK(occurrences(monthly(0, {}), "UTC", "2026-01-01T00:00:00Z", 1) == none);
    CHECK(occurrences(monthly(1, {}, 2'000'000'000), "UTC", "2026-01-01T00:00:00Z", 1) == none);
    cadence.kind = CadenceKind::cron;  // of nothing
    CHECK(occurrences(cadence, "UTC", "2026-01-01T00:00:00Z", 1) == none);
    for (const Cadence& any : {every("1h"), daily({}), monthly(1, {}), cron("* * * * *")}) {
        for (const char* zone : {"UTC", "Pacific/Apia", "America/St_Johns"}) {
            CHECK_FALSE(
                next_occurrence(any, instant_of("9999-12-31T23:59:59.999999Z"), zone_of(zone)));
            CHECK_FALSE(next_occurrence(any, {INT64_MAX}, zone_of(zone)));
            const auto first = next_occurrence(any, {INT64_MIN}, zone_of(zone));
            REQUIRE(first);
            CHECK(format_instant(*first).starts_with("0001-0"));
        }
    }
}

TEST_CASE("a cron line of every hour goes by the minutes that pass, another by the clock") {
    const char* zone = "Europe/Prague";
    CHECK(occurrences(cron("30 * * * *"), zone, "2026-10-25T00:00:00Z", 3) ==
          Texts{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"});
    CHECK(occurrences(cron("30 * * * *"), zone, "2026-03-29T00:00:00Z", 2) ==
          Texts{"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"});
    CHECK(occurrences(cron("30 1-3 * * *"), zone, "2026-10-24T23:00:00Z", 3) ==
          Texts{"2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"});
    CHECK(occurrences(cron("0 */2 * * *"), zone, "2026-03-29T00:00:00Z", 2) ==
          Texts{"2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"});
    CHECK(occurrences(cron("*/20 2 * * *"), zone, "2026-03-29T00:00:00Z", 2) ==
          Texts{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"});
    CHECK(occurrences(cron("45 * * * *"), "Australia/Lord_Howe", "2026-04-04T14:00:00Z", 3) ==
          Texts{"2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T16:15:00Z"});
}

TEST_CASE("a note says what is odd about a local time") {
    const auto note = [](const char* zone, const char* date, const char* time) {
        return local_time_note({*parse_date(date), *parse_time(time)}, zone_of(zone));
    };
    CHECK(note("Europe/Prague", "2026-03-29", "02:30") == "the clock jumps over 02:30");
    CHECK(note("Europe/Prague", "2026-10-25", "02:30") == "02:30 comes twice");
    CHECK(note("Europe/Prague", "2026-10-25", "03:00").empty());
    CHECK(note("America/Sao_Paulo", "2017-10-15", "00:00") == "the clock jumps over 00:00");
    CHECK(note("Pacific/Apia", "2011-12-30", "10:00") == "the calendar leaves out 2011-12-30");
    CHECK(note("Pacific/Apia", "2011-12-31", "00:00").empty());
    CHECK(note("Africa/Nairobi", "2026-03-29", "02:30").empty());
}

}  // namespace pawl::rules
