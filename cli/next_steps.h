#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/json.h"
#include "base/time.h"

// Of many steps of journeys, as the engine lists them, those that a person wants to see first:
// those that come next, then those that are over, the newest first. Holds no more than it must.

namespace pawl::cli {

class NextSteps {
 public:
    // All that are added are kept where there is no limit.
    explicit NextSteps(std::optional<std::size_t> limit) : limit_(limit) {}

    void add(const Json& item);

    // What is kept, by time; steps of one instant in the order in which they were added.
    std::vector<Json> take();

    // Of those that were added and are not kept: known from take() on.
    std::size_t ahead_left_out() const { return ahead_left_out_; }
    std::size_t over_left_out() const { return over_left_out_; }

 private:
    struct Step {
        bool is_ahead;
        std::optional<Instant> at;
        std::size_t place;
        Json item;
    };
    static bool matters_more(const Step& left, const Step& right);
    void cut(std::size_t count);

    std::optional<std::size_t> limit_;
    std::vector<Step> steps_;
    std::size_t count_ = 0, ahead_left_out_ = 0, over_left_out_ = 0;
};

}  // namespace pawl::cli
