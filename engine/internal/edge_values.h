#pragma once

#include <compare>

#include "rules/value.h"

// How edges compare the values of a field.

namespace pawl::engine {

// Of values that a threshold compares; unordered for what does not go together, a missing one too.
std::partial_ordering compare_values(const rules::Value& left, const rules::Value& right);

bool same_value(const rules::Value& left, const rules::Value& right);

// `high` lies at least `by` above `low`; with `by` missing always. Through doubles only where a
// number takes part.
bool is_apart(const rules::Value& high, const rules::Value& low, const rules::Value& by);

}  // namespace pawl::engine
