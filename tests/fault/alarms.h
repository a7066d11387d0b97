#pragma once

#include "rules/program.h"

// A rulebook of which one event sets one thing of each kind to come due, each at a second of its
// own; each leaves a trace.

namespace pawl::fault {

rules::Program compile_alarms();

}  // namespace pawl::fault
