#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "simulation/dry_run.h"

// A scenario file: sections that begin with a line `=== name`. Before the first stands, as
// comments, the sentence it shows.
//
//   # meaning 2: five rules on one event of which the third fails: four run
//   === book [name.pawl]      the rulebook; several, one after the other, are several files
//   === state                 as of --state
//   === events                as of --events
//   === answers               as of --answers
//   === options all           false conditions are told too
//   === options from T        as --from; `until T`, or a duration, as --until
//   === options outage T T    the engine stops at the one instant and goes on at the other
//   === options storm T T     between the two inputs come before what is due
//   === expect                what dry-run --json prints; of a rulebook or state that is refused,
//                             the message

namespace pawl::conformance {

struct Scenario {
    std::string title;                                      // the comment at the top
    std::vector<std::pair<std::string, std::string>> book;  // path, text
    std::string state, events, answers, expect;
    simulation::DryRunOptions options;
    std::string problem;  // why the file is no scenario; empty: it is one
};

Scenario parse_scenario(const std::string& text);
// The text with another `expect`.
std::string with_expectation(const std::string& text, const std::string& expect);
// The same with a restart of the engine before each event and after the last. A scenario that says
// itself when the engine is down stays as it is.
Scenario with_restarts(Scenario scenario);
// What the scenario comes to: compiled and run.
std::string run_scenario(const Scenario& scenario);

}  // namespace pawl::conformance
