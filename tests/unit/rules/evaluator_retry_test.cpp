#include <catch2/catch.hpp>
#include <limits>

#include "evaluator_time_support.h"
#include "rules/internal/program_operands.h"

// What is tried again: how often, how soon, and what is undone before.

namespace pawl::rules {

namespace {

// try { call; set } retry; on failure as local 0 { log its message }, then log "after". The
// attempts are counted in local 2. What stands before it (`before`) may open an outer try.
UnitBuilder code_with_retry(std::uint32_t before = 0) {
    UnitBuilder code;
    for (std::uint32_t at = 0; at < before; ++at) code.add(Opcode::try_begin);
    code.unit.shapes.push_back({});
    const auto first = code.add(Opcode::try_begin);
    code.add(Opcode::call_service, 0);
    code.add(Opcode::pop);
    code.add(Opcode::load_local, 1);
    code.push(Value::integer(1));
    code.add(Opcode::set_field, 1, 0, 9);
    const auto end = code.add(Opcode::try_end);
    const auto over = code.add(Opcode::jump);
    const auto handler = code.here();
    code.add(Opcode::load_local, 0);
    code.add(Opcode::load_member, error_message, 0, record_error);
    code.add(Opcode::log);
    code.land(over);
    code.push(Value::text("after"));
    code.add(Opcode::log);
    code.unit.tries.push_back({first + 1, end, handler, 0, 0});
    Retry retry;
    retry.instruction = first;
    retry.times.value = Value::integer(3);
    retry.first.value = duration("10s");
    retry.limit.value = duration("15s");
    retry.attempt_local = 2;
    code.unit.retries.push_back(retry);
    return code;
}

struct RetryRunner : TimedRunner {
    explicit RetryRunner(UnitBuilder code = ended(code_with_retry()))
        : TimedRunner(std::move(code)) {
        program.actions.resize(1);
        frames[0].locals = {Value(), Value::reference(record), Value()};
    }
    static UnitBuilder ended(UnitBuilder code) {
        code.add(Opcode::end);
        return code;
    }
    const Reference record = host.add(9, {Value::text("a"), Value()});
};

}  // namespace

TEST_CASE("meaning 29: `retry 3 times` of a try is three attempts after the first") {
    RetryRunner runner;
    REQUIRE(runner.run().kind == OutcomeKind::calling);
    for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
        runner.host.told.clear();
        const Outcome outcome = runner.fail(failed_call());
        REQUIRE(outcome.kind == OutcomeKind::waiting);
        CHECK(outcome.wait->kind == WaitKind::retry);
        CHECK(outcome.wait->attempt == attempt);
        CHECK(outcome.wait->error == "no line");
        CHECK(runner.frames[0].instruction == 0);
        CHECK(runner.frames[0].locals[2] == Value::integer(attempt));
        CHECK(runner.host.told == Told{"mark", "undo"});
        // The whole body again.
        runner.host.told.clear();
        REQUIRE(runner.run().kind == OutcomeKind::calling);
        CHECK(runner.host.told == Told{"mark", "keep"});
    }
    runner.host.told.clear();
    CHECK(runner.fail(failed_call()).kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"mark", "undo", "log no line", "log after"});
}

TEST_CASE("an attempt that succeeds goes on as if none had failed") {
    RetryRunner runner;
    runner.run();
    runner.fail(failed_call());
    runner.run();
    runner.host.told.clear();
    CHECK(runner.run(Value::text("yes")).kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"mark", "set 1.1 1", "keep", "log after"});
}

TEST_CASE("a failure that is not to be tried again goes to the handler at once") {
    RetryRunner runner;
    runner.run();
    CHECK(runner.fail(failed_call(false)).kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"mark", "keep", "mark", "undo", "log no line", "log after"});
    CHECK(runner.frames[0].locals[2].is_missing());
}

TEST_CASE("a try of no attempts left, or of a nonsensical count, goes to the handler") {
    for (const Value& times : {Value::integer(0), Value::integer(-1), Value(), Value::text("x")}) {
        UnitBuilder code = RetryRunner::ended(code_with_retry());
        code.unit.retries[0].times.value = times;
        RetryRunner runner(std::move(code));
        runner.run();
        CHECK(runner.fail(failed_call()).kind == OutcomeKind::finished);
    }
}

