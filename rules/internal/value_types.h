#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/schema.h"

// Which values a type holds.

namespace pawl::rules::internal {

// Whether a value that is not missing is of the kind that the type's values have. Not whether an
// option, entity or record type is the right one.
bool fits_type(const Value& value, const Type& type);

// A text as a field of that type keeps it: an e-mail address in small letters, a phone number in
// E.164; nothing when it is none.
std::optional<std::string> text_for_type(TypeKind type, std::string_view text);

}  // namespace pawl::rules::internal
