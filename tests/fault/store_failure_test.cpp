#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "tests/fault/disk.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/store_scenario.h"

// Every single operation of the disk fails once, or the disk is full from there on.

namespace pawl::fault {

namespace {

using engine::SqliteStore;

struct World {
    World() : World(Image{}) {}
    explicit World(const Image& image) : disk(image) {}

    std::unique_ptr<SqliteStore> open(Edition edition = Edition::first,
                                      const engine::SqliteStoreOptions& options = {}) {
        auto opened = open_store(folder(), disk, edition, options);
        if (opened) return std::move(*opened);
        error = opened.error();
        return nullptr;
    }
    static const Folder& folder() {
        static const Folder one;
        return one;
    }
    std::string check() {
        Connection connection(folder().database(), disk.vfs());
        return connection.check();
    }

    Disk disk;
    Error error;
};

// A store in mid life that holds four groups, and was stopped in order.
const Image& four_groups() {
    static const Image image = [] {
        World world;
        auto store = world.open();
        REQUIRE(store != nullptr);
        for (std::size_t group = 1; group <= 4; ++group)
            REQUIRE(store->commit(scenario().batch(group)));
        store.reset();
        return world.disk.image();
    }();
    return image;
}

bool holds(SqliteStore& store, std::size_t groups) {
    return scenario().contents(store, Edition::first) ==
           scenario().expected(groups, Edition::first);
}

std::string difference(SqliteStore& store, std::size_t groups, Edition edition = Edition::first,
                       bool young = false) {
    return first_difference(scenario().contents(store, edition, young),
                            scenario().expected(groups, edition, young));
}

// How many operations of the disk some work takes on a store of four groups.
template <class Work>
std::size_t operations_of(const Work& work) {
    World world(four_groups());
    auto store = world.open();
    REQUIRE(store != nullptr);
    const std::size_t begin = world.disk.operations();
    work(*store);
    return world.disk.operations() - begin;
}

}  // namespace

TEST_CASE("a full disk: commit says so, harms nothing, and the same batch goes in afterwards") {
    std::size_t refused = 0;
    const std::size_t limit = operations_of([](SqliteStore& store) {
        REQUIRE(store.commit(scenario().batch(5)));
        REQUIRE(store.commit(scenario().batch(6)));
    });
    for (std::size_t n = 1; n <= limit; ++n) {
        World world(four_groups());
        auto store = world.open();
        REQUIRE(store != nullptr);
        CAPTURE(n);
        world.disk.fail_at(world.disk.operations() + n, Failure::full, true);
        std::size_t held = 4;
        while (held < 6) {
            const Status done = store->commit(scenario().batch(held + 1));
            if (done) {
                ++held;
                continue;
            }
            ++refused;
            CHECK(done.error().code == "full");
            REQUIRE(done.error().retry);
            CHECK(difference(*store, held) == "");
            const Status again = store->commit(scenario().batch(held + 1));
            REQUIRE_FALSE(again);
            CHECK(again.error().retry);
            world.disk.mend();
            REQUIRE(store->commit(scenario().batch(held + 1)));
            ++held;
            CHECK(difference(*store, held) == "");
        }
        CHECK(difference(*store, 6) == "");
        world.disk.mend();
        store.reset();
        CHECK(world.check() == "ok");
        store = world.open();
        REQUIRE(store != nullptr);
        CHECK(difference(*store, 6) == "");
    }
    CHECK(refused > 10);
}

TEST_CASE("after any failure of the disk, what was answered for is there for the next process") {
    // The next process finds what was written, synced or not; a later power cut finds what is
    // durable. A sync that failed makes the difference.
    std::size_t failed = 0;
    const auto life = [](SqliteStore& store, std::size_t& held) -> Status {
        if (Status done = store.commit(scenario().batch(5)); !done) return done;
        ++held;
        if (Status done = store.checkpoint(); !done) return done;
        if (Status done = store.commit(scenario().batch(6)); !done) return done;
        ++held;
        return Done{};
    };
    const std::size_t limit = operations_of([&life](SqliteStore& store) {
        std::size_t held = 4;
        REQUIRE(life(store, held));
    });
    for (std::size_t n = 1; n <= limit; ++n) {
        World world(four_groups());
        auto store = world.open();
        REQUIRE(store != nullptr);
        std::size_t held = 4;
        CAPTURE(n);
        world.disk.fail_at(world.disk.operations() + n, Failure::io_error);
        const Status done = life(*store, held);
        if (!done) ++failed;
        world.disk.end_process();
        store.reset();

        store = world.open();
        REQUIRE(store != nullptr);
        if (held < 6 && holds(*store, held + 1)) ++held;
        CHECK(difference(*store, held) == "");
        while (held < 6) {
            REQUIRE(store->commit(scenario().batch(held + 1)));
            ++held;
        }
        world.disk.cut_power();
        store.reset();
        world.disk.restart(0);
        store = world.open();
        REQUIRE(store != nullptr);
        CHECK(difference(*store, 6) == "");
        store.reset();
        CHECK(world.check() == "ok");
    }
    CHECK(failed > 10);
}

namespace {

// Groups are committed ahead of the disk, the log is moved in pieces, and a thread syncs the file
// beside: whichever of them meets a failure, nothing is promised any more that is not kept.
constexpr engine::SqliteStoreOptions under_load{.log_piece_bytes = 4u << 10,
                                                .log_bytes_most = 100u << 10};

// The thread gets the processor, if it has something to sync.
void let_others_sync(const Disk& disk) {
    constexpr int turns = 20'000;
    const std::size_t before = disk.syncs_of_others();
    for (int i = 0; i < turns && disk.syncs_of_others() == before; ++i) std::this_thread::yield();
}

Status live_under_load(const Disk& disk, SqliteStore& store, std::size_t& promised) {
    for (std::size_t group = 1; group <= Scenario::groups_of_first; ++group) {
        engine::WriteBatch batch = scenario().batch(group);
        if (Status done = store.commit_ahead(batch); !done) return done;
        if (group % 2 == 0) {
            if (Status done = store.sync(); !done) return done;
            promised = group;
        }
        if (!store.is_log_long()) continue;
        if (Status done = store.move_log(); !done) return done;
        let_others_sync(disk);
    }
    return Done{};
}

// The power goes; what was promised is there, and of the two groups behind all or nothing.
void check_after_power_cut(World& world, std::unique_ptr<SqliteStore> store, std::size_t promised,
                           std::uint64_t seed) {
    world.disk.cut_power();
    store.reset();
    world.disk.restart(seed);
    store = world.open();
    REQUIRE(store != nullptr);
    std::size_t held = promised;
    while (held < promised + 2 && !holds(*store, held)) ++held;
    CHECK(difference(*store, held) == "");
    store.reset();
    CHECK(world.check() == "ok");
}

}  // namespace

TEST_CASE("after any failure of the disk under load, what was answered for is there") {
    std::size_t limit = 0;
    {
        World world;
        auto store = world.open(Edition::first, under_load);
        REQUIRE(store != nullptr);
        const std::size_t begin = world.disk.operations();
        std::size_t promised = 0;
        REQUIRE(live_under_load(world.disk, *store, promised));
        limit = world.disk.operations() - begin;
    }
    std::size_t failed = 0;
    for (std::size_t n = 1; n <= limit; ++n) {
        CAPTURE(n);
        World world;
        auto store = world.open(Edition::first, under_load);
        REQUIRE(store != nullptr);
        std::size_t promised = 0;
        world.disk.fail_at(world.disk.operations() + n, Failure::io_error);
        if (!live_under_load(world.disk, *store, promised)) ++failed;
        check_after_power_cut(world, std::move(store), promised, n % Medium::survivor_kinds);
    }
    CHECK(failed > limit / 2);
}

// What was moved is in the file and not on the disk, and SQLite, who moved it, does not know: the
// log is the only place where it is safe, and must not begin anew.
TEST_CASE("after a sync of the file beside failed, what was answered for is there") {
    std::size_t failed = 0;
    for (std::size_t n = 1, met = 1; met > 0; ++n) {
        for (std::uint64_t seed = 0; seed < Medium::survivor_kinds; ++seed) {
            CAPTURE(n, seed);
            World world;
            auto store = world.open(Edition::first, under_load);
            REQUIRE(store != nullptr);
            std::size_t promised = 0;
            world.disk.fail_sync_of_others_at(n);
            (void)live_under_load(world.disk, *store, promised);
            met = world.disk.failures();
            failed += met;
            check_after_power_cut(world, std::move(store), promised, seed);
        }
    }
    CHECK(failed >= 2 * Medium::survivor_kinds);
}

TEST_CASE("a disk that fails or is full while a store is opened harms nothing") {
    const Failure failure = GENERATE(Failure::full, Failure::io_error);
    // A new store; an old one; one whose rulebook changed.
    const std::size_t groups = GENERATE(std::size_t{0}, Scenario::groups_of_first);
    const Edition edition = GENERATE(Edition::first, Edition::second);
    if (groups == 0 && edition == Edition::second) return;
    Image before;
    if (groups > 0) {
        World world;
        auto store = world.open();
        REQUIRE(store != nullptr);
        for (std::size_t group = 1; group <= groups; ++group)
            REQUIRE(store->commit(scenario().batch(group)));
        // Without stopping in order: the log is there.
        before = world.disk.image();
    }
    std::size_t limit = 0;
    {
        World counted(before);
        const auto store = counted.open(edition);
        REQUIRE(store != nullptr);
        limit = counted.disk.operations();
    }
    std::size_t failed = 0;
    for (std::size_t n = 1; n <= limit; ++n) {
        CAPTURE(n, groups);
        World world(before);
        world.disk.fail_at(n, failure, true);
        auto store = world.open(edition);
        if (store == nullptr) {
            ++failed;
            if (failure == Failure::full) {
                INFO(world.error.message);
                CHECK(world.error.code == "full");
            }
            CHECK_FALSE(world.error.message.empty());
        }
        world.disk.end_process();
        store.reset();
        store = world.open(edition);
        REQUIRE(store != nullptr);
        CHECK(difference(*store, groups, edition) == "");
        store.reset();
        CHECK(world.check() == "ok");
    }
    if (groups == 0 || edition == Edition::second) CHECK(failed > 3);
}

TEST_CASE(
    "a disk that is full when the log goes into the file, or when history goes, loses nothing") {
    const auto tidy = [](SqliteStore& store) -> Status {
        if (Status done = store.checkpoint(); !done) return done;
        const auto pruned = store.prune(scenario().now(), 1'000);
        if (!pruned) return pruned.error();
        return store.checkpoint();
    };
    const std::size_t limit = operations_of([&tidy](SqliteStore& store) {
        REQUIRE(store.commit(scenario().batch(5)));
        REQUIRE(tidy(store));
    });
    std::size_t failed = 0;
    for (std::size_t n = 1; n <= limit; ++n) {
        CAPTURE(n);
        World world(four_groups());
        auto store = world.open();
        REQUIRE(store != nullptr);
        REQUIRE(store->commit(scenario().batch(5)));
        world.disk.fail_at(world.disk.operations() + n, Failure::full, true);
        const Status done = tidy(*store);
        if (!done) {
            ++failed;
            CHECK(done.error().retry);
        }
        world.disk.mend();
        REQUIRE(store->commit(scenario().batch(6)));
        CHECK(difference(*store, 6, Edition::first, true) == "");
        CHECK(tidy(*store));
        store.reset();
        CHECK(world.check() == "ok");
    }
    CHECK(failed > 0);
}

}  // namespace pawl::fault
