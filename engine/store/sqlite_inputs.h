#pragma once

#include <cstddef>
#include <vector>

#include "engine/ports/store.h"
#include "engine/store/sqlite_scan.h"

namespace pawl::engine {

// Inputs above `after` as they came, ascending, `count` at most. Throws.
std::vector<StoredInput> read_inputs(Statements& statements, InputNumber after, std::size_t count);

}  // namespace pawl::engine
