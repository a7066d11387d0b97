#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "bench/turns/run_watch.h"
#include "bench/turns/sender.h"
#include "engine/runtime.h"

namespace pawl::bench {

// Hands events to the runtime as a server would, without the network.
class CoreSender : public Sender {
 public:
    // Both outlive it.
    CoreSender(engine::Runtime& runtime, RunWatch& watch, Pace pace)
        : runtime_(runtime), watch_(watch), pace_(pace) {}

    Status send(const EventRange& events, Latencies& acks) override;

 private:
    struct Sent {
        Clock::time_point begin;
        std::chrono::nanoseconds took{};
    };

    Status submit(const EventRange& events, std::uint64_t number, engine::WaitFor wait);
    void acknowledge(std::uint64_t index, const std::vector<engine::Receipt>& receipts);
    void wait_for(std::uint64_t acked);

    engine::Runtime& runtime_;
    RunWatch& watch_;
    Pace pace_;
    std::vector<Sent> sent_;  // of the range under way
    std::atomic<std::uint64_t> acked_ = 0;
    std::mutex problem_mutex_;
    std::string problem_;  // of the first event that was not accepted
};

}  // namespace pawl::bench
