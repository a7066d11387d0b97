#pragma once

#include <vector>

#include "rules/program.h"

namespace pawl::engine {

// The indexes that a store keeps for a program, derived from what the program asks for: equalities
// and ranges of its queries and sweeps, dates that rules are anchored on, references (a delete
// looks for what points at the record, a `whenever` for what its changed reference concerns) and
// the role by which a group's people are found.
struct IndexPlan {
    // By entity and field.
    std::vector<std::vector<bool>> indexed;

    bool has(rules::EntityIndex entity, rules::FieldIndex field) const {
        return indexed[entity][field];
    }
};

IndexPlan make_index_plan(const rules::Program& program);

}  // namespace pawl::engine
