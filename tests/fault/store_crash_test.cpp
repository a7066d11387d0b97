#include <catch2/catch.hpp>
#include <functional>
#include <memory>

#include "tests/fault/disk.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/store_scenario.h"

// The power goes after every single operation of a store's life, and each time in several ways.
// What commit answered for is there, a group is there whole or not at all, the file is sound, and
// the store works on.

namespace pawl::fault {

namespace {

using engine::SqliteStore;
using engine::Synchronous;

// How far the store's life had come: what was promised, and what might be there besides.
struct Moment {
    std::size_t groups = 0;
    bool may_be_second = false;  // the second edition was given to it
    bool is_pruned = false;      // prune was begun
};

std::int64_t as_number(const Moment& moment) {
    return static_cast<std::int64_t>(moment.groups) * 4 + (moment.may_be_second ? 2 : 0) +
           (moment.is_pruned ? 1 : 0);
}

Moment as_moment(std::int64_t number) {
    return {static_cast<std::size_t>(number / 4), (number & 2) != 0, (number & 1) != 0};
}

std::unique_ptr<SqliteStore> must_open(const Folder& folder, const Disk& disk, Edition edition,
                                       Synchronous synchronous = Synchronous::full) {
    auto store = open_store(folder, disk, edition, {.synchronous = synchronous});
    if (!store) FAIL("open: " << store.error().code << ": " << store.error().message);
    return std::move(*store);
}

void must(const Status& status) {
    if (!status) FAIL(status.error().code << ": " << status.error().message);
}

// The whole life; notes what was promised by when.
void live(const Folder& folder, Disk& disk, Synchronous synchronous) {
    const Scenario& script = scenario();
    Moment moment;
    const auto commit_up_to = [&](SqliteStore& store, std::size_t last) {
        while (moment.groups < last) {
            must(store.commit(script.batch(moment.groups + 1)));
            ++moment.groups;
            disk.note(as_number(moment));
        }
    };
    auto store = must_open(folder, disk, Edition::first, synchronous);
    commit_up_to(*store, 3);
    must(store->checkpoint());
    commit_up_to(*store, Scenario::groups_of_first);
    moment.is_pruned = true;
    disk.note(as_number(moment));
    for (bool is_done = false; !is_done;) {
        const auto progress = store->prune(script.now(), 5);
        if (!progress) FAIL(progress.error().message);
        is_done = progress->is_done;
    }
    store.reset();
    moment.may_be_second = true;
    disk.note(as_number(moment));
    store = must_open(folder, disk, Edition::second, synchronous);
    commit_up_to(*store, 8);
    must(store->checkpoint());
    commit_up_to(*store, Scenario::groups);
}

// Commits without a rest, two groups before the disk has the first, so that the log is moved in
// small pieces, and at times as a whole.
void live_busily(const Folder& folder, Disk& disk, Synchronous synchronous) {
    auto opened = open_store(
        folder, disk, Edition::first,
        {.synchronous = synchronous, .log_piece_bytes = 8u << 10, .log_bytes_most = 200u << 10});
    if (!opened) FAIL(opened.error().message);
    SqliteStore& store = **opened;
    Moment moment;
    while (moment.groups < Scenario::groups_of_first) {
        engine::WriteBatch batch = scenario().batch(moment.groups + 1);
        must(store.commit_ahead(batch));
        ++moment.groups;
        if (moment.groups % 2 == 0 || moment.groups == Scenario::groups_of_first) {
            must(store.sync());
            disk.note(as_number(moment));
        }
        if (store.is_log_long()) must(store.move_log());
    }
}

// How many groups may be there besides those that were answered for: the one that was under way, or
// those for which the disk was not waited yet.
struct Life {
    void (*live)(const Folder&, Disk&, Synchronous);
    std::size_t groups_ahead;
};

struct Verdict {
    std::size_t cuts = 0;
    std::size_t losses = 0;
    std::string first;  // difference that is more than a loss
    std::size_t wrong = 0;
};

void blame(Verdict& verdict, std::size_t n, std::uint64_t kind, const std::string& what) {
    if (verdict.wrong++ == 0)
        verdict.first = "after operation " + std::to_string(n) + ", survivors " +
                        std::to_string(kind) + ": " + what;
}

// What is left after a cut: the groups that the store holds, or nothing where it holds no whole
// number of them.
std::optional<std::size_t> groups_held(const Moment& moment, Edition edition,
                                       const std::string& contents) {
    const Scenario& script = scenario();
    const bool is_second = edition == Edition::second;
    const std::size_t first = is_second ? Scenario::groups_of_first : 0;
    const std::size_t last = is_second ? Scenario::groups : Scenario::groups_of_first;
    for (std::size_t groups = first; groups <= last; ++groups)
        if (contents == script.expected(groups, edition, moment.is_pruned)) return groups;
    return std::nullopt;
}

void look_at(const Folder& folder, Disk& left, const Moment& moment, std::size_t n,
             std::uint64_t kind, std::size_t groups_ahead, Verdict& verdict) {
    const Scenario& script = scenario();
    const Edition edition = moment.may_be_second ? Edition::second : Edition::first;
    {
        auto opened = open_store(folder, left, edition);
        if (!opened) return blame(verdict, n, kind, "open: " + opened.error().message);
        SqliteStore& store = **opened;
        const std::string contents = script.contents(store, edition, moment.is_pruned);
        const auto held = groups_held(moment, edition, contents);
        if (!held || *held > moment.groups + groups_ahead)
            return blame(verdict, n, kind,
                         "half a group, or one too many\n" +
                             first_difference(contents, script.expected(moment.groups, edition,
                                                                        moment.is_pruned)));
        if (*held < moment.groups) ++verdict.losses;
        const std::size_t last =
            edition == Edition::first ? Scenario::groups_of_first : Scenario::groups;
        if (*held < last) {
            if (const Status next = store.commit(script.batch(*held + 1)); !next)
                return blame(verdict, n, kind, "commit: " + next.error().message);
            if (script.contents(store, edition, moment.is_pruned) !=
                script.expected(*held + 1, edition, moment.is_pruned))
                return blame(verdict, n, kind, "the next group is not what it should be");
        }
    }
    Connection connection(folder.database(), left.vfs());
    if (const std::string state = connection.check(); state != "ok") blame(verdict, n, kind, state);
}

// Every `stride`-th operation, in the ways that `kinds` tells for it.
Verdict cut_everywhere(Synchronous synchronous, std::size_t stride,
                       const std::function<std::vector<std::uint64_t>(std::size_t)>& kinds,
                       const Life& life = {live, 1}) {
    Verdict verdict;
    const Folder folder;
    Disk disk;
    disk.keep_history();
    life.live(folder, disk, synchronous);
    const std::vector<Operation> history = disk.history();
    const std::vector<Note> notes = disk.notes();
    Medium medium;
    Moment moment;
    std::size_t noted = 0;
    for (std::size_t n = 0; n <= history.size(); ++n) {
        if (n > 0) medium.apply(history[n - 1]);
        while (noted < notes.size() && notes[noted].operations <= n)
            moment = as_moment(notes[noted++].value);
        if (n % stride != 0) continue;
        for (const std::uint64_t kind : kinds(n)) {
            ++verdict.cuts;
            Disk left(medium.survivors(n * Medium::survivor_kinds + kind));
            look_at(folder, left, moment, n, kind, life.groups_ahead, verdict);
        }
    }
    return verdict;
}

void expect_nothing_lost(const Verdict& verdict) {
    INFO(verdict.cuts << " cuts; the first that went wrong: " << verdict.first);
    CHECK(verdict.cuts > 100);
    CHECK(verdict.losses == 0);
    CHECK(verdict.wrong == 0);
}

}  // namespace

TEST_CASE("a power cut after any operation of a store loses nothing that was answered for") {
    expect_nothing_lost(cut_everywhere(Synchronous::full, 1, [](std::size_t n) {
        return std::vector<std::uint64_t>{n % Medium::survivor_kinds};
    }));
}

TEST_CASE("a power cut after any operation, in every way", "[.slow]") {
    expect_nothing_lost(cut_everywhere(Synchronous::full, 1, [](std::size_t) {
        return std::vector<std::uint64_t>{0, 1, 2, 3, 6, 7, 10, 11};
    }));
}

TEST_CASE("a power cut while the log is moved in pieces loses nothing that was answered for") {
    expect_nothing_lost(
        cut_everywhere(Synchronous::full, 1,
                       [](std::size_t n) {
                           return std::vector<std::uint64_t>{n % Medium::survivor_kinds, 0, 1};
                       },
                       {live_busily, 2}));
}

TEST_CASE("with synchronous = normal a power cut loses what was answered for, and halves nothing") {
    const Verdict verdict = cut_everywhere(
        Synchronous::normal, 3, [](std::size_t) { return std::vector<std::uint64_t>{0}; });
    INFO(verdict.first);
    CHECK(verdict.losses > 0);
    CHECK(verdict.wrong == 0);
}

}  // namespace pawl::fault
