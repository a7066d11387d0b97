#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "bench/turns/sender.h"
#include "bench/turns/workload.h"

// The durable path, measured: an event comes in, is kept and acknowledged, and starts a run of
// three steps that each record a result; after a timer of one second there is a fourth one, and
// when that is on disk the run is done. Or, as Work::at_once, all in the event's own turn. Beside
// it, round by round in turn: the same rows written by SQLite's C API alone, and through HTTP also
// a server that answers and does nothing. Everything runs in this process, clients and servers on
// the same processors.

namespace pawl::bench {

enum class Through : std::uint8_t {
    core,  // straight to the runtime
    http,  // over kept-alive connections of 127.0.0.1, an event a POST
};

struct TurnsOptions {
    Work work = Work::waits;
    std::uint64_t runs = 100'000;
    Pace pace;
    Through through = Through::core;
    std::uint64_t accounts = 1'000;
    std::string data;  // a folder that holds no store yet; it stays
};

// Times in milliseconds.
struct Percentiles {
    double p50 = 0, p99 = 0;
};

struct TurnsReport {
    std::uint64_t runs = 0;
    double seconds = 0;  // of all rounds, to the last run done
    // Of runs that wait: over the seconds in which both of their halves were under way
    // (RunWatch::steady); 0 of these: the rounds were too short, and all their time counts but that
    // in which runs did nothing but wait. Else of all seconds.
    double runs_per_s = 0;
    double steady_seconds = 0;
    Percentiles ack;  // from an event's leaving, or from when it was due, to its acknowledgement
    Percentiles first_step;  // from there to its run's first step on disk
    // From the instant that a run waited for to its fourth step on disk; none: it does not wait.
    std::optional<Percentiles> timer_late;
    double runs_per_group = 0;
    double growth_bytes_per_run = 0;   // of the store's files, after it was closed
    double written_bytes_per_run = 0;  // process_figures.h, written_bytes
    // As the raw writer writes them. Of runs that wait: what they leave and take away again too
    // (PassingRows).
    double rows_per_run = 0;
    // Of the raw writer, in groups of the same size; medians of the rounds.
    double yardstick_rows_per_s = 0;
    double ratio = 0;  // our rows a second to the yardstick's
    double ratio_least = 0, ratio_most = 0;
    Percentiles yardstick_commit;
    // Of a server that only answers; none through the core or at a rate.
    std::optional<double> bare_http_per_s, http_ratio;
    std::uint64_t lost = 0, doubled = 0;
};

// `show` hears how many runs are done. Errors: those of the store, "refused" (an event was not
// accepted), "lost" (a run did not go on), "exists" (the
// folder holds a store). A store that cannot go on ends the process with
// exit code 3.
Result<TurnsReport> measure_turns(const TurnsOptions& options,
                                  const std::function<void(std::uint64_t)>& show);

}  // namespace pawl::bench
