#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "base/json.h"
#include "engine/runtime.h"

// An engine and a store that do what a test tells them.

namespace pawl::server {

// Answers each event as accepted with its id, and refuses what is no JSON.
class FakeRuntime final : public engine::Runtime {
 public:
    engine::Admission submit(std::vector<std::string> inputs, engine::WaitFor wait,
                             std::function<void(std::vector<engine::Receipt>)> done) override {
        const std::lock_guard lock(mutex_);
        if (admission != engine::Admission::taken) return admission;
        if (inputs.size() > inputs_max) return engine::Admission::too_large;
        std::vector<engine::Receipt> receipts;
        for (std::string& input : inputs) {
            receipts.push_back(receipt(input));
            seen.emplace_back(std::move(input), wait);
        }
        ++submits;
        if (is_holding) {
            held_.push_back({std::move(done), std::move(receipts)});
            came_.notify_all();
        } else {
            done(std::move(receipts));
        }
        return engine::Admission::taken;
    }
    // Waits until so many submits are held, and answers them from this thread. Tells how many
    // events they had.
    std::size_t release(std::size_t count) {
        std::deque<Held> released;
        {
            std::unique_lock lock(mutex_);
            came_.wait(lock, [&] { return held_.size() >= count; });
            released.swap(held_);
        }
        std::size_t events = 0;
        for (Held& held : released) {
            events += held.receipts.size();
            held.done(std::move(held.receipts));
        }
        return events;
    }
    void wait_for_held(std::size_t count) {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [&] { return held_.size() >= count; });
    }

    Status load_state(const Json&) override { return Done{}; }
    bool with_store(const std::function<void(engine::SqliteStore&)>&) override { return false; }
    std::optional<engine::Preview> preview(std::string json) override {
        previewed.push_back(std::move(json));
        return to_preview;
    }
    engine::RuntimeStats stats() const override { return told; }
    void clock_changed() override {}
    bool accept_clock() override { return told.clock_jump_micros.has_value() && forget_jump(); }
    void stop() override {}

    // Set before the server runs, or while none of its requests does.
    engine::Admission admission = engine::Admission::taken;
    std::size_t inputs_max = 20'000;
    bool is_holding = false;
    engine::RuntimeStats told;
    std::vector<std::pair<std::string, engine::WaitFor>> seen;
    std::size_t submits = 0;
    std::optional<engine::Preview> to_preview = engine::Preview{};
    std::vector<std::string> previewed;

 private:
    struct Held {
        std::function<void(std::vector<engine::Receipt>)> done;
        std::vector<engine::Receipt> receipts;
    };

    bool forget_jump() {
        told.now.micros += *told.clock_jump_micros;
        told.clock_jump_micros.reset();
        return true;
    }

    static engine::Receipt receipt(const std::string& input) {
        engine::Receipt receipt;
        const Result<Json> read = parse_json(input);
        const Json* id = read ? read->find("id") : nullptr;
        if (id != nullptr) {
            receipt.id = id->text;
        } else {
            receipt.status = engine::ReceiptStatus::refused;
            receipt.code = "PW0901";
            receipt.message = "no event";
        }
        return receipt;
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<Held> held_;
};

struct FakeRecords {
    std::map<rules::Reference, rules::RecordPointer> records;
    std::vector<engine::StoredInput> inputs;
    std::vector<engine::ParkedInput> parked;
    std::vector<engine::StoredMark> marks;  // by their keys
    engine::Counters counters;
    std::optional<Error> failure;  // of begin

    // While it is closed, readers stand still in `begin`.
    void open_gate() {
        const std::lock_guard lock(mutex);
        is_gate_open = true;
        changed.notify_all();
    }
    void wait_for_readers(std::size_t count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return waiting_readers >= count; });
    }

    std::mutex mutex;
    std::condition_variable changed;
    bool is_gate_open = true;
    std::size_t waiting_readers = 0;
};

class FakeReader final : public engine::StoreReader {
 public:
    explicit FakeReader(FakeRecords& kept) : kept_(kept) {}

