#include "engine/internal/writer.h"

#include <chrono>
#include <utility>

#include "base/check.h"

namespace pawl::engine {

namespace {

// While nothing is to be committed: how long until the store is tidied up, and how much of it then.
constexpr auto idle_before_tidying = std::chrono::milliseconds(200);
constexpr auto idle_between_looks = std::chrono::seconds(10);
constexpr std::size_t prune_rows = 500;
constexpr std::int64_t prune_every_micros = 3'600'000'000;
constexpr std::uint64_t commits_before_idle_checkpoint = 64;
// Where there is never a moment's rest, what is no longer kept goes in steps between groups.
constexpr std::uint64_t commits_between_prunings = 256;
// So many groups wait for the disk before no further one is committed.
constexpr std::size_t committed_groups_max = 4;

}  // namespace

Writer::Writer(SqliteStore& store, const RuntimeOptions& options, std::function<void(bool)> changed)
    : store_(store), options_(options), changed_(std::move(changed)) {
    sync_thread_ = std::thread([this] { sync_loop(); });
    thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() { stop(); }

void Writer::commit(SealedGroup group) {
    const std::lock_guard lock(mutex_);
    PAWL_CHECK(!group_.has_value());
    group_ = std::move(group);
    wakes_.notify_one();
}

bool Writer::run(const std::function<void(SqliteStore&)>& work) {
    std::unique_lock lock(mutex_);
    if (has_stopped_ || is_stopping_) return false;
    PAWL_CHECK(work_ == nullptr);
    work_ = &work;
    wakes_.notify_one();
    work_done_.wait(lock, [this] { return work_ == nullptr || has_stopped_; });
    return std::exchange(work_, nullptr) == nullptr;
}

void Writer::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        wakes_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    if (sync_thread_.joinable()) sync_thread_.join();
}

Writer::Stats Writer::stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
}

bool Writer::commit_here(SealedGroup& group) {
    {
        const std::lock_guard lock(mutex_);
        if (is_at_work_ || is_waiting_ || has_failed_ || is_stopping_ || unsynced_groups_ > 0)
            return false;
        PAWL_CHECK(!group_.has_value() && work_ == nullptr);
        is_lent_ = true;
    }
    const Status status = attempt(group, &SqliteStore::commit_from);
    if (status) {
        tell(group);
        // Nobody is behind: all is moved, so that the log begins anew in the room that it has.
        if (store_.is_log_long()) checkpoint();
        prune_now_and_then();
    } else if (!status.error().retry) {
        fail(status.error());
    }
    const std::lock_guard lock(mutex_);
    is_lent_ = false;
    return status || has_failed_;
}

void Writer::loop() {
    std::unique_lock lock(mutex_);
    while (!has_failed_) {
        if (group_ && committed_.size() == committed_groups_max) {
            wakes_.wait(lock);
        } else if (group_) {
            SealedGroup group = std::move(*group_);
            is_at_work_ = true;
            lock.unlock();
            const bool is_committed = commit_now(group);
            lock.lock();
            if (!is_committed) break;
            group_.reset();
            committed_.push_back(std::move(group));
            ++unsynced_groups_;
            sync_wakes_.notify_one();
            lock.unlock();
            changed_(true);
            if (store_.is_log_long() && !store_.move_log()) count_tidying_failure();
            prune_now_and_then();
            lock.lock();
            is_at_work_ = false;
        } else if (work_ != nullptr) {
            work_off(lock);
        } else if (is_stopping_) {
            break;
        } else {
            tidy_up(lock);
        }
    }
    has_stopped_ = true;
    work_done_.notify_all();
    sync_wakes_.notify_one();
}

void Writer::sync_loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        sync_wakes_.wait(lock, [this] { return !committed_.empty() || has_stopped_; });
        if (committed_.empty()) return;
        std::vector<SealedGroup> groups = std::exchange(committed_, {});
        wakes_.notify_one();
        lock.unlock();
        const bool is_on_disk = sync(groups);
        const std::size_t count = groups.size();
        groups.clear();
        lock.lock();
        if (!is_on_disk) return;
        unsynced_groups_ -= count;
        synced_.notify_one();
        if (unsynced_groups_ > 0) continue;
        lock.unlock();
        changed_(false);
        lock.lock();
    }
}

