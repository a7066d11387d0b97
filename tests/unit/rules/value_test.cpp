#include "rules/value.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace pawl::rules {

TEST_CASE("a value is there as long as somebody has a copy of it") {
    // Held here, since nobody frees it.
    static const Value lasting = Value::lasting(Value::choice("success"));
    for (const bool is_lasting : {false, true}) {
        Value first = is_lasting ? lasting : Value::choice("success");
        std::vector<Value> copies(100, first);
        first = Value();
        std::atomic<int> equal = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 2; ++i)
            threads.emplace_back([kept = copies.back(), &equal, copies] {
                for (const Value& each : copies) equal += each == kept ? 1 : 0;
            });
        copies.erase(copies.begin(), copies.end() - 1);
        for (std::thread& thread : threads) thread.join();
        CHECK(equal == 200);
        CHECK(copies.back() == Value::choice("success"));
        CHECK(copies.back().as_text() == "success");
    }
}

}  // namespace pawl::rules
