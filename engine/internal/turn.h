#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
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

    Layer& layer() { return layer_; }
    TurnResult& result() { return result_; }
    Instant now() const { return now_; }
    InputNumber input() const { return input_; }
    void tell(HappeningForm form);
    void refuse(Refused refused);
    void keep_seen(SeenEvent event) { batch_.seen.push_back(std::move(event)); }
    void keep_setting(std::string name, std::string json);

    // Queues the rules of an event that came from outside: those that the matcher found, or all.
    void set_off_by_event(rules::EventIndex event, std::vector<rules::Value> fields,
                          std::string_view id, const std::vector<rules::RuleIndex>* matched);
    void enqueue(Pending pending) { queue_.push_back(std::move(pending)); }
    // An advance of nobody's run: what a person or a test did. A failure is the caller's to tell.
    std::optional<rules::Failure> take_command(Advance& advance);
    // The answer to a run's call.
    void resume(StoredRun stored, const AnswerInput& answer);

    // Runs the queue to its end.
    void run_queue();
    // Sets the input aside and alerts the admins; then `finish`.
    void park(const std::string& reason);
    // Commits. The turn is over.
    TurnResult finish();

 private:
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
        std::shared_ptr<const Chain> chain;
        std::string rule, entity, trigger;
        Actor requester;
        std::vector<rules::Frame> frames;
    };

    void run_rule(Pending& pending);
    void run_flow(Pending& pending);
    bool conditions_hold(const Pending& pending, std::vector<rules::Value>& locals,
                         rules::Budget& budget, std::optional<rules::Outcome>& failed);
    bool take_once(const Pending& pending, std::vector<rules::Value>& locals, rules::Budget& budget,
                   std::optional<MarkWrite>& mark, std::optional<rules::Outcome>& failed);
    void skip(const Pending& pending, std::string guard, std::string reason, std::uint32_t line,
              bool is_condition);
    std::vector<rules::Value> bind(const Pending& pending) const;
    Run begin_run(const Pending& pending);
    std::optional<rules::Failure> limit_failure(const Run& run);
    Advance::Options options(const Run& run, const SetOff* by) const;

    void merge(Advance& advance);
    void end_advance(Advance& advance, Run& run, rules::Outcome outcome);
    bool collect(Advance& advance, std::uint32_t depth, std::shared_ptr<const Chain> chain,
                 std::optional<rules::Failure>& failure);
    void store_waiting(Advance& advance, Run& run, rules::ServiceCall call);
    void write_run_row(Advance& advance, const Run& run, std::string_view status, bool has_ended);
    void fail(Advance& advance, Run& run, const rules::Outcome& outcome);
    void alert_admins(const std::string& text);
    std::string_view call_status(bool has_failed, bool is_simulated) const;
    void set_off(rules::EventIndex event, const rules::Value& fields,
                 std::shared_ptr<const SetOff> by);
    std::shared_ptr<const SetOff> set_off_of_event(rules::EventIndex event,
                                                   const std::vector<rules::Value>& fields,
                                                   std::string_view id, std::uint32_t depth,
                                                   std::shared_ptr<const Chain> chain);

    void keep_changes();

    Context& context_;
    InputNumber input_ = 0;
    Instant now_;
    Layer layer_;
    std::deque<Pending> queue_;
    TurnResult result_;
    WriteBatch batch_;
    std::map<rules::Reference, std::string> deleted_ids_;
    std::uint32_t advances_ = 0;
    std::uint32_t fan_out_ = 0;
};

// An outcome of what failed before any code ran.
rules::Outcome failed_outcome(rules::Failure failure, rules::UnitIndex unit, std::uint32_t line);

}  // namespace pawl::engine
