#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime.h"
#include "server/internal/routes.h"

// What /metrics tells, in Prometheus' text format 0.0.4. Owned by the loop's thread.

namespace pawl::server::internal {

// Of this moment.
struct Gauges {
    engine::RuntimeStats engine;
    std::size_t connections = 0;
    std::size_t requests_in_flight = 0;
    std::size_t reads_queued = 0;
    std::optional<std::uint64_t> store_bytes;
};

class Metrics {
 public:
    void count_request(Route route, unsigned status);
    // From the whole request to its answer's going out.
    void observe_events_request(std::chrono::steady_clock::duration taken);
    void count_refused_connection() { ++refused_connections_; }

    std::string text(const Gauges& gauges) const;

 private:
    static constexpr std::array<double, 14> bounds = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

    // Few statuses each, the most frequent one first after a moment.
    std::array<std::vector<std::pair<unsigned, std::uint64_t>>, route_count> requests_;
    std::array<std::uint64_t, bounds.size() + 1> within_{};  // the last one: slower than all bounds
    std::chrono::steady_clock::duration taken_{};
    std::uint64_t refused_connections_ = 0;
};

// Of this process; nothing where the system does not tell.
std::optional<std::uint64_t> resident_bytes();

}  // namespace pawl::server::internal
