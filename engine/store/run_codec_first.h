#pragma once

#include <optional>
#include <string_view>

#include "engine/ports/store.h"
#include "rules/program.h"

namespace pawl::engine {

// A run as the first release wrote it: a JSON object that names units and rules by their places
// alone. What the program has there is taken for what it was; stale where it has nothing.
std::optional<StoredRun> decode_run_of_first_release(std::string_view text,
                                                     const rules::Program& program);

}  // namespace pawl::engine
