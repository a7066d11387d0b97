#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../engine/store_folder.h"
#include "base/diagnostic_render.h"
#include "base/log.h"
#include "dsl/compile.h"
#include "engine/happening_json.h"
#include "server_world.h"

// The server over the engine and the store as they are.

namespace pawl::server {

namespace {

constexpr std::string_view rulebook = R"(
rulebook vault
  pawl 1
  timezone Africa/Nairobi
  currency KES
end

channel email
end

entity profile
  full_name text
  email     email ?
  pin       secret text ?
end

event pin_given about profile
  profile  required -> profile
  pin      secret text
end

event pin_asked about profile
  profile  required -> profile
end

rule keep_pin
  when pin_given as given
  then
    set given.profile.pin to given.pin
    log "{{given.profile.full_name}} has a pin"
end

rule tell_pin
  when pin_asked as asked
  then
    send email pin_letter to asked.profile with profile: asked.profile
end

template email pin_letter (profile: profile)
  subject "Your pin"
  body    "It is {{profile.pin}}"
end
)";

rules::Program compiled(std::string_view text) {
    SourceSet sources;
    sources.add("book.pawl", std::string(text));
    dsl::Compilation made = dsl::compile(sources);
    for (const Diagnostic& each : made.diagnostics) UNSCOPED_INFO(each.message);
    REQUIRE(made.program);
    return std::move(*made.program);
}

struct EngineWorld {
    explicit EngineWorld(engine::RuntimeOptions options = {}) {
        options.clock = [this] { return Instant{micros.fetch_add(1'000'000)}; };
        runtime = engine::Runtime::start(program, *store, std::move(options));
        ServerOptions server_options;
        server_options.port = 0;
        auto started = Server::start(program, *runtime, *store, server_options);
        REQUIRE(started);
        server = std::move(*started);
    }
    ~EngineWorld() {
        server->stop();
        runtime->stop();
    }
    Answer ask(std::string_view request) { return Client(server->port()).ask(request); }
    Answer send(std::string_view type, std::string_view id, std::string_view data) {
        return ask(post("/api/events?wait=processed",
                        R"({"specversion":"1.0","source":"/t","id":")" + std::string(id) +
                            R"(","type":")" + std::string(type) + R"(","data":)" +
                            std::string(data) + "}"));
    }

    std::atomic<std::int64_t> micros{1'772'452'800'000'000};
    const rules::Program program = compiled(rulebook);
    const engine::StoreFolder folder;
    const std::unique_ptr<engine::SqliteStore> store = folder.open(program);
    std::unique_ptr<engine::Runtime> runtime;
    std::unique_ptr<Server> server;
};

constexpr std::string_view asha =
    R"({"entity":"profile","id":"asha","values":{"full_name":"Asha","email":"asha@example.com"}})";

}  // namespace

