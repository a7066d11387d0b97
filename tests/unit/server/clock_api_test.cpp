#include <catch2/catch.hpp>

#include "server_world.h"

// The clock, journeys and previews, as the API tells them.

namespace pawl::server {

namespace {

const Instant noon{1'772'452'800'000'000};  // 2026-03-02T12:00:00Z

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a clock that jumped is told, and accepted once") {
    World world;
    world.runtime.told.now = noon;
    CHECK(world.ask(get("/api/clock")).body == R"({"now":"2026-03-02T12:00:00Z","is_held":false})");
    CHECK(world.ask(get("/readyz")).body == R"({"status":"ready"})");
    CHECK(holds(world.ask(get("/metrics")).body, "\npawl_clock_held 0\n"));

    world.runtime.told.clock_jump_micros = 7'200'000'000;
    CHECK(world.ask(get("/api/clock")).body ==
          R"({"now":"2026-03-02T12:00:00Z","is_held":true,"machine":"2026-03-02T14:00:00Z",)"
          R"("jump_seconds":7200})");
    const Answer ready = world.ask(get("/readyz"));
    CHECK(ready.status == 200);  // events still come in
    CHECK(ready.body == R"({"status":"ready","clock":"held"})");
    const std::string metrics = world.ask(get("/metrics")).body;
    CHECK(holds(metrics, "\npawl_clock_held 1\n"));
    CHECK(holds(metrics, "\npawl_clock_jump_seconds 7200\n"));

    CHECK(world.ask(get("/api/clock/accept")).status == 405);
    CHECK(world.ask(post("/api/clock/accept", "")).body ==
          R"({"accepted":true,"now":"2026-03-02T14:00:00Z","is_held":false})");
    CHECK(world.ask(post("/api/clock/accept", "")).body ==
          R"({"accepted":false,"now":"2026-03-02T14:00:00Z","is_held":false})");
}

TEST_CASE("a clock that was set beyond the calendar is told all the same") {
    World world;
    world.runtime.told.now = noon;
    world.runtime.told.clock_jump_micros = 9'000'000'000'000'000'000 - noon.micros;
    const std::string told = world.ask(get("/api/clock")).body;
    CHECK(holds(told, R"("is_held":true,"jump_seconds":)"));
    CHECK_FALSE(holds(told, "machine"));
}

TEST_CASE("metrics tell how late what was due had its turn") {
    World world;
    world.runtime.told.due_turns = 7;
    world.runtime.told.lateness.within[0] = 4;
    world.runtime.told.lateness.within[3] = 2;
    world.runtime.told.lateness.within.back() = 1;
    world.runtime.told.lateness.seconds = 4'000.5;
    const std::string metrics = world.ask(get("/metrics")).body;
    INFO(metrics);
    CHECK(holds(metrics, "\npawl_due_turns_total 7\n"));
    CHECK(holds(metrics, "\n# TYPE pawl_due_late_seconds histogram\n"));
    CHECK(holds(metrics, "\npawl_due_late_seconds_bucket{le=\"0.001\"} 4\n"));
    CHECK(holds(metrics, "\npawl_due_late_seconds_bucket{le=\"0.005\"} 4\n"));
    CHECK(holds(metrics, "\npawl_due_late_seconds_bucket{le=\"0.01\"} 6\n"));
    CHECK(holds(metrics, "\npawl_due_late_seconds_bucket{le=\"3600\"} 6\n"));
    CHECK(holds(metrics, "\npawl_due_late_seconds_bucket{le=\"+Inf\"} 7\n"));
    CHECK(holds(metrics, "\npawl_due_late_seconds_sum 4000.5\npawl_due_late_seconds_count 7\n"));
}

TEST_CASE("a preview answers what would happen, or why the input would not go in") {
    World world;
    world.runtime.to_preview->happenings = {R"({"kind":"set","at":"x"})", R"({"kind":"end"})"};
    const Answer told = world.ask(post("/api/preview", event("a")));
    CHECK(told.status == 200);
    CHECK(told.body == R"({"happenings":[{"kind":"set","at":"x"},{"kind":"end"}]})");
    CHECK(world.runtime.previewed == std::vector<std::string>{event("a")});
    CHECK(world.runtime.seen.empty());

    world.runtime.to_preview->refused = engine::Refused{"x", "a", "data.by", "PW0911", "nobody"};
    const Answer refused = world.ask(post("/api/preview", event("b")));
    CHECK(refused.status == 422);
    CHECK(refused.body == R"({"code":"PW0911","field":"data.by","message":"nobody"})");

    CHECK(world.ask(post("/api/preview", " \n")).status == 400);
    CHECK(world.ask(get("/api/preview")).status == 405);
    world.runtime.to_preview.reset();
    const Answer stopping = world.ask(post("/api/preview", event("c")));
    CHECK(stopping.status == 503);
    CHECK(code_of(stopping) == "stopping");
}

TEST_CASE("the journeys of a rulebook are told with their steps and its zone") {
    World world;
    CHECK(world.ask(get("/api/journeys")).body == R"({"items":[],"timezone":"UTC"})");
    rules::Program program = make_program();
    program.header.timezone = "Africa/Nairobi";
    rules::Journey journey;
    journey.name = "delivery";
    journey.title = "Delivery";
    journey.entity = project;
    journey.steps.resize(2);
    journey.steps[0].name = "pack";
    journey.steps[1].name = "send";
    program.journeys.push_back(journey);
    ServerOptions options;
    options.port = 0;
    auto server = Server::start(program, world.runtime, world.store, options);
    REQUIRE(server);
    CHECK(Client((*server)->port()).ask(get("/api/journeys")).body ==
          R"({"items":[{"name":"delivery","title":"Delivery","entity":"project",)"
          R"("steps":["pack","send"]}],"timezone":"Africa/Nairobi"})");
    (*server)->stop();
}

}  // namespace pawl::server
