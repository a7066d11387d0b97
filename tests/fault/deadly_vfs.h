#pragma once

#include <cstdint>

// SQLite's own file layer of this system, with one thing more: it counts writes, syncs and what
// else changes files, and at the n-th the process kills itself as `kill -9` would.

namespace pawl::fault {

// Makes it the default of this process. 0: never.
void install_deadly_layer(std::uint64_t kill_at);
// How many operations there were.
std::uint64_t counted_operations();

}  // namespace pawl::fault
