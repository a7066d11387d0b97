#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ports/store.h"
#include "rules/records.h"

// What was changed over what lies below it: an advance over its turn, a turn over the store.
// Rolling back is dropping the layer. Reading sees the layer's own first; nothing below changes
// until the layer is merged down.

namespace pawl::engine {

class Layer final : public rules::Records {
 public:
    // What lies below outlives the layer.
    Layer(const rules::Program& program, Store& store);
    Layer(const rules::Program& program, Layer& below);

    rules::RecordPointer get(rules::Reference reference) override;
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override;
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id);
    std::optional<rules::RecordKey> find_unique(rules::EntityIndex entity, std::size_t unique_set,
                                                const std::vector<rules::Value>& values);
    std::optional<std::string> mark(std::string_view key, Instant now);
    // A run that waits. Not to be changed: put_run takes its place.
    std::shared_ptr<const StoredRun> run(RunNumber number);
    std::vector<RunNumber> waiters(std::string_view event, std::string_view key);

    void create(rules::Reference reference, std::shared_ptr<rules::Record> record);
    // The record is there.
    void set_field(rules::Reference reference, rules::FieldIndex field, rules::Value value);
    void remove(rules::Reference reference);
    // Takes back what this layer did to the record: it is again as below.
    void forget(rules::Reference reference);
    void put_mark(MarkWrite mark);
    // None: the run has ended.
    void put_run(RunNumber number, std::shared_ptr<const StoredRun> run);
    void put_timer(TimerWrite timer);
    void put_waiter(WaiterWrite waiter);
    // Records as a batch writes them, all at once: a unique value may pass from one to another in
    // either order.
    void put(std::vector<RecordWrite> records);

    // What this layer changed, by reference; no record: deleted.
    const std::map<rules::Reference, rules::RecordPointer>& own() const { return records_; }
    // What this layer has of the run: a run, none when it ended here, nothing when it lies below.
    std::optional<std::shared_ptr<const StoredRun>> own_run(RunNumber number) const;
    // By number; none: ended.
    const std::map<RunNumber, std::shared_ptr<const StoredRun>>& own_runs() const { return runs_; }
    // True when this layer changed the record.
    bool has_own(rules::Reference reference) const { return records_.count(reference) != 0; }

    // Points to return to, within one layer. Ascending; a later one ends with an earlier one.
    std::size_t savepoint();
    void undo_to(std::size_t savepoint);
    // Nobody will return any more: what was kept for it goes.
    void end_savepoints();

    // Into the layer below; this one is empty then.
    void merge_down();
    void drop();
    // Moves all of it out, for the store; empty then.
    void move_to(WriteBatch& batch);
    // The same, and the layer keeps what it has.
    void copy_to(WriteBatch& batch) const;

 private:
    // Ids and unique sets: which record has that key now; none: nobody, whatever lies below.
    using Keys = std::map<std::string, std::optional<rules::RecordKey>, std::less<>>;
    using Marks = std::map<std::string, MarkWrite, std::less<>>;
    using Runs = std::map<RunNumber, std::shared_ptr<const StoredRun>>;

    // How one place of one of the maps was before.
    struct Undo {
        enum class Map : std::uint8_t { record, key, mark, run, timer, waiter } map = Map::record;
        bool was_there = false;
        rules::Reference reference;
        rules::RecordPointer record;
        std::string key;
        std::optional<rules::RecordKey> holder;
        MarkWrite mark;
        RunNumber number = 0;
        std::shared_ptr<const StoredRun> run;
    };

    bool set_in_place(rules::Reference reference, rules::FieldIndex field, rules::Value& value);
    void put_record(rules::Reference reference, std::shared_ptr<rules::Record> record);
    void put_key(std::string key, std::optional<rules::RecordKey> holder);
    void move_unique_keys(rules::Reference reference, const rules::Record* before,
                          const rules::Record* after);
    void move_unique_key(rules::Reference reference, std::size_t set, const rules::Record* before,
                         const rules::Record* after);
    std::optional<std::optional<rules::RecordKey>> own_key(std::string_view key) const;

    const rules::Program& program_;
    Layer* below_ = nullptr;
    Store* store_ = nullptr;
    std::map<rules::Reference, rules::RecordPointer> records_;
    Keys keys_;
    Marks marks_;
    Runs runs_;
    std::vector<TimerWrite> timers_;
    std::vector<WaiterWrite> waiters_;
    std::vector<Undo> journal_;
    bool keeps_journal_ = false;
};

}  // namespace pawl::engine
