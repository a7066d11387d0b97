#include "own_rows_suite.h"
#include "store_suite.h"
#include "time_suite.h"

namespace pawl::engine {

TEST_CASE("the memory store is a store") {
    store_suite([] { return make_memory_store(); });
}

TEST_CASE("the memory store keeps timers and runs that wait") {
    time_suite([] { return make_memory_store(); });
}

TEST_CASE("the memory store gives records in the order of a field") {
    order_suite([] { return make_memory_store(); });
}

TEST_CASE("the memory store finds rows of the engine's own by the number of their id") {
    find_rows_suite(*make_memory_store());
}

TEST_CASE("the memory store answers whole rows of the engine's own") {
    own_rows_suite([] { return make_memory_store(); });
}

}  // namespace pawl::engine
