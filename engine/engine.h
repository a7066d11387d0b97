#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/happening.h"
#include "engine/input.h"
#include "engine/ports/store.h"
#include "rules/program.h"
#include "rules/program_adopt.h"
#include "rules/records.h"

// The deterministic core: one input in, what changed and what must go out. It reads no clock, file
// or socket; the same inputs over the same store give the same happenings, byte for byte. One
// thread owns it.

namespace pawl::engine {

// A `call` that left: the world answers with an AnswerInput of the same run and intent. The turn of
// that answer tells the `Called`, so that it tells both.
struct OutgoingCall {
    RunNumber run = 0;
    std::uint32_t intent = 0;  // with the run, the idempotency key "r1/1"
    std::string integration, action, key;
    std::vector<NamedValue> arguments;
    std::uint32_t action_index = 0;
};

struct TurnResult {
    std::vector<Happening> happenings;
    std::vector<OutgoingCall> calls;
    bool refused = false;  // the input did not go in; happenings say why
    bool duplicate = false;
    std::optional<Error> store_failure = {};  // nothing of the turn was kept
};

struct EngineOptions {
    bool trace_false_conditions = false;  // Skipped for each rule looked at whose condition fails
    bool keeps_history = false;           // each changed field is written down (FieldChange)
    bool simulates = false;               // effects are `simulated` instead of `waiting`
    // Of units that the program took in for runs that wait (SqliteStore::take_former_texts).
    std::vector<rules::FormerText> former = {};
};

// What became of the text of an input that was to be kept for its turn.
struct Appended {
    std::string id;
    bool is_duplicate = false;
    std::optional<Refused> refused;  // a conflict too: its code says so
    std::optional<Input> input;      // for `process`; nothing when it was not kept
};

// What an input would do if it came now.
struct Preview {
    std::vector<std::string> happenings;  // lines of happening_json.h
    std::optional<Refused> refused;       // it would not go in
};

class Engine {
 public:
    // Program and store outlive the engine. The caller has opened the store with this program.
    Engine(const rules::Program& program, Store& store, EngineOptions options = {});
    ~Engine();

    // Records that simply are: no rule fires, no edge (a state file, cli.md). All at once, so that
    // records may name one another in any order; a mistake in one refuses all, with its place in
    // the message. They are created at `arrival`, unless they say otherwise themselves.
    Status load_state(const Json& state, Instant arrival = {});

    // Keeps an input for its turn: its envelope is read, its fields are looked at as far as that
    // needs no record, and its key is kept, so that it goes in once (meaning.md 7). `arrival` as of
    // process.
    Appended append(std::string json, Instant arrival);
    // An input that was kept, read again after a restart.
    Input read_appended(const StoredInput& stored);

    // Time begins to count at `now`, or goes on after a stop: what clocks strike and dates come
    // from then on. To be called once, before the first input is processed; without it nothing is
    // due.
    Status begin(Instant now);

    // Runs the turn of an input. What is due up to its arrival comes first: see process_due.
    TurnResult process(const Input& input);

    // Computes the turn of an input, as its JSON text, and drops it: nothing is kept, nothing goes
    // out, and the next turn finds everything as this one did. It ends where a run stands still: at
    // a call, a wait. What is due at `arrival` is not looked at. Settings are refused.
    Preview preview(std::string json, Instant arrival);

    // The earliest instant at which something may be due: a wait, a date, the clock of a rule.
    // Early at times (then nothing happens), never late. Nothing: nothing is to come.
    std::optional<Instant> next_due();
    // One turn of what is due at `now` or before, the earliest first; nothing when nothing is. Its
    // instant is that at which it was due, so that it comes before every input that arrived later;
    // what comes more than limits::timer_late_micros late (after an outage, in a storm) has the
    // instant `now` instead. To be called until it answers nothing before an input of `now` is
    // processed.
    std::optional<TurnResult> process_due(Instant now);
    // What process_due would take next, by a name that it has after a restart, too; 0: nothing is
    // due.
    std::uint64_t due_name(Instant now);
    // Sets an input aside instead of processing it, and alerts the admins.
    TurnResult park(const Input& input, const std::string& reason);
    // The same with what process_due would take next, at which the process stopped so often: runs
    // that it was to wake end as failed, rules that it was to set off are passed over. `is_again`:
    // the process stopped at that, too; it is taken away, and nothing else is looked at.
    std::optional<TurnResult> park_due(Instant now, int stops, bool is_again);
    // A turn of nobody's: tells the admins something about the engine itself.
    TurnResult alert_admins(Instant now, const std::string& text);
    // What is kept from now on was, or was not, followed by a stop in order.
    Status mark_clean(bool is_clean);
    const Counters& counters() const;

    // The instant of the last input.
    Instant now() const;

    // For expectations and answers: what is, by the engine's own eyes.
    rules::Records& records();
    std::string record_id(rules::Reference reference);
    std::optional<rules::Reference> find_record(std::string_view entity, std::string_view id);

    // The doors of `test` blocks. Each runs code of a test's unit over the test's locals, which it
    // may change.

    // Carries out a `given`: no rule fires, no edge. The first record it creates gets `id`, unless
    // that is empty or the code gives one itself.
    Status load_statement(rules::UnitIndex unit, std::uint32_t entry,
                          std::vector<rules::Value>& locals, Instant arrival,
                          std::string_view id = {});
    // A turn: what the person `actor` does (a when_change), or events that come from outside (a
    // when_event: what the code emits goes in as if it had arrived). A failure is told as Refused.
    // `event_id` names the event; empty: it gets one.
    TurnResult process_statement(rules::UnitIndex unit, std::uint32_t entry,
                                 std::vector<rules::Value>& locals, Instant arrival,
                                 std::optional<rules::Reference> actor, bool override_,
                                 std::string_view event_id = {});
    // A turn: the rule is requested, with what it asks for in order.
    TurnResult process_request(rules::RuleIndex rule, std::vector<rules::Value> asked,
                               Instant arrival, std::optional<rules::Reference> actor);
    // The value of code of a unit, over the records as they are.
    Result<rules::Value> evaluate(rules::UnitIndex unit, std::uint32_t entry,
                                  std::vector<rules::Value>& locals);

 private:
    struct Data;
    std::unique_ptr<Data> data_;
};

}  // namespace pawl::engine
