#include "engine/internal/value_window.h"

#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "base/limits.h"
#include "sample_program.h"

namespace pawl::engine {

using rules::Value;

namespace {

constexpr Duration hour{0, 0, 3'600 * micros_per_second};

Instant minutes(std::int64_t count) { return {count * 60 * micros_per_second}; }

}  // namespace

TEST_CASE("a value belongs to the window until the window begins after its end") {
    ValueWindow window({.highest = true, .lowest = true});
    window.note(Value::integer(70), minutes(0));
    window.note(Value::integer(50), minutes(30));
    window.move_on({minutes(60).micros - 1}, hour, Zone::utc());
    CHECK(window.highest() == Value::integer(70));
    CHECK(window.lowest() == Value::integer(50));
    window.move_on(minutes(60), hour, Zone::utc());
    CHECK(window.highest() == Value::integer(50));
    window.move_on(minutes(90), hour, Zone::utc());
    CHECK(window.highest().is_missing());
    CHECK(window.lowest().is_missing());
}

TEST_CASE("a window knows the highest and lowest of what it holds, as it is read back") {
    const rules::Program program = sample::make_program();
    std::mt19937 random(20260302);
    for (int round = 0; round < 20; ++round) {
        ValueWindow window({.highest = true, .lowest = true});
        std::deque<std::pair<std::int64_t, std::int64_t>> values;  // until which minute, value
        std::int64_t now = 0;
        for (int i = 0; i < 200; ++i) {
            now += static_cast<std::int64_t>(random() % 15);
            const auto value = static_cast<std::int64_t>(random() % 40);
            window.move_on(minutes(now), hour, Zone::utc());
            window.note(Value::integer(value), minutes(now));
            values.emplace_back(now, value);
            while (values.front().first + 60 <= now) values.pop_front();
            std::int64_t high = value, low = value;
            for (const auto& [until, each] : values) {
                high = std::max(high, each);
                low = std::min(low, each);
            }
            INFO("round " << round << ", change " << i);
            REQUIRE(window.highest() == Value::integer(high));
            REQUIRE(window.lowest() == Value::integer(low));
            window.has_fired = i % 2 == 0;
            ValueWindow again({.highest = true, .lowest = true});
            again.decode(window.encode(program.schema), program.schema);
            CHECK(again.has_fired == window.has_fired);
            window = again;
        }
    }
}

TEST_CASE("of a window with too many values the two oldest count as one") {
    const rules::Program program = sample::make_program();
    const auto most = static_cast<std::int64_t>(limits::window_values_max);
    ValueWindow window({.highest = true, .lowest = false});
    for (std::int64_t i = 0; i < most; ++i) window.note(Value::integer(10'000 - i), minutes(i));
    ValueWindow full = window;
    full.move_on(minutes(60), hour, Zone::utc());
    CHECK(full.highest() == Value::integer(9'999));
    // One more: the first is taken to have lasted as long as the second.
    window.note(Value::integer(0), minutes(most));
    ValueWindow more = window;
    more.move_on(minutes(60), hour, Zone::utc());
    CHECK(more.highest() == Value::integer(10'000));
    more.move_on(minutes(61), hour, Zone::utc());
    CHECK(more.highest() == Value::integer(9'998));
}

TEST_CASE("what no window wrote is an empty one") {
    const rules::Program program = sample::make_program();
    for (const char* text : {"", "x", "[]", R"({"high":["i1"]})", R"({"high":["i1","i2"]})"}) {
        ValueWindow window({.highest = true, .lowest = true});
        window.decode(text, program.schema);
        CHECK(window.highest().is_missing());
        CHECK_FALSE(window.has_fired);
    }
}

}  // namespace pawl::engine
