#include <catch2/catch.hpp>

#include "evaluator_time_support.h"

// Waits, questions, journeys: how an advance ends and goes on.

namespace pawl::rules {

TEST_CASE("`wait` ends the advance until so much time has passed, in the rulebook's zone") {
    const auto waits = [](std::string_view length) {
        return until(outcome_of(Opcode::wait, {duration(length)}));
    };
    CHECK(waits("24h") == "2026-03-03T07:15:04Z");
    CHECK(waits("1mo") == "2026-04-02T06:15:04Z");  // summer time has begun: the same clock time
    CHECK(waits("27d") == "2026-03-29T06:15:04Z");
    CHECK(waits("0s") == "2026-03-02T07:15:04Z");
    const Outcome outcome = outcome_of(Opcode::wait, {duration("24h")});
    CHECK(outcome.wait->kind == WaitKind::time);
}

TEST_CASE("a negative duration counts as none") {
    CHECK(until(outcome_of(Opcode::wait, {duration("-3d")})) == format_instant(now));
    // Too far back for the calendar is no further than that.
    CHECK(until(outcome_of(Opcode::wait, {duration("-9000y")})) == format_instant(now));
    CHECK(until(outcome_of(Opcode::wait_for, {duration("-1s")})) == format_instant(now));
}

TEST_CASE("meaning 27: `wait until` in the past stands at that instant") {
    const Instant past = *parse_instant("2020-01-01T00:00:00Z");
    CHECK(until(outcome_of(Opcode::wait_until, {Value::datetime(past)})) == format_instant(past));
}

TEST_CASE("`wait until` a date is its midnight in the zone") {
    CHECK(until(outcome_of(Opcode::wait_until, {Value::date(*parse_date("2026-07-01"))})) ==
          "2026-06-30T22:00:00Z");
}

TEST_CASE("a wait whose time is missing fails the advance") {
    const auto told = [](Opcode op, const std::vector<Value>& operands) {
        const Outcome outcome = outcome_of(op, operands);
        REQUIRE(outcome.kind == OutcomeKind::failed);
        return outcome.failure->code + " " + outcome.failure->message;
    };
    const Value nobody = Value::group("admins");
    CHECK(told(Opcode::wait, {Value()}) == "PW1012 how long to wait is missing");
    CHECK(told(Opcode::wait, {Value::integer(3)}) == "PW1012 how long to wait is missing");
    CHECK(told(Opcode::wait_until, {Value()}) == "PW1012 until when to wait is missing");
    CHECK(told(Opcode::wait_for, {Value()}) == "PW1012 how long to wait is missing");
    CHECK(told(Opcode::ask, {nobody, Value::text("?"), Value()}) ==
          "PW1012 how long to wait is missing");
}

TEST_CASE("a wait beyond the calendar fails the advance") {
    const Outcome outcome = outcome_of(Opcode::wait, {duration("9000y")});
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1010");
    CHECK(outcome.failure->message ==
          "the wait would end outside the calendar, which goes from 0001-01-01 to 9999-12-31");
}

TEST_CASE("a run goes on behind its wait, with nothing pushed") {
    UnitBuilder code;
    code.push(duration("1h"));
    code.add(Opcode::wait);
    code.push(Value::text("after"));
    code.add(Opcode::log);
    code.add(Opcode::end);
    code.unit.lines = {{0, 4}, {2, 5}};
    TimedRunner runner(std::move(code));
    const Outcome first = runner.run();
    REQUIRE(first.kind == OutcomeKind::waiting);
    CHECK(first.line == 4);
    CHECK(runner.frames[0].instruction == 2);
    CHECK(runner.host.told.empty());
    CHECK(runner.run().kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"log after"});
}

TEST_CASE("`wait for` goes on with the event, or with missing") {
    UnitBuilder code;
    code.push(duration("7d"));
    code.add(Opcode::wait_for, 0, 0, 3);
    code.add(Opcode::log);
    code.add(Opcode::end);
    TimedRunner runner(std::move(code));
    const Outcome first = runner.run();
    REQUIRE(first.kind == OutcomeKind::waiting);
    CHECK(first.wait->kind == WaitKind::event);
    CHECK(first.wait->wait_for == 3);
    CHECK(until(first) == "2026-03-09T07:15:04Z");
    const std::vector<Frame> standing = runner.frames;
    CHECK(runner.run(Value::text("came")).kind == OutcomeKind::finished);
    runner.frames = standing;
    CHECK(runner.run(Value()).kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"log came", "log "});
}

TEST_CASE("`ask` carries its recipient and question, and goes on with the answer") {
    UnitBuilder code;
    code.push(Value::group("admins"));
    code.push(Value::integer(5));
    code.push(duration("2d"));
    code.add(Opcode::ask);
    code.add(Opcode::log);
    code.add(Opcode::end);
    TimedRunner runner(std::move(code));
    const Outcome first = runner.run();
    REQUIRE(first.kind == OutcomeKind::waiting);
    CHECK(first.wait->kind == WaitKind::answer);
    CHECK(first.wait->recipient == Value::group("admins"));
    CHECK(first.wait->question == "5");
    CHECK(until(first) == "2026-03-04T07:15:04Z");
    CHECK(runner.run(Value::boolean(true)).kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"log true"});
}

