#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "evaluator_support.h"

// For the tests of what code does: a program of one unit, run on a host that keeps what it is told.

namespace pawl::rules {

// Runs one unit from its first instruction.
struct CodeRunner {
    // Of the input, and a day before that of what set it off.
    static inline const Moment moment{*parse_instant("2026-03-02T07:15:04Z"),
                                      *parse_instant("2026-03-01T07:00:00Z")};
    Program program;
    TestHost host;
    Budget budget;
    std::vector<Frame> frames;

    explicit CodeRunner(UnitBuilder builder) {
        program.header.timezone = "Africa/Nairobi";
        program.header.currency = *Currency::parse("KES");
        program.schema = make_base_schema();
        program.units.push_back(std::move(builder.unit));
    }
    Outcome run() {
        Evaluator evaluator(program);
        frames.assign(1, Frame{});
        return evaluator.run(frames, host, moment, budget);
    }
    Value value() {
        const Outcome outcome = run();
        INFO((outcome.failure ? outcome.failure->message : ""));
        REQUIRE(outcome.kind == OutcomeKind::finished);
        return outcome.value;
    }
};

using Told = std::vector<std::string>;

}  // namespace pawl::rules
