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

TEST_CASE("bench timers tells its figures, and that no timer was lost or doubled") {
    const Workplace place;
    const Finished done = place.pawl({"bench", "timers", "--pending", "2000", "--due-in-one-second",
                                      "200", "--data", "data", "--ready-rounds", "1", "--json"});
    INFO(done.err);
    REQUIRE(done.exit == 0);
    const Result<Json> json = parse_json(done.out);
    REQUIRE(json);
    CHECK(number_of(*json, "pending") == 2'000);
    CHECK(number_of(*json, "due_in_one_second") == 200);
    CHECK(number_of(*json, "lost") == 0);
    CHECK(number_of(*json, "doubled") == 0);
    for (const char* name : {"insert_per_s", "bytes_per_timer", "runs_insert_per_s",
                             "bytes_per_run", "rss_bytes", "ready_ms", "first_ack_ms"}) {
        CHECK(number_of(*json, name) > 0);
    }
    // Runs are due throughout the second, and for so long events come.
    CHECK(number_of(*json, "storm_seconds") > 0.5);
    CHECK(number_of(*json, "acks_during_storm") >= 50);
    for (const char* name : {"late_ms", "ack_ms_during_storm"}) {
        const Json* percentiles = json->find(name);
        REQUIRE(percentiles);
        CHECK(number_of(*percentiles, "p50") > 0);
        CHECK(number_of(*percentiles, "p99") >= number_of(*percentiles, "p50"));
    }
    CHECK(place.has("data/pawl.db"));
    const Finished again = place.pawl({"bench", "timers", "--pending", "10", "--data", "data"});
    CHECK(again.exit == 2);
    CHECK_THAT(again.err, Contains("holds a store"));
}

TEST_CASE("bench timers refuses what it cannot measure") {
    const Workplace place;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--pending", "0"}, {"--due-in-one-second", "0"}}) {
        std::vector<std::string> all = {"bench", "timers"};
        all.insert(all.end(), words.begin(), words.end());
        INFO(words[0]);
        CHECK(place.pawl(all).exit == 2);
    }
}
