#pragma once

#include <optional>

#include "engine/runtime.h"
#include "rules/program.h"
#include "server/internal/response.h"

// What the API tells of time: the engine's clock, timetables, and what would happen.

namespace pawl::server::internal {

// The time that the engine goes by, and whether the machine's clock is believed. `accepted`:
// whether it was accepted just now; nothing: nobody wanted that.
Response show_clock(const engine::RuntimeStats& stats, std::optional<bool> accepted = {});

// The journeys of the rulebook with the names of their steps, and the zone in which it tells time.
Response list_journeys(const rules::Program& program);

// {"happenings":[…]}, or why the input would not go in. Nothing: the engine is stopping.
Response show_preview(const std::optional<engine::Preview>& preview);

}  // namespace pawl::server::internal