TEST_CASE("what goes in through the API comes out of it") {
    EngineWorld world;
    CHECK(world.send("pawl.create", "c1", asha).body ==
          R"({"results":[{"index":0,"id":"c1","status":"accepted"}]})");
    CHECK(world.send("pawl.create", "c1", asha).body ==
          R"({"results":[{"index":0,"id":"c1","status":"duplicate"}]})");
    CHECK(world.send("pawl.create", "c1", R"({"entity":"profile","values":{}})")
              .body.find(R"("status":"conflict")") != std::string::npos);
    CHECK(world.send("nothing_known", "n1", "{}").body.find(R"("status":"refused")") !=
          std::string::npos);
    CHECK(world.send("pin_given", "g1", R"({"profile":"asha","pin":"4711-0042"})")
              .body.find("accepted") != std::string::npos);

    CHECK(world.ask(get("/api/entities/profile/asha")).body.find(R"("pin":"•••")") !=
          std::string::npos);
    CHECK(world.ask(get("/api/entities/profile?full_name=Asha")).body.find(R"("id":"asha")") !=
          std::string::npos);
    const Answer runs = world.ask(get("/api/runs?rule=keep_pin"));
    CHECK(runs.body.find(R"({"items":[{"id":"r1","rule":"keep_pin","status":"success")") == 0);
    const Answer run = world.ask(get("/api/runs/r1"));
    INFO(run.body);
    CHECK(run.status == 200);
    CHECK(run.body.find(R"("log":[{"id":"automation_log-)") != std::string::npos);

    const Answer events = world.ask(get("/api/export/events"));
    INFO(events.body);
    CHECK(events.is_whole);
    CHECK(std::count(events.body.begin(), events.body.end(), '\n') == 2);
    CHECK(events.body.find(R"("pawlat":"2026-03-02T12:0)") != std::string::npos);
    const Answer state = world.ask(get("/api/export/state"));
    CHECK(parse_json(state.body));
    CHECK(state.body.find(R"("full_name":"Asha")") != std::string::npos);
    const Answer before = world.ask(get("/api/export/state?at=2026-03-01T00:00:00Z"));
    INFO(before.body);
    CHECK(before.body.find("Asha") == std::string::npos);
    const Answer ahead = world.ask(get("/api/export/state?at=2026-04-01T00:00:00Z"));
    CHECK(ahead.status == 400);
    CHECK(ahead.body.find(R"("code":"not_yet")") != std::string::npos);

    CHECK(world.ask(get("/api/parked")).body == R"({"items":[]})");
    CHECK(world.ask(get("/metrics")).body.find("pawl_events_total{status=\"accepted\"} 2\n") !=
          std::string::npos);
}

TEST_CASE("a person is erased through the API") {
    EngineWorld world;
    world.send("pawl.create", "c1", asha);
    CHECK(world.ask(post("/api/erase", R"({"entity":"profile"})")).status == 400);
    CHECK(world.ask(post("/api/erase", R"({"entity":"profile","id":"nobody"})")).status == 404);
    const Answer erased = world.ask(post("/api/erase", R"({"entity":"profile","id":"asha"})"));
    INFO(erased.body);
    CHECK(erased.status == 200);
    CHECK(parse_json(erased.body));
    CHECK(world.ask(get("/api/entities/profile/asha")).body.find("Asha") == std::string::npos);
    CHECK(world.ask(get("/api/export/events")).body.find("asha@example.com") == std::string::npos);
    CHECK(world.ask(post("/api/erase/profile/asha", "")).status == 200);  // finds nothing more
}

TEST_CASE("the value of a secret is in no log and in no answer") {
    constexpr std::string_view secret = "4711-0042";
    const engine::StoreFolder logs;
    const std::string log_file = logs.path() + "/log";
    const log::Format form = GENERATE(log::Format::text, log::Format::json);
    REQUIRE(log::configure({form, log::Level::debug, log_file, {}}));
    std::string answers;
    {
        engine::RuntimeOptions options;
        std::size_t told = 0;
        options.on_happening = [&](const std::string& json, const engine::Happening&) {
            log::write_made(log::Level::info, json);
            log::write(log::Level::info, "happened", {{"what", json}});
            ++told;
        };
        options.on_refused = [](const engine::Receipt& receipt) {
            log::write(log::Level::warn, "refused",
                       {{"event", receipt.id}, {"reason", receipt.message}});
        };
        EngineWorld world(options);
        const auto send = [&](std::string_view type, std::string_view id, std::string_view data) {
            answers += world.send(type, id, data).body + "\n";
        };
        send("pawl.create", "c1", asha);
        send("pin_given", "g1", R"({"profile":"asha","pin":"4711-0042"})");
        send("pin_asked", "a1", R"({"profile":"asha"})");
        send("pawl.change", "c2",
             R"({"entity":"profile","id":"asha","set":{"pin":"4711-0042-b"},"by":"x"})");
        send("pawl.create", "c3",
             R"({"entity":"profile","id":"bob","values":{"full_name":"B","pin":"4711-0042"}})");
        // Where it does not fit, or is where nothing is known of it, the refusal does not tell it.
        send("pin_given", "g2", R"({"profile":"asha","pin":["4711-0042"]})");
        send("pin_given", "g3", R"({"profile":"asha","pin":47110042})");
        send("pin_given", "g4", R"({"profile":"nobody","pin":"4711-0042"})");
        send("pawl.change", "c4",
             R"({"entity":"profile","id":"asha","set":{"pin":{"x":"4711-0042"}}})");
        send("pawl.change", "c5", R"({"entity":"profile","id":"asha","set":{"pin":47110042}})");
        send("pawl.delete", "d1", R"({"entity":"profile","id":"bob"})");
        for (const std::string_view target :
             {"/api/entities", "/api/entities/profile", "/api/entities/profile/asha", "/api/runs",
              "/api/runs/r1", "/api/runs/r2", "/api/effects", "/api/parked", "/metrics",
              "/api/entities/automation_log", "/api/entities/notification", "/api/export/state",
              "/api/entities/profile?pin=4711-0042"}) {
            const Answer answer = world.ask(get(target));
            INFO(target << " " << answer.body);
            CHECK(answer.body.find(secret) == std::string::npos);
            CHECK(answer.body.find("47110042") == std::string::npos);
            answers += answer.body + "\n";
        }
        CHECK(told > 10);
    }
    REQUIRE(log::configure({}));
    std::ifstream file(log_file);
    const std::string logged{std::istreambuf_iterator<char>(file), {}};
    INFO(logged);
    CHECK(logged.find("keep_pin") != std::string::npos);
    CHECK(logged.find("•••") != std::string::npos);
    CHECK(logged.find(secret) == std::string::npos);
    CHECK(logged.find("47110042") == std::string::npos);
    INFO(answers);
    CHECK(answers.find(secret) == std::string::npos);
    CHECK(answers.find("47110042") == std::string::npos);
}

TEST_CASE("a preview tells what then happens, and keeps nothing") {
    const auto without_time = [](const std::string& line) {
        const std::size_t at = line.find(R"("at":")");
        return line.substr(0, at) + line.substr(line.find(',', at));
    };
    std::string told;
    engine::RuntimeOptions options;
    options.on_happening = [&](const std::string& json, const engine::Happening&) {
        told += (told.empty() ? "" : ",") + without_time(json);
    };
    EngineWorld world(options);
    const auto look = [&](std::string_view type, std::string_view data, std::string_view id = "1") {
        return world.ask(post("/api/preview", R"({"specversion":"1.0","source":"/t","id":")" +
                                                  std::string(id) + R"(","type":")" +
                                                  std::string(type) + R"(","data":)" +
                                                  std::string(data) + "}"));
    };
    world.send("pawl.create", "c1", asha);
    constexpr std::string_view pin = R"({"profile":"asha","pin":"4711-0042"})";
    const std::string expected = look("pin_given", pin).body;
    CHECK(expected.find(R"("kind":"fire")") != std::string::npos);
    CHECK(expected.find(R"("text":"Asha has a pin","run":"r1")") != std::string::npos);
    CHECK(expected.find("4711") == std::string::npos);
    const auto without_times = [&](const std::string& body) {
        const Result<Json> read = parse_json(body);
        REQUIRE(read);
        std::string lines;
        for (const Json& each : read->find("happenings")->items)
            lines += (lines.empty() ? "" : ",") + without_time(write_json(each));
        return lines;
    };
    CHECK(without_times(look("pin_given", pin).body) == without_times(expected));
    CHECK(world.ask(get("/api/runs")).body == R"({"items":[]})");
    CHECK(world.ask(get("/api/entities/profile/asha")).body.find(R"("pin":null)") !=
          std::string::npos);

    told.clear();
    CHECK(world.send("pin_given", "1", pin).body.find("accepted") != std::string::npos);
    CHECK(told == without_times(expected));
    // It came now, from there, with that id.
    CHECK(look("pin_given", pin).body.find(R"("duplicate":true)") != std::string::npos);
    CHECK(code_of(look("pin_given", R"({"profile":"asha","pin":"other"})")) == "PW0960");

    // A record that the turn creates has its name in the lines, and is gone with it.
    const Answer made =
        look("pawl.create", R"({"entity":"profile","values":{"full_name":"Ben"}})", "2");
    CHECK(made.body.find(R"("id":"profile-1")") != std::string::npos);
    CHECK(world.ask(get("/api/entities/profile/profile-1")).status == 404);
    const Answer no_such = look("pawl.change", R"({"entity":"profil","id":"asha","set":{}})", "2");
    CHECK(no_such.status == 422);
    CHECK(no_such.body.find("did you mean `profile`?") != std::string::npos);
    CHECK(look("pin_gone", "{}").status == 422);
    CHECK(look("pawl.changed", "{}").status == 422);
    CHECK(world.ask(post("/api/preview", "[]")).status == 422);
}

