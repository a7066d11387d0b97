#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/internal/advance.h"
#include "engine/internal/context.h"
#include "engine/internal/layer.h"

// A turn: one input, as a queue of advances (meaning.md 1-4). Each works on a layer of its own over
// the turn's; what it changed and emitted sets off the next ones. Nothing is in the store before
// `finish`.

namespace pawl::engine {

// References in what comes from outside, looked up in the turn's records.
class LayerLookup final : public rules::ReferenceLookup {
 public:
    explicit LayerLookup(Layer& layer) : layer_(layer) {}
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id) override {
        return layer_.find(entity, id);
    }

 private:
    Layer& layer_;
};

class Turn {
 public:
    // The context outlives the turn. Its counters go on from here: one turn at a time.
    // `input`: where it stands in the store's list; 0: nowhere.
    Turn(Context& context, Instant arrival, InputNumber input = 0);

    Context& context() { return context_; }
    Layer& layer() { return layer_; }
    TurnResult& result() { return result_; }
    Instant now() const { return now_; }
    InputNumber input() const { return input_; }
    void tell(HappeningForm form);
    void refuse(Refused refused);
    void keep_seen(SeenEvent event) { batch_.seen.push_back(std::move(event)); }
    void keep_setting(std::string name, std::string json);

    // Queues what an event from outside sets off: the runs that wait for it, then the rules that
    // the matcher found, or all.
    void set_off_by_event(rules::EventIndex event, std::vector<rules::Value> fields,
                          std::string_view id, const std::vector<rules::RuleIndex>* matched);
    void enqueue(Pending pending) { queue_.push_back(std::move(pending)); }
    // A wait, by the number of its timer, has its place in the queue: nothing else ends it.
    void note_woken(std::int64_t wait) { woken_.insert(wait); }
    bool was_woken(std::int64_t wait) const { return woken_.count(wait) != 0; }
    // A journey, by its mark, was planned anew: what is past of it by that is not overdue.
    void note_planned(const std::string& journey) { planned_.insert(journey); }
    bool was_planned(const std::string& journey) const { return planned_.count(journey) != 0; }
    // An advance of nobody's run: what a person or a test did. A failure is the caller's to tell.
    std::optional<rules::Failure> take_command(Advance& advance);
    // The answer to a run's call.
    void resume(const StoredRun& stored, const AnswerInput& answer);
    // What is due. The turn's instant was chosen by it.
    void take_due(const Due& due);

    // Runs the queue to its end.
    void run_queue();
    // Takes the first of the queue out of it; nothing: it is empty.
    std::optional<Pending> next_of_queue();
    // Sets the input aside and alerts the admins; then `finish`.
    void park(const std::string& reason);
    // Commits. The turn is over.
    TurnResult finish();
    // Keeps nothing: tells what the turn would have done. The counters are the caller's to set
    // back.
    TurnResult drop();

    // ---- For what takes part in a turn: waits, guards, patterns, journeys ----------------------

    // A run within the turn.
    struct Run {
        RunNumber number = 0;
        TriggerUse use;
        bool is_flow = false;
        bool was_stored = false;  // it waited: the store has it
        rules::RecordKey row = 0;
        Instant firing;
        std::string once_key;
        std::uint32_t depth = 1;
        std::uint32_t intents = 0;  // given in earlier advances
        std::shared_ptr<const Chain> chain;
        std::string rule, entity, trigger;
        std::optional<rules::Reference> subject;
        std::vector<std::string> running_keys;
        std::string step;               // of a journey: StoredRun::step
        rules::RecordKey step_row = 0;  // 0: it waited, and is found by its name
        Actor requester;
        std::vector<rules::Frame> frames;
        std::vector<OvertakingEvent> overtaking;
        std::int64_t stands_since = 0;         // of where it last stood still; 0: it did not yet
        std::optional<OvertakingEvent> taken;  // the event that it goes on with
        std::int64_t spoke_from = 0, spoke_until = 0;  // KeptEvents::place: of its own events
    };

