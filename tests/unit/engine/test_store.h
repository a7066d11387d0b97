#pragma once

#include <catch2/catch.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/sqlite_store.h"

namespace pawl::engine {

// A store in memory whose commits can be made to fail, or to wait.
class TestStore final : public SqliteStore {
 public:
    explicit TestStore(const rules::Program& program) { REQUIRE(memory_->open(program)); }

    Status open(const rules::Program&) override { return Done{}; }
    rules::RecordPointer get(rules::Reference of) override {
        const std::lock_guard lock(mutex_);
        return memory_->get(of);
    }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        const std::lock_guard lock(mutex_);
        return memory_->scan(request);
    }
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id) override {
        const std::lock_guard lock(mutex_);
        return memory_->find(entity, id);
    }
    std::optional<rules::RecordKey> find_unique(rules::EntityIndex entity, std::size_t set,
                                                const std::vector<rules::Value>& values) override {
        const std::lock_guard lock(mutex_);
        return memory_->find_unique(entity, set, values);
    }
    std::optional<std::string> mark(std::string_view key, Instant now) override {
        const std::lock_guard lock(mutex_);
        return memory_->mark(key, now);
    }
    std::shared_ptr<const StoredRun> run(RunNumber number) override {
        const std::lock_guard lock(mutex_);
        return memory_->run(number);
    }
    std::vector<StoredTimer> timers(TimerKey after, std::size_t count) override {
        const std::lock_guard lock(mutex_);
        return memory_->timers(after, count);
    }
    std::vector<RunNumber> waiters(std::string_view event, std::string_view key) override {
        const std::lock_guard lock(mutex_);
        return memory_->waiters(event, key);
    }
    std::vector<OrderedRecord> ordered(rules::EntityIndex entity, rules::FieldIndex field,
                                       const OrderedRecord& after, std::size_t count) override {
        const std::lock_guard lock(mutex_);
        return memory_->ordered(entity, field, after, count);
    }
    std::optional<SeenEvent> seen(std::string_view source, std::string_view id) override {
        const std::lock_guard lock(mutex_);
        ++looks_;
        looked_.notify_all();
        return memory_->seen(source, id);
    }
    std::optional<Instant> seen_forgotten_until() override { return seen_forgotten_until_; }
    void forget_seen(Instant until) { seen_forgotten_until_ = until; }
    Counters counters() override { return memory_->counters(); }
    std::vector<std::pair<std::string, std::string>> settings() override {
        return memory_->settings();
    }
    std::vector<StoredInput> inputs(InputNumber after, std::size_t count) override {
        const std::lock_guard lock(mutex_);
        return memory_->inputs(after, count);
    }
    Status commit_from(WriteBatch& batch) override { return commit(batch); }
    Status commit(WriteBatch batch) override {
        const std::lock_guard lock(mutex_);
        if (failures_ > 0) {
            --failures_;
            return failure_;
        }
        batches_.push_back(batch);
        return memory_->commit(std::move(batch));
    }
    Result<std::unique_ptr<StoreReader>> make_reader() override { return Error{}; }
    Result<PruneProgress> prune(Instant, std::size_t) override {
        const std::lock_guard lock(mutex_);
        ++prunings_;
        if (is_untidy_) return Error{"busy", "the file cannot be written"};
        return PruneProgress{0, true};
    }
    int prunings() {
        const std::lock_guard lock(mutex_);
        return prunings_;
    }
    Status erase(Erasure& erasure, std::size_t) override {
        erasure.stage = Erasure::Stage::done;
        return Done{};
    }
    bool is_log_long() const override { return while_checkpoint_ != nullptr; }
    Status checkpoint() override {
        if (while_checkpoint_) while_checkpoint_();
        const std::lock_guard lock(mutex_);
        if (is_untidy_) return Error{"busy", "the file cannot be written"};
        return Done{};
    }
    // How often the core asked for an event's id.
    int looks_for_events() {
        const std::lock_guard lock(mutex_);
        return looks_;
    }
    void wait_for_looks(int wanted) {
        std::unique_lock lock(mutex_);
        looked_.wait(lock, [&] { return looks_ >= wanted; });
    }
    Status sync() override { return while_sync_ ? while_sync_() : Status(Done{}); }
    // How what was committed comes to the disk.
    void sync_with(std::function<Status()> work) { while_sync_ = std::move(work); }
    // Its log is long from the first commit on; `work` is done while it is moved.
    void move_log_with(std::function<void()> work) { while_checkpoint_ = std::move(work); }
    // From now on it can neither be pruned nor its log moved.
    void stay_untidy() {
        const std::lock_guard lock(mutex_);
        is_untidy_ = true;
    }
    std::uint64_t size_bytes() const override { return 0; }
    Result<FormerTexts> take_former_texts(rules::Program&) override { return FormerTexts{}; }
    TurnMark found_turn_mark() const override { return found_mark_; }
    void mark_turn(TurnMark mark) override { marks_.push_back(mark); }
    void find_mark(TurnMark mark) { found_mark_ = mark; }
    const std::vector<TurnMark>& marks() const { return marks_; }

    void fail(int times, Error error) {
        const std::lock_guard lock(mutex_);
        failures_ = times;
        failure_ = std::move(error);
    }
    std::vector<WriteBatch> batches() {
        const std::lock_guard lock(mutex_);
        return batches_;
    }

 private:
    std::mutex mutex_;
    std::condition_variable looked_;
    int looks_ = 0;
    std::unique_ptr<Store> memory_ = make_memory_store();
    std::vector<WriteBatch> batches_;
    int failures_ = 0, prunings_ = 0;
    bool is_untidy_ = false;
    Error failure_;
    std::function<void()> while_checkpoint_;
    std::function<Status()> while_sync_;
    std::optional<Instant> seen_forgotten_until_;
    TurnMark found_mark_;
    std::vector<TurnMark> marks_;
};

}  // namespace pawl::engine
