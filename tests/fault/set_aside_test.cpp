#include <algorithm>
#include <catch2/catch.hpp>

#include "base/time.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/serving.h"
#include "tests/fault/store_scenario.h"

// Something that is due and at which the engine stops, again and again, whatever it is.

namespace pawl::fault {

namespace {

// A minute before the clocks of the book strike.
const Instant begin = parse_instant("2026-03-02T06:59:00Z").value();

std::string after(std::int64_t seconds) {
    return std::to_string(begin.micros + seconds * micros_per_second);
}

std::string event(const std::string& id) {
    return R"(!{"specversion":"1.0","id":")" + id +
           R"(","source":"/fault","type":"began","data":{"lane":1}})";
}

// What is due so long after the event, and the trace that it leaves.
struct Planted {
    std::int64_t seconds = 0;
    std::string trace;
    // What became of it, of all runs and of the journey's step.
    std::vector<std::string> failed_rules;
    std::string step = "done";
};

// How often an engine stopped until one had done all that was due.
int live_until_drained(const Folder& folder, const Planted& planted, const std::string& times) {
    int stops = 0;
    for (;; ++stops) {
        REQUIRE(stops < 10);
        Child engine(Served::words(
            folder.path(),
            {"--clock", after(400), "--stop-at-due", after(planted.seconds), "--stop-times", times},
            "alarms"));
        // An engine may stop before it is ready: it begins with what is due.
        const bool is_through =
            engine.read_line() == "ready" && engine.send("?") && engine.read_line() == "drained";
        if (is_through) {
            engine.end_input();
            CHECK(engine.read_line().value_or("").starts_with("stopped"));
            CHECK(engine.wait() == 0);
            return stops;
        }
        REQUIRE(engine.wait() == 9);
    }
}

}  // namespace

TEST_CASE("what is due and stops the engine again and again is set aside, and the rest goes on") {
    const Planted planted = GENERATE(values<Planted>({
        {10, "woken", {"waits"}},
        {20, "reminded", {}},
        {30, "settled", {}},
        {40, "silent", {}},
        {50, "unfollowed", {}},
        {60, "struck", {}},
        {65, "looked", {"tour"}, "failed"},
        {90, "in_turn", {"in_turn"}},
        {120, "swept", {}},
    }));
    // At its third stop not even what it sets off is looked at.
    const std::string times = GENERATE("2", "3");
    CAPTURE(planted.trace, times);
    const Folder folder;
    {
        Served engine(folder.path(), {"--clock", after(0)}, "alarms");
        REQUIRE(engine.send(event("e1")));
        REQUIRE(engine.read_line() == "e1 accepted");
        engine.stop();
    }
    CHECK(live_until_drained(folder, planted, times) == std::stoi(times));
    const bool is_least = times == "3";

    Connection connection(folder.database(), "");
    std::vector<std::string> traces = {"ended",    "in_turn",    "left",   "looked",
                                       "reminded", "settled",    "silent", "struck",
                                       "swept",    "unfollowed", "woken"};
    std::erase(traces, planted.trace);
    CHECK(connection.read("SELECT kind FROM entity_trace ORDER BY kind") == traces);
    if (!is_least) {
        CHECK(connection.read("SELECT rule FROM run WHERE status = 'failed'") ==
              planted.failed_rules);
        CHECK(connection.read("SELECT count(*) FROM waiting_run") == std::vector<std::string>{"0"});
    }
    // Of a journey only the step is lost at which the engine stopped.
    CHECK(connection.read("SELECT state FROM entity_scheduled_step ORDER BY key") ==
          std::vector<std::string>{planted.step, "done"});
    CHECK(connection.read("SELECT (SELECT count(*) FROM timer) + count(*) FROM timer_later") ==
          std::vector<std::string>{"0"});
    const auto log = connection.read(
        "SELECT error FROM automation_log WHERE \"trigger\" = 'due' AND action = "
        "'set aside'");
    REQUIRE(log.size() == 1);
    CHECK_THAT(log[0], Catch::Matchers::Contains("stopped at it " + times + " times"));
    const auto alerts = connection.read("SELECT title FROM entity_notification");
    REQUIRE(alerts.size() == 1);
    CHECK_THAT(alerts[0], Catch::Matchers::Contains("set aside"));
    CHECK(connection.check() == "ok");
}

}  // namespace pawl::fault