    // Begins a run: its number and row are taken.
    Run begin_run(const Pending& pending);
    // Tells that it fired, and runs its frames, which stand at its beginning.
    void start_run(Advance& advance, Run& run, const Pending& pending);
    // The run of the store as one of this turn, and the other way round (without what it waits
    // for).
    Run run_of(const StoredRun& stored) const;
    StoredRun stored_of(const Run& run, const Advance& advance) const;
    Advance::Options options(const Run& run, const SetOff* by);
    // Runs its frames until it ends or waits again; `answer` is what is pushed.
    void go_on(Advance& advance, Run& run, const std::optional<rules::Value>& answer);
    // Its call failed: goes on in a `try`, or fails.
    void go_on_failed(Advance& advance, Run& run, rules::Failure failure);
    // Ends it without a further advance of its own.
    void end_run(Layer& layer, const Run& run, EndStatus status, const std::string& reason,
                 const std::string& code = {});
    void fail(Advance& advance, Run& run, const rules::Outcome& outcome);
    std::optional<rules::Failure> limit_failure(const Run& run);
    // The same for a run that waited: false when the turn has had its last advance.
    bool take_advance();
    // False: what is not of this turn's cascade has to wait for a turn of its own.
    bool has_advances_left() const;
    // Its row in the entity `run`; `waits_for`, `due` and `question`: of one that waits.
    void write_run_row(Advance& advance, const Run& run, std::string_view status, bool has_ended,
                       std::string_view waits_for = {}, std::optional<Instant> due = {},
                       std::string_view question = {});
    void alert_admins(const std::string& text);
    void skip(const Pending& pending, std::string guard, std::string reason, std::uint32_t line,
              bool is_condition);
    std::vector<rules::Value> bind(const Pending& pending) const;
    // Of an event, as the cause of what it sets off. It is about a record of `layer`; of one that
    // is gone by then it is an event about nothing.
    std::shared_ptr<const SetOff> set_off_of_event(rules::EventIndex event,
                                                   const std::vector<rules::Value>& fields,
                                                   std::string_view id, std::uint32_t depth,
                                                   std::shared_ptr<const Chain> chain,
                                                   Layer& layer);
    // A date that was past when it was set or moved: the rule that it sets off, where the rule
    // makes up for so much; else it is told to be too late. Nothing either way where it had its
    // turn before.
    std::optional<Pending> take_past_anchor(Advance& advance, TriggerUse use,
                                            rules::Reference record, Instant due);
    // Whether a rule makes up for what was due then, and is late by now.
    bool makes_up(rules::RuleIndex rule, Instant due);
    // The date has had its turn, once and for all; that is known for so long at least.
    void mark_handled(Layer& layer, TriggerUse use, rules::Reference record, Instant due,
                      Duration known_for = {});
    // Whether what was due then is late, and the rule does not make up for it.
    bool is_missed(rules::RuleIndex rule, Instant due);
    // Sets a timer for a run or a mark.
    TimerKey set_timer(Layer& layer, Instant due, TimerKind kind, std::string target);
    // The call that a run stands still at, to leave now.
    OutgoingCall outgoing(const StoredRun& stored, rules::Records& records) const;
    void call(OutgoingCall call) { result_.calls.push_back(std::move(call)); }

 private:
    std::size_t clear_queue(const std::string& why);
    void run_rule(Pending& pending);
    void try_rule(Pending& pending);
    void run_flow(Pending& pending);
    void tell_missed(const Pending& pending, Instant due);
    Pending anchor_pending(TriggerUse use, rules::Reference record, Layer& layer);
    Duration missed_within(rules::RuleIndex rule);
    std::optional<Instant> handled_until(Layer& layer, TriggerUse use, rules::Reference record,
                                         Instant due);
    void mark_since(Layer& layer, TriggerUse use, Instant since);
    Pending clock_pending(TriggerUse use) const;
    void take_timer(const StoredTimer& timer);
    void take_sweep(TriggerUse use, SweepProgress progress);
    std::optional<rules::ScanRequest> sweep_request(TriggerUse use, rules::RecordKey after);
    rules::Outcome evaluate_sweep(TriggerUse use, std::uint32_t entry, rules::Value record);
    void sweep_record(TriggerUse use, rules::Reference record);
    void take_due(const AnchorDue& anchor, Instant due);
    void take_due(const ClockDue& clock, Instant due);
    bool conditions_hold(const Pending& pending, std::vector<rules::Value>& locals,
                         rules::Budget& budget, std::optional<rules::Outcome>& failed);
    bool take_once(const Pending& pending, std::vector<rules::Value>& locals, rules::Budget& budget,
                   std::optional<MarkWrite>& mark, std::optional<rules::Outcome>& failed);

    void merge(Advance& advance);
    void end_advance(Advance& advance, Run& run, rules::Outcome outcome);
    bool collect(Advance& advance, std::uint32_t depth, std::shared_ptr<const Chain> chain,
                 std::optional<rules::Failure>& failure);
    void store_calling(Advance& advance, Run& run, rules::ServiceCall call);
    // Queues what an event sets off: what was due before it came, the runs that wait for it, then
    // `uses` and patterns, by rule.
    void set_off(rules::EventIndex event, const rules::Value& fields,
                 const std::shared_ptr<const SetOff>& by, const std::vector<TriggerUse>& uses,
                 Layer& layer);
    std::string_view call_status(bool has_failed, bool is_simulated) const;
    std::optional<rules::Failure> read_answer(const rules::ServiceAction& action,
                                              const AnswerInput& answer, rules::Value& value);
    void run_ended(const Run& run, EndStatus status, const std::string& error);
    void place_of(const Run& run, Rows::Run& row) const;

    void keep_changes();

    Context& context_;
    InputNumber input_ = 0;
    Instant now_;
    Layer layer_;
    std::vector<Pending> queue_;
    std::size_t next_in_queue_ = 0;  // what stands before it had its turn
    std::set<std::int64_t> woken_;
    std::set<std::string> planned_;
    TurnResult result_;
    WriteBatch batch_;
    std::map<rules::Reference, std::string> deleted_ids_;
    std::uint32_t advances_ = 0;
    std::uint32_t fan_out_ = 0;
};

// An outcome of what failed before any code ran.
rules::Outcome failed_outcome(rules::Failure failure, rules::UnitIndex unit, std::uint32_t line);

}  // namespace pawl::engine
