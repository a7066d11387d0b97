#include "store_suite.h"

namespace pawl::engine {

TEST_CASE("the memory store is a store") {
    store_suite([] { return make_memory_store(); });
}

}  // namespace pawl::engine
