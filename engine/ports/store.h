#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "engine/input.h"
#include "rules/evaluator.h"
#include "rules/program.h"
#include "rules/records.h"

// What the engine keeps: the port that the memory store and SQLite implement. The engine reads
// through it and writes one WriteBatch a group of turns; a batch is all or nothing.

namespace pawl::engine {

struct RecordWrite {
    rules::Reference reference;
    rules::RecordPointer record;  // none: deleted
};

// A durable mark: a once-key, an armed edge, a last known value.
struct MarkWrite {
    std::string key;
    std::optional<std::string> value;  // none: removed
    std::optional<Instant> expires_at;
    Instant at = {};  // of the turn: what a mark was before is part of the history
};

// A run that waits for an answer: small, resumed in O(1).
struct StoredRun {
    RunNumber number = 0;
    rules::RuleIndex rule = 0;
    Instant firing;
    std::uint32_t intents = 0;  // given so far
    std::uint32_t depth = 0;    // in the cascade, kept across waits
    std::vector<rules::Frame> frames;
    rules::RecordKey row = 0;   // of its record in the entity `run`
    std::uint32_t calling = 0;  // the intent whose answer it waits for
    rules::ServiceCall call;    // what it called, for the line that the answer prints
    std::string entity;         // "project/p1": what it is about; empty: nothing
    std::string trigger;        // as the log names what set it off
    std::optional<rules::Reference> requester;  // who asked for it, where somebody did
    std::string requester_name;
    std::string once_key;         // the mark that `stop and forget` removes; empty: none
    rules::RecordKey effect = 0;  // the row of what it called
    bool is_flow = false;         // begun by `start`: `rule` is unused, frames[0] is the flow
};

struct RunWrite {
    RunNumber number = 0;
    std::optional<StoredRun> run;  // none: ended
};

// An input as it came: the JSON text of a CloudEvent, of a reserved type where it is none.
struct StoredInput {
    InputNumber number = 0;
    Instant arrival;
    std::string body;
};

// One field that a turn changed, so that what was can be rebuilt backwards from what is. Rows of
// the engine's own entities are not told: they are only ever added, and say themselves when.
struct FieldChange {
    InputNumber input = 0;
    Instant at;
    rules::Reference record;
    // field_id stands for the record itself: `before` missing: created; `after` missing: deleted,
    // with a FieldChange for each other field that had a value.
    rules::FieldIndex field = 0;
    rules::Value before, after;
};

// An input that stopped the process twice is set aside.
struct ParkedInput {
    InputNumber number = 0;
    std::string reason;
};

struct SeenEvent {
    std::string source, id;
    Hash body;
    Instant at;
};

// Position of the engine in the store; counters by which everything new is named.
struct Counters {
    rules::RecordKey next_key = 1;
    RunNumber next_run = 1;
    std::int64_t next_event = 1;  // for events that come without an id
    std::int64_t turn = 0;
    Instant now;
    std::vector<std::int64_t> next_ids;  // by entity: "task-1"
    InputNumber next_input = 1;
    InputNumber position = 0;  // the last input that was processed
    bool is_clean = true;      // the engine stopped in order
};

struct WriteBatch {
    std::vector<RecordWrite> records;  // in the order of their references
    std::vector<MarkWrite> marks;
    std::vector<RunWrite> runs;
    std::vector<SeenEvent> seen;
    std::vector<std::pair<std::string, std::string>> settings;  // name, value as JSON
    std::vector<StoredInput> inputs;                            // ascending
    std::vector<FieldChange> changes;                           // in the order of their turns
    std::vector<ParkedInput> parked;
    Counters counters;
};

// One thread reads (get … inputs); commit may be called from another, one at a time. What is read
// while a batch commits is from before it or from after it: who needs more lays its own layer over
// the store until the commit has returned (group_store.h).
class Store {
 public:
    virtual ~Store() = default;

    // Called once, before anything else. Which fields need an index is index_plan.h's to say. The
    // program outlives the store.
    virtual Status open(const rules::Program& program) = 0;

    // Nothing for a record that is not there.
    virtual rules::RecordPointer get(rules::Reference reference) = 0;
    virtual std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) = 0;
    // The record with that outside id.
    virtual std::optional<rules::RecordKey> find(rules::EntityIndex entity,
                                                 std::string_view id) = 0;
    // The record that has these values in Entity::unique_sets[unique_set]; nothing when one of them
    // is missing.
    virtual std::optional<rules::RecordKey> find_unique(
        rules::EntityIndex entity, std::size_t unique_set,
        const std::vector<rules::Value>& values) = 0;
    // A mark whose expires_at is not after `now` is gone.
    virtual std::optional<std::string> mark(std::string_view key, Instant now) = 0;
    virtual std::optional<StoredRun> run(RunNumber number) = 0;
    virtual std::optional<SeenEvent> seen(std::string_view source, std::string_view id) = 0;
    // Events that came up to then may have been forgotten (meaning.md 37); nothing: none was.
    virtual std::optional<Instant> seen_forgotten_until() = 0;
    // Of the last commit. A store that has none yet answers `Counters{}`.
    virtual Counters counters() = 0;
    // Every setting that was changed, by name.
    virtual std::vector<std::pair<std::string, std::string>> settings() = 0;

    // Inputs above `after`, ascending, `count` at most.
    virtual std::vector<StoredInput> inputs(InputNumber after, std::size_t count) = 0;

    // Durable when it returns, for a store that is. An error with `retry` set (a full disk) left
    // the store as it was, and the same batch may be tried again; after any other the store is not
    // to be used further.
    virtual Status commit(WriteBatch batch) = 0;
};

std::unique_ptr<Store> make_memory_store();

}  // namespace pawl::engine
