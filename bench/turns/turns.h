#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "bench/turns/sender.h"

// The durable path, measured: an event comes in, is kept, sets a field of a record and leaves three
// log rows, and is acknowledged when that is on disk. Beside it, round by round in turn: the same
// rows written by SQLite's C API alone, and through HTTP also a server that answers and does
// nothing. Everything runs in this process, clients and servers on the same processors.

namespace pawl::bench {

enum class Through : std::uint8_t {
    core,  // straight to the runtime
    http,  // over kept-alive connections of 127.0.0.1, an event a POST
};

struct TurnsOptions {
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
    double seconds = 0;  // of all rounds, to the last turn on disk
    Percentiles ack;     // from an event's leaving, or from when it was due, to its acknowledgement
    double runs_per_group = 0;
    double growth_bytes_per_run = 0;   // of the store's files, after it was closed
    double written_bytes_per_run = 0;  // process_figures.h, written_bytes
    double rows_per_run = 0;           // counted in the store
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
// accepted), "exists" (the folder holds a store). A store that cannot go on ends the process with
// exit code 3.
Result<TurnsReport> measure_turns(const TurnsOptions& options,
                                  const std::function<void(std::uint64_t)>& show);

// The rulebook of the benchmark, written beside the store so that `pawl serve` can be started on
// it.
std::string turns_book_path(const std::string& data);

}  // namespace pawl::bench
