#include "base/zone.h"

#include <catch2/catch.hpp>
#include <string>

using namespace pawl;

namespace {

Zone zone(const char* name) {
    const auto found = Zone::find(name);
    REQUIRE(found);
    return *found;
}

Instant at(const char* text) {
    const auto instant = parse_instant(text);
    REQUIRE(instant);
    return *instant;
}

Instant local(const Zone& zone, const char* date, const char* time) {
    return zone.instant(*parse_date(date), *parse_time(time));
}

std::string utc(Instant instant) { return format_instant(instant); }

std::string plus(const Zone& zone, const char* from, const char* duration) {
    const auto sum = zone.add(at(from), *parse_duration(duration));
    return sum ? format_instant(*sum) : "nothing";
}

}  // namespace

TEST_CASE("a zone is found by its name in the database and by nothing else") {
    CHECK(Zone::find("Africa/Nairobi")->name() == "Africa/Nairobi");
    CHECK(Zone::find("UTC")->name() == "UTC");
    CHECK(Zone::find("Etc/GMT+3"));
    CHECK(Zone::find("America/Argentina/Buenos_Aires"));
    for (const char* name :
         {"", "Africa", "Africa/", "/Africa/Nairobi", "Africa/Nirobi", "../Africa/Nairobi",
          "/usr/share/zoneinfo/Africa/Nairobi", "file:Africa/Nairobi", "localtime",
          "Fixed/UTC+05:00:00", "right/Africa/Nairobi", "posix/Africa/Nairobi", "posixrules",
          "+03:00", "libc:localtime", "zone.tab", "Africa//Nairobi", "Africa/Nairobi "}) {
        CAPTURE(name);
        CHECK_FALSE(Zone::find(name));
    }
}

TEST_CASE("zones are looked for in the folder that was told") {
    Zone::look_in("/usr/share/no_zones");
    CHECK_FALSE(Zone::find("Atlantic/Faroe"));
    Zone::look_in("/usr/share/zoneinfo");
    CHECK(Zone::find("Atlantic/Faroe"));
}

TEST_CASE("a zone without summer time is a fixed distance away") {
    const Zone nairobi = zone("Africa/Nairobi");
    CHECK(utc(local(nairobi, "2026-03-02", "10:15:04")) == "2026-03-02T07:15:04Z");
    CHECK(nairobi.format(at("2026-03-02T07:15:04.9Z")) == "2026-03-02 10:15:04");
    CHECK(nairobi.format(at("2026-03-02T21:00:00Z")) == "2026-03-03 00:00");
    CHECK(nairobi.local(at("2026-03-02T07:15:04.25Z")).time == *parse_time("10:15:04.25"));
    CHECK(nairobi.local(at("1969-12-31T23:59:59.75Z")).date == *parse_date("1970-01-01"));
}

TEST_CASE("a local time in the gap is the first instant after it") {
    const Zone prague = zone("Europe/Prague");
    CHECK(utc(local(prague, "2026-03-29", "01:59:59")) == "2026-03-29T00:59:59Z");
    CHECK(utc(local(prague, "2026-03-29", "02:00")) == "2026-03-29T01:00:00Z");
    CHECK(utc(local(prague, "2026-03-29", "02:30:15.5")) == "2026-03-29T01:00:00Z");
    CHECK(utc(local(prague, "2026-03-29", "03:00")) == "2026-03-29T01:00:00Z");
}

TEST_CASE("a local time that occurs twice is the first") {
    const Zone prague = zone("Europe/Prague");
    CHECK(utc(local(prague, "2026-10-25", "02:30")) == "2026-10-25T00:30:00Z");
    CHECK(utc(local(prague, "2026-10-25", "03:00")) == "2026-10-25T02:00:00Z");
    const Zone st_johns = zone("America/St_Johns");
    CHECK(utc(local(st_johns, "2026-11-01", "01:30")) == "2026-11-01T04:00:00Z");
    CHECK(utc(local(st_johns, "2026-03-08", "02:15")) == "2026-03-08T05:30:00Z");
}

TEST_CASE("a day that a zone left out is the first instant of the next") {
    const Zone apia = zone("Pacific/Apia");
    CHECK(utc(local(apia, "2011-12-29", "23:59:59")) == "2011-12-30T09:59:59Z");
    CHECK(utc(local(apia, "2011-12-30", "12:00")) == "2011-12-30T10:00:00Z");
    CHECK(utc(local(apia, "2011-12-31", "00:00")) == "2011-12-30T10:00:00Z");
    CHECK(apia.format(at("2011-12-30T10:00:00Z")) == "2011-12-31 00:00");
    CHECK(plus(apia, "2011-12-29T22:00:00Z", "1d") == "2011-12-30T10:00:00Z");
}

