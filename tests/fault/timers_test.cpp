#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "tests/fault/disk.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/store_scenario.h"

// So many timers that they are in both tables of the store and move between them, while the disk is
// full or the power goes.

namespace pawl::fault {

namespace {

using engine::SqliteStore;
using engine::StoredTimer;

constexpr std::int64_t first_moment = 1'772'409'600 * micros_per_second;
// Of `timer` the later half goes when there are more than 65,536, and the first of `timer_later`
// come back when there are fewer than 16,384 (sqlite_timers.h).
constexpr std::int64_t first_count = 65'000, more = 1'000;
constexpr std::size_t nearest_gone = 17'000, then_gone = 4'500;

// The groups, and what the store must hold after so many of them.
class ManyTimers {
 public:
    ManyTimers() {
        add_group([this] { set(first_count); });
        add_group([this] { set(more); });
        add_group([this] {
            remove_nearest(nearest_gone);
            remove_some();
            set(40);
        });
        add_group([this] {
            remove_nearest(then_gone);
            set(30);
        });
    }

    static constexpr std::size_t groups = 4;
    // From 1 on.
    const engine::WriteBatch& batch(std::size_t group) const { return batches_[group - 1]; }
    const std::vector<StoredTimer>& expected(std::size_t groups_held) const {
        return expected_[groups_held];
    }

 private:
    template <class Make>
    void add_group(const Make& make) {
        batch_ = {};
        make();
        batch_.counters.next_timer = next_;
        batch_.counters.now = {first_moment};
        batches_.push_back(batch_);
        std::vector<StoredTimer> all;
        for (const auto& [key, timer] : timers_) all.push_back(timer);
        expected_.push_back(std::move(all));
    }

    // Half of them within hours, half within a year.
    void set(std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t number = next_++;
            const std::int64_t seconds =
                120 + (number % 2 == 0 ? number * 7'919 % 10'800 : number * 104'729 % 31'536'000);
            const StoredTimer timer{{{first_moment + seconds * micros_per_second}, number},
                                    engine::TimerKind::run,
                                    std::to_string(number)};
            timers_.emplace(timer.key, timer);
            batch_.timers.push_back({timer, false});
        }
    }

    void remove(std::map<engine::TimerKey, StoredTimer>::iterator which) {
        batch_.timers.push_back({which->second, true});
        timers_.erase(which);
    }
    void remove_nearest(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) remove(timers_.begin());
    }
    void remove_some() {
        for (auto next = timers_.begin(); next != timers_.end();) {
            const auto each = next++;
            if (each->first.number % 50 == 0) remove(each);
        }
    }

