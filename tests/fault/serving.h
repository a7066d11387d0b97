#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/fault/child.h"

// For the tests alone: engines that are served by `fault_engine`, and killed.

namespace pawl::fault {

constexpr int killed = 128 + 9;

// Of this run; `--rng-seed time` chooses another one each time.
inline unsigned seed_of(const char* what) {
    const unsigned seed = Catch::rngSeed();
    std::printf("%s: --rng-seed %u\n", what, seed);
    return seed;
}

// A fresh engine that has told that it is ready.
struct Served : Child {
    explicit Served(const std::string& folder, std::vector<std::string> more = {},
                    const std::string& book = "first")
        : Child(words(folder, std::move(more), book)) {
        REQUIRE(read_line() == "ready");
    }
    static std::vector<std::string> words(const std::string& folder, std::vector<std::string> more,
                                          const std::string& book = "first") {
        more.insert(more.begin(), {"serve", folder, book});
        return more;
    }
    // Ends it in order.
    void stop() {
        end_input();
        const auto told = read_line();
        REQUIRE(told.has_value());
        std::istringstream words(*told);
        std::string stopped;
        words >> stopped >> turns >> commits;
        CHECK(stopped == "stopped");
        CHECK(wait() == 0);
    }
    // Of this life, once it has stopped.
    std::uint64_t turns = 0, commits = 0;
};

}  // namespace pawl::fault
