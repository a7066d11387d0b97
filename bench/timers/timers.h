#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "bench/turns/ready.h"
#include "bench/turns/turns.h"

// Pending timers, measured over SQLite. Of the many, each for a random moment an hour or two ahead,
// the timer alone is there: they are put into the store in groups, as the engine's commits put
// theirs, without the run that such a timer wakes. What a run that waits costs with all of it, its
// row, its place and its timer, is measured besides, of fewer. Among all these then: how soon an
// engine is ready, how late runs go on, and what a storm of them does to whoever sends an event.

namespace pawl::bench {

struct TimersOptions {
    std::uint64_t pending = 1'000'000;
    std::uint64_t storm = 100'000;  // runs that are due within one second
    std::string data;               // a folder that holds no store yet; it stays
    std::string program;            // the file of `pawl`
    unsigned ready_rounds = 3;      // 0: Ready is not measured
};

struct TimersReport {
    std::uint64_t pending = 0;
    double insert_per_s = 0;     // timers alone, until all are in the store's file
    double bytes_per_timer = 0;  // that the file gained
    std::uint64_t runs = 0;      // that wait for an hour or two ahead
    double runs_insert_per_s = 0, bytes_per_run = 0;
    Ready ready;              // of `pawl serve`, with all of them pending
    double first_ack_ms = 0;  // from opening the store in this process to its first event on disk
    std::uint64_t late_runs = 0;  // due at random moments of one second
    Percentiles late;             // from the instant each waited for to what it did then on disk
    std::uint64_t storm = 0;
    double storm_seconds = 0;  // from the beginning of their second to the last one on disk
    std::uint64_t storm_acks = 0;
    Percentiles storm_ack;                // of events that leave at 50 a second meanwhile
    std::uint64_t lost = 0, doubled = 0;  // timers and runs, counted behind the engine's back
};

// `show` hears how much is done of `pending` + `storm`. Errors: those of the store, "refused",
// "exists" (the folder holds a store), "lost" (a run did not go on), "slow" (the storm came while
// it was still being prepared). A store that cannot go on ends the process with exit code 3.
Result<TimersReport> measure_timers(const TimersOptions& options,
                                    const std::function<void(std::uint64_t)>& show);

}  // namespace pawl::bench
