#include "bench/turns/latencies.h"

#include <algorithm>
#include <cmath>

namespace pawl::bench {

double Latencies::percentile_ms(double share) {
    if (nanoseconds_.empty()) return 0;
    const auto count = static_cast<double>(nanoseconds_.size());
    const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(share * count)));
    const auto place =
        nanoseconds_.begin() + static_cast<std::ptrdiff_t>(std::min(rank, nanoseconds_.size()) - 1);
    std::nth_element(nanoseconds_.begin(), place, nanoseconds_.end());
    return static_cast<double>(*place) / 1e6;
}

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace pawl::bench
