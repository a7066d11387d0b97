#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/internal/advance.h"
#include "engine/internal/journey_state.h"
#include "engine/internal/turn.h"

// Timetables hung on a date of a record (meaning.md 33, 34). One journey of one record is one mark
// (journey_state.h) and the rows of `scheduled_step`, a step each; its timer is that of its next
// step. A step is known by its name and loop values: "generate(4)". One that was renamed takes over
// the mark and the rows of its former name when it is first looked at (journey_texts.h).

namespace pawl::engine {

// Who steers a journey, as it is told.
struct SteeredBy {
    std::string name;    // of a person or a rule; empty: nobody said
    std::string reason;  // as it was given
    // Of a command: what would change nothing is refused, where a rule's run goes on and it is
    // told.
    bool is_command = false;
    bool moves_start = false;  // may hang one that runs on another date
};

class Journeys {
 public:
    // `layer`: of the advance, or of the turn.
    Journeys(Turn& turn, Layer& layer);

    // The record was created or changed: its journeys start, move, pause, go on or end with it. A
    // failure is that of whatever changed it: a timetable cannot be planned so.
    std::optional<rules::Failure> record_changed(rules::Reference record,
                                                 std::vector<Happening>& told);
    // `before`: as it was, for its id.
    void record_deleted(rules::Reference record, const rules::RecordPointer& before,
                        std::vector<Happening>& told);
    // The journey's text is another than the one by which the record's was planned, or is new:
    // starts, and plans anew what is ahead.
    std::optional<rules::Failure> text_changed(std::uint32_t journey, rules::Reference record,
                                               std::vector<Happening>& told);
    // The record comes with a state that was exported: what its journeys' marks say is planned
    // anew, since their steps were not part of it.
    void restore(rules::Reference record, std::vector<Happening>& told);
    // The records of the journey whose reference points at a record that changed.
    // Nothing: there are more than `count_max`.
    std::optional<std::vector<rules::Reference>> concerned(std::uint32_t journey,
                                                           rules::FieldIndex reference_field,
                                                           rules::Reference changed,
                                                           std::size_t count_max);
    // A statement or a person steers it. A failure says what the journey is not, or has not, or
    // that it cannot be planned so; what was changed is to be undone then.
    std::optional<rules::Failure> steer(const rules::Steering& steering, const SteeredBy& by,
                                        std::vector<Happening>& told);
    // Its timer is due: queues the steps whose time has come.
    void timer_due(const StoredTimer& timer);
    // The same where that stopped the process again and again: the steps whose time has come fail
    // with `why`, a pause ends as it was planned, and what comes later comes at its time. Nothing
    // of the rulebook is run for that.
    void set_aside(const StoredTimer& timer, const std::string& why);
    // From the queue: one step, unless its `unless` holds it back.
    void run_step(Pending& pending);
    // The turn has had its last advance: a step of its queue that is due runs in the next one, one
    // that the turn's own cascade triggered fails.
    void give_up(const Pending& pending, const std::string& why);
    // The run of a step has ended.
    void step_ended(const Turn::Run& run, EndStatus status, const std::string& error);
    // The `unless` of a step that waits, read again: true ends it. None: it has none. `step` as
    // StoredRun's.
    std::optional<rules::Outcome> read_unless(const std::string& step,
                                              const std::vector<rules::Frame>& frames);

    // A step by its text: its place in Journey::steps and its values; nothing: it has no such step.
    std::optional<rules::PlannedStep> find_step(std::uint32_t journey, rules::Reference record,
                                                const std::string& text);

 private:
    struct Row {
        rules::RecordKey key = 0;
        rules::RecordPointer record;
    };
    // A journey of a record at hand.
    struct Journey {
        std::uint32_t index = 0;
        const rules::Journey* written = nullptr;
        rules::Reference record;
        std::string mark, of;  // "journey/creator_program/7", "client/c1"
        JourneyRecord state;
        std::optional<std::vector<Row>> rows;  // once they were looked at; those that are kept
        bool has_lost_rows = false;  // some are no longer kept: what they say was done is not known
    };
    // A step as planned anew.
    struct Step {
        rules::PlannedStep planned;
        std::string name, title;
        Instant at;
        bool moves = true;  // with a shift: its date follows from the start
    };
    enum class Because : std::uint8_t { record, text };

    std::string mark_of(const std::string& journey, rules::Reference record) const;
    std::string of_text(rules::Reference record);
    // Why nothing is begun for a record that was erased; empty: it was not.
    std::string why_not_begun(rules::Reference record);
    std::optional<Journey> open(std::uint32_t index, rules::Reference record);
    std::optional<Journey> open(const std::string& mark);
    std::optional<Journey> take_over(std::uint32_t index, rules::Reference record);
    void keep(Journey& journey);
    void close(Journey& journey);

