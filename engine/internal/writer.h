#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime.h"

// Commits one group after another, and tidies the store up when there is nothing to commit, on a
// thread of its own; on a second one waits until groups are on disk and tells what stood in them,
// while the next one is committed. A small group that nobody is behind needs neither.

namespace pawl::engine {

// A group of turns, closed, with what is to be told once it is on disk.
struct SealedGroup {
    WriteBatch batch;
    std::vector<std::pair<std::string, Happening>> told;  // as JSON, and itself
    std::vector<std::function<void()>> releases;
};

class Writer {
 public:
    // Both outlive it. `changed` is called on the writer's threads: with true when a group is
    // committed, before it is on disk and told; with false when all of them are, when the disk is
    // full, or when the store has failed.
    Writer(SqliteStore& store, const RuntimeOptions& options, std::function<void(bool)> changed);
    // Stops where `stop` was not called: what it has is dropped.
    ~Writer();

    // commit, commit_here and run are one thread's, the core's.

    // Takes a group; the one before is committed.
    void commit(SealedGroup group);
    // Commits and tells the group on this thread, which saves waking the other one. True: it is on
    // disk, or the store has failed. False: the writer's thread has the store, or the disk is full;
    // the group is for `commit`.
    bool commit_here(SealedGroup& group);
    // What was committed is not all on disk, or told.
    bool is_syncing() const { return unsynced_groups_ > 0; }
    // Waits until it is. False: the store has failed.
    bool wait_until_synced();
    // Runs `work` on the writer's thread and waits for it. All groups are on disk. False when
    // the writer has stopped: then it did not run.
    bool run(const std::function<void(SqliteStore&)>& work);
    // Ends the threads, after the groups they have unless the disk does not take them.
    void stop();

    // The disk is full; the group waits for room.
    bool is_waiting() const { return is_waiting_; }
    // The store cannot go on; nothing is committed any more.
    bool has_failed() const { return has_failed_; }

    struct Stats {
        std::uint64_t commits = 0, failures = 0, tidying_failures = 0;
        double seconds = 0;
    };
    Stats stats() const;

 private:
    using Commit = Status (SqliteStore::*)(WriteBatch& batch);

    void loop();
    void sync_loop();
    bool sync(const std::vector<SealedGroup>& groups);
    Status attempt(SealedGroup& group, Commit way);
    bool commit_now(SealedGroup& group);
    void tell(const SealedGroup& group);
    void fail(const Error& error);
    void tidy_up(std::unique_lock<std::mutex>& lock);
    void prune_now_and_then();
    bool is_tidying_due() const;
    void prune_if_due(Instant now);
    void checkpoint();
    void count_tidying_failure();
    void work_off(std::unique_lock<std::mutex>& lock);

    SqliteStore& store_;
    const RuntimeOptions& options_;
    std::function<void(bool)> changed_;

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable wakes_, work_done_, sync_wakes_, synced_;
    std::optional<SealedGroup> group_;
    std::vector<SealedGroup> committed_;  // and wait for the disk
    // Those, and the ones that are being synced; read without the lock, too.
    std::atomic<std::size_t> unsynced_groups_ = 0;
    const std::function<void(SqliteStore&)>* work_ = nullptr;
    bool is_stopping_ = false;
    bool has_stopped_ = false;
    // One of the two threads has the store to itself: the writer's, from a group it takes until it
    // has tidied up after it, and whenever it tidies up; or the core's, to commit.
    bool is_at_work_ = false;
    bool is_lent_ = false;
    Stats stats_;

    std::atomic<bool> is_waiting_ = false;
    std::atomic<bool> has_failed_ = false;
    // Of the thread that has the store.
    std::uint64_t commits_since_checkpoint_ = 0, commits_since_pruning_ = 0;
    std::optional<Instant> prune_at_;
    std::thread thread_, sync_thread_;
};

}  // namespace pawl::engine
