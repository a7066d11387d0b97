#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "engine/happening.h"
#include "engine/internal/context.h"
#include "engine/internal/layer.h"
#include "engine/internal/rows.h"
#include "rules/evaluator.h"

// One advance: what its statements do, on a layer of its own. It keeps the order in which records
// were first changed, what it emitted and started, and what it has to tell; the turn takes all of
// it when the advance succeeded and drops it when it failed.

namespace pawl::engine {

struct EmittedEvent {
    rules::EventIndex event = 0;
    std::vector<rules::Value> fields;
    std::string id;
};

struct StartedFlow {
    rules::UnitIndex unit = 0;
    std::vector<rules::Value> arguments;
};

// What `as change` shows of a change besides its values.
struct ChangeNote {
    rules::Reference record;
    rules::FieldIndex field = 0;
    rules::Value reason;
};

// A run that waits and is to end with the advance.
struct CancelledRun {
    RunNumber run = 0;
    std::string why;
};

class Turn;

class Advance final : public rules::Host {
 public:
    struct Options {
        Instant now, firing;
        RowOwner owner;
        Actor actor;
        std::uint32_t intents = 0;        // given in earlier advances of the run
        bool emits_from_outside = false;  // of a test: what it emits arrives instead
        std::string event_id = {};        // of the first such event
        std::string first_id = {};        // of the first record created, where none is given
        bool keeps_created_at = false;    // a record may say itself when it was created
        const SetOff* by = nullptr;       // outlives the advance; for rules of `is deleted`
        Turn* turn = nullptr;             // outlives it; none: nothing can wait or be steered
        // Whose budget counts what leaves; none: of a flow, a journey's step, a person.
        std::optional<rules::RuleIndex> rule = {};
        std::string reason = {};   // a person's, for what is steered
        bool moves_start = false;  // likewise: a journey that runs may get another start
    };

    // Context and the layer below outlive the advance.
    Advance(Context& context, Layer& below, Options options);

    // Records, with the record that was deleted where a deletion set the run off.
    rules::RecordPointer get(rules::Reference reference) override;
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override;

    std::optional<rules::Failure> set_field(rules::Reference record, rules::FieldIndex field,
                                            rules::Value value,
                                            const rules::Value& reason) override;
    std::optional<rules::Failure> create(rules::EntityIndex entity,
                                         std::vector<rules::Assignment> fields,
                                         rules::Reference& created) override;
    std::optional<rules::Failure> find_or_create(rules::EntityIndex entity,
                                                 std::vector<rules::Assignment> fields,
                                                 std::size_t key_count,
                                                 rules::Reference& found) override;
    std::optional<rules::Failure> remove(rules::Reference record) override;
    std::optional<rules::Failure> emit(rules::EventIndex event,
                                       std::vector<rules::Assignment> fields) override;
    std::optional<rules::Failure> send(std::uint32_t template_index, const rules::Value& recipient,
                                       std::vector<rules::Value> arguments,
                                       const std::optional<rules::RetryPlan>& retry) override;
    std::optional<rules::Failure> notify(std::uint32_t notification_index,
                                         const rules::Value& recipient,
                                         std::vector<rules::Value> arguments) override;
    std::optional<rules::Failure> alert(const rules::Value& recipient, std::string text) override;
    void log(std::string text) override;
    std::optional<rules::Failure> start_flow(rules::UnitIndex unit,
                                             std::vector<rules::Value> arguments) override;
    std::optional<rules::Failure> cancel_runs(
        rules::RuleIndex rule, const std::optional<rules::Reference>& about) override;
    std::optional<rules::Failure> steer_journey(rules::Steering steering) override;
    void mark() override;
    void undo_to_mark() override;
    void keep_mark() override;

    // For what acts on the advance's behalf (messages, edges, the turn).
    Context& context() { return context_; }
    Layer& layer() { return layer_; }
    Rows& rows() { return rows_; }
    const RowOwner& owner() const { return options_.owner; }
    const Actor& actor() const { return options_.actor; }
    Turn* turn() const { return options_.turn; }
    std::optional<rules::RuleIndex> rule() const { return options_.rule; }
    const rules::Moment& moment() const { return moment_; }
    rules::Budget& budget() { return budget_; }
    void tell(HappeningForm form);
    // Numbers everything that leaves a run: its idempotency key is run/n.
    std::uint32_t next_intent() { return ++options_.intents; }
    std::uint32_t intents() const { return options_.intents; }

    // What it did, for the turn. Records in the order of their first change; one may stand there
    // twice, or unchanged in the end.
    const std::vector<rules::Reference>& touched() const { return touched_; }
    const rules::Value* reason(rules::Reference record, rules::FieldIndex field) const;
    // How the records it deleted were called.
    const std::vector<std::pair<rules::Reference, std::string>>& deleted_ids() const {
        return deleted_ids_;
    }
    std::vector<EmittedEvent>& emitted() { return emitted_; }
    std::vector<StartedFlow>& started() { return started_; }
    void cancel(CancelledRun run) { cancelled_.push_back(std::move(run)); }
    const std::vector<CancelledRun>& cancelled() const { return cancelled_; }
    std::vector<Happening>& happenings() { return happenings_; }

    // Drops the layer and gives back the ids and keys it took.
    void roll_back();

 private:
    struct Savepoint {
        std::size_t layer, happenings, touched, notes, emitted, started, cancelled;
        std::uint32_t intents;
        Counters counters;
    };

    std::optional<rules::Failure> check_transition(rules::Reference record, rules::FieldIndex field,
                                                   const rules::Value& from,
                                                   const rules::Value& to);
    std::optional<rules::Failure> check_unique(rules::EntityIndex entity, std::size_t set,
                                               const rules::Record& record, rules::Reference self);
    std::optional<rules::Failure> check_value(rules::EntityIndex entity, rules::FieldIndex field,
                                              const rules::Value& value);
    std::optional<rules::Failure> take_id(rules::EntityIndex entity, rules::Value& id);
    std::optional<rules::Failure> remove_referrers(rules::Reference record,
                                                   std::vector<rules::Reference>& to_remove);
    std::optional<rules::Failure> remove_one(rules::Reference record,
                                             std::vector<rules::Reference>& to_remove);
    std::optional<rules::Failure> drop_reference(const Referrer& referrer, rules::Reference holder,
                                                 rules::Reference removed);
    Savepoint savepoint();
    void undo_to(const Savepoint& to);
    void touch(rules::Reference record);

    Context& context_;
    Options options_;
    Layer layer_;
    Rows rows_;
    rules::Moment moment_;
    rules::Budget budget_;
    std::vector<Happening> happenings_;
    std::vector<rules::Reference> touched_;
    std::vector<ChangeNote> notes_;
    std::vector<std::pair<rules::Reference, std::string>> deleted_ids_;
    std::vector<EmittedEvent> emitted_;
    std::vector<StartedFlow> started_;
    std::vector<CancelledRun> cancelled_;
    std::vector<Savepoint> savepoints_;
    Counters counters_before_;
};

// The failures an advance meets. `catchable`: a `try` may handle it (meaning.md 29).
rules::Failure make_failure(DiagnosticCode code, std::string kind, std::string message,
                            bool catchable = false);

}  // namespace pawl::engine