TEST_CASE("a change that fails in a try that is tried again is undone") {
    RetryRunner runner;
    runner.run();
    runner.host.told.clear();
    runner.host.next_failure = failed_call();
    const Outcome outcome = runner.run(Value::text("answer"));
    REQUIRE(outcome.kind == OutcomeKind::waiting);
    CHECK(runner.host.told == Told{"mark", "undo"});
}

TEST_CASE("a try that begins an outer one comes back with the outer one's mark") {
    UnitBuilder code = code_with_retry(1);
    const auto end = code.add(Opcode::try_end);
    code.add(Opcode::end);
    code.unit.tries.push_back({1, end, end + 1, 0xffff});
    RetryRunner runner(std::move(code));
    REQUIRE(runner.run().kind == OutcomeKind::calling);
    CHECK(runner.host.told == Told{"mark", "mark", "keep", "keep"});
    runner.host.told.clear();
    REQUIRE(runner.fail(failed_call()).kind == OutcomeKind::waiting);
    // The inner one's is undone, the outer one's kept until the run goes on.
    CHECK(runner.host.told == Told{"mark", "mark", "undo", "keep"});
    CHECK(runner.frames[0].instruction == 1);
    runner.host.told.clear();
    REQUIRE(runner.run().kind == OutcomeKind::calling);
    CHECK(runner.host.told == Told{"mark", "mark", "keep", "keep"});
    runner.host.told.clear();
    CHECK(runner.run(Value::text("yes")).kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"mark", "mark", "set 1.1 1", "keep", "log after", "keep"});
}

TEST_CASE("flows within a try that is tried again are dropped, and begun anew") {
    // try { run flow 1 } retry, where flow 1 runs flow 2, which calls a service.
    UnitBuilder code;
    code.add(Opcode::try_begin);
    code.add(Opcode::run_flow, 1);
    code.add(Opcode::pop);
    code.add(Opcode::try_end);
    code.add(Opcode::end);
    code.unit.tries = {{1, 3, 4, 0xffff, 0}};
    Retry retry;
    retry.times.value = Value::integer(1);
    retry.attempt_local = 0;
    code.unit.retries.push_back(retry);
    UnitBuilder outer(0);
    outer.add(Opcode::run_flow, 2);
    outer.add(Opcode::pop);
    outer.add(Opcode::stop);
    UnitBuilder inner(0);
    inner.unit.shapes.push_back({});
    inner.add(Opcode::call_service, 0);
    inner.add(Opcode::return_value);
    TimedRunner runner(std::move(code));
    runner.program.units.push_back(outer.unit);
    runner.program.units.push_back(inner.unit);
    runner.program.actions.resize(1);
    REQUIRE(runner.run().kind == OutcomeKind::calling);
    REQUIRE(runner.frames.size() == 3);
    const Outcome outcome = runner.fail(failed_call());
    REQUIRE(outcome.kind == OutcomeKind::waiting);
    CHECK(outcome.unit == 0);
    REQUIRE(runner.frames.size() == 1);
    CHECK(runner.frames[0].instruction == 0);
    REQUIRE(runner.run().kind == OutcomeKind::calling);
    CHECK(runner.frames.size() == 3);
    CHECK(runner.fail(failed_call()).kind == OutcomeKind::finished);
    CHECK(runner.frames.size() == 1);
}

TEST_CASE("how often and how soon may be what settings say") {
    UnitBuilder code = RetryRunner::ended(code_with_retry());
    Retry& retry = code.unit.retries[0];
    retry.times = {};
    retry.times.entry = code.here();
    code.add(Opcode::load_setting, 0);
    code.add(Opcode::end);
    RetryRunner runner(std::move(code));
    runner.program.schema.settings.push_back({"attempts", 0, Value::integer(1), ""});
    runner.run();
    CHECK(runner.fail(failed_call()).kind == OutcomeKind::waiting);
    runner.run();
    CHECK(runner.fail(failed_call()).kind == OutcomeKind::finished);
}

TEST_CASE("a retry whose setting cannot be worked out fails the run, with its own reason") {
    UnitBuilder code = RetryRunner::ended(code_with_retry());
    Retry& retry = code.unit.retries[0];
    retry.times = {};
    retry.times.entry = code.here();
    code.push(Value::integer(std::numeric_limits<std::int64_t>::max()));
    code.push(Value::integer(1));
    code.add(Opcode::add);
    code.add(Opcode::end);
    RetryRunner runner(std::move(code));
    runner.run();
    const Outcome outcome = runner.fail(failed_call());
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1001");
}

