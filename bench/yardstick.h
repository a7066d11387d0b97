#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workloads.h"

// What one would write by hand for these rules alone: the fields of the event fetched with
// simdjson, then a hash index on (kind, segment), or a loop over rules whose texts are small
// numbers.

namespace pawl::bench {

enum class YardstickKind : std::uint8_t { hash_index, loop };

class Yardstick {
 public:
    Yardstick(const std::vector<RuleSpec>& rules, YardstickKind kind);
    ~Yardstick();

    // From JSON text to the matching rules, appended in any order.
    void match(const std::string& event, std::vector<std::uint32_t>& out);

 private:
    struct Data;
    std::unique_ptr<Data> data_;
};

}  // namespace pawl::bench
