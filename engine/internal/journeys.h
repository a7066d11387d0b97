#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/internal/advance.h"
#include "engine/internal/journey_state.h"
#include "engine/internal/turn.h"

// Timetables hung on a date of a record (meaning.md 33, 34). One journey of one record is one mark
// (journey_state.h) and the rows of `scheduled_step`, a step each; its timer is that of its next
// step. A step is known by its name and loop values: "generate(4)".

namespace pawl::engine {

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
    // The record comes with a state that was exported: what its journeys' marks say is planned
    // anew, since their steps were not part of it.
    void restore(rules::Reference record, std::vector<Happening>& told);
    // The records of the journey whose reference points at a record that changed.
    std::vector<rules::Reference> concerned(std::uint32_t journey,
                                            rules::FieldIndex reference_field,
                                            rules::Reference changed);
    // A statement or a person steers it. `by`: who is shown. A failure says what the journey is
    // not, or has not, or that it cannot be planned so; what was changed is to be undone then.
    std::optional<rules::Failure> steer(const rules::Steering& steering, const std::string& by,
                                        std::vector<Happening>& told);
    // Its timer is due: queues the steps whose time has come.
    void timer_due(const StoredTimer& timer);
    // From the queue: one step, unless its `unless` holds it back.
    void run_step(Pending& pending);
    // The run of a step has ended.
    void step_ended(const Turn::Run& run, EndStatus status, const std::string& error);
    // Whether a step that waits is to end, since its `unless` is true by now. `step` as
    // StoredRun's.
    bool is_held_back(const std::string& step, const std::vector<rules::Frame>& frames);

    // A step by its text: its place in Journey::steps and its values; nothing: it has no such step.
    std::optional<rules::PlannedStep> find_step(std::uint32_t journey, rules::Reference record,
                                                const std::string& text);

 private:
    // A journey of a record at hand.
    struct Journey {
        std::uint32_t index = 0;
        const rules::Journey* written = nullptr;
        rules::Reference record;
        std::string mark, of;  // "journey/creator_program/7", "client/c1"
        JourneyRecord state;
    };
    // A step as planned anew.
    struct Step {
        rules::PlannedStep planned;
        std::string name, title;
        Instant at;
        bool moves = true;  // with a shift: its date follows from the start
    };
    struct Row {
        rules::RecordKey key = 0;
        rules::RecordPointer record;
    };

    std::string mark_of(const rules::Journey& journey, rules::Reference record) const;
    std::string of_text(rules::Reference record);
    std::optional<Journey> open(std::uint32_t index, rules::Reference record);
    std::optional<Journey> open(const std::string& mark);
    void keep(Journey& journey);
    void close(Journey& journey);

    rules::Outcome evaluate(const Journey& journey, std::uint32_t entry, const rules::Value& start);
    // Nothing when the plan fails: `failure_` tells why.
    std::optional<std::vector<Step>> plan(Journey& journey);
    std::optional<std::vector<Step>> steps_at(Journey& journey, const rules::Value& start);
    std::optional<Instant> instant_of(const rules::Value& value) const;
    Duration pause_length(const JourneyPause& pause, Instant until) const;
    Duration shift_now(const Journey& journey) const;

    void begin(Journey& journey, std::vector<Happening>& told);
    // Every step still ahead gets its time from what is known now.
    void replan(Journey& journey, std::vector<Happening>& told);
    void plan_row(Journey& journey, const Step& step, const Row* row, std::vector<Happening>& told);
    std::map<std::string, Row> rows_of(const Journey& journey);
    void end_steps(Journey& journey, const std::string& reason, std::vector<Happening>& told);
    void complete_if_done(Journey& journey, std::vector<Happening>& told);

    void pause(Journey& journey, bool by_hand, const rules::Value& until, const std::string& by,
               std::vector<Happening>& told);
    void resume(Journey& journey, bool by_hand, const std::string& by,
                std::vector<Happening>& told);
    std::optional<rules::Failure> steer_journey(const rules::Steering& steering,
                                                const std::string& by,
                                                std::vector<Happening>& told);
    std::optional<rules::Failure> start(Journey* journey, const rules::Steering& steering,
                                        const std::string& by, std::vector<Happening>& told);
    std::optional<rules::Failure> steer_step(Journey& journey, const rules::Steering& steering,
                                             const std::string& by, std::vector<Happening>& told);
    void enqueue_step(const Journey& journey, const std::string& name);
    void skip_step(Journey& journey, rules::RecordKey key, const std::string& reason);

    // Of time alone nobody is told that a plan failed, but those who look after the engine.
    void alert_of_failure();
    void tell(std::vector<Happening>& told, HappeningForm form);
    void tell_step(const Journey& journey, const rules::Record& row, std::vector<Happening>& told);
    void set_row(rules::RecordKey key, rules::FieldIndex field, rules::Value value);

    Turn& turn_;
    Context& context_;
    Layer& layer_;
    std::optional<rules::Failure> failure_;  // of the last plan that failed
};

}  // namespace pawl::engine
