#pragma once

#include "engine/internal/turn.h"

namespace pawl::engine {

// The records of a state file (cli.md), into the turn's layer, as if they had always been there.
// The error names the first place that does not fit; then the turn is not to be finished.
Status load_records(Context& context, Turn& turn, const Json& state);

}  // namespace pawl::engine
