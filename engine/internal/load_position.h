#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "engine/ports/store.h"
#include "rules/program.h"

// The member `pawl` of a state (engine/export.h): how what comes new after it is named, and the
// marks that held. Without it a state begins from nothing.

namespace pawl::engine {

struct LoadPosition {
    Instant at;  // the state's
    RunNumber next_run = 1;
    rules::RecordKey next_key = 1;
    std::int64_t next_timer = 1;
    std::map<rules::EntityIndex, std::int64_t> next_ids;
    // Of the records that the state lists, in their order.
    std::map<rules::EntityIndex, std::vector<rules::RecordKey>> keys;
    std::vector<MarkWrite> marks;
    // Lists of what is restored once the records are there (state_runs.h); none: the state has
    // none.
    const Json* runs = nullptr;
    const Json* steps = nullptr;
    std::set<std::pair<rules::EntityIndex, rules::FieldIndex>> left_out;  // secrets
};

// The member, unless the rulebook has an entity of that name; none: there is none.
const Json* find_load_position(const Json& state, const rules::Program& program);

// An error names the first place that does not fit.
Result<LoadPosition> read_load_position(const Json& json, const rules::Program& program);

}  // namespace pawl::engine
