#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/time.h"
#include "base/zone.h"
#include "rules/program.h"
#include "rules/records.h"

// Runs a unit's code. Reading goes through Records; what a statement does goes through Host, which
// the engine implements. Deterministic: no clock, no randomness, every loop counted.

namespace pawl::rules {

// Why an advance failed. `kind` is what `error.kind` shows and `try` looks at.
struct Failure {
    std::string code;  // "PW1050"
    std::string kind;  // "call", "transition", "unique", "missing", "limit", …
    std::string message;
    std::string action;  // of a failed call: "mpesa.stk_push"
    bool catchable = false;
    bool retry = false;
};

// How often and how soon what failed is tried again (meaning.md 29).
struct RetryPlan {
    std::uint32_t times = 0;  // attempts after the first
    Duration first, limit;
};

// What `pause …`, `shift …`, `skip step …` say to a journey of a record.
struct Steering {
    JourneyVerb verb = JourneyVerb::start;
    std::uint32_t journey = 0;  // Program::journeys
    Reference record;
    std::uint32_t step = 0;     // of skip_step, trigger_step
    std::vector<Value> values;  // of the step
    Value argument;             // pause: until, missing: open; shift: by
};

// A step as the plan of a journey gives it.
struct PlannedStep {
    std::uint32_t step = 0;  // Journey::steps
    std::vector<Value> values;
    Value title;
    Value at;  // a date or datetime; missing: its date is not known yet
};

struct Assignment {
    FieldIndex field = 0;
    Value value;
};

// What statements do. Each returns a failure or nothing; the advance's layer is the host's.
class Host : public Records {
 public:
    virtual std::optional<Failure> set_field(Reference record, FieldIndex field, Value value,
                                             const Value& reason) = 0;
    virtual std::optional<Failure> create(EntityIndex entity, std::vector<Assignment> fields,
                                          Reference& created) = 0;
    // `key_count` first assignments are the key.
    virtual std::optional<Failure> find_or_create(EntityIndex entity,
                                                  std::vector<Assignment> fields,
                                                  std::size_t key_count, Reference& found) = 0;
    virtual std::optional<Failure> remove(Reference record) = 0;
    virtual std::optional<Failure> emit(EventIndex event, std::vector<Assignment> fields) = 0;
    // Arguments by parameter position; missing where not passed.
    // `retry`: none where the text says nothing.
    virtual std::optional<Failure> send(std::uint32_t template_index, const Value& recipient,
                                        std::vector<Value> arguments,
                                        const std::optional<RetryPlan>& retry) = 0;
    virtual std::optional<Failure> notify(std::uint32_t notification_index, const Value& recipient,
                                          std::vector<Value> arguments) = 0;
    virtual std::optional<Failure> alert(const Value& recipient, std::string text) = 0;
    virtual void log(std::string text) = 0;
    virtual std::optional<Failure> start_flow(UnitIndex unit, std::vector<Value> arguments) = 0;
    // The runs of a rule that wait; about that record, or all.
    virtual std::optional<Failure> cancel_runs(RuleIndex rule,
                                               const std::optional<Reference>& about) = 0;
    virtual std::optional<Failure> steer_journey(Steering steering) = 0;
    // Marks a point of the layer; undo returns to the innermost mark and drops it, keep drops it.
    // The marks of one advance are even when it ends well: a `try` that a call interrupts is kept
    // before the call leaves and marked anew when the run goes on.
    virtual void mark() = 0;
    virtual void undo_to_mark() = 0;
    virtual void keep_mark() = 0;
};

// One level of a run: a unit, where it stands, its variables. Between advances this is all there is
// of a run; operand stacks are empty then.
struct Frame {
    UnitIndex unit = 0;
    std::uint32_t instruction = 0;
    std::vector<Value> locals;
};

struct ServiceCall {
    std::uint32_t action = 0;  // Program::actions
    std::vector<Value> arguments;
    Value idempotency_key;  // missing: run/n
    std::optional<RetryPlan> retry = {};
};

enum class WaitKind : std::uint8_t {
    time,    // wait, wait until; nothing is pushed when it goes on
    event,   // wait for; goes on with the event, or missing
    answer,  // ask; goes on with true, false or missing
    retry,   // a `try` is tried again: nothing is pushed
};

// What a run waits for. It goes on through `run`, with what is to be pushed as its answer.
struct Wait {
    WaitKind kind = WaitKind::time;
    Instant until;               // then it goes on in any case
    std::uint32_t wait_for = 0;  // of event: Unit::waits of the last frame's unit
    Value recipient;             // of answer
    std::string question;
    std::uint32_t attempt = 0;  // of retry: how many failed so far
    std::string error;          // of retry: why
};

enum class OutcomeKind : std::uint8_t {
    finished,  // ran to the end
    stopped,   // `stop`
    stopped_and_forgot,
    calling,  // waits for the answer of `call`
    waiting,
    condition_failed,  // `clause` did not hold
    conditions_hold,
    failed,
};

struct Outcome {
    OutcomeKind kind = OutcomeKind::finished;
    std::uint32_t clause = 0;
    Value clause_value;  // false or missing (unknown); for unless: true
    std::optional<ServiceCall> call;
    std::optional<Wait> wait = {};
    // Of a plan, in the order of the text; of one that failed, those before.
    std::vector<PlannedStep> steps = {};
    std::optional<Failure> failure;
    UnitIndex unit = 0;  // where it failed or waits
    std::uint32_t line = 0;
    Value value;  // of a flow's or define's return
};

// What one advance may still use. Spent across conditions, body and what they call.
struct Budget {
    std::uint64_t instructions = limits::advance_instructions_max;
    std::uint64_t rows = limits::advance_rows_max;
    std::uint64_t bytes = limits::advance_bytes_max;
};

struct Moment {
    Instant now;
    Instant firing;
    // Of the run; what is random about it (the jitter of a retry) follows from it.
    std::uint64_t seed = 0;
};

// When the attempt behind so many failed ones (at least 1) is due: `first` from now, twice as long
// behind each further one, at most `limit`; then up to a tenth less, by the seed, so that runs that
// failed together do not come back together. Nothing where that lies beyond the calendar.
std::optional<Instant> next_attempt(const RetryPlan& plan, std::uint32_t failed,
                                    const Moment& moment, const Zone& zone);

class Evaluator {
 public:
    // The program outlives the evaluator.
    explicit Evaluator(const Program& program);
    ~Evaluator();
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;

