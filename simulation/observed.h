#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"
#include "rules/program.h"

namespace pawl::simulation {

// What the condition at `entry` of a test's unit saw, for a report: "p.status is queued" of each
// field that it reads, in the order written, and the left side of its comparison where that is
// more than a field.
std::vector<std::string> observed_values(const rules::Program& program, engine::Engine& engine,
                                         rules::UnitIndex unit, std::uint32_t entry,
                                         const std::vector<rules::Value>& locals);

// A value as a test's report shows it: texts quoted, records by their id.
std::string report_text(const rules::Value& value, const rules::Program& program,
                        rules::Records& records);

}  // namespace pawl::simulation
