#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/program.h"

namespace pawl::simulation {

// A step that did not come out as written.
struct StepFailure {
    std::uint32_t line = 0;
    std::string step;                   // as written
    std::vector<std::string> observed;  // what was there instead, nearest first
};

struct TestReport {
    std::vector<StepFailure> failures;
    bool passed() const { return failures.empty(); }
};

// Runs one `test` block of the program through the production engine: a store of its own, a virtual
// clock, the outside world as the test scripts it. Goes on after an expectation that fails, and
// stops at a step that cannot be carried out, since what follows stands on it.
TestReport run_test(const rules::Program& program, const rules::Test& test);

}  // namespace pawl::simulation
