#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/sqlite_store.h"
#include "tests/fault/disk.h"
#include "tests/fault/till.h"

// What a store is put through in these tests: groups of turns as the engine makes them, with a mark
// and a run that waits each, by a timer and for events, over two editions of a rulebook. After any
// number of groups it is known byte for byte what the store must hold.

namespace pawl::fault {

class Scenario {
 public:
    Scenario();

    // Groups 1 … groups_of_first are of the first edition; then the rulebook changes.
    static constexpr std::size_t groups_of_first = 6;
    static constexpr std::size_t groups = 9;
    // From this group on it is some days later, and what came before is no longer kept.
    static constexpr std::size_t first_late_group = 4;

    const rules::Program& program(Edition edition) const {
        return edition == Edition::first ? first_ : second_;
    }
    // The batch of that group, from 1 on.
    const engine::WriteBatch& batch(std::size_t group) const { return batches_[group - 1]; }
    // Of the last group; for prune.
    Instant now() const { return now_; }

    // What a store holds as text: records, marks, runs, timers, seen keys, settings, inputs and
    // counters. `young`: without what is no longer kept at `now`.
    std::string contents(engine::Store& store, Edition edition, bool young = false) const;
    // The same of a store that holds exactly so many groups.
    const std::string& expected(std::size_t groups_held, Edition edition, bool young = false) const;

 private:
    struct Expected {
        std::string whole, young;
    };
    Expected expect(engine::Store& store, Edition edition) const;
    engine::WriteBatch make_batch(engine::Store& model, Edition edition, std::size_t group);
    // A store of the second edition with what one of the first holds.
    std::unique_ptr<engine::Store> migrate(engine::Store& model) const;

    const rules::Program first_, second_;
    std::vector<engine::WriteBatch> batches_;
    std::vector<Expected> of_first_, of_second_;  // by groups; the second from groups_of_first on
    Instant now_;
};

// One for all tests.
const Scenario& scenario();

// The first line in which two contents differ; empty where they do not.
std::string first_difference(const std::string& found, const std::string& expected);

// A folder of the real file system, for the lock of a store whose file is on a Disk; gone with the
// object.
class Folder {
 public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::string& path() const { return path_; }
    // Of a store in it.
    std::string database() const { return path_ + "/pawl.db"; }

 private:
    std::string path_;
};

// The store of the folder, on the disk whatever the options say, opened with the program of that
// edition.
Result<std::unique_ptr<engine::SqliteStore>> open_store(const Folder& folder, const Disk& disk,
                                                        Edition edition,
                                                        engine::SqliteStoreOptions options = {});

}  // namespace pawl::fault
