#include <catch2/catch.hpp>

#include "engine/internal/journey_state.h"
#include "journey_desk.h"

// What the sentences about journeys (tests/conformance) leave open: what is done, steering that
// changes nothing, what is no longer kept.

namespace pawl::engine {

using rules::Value;

// ---- What is done -----------------------------------------------------------------------------

TEST_CASE("a journey is completed when its last step is done, not when it begins") {
    const rules::Program program = compiled(program_book("program"));
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.advance(day(10, 1));
    CHECK(desk.steps("program").back() == "client/c1 call(5) done 03-12T06:00 (running)");
    // Something that plans it anew changes nothing of that.
    desk.steer(day(10, 2), shift("c1", "1d"));
    CHECK_FALSE(desk.has_told(R"("state":"completed")"));
    desk.steer(day(10, 3), step(rules::JourneyVerb::trigger_step, "c1", "call(5)"));
    REQUIRE(desk.refused);
    CHECK(desk.refused->message ==
          "the step \"call(5)\" of client/c1 runs already, since 2026-03-12 09:00");
    desk.advance(day(11, 1));
    CHECK(desk.steps("program").back() == "client/c1 call(5) done 03-12T06:00");
    CHECK(desk.count(R"("state":"completed")") == 1);
    CHECK(desk.lines.back().find(R"("state":"completed")") != std::string::npos);
}

TEST_CASE("an `unless` that fails when a wait of the step ends is a failed step") {
    const rules::Program program = compiled(R"(
entity client
  starts_at datetime ?
  n         int = 1
end
journey program of client
  starts client.starts_at
  step hello at start + 1d unless client.n * 9000000000000000000 > 0 and client.n > 1
    wait 1h
    log "hello"
  end
end
)");
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.set(day(1, 30), "c1", R"({"n":9})");
    desk.advance(day(2));
    CHECK_FALSE(desk.has_told(R"("kind":"log")"));
    CHECK(desk.has_told(R"("code":"PW1001")"));
    REQUIRE(desk.steps("program").size() == 1);
    CHECK(desk.steps("program")[0].find("failed") != std::string::npos);
}

TEST_CASE("of a journey whose next step stops the engine only that step is lost") {
    const rules::Program program = compiled(program_book("program"));
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.set_aside(day(2));
    const std::string why = "set aside: the engine stopped at it 4 times";
    CHECK(desk.steps("program")[0] == "client/c1 call(1) failed 03-04T06:00 (" + why + ")");
    CHECK(
        desk.has_told(R"|("step":"call(1)","title":"Call 1","state":"failed","reason":")|" + why));
    CHECK(desk.count(R"("kind":"alert")") == 1);
    desk.advance(day(4, 1));
    CHECK(desk.steps("program")[1] == "client/c1 call(2) done 03-06T06:00 (running)");
    desk.advance(day(11, 1));
    CHECK(desk.in_state("done") == 4);
    CHECK(desk.count(R"("state":"completed")") == 1);
    CHECK_FALSE(desk.has_told("c1 call 1\""));
    CHECK(desk.has_told("c1 call 5\""));
}

TEST_CASE("a journey whose pause stops the engine when it ends goes on as it was planned") {
    const rules::Program program = compiled(program_book("program"));
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    JourneyCommand pause = verb(rules::JourneyVerb::pause, "c1");
    pause.until = "2026-03-05";
    desk.steer(day(0, 1), pause);
    desk.advance(day(2, 1));
    CHECK(desk.steps("program")[0] == "client/c1 call(1) moved 03-07T06:00 (paused)");
    desk.set_aside(day(3));
    CHECK(desk.steps("program")[0] == "client/c1 call(1) moved 03-07T06:00");
    CHECK(desk.has_told(R"("state":"resumed","detail":"after 3d")"));
    // What it was moved by is not forgotten.
    desk.steer(day(3, 1), shift("c1", "1d"));
    CHECK(desk.steps("program")[0] == "client/c1 call(1) moved 03-08T06:00");
    desk.advance(day(6, 1));
    CHECK(desk.steps("program")[0] == "client/c1 call(1) done 03-08T06:00 (running)");
}

// ---- Steering ---------------------------------------------------------------------------------

TEST_CASE("steering that changes nothing is refused to a person, with what is and what fits") {
    using rules::JourneyVerb;
    const rules::Program program = compiled(program_book("program"));
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.advance(day(2, 30));
    const std::vector<std::string> before = desk.steps("program");
    struct Case {
        JourneyCommand command;
        std::string message;
    };
    JourneyCommand past = verb(JourneyVerb::pause, "c1");
    past.until = "2026-03-03";
    JourneyCommand again = verb(JourneyVerb::start, "c1");
    again.until = "2026-05-01";
    JourneyCommand nowhere = verb(JourneyVerb::start, "c9");
    const std::string name = "the journey `program` of client/c1 ";
    for (const Case& each : std::vector<Case>{
             {past, name + "stays as it is: it is to stand still until 2026-03-03, and it is "
                           "2026-03-04 09:40 by now; a later date fits, or none"},
             {verb(JourneyVerb::resume, "c1"),
              name + "stays as it is: it does not stand still, so there is nothing to go on from; "
                     "`shift` moves what is ahead"},
             {shift("c1", "0d"), name + "stays as it is: it is to be shifted by nothing; a length "
                                        "such as 14d or -3d fits"},
             {again, name +
                         "runs already, from 2026-03-02 09:00; `adjust` hangs it on another date, "
                         "and `shift` moves what is ahead"},
             {step(JourneyVerb::skip_step, "c1", "call(1)"),
              name +
                  "stays as it is: its step \"call(1)\" is done already; one that is ahead fits"},
             {shift("c1", "9000y"),
              name + "cannot be moved by 9000y: its step \"call(1)\" of 2026-03-04 09:00 would "
                     "leave the calendar, which goes from 0001-01-01 to 9999-12-31"}}) {
        desk.steer(day(2, 40), each.command);
        REQUIRE(desk.refused);
        CHECK(desk.refused->message == each.message);
        CHECK(desk.steps("program") == before);
    }
    JourneyCommand adjust = again;
    adjust.moves_start = true;
    desk.steer(day(2, 41), adjust);
    CHECK_FALSE(desk.refused);
    CHECK(desk.steps("program")[1] == "client/c1 call(2) moved 05-04T21:00");
    desk.steer(day(2, 42), verb(JourneyVerb::stop, "c1")).steer(day(2, 43), adjust);
    REQUIRE(desk.refused);
    CHECK(desk.refused->message == name + "was stopped; `start` begins it");
}

TEST_CASE("to shift a journey of which nothing is ahead changes nothing") {
    using rules::JourneyVerb;
    const rules::Program program = compiled(program_book("program") + R"(
event calm about client
  client -> client
end
rule shifts
  when calm
  then
    shift program for calm.client by 2d
end
)");
    Desk desk(program);
    const std::string name = "the journey `program` of client/c1 ";
    const std::string why =
        "none of its steps is ahead, so nothing moves; `trigger` does one of them now";
    SECTION("all of it was done") {
        desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
        desk.advance(day(11, 1));
        const std::vector<std::string> before = desk.steps("program");
        desk.steer(day(11, 2), shift("c1", "14d"));
        REQUIRE(desk.refused);
        CHECK(desk.refused->message == name + "stays as it is: " + why);
        desk.event(day(11, 3), "calm", R"({"client":"c1"})");
        CHECK(desk.count(R"("state":"unchanged","detail":")" + why) == 1);
        CHECK_FALSE(desk.has_told(R"("state":"shifted")"));
        CHECK(desk.steps("program") == before);
    }
    SECTION("all of it was past when it began, and a longer shift brings a step back") {
        desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-02-01T06:00:00Z"})");
        desk.steer(day(0, 1), shift("c1", "14d"));
        REQUIRE(desk.refused);
        CHECK(desk.refused->message == name + "stays as it is: " + why);
        desk.steer(day(0, 2), shift("c1", "20d"));
        CHECK_FALSE(desk.refused);
        CHECK(desk.steps("program")[4] == "client/c1 call(5) moved 03-03T06:00");
    }
    SECTION("what is lost by a shift comes back by the same shift back") {
        desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
        desk.steer(day(0, 1), shift("c1", "-30d"));
        CHECK(desk.in_state("skipped") == 5);
        desk.steer(day(0, 2), shift("c1", "30d"));
        CHECK_FALSE(desk.refused);
        CHECK(desk.steps("program")[0] == "client/c1 call(1) moved 03-04T06:00");
    }
}

TEST_CASE("a step whose date is not known yet may be shifted") {
    const rules::Program program = compiled(R"(
entity client
  starts_at datetime ?
  later     duration ?
end
journey program of client
  starts client.starts_at
  step soon at start
    log "soon"
  end
  step late at start + client.later
    log "late"
  end
end
)");
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.advance(day(0, 1));
    desk.steer(day(0, 2), shift("c1", "1d"));
    CHECK_FALSE(desk.refused);
    // When its start moves, it is planned with what is known then.
    desk.set(day(0, 3), "c1", R"({"later":"2d","starts_at":"2026-03-02T06:01:00Z"})");
    CHECK(desk.steps("program").back() == "client/c1 late planned 03-05T06:01");
}

TEST_CASE("a step that would leave the calendar is named, wherever it would be moved to") {
    const rules::Program program = compiled(program_book("program"));
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    const std::vector<std::string> before = desk.steps("program");
    JourneyCommand adjust = verb(rules::JourneyVerb::start, "c1");
    adjust.moves_start = true;
    adjust.until = "9999-12-26T06:00:00Z";
    desk.steer(day(0, 1), adjust);
    REQUIRE(desk.refused);
    CHECK(desk.refused->code == "PW1010");
    CHECK(desk.refused->message ==
          "the journey `program` of client/c1 cannot be planned: its step \"call(3)\": the result "
          "of `+` lies outside the calendar, which goes from 0001-01-01 to 9999-12-31");
    CHECK(desk.steps("program") == before);
}

TEST_CASE("a step that is skipped when its time comes takes no run's number") {
    const rules::Program program = compiled(R"(
entity client
  starts_at datetime ?
end
journey program of client
  starts client.starts_at
  for each n in 1..5 do
    step call(n) at start + 1d * n unless n is 2 or n is 3
      log "call {{n}}"
    end
  end
end
)");
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.advance(day(6));
    CHECK(desk.in_state("skipped") == 2);
    CHECK(desk.count(R"("kind":"fire")") == 3);
    CHECK(desk.has_told(R"("run":"r3")"));
    CHECK_FALSE(desk.has_told(R"("run":"r4")"));
}

TEST_CASE("a rule that steers to what is goes on, and it is told") {
    const rules::Program program = compiled(program_book("program") + R"(
event calm about client
  client -> client
end
rule calms
  when calm
  let client = calm.client
  then
    resume program for client
    shift program for client by 0d
    pause program for client until now - 1d
    log "calm"
end
)");
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.event(day(1), "calm", R"({"client":"c1"})");
    CHECK(desk.has_told(R"("text":"calm")"));
    CHECK(desk.count(R"("state":"unchanged")") == 3);
    CHECK(desk.has_told(R"("detail":"it is to be shifted by nothing; a length such as 14d or -3d )"
                        R"(fits","by":"calms")"));
    CHECK(desk.log().back().starts_with("unchanged it is to stand still until 2026-03-02 09:00, "));
}

TEST_CASE("a pause shows what it holds, and the log who steered and why") {
    using rules::JourneyVerb;
    const rules::Program program = compiled(program_book("program"));
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.advance(day(4));
    JourneyCommand pause = verb(JourneyVerb::pause, "c1");
    pause.by = "ann";
    pause.reason = "Cleo is ill";
    desk.steer(day(4, 1), pause);
    CHECK(desk.steps("program")[2] == "client/c1 call(3) planned 03-08T06:00 (paused)");
    CHECK(desk.steps("program")[0] == "client/c1 call(1) done 03-04T06:00");
    CHECK(desk.log().back() == "paused by ann because Cleo is ill");
    CHECK(desk.lines.back() ==
          R"({"kind":"journey","at":"2026-03-06T06:01:00Z","journey":"program","of":"client/c1",)"
          R"("state":"paused","by":"ann","reason":"Cleo is ill"})");
    desk.steer(day(4, 2), pause);
    REQUIRE(desk.refused);
    CHECK(desk.refused->message ==
          "the journey `program` of client/c1 stays as it is: it stands still already, since "
          "2026-03-06 09:01; another date until which, or `resume`, fits");
    desk.steer(day(5, 1), verb(JourneyVerb::resume, "c1"));
    CHECK(desk.steps("program")[2] == "client/c1 call(3) moved 03-09T06:00");
    JourneyCommand skip = step(JourneyVerb::skip_step, "c1", "call(4)");
    skip.by = "ann";
    skip.reason = "she asked";
    desk.steer(day(5, 2), skip);
    CHECK(desk.steps("program")[3] ==
          "client/c1 call(4) skipped 03-11T06:00 (skipped by ann because she asked)");
    JourneyCommand trigger = step(JourneyVerb::trigger_step, "c1", "call(5)");
    trigger.by = "ann";
    trigger.reason = "at once";
    desk.steer(day(5, 3), trigger);
    CHECK(desk.log().back() == "triggered call(5) by ann because at once");
    JourneyCommand stop = verb(JourneyVerb::stop, "c1");
    stop.by = "ann";
    stop.reason = "she left";
    desk.steer(day(5, 4), stop);
    CHECK(desk.log().back() == "stopped by ann because she left");
}

TEST_CASE("who holds a pause longest says how long it is planned") {
    using rules::JourneyVerb;
    const rules::Program program = compiled(R"(
entity client
  starts_at datetime ?
  on_hold   bool = false
  back_on   datetime ?
end
journey program of client
  starts client.starts_at
  pauses while client.on_hold until client.back_on
  step hello at start + 1d
    log "hello"
  end
end
)");
    Desk desk(program);
    desk.create(day(0), "client", R"({"id":"c1","starts_at":"2026-03-02T06:00:00Z"})");
    desk.set(day(0, 1), "c1", R"({"on_hold":true,"back_on":"2026-03-06T06:01:00Z"})");
    JourneyCommand pause = verb(JourneyVerb::pause, "c1");
    pause.until = "2026-03-04T09:01";
    desk.steer(day(0, 1), pause);
    const std::vector<std::string> held = {"client/c1 hello moved 03-07T06:00 (paused)"};
    CHECK(desk.steps("program") == held);
    // It ends by hand, and stands still all the same.
    desk.advance(day(3));
    CHECK(desk.has_told(R"("detail":"still, by what it pauses for")"));
    CHECK(desk.steps("program") == held);
    // Until when is not known any more: it has lasted so long at least, and no step is past by it.
    desk.set(day(3), "c1", R"({"back_on":null})");
    CHECK(desk.steps("program") ==
          std::vector<std::string>{"client/c1 hello moved 03-06T05:59 (paused)"});
    desk.set(day(3, 1), "c1", R"({"on_hold":false})");
    CHECK(desk.steps("program") == std::vector<std::string>{"client/c1 hello moved 03-06T06:00"});
}

// ---- What is kept -----------------------------------------------------------------------------

TEST_CASE("steps are kept as long as runs, and until their journey has ended") {
    using rules::JourneyVerb;
    const rules::Program program = compiled(program_book("program"), "  keep runs 10d\n");
    Desk desk(program, Kept::sqlite);
    for (const char* id : {"done", "gone", "stopped", "running", "again"})
        desk.create(day(0), "client",
                    std::string(R"({"id":")") + id + R"(","starts_at":"2026-03-02T06:00:00Z"})");
    desk.take(day(1), DeleteCommand{"client", "gone", ""});
    desk.steer(day(1), verb(JourneyVerb::stop, "stopped"));
    desk.steer(day(1), shift("running", "300d"));
    desk.advance(day(15));
    const auto kept_of = [&](const std::string& id) {
        const auto steps = desk.steps("program");
        return std::count_if(steps.begin(), steps.end(), [&](const std::string& each) {
            return each.starts_with("client/" + id + " ");
        });
    };
    const auto prune = [&](Instant now) {
        for (;;) {
            const auto progress = desk.sqlite().prune(now, 3);
            REQUIRE(progress);
            CHECK(progress->rows <= 3);
            if (progress->is_done) return;
        }
    };
    CHECK(desk.steps("program").size() == 25);
    // The last step was due on day 10, and is ten days old on the twentieth.
    prune(day(12, 1));
    CHECK(kept_of("done") == 4);  // call(1) was due on day 2
    CHECK(kept_of("gone") == 4);
    CHECK(kept_of("stopped") == 4);
    CHECK(kept_of("running") == 5);
    prune(day(40));
    CHECK(kept_of("done") == 0);
    CHECK(kept_of("gone") == 0);
    CHECK(kept_of("stopped") == 0);
    CHECK(kept_of("running") == 5);
    // What was done is forgotten; the record's date does not do it all again.
    desk.restart(program);  // with an empty memory
    desk.set(day(41), "done", R"({"starts_at":"2026-05-02T06:00:00Z"})");
    CHECK(kept_of("done") == 0);
    // A person does.
    JourneyCommand adjust = verb(JourneyVerb::start, "again");
    adjust.moves_start = true;
    adjust.until = "2026-05-02";
    desk.steer(day(41), adjust);
    CHECK_FALSE(desk.refused);
    CHECK(kept_of("again") == 5);
    desk.steer(day(41), verb(JourneyVerb::start, "stopped"));
    CHECK(kept_of("stopped") == 5);
}

TEST_CASE("the state of a journey reads as it was written") {
    const rules::Schema schema;
    JourneyRecord journey;
    journey.start = Value::date({20'000});
    CHECK(read_journey(write_journey(journey, schema), schema)->start == journey.start);
    journey.start = Value::datetime({-5});
    journey.is_start_given = GENERATE(true, false);
    journey.is_stopped = GENERATE(true, false);
    journey.is_completed = !journey.is_stopped;
    journey.shift = {2, -3, 4};
    journey.rows = {{7, 3}, {90, 1}};
    journey.due = Instant{-17};
    journey.pause =
        JourneyPause{{-9}, {true, std::nullopt, false}, {GENERATE(true, false), Instant{-1}, true}};
    const auto read = read_journey(write_journey(journey, schema), schema);
    REQUIRE(read);
    CHECK(read->start == journey.start);
    CHECK(read->is_start_given == journey.is_start_given);
    CHECK(read->is_stopped == journey.is_stopped);
    CHECK(read->is_completed == journey.is_completed);
    CHECK(read->shift == journey.shift);
    CHECK(read->rows == journey.rows);
    CHECK(read->due == journey.due);
    REQUIRE(read->pause);
    CHECK(read->pause->since == journey.pause->since);
    CHECK((read->pause->by_condition.holds && !read->pause->by_condition.until));
    CHECK(read->pause->by_hand.holds == journey.pause->by_hand.holds);
    CHECK(read->pause->until() == journey.pause->until());
    CHECK(read->pause->is_of_days() == journey.pause->by_hand.holds);
    // As stores of before have it.
    const auto old = read_journey(
        R"({"start":"a5","given":true,"due":7,"rows":[1,2],"pause":{"since":3,"hand":true}})",
        schema);
    REQUIRE(old);
    CHECK(old->start == Value::datetime({5}));
    CHECK(old->rows == std::vector<std::pair<rules::RecordKey, std::int64_t>>{{1, 2}});
    CHECK((old->is_start_given && old->pause && old->pause->by_hand.holds && !old->pause->until()));
    CHECK_FALSE(read_journey("", schema));
    CHECK_FALSE(read_journey("nonsense", schema));
}

}  // namespace pawl::engine
