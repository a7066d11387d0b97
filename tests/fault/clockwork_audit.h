#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "engine/store/sqlite_store.h"
#include "rules/program.h"
#include "tests/fault/clockwork.h"

// What the clockwork's events must have come to by now, worked out from nothing but the events in
// the order in which the store has them, and the instants of their turns.

namespace pawl::fault {

// Where the store holds something else than exactly these events bring about, each once and none
// before its time, the first difference; empty: it does not. Nothing may be to come any more.
std::string clockwork_difference(engine::Store& store, const rules::Program& program,
                                 const Clockwork& clockwork, const std::set<std::int64_t>& numbers);

}  // namespace pawl::fault
