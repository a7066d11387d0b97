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

// A timer by its place: earliest first, of one instant in the order in which they were set.
struct TimerKey {
    Instant due;
    std::int64_t number = 0;  // Counters::next_timer
    friend auto operator<=>(const TimerKey&, const TimerKey&) = default;
};

// What a stored timer wakes. A run: `target` is its number. The others: the mark of that key, which
// says what is to be done, and when: a timer whose mark is gone or says another instant is stale.
enum class TimerKind : std::uint8_t { run, held, absence, sequence, journey };
struct StoredTimer {
    TimerKey key;
    TimerKind kind = TimerKind::run;
    std::string target;
    friend bool operator==(const StoredTimer&, const StoredTimer&) = default;
};
struct TimerWrite {
    StoredTimer timer;
    bool is_removed = false;
};

// A run that an event of that type may wake. `key`: of the value that the event must hold in the
// field that the run's `wait for` names (value_key.h); empty: every event of the type.
struct WaiterWrite {
    std::string event, key;
    RunNumber run = 0;
    bool is_removed = false;
};

// A record's place in the order of one of its fields.
struct OrderedRecord {
    rules::Value value;
    rules::RecordKey key = 0;
};

// An event that came while a run was not ready for it yet (meaning.md 27).
struct OvertakingEvent {
    rules::EventIndex event = 0;
    rules::Value fields;
};

enum class RunState : std::uint8_t {
    calling,  // `calling`, `call`, `effect`
    waiting,  // `wait`
};

// A run that waits: small, resumed in O(1).
struct StoredRun {
    RunNumber number = 0;
    rules::RuleIndex rule = 0;
    Instant firing;
    std::uint32_t intents = 0;  // given so far
    std::uint32_t depth = 0;    // in the cascade, kept across waits
    RunState state = RunState::calling;
    std::vector<rules::Frame> frames;
    rules::RecordKey row = 0;  // of its record in the entity `run`
    rules::Wait wait;
    std::optional<TimerKey> timer;  // of the wait, or of the call's next attempt
    std::uint32_t attempts = 0;     // of the call, that failed
    // The events it may be woken by, now or when it comes to its next `wait for`.
    std::vector<std::pair<std::string, std::string>> waits_for;  // WaiterWrite::event, key
    std::vector<OvertakingEvent> overtaking;
    // Events that came later than it stands still are kept under a number from this one on
    // (engine/internal/kept_events.h).
    std::int64_t stands_since = 0;
    std::optional<rules::Reference> subject;  // the record that set it off
    std::vector<std::string> running_keys;    // marks that say it runs (while running)
    std::string step;                         // of a journey's: its mark's key and step's name
    std::uint32_t calling = 0;                // the intent whose answer it waits for
    rules::ServiceCall call;                  // what it called, for the line that the answer prints
    std::string entity;                       // "project/p1": what it is about; empty: nothing
    std::string trigger;                      // as the log names what set it off
    std::optional<rules::Reference> requester;  // who asked for it, where somebody did
    std::string requester_name;
    std::string once_key;         // the mark that `stop and forget` removes; empty: none
    rules::RecordKey effect = 0;  // the row of what it called
    bool is_flow = false;         // begun by `start`: `rule` is unused, frames[0] is the flow
    // The program has this unit (or action) no more as the run began with it ("rule reminder"):
    // the run cannot go on, and `rule`, `frames` and `call` are of no use. Empty: it can.
    std::string stale_unit;
    bool is_stale() const { return !stale_unit.empty(); }
};

struct RunWrite {
    RunNumber number = 0;
    std::shared_ptr<const StoredRun> run;  // none: ended
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

// An event that came, by which the same is known when it comes again.
struct SeenEvent {
    std::string source, id;
    std::uint64_t body = 0;  // of its content: body_mark
    Instant at;
};

// Tells another content under the same id from the same: the first word of its hash.
std::uint64_t body_mark(const Hash& body);

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
    std::int64_t next_timer = 1;
    bool is_clean = true;  // the engine stopped in order
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
    std::vector<TimerWrite> timers;    // in the order in which they were made
    std::vector<WaiterWrite> waiters;  // likewise
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
    virtual std::shared_ptr<const StoredRun> run(RunNumber number) = 0;  // none: it does not wait
    // Timers above `after`, ascending, `count` at most.
    virtual std::vector<StoredTimer> timers(TimerKey after, std::size_t count) = 0;
    // Runs that an event of that type with that key may wake, ascending; of one key only.
    virtual std::vector<RunNumber> waiters(std::string_view event, std::string_view key) = 0;
    // Records by the value of an indexed field (index_plan.h), then by key: those above `after`,
    // `count` at most. Those whose value is missing are left out; a missing `after.value` is below
    // everything.
    virtual std::vector<OrderedRecord> ordered(rules::EntityIndex entity, rules::FieldIndex field,
                                               const OrderedRecord& after, std::size_t count) = 0;
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
