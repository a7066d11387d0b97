#pragma once

#include <string>
#include <string_view>

#include "dsl/internal/check_context.h"

// The edit for what parses and is no time, no length and no name: a time without its minutes, a
// number without its unit, `tomorrow`. Empty where nothing is known.

namespace pawl::dsl::internal {

// A value of the wrong type stands where `wanted` is due; `what` is as in the message.
std::string hint_for_time(const Context& context, ExpressionIndex index, Type wanted,
                          const std::string& what);

// Two sides of a comparison that do not go together.
std::string hint_for_compared_times(const Context& context, const Binary& binary, Type left,
                                    Type right);

// `between` whose bounds are not of the value's type.
std::string hint_for_between(Type value, Type bound);

// A name that nothing has where a value is due.
std::string hint_for_time_word(std::string_view name);

// `days(3)`: a function that there is none of.
std::string hint_for_length_call(const Context& context, const CallExpression& call);

// A name that no event has behind `when`: `daily`, or a field that holds a date.
std::string hint_for_event(Context& context, std::string_view name);

// "write `Africa/Nairobi`" for a zone that is not known, or how one is written.
std::string hint_for_zone(std::string_view written);

}  // namespace pawl::dsl::internal
