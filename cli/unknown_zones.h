#pragma once

#include "base/json.h"
#include "cli/terminal.h"
#include "rules/program.h"

namespace pawl::cli {

// On standard error: where a state file names a time zone that nobody knows, and which one was
// likely meant. It is loaded all the same.
void tell_unknown_zones(const Json& state, const rules::Program& program, Terminal& terminal);

}  // namespace pawl::cli