    // Nothing when it fails: `failure_` tells why.
    std::optional<rules::Value> evaluate(const Journey& journey, std::uint32_t entry,
                                         const rules::Value& start);
    rules::Outcome outcome_of(const Journey& journey, std::uint32_t entry,
                              const rules::Value& start);
    std::optional<std::vector<Step>> plan(Journey& journey);
    // By Journey::plan_entry, or JourneyStep::find_entry.
    std::optional<std::vector<Step>> steps_at(const Journey& journey, std::uint32_t entry,
                                              const rules::Value& start);
    bool move_by(Journey& journey, std::vector<Step>& steps, Duration shift);
    std::optional<Instant> catches_up_until(const Journey& journey, const Step& step);
    bool is_past(const Journey& journey, const Step& step);
    // Shifted by so much, no step is ahead, or comes back, or may come once its date is known.
    bool moves_nothing(Journey& journey, Duration by_much);
    // The step whose time could not be worked out, behind so many that could; empty: it is not
    // known.
    std::string failed_step(const Journey& journey, std::uint32_t entry,
                            const rules::Outcome& failed);
    std::optional<Instant> instant_of(const rules::Value& value) const;
    Duration pause_length(const JourneyPause& pause, Instant until) const;
    std::optional<Duration> shift_now(const Journey& journey) const;
    std::string shown(const rules::Value& value);
    std::string shown(Instant instant) const;

    void follow(std::uint32_t index, rules::Reference record, Because because,
                std::vector<Happening>& told);
    // False: the journey does not run.
    bool follow_start(std::optional<Journey>& journey, Journey& fresh, Because because,
                      std::vector<Happening>& told);
    bool is_left_alone(const rules::Journey& written, rules::Reference record, const SteeredBy& by,
                       std::vector<Happening>& told);
    void follow_pause(Journey& journey, std::vector<Happening>& told);
    void begin(Journey& journey, const SteeredBy& by, std::vector<Happening>& told);
    // Every step still ahead gets its time from what is known now.
    void replan(Journey& journey, std::vector<Happening>& told);
    void plan_row(Journey& journey, const Step& step, Row* row, std::vector<Happening>& told);
    std::vector<Row>& rows_of(Journey& journey);
    Row* find_row(Journey& journey, std::string_view name);
    // The same without a look at all of them, for who looks at no other. `key` 0: by the name.
    std::optional<Row> row_alone(const Journey& journey, std::string_view name,
                                 rules::RecordKey key);
    bool has_open_rows(Journey& journey);
    void end_steps(Journey& journey, const std::string& reason, const SteeredBy& by,
                   std::vector<Happening>& told);
    void step_is_over(Journey& journey, std::vector<Happening>& told);
    void complete_if_done(Journey& journey, std::vector<Happening>& told);

    void pause(Journey& journey, bool by_hand, const rules::Value& until, const SteeredBy& by,
               std::vector<Happening>& told);
    void resume(Journey& journey, bool by_hand, const SteeredBy& by, std::vector<Happening>& told);
    void end_pause_as_planned(Journey& journey, std::vector<Happening>& told);
    std::optional<rules::Failure> steer_journey(const rules::Steering& steering,
                                                const SteeredBy& by, std::vector<Happening>& told);
    // Why it would change nothing, and what fits; empty: it would.
    std::string why_unchanged(Journey& journey, const rules::Steering& steering);
    std::optional<rules::Failure> start(Journey* journey, const rules::Steering& steering,
                                        const SteeredBy& by, std::vector<Happening>& told);
    void forget_lost_rows(Journey& journey);
    std::optional<rules::Failure> shift(Journey& journey, Duration by_much, const SteeredBy& by,
                                        std::vector<Happening>& told);
    std::optional<rules::Failure> steer_step(Journey& journey, const rules::Steering& steering,
                                             const SteeredBy& by, std::vector<Happening>& told);
    std::optional<rules::PlannedStep> find_step(const Journey& journey, const std::string& text);
    enum class Begun : std::uint8_t { by_time, by_hand };
    void enqueue_step(const Journey& journey, const Row& row, Begun begun);
    void enqueue_steps_until(Journey& journey, Instant until);
    void take_overdue(Journey& journey);
    void skip_step(Journey& journey, Row& row, const std::string& reason);

    // Of time alone nobody is told that a plan failed, but those who look after the engine.
    void alert_of_failure();
    // Of what nobody is told of as it happens, or of a step alone.
    void log_steering(const Journey& journey, const std::string& action);
    void tell(std::vector<Happening>& told, HappeningForm form);
    void tell_step(const Journey& journey, const rules::Record& row, std::vector<Happening>& told);
    using NewValue = std::pair<rules::FieldIndex, rules::Value>;
    void set_row(Row& row, std::initializer_list<NewValue> values);
    void set_state(Row& row, std::string_view state, const rules::Value& reason);

    Turn& turn_;
    Context& context_;
    Layer& layer_;
    std::optional<rules::Failure> failure_;  // of the last plan that failed
};

}  // namespace pawl::engine