TEST_CASE("delays double up to their limit, and are up to a tenth less, never more") {
    const RetryPlan plan{5, *parse_duration("10s"), *parse_duration("1min")};
    const Zone zone = Zone::utc();
    const auto seconds = [&](std::uint32_t attempt, std::uint64_t seed) {
        const auto due = next_attempt(plan, attempt, Moment{now, now, seed}, zone);
        REQUIRE(due.has_value());
        return static_cast<double>(due->micros - now.micros) / micros_per_second;
    };
    const double longest[] = {10, 20, 40, 60, 60};
    double least = 1;
    double most = 0;
    for (std::uint32_t attempt = 1; attempt <= 5; ++attempt) {
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            const double share = seconds(attempt, seed) / longest[attempt - 1];
            least = std::min(least, share);
            most = std::max(most, share);
        }
    }
    CHECK(least >= 0.9);
    CHECK(most <= 1);
    // They use the room they have.
    CHECK(least < 0.905);
    CHECK(most > 0.995);
    CHECK(seconds(2, 7) == seconds(2, 7));
    CHECK(seconds(2, 7) != seconds(2, 8));
}

TEST_CASE("a delay beyond every bound is its limit, and a negative one none") {
    const auto due = [](const RetryPlan& plan, std::uint32_t attempt) {
        return next_attempt(plan, attempt, Moment{now, now, 0}, Zone::utc());
    };
    const RetryPlan plan{9, *parse_duration("1y"), *parse_duration("10s")};
    for (const std::uint32_t attempt : {1u, 62u, 63u, 4'000'000'000u}) {
        REQUIRE(due(plan, attempt).has_value());
        CHECK(due(plan, attempt)->micros <= now.micros + 10 * micros_per_second);
        CHECK(due(plan, attempt)->micros >= now.micros + 9 * micros_per_second);
    }
    CHECK(due({1, *parse_duration("-5s"), *parse_duration("1min")}, 1) == now);
    CHECK(due({1, *parse_duration("5s"), *parse_duration("-1min")}, 1) == now);
    CHECK_FALSE(due({1, *parse_duration("9000y"), *parse_duration("9000y")}, 1).has_value());
    CHECK(due({1, *parse_duration("1s"), *parse_duration("9000y")}, 1).has_value());
}

TEST_CASE("a call carries what its text says of retries") {
    UnitBuilder code;
    code.unit.shapes.push_back({});
    code.push(Value::text("key"));
    code.add(Opcode::call_service, 0, 1);
    code.add(Opcode::pop);
    code.add(Opcode::call_service, 0);
    code.add(Opcode::pop);
    code.add(Opcode::end);
    Retry retry;
    retry.instruction = 1;
    retry.times.value = Value::integer(3);
    code.unit.retries.push_back(retry);
    TimedRunner runner(std::move(code));
    runner.program.actions.resize(1);
    const Outcome first = runner.run();
    REQUIRE(first.kind == OutcomeKind::calling);
    REQUIRE(first.call->retry.has_value());
    CHECK(TestHost::show(*first.call->retry) == "3 from 1s up to 1h");
    CHECK(first.call->idempotency_key == Value::text("key"));
    const Outcome second = runner.run(Value());
    REQUIRE(second.kind == OutcomeKind::calling);
    CHECK_FALSE(second.call->retry.has_value());
}

TEST_CASE("a send hands over what its text says of retries") {
    UnitBuilder code;
    code.unit.shapes.push_back({});
    code.push(Value::group("admins"));
    code.add(Opcode::send);
    code.push(Value::group("admins"));
    code.add(Opcode::send);
    code.add(Opcode::end);
    Retry retry;
    retry.instruction = 3;
    retry.times.value = Value::integer(2);
    retry.first.value = duration("2h");  // longer than what stands for a limit that is not said
    code.unit.retries.push_back(retry);
    TimedRunner runner(std::move(code));
    runner.program.templates.resize(1);
    CHECK(runner.run().kind == OutcomeKind::finished);
    CHECK(runner.host.told ==
          Told{R"(send 0 "admins")", R"(send 0 "admins" retry 2 from 2h up to 2h)"});
}

}  // namespace pawl::rules
