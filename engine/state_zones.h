#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "rules/program.h"

// Fields from which a time zone is read, and that name none. Such a value is kept, and the
// rulebook's zone is in force meanwhile; that is told where it comes in, since what goes by it may
// come months later.

namespace pawl::engine {

// For people. `place`: "account/a1.timezone".
std::string unknown_zone_text(std::string_view place, std::string_view zone);

// The same of each such field of a state file, in the order of the file. What else is wrong with
// the state is told by who loads it.
std::vector<std::string> unknown_zones(const Json& state, const rules::Program& program);

}  // namespace pawl::engine
