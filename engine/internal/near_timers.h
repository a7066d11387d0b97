#pragma once

#include <map>
#include <vector>

#include "engine/ports/store.h"

// The stored timers that are due next. Those up to `known_until_` are all here, later ones are in
// the store alone until they come near; so a million that wait for months take no memory.

namespace pawl::engine {

class NearTimers {
 public:
    // The store outlives it.
    explicit NearTimers(Store& store) : store_(store) {}

    // The earliest of all; none: there is none. Until the next call of any of these.
    const StoredTimer* first();
    // What a turn is about to commit.
    void note(const std::vector<TimerWrite>& writes);

 private:
    Store& store_;
    std::map<TimerKey, StoredTimer> near_;
    TimerKey known_until_;
    bool knows_all_ = false;  // the store has none later than those in `near_`
};

}  // namespace pawl::engine