TEST_CASE("a wait inside tries and flows keeps their marks, and makes them anew behind it") {
    // try { try { run flow; log } } where the flow waits.
    UnitBuilder code;
    code.add(Opcode::try_begin);
    code.add(Opcode::try_begin);
    code.add(Opcode::run_flow, 1);
    code.add(Opcode::log);
    code.add(Opcode::try_end);
    code.add(Opcode::try_end);
    code.add(Opcode::end);
    code.unit.tries = {{2, 4, 6, 0xffff}, {1, 5, 6, 0xffff}};
    UnitBuilder flow(0);
    flow.push(duration("1h"));
    flow.add(Opcode::wait);
    flow.push(Value::text("done"));
    flow.add(Opcode::return_value);
    TimedRunner runner(std::move(code));
    runner.program.units.push_back(flow.unit);
    const Outcome first = runner.run();
    REQUIRE(first.kind == OutcomeKind::waiting);
    CHECK(first.unit == 1);
    CHECK(runner.host.told == Told{"mark", "mark", "keep", "keep"});
    runner.host.told.clear();
    CHECK(runner.run().kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"mark", "mark", "log done", "keep", "keep"});
}

TEST_CASE("`cancel runs` ends those about a record, or all; of a missing one it fails") {
    UnitBuilder code;
    code.add(Opcode::cancel_runs, 0);
    code.add(Opcode::load_local, 0);
    code.add(Opcode::cancel_runs, 0, 1);
    code.add(Opcode::end);
    TimedRunner runner(std::move(code));
    runner.program.rules.resize(1);
    runner.program.rules[0].id = "follow_up";
    runner.frames[0].locals = {Value::reference({9, 4})};
    CHECK(runner.run().kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"cancel 0", "cancel 0 about 4"});
    runner.frames = {Frame{}};
    const Outcome outcome = runner.run();
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1011");
    CHECK(outcome.failure->message ==
          "the runs of `follow_up` cannot be cancelled: the record they are about is missing");
}

namespace {

Journey journey_of_runs() {
    Journey journey;
    journey.name = "program";
    journey.entity = entity_run;
    journey.steps.resize(2);
    journey.steps[1].parameters = {2, 3};
    return journey;
}

// Says the verb for local 0, with these above it on the stack.
TimedRunner steering(JourneyVerb verb, std::int32_t operand, const std::vector<Value>& values) {
    UnitBuilder code;
    code.add(Opcode::load_local, 0);
    for (const Value& value : values) code.push(value);
    code.add(Opcode::steer_journey, operand, static_cast<std::uint8_t>(verb));
    code.add(Opcode::end);
    TimedRunner runner(std::move(code));
    runner.program.journeys = {journey_of_runs()};
    runner.frames[0].locals = {Value::reference({entity_run, 4})};
    return runner;
}

}  // namespace

TEST_CASE("a journey is steered by every verb") {
    const auto told = [](JourneyVerb verb, std::int32_t operand, const std::vector<Value>& values) {
        TimedRunner runner = steering(verb, operand, values);
        CHECK(runner.run().kind == OutcomeKind::finished);
        return runner.host.told.at(0);
    };
    const Value day = Value::date(*parse_date("2026-04-01"));
    CHECK(told(JourneyVerb::start, 0, {}) == "steer 0 journey 0 of 4 step 0 by null");
    CHECK(told(JourneyVerb::pause, 0, {}) == "steer 1 journey 0 of 4 step 0 by null");
    CHECK(told(JourneyVerb::pause, 1, {day}) == R"(steer 1 journey 0 of 4 step 0 by "2026-04-01")");
    CHECK(told(JourneyVerb::pause, 1, {Value()}) == "steer 1 journey 0 of 4 step 0 by null");
    CHECK(told(JourneyVerb::resume, 0, {}) == "steer 2 journey 0 of 4 step 0 by null");
    CHECK(told(JourneyVerb::shift, 1, {duration("14d")}) ==
          R"(steer 3 journey 0 of 4 step 0 by "14d")");
    CHECK(told(JourneyVerb::stop, 0, {}) == "steer 4 journey 0 of 4 step 0 by null");
    CHECK(told(JourneyVerb::skip_step, 0, {}) == "steer 5 journey 0 of 4 step 0 by null");
    CHECK(told(JourneyVerb::trigger_step, 1, {Value::integer(3), Value::integer(9)}) ==
          "steer 6 journey 0 of 4 step 1 3 9 by null");
}

