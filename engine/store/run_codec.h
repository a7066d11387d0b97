#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/ports/store.h"
#include "rules/program.h"

// A waiting run as text. It outlives the program that it began with: what a program knows by its
// place (units, rules, actions, events) is named, a unit by its hash besides. Values are in the
// durable form of value_key.h.

namespace pawl::engine {

// The program is the one that the run's frames are of.
std::string encode_run(const StoredRun& run, const rules::Program& program);
// The run with the places of that program; stale where it has no unit of a frame any more, or has
// it with another meaning. Nothing for a text that encode_run did not write, now or in an earlier
// release, or that names what the schema does not have.
std::optional<StoredRun> decode_run(std::string_view text, const rules::Program& program);

}  // namespace pawl::engine
