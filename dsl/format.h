#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::dsl {

// One file in canonical form: idempotent, comments kept in their place, meaning unchanged. Text
// with a syntax mistake is not touched: the error names the first one.
Result<std::string> format(std::string_view path, std::string_view text);

}  // namespace pawl::dsl
