#pragma once

#include "engine/internal/turn.h"

namespace pawl::engine {

// The instant of a state that says it (engine/export.h), for the turn that loads it; else the
// beginning of time.
Instant state_instant(const Json& state, const rules::Program& program);

// The records of a state file (cli.md), into the turn's layer, as if they had always been there.
// The error names the first place that does not fit; then the turn is not to be finished.
Status load_records(Context& context, Turn& turn, const Json& state);

}  // namespace pawl::engine
