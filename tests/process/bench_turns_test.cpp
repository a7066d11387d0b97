#include <catch2/catch.hpp>

#include "base/json.h"
#include "process.h"

using namespace pawl;
using namespace pawl::process;
using Catch::Matchers::Contains;

// No time is looked at: only that every figure is there, and that the counts are right.

namespace {

double number_of(const Json& json, std::string_view name) {
    INFO(std::string(name));
    const Json* member = json.find(name);
    REQUIRE(member);
    return std::stod(member->text);
}

}  // namespace

TEST_CASE("bench turns has a timer in each run, and tells when it was waited out") {
    const Workplace place;
    const Finished done = place.pawl({"bench", "turns", "--runs", "200", "--in-flight", "8",
                                      "--data", "data", "--ready-rounds", "0", "--json"});
    INFO(done.err);
    REQUIRE(done.exit == 0);
    const Result<Json> json = parse_json(done.out);
    REQUIRE(json);
    CHECK(number_of(*json, "runs") == 200);
    CHECK(number_of(*json, "lost") == 0);
    CHECK(number_of(*json, "doubled") == 0);
    // The last run waits for a second, and so few have no steady rate.
    CHECK(number_of(*json, "seconds") >= 1);
    CHECK(number_of(*json, "steady_seconds") == 0);
    CHECK(number_of(*json, "runs_per_s") > 0);
    // An input and its key, a run, five log rows, two changes and the record itself; and five
    // writes of the run's place, its timer and its row, the last three not of the last tenth of the
    // runs.
    CHECK(number_of(*json, "rows_per_run") >= 15);
    CHECK(number_of(*json, "rows_per_run") < 17.5);
    for (const char* name : {"ack_ms", "first_step_ms", "timer_late_ms"}) {
        INFO(std::string(name));
        const Json* percentiles = json->find(name);
        REQUIRE(percentiles);
        CHECK(number_of(*percentiles, "p50") > 0);
        CHECK(number_of(*percentiles, "p99") >= number_of(*percentiles, "p50"));
    }
    for (const char* name : {"growth_bytes_per_run", "yardstick_rows_per_s", "ratio"}) {
        CHECK(number_of(*json, name) > 0);
    }
    CHECK(place.has("data/book.pawl"));
}

TEST_CASE("bench turns tells its figures, and that nothing was lost or doubled") {
    const Workplace place;
    for (const std::string through : {"core", "http"}) {
        INFO(through);
        const Finished done =
            place.pawl({"bench", "turns", "--no-wait", "--runs", "300", "--in-flight", "8",
                        "--through", through, "--data", through, "--ready-rounds",
                        through == "core" ? "1" : "0", "--json"});
        INFO(done.err);
        REQUIRE(done.exit == 0);
        const Result<Json> json = parse_json(done.out);
        REQUIRE(json);
        CHECK(number_of(*json, "runs") == 300);
        CHECK(number_of(*json, "lost") == 0);
        CHECK(number_of(*json, "doubled") == 0);
        // An input and its key, a run, three log rows, a change and the record itself.
        CHECK(number_of(*json, "rows_per_run") >= 8);
        CHECK(number_of(*json, "rows_per_run") < 12);
        for (const char* name : {"seconds", "runs_per_s", "runs_per_group", "growth_bytes_per_run",
                                 "yardstick_rows_per_s", "ratio"}) {
            CHECK(number_of(*json, name) > 0);
        }
        CHECK((json->find("bare_http_per_s") != nullptr) == (through == "http"));
        for (const char* name : {"idle_rss_bytes", "ready_ms", "store_bytes"}) {
            CHECK((json->find(name) != nullptr) == (through == "core"));
        }
        CHECK(place.has(through + "/pawl.db"));
        CHECK_FALSE(place.has(through + "/yardstick.db"));
    }
    const Finished again = place.pawl({"bench", "turns", "--runs", "10", "--data", "core"});
    CHECK(again.exit == 2);
    CHECK_THAT(again.err, Contains("holds a store"));

    const Finished ready = place.pawl(
        {"bench", "ready", "core/book.pawl", "--data", "core", "--rounds", "1", "--json"});
    INFO(ready.err);
    CHECK(ready.exit == 0);
    CHECK_THAT(ready.out, Contains("\"ready_ms\":"));
}

TEST_CASE("bench turns at a rate has no ratio, and leaves no folder behind") {
    const Workplace place;
    const Finished done = place.pawl({"bench", "turns", "--no-wait", "--runs", "50", "--rate",
                                      "500", "--ready-rounds", "0", "--json"});
    INFO(done.err);
    REQUIRE(done.exit == 0);
    CHECK_THAT(done.out, Contains("\"lost\":0") && !Contains("\"ratio\""));
    CHECK(place.shell("ls").out.empty());
}

TEST_CASE("bench turns refuses what it cannot measure") {
    const Workplace place;
    for (const std::vector<std::string>& words : {std::vector<std::string>{"--runs", "0"},
                                                  {"--in-flight", "0"},
                                                  {"--through", "air"},
                                                  {"--through", "http", "--in-flight", "5000"},
                                                  {"--accounts", "1"},
                                                  {"--rate", "-1"}}) {
        std::vector<std::string> all = {"bench", "turns"};
        all.insert(all.end(), words.begin(), words.end());
        INFO(words[0]);
        CHECK(place.pawl(all).exit == 2);
    }
}
