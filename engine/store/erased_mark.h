#pragma once

#include <string>

#include "rules/value.h"

// The mark that stays behind of a person who was erased (engine/erase.h). The record is still one,
// but nobody acts as it any more, and nothing is begun for it.

namespace pawl::engine {

// Keys are given once, so a record that is made later with the same id is another one.
inline std::string erased_mark(rules::RecordKey key) { return "erased/" + std::to_string(key); }

}  // namespace pawl::engine