    rules::RecordPointer get(rules::Reference reference) override {
        const auto found = kept_.records.find(reference);
        return found == kept_.records.end() ? nullptr : found->second;
    }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest&) override {
        FAIL("no list of the server scans");
        return nullptr;
    }
    Status begin() override {
        std::unique_lock lock(kept_.mutex);
        ++kept_.waiting_readers;
        kept_.changed.notify_all();
        kept_.changed.wait(lock, [&] { return kept_.is_gate_open; });
        if (kept_.failure) return *kept_.failure;
        return Done{};
    }
    void end() override {}
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id) override {
        for (const auto& [reference, record] : kept_.records)
            if (reference.entity == entity && record->fields[rules::field_id].as_text() == id)
                return reference.key;
        return std::nullopt;
    }
    Result<std::vector<engine::ListedRecord>> list(const engine::ListRequest& request) override {
        std::vector<engine::ListedRecord> all;
        for (const auto& [reference, record] : kept_.records) {
            const bool fits =
                reference.entity == request.entity &&
                std::all_of(request.where.begin(), request.where.end(), [&](const auto& due) {
                    return record->fields[due.first] == due.second;
                });
            if (fits) all.push_back({reference.key, record});
        }
        if (request.newest_first) std::reverse(all.begin(), all.end());
        std::vector<engine::ListedRecord> page;
        for (const engine::ListedRecord& each : all) {
            const bool is_behind =
                !request.after ||
                (request.newest_first ? each.key < *request.after : each.key > *request.after);
            if (is_behind && page.size() < request.limit) page.push_back(each);
        }
        return page;
    }
    std::vector<engine::StoredInput> inputs(engine::InputNumber after, std::size_t count) override {
        std::vector<engine::StoredInput> page;
        for (const engine::StoredInput& input : kept_.inputs)
            if (input.number > after && page.size() < count) page.push_back(input);
        return page;
    }
    Status changes_after(Instant, const std::function<bool(const engine::FieldChange&)>&) override {
        return Done{};
    }
    Status marks_at(Instant, const std::function<bool(const engine::StoredMark&)>&) override {
        return Done{};
    }
    Status waiting_runs(const std::function<bool(const engine::StoredRun&)>&) override {
        return Done{};
    }
    Instant history_from() override { return {}; }
    Result<std::vector<engine::StoredMark>> marks(std::string_view prefix, std::string_view after,
                                                  std::size_t count) override {
        std::vector<engine::StoredMark> found;
        for (const engine::StoredMark& mark : kept_.marks)
            if (mark.key.starts_with(prefix) && mark.key > after && found.size() < count)
                found.push_back(mark);
        return found;
    }
    std::vector<engine::ParkedInput> parked() override { return kept_.parked; }
    engine::Counters counters() override { return kept_.counters; }
    Status status() override { return Done{}; }

 private:
    FakeRecords& kept_;
};

// Of the store, the server asks for readers and for its size alone.
class FakeStore final : public engine::SqliteStore {
 public:
    explicit FakeStore(FakeRecords& kept) : kept_(kept) {}

    Result<std::unique_ptr<engine::StoreReader>> make_reader() override {
        return std::unique_ptr<engine::StoreReader>(std::make_unique<FakeReader>(kept_));
    }
    std::uint64_t size_bytes() const override { return 4'096; }

    Result<engine::FormerTexts> take_former_texts(rules::Program&) override {
        return engine::FormerTexts{};
    }
    engine::TurnMark found_turn_mark() const override { return {}; }
    void mark_turn(engine::TurnMark) override {}
    Status open(const rules::Program&) override { return none(); }
    rules::RecordPointer get(rules::Reference) override { return nullptr; }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest&) override {
        return nullptr;
    }
    std::optional<rules::RecordKey> find(rules::EntityIndex, std::string_view) override {
        return std::nullopt;
    }
    std::optional<rules::RecordKey> find_unique(rules::EntityIndex, std::size_t,
                                                const std::vector<rules::Value>&) override {
        return std::nullopt;
    }
    std::optional<std::string> mark(std::string_view, Instant) override { return std::nullopt; }
    std::shared_ptr<const engine::StoredRun> run(engine::RunNumber) override { return nullptr; }
    std::vector<engine::StoredTimer> timers(engine::TimerKey, std::size_t) override { return {}; }
    std::vector<engine::RunNumber> waiters(std::string_view, std::string_view) override {
        return {};
    }
    std::vector<engine::OrderedRecord> ordered(rules::EntityIndex, rules::FieldIndex,
                                               const engine::OrderedRecord&, std::size_t) override {
        return {};
    }
    std::optional<engine::SeenEvent> seen(std::string_view, std::string_view) override {
        return std::nullopt;
    }
    std::optional<Instant> seen_forgotten_until() override { return std::nullopt; }
    engine::Counters counters() override { return {}; }
    std::vector<std::pair<std::string, std::string>> settings() override { return {}; }
    std::vector<engine::StoredInput> inputs(engine::InputNumber, std::size_t) override {
        return {};
    }
    Status commit(engine::WriteBatch) override { return none(); }
    Status commit_from(engine::WriteBatch&) override { return none(); }
    Result<engine::PruneProgress> prune(Instant, std::size_t) override { return none().error(); }
    Status erase(engine::Erasure&, std::size_t) override { return none(); }
    Status checkpoint() override { return none(); }
    bool is_log_long() const override { return false; }

 private:
    static Status none() { return Error{"none", "no store"}; }

    FakeRecords& kept_;
};

}  // namespace pawl::server
