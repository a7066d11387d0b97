#include <catch2/catch.hpp>

#include "server_world.h"

namespace pawl::server {

namespace {

std::string results(const Answer& answer) {
    CHECK(answer.status == 200);
    return answer.body;
}

}  // namespace

TEST_CASE("an event, an array and lines are taken, and each is told of in its place") {
    World world;
    CHECK(results(world.ask(post("/api/events", " " + event("one") + "\n"))) ==
          R"({"results":[{"index":0,"id":"one","status":"accepted"}]})");
    const std::string expected =
        R"({"results":[{"index":0,"id":"a","status":"accepted"},)"
        R"({"index":1,"status":"refused","code":"PW0901","message":"no event"},)"
        R"({"index":2,"id":"c","status":"accepted"}]})";
    CHECK(results(world.ask(post(
              "/api/events", "[" + event("a") + ",{\"bad\"}," + event("c") + "]"))) == expected);
    CHECK(results(world.ask(
              post("/api/events", event("a") + "\n{\"bad\":\n" + event("c") + "\n"))) == expected);
    CHECK(results(world.ask(post("/api/events", "[]"))) == R"({"results":[]})");
    CHECK(world.runtime.seen.front().first == event("one"));
}

TEST_CASE("an array that is cut off is told of behind the events that stand in it") {
    World world;
    CHECK(results(world.ask(post("/api/events", "[" + event("a") + "," + event("b")))) ==
          R"({"results":[{"index":0,"id":"a","status":"accepted"},{"index":1,"status":"refused",)"
          R"("code":"PW0901","message":"the array does not end: no `]` closes it"}]})");
    CHECK(world.runtime.seen.size() == 1);
    CHECK(results(world.ask(post("/api/events", "["))) ==
          R"({"results":[{"index":0,"status":"refused",)"
          R"("code":"PW0901","message":"the array does not end: no `]` closes it"}]})");
}

TEST_CASE("ten thousand events in one array are answered one by one, in order") {
    World world;
    std::string body = "[";
    for (int i = 0; i < 10'000; ++i) body += (i == 0 ? "" : ",") + event(std::to_string(i));
    const Result<Json> read = parse_json(results(world.ask(post("/api/events", body + "]"))));
    REQUIRE(read);
    const Json* items = read->find("results");
    REQUIRE(items != nullptr);
    REQUIRE(items->items.size() == 10'000);
    for (std::size_t i = 0; i < items->items.size(); ++i)
        REQUIRE(items->items[i].find("id")->text == std::to_string(i));
}

TEST_CASE("who asks to wait for the turn is answered after it") {
    World world;
    Client client(world.port());
    CHECK(client.ask(post("/api/events", event("a"))).status == 200);
    CHECK(client.ask(post("/api/events?wait=processed", event("b"))).status == 200);
    REQUIRE(world.runtime.seen.size() == 2);
    CHECK(world.runtime.seen[0].second == engine::WaitFor::append);
    CHECK(world.runtime.seen[1].second == engine::WaitFor::turn);
    const Answer wrong = client.ask(post("/api/events?wait=long", event("c")));
    CHECK(wrong.status == 400);
    CHECK(code_of(wrong) == "bad_parameter");
}

TEST_CASE("a body says what it is, and is taken as it is") {
    World world;
    const auto status_with = [&](const std::string& headers) {
        return world.ask(post("/api/events", event("t"), headers)).status;
    };
    for (const std::string type :
         {"application/json", "Application/JSON; charset=UTF-8", "application/x-ndjson",
          "application/cloudevents+json; charset=\"utf-8\"",
          "application/cloudevents-batch+json"}) {
        INFO(type);
        CHECK(status_with("Content-Type: " + type + "\r\n") == 200);
    }
    for (const std::string type : {"text/plain", "application/x-www-form-urlencoded",
                                   "application/json; charset=latin1", "multipart/form-data"}) {
        INFO(type);
        CHECK(status_with("Content-Type: " + type + "\r\n") == 415);
    }
    CHECK(status_with("Content-Encoding: gzip\r\n") == 415);
    CHECK(status_with("Content-Encoding: identity\r\n") == 200);
    CHECK(code_of(world.ask(post("/api/events", ""))) == "empty_body");
    CHECK(world.ask(post("/api/events", " \n\t")).status == 400);
}

TEST_CASE("a CloudEvent in binary mode is told like any other") {
    World world;
    const std::string attributes =
        "ce-specversion: 1.0\r\nCE-ID: b%20\"1\r\nce-source: /t\r\nce-type: x\r\n"
        "Content-Type: application/json\r\n";
    CHECK(world.ask(post("/api/events", R"({"amount":5})", attributes)).status == 200);
    REQUIRE(world.runtime.seen.size() == 1);
    CHECK(world.runtime.seen[0].first ==
          R"({"specversion":"1.0","id":"b \"1","source":"/t","type":"x",)"
          R"("datacontenttype":"application/json","data":{"amount":5}})");
    CHECK(world.ask(post("/api/events", "", attributes)).status == 200);
    CHECK(world.ask(post("/api/events", R"(5},"id":"y")", attributes)).status == 400);
    CHECK(world.ask(post("/api/events", "5", "ce-a_b: x\r\n")).status == 400);
    CHECK(world.ask(post("/api/events", "5", "ce-id: %x\r\n")).status == 400);
    CHECK(world.runtime.seen.size() == 2);
}

TEST_CASE("an engine that takes nothing says when to come again") {
    using engine::Admission;
    World world;
    const auto refused = [&](Admission admission) {
        world.runtime.admission = admission;
        return world.ask(post("/api/events", event("r")));
    };
    const Answer full = refused(Admission::full);
    CHECK(full.status == 429);
    CHECK(code_of(full) == "queue_full");
    CHECK(full.headers.at("retry-after") == "1");
    const Answer waiting = refused(Admission::waiting);
    CHECK(waiting.status == 503);
    CHECK(code_of(waiting) == "waiting_for_disk");
    CHECK(waiting.headers.at("retry-after") == "1");
    const Answer stopping = refused(Admission::stopping);
    CHECK(stopping.status == 503);
    CHECK(code_of(stopping) == "stopping");
    const Answer large = refused(Admission::too_large);
    CHECK(large.status == 413);
    CHECK(large.headers.count("retry-after") == 0);
    CHECK(refused(Admission::taken).status == 200);
}

TEST_CASE("answers come when the engine has them, to whoever is still there") {
    World world;
    world.runtime.is_holding = true;
    Client first(world.port()), second(world.port());
    REQUIRE(first.send(post("/api/events", event("f"))));
    world.runtime.wait_for_held(1);
    {
        Client gone(world.port());
        REQUIRE(gone.send(post("/api/events", event("g")) + "GET"));
        world.runtime.wait_for_held(2);
    }
    REQUIRE(second.send(post("/api/events", event("s")) + get("/healthz")));
    world.runtime.release(3);
    CHECK(first.read().body == R"({"results":[{"index":0,"id":"f","status":"accepted"}]})");
    CHECK(second.read().body == R"({"results":[{"index":0,"id":"s","status":"accepted"}]})");
    CHECK(second.read().body == R"({"status":"alive"})");
}

TEST_CASE("what comes in together is submitted together") {
    World world;
    world.runtime.is_holding = true;
    constexpr std::size_t count = 200;
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<Client>(world.port()));
        REQUIRE(clients.back()->send(post("/api/events", event(std::to_string(i)))));
    }
    // One at a time is an answer, too; what must not be is an event lost or answered to another.
    std::thread releasing([&] {
        for (std::size_t answered = 0; answered < count;) answered += world.runtime.release(1);
    });
    for (std::size_t i = 0; i < count; ++i) {
        CHECK(clients[i]->read().body == R"({"results":[{"index":0,"id":")" + std::to_string(i) +
                                             R"(","status":"accepted"}]})");
    }
    releasing.join();
}

TEST_CASE("requests in flight have a limit") {
    ServerOptions options;
    options.requests_in_flight_max = 1;
    World world(options);
    world.runtime.is_holding = true;
    Client first(world.port()), second(world.port());
    REQUIRE(first.send(post("/api/events", event("f"))));
    world.runtime.wait_for_held(1);
    const Answer refused = second.ask(post("/api/events", event("s")));
    CHECK(refused.status == 503);
    CHECK(code_of(refused) == "busy");
    world.runtime.release(1);
    CHECK(first.read().status == 200);
    CHECK(second.ask(get("/healthz")).status == 200);
}

}  // namespace pawl::server
