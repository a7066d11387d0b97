#pragma once

#include <optional>
#include <string>

#include "engine/ports/store.h"
#include "rules/schema.h"

// What is put off until an instant, as the value of a mark "held/RULE/…". What a queue holds is a
// mark "queued/RULE/…" whose value is the pending rule alone.

namespace pawl::engine {

struct HeldState {
    Instant due;
    TimerKey timer;  // may come earlier
    std::string guard;
    std::string pending;  // as pending_codec.h writes it
};

std::string encode_held(const HeldState& held, const rules::Schema& schema);
// Nothing where there is no text, or one that encode_held did not write.
std::optional<HeldState> decode_held(const std::optional<std::string>& text,
                                     const rules::Schema& schema);

}  // namespace pawl::engine
