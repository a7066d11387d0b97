#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "bench/turns/latencies.h"
#include "engine/happening.h"

namespace pawl::bench {

// How fast runs went while both of their halves were under way: the first ones up to the wait, and
// the second ones of those before.
struct Steady {
    double seconds = 0;
    double runs = 0;  // begun or ended in that time, whichever is fewer
};

// Microseconds of the wall clock since 1970.
std::int64_t wall_micros();

// Hears what the runtime tells once it is on disk, and keeps when that was. Of runs that wait once
// for an instant. What it keeps of a run is 16 bytes, for as long as it lives.
class RunWatch {
 public:
    // What is told then is measured from `at`: the event with that number (workload.h) leaves. Any
    // thread, before the event is submitted.
    void event_leaves(std::uint64_t number, Clock::time_point at);
    // RuntimeOptions::on_happening. On the writer's thread.
    void hear(const engine::Happening& happening);

    // Rates are of what comes from now on; `begin` is when the first event leaves.
    void begin_round(Clock::time_point begin);
    // Waits until so many runs have gone on after their wait and ended, of all that ever did. False
    // when for a minute none does, though its time has come: some are lost.
    bool wait_for_ended(std::uint64_t runs);

    // Of the round. Steady: from two seconds after it began, when what was begun in the first one
    // has gone on, to the last run that began. Nothing: that is less than a second.
    std::optional<Steady> steady() const;
    // Of a round too short for that: its time without that in which runs did nothing but wait.
    double busy_seconds() const;

    std::uint64_t waiting() const;  // runs that ever began to wait
    std::uint64_t ended() const;    // of these
    std::uint64_t failed() const;   // of all: not with success
    Clock::time_point last_ended() const;

    // From an event's leaving to when the first step of its run is on disk. While nothing is told.
    Latencies& first_steps() { return first_steps_; }
    // From the instant that a run waited for to when what it did then is on disk. Likewise.
    Latencies& lateness() { return lateness_; }

 private:
    struct Wait {
        std::int64_t due_micros = 0;  // 0: it does not wait
    };
    Wait& wait_of(engine::RunNumber run);

    mutable std::mutex mutex_;  // of all
    std::condition_variable run_ended_;
    std::vector<Clock::time_point> left_;           // by an event's number
    std::optional<std::uint64_t> event_;            // the turn that is told is of this one
    engine::RunNumber first_run_ = 0;               // 0: none was told of yet
    std::vector<Wait> waits_;                       // by a run's number, from the first one
    std::vector<Clock::time_point> began_, ended_;  // of the round: runs that wait
    Clock::time_point begin_, last_ended_;
    std::int64_t last_due_micros_ = 0;
    std::uint64_t waiting_count_ = 0, ended_count_ = 0, failed_count_ = 0;
    Latencies first_steps_, lateness_;
};

}  // namespace pawl::bench
