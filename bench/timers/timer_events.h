#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "bench/turns/latencies.h"
#include "engine/runtime.h"

// What the benchmark of timers feeds in: bench/timers/book.pawl.

namespace pawl::bench {

// An event that starts a run for each of these instants.
std::string reminders_text(std::uint64_t number, const std::vector<Instant>& due);
// One that leaves a log row, and no more.
std::string note_text(std::uint64_t number);

// Hands events to the runtime one by one, on the calling thread, and keeps how long each took to be
// answered.
class EventFeeder {
 public:
    // The runtime outlives it, or was stopped.
    explicit EventFeeder(engine::Runtime& runtime) : runtime_(runtime) {}

    // Errors: "refused", of this event or of one before. `begin`: what its time counts from.
    Status send(const std::string& event, engine::WaitFor wait,
                Clock::time_point begin = Clock::now());
    // Waits until fewer than so many are under way.
    void wait_for_room(std::uint64_t in_flight);
    // Waits until all are answered.
    Status finish();

    void forget_latencies();
    // While nothing is under way.
    Latencies& latencies() { return latencies_; }

 private:
    Status problem();
    void answer(Clock::time_point begin, const std::vector<engine::Receipt>& receipts);

    engine::Runtime& runtime_;
    std::uint64_t sent_ = 0;
    std::atomic<std::uint64_t> answered_ = 0;
    std::mutex mutex_;  // of what follows
    Latencies latencies_;
    std::string problem_;  // of the first event that was not accepted
};

}  // namespace pawl::bench
