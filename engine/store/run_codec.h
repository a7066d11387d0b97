#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/ports/store.h"
#include "rules/schema.h"

// A waiting run as text, a JSON object; its values are in the durable form of value_key.h.

namespace pawl::engine {

std::string encode_run(const StoredRun& run, const rules::Schema& schema);
// Nothing for a text that encode_run did not write, or that names what the schema does not have.
std::optional<StoredRun> decode_run(std::string_view text, const rules::Schema& schema);

}  // namespace pawl::engine
