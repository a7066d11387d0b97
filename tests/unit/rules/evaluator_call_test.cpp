#include <catch2/catch.hpp>

#include "evaluator_code_runner.h"

// Calls, what catches their failures, and flows: a run stops in the middle of its code and goes on.

namespace pawl::rules {
namespace {

// try { call; log "done" } on failure as local 0 { log local 0's message }, then log "after".
UnitBuilder code_with_try() {
    UnitBuilder code;
    code.unit.shapes.push_back({});
    code.add(Opcode::try_begin);
    const auto begin = code.here();
    code.add(Opcode::call_service, 0);
    code.add(Opcode::log);
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
    code.add(Opcode::end);
    code.unit.tries.push_back({begin, end, handler, 0});
    return code;
}

struct TryRunner : CodeRunner {
    TryRunner() : CodeRunner(code_with_try()) {
        program.actions.resize(1);
        frames.assign(1, Frame{0, 0, {Value(), Value::reference(record)}});
        first = evaluator.run(frames, host, CodeRunner::moment, budget);
    }
    const Reference record = host.add(9, {Value::text("a"), Value()});
    Evaluator evaluator{program};
    Outcome first;
};

TEST_CASE("a call suspends the run, and its answer lets it go on behind the call") {
    TryRunner runner;
    REQUIRE(runner.first.kind == OutcomeKind::calling);
    CHECK(runner.first.call->action == 0);
    CHECK(runner.host.told == Told{"mark", "keep"});
    const Outcome outcome = runner.evaluator.run(runner.frames, runner.host, CodeRunner::moment,
                                                 runner.budget, Value::text("answer"));
    CHECK(outcome.kind == OutcomeKind::finished);
    CHECK(runner.host.told ==
          Told{"mark", "keep", "mark", "log answer", "set 1.1 1", "keep", "log after"});
}

TEST_CASE("meaning 29: `try` catches a failed call") {
    TryRunner runner;
    Failure failure;
    failure.kind = "call";
    failure.message = "no money";
    failure.catchable = true;
    const Outcome outcome = runner.evaluator.resume_failed(
        runner.frames, runner.host, CodeRunner::moment, runner.budget, failure);
    CHECK(outcome.kind == OutcomeKind::finished);
    CHECK(runner.host.told == Told{"mark", "keep", "mark", "undo", "log no money", "log after"});
}

TEST_CASE("meaning 29: changes made inside a `try` since the last wait are undone") {
    TryRunner runner;
    Failure failure;
    failure.kind = "unique";
    failure.message = "taken";
    failure.catchable = true;
    runner.host.next_failure = failure;
    const Outcome outcome = runner.evaluator.run(runner.frames, runner.host, CodeRunner::moment,
                                                 runner.budget, Value::text("answer"));
    CHECK(outcome.kind == OutcomeKind::finished);
    CHECK(runner.host.told ==
          Told{"mark", "keep", "mark", "log answer", "undo", "log taken", "log after"});
}

TEST_CASE("meaning 29: `try` never catches limits") {
    TryRunner runner;
    runner.budget.instructions = 1;
    const Outcome outcome = runner.evaluator.run(runner.frames, runner.host, CodeRunner::moment,
                                                 runner.budget, Value::text("answer"));
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->code == "PW1004");
}

TEST_CASE("a failed call that nothing catches fails the run") {
    UnitBuilder code;
    code.unit.shapes.push_back({});
    code.add(Opcode::call_service, 0);
    code.add(Opcode::pop);
    code.add(Opcode::end);
    code.unit.lines = {{0, 4}};
    CodeRunner runner(std::move(code));
    runner.program.actions.resize(1);
    CHECK(runner.run().kind == OutcomeKind::calling);
    Failure failure;
    failure.message = "no money";
    failure.catchable = true;
    Evaluator evaluator(runner.program);
    const Outcome outcome = evaluator.resume_failed(runner.frames, runner.host, CodeRunner::moment,
                                                    runner.budget, failure);
    REQUIRE(outcome.kind == OutcomeKind::failed);
    CHECK(outcome.failure->message == "no money");
    CHECK(outcome.line == 4);
}

// Unit 0 runs flow 1 within a try; the flow calls a service and returns the answer.
struct FlowRunner : CodeRunner {
    static UnitBuilder caller() {
        UnitBuilder code;
        code.add(Opcode::try_begin);
        const auto begin = code.here();
        code.push(Value::integer(5));
        code.add(Opcode::run_flow, 1, 0, 1);
        code.add(Opcode::log);
        const auto end = code.add(Opcode::try_end);
        const auto over = code.add(Opcode::jump);
        const auto handler = code.here();
        code.push(Value::text("caught"));
        code.add(Opcode::log);
        code.land(over);
        code.add(Opcode::end);
        code.unit.tries.push_back({begin, end, handler, 0xffff});
        return code;
    }
    FlowRunner() : CodeRunner(caller()) {
        UnitBuilder flow(1);
        flow.unit.shapes.push_back({});
        flow.add(Opcode::call_service, 0);
        flow.add(Opcode::load_local, 0);
        flow.add(Opcode::add);
        flow.add(Opcode::return_value);
        program.units.push_back(flow.unit);
        program.actions.resize(1);
        first = run();
    }
    Outcome first;
};

TEST_CASE("a call within a flow suspends the whole stack of frames") {
    FlowRunner runner;
    REQUIRE(runner.first.kind == OutcomeKind::calling);
    REQUIRE(runner.frames.size() == 2);
    CHECK(runner.frames[1].locals[0] == Value::integer(5));
    Evaluator evaluator(runner.program);
    const Outcome outcome = evaluator.run(runner.frames, runner.host, CodeRunner::moment,
                                          runner.budget, Value::integer(37));
    CHECK(outcome.kind == OutcomeKind::finished);
    CHECK(runner.frames.size() == 1);
    CHECK(runner.host.told == Told{"mark", "keep", "mark", "log 42", "keep"});
}

TEST_CASE("a `try` around `run` catches what fails in the flow") {
    FlowRunner runner;
    Evaluator evaluator(runner.program);
    Failure failure;
    failure.catchable = true;
    const Outcome outcome = evaluator.resume_failed(runner.frames, runner.host, CodeRunner::moment,
                                                    runner.budget, failure);
    CHECK(outcome.kind == OutcomeKind::finished);
    CHECK(runner.frames.size() == 1);
    CHECK(runner.host.told == Told{"mark", "keep", "mark", "undo", "log caught"});
}

TEST_CASE("meaning 29: `stop` ends the innermost flow, `stop and forget` the run") {
    UnitBuilder code;
    code.add(Opcode::run_flow, 1);
    code.add(Opcode::log);
    code.add(Opcode::stop);
    UnitBuilder flow(0);
    flow.add(Opcode::stop);
    CodeRunner runner(std::move(code));
    runner.program.units.push_back(flow.unit);
    CHECK(runner.run().kind == OutcomeKind::stopped);
    CHECK(runner.host.told == Told{"log "});
    runner.program.units[1].code[0].a = 1;
    CHECK(runner.run().kind == OutcomeKind::stopped_and_forgot);
}

}  // namespace
}  // namespace pawl::rules