TEST_CASE("Casablanca's hour back in Ramadan is a gap and an overlap like others") {
    const Zone casablanca = zone("Africa/Casablanca");
    // Ramadan of 2026: clocks go back on 15 February at 03:00 and forward on 22 March at 02:00.
    CHECK(utc(local(casablanca, "2026-02-10", "12:00")) == "2026-02-10T11:00:00Z");
    CHECK(utc(local(casablanca, "2026-02-15", "02:30")) == "2026-02-15T01:30:00Z");
    CHECK(utc(local(casablanca, "2026-02-20", "12:00")) == "2026-02-20T12:00:00Z");
    CHECK(utc(local(casablanca, "2026-03-22", "02:30")) == "2026-03-22T02:00:00Z");
}

TEST_CASE("Lord Howe's half hour is a gap and an overlap of half an hour") {
    const Zone lord_howe = zone("Australia/Lord_Howe");
    CHECK(utc(local(lord_howe, "2026-04-05", "01:45")) == "2026-04-04T14:45:00Z");
    CHECK(utc(local(lord_howe, "2026-04-05", "02:00")) == "2026-04-04T15:30:00Z");
    CHECK(utc(local(lord_howe, "2026-10-04", "02:15")) == "2026-10-03T15:30:00Z");
    CHECK(utc(local(lord_howe, "2026-10-04", "02:30")) == "2026-10-03T15:30:00Z");
}

TEST_CASE("summer time goes on beyond 2037") {
    CHECK(utc(local(zone("Europe/Prague"), "2040-07-01", "12:00")) == "2040-07-01T10:00:00Z");
    CHECK(utc(local(zone("Europe/Prague"), "2040-01-01", "12:00")) == "2040-01-01T11:00:00Z");
    CHECK(utc(local(zone("America/St_Johns"), "2099-07-01", "12:00")) == "2099-07-01T14:30:00Z");
    CHECK(utc(local(zone("Europe/Prague"), "9998-07-01", "12:00")) == "9998-07-01T10:00:00Z");
    CHECK(utc(local(zone("Australia/Lord_Howe"), "2060-01-01", "12:00")) == "2060-01-01T01:00:00Z");
}

TEST_CASE("a day is a step of the calendar and 24 hours are not") {
    const Zone prague = zone("Europe/Prague");
    CHECK(plus(prague, "2026-03-28T11:00:00Z", "1d") == "2026-03-29T10:00:00Z");
    CHECK(plus(prague, "2026-03-28T11:00:00Z", "24h") == "2026-03-29T11:00:00Z");
    CHECK(plus(prague, "2026-01-31T11:00:00Z", "1mo") == "2026-02-28T11:00:00Z");
    CHECK(plus(prague, "2026-01-31T11:00:00Z", "1mo1d") == "2026-03-01T11:00:00Z");
    CHECK(plus(prague, "2026-03-28T01:30:00Z", "1d") == "2026-03-29T01:00:00Z");
    CHECK(plus(prague, "2026-03-02T11:00:00.25Z", "-1w") == "2026-02-23T11:00:00.25Z");
}

TEST_CASE("seconds that are added do not jump between the two of one local time") {
    const Zone prague = zone("Europe/Prague");
    CHECK(plus(prague, "2026-10-25T01:30:00Z", "10min") == "2026-10-25T01:40:00Z");
    CHECK(plus(prague, "2026-10-25T01:30:00Z", "0s") == "2026-10-25T01:30:00Z");
}

TEST_CASE("nothing is added beyond the calendar") {
    const Zone nairobi = zone("Africa/Nairobi");
    CHECK(plus(nairobi, "9999-12-31T20:59:59Z", "1s") == "9999-12-31T21:00:00Z");
    CHECK(plus(nairobi, "9999-12-30T12:00:00Z", "2d") == "nothing");
    CHECK(plus(nairobi, "9999-12-31T23:59:59.999999Z", "0.000001s") == "nothing");
    CHECK(plus(nairobi, "0001-01-01T00:00:00Z", "-1s") == "nothing");
    CHECK(plus(nairobi, "0001-01-01T00:00:00Z", "-1mo") == "nothing");
    CHECK(plus(nairobi, "2026-01-01T00:00:00Z", "2147483647mo") == "nothing");
    CHECK(plus(nairobi, "2026-01-01T00:00:00Z", "9223372036854.775807s") == "nothing");
}

TEST_CASE("UTC is itself") {
    CHECK(utc(local(Zone::utc(), "2026-03-02", "07:15:04")) == "2026-03-02T07:15:04Z");
    CHECK(Zone::utc().format(at("9999-12-31T23:59:59.9Z")) == "9999-12-31 23:59:59");
    CHECK(Zone::utc().format(at("0001-01-01T00:00:00Z")) == "0001-01-01 00:00");
}
