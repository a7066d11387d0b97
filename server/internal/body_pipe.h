#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

// A body on its way from a read thread to its connection, in bounded memory: who writes waits for
// who sends, and who sends is told when there is something again.

namespace pawl::server::internal {

class BodyPipe {
 public:
    // `on_ready` is called on the writing thread, outside of the lock, when bytes or the end have
    // come since the last `take`; once until the next one.
    // `patience`: how long a full pipe is waited for. The store's log cannot shrink meanwhile.
    explicit BodyPipe(std::function<void()> on_ready,
                      std::chrono::milliseconds patience = std::chrono::seconds(10))
        : on_ready_(std::move(on_ready)), patience_(patience) {}

    // The read thread's. Waits while the pipe is full; the error says that nobody wants more, or
    // takes it too slowly.
    Status write(std::string_view bytes);
    enum class End : std::uint8_t { whole, broken };
    void end(End end);

    // The loop's thread's.
    enum class State : std::uint8_t { open, ended, broken };
    // Takes what is there; `ended` and `broken` are told once there is nothing behind.
    State take(std::string& out);
    // Whoever writes gives up.
    void cancel();

 private:
    static constexpr std::size_t bytes_max = 256u << 10;

    void tell(std::unique_lock<std::mutex>& lock);

    const std::function<void()> on_ready_;
    const std::chrono::milliseconds patience_;
    std::mutex mutex_;  // guards the rest
    std::condition_variable is_taken_;
    std::string bytes_;
    State state_ = State::open;
    bool is_told_ = false;
    bool is_cancelled_ = false;
};

}  // namespace pawl::server::internal
