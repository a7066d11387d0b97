#pragma once

#include <cstdint>
#include <string>

#include "engine/happening.h"
#include "rules/program.h"
#include "rules/records.h"

namespace pawl::engine {

// One happening as a line of `dry-run --json` (cli.md), without its line break: `kind`, `at`, then
// the keys of its kind in the order of cli.md's table. What is empty is left out.
// Of `step` and `retry`, `at` is when that comes, and `told_at` the instant of the turn.
// `input_line` is the line of the events file that was refused; 0: none.
std::string happening_json(const Happening& happening, const rules::Program& program,
                           rules::Records& records, std::uint64_t input_line = 0);

// "success", "failed", "stopped", "cancelled".
std::string_view end_status_text(EndStatus status);
// "planned", "moved", "skipped", "done", "failed".
std::string_view step_state_text(StepState state);
// "started", "paused", "resumed", "shifted", "stopped", "completed".
std::string_view journey_state_text(JourneyState state);

}  // namespace pawl::engine
