#include "engine/internal/clock_guard.h"

#include <cstdlib>
#include <utility>

#include "base/limits.h"

namespace pawl::engine {

ClockGuard::ClockGuard(std::function<Instant()> wall, std::function<std::int64_t()> steady)
    : wall_(std::move(wall)), steady_(std::move(steady)) {}

Instant ClockGuard::look() {
    const Instant wall = wall_();
    if (!steady_) return wall;
    const std::int64_t steady = steady_();
    if (!has_told_) {
        has_told_ = true;
        told_ = wall;
    } else {
        // Where the wall ought to stand.
        const Instant due{told_.micros + (steady - told_steady_)};
        jump_ = wall.micros - due.micros;
        // Set right again by itself, it is believed again.
        is_held_ = std::llabs(jump_) > limits::clock_jump_micros_max;
        told_ = is_held_ ? due : wall;
    }
    told_steady_ = steady;
    return told_;
}

Instant ClockGuard::now() {
    const std::lock_guard lock(mutex_);
    return look();
}

std::optional<std::int64_t> ClockGuard::jump_micros() {
    const std::lock_guard lock(mutex_);
    look();
    return is_held_ ? std::optional(jump_) : std::nullopt;
}

void ClockGuard::accept() {
    const std::lock_guard lock(mutex_);
    has_told_ = false;
    is_held_ = false;
    look();
}

}  // namespace pawl::engine
