#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

#include "base/time.h"

using namespace pawl;

namespace {

constexpr std::int64_t second = micros_per_second;
constexpr std::int64_t hour = 3600 * second;

struct Written {
    const char* text;
    Duration duration;
};

}  // namespace

TEST_CASE("a duration is read in the language's form") {
    const Written cases[] = {
        {"30s", {0, 0, 30 * second}},
        {"15min", {0, 0, 900 * second}},
        {"24h", {0, 0, 24 * hour}},
        {"7d", {0, 7, 0}},
        {"2w", {0, 14, 0}},
        {"3mo", {3, 0, 0}},
        {"1y", {12, 0, 0}},
        {"-3d", {0, -3, 0}},
        {"1d12h", {0, 1, 12 * hour}},
        {"-1d12h", {0, -1, -12 * hour}},
        {"1d-12h", {0, 1, -12 * hour}},
        {"-1d+12h", {0, -1, 12 * hour}},
        {"1y2mo1w3d4h5min6.5s", {14, 10, 4 * hour + 306 * second + 500'000}},
        {"0s", {}},
        {"0.25s", {0, 0, 250'000}},
    };
    for (const auto& [text, duration] : cases) {
        CAPTURE(text);
        CHECK(parse_duration(text) == duration);
    }
}

TEST_CASE("a duration is read as ISO 8601") {
    const Written cases[] = {
        {"P1DT12H", {0, 1, 12 * hour}},
        {"PT15M", {0, 0, 900 * second}},
        {"P3M", {3, 0, 0}},
        {"P2W", {0, 14, 0}},
        {"P1Y2M3DT4H5M6.5S", {14, 3, 4 * hour + 306 * second + 500'000}},
        {"PT0,5S", {0, 0, 500'000}},
        {"PT0S", {}},
        {"-P1DT12H", {0, -1, -12 * hour}},
        {"P1DT-12H", {0, 1, -12 * hour}},
        {"-P1DT-12H", {0, -1, 12 * hour}},
    };
    for (const auto& [text, duration] : cases) {
        CAPTURE(text);
        CHECK(parse_duration(text) == duration);
    }
}

TEST_CASE("a duration that could be misread is refused") {
    for (const char* text : {"",        "-",
                             "+3d",     "5",
                             "5m",      "5M",
                             "5 h",     "5H",
                             "h",       "1h1h",
                             "12h1d",   "1d12",
                             "1.5d",    "1.5h",
                             "1.s",     ".5s",
                             "5sec",    "5minutes",
                             "5months", "--3d",
                             "1d--3h",  "3d ",
                             " 3d",     "P",
                             "PT",      "P1DT",
                             "P1H",     "PT1D",
                             "P1D1Y",   "P1.5D",
                             "PT1H1H",  "p1d",
                             "+P1D",    "P-",
                             "1",       "P1",
                             "P1D ",    "99999999999999999999s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a duration that is too long to hold is refused") {
    CHECK(parse_duration("2147483647d"));
    CHECK_FALSE(parse_duration("2147483648d"));
    CHECK(parse_duration("-2147483648d"));
    CHECK(parse_duration("9223372036854.775807s"));
    CHECK_FALSE(parse_duration("9223372036854.775808s"));
    CHECK_FALSE(parse_duration("178956971y"));
    CHECK_FALSE(parse_duration("9223372036854775807h"));
    CHECK_FALSE(parse_duration("306783379w"));
}

TEST_CASE("a duration is written in the language's form") {
    CHECK(format_duration({}) == "0s");
    CHECK(format_duration({1, 3, 12 * hour}) == "1mo3d12h");
    CHECK(format_duration({14, 0, 0}) == "1y2mo");
    CHECK(format_duration({0, 14, 0}) == "14d");
    CHECK(format_duration({0, 0, 48 * hour}) == "48h");
    CHECK(format_duration({0, 0, 5400 * second}) == "1h30min");
    CHECK(format_duration({0, 0, -250'000}) == "-0.25s");
    CHECK(format_duration({0, -1, -12 * hour}) == "-1d12h");
    CHECK(format_duration({0, -1, 12 * hour}) == "-1d+12h");
    CHECK(format_duration_iso({}) == "PT0S");
    CHECK(format_duration_iso({1, 3, 12 * hour}) == "P1M3DT12H");
    CHECK(format_duration_iso({0, 1, -12 * hour}) == "P1DT-12H");
    CHECK(format_duration_iso({-14, 0, 1}) == "P-1Y-2MT0.000001S");
}

TEST_CASE("what is written is read back, at the ends too") {
    constexpr auto int_max = std::numeric_limits<std::int32_t>::max();
    constexpr auto int_min = std::numeric_limits<std::int32_t>::min();
    constexpr auto long_max = std::numeric_limits<std::int64_t>::max();
    constexpr auto long_min = std::numeric_limits<std::int64_t>::min();
    for (const std::int32_t months : {0, 1, 13, -1, int_max, int_min}) {
        for (const std::int32_t days : {0, 8, -8, int_max, int_min}) {
            for (const std::int64_t micros : {std::int64_t{0}, second, -second, 3'661 * second,
                                              std::int64_t{1}, long_max, long_min}) {
                const Duration duration{months, days, micros};
                CAPTURE(format_duration(duration));
                CHECK(parse_duration(format_duration(duration)) == duration);
                CHECK(parse_duration(format_duration_iso(duration)) == duration);
            }
        }
    }
}

TEST_CASE("durations are added and scaled part by part") {
    CHECK(add(Duration{1, 2, 3}, Duration{10, -20, 30}) == Duration{11, -18, 33});
    CHECK(scale({1, 2, 3}, -2) == Duration{-2, -4, -6});
    CHECK_FALSE(add(Duration{0, std::numeric_limits<std::int32_t>::max(), 0}, Duration{0, 1, 0}));
    CHECK_FALSE(scale({0, 1, 0}, std::int64_t{1} << 31));
    CHECK_FALSE(scale({0, 0, 2}, std::numeric_limits<std::int64_t>::max()));
}
