#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace pawl::bench {

using Clock = std::chrono::steady_clock;

// Every single duration that was measured, so that percentiles are exact. One thread at a time.
class Latencies {
 public:
    void add(std::chrono::nanoseconds duration) { nanoseconds_.push_back(duration.count()); }
    // In milliseconds, by nearest rank: half of all were at most percentile_ms(0.5). 0 of none.
    double percentile_ms(double share);
    std::size_t count() const { return nanoseconds_.size(); }

 private:
    std::vector<std::int64_t> nanoseconds_;
};

double seconds_since(Clock::time_point begin);
// The middle one; of an even number the mean of the middle two. 0 of none.
double median(std::vector<double> values);

}  // namespace pawl::bench
