#include "engine/store/recent_runs.h"

#include <iterator>
#include <utility>

namespace pawl::engine {

namespace {

// What an entry costs beside its run: two nodes and the run's block.
constexpr std::size_t entry_bytes = 128;

std::size_t bytes_of(const StoredRun& run) {
    std::size_t bytes = entry_bytes + sizeof(StoredRun);
    for (const rules::Frame& frame : run.frames) {
        bytes += sizeof(rules::Frame);
        for (const rules::Value& local : frame.locals) bytes += local.size_bytes();
    }
    for (const OvertakingEvent& event : run.overtaking) bytes += event.fields.size_bytes();
    for (const auto& [event, key] : run.waits_for) bytes += event.size() + key.size() + 64;
    for (const rules::Value& argument : run.call.arguments) bytes += argument.size_bytes();
    return bytes;
}

}  // namespace

std::shared_ptr<const StoredRun> RecentRuns::get(RunNumber number) const {
    const auto place = places_.find(number);
    return place == places_.end() ? nullptr : place->second->run;
}

void RecentRuns::put(RunNumber number, std::shared_ptr<const StoredRun> run) {
    remove(number);
    if (run == nullptr) return;
    const std::size_t bytes = bytes_of(*run);
    entries_.push_back({number, std::move(run), bytes});
    places_.emplace(number, std::prev(entries_.end()));
    bytes_ += bytes;
    while (bytes_ > bytes_max_) remove(entries_.front().number);
}

void RecentRuns::forget_all() {
    places_.clear();
    entries_.clear();
    bytes_ = 0;
}

void RecentRuns::remove(RunNumber number) {
    const auto place = places_.find(number);
    if (place == places_.end()) return;
    bytes_ -= place->second->bytes;
    entries_.erase(place->second);
    places_.erase(place);
}

}  // namespace pawl::engine
