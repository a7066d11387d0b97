#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace pawl::bench {

struct ReadyOptions {
    std::string program;  // the file of `pawl`
    std::string book;
    std::string data;  // a data folder with a store
    unsigned rounds = 5;
};

struct Ready {
    double cold_ms = 0, warm_ms = 0;  // the middle of the rounds
    std::uint64_t idle_rss_bytes = 0;
    std::uint64_t store_bytes = 0;
};

// Starts `pawl serve` on the store, from exec to the line that says it listens; looks at its memory
// a third of a second later; ends it in order. Cold: the kernel was asked to forget what it holds
// of the store's files; warm: right after. Errors: "serve", with what the program said.
Result<Ready> measure_ready(const ReadyOptions& options);

}  // namespace pawl::bench
