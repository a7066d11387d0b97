#pragma once

#include <cstdint>

#include "base/result.h"
#include "bench/turns/latencies.h"

namespace pawl::bench {

// Deposits [first, first + count) of `accounts`.
struct EventRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::uint64_t accounts = 1;
};

// Closed loop: the next event leaves when one is acknowledged, so that `in_flight` are under way.
// Open loop: they leave at `per_second`, whatever comes back, and each one's time counts from the
// instant at which it was due to leave: an engine that stands still is charged for all that had to
// wait.
struct Pace {
    std::uint32_t in_flight = 64;
    double per_second = 0;  // 0: closed loop
};

// Feeds the engine on the calling thread.
class Sender {
 public:
    virtual ~Sender() = default;

    // Returns once every event is acknowledged and the turn of the last one, and so of all, is on
    // disk. `acks` gets the time of each acknowledgement. An error when one was not accepted.
    virtual Status send(const EventRange& events, Latencies& acks) = 0;
};

// When the n-th event of an open loop is due.
inline Clock::time_point due_at(Clock::time_point begin, std::uint64_t number, double per_second) {
    return begin + std::chrono::nanoseconds(
                       static_cast<std::int64_t>(static_cast<double>(number) * 1e9 / per_second));
}

// A thread that sleeps is told late: by some fifty microseconds, on a machine that is itself asleep
// by two hundred. That is none of the engine's; so for so long before an event is due the sender
// looks at the clock instead, where events are so far apart that it is little of the whole.
inline Clock::duration awake_before(double per_second) {
    return std::chrono::microseconds(per_second <= 200 ? 500 : 0);
}

}  // namespace pawl::bench
