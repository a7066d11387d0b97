#include "engine/internal/writer.h"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <vector>

#include "sample_program.h"
#include "test_store.h"

namespace pawl::engine {

namespace {

// What is told by a writer, and when.
struct Told {
    SealedGroup group(int number) {
        SealedGroup group;
        group.releases.emplace_back([this, number] {
            const std::lock_guard lock(mutex);
            numbers.push_back(number);
        });
        return group;
    }
    std::vector<int> now() {
        const std::lock_guard lock(mutex);
        return numbers;
    }
    std::mutex mutex;
    std::vector<int> numbers;
};

// Lets a test wait until groups are committed.
struct Committed {
    void operator()(bool is_committed) {
        const std::lock_guard lock(mutex);
        count += is_committed ? 1 : 0;
        changed.notify_one();
    }
    void wait(int wanted) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return count >= wanted; });
    }
    std::mutex mutex;
    std::condition_variable changed;
    int count = 0;
};

}  // namespace

TEST_CASE("the next group is committed while the disk takes the one before, which is told then") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    std::promise<void> may_end;
    const std::shared_future<void> end = may_end.get_future().share();
    store.sync_with([end]() -> Status {
        end.wait();
        return Done{};
    });
    Told told;
    Committed committed;
    const RuntimeOptions options;
    Writer writer(store, options, std::ref(committed));
    writer.commit(told.group(1));
    committed.wait(1);
    writer.commit(told.group(2));
    committed.wait(2);
    CHECK(writer.is_syncing());
    CHECK(told.now().empty());
    SealedGroup third = told.group(3);
    CHECK_FALSE(writer.commit_here(third));  // it would be told before the others
    may_end.set_value();
    CHECK(writer.wait_until_synced());
    CHECK_FALSE(writer.is_syncing());
    CHECK(told.now() == std::vector<int>{1, 2});
}

TEST_CASE("what the disk did not take is never told, and nothing is committed after it") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    store.sync_with([]() -> Status { return Error{"unreadable", "the disk is gone"}; });
    Told told;
    std::promise<std::string> fatal;
    RuntimeOptions options;
    options.on_fatal = [&](const Error& error) { fatal.set_value(error.message); };
    Writer writer(store, options, [](bool) {});
    writer.commit(told.group(1));
    CHECK(fatal.get_future().get() == "the disk is gone");
    CHECK_FALSE(writer.wait_until_synced());
    CHECK(writer.has_failed());
    SealedGroup second = told.group(2);
    CHECK_FALSE(writer.commit_here(second));
    writer.stop();
    CHECK(told.now().empty());
    CHECK(store.batches().size() == 1);
}

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
