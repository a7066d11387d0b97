#pragma once

#include <optional>
#include <string>

#include "engine/engine.h"
#include "engine/internal/context.h"

// Inputs as they come in, before their turns: what is kept, and what is known already.

namespace pawl::engine {

// What an input's key says of it (meaning.md 7).
enum class Known : std::uint8_t { is_new, duplicate, conflict, stale };
Known look_up(Context& context, const InputOrigin& origin);
// Why one that is in conflict or stale does not go in.
Refused refusal_of(Known known, const std::string& type, const InputOrigin& origin);

// Engine::append, Engine::read_appended.
Appended append_input(Context& context, std::string json, Instant arrival);
Input read_stored(Context& context, const StoredInput& stored);

}  // namespace pawl::engine
