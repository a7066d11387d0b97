#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/internal/layer.h"
#include "engine/ports/store.h"
#include "engine/store/recent_runs.h"

// Turns as groups: what turns commit here is gathered in memory, and read back from there, until
// it goes into the store below as one batch. Two groups deep: while the sealed one commits below,
// on another thread, turns go on over it into the open one. One thread owns it; the store below is
// read by that thread too.

namespace pawl::engine {

class GroupStore final : public Store {
 public:
    // Both outlive it; `below` was opened with the program.
    GroupStore(const rules::Program& program, Store& below);

    // True when nothing was committed since the last `seal`.
    bool is_empty() const { return !open_.is_begun; }
    bool is_sealed() const { return sealed_.is_begun; }

    // Closes the open group and gives what it is to commit below; nothing is sealed before. Read
    // from here as before until `release`.
    WriteBatch seal();
    // The sealed group stands in the store below.
    void release();
    // Somebody else wrote into the store below: what is remembered of it is read anew.
    void forget_recent() { recent_runs_.forget_all(); }

    // The port. `commit` joins the open group and cannot fail.
    Status open(const rules::Program& program) override;
    rules::RecordPointer get(rules::Reference reference) override;
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override;
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id) override;
    std::optional<rules::RecordKey> find_unique(rules::EntityIndex entity, std::size_t unique_set,
                                                const std::vector<rules::Value>& values) override;
    std::optional<std::string> mark(std::string_view key, Instant now) override;
    std::shared_ptr<const StoredRun> run(RunNumber number) override;
    std::vector<StoredTimer> timers(TimerKey after, std::size_t count) override;
    std::vector<RunNumber> waiters(std::string_view event, std::string_view key) override;
    std::vector<OrderedRecord> ordered(rules::EntityIndex entity, rules::FieldIndex field,
                                       const OrderedRecord& after, std::size_t count) override;
    std::optional<SeenEvent> seen(std::string_view source, std::string_view id) override;
    std::optional<Instant> seen_forgotten_until() override { return below_.seen_forgotten_until(); }
    Counters counters() override { return counters_; }
    std::vector<std::pair<std::string, std::string>> settings() override;
    std::vector<StoredInput> inputs(InputNumber after, std::size_t count) override;
    Status commit(WriteBatch batch) override;

 private:
    // Of one event and key, what the group did to each run.
    using Waiting = std::map<std::pair<std::string, std::string>, std::map<RunNumber, bool>>;

    // What a group holds besides the records, marks and runs of its layer.
    struct Group {
        bool is_begun = false;
        std::map<TimerKey, TimerWrite> timers;
        Waiting waiters;  // true: removed
        std::unordered_map<std::string, SeenEvent> seen;
        std::map<std::string, std::string> settings;
        std::vector<StoredInput> inputs;
        std::vector<FieldChange> changes;
        std::vector<ParkedInput> parked;
    };

    void put_timer(TimerWrite write);
    void put_waiter(WaiterWrite write);
    bool has_own(rules::Reference reference) const {
        return open_layer_.has_own(reference) || sealed_layer_.has_own(reference);
    }
    // Records of the layers above `after`, in order.
    std::vector<std::pair<std::string, OrderedRecord>> own_ordered(
        rules::EntityIndex entity, rules::FieldIndex field, const OrderedRecord& after) const;

    Store& below_;
    Layer sealed_layer_;
    Layer open_layer_;  // over the sealed one
    Group sealed_, open_;
    Counters counters_;
    RecentRuns recent_runs_;
};

}  // namespace pawl::engine
