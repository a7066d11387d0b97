#include "engine/internal/near_timers.h"

#include <iterator>

namespace pawl::engine {

namespace {

constexpr std::size_t read_at_once = 4'096;
// What is held in memory; above, the later half goes.
constexpr std::size_t held_max = 32'768;

}  // namespace

const StoredTimer* NearTimers::first() {
    if (near_.empty() && !knows_all_) {
        const std::vector<StoredTimer> read = store_.timers(known_until_, read_at_once);
        for (const StoredTimer& timer : read) near_.emplace(timer.key, timer);
        knows_all_ = read.size() < read_at_once;
        if (!knows_all_) known_until_ = read.back().key;
    }
    return near_.empty() ? nullptr : &near_.begin()->second;
}

void NearTimers::note(const std::vector<TimerWrite>& writes) {
    for (const TimerWrite& write : writes) {
        if (write.is_removed)
            near_.erase(write.timer.key);
        else if (knows_all_ || write.timer.key <= known_until_)
            near_.emplace(write.timer.key, write.timer);
    }
    if (near_.size() <= held_max) return;
    near_.erase(std::next(near_.begin(), held_max / 2), near_.end());
    known_until_ = std::prev(near_.end())->first;
    knows_all_ = false;
}

}  // namespace pawl::engine
