#pragma once

#include <string>

#include "dsl/internal/check_expressions.h"
#include "rules/timing.h"

// What the parts of the language that tell time say of themselves: written out, or worked out from
// the settings alone, so that it is the same for every record and run.

namespace pawl::dsl::internal {

// Reports what is of another type, and what depends on a record, a run or the moment; `what` is the
// subject of the message. The value where it is written out; else the compiler makes code of it.
rules::Stated check_stated(Expressions& expressions, ExpressionIndex index, Type wanted,
                           const std::string& what);

// The value, where it is written out or is a setting's; as the setting says today.
std::optional<rules::Value> known_value(Context& context, ExpressionIndex index,
                                        const rules::Stated& stated);

enum class Months : std::uint8_t { taken, refused };

// A length of time above zero. `hint`: the mend where it is below.
rules::Stated check_length(Expressions& expressions, ExpressionIndex index, Months months,
                           const std::string& what, const std::string& hint = {});

// A whole number from 1 to `most`.
rules::Stated check_count(Expressions& expressions, ExpressionIndex index, std::int64_t most,
                          const std::string& what);

// Whether a number, an amount or a length of time is above zero.
bool is_positive(const rules::Value& value);

// Of an approximate length, for comparisons with zero and with one another: a month is 30 days.
std::int64_t rough_micros(Duration duration);

}  // namespace pawl::dsl::internal
