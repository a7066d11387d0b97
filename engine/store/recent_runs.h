#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>

#include "engine/ports/store.h"

// Waiting runs that were written lately, so that one that waits a second is not read back from the
// disk. Those written first go first: whoever waits for months is read back.

namespace pawl::engine {

class RecentRuns {
 public:
    explicit RecentRuns(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Nothing: not known here.
    std::shared_ptr<const StoredRun> get(RunNumber number) const;
    // What the store has now; none: the run has ended.
    void put(RunNumber number, std::shared_ptr<const StoredRun> run);
    void forget_all();

 private:
    struct Entry {
        RunNumber number = 0;
        std::shared_ptr<const StoredRun> run;
        std::size_t bytes = 0;
    };
    void remove(RunNumber number);

    const std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::list<Entry> entries_;  // the first written first
    std::unordered_map<RunNumber, std::list<Entry>::iterator> places_;
};

}  // namespace pawl::engine
