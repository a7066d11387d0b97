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
    virtual std::optional<Failure> send(std::uint32_t template_index, const Value& recipient,
                                        std::vector<Value> arguments) = 0;
    virtual std::optional<Failure> notify(std::uint32_t notification_index, const Value& recipient,
                                          std::vector<Value> arguments) = 0;
    virtual std::optional<Failure> alert(const Value& recipient, std::string text) = 0;
    virtual void log(std::string text) = 0;
    virtual std::optional<Failure> start_flow(UnitIndex unit, std::vector<Value> arguments) = 0;
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
};

enum class OutcomeKind : std::uint8_t {
    finished,  // ran to the end
    stopped,   // `stop`
    stopped_and_forgot,
    calling,           // waits for the answer of `call`
    condition_failed,  // `clause` did not hold
    conditions_hold,
    failed,
};

struct Outcome {
    OutcomeKind kind = OutcomeKind::finished;
    std::uint32_t clause = 0;
    Value clause_value;  // false or missing (unknown); for unless: true
    std::optional<ServiceCall> call;
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
};

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
    // of a call; `answer` is pushed first where the run was calling. Locals may be fewer than the
    // unit has. The host may evaluate with the same evaluator while it carries a statement out.
    Outcome run(std::vector<Frame>& frames, Host& host, const Moment& moment, Budget& budget,
                const std::optional<Value>& answer = std::nullopt);

    // The run's call failed: goes on in the handler of the innermost `try`, or fails.
    Outcome resume_failed(std::vector<Frame>& frames, Host& host, const Moment& moment,
                          Budget& budget, Failure failure);

    // Runs code that leaves one value: a once-key, a template's part, an expression of a test. Also
    // a rule's conditions: conditions_hold or condition_failed, with the `let`s in the locals.
    Outcome evaluate(UnitIndex unit, std::uint32_t entry, std::vector<Value>& locals, Host& host,
                     const Moment& moment, Budget& budget);

    // The same over records alone, for conditions and `whenever`; a statement there is our mistake.
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
