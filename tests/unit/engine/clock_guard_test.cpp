#include "engine/internal/clock_guard.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>

#include "base/limits.h"

// What the engine takes for the time while the wall clock is set: meaning.md 6.

namespace pawl::engine {

namespace {

constexpr std::int64_t second = micros_per_second;
constexpr std::int64_t hour = 3'600 * second;
constexpr std::int64_t most = limits::clock_jump_micros_max;

// A wall that can be set, and a count that only grows.
struct Clocks {
    Instant wall{1'772'434'800 * second};
    std::int64_t steady = 77;
    ClockGuard guard{[this] { return wall; }, [this] { return steady; }};

    Clocks() { guard.now(); }

    void pass(std::int64_t micros) {
        wall.micros += micros;
        steady += micros;
    }
    void set_by(std::int64_t micros) { wall.micros += micros; }
};

}  // namespace

TEST_CASE("a wall that goes as time does is believed, over a long while too") {
    Clocks clocks;
    for (const std::int64_t micros : {std::int64_t{1}, second, hour, 9'000 * hour}) {
        clocks.pass(micros);
        CHECK(clocks.guard.now() == clocks.wall);
        CHECK_FALSE(clocks.guard.jump_micros());
    }
}

TEST_CASE("a wall that is set by as much as clocks are set is believed, one that jumps is not") {
    const std::int64_t direction = GENERATE(1, -1);
    Clocks clocks;
    clocks.pass(second);
    SECTION("just so far") {
        clocks.set_by(direction * most);
        CHECK(clocks.guard.now() == clocks.wall);
        CHECK_FALSE(clocks.guard.jump_micros());
    }
    SECTION("one microsecond further") {
        const Instant before = clocks.guard.now();
        clocks.set_by(direction * (most + 1));
        CHECK(clocks.guard.now() == before);
        CHECK(clocks.guard.jump_micros() == direction * (most + 1));
    }
    SECTION("so far, and again: each time by as much as clocks are set") {
        for (int i = 0; i < 3; ++i) {
            clocks.set_by(direction * most);
            CHECK(clocks.guard.now() == clocks.wall);
        }
        CHECK_FALSE(clocks.guard.jump_micros());
    }
}

TEST_CASE("while a jump is not believed, time goes on as it was") {
    const std::int64_t jump = GENERATE(240 * hour, -240 * hour);
    Clocks clocks;
    const Instant before = clocks.guard.now();
    clocks.set_by(jump);
    for (std::int64_t passed = second; passed <= 3 * second; passed += second) {
        clocks.pass(second);
        CHECK(clocks.guard.now() == Instant{before.micros + passed});
        CHECK(clocks.guard.jump_micros() == jump);
    }
    SECTION("set right again, the wall is believed again, where it is exact") {
        clocks.set_by(-jump + 250'000);
        CHECK(clocks.guard.now() == clocks.wall);
        CHECK_FALSE(clocks.guard.jump_micros());
    }
    SECTION("set once more, but not right, it is not") {
        clocks.set_by(-jump / 2);
        CHECK(clocks.guard.now() == Instant{before.micros + 3 * second});
        CHECK(clocks.guard.jump_micros() == jump / 2);
    }
    SECTION("accepted, the wall is right, and is watched from there on") {
        clocks.guard.accept();
        CHECK(clocks.guard.now() == clocks.wall);
        CHECK_FALSE(clocks.guard.jump_micros());
        clocks.pass(hour);
        CHECK(clocks.guard.now() == clocks.wall);
        clocks.set_by(-jump);
        CHECK(clocks.guard.now() == Instant{clocks.wall.micros + jump});
        CHECK(clocks.guard.jump_micros() == -jump);
    }
}

TEST_CASE("without a count that only grows the wall is believed") {
    Instant wall{second};
    ClockGuard guard([&wall] { return wall; }, nullptr);
    for (const std::int64_t micros : {second, 9'000 * hour, -9'000 * hour}) {
        wall.micros = micros;
        CHECK(guard.now() == wall);
        CHECK_FALSE(guard.jump_micros());
    }
    guard.accept();
    CHECK(guard.now() == wall);
}

}  // namespace pawl::engine
