#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "base/time.h"

// The wall clock, watched by one that only counts on (meaning.md 6). Where the wall jumps by more
// than an hour, time goes on as it was until somebody accepts the jump: a machine whose clock was
// set wrong must not send eight months of messages at once. Any thread.

namespace pawl::engine {

class ClockGuard {
 public:
    // `wall`: the instant of the wall. `steady`: microseconds that only grow, of no particular
    // beginning; none: the wall is believed.
    ClockGuard(std::function<Instant()> wall, std::function<std::int64_t()> steady);

    Instant now();
    // How far the wall is ahead of the time that is told; nothing: it is believed.
    std::optional<std::int64_t> jump_micros();
    // The wall is right from now on.
    void accept();

 private:
    Instant look();

    std::function<Instant()> wall_;
    std::function<std::int64_t()> steady_;
    std::mutex mutex_;  // of what follows
    Instant told_;
    std::int64_t told_steady_ = 0;
    bool has_told_ = false;
    bool is_held_ = false;
    std::int64_t jump_ = 0;
};

}  // namespace pawl::engine
