#include "cli/next_steps.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "cli/engine_client.h"

namespace pawl::cli {

void NextSteps::add(const Json& item) {
    const std::string state = text_member(item, "state");
    steps_.push_back({.is_ahead = state == "planned" || state == "moved",
                      .at = parse_instant(text_member(item, "at")),
                      .place = count_++,
                      .item = item});
    // Cut now and then, not each time: then an addition costs the same however many there are.
    constexpr std::size_t slack = 1'000;
    if (limit_ && steps_.size() >= 2 * *limit_ + slack) cut(*limit_);
}

bool NextSteps::matters_more(const Step& left, const Step& right) {
    if (left.is_ahead != right.is_ahead) return left.is_ahead;
    if (left.at != right.at) return left.is_ahead ? left.at < right.at : right.at < left.at;
    return left.place < right.place;
}

void NextSteps::cut(std::size_t count) {
    if (steps_.size() <= count) return;
    const auto end = steps_.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(steps_.begin(), end, steps_.end(), matters_more);
    for (auto step = end; step != steps_.end(); ++step)
        ++(step->is_ahead ? ahead_left_out_ : over_left_out_);
    steps_.erase(end, steps_.end());
}

std::vector<Json> NextSteps::take() {
    if (limit_) cut(*limit_);
    std::sort(steps_.begin(), steps_.end(), [](const Step& left, const Step& right) {
        return std::tie(left.at, left.place) < std::tie(right.at, right.place);
    });
    std::vector<Json> items;
    items.reserve(steps_.size());
    for (Step& step : steps_) items.push_back(std::move(step.item));
    steps_.clear();
    return items;
}

}  // namespace pawl::cli