TEST_CASE("a journey of a missing record, or shifted by nothing, fails the advance") {
    const auto message = [](TimedRunner runner) {
        const Outcome outcome = runner.run();
        REQUIRE(outcome.kind == OutcomeKind::failed);
        return outcome.failure->code + " " + outcome.failure->message;
    };
    CHECK(message(steering(JourneyVerb::shift, 1, {Value()})) ==
          "PW1012 by how much to shift `program` is missing");
    for (const Value& record : {Value(), Value::reference({9, 4})}) {
        TimedRunner runner = steering(JourneyVerb::start, 0, {});
        runner.frames[0].locals = {record};
        CHECK(message(std::move(runner)) ==
              "PW1011 the journey `program` cannot be steered: the run is missing");
    }
}

namespace {

// Plans step 0 for each of 1..count, at local 1.
TimedRunner planning(std::int64_t count) {
    UnitBuilder code;
    code.unit.id = "program";
    code.push(Value::integer(1));
    code.push(Value::integer(count));
    code.add(Opcode::make_range);
    code.add(Opcode::iterate_begin, 0, 0, 3);
    const auto next = code.add(Opcode::iterate_next, 0, 0, 3);
    code.add(Opcode::store_local, 2);
    code.add(Opcode::load_local, 2);
    code.push(Value::text("Remind"));
    code.add(Opcode::load_local, 1);
    // A define within a plan leaves the steps planned so far alone.
    code.add(Opcode::call_define, 1, 0, 1);
    code.add(Opcode::plan_step, 5, 0, 1);
    code.add(Opcode::jump, static_cast<std::int32_t>(next));
    code.land(next);
    code.add(Opcode::end);
    TimedRunner runner(std::move(code));
    UnitBuilder define(1);
    define.add(Opcode::load_local, 0);
    define.add(Opcode::end);
    runner.program.units.push_back(define.unit);
    return runner;
}

Outcome plan(TimedRunner& runner, Value at) {
    std::vector<Value> locals{Value(), std::move(at)};
    Records& records = runner.host;
    return Evaluator(runner.program).evaluate(0, 0, locals, records, moment, runner.budget);
}

}  // namespace

TEST_CASE("a plan gives its steps in the order of the text, over records alone") {
    TimedRunner runner = planning(3);
    const Outcome outcome = plan(runner, Value::datetime(now));
    REQUIRE(outcome.kind == OutcomeKind::finished);
    REQUIRE(outcome.steps.size() == 3);
    for (std::size_t at = 0; at < 3; ++at) {
        CHECK(outcome.steps[at].step == 5);
        CHECK(outcome.steps[at].values ==
              std::vector<Value>{Value::integer(static_cast<std::int64_t>(at) + 1)});
        CHECK(outcome.steps[at].title == Value::text("Remind"));
        CHECK(outcome.steps[at].at == Value::datetime(now));
    }
    CHECK(plan(runner, Value()).steps[0].at.is_missing());
    CHECK(plan(runner, Value::text("soon")).steps[0].at.is_missing());
}

TEST_CASE("a journey has its last step, and none more") {
    TimedRunner most = planning(limits::journey_steps_max);
    CHECK(plan(most, Value()).steps.size() == limits::journey_steps_max);
    TimedRunner more = planning(limits::journey_steps_max + 1);
    const Outcome outcome = plan(more, Value());
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1013");
    CHECK(outcome.failure->message ==
          "`program` has more than 1000 steps for one record; let it begin anew, or go through "
          "fewer values");
}

TEST_CASE("what the text states is a value, or code over settings") {
    UnitBuilder code;
    code.add(Opcode::load_setting, 0);
    code.add(Opcode::end);
    TimedRunner runner(std::move(code));
    runner.program.schema.settings.push_back({"pause", 0, duration("3d"), ""});
    Evaluator evaluator(runner.program);
    const auto value = [&](const Stated& stated) {
        const Outcome outcome = evaluator.evaluate(0, stated, runner.host, moment, runner.budget);
        REQUIRE(outcome.kind == OutcomeKind::finished);
        return outcome.value;
    };
    Stated stated;
    CHECK(value(stated).is_missing());
    stated.entry = 0;
    CHECK(value(stated) == duration("3d"));
    evaluator.set_setting(0, duration("4d"));
    CHECK(value(stated) == duration("4d"));
    stated = {};
    stated.value = duration("1h");
    CHECK(value(stated) == duration("1h"));
}

TEST_CASE("runs show what they wait for, and steps why they did not run") {
    const Schema schema = make_base_schema();
    const auto last_two = [&](EntityIndex entity) {
        const std::vector<Field>& fields = schema.entities[entity].fields;
        std::string text;
        for (std::size_t at = fields.size() - 2; at < fields.size(); ++at)
            text += fields[at].name + " " + schema.type_text(fields[at].type) + "; ";
        return text;
    };
    CHECK(last_two(entity_run) == "due_at datetime ?; question text ?; ");
    CHECK(last_two(entity_scheduled_step) == "reason text ?; ran_at datetime ?; ");
}

}  // namespace pawl::rules
