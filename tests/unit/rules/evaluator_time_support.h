#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluator_support.h"

// For the tests of what ends an advance and lets it go on: units of a program, at one moment.

namespace pawl::rules {

inline const Instant now = *parse_instant("2026-03-02T07:15:04Z");
inline const Moment moment{now, now, 7};

using Told = std::vector<std::string>;

inline Value duration(std::string_view text) { return Value::duration(*parse_duration(text)); }

// Runs its first unit on from where it stopped.
struct TimedRunner {
    Program program;
    TestHost host;
    Budget budget;
    std::vector<Frame> frames{1};

    explicit TimedRunner(UnitBuilder builder) {
        program.header.timezone = "Europe/Prague";
        program.schema = make_base_schema();
        program.units.push_back(std::move(builder.unit));
    }
    Outcome run(const std::optional<Value>& answer = std::nullopt) {
        return Evaluator(program).run(frames, host, moment, budget, answer);
    }
    Outcome fail(Failure failure) {
        return Evaluator(program).resume_failed(frames, host, moment, budget, std::move(failure));
    }
};

// Runs a unit that pushes these and then executes the instruction.
inline Outcome outcome_of(Opcode op, const std::vector<Value>& operands, Moment at = moment) {
    UnitBuilder code;
    for (const Value& value : operands) code.push(value);
    code.add(op);
    if (op == Opcode::wait_for || op == Opcode::ask) code.add(Opcode::pop);
    code.add(Opcode::end);
    TimedRunner runner(std::move(code));
    return Evaluator(runner.program).run(runner.frames, runner.host, at, runner.budget);
}

inline std::string until(const Outcome& outcome) {
    return outcome.kind == OutcomeKind::waiting ? format_instant(outcome.wait->until) : "no wait";
}

inline Failure failed_call(bool retry = true) {
    Failure failure;
    failure.kind = "call";
    failure.message = "no line";
    failure.catchable = true;
    failure.retry = retry;
    return failure;
}

}  // namespace pawl::rules
