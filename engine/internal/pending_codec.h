#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/internal/context.h"

// A rule that was set off and is put off, as text: what a guard holds is there again after a
// restart.

namespace pawl::engine {

std::string encode_pending(const Pending& pending, const rules::Program& program);
// Nothing where the rule, its trigger or what it was about is not in the program any more, or the
// rule is silent now.
std::optional<Pending> decode_pending(std::string_view text, const rules::Program& program);

}  // namespace pawl::engine