    std::int64_t next_ = 1;
    std::map<engine::TimerKey, StoredTimer> timers_;
    engine::WriteBatch batch_;
    std::vector<engine::WriteBatch> batches_;
    std::vector<std::vector<StoredTimer>> expected_{{}};
};

const ManyTimers& many() {
    static const ManyTimers one;
    return one;
}

const Folder& folder() {
    static const Folder one;
    return one;
}

std::unique_ptr<SqliteStore> must_open(const Disk& disk) {
    auto opened = open_store(folder(), disk, Edition::first);
    if (!opened) FAIL(opened.error().message);
    return std::move(*opened);
}

// A store that holds the first group.
const Image& first_group() {
    static const Image image = [] {
        Disk disk;
        auto store = must_open(disk);
        REQUIRE(store->commit(many().batch(1)));
        store.reset();
        return disk.image();
    }();
    return image;
}

bool holds(SqliteStore& store, std::size_t groups) {
    return store.timers({{INT64_MIN}, 0}, 1'000'000) == many().expected(groups);
}

std::string check(const Disk& disk) {
    Connection connection(folder().database(), disk.vfs());
    return connection.check();
}

std::int64_t rows(const Disk& disk, const std::string& table) {
    Connection connection(folder().database(), disk.vfs());
    const auto counted = connection.read("SELECT count(*) FROM " + table);
    REQUIRE(counted.size() == 1);
    return std::stoll(counted[0]);
}

std::size_t stride_for(std::size_t operations, std::size_t places) {
    return std::max<std::size_t>(operations / places, 1);
}

// The disk is full from the n-th operation on, until somebody makes room.
void fill_disk_everywhere(std::size_t places) {
    std::size_t operations = 0;
    {
        Disk disk(first_group());
        auto store = must_open(disk);
        const std::size_t begin = disk.operations();
        for (std::size_t group = 2; group <= ManyTimers::groups; ++group)
            REQUIRE(store->commit(many().batch(group)));
        operations = disk.operations() - begin;
    }
    REQUIRE(operations > 200);
    std::size_t refused = 0;
    for (std::size_t n = 1; n <= operations; n += stride_for(operations, places)) {
        CAPTURE(n);
        Disk disk(first_group());
        auto store = must_open(disk);
        disk.fail_at(disk.operations() + n, Failure::full, true);
        for (std::size_t group = 2; group <= ManyTimers::groups; ++group) {
            const Status done = store->commit(many().batch(group));
            if (done) continue;
            ++refused;
            REQUIRE(done.error().retry);
            CHECK(holds(*store, group - 1));
            disk.mend();
            REQUIRE(store->commit(many().batch(group)));
            CHECK(holds(*store, group));
        }
        CHECK(holds(*store, ManyTimers::groups));
        store.reset();
        CHECK(check(disk) == "ok");
    }
    CHECK(refused > places / 2);
}

void look_at(Disk& left, std::size_t promised) {
    {
        auto store = must_open(left);
        std::size_t held = promised;
        if (!holds(*store, held)) {
            ++held;
            REQUIRE(held <= ManyTimers::groups);
            CHECK(holds(*store, held));
        }
        while (held < ManyTimers::groups) {
            REQUIRE(store->commit(many().batch(++held)));
            CHECK(holds(*store, held));
        }
    }
    CHECK(check(left) == "ok");
}

// The power goes after the n-th operation.
void cut_power_everywhere(std::size_t places) {
    Disk disk(first_group());
    disk.keep_history();
    {
        auto store = must_open(disk);
        for (std::size_t group = 2; group <= ManyTimers::groups; ++group) {
            REQUIRE(store->commit(many().batch(group)));
            disk.note(static_cast<std::int64_t>(group));
            if (group == 3) REQUIRE(store->checkpoint());
        }
    }
    const std::vector<Operation> history = disk.history();
    const std::vector<Note> notes = disk.notes();
    REQUIRE(history.size() > 200);
    const std::size_t stride = stride_for(history.size(), places);
    Medium medium(first_group());
    std::size_t promised = 1, noted = 0;
    for (std::size_t n = 1; n <= history.size(); ++n) {
        medium.apply(history[n - 1]);
        while (noted < notes.size() && notes[noted].operations <= n)
            promised = static_cast<std::size_t>(notes[noted++].value);
        if (n % stride != 0) continue;
        CAPTURE(n, promised);
        Disk left(
            medium.survivors(n * Medium::survivor_kinds + n / stride % Medium::survivor_kinds));
        look_at(left, promised);
    }
}

}  // namespace

TEST_CASE("many timers: the later ones go to a table of their own, and come back") {
    Disk disk(first_group());
    CHECK(rows(disk, "timer") == first_count);
    CHECK(rows(disk, "timer_later") == 0);
    std::vector<std::int64_t> later;
    for (std::size_t group = 2; group <= ManyTimers::groups; ++group) {
        CAPTURE(group);
        {
            auto store = must_open(disk);
            REQUIRE(store->commit(many().batch(group)));
            CHECK(holds(*store, group));
        }
        later.push_back(rows(disk, "timer_later"));
    }
    CHECK(later[0] > 30'000);
    CHECK(later[1] < later[0] - 1'000);
    CHECK(later[2] < later[1] - 1'000);
}

TEST_CASE("a full disk while timers move: none is lost or doubled, and the batch goes in later") {
    fill_disk_everywhere(20);
}

TEST_CASE("a power cut while timers move: none is lost or doubled") { cut_power_everywhere(20); }

TEST_CASE("a full disk while timers move, at every few operations", "[.slow]") {
    fill_disk_everywhere(500);
}

TEST_CASE("a power cut while timers move, at every few operations", "[.slow]") {
    cut_power_everywhere(500);
}

}  // namespace pawl::fault
