#include "engine/internal/writer.h"

#include <catch2/catch.hpp>
#include <future>

#include "sample_program.h"
#include "test_store.h"

namespace pawl::engine {

TEST_CASE("nothing is committed on the core's thread while the writer's moves the log") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    std::promise<void> is_moving, may_end;
    store.move_log_with([&] {
        is_moving.set_value();
        may_end.get_future().wait();
    });
    const RuntimeOptions options;
    Writer writer(store, options, [](bool) {});
    writer.commit({});
    is_moving.get_future().wait();
    // The group before is committed and told; its thread still has the store.
    SealedGroup group;
    CHECK_FALSE(writer.commit_here(group));
    CHECK(store.batches().size() == 1);
    may_end.set_value();
    writer.stop();
}

}  // namespace pawl::engine