bool Writer::sync(const std::vector<SealedGroup>& groups) {
    const auto begin = std::chrono::steady_clock::now();
    const Status synced = store_.sync();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (!synced) {
        fail(synced.error());
        return false;
    }
    {
        const std::lock_guard lock(mutex_);
        stats_.seconds += took.count();
    }
    for (const SealedGroup& group : groups) tell(group);
    return true;
}

bool Writer::wait_until_synced() {
    std::unique_lock lock(mutex_);
    synced_.wait(lock, [this] { return unsynced_groups_ == 0 || has_failed_; });
    return !has_failed_;
}

void Writer::tell(const SealedGroup& group) {
    for (const auto& [json, happening] : group.told) options_.on_happening(json, happening);
    for (const auto& release : group.releases) release();
}

void Writer::work_off(std::unique_lock<std::mutex>& lock) {
    const auto& work = *work_;
    lock.unlock();
    work(store_);
    lock.lock();
    work_ = nullptr;
    work_done_.notify_all();
}

Status Writer::attempt(SealedGroup& group, Commit way) {
    const auto begin = std::chrono::steady_clock::now();
    Status status = (store_.*way)(group.batch);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const std::lock_guard lock(mutex_);
    if (status) {
        ++stats_.commits;
        stats_.seconds += took.count();
        ++commits_since_checkpoint_;
        is_waiting_ = false;
    } else {
        ++stats_.failures;
    }
    return status;
}

// Nothing is known of what the disk has: the process must begin again from it.
void Writer::fail(const Error& error) {
    {
        const std::lock_guard lock(mutex_);
        if (has_failed_.exchange(true)) return;
        wakes_.notify_one();
        synced_.notify_one();
    }
    changed_(false);
    if (options_.on_fatal) options_.on_fatal(error);
}

// True when the group is committed. A full disk is waited for.
bool Writer::commit_now(SealedGroup& group) {
    for (;;) {
        const Status status = attempt(group, &SqliteStore::commit_ahead);
        if (status) return true;
        if (!status.error().retry) {
            fail(status.error());
            return false;
        }
        std::unique_lock lock(mutex_);
        if (!is_waiting_.exchange(true)) {
            lock.unlock();
            changed_(false);
            lock.lock();
        }
        wakes_.wait_for(lock, std::chrono::milliseconds(options_.retry_milliseconds),
                        [this] { return is_stopping_; });
        if (is_stopping_) return false;
    }
}

void Writer::prune_now_and_then() {
    if (++commits_since_pruning_ < commits_between_prunings) return;
    commits_since_pruning_ = 0;
    prune_if_due(options_.clock());
}

// What cannot be moved now stays in the log.
void Writer::checkpoint() {
    commits_since_checkpoint_ = 0;
    if (!store_.checkpoint()) count_tidying_failure();
}

void Writer::count_tidying_failure() {
    const std::lock_guard lock(mutex_);
    ++stats_.tidying_failures;
}

void Writer::prune_if_due(Instant now) {
    if (prune_at_ && now < *prune_at_) return;
    const auto progress = store_.prune(now, prune_rows);
    if (!progress) count_tidying_failure();
    // A store that cannot be pruned now is as useful as before; the next hour tries again.
    if (!progress || progress->is_done) prune_at_ = Instant{now.micros + prune_every_micros};
}

// Nothing is to be committed: moves the log into the file, and takes away what is no longer kept.
void Writer::tidy_up(std::unique_lock<std::mutex>& lock) {
    const auto is_wanted = [this] {
        return group_ || work_ != nullptr || is_stopping_ || has_failed_;
    };
    const bool is_due = !is_lent_ && is_tidying_due();
    const std::uint64_t commits = stats_.commits;
    if (wakes_.wait_for(lock,
                        is_due ? std::chrono::milliseconds(idle_before_tidying)
                               : std::chrono::milliseconds(idle_between_looks),
                        is_wanted))
        return;
    // What was committed meanwhile, on the other thread, was work as well.
    if (is_lent_ || stats_.commits != commits) return;
    is_at_work_ = true;
    lock.unlock();
    if (commits_since_checkpoint_ >= commits_before_idle_checkpoint)
        checkpoint();
    else
        prune_if_due(options_.clock());
    lock.lock();
    is_at_work_ = false;
}

bool Writer::is_tidying_due() const {
    return commits_since_checkpoint_ >= commits_before_idle_checkpoint || !prune_at_ ||
           options_.clock() >= *prune_at_;
}

}  // namespace pawl::engine
