#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// A unit that a run stands in, as its text names it.
struct UnitOfRun {
    char kind = 'x';
    std::string id, hash;
    friend auto operator<=>(const UnitOfRun&, const UnitOfRun&) = default;
};
// Of a run that encode_run wrote; none for anything else.
std::vector<UnitOfRun> units_of_run(std::string_view text);
bool is_unit_of_run(const rules::Unit& unit, const UnitOfRun& of);
std::string name_of(const UnitOfRun& unit);  // "rule reminder"

}  // namespace pawl::engine