    // Overrides the values of settings (a change of a setting is an input). Index by SettingIndex.
    void set_setting(SettingIndex setting, Value value);

    // Runs frames.back() from where it stands until the outcome. Frames are left behind the place
    // of a call or wait (before a `try` that is tried again); `answer` is pushed first where the
    // run was calling, or waiting for an event or an answer. Locals may be fewer than the unit has.
    // The host may evaluate with the same evaluator while it carries a statement out.
    Outcome run(std::vector<Frame>& frames, Host& host, const Moment& moment, Budget& budget,
                const std::optional<Value>& answer = std::nullopt);

    // The run's call failed: goes on in the handler of the innermost `try`, or fails.
    Outcome resume_failed(std::vector<Frame>& frames, Host& host, const Moment& moment,
                          Budget& budget, Failure failure);

    // Runs code that leaves one value: a once-key, a template's part, an expression of a test. Also
    // a rule's conditions: conditions_hold or condition_failed, with the `let`s in the locals.
    Outcome evaluate(UnitIndex unit, std::uint32_t entry, std::vector<Value>& locals, Host& host,
                     const Moment& moment, Budget& budget);

    // What the text states, over the settings alone; missing where it says nothing.
    Outcome evaluate(UnitIndex unit, const Stated& stated, Records& records, const Moment& moment,
                     Budget& budget);

    // The same over records alone, for conditions, `whenever` and the plans of journeys; a
    // statement there is our mistake.
    Outcome evaluate(UnitIndex unit, std::uint32_t entry, std::vector<Value>& locals,
                     Records& records, const Moment& moment, Budget& budget);

 private:
    struct Data;
    std::unique_ptr<Data> data_;
};

// A value as a person reads it in a message ({{ }}), the same in every language: `KES 5,000.00`,
// `2026-03-02`, `2026-03-02 10:15` in the zone (seconds where there are some), `3d12h`, `true`, the
// option of a choice, a reference as its record's `name`, `title` or `full_name`, else its id, a
// list with commas, a record and JSON as JSON, a secret as `•••`, missing as nothing. Cut after
// limits::text_bytes_max.
std::string display_text(const Value& value, const Program& program, Records& records, Zone zone);

}  // namespace pawl::rules
