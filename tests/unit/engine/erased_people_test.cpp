#include <catch2/catch.hpp>

#include "engine/erase.h"
#include "journey_desk.h"

// What an erased record is to those who act, and to journeys: it stays a record, but nobody acts as
// it any more, and nothing is begun for it.

namespace pawl::engine {

namespace {

const std::string book = program_book("program") + R"(
entity person
  name text
  role one of coach, client = coach
end
roles coach (coaches), client (clients) of person.role
person person name name

event again about client
  client -> client
end

rule begins_again
  when again
  then
    start journey program for again.client
    log "went on"
end
)";

void erase(Desk& desk, const rules::Program& program, std::string_view name) {
    const auto erased =
        erase_person(program, name, [&desk](const std::function<void(SqliteStore&)>& work) {
            work(desk.sqlite());
            return true;
        });
    if (!erased) FAIL(erased.error().message);
}

JourneyCommand shift_by(const std::string& person) {
    JourneyCommand command = shift("c1", "1d");
    command.by = person;
    return command;
}

}  // namespace

TEST_CASE("nobody acts as a person who was erased") {
    const rules::Program program = compiled(book);
    Desk desk(program, Kept::sqlite);
    desk.create(day(0), "person", R"({"id":"ann","name":"Ann"})");
    desk.create(day(0), "person", R"({"id":"bea","name":"Bea"})");
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.steer(day(0, 1), shift_by("ann"));
    CHECK_FALSE(desk.refused);
    erase(desk, program, "person/ann");
    for (const bool restarts : {false, true}) {
        if (restarts) desk.restart(program);
        desk.steer(day(0, 2), shift_by("ann"));
        REQUIRE(desk.refused);
        CHECK(desk.refused->code == "PW0964");
        CHECK(desk.refused->field == "by");
        CHECK(desk.refused->message ==
              "the `person` with id \"ann\" was erased, and nobody acts as it any more; name "
              "somebody else");
        desk.take(day(0, 2), ChangeCommand{"client", "c1",
                                           parse_json(R"({"on_hold":true})").value(), "ann", ""});
        CHECK(desk.refused);
        desk.steer(day(0, 2), shift_by("bea"));
        CHECK_FALSE(desk.refused);
    }
    // The id may be had by somebody else, once the record is gone.
    desk.take(day(0, 3), DeleteCommand{"person", "ann", ""});
    desk.create(day(0, 3), "person", R"({"id":"ann","name":"Another Ann"})");
    desk.steer(day(0, 4), shift_by("ann"));
    CHECK_FALSE(desk.refused);
}

TEST_CASE("the steps of a client who was erased are skipped when their time comes") {
    const rules::Program program = compiled(book);
    Desk desk(program, Kept::sqlite);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.advance(day(3, 1));
    erase(desk, program, "client/c1");
    desk.advance(day(4, 1));
    CHECK(desk.steps("program") ==
          std::vector<std::string>{"client/c1 call(1) done 03-04T06:00",
                                   "client/c1 call(2) skipped 03-06T06:00 (erased)",
                                   "client/c1 call(3) planned 03-08T06:00",
                                   "client/c1 call(4) planned 03-10T06:00",
                                   "client/c1 call(5) planned 03-12T06:00"});
    desk.advance(day(11));
    CHECK(desk.count(R"("kind":"fire")") == 1);
    CHECK(desk.count(R"("state":"completed")") == 1);
}

TEST_CASE("no journey is begun for a client who was erased") {
    const rules::Program program = compiled(book);
    const std::string why = "client/c1 was erased, and nothing is begun for it any more";
    Desk desk(program, Kept::sqlite);
    desk.create(day(0), "client", R"({"id":"c1"})");
    SECTION("by a person: it is refused") {
        erase(desk, program, "client/c1");
        desk.steer(day(0, 1), verb(rules::JourneyVerb::start, "c1"));
        REQUIRE(desk.refused);
        CHECK(desk.refused->code == "PW1060");
        CHECK(desk.refused->message == "the journey `program` of client/c1 stays as it is: " + why);
    }
    SECTION("by a person, a step of one that runs") {
        desk.steer(day(0, 1), verb(rules::JourneyVerb::start, "c1"));
        erase(desk, program, "client/c1");
        desk.steer(day(0, 2), step(rules::JourneyVerb::trigger_step, "c1", "call(3)"));
        REQUIRE(desk.refused);
        CHECK(desk.refused->message.find(why) != std::string::npos);
        // What ends it is no beginning.
        desk.steer(day(0, 3), verb(rules::JourneyVerb::stop, "c1"));
        CHECK_FALSE(desk.refused);
    }
    SECTION("by a rule: it is told, and the rule goes on") {
        erase(desk, program, "client/c1");
        desk.steer(day(0, 1), verb(rules::JourneyVerb::start, "c1"));
        desk.event(day(0, 2), "again", R"({"client":"c1"})");
        CHECK(desk.has_told(R"("state":"unchanged","detail":")" + why));
        CHECK_FALSE(desk.has_told(R"("state":"started")"));
        CHECK(desk.log() == std::vector<std::string>{"unchanged " + why + " by begins_again"});
    }
    SECTION("by its date: it is told") {
        erase(desk, program, "client/c1");
        desk.set(day(0, 1), "c1", R"({"starts_at":"2026-03-03T06:00:00Z"})");
        CHECK(desk.count(R"("state":"unchanged","detail":")" + why) == 1);
        CHECK(desk.steps("program").empty());
    }
    SECTION("one that was stopped by another date") {
        desk.set(day(0, 1), "c1", R"({"starts_at":"2026-03-03T06:00:00Z"})");
        desk.steer(day(0, 2), verb(rules::JourneyVerb::stop, "c1"));
        erase(desk, program, "client/c1");
        desk.set(day(0, 3), "c1", R"({"starts_at":"2026-03-04T06:00:00Z"})");
        CHECK(desk.count(R"("state":"unchanged","detail":")" + why) == 1);
        CHECK(desk.in_state("skipped") == 5);
    }
}

}  // namespace pawl::engine