TEST_CASE("a machine's clock that jumps is held until it is accepted, and the admins are told") {
    std::atomic<std::int64_t> steady{0};
    std::atomic<int> alerts{0};
    engine::RuntimeOptions options;
    options.steady_clock = [&] { return steady.fetch_add(1'000'000); };
    options.on_happening = [&](const std::string& json, const engine::Happening&) {
        if (json.find("until `pawl clock accept`") != std::string::npos) ++alerts;
    };
    EngineWorld world(options);
    CHECK(world.ask(get("/api/clock")).body.find(R"("is_held":false)") != std::string::npos);
    world.micros += 7'200'000'000;
    const Answer held = world.ask(get("/api/clock"));
    INFO(held.body);
    CHECK(held.body.find(R"("is_held":true)") != std::string::npos);
    CHECK(held.body.find(R"("jump_seconds":7200)") != std::string::npos);
    CHECK(world.ask(get("/readyz")).body.find(R"("clock":"held")") != std::string::npos);
    // Events come in, at the time as it was.
    CHECK(world.send("pawl.create", "c1", asha).body.find("accepted") != std::string::npos);
    const std::string created = world.ask(get("/api/entities/profile/asha")).body;
    CHECK(created.find(R"("created_at":"2026-03-02T12:)") != std::string::npos);
    CHECK(world.send("pawl.create", "c2", asha).body.find("refused") != std::string::npos);
    CHECK(alerts == 1);
    CHECK(world.ask(post("/api/clock/accept", ""))
              .body.find(R"({"accepted":true,"now":"2026-03-02T14:)") == 0);
    CHECK(world.ask(get("/readyz")).body == R"({"status":"ready"})");
}

}  // namespace pawl::server
