#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "engine/internal/turn.h"
#include "engine/ports/store.h"

// Runs that wait, and the steps of journeys, as parts of a state (engine/export.h).

namespace pawl::engine {

// Whether a value of it is a secret, which is not exported.
bool holds_secret(const StoredRun& run);

// An object: which run it is, for people, and the run itself.
std::string run_json(const StoredRun& run, const rules::Program& program);
// The run of such an object waits in the turn's layer, with its timer, its keys and its row. Only
// one that stands where code of the program may stand is taken; an error names the first place that
// does not fit. One of another text is taken as it is (StoredRun::is_stale).
Status restore_run(Turn& turn, const std::string& place, const Json& json);

// A row of `scheduled_step`.
std::string step_json(rules::RecordKey key, const rules::Record& row,
                      const rules::Program& program);
Status restore_step(Turn& turn, const std::string& place, const Json& json);

}  // namespace pawl::engine
