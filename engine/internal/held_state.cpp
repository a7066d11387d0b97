#include "engine/internal/held_state.h"

#include "engine/internal/state_json.h"

namespace pawl::engine {

std::string encode_held(const HeldState& held, const rules::Schema& schema) {
    StateWriter out(schema);
    out.instant("due", held.due);
    out.instant("timer", held.timer.due);
    out.number("timer_number", held.timer.number);
    out.text("guard", held.guard);
    out.raw("pending", held.pending);
    return out.take();
}

std::optional<HeldState> decode_held(const std::optional<std::string>& text,
                                     const rules::Schema& schema) {
    if (!text) return std::nullopt;
    StateReader in(*text, schema);
    const auto due = in.instant("due"), timer = in.instant("timer");
    HeldState held{due.value_or(Instant{}),
                   {timer.value_or(Instant{}), in.number("timer_number")},
                   in.text("guard"),
                   in.raw("pending")};
    if (!in.is_good() || !due || !timer) return std::nullopt;
    return held;
}

}  // namespace pawl::engine
