#include "bench/turns/run_watch.h"

#include <catch2/catch.hpp>

#include <chrono>

using namespace pawl;
using namespace pawl::bench;

namespace {

Instant wall_now() { return {wall_micros()}; }

void begin_run(RunWatch& watch, engine::RunNumber run, Instant until) {
    watch.hear({{}, 0, engine::EventHappened{"deposit", "deposit-0000000003", "", false}});
    watch.hear({{}, run, engine::Fired{}});
    watch.hear({{}, run, engine::Waited{until, {}}});
}

void end_run(RunWatch& watch, engine::RunNumber run,
             engine::EndStatus status = engine::EndStatus::success) {
    engine::Ended ended;
    ended.status = status;
    watch.hear({{}, run, std::move(ended)});
}

}  // namespace

TEST_CASE("a run's steps are timed from its event and from the instant it waited for") {
    RunWatch watch;
    watch.event_leaves(3, Clock::now() - std::chrono::seconds(100));
    const Instant due{wall_now().micros - 50'000'000};
    begin_run(watch, 17, due);
    CHECK(watch.waiting() == 1);
    CHECK(watch.first_steps().percentile_ms(1) >= 100'000);
    CHECK(watch.first_steps().percentile_ms(1) < 200'000);
    end_run(watch, 17);
    CHECK(watch.lateness().percentile_ms(1) >= 50'000);
    CHECK(watch.lateness().percentile_ms(1) < 100'000);
    CHECK(watch.wait_for_ended(1));
}

TEST_CASE("runs that do not wait, and ends that come twice, are not counted") {
    RunWatch watch;
    watch.event_leaves(3, Clock::now());
    end_run(watch, 5);
    begin_run(watch, 17, wall_now());
    watch.hear({{}, 18, engine::Fired{}});
    end_run(watch, 18);
    CHECK(watch.ended() == 0);
    end_run(watch, 17, engine::EndStatus::failed);
    end_run(watch, 17);
    CHECK(watch.ended() == 1);
    CHECK(watch.failed() == 1);
    // Of one event one run is timed.
    CHECK(watch.first_steps().count() == 1);
}

TEST_CASE("a round too short for a steady rate counts what was not mere waiting") {
    RunWatch watch;
    const Clock::time_point begin = Clock::now() - std::chrono::milliseconds(1'500);
    watch.event_leaves(3, begin);
    watch.begin_round(begin);
    begin_run(watch, 1, wall_now());
    end_run(watch, 1);
    CHECK_FALSE(watch.steady());
    // It began after its second already: nothing of the time was waiting.
    CHECK(watch.busy_seconds() >= 1.5);

    RunWatch other;
    const Clock::time_point now = Clock::now();
    other.begin_round(now);
    begin_run(other, 1, wall_now());
    end_run(other, 1);
    CHECK(other.busy_seconds() < 0.5);
}

TEST_CASE("a steady rate is of what both began and ended after two seconds") {
    RunWatch watch;
    watch.begin_round(Clock::now() - std::chrono::seconds(10));
    for (engine::RunNumber run = 1; run <= 12; ++run) begin_run(watch, run, wall_now());
    for (engine::RunNumber run = 1; run <= 11; ++run) end_run(watch, run);
    begin_run(watch, 13, wall_now());
    const auto steady = watch.steady();
    REQUIRE(steady);
    CHECK(steady->seconds >= 8);
    CHECK(steady->runs == 11);
}
