#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/zone.h"
#include "book.h"

// The reference model: what meaning.md says, acted out on plain maps. No bytecode, no store, no
// index; an advance that fails is undone by putting back a copy of everything.

namespace pawl::sim {

struct Record {
    std::string entity;
    std::int64_t key = 0;  // ascending, as they were made
    std::map<std::string, Value> fields;
    friend bool operator==(const Record&, const Record&) = default;
};

// What a name stands for: a record by its id, or the fields of an event.
struct Bound {
    std::string id;
    std::optional<std::map<std::string, Value>> fields;
};
using Names = std::map<std::string, Bound>;

struct Occurred {
    std::string event;
    std::map<std::string, Value> fields;
};

struct Place {
    const std::vector<Statement>* block = nullptr;
    std::size_t next = 0;
};

// A run that stands at a wait.
struct Run {
    int number = 0;
    const Rule* rule = nullptr;
    std::string journey, step;  // of a step's: "plan/c1", its name
    Names names;
    std::string subject;  // the record that set it off
    std::string queue;    // `while running`: it counts here
    std::vector<Place> places;
    bool is_waiting = false;
    const Statement* wait = nullptr;
    Instant until;
    std::optional<std::string> about;  // of `wait for`: read as the wait began
    std::optional<Occurred> came;
    std::vector<Occurred> kept;  // since the wait before
};

struct Pending {
    enum class Form : std::uint8_t { fire, wake, step };
    Form form = Form::fire;
    const Rule* rule = nullptr;
    Names names;
    std::string subject;
    bool is_released = false;  // a guard put it off
    std::string queue;         // out of which it comes
    int run = 0;               // of wake
    std::string journey, step;
    int depth = 0;
    Instant due;              // of one that is put off
    bool is_of_gone = false;  // its record was gone when it was set off
    bool is_missed = false;   // it was due too long ago: told, and not run
};

struct Timer {
    enum class Form : std::uint8_t { run, debounce, absence, sequence, journey };
    Form form = Form::run;
    int run = 0;
    std::string key;  // of the others
    friend bool operator==(const Timer&, const Timer&) = default;
};
using TimerKey = std::pair<Instant, int>;

// An absence: since what, and when it is long enough.
struct Quiet {
    std::optional<Occurred> last;
    Instant due;
};

struct StepRow {
    std::string name;  // "a(1)"
    const Step* step = nullptr;
    std::int64_t value = 0;  // of the loop
    Instant at;
    std::string state;  // planned, moved, skipped, done, failed
    bool is_past = false, is_running = false;
    bool is_queued = false;   // its time has come, or somebody triggered it
    bool is_stopped = false;  // skipped by the end of its journey
};
// One of the two who may hold a journey.
struct Holder {
    bool holds = false;
    std::optional<Instant> until;
};
struct JourneyRow {
    const Journey* journey = nullptr;
    std::string record;
    Value start;
    bool is_start_given = false;  // by hand, where the field said none
    Duration shift = {};          // by hand, and by pauses that are over
    Instant paused_at;
    Holder by_condition, by_hand;
    bool is_over = false, is_stopped = false;
    std::optional<Instant> due;  // of its timer
    std::vector<StepRow> steps;
};

// Everything that an advance may change.
struct State {
    std::map<std::string, Record> records;
    std::map<std::string, int> made;  // of an entity, for ids
    std::int64_t next_key = 1;
    int next_timer = 1, next_run = 1;
    std::map<std::pair<std::string, std::string>, Value> known;  // for edges: the last known value
    std::map<int, Run> runs;
    std::map<TimerKey, Timer> timers;
    // A rule and a record.
    std::map<std::pair<std::string, std::string>, Instant> anchors;
    // That had their turn, and until when that is remembered.
    std::map<std::pair<std::pair<std::string, std::string>, Instant>, Instant> anchors_done;
    // "rule/key".
    std::set<std::string> once;
    std::map<std::string, int> counted;
    std::map<std::string, Instant> last_ran;
    std::map<std::string, Pending> held;
    std::map<std::string, std::deque<Pending>> queues;
    std::map<std::string, std::set<int>> running;
    std::map<std::string, Quiet> quiet;
    std::map<std::string, std::vector<std::pair<Instant, std::int64_t>>> window;
    std::map<std::string, std::pair<Instant, Occurred>> open;
    std::map<std::string, JourneyRow> journeys;
};

class Model {
 public:
    explicit Model(const Scenario& scenario);
    Outcome run();

 private:
    // What guards count, once the run goes on.
    using Taken = std::vector<std::function<void(State&)>>;
    enum class Ending : std::uint8_t { done, stopped, waits, goes_on, failed };
    struct Advance {
        std::vector<std::string> touched;  // records, as first touched
        std::vector<Occurred> emitted;
        std::vector<int> cancelled;
    };

    // model.cpp: time, inputs, turns
    void advance_to(Instant at);
    bool take_due(Instant until);
    void take(const Input& input);
    void drain();
    void tell(const std::string& line);
    void commit(const State& before, Advance& advance, int depth, int by = 0);
    void fire(Pending pending);
    void wake(Pending pending);
    void act(Run run, int depth, const std::string& intro, const Taken& taken);
    void tell_end(const Run& run, const std::string& status);
    void leave_queue(const Run& run);
    void end_run(const Run& run, const std::string& status);

    // model_run.cpp: statements and values
    Ending execute(Run& run, Advance& advance);
    Ending perform(Run& run, const Statement& statement, Advance& advance);
    Ending wait_for(Run& run, const Statement& statement);
    Ending go_to_sleep(Run& run, const Statement& statement, Instant until);
    bool set_field(const std::string& id, const std::string& field, const Value& value,
                   Advance& advance, const std::string& run);
    void remove_record(const std::string& id, Advance& advance, const std::string& run);
    bool create_record(const std::string& id, const std::string& entity,
                       const std::map<std::string, Value>& values, Advance& advance,
                       const std::string& run);
    Value read(const Names& names, const Path& path) const;
    Value evaluate(const Names& names, const Expression& expression) const;
    std::optional<bool> holds(const Names& names, const Test& test) const;
    bool matches(const Run& run, const Occurred& event) const;
    bool is_held_back(const Run& run) const;

    // model_triggers.cpp: what sets rules off
    void changed(const std::string& id, const Record* before, const Record* after, int depth);
    bool is_edge(const Rule& rule, const std::string& id, const Record* before,
                 const Record* after);
    void happened(const Occurred& event, int depth, int by);
    std::optional<Pending> pattern(const Rule& rule, const Occurred& event);
    std::optional<Pending> move_anchor(const Rule& rule, const std::string& id,
                                       const Record* before, const Record* after);
    void anchor_due(const Rule& rule, const std::string& id, Instant due);
    void clock_due(const Rule& rule, Instant due);
    void expect(const std::string& key, const std::optional<Occurred>& last, Instant due);
    void pattern_due(const std::string& key, Instant due);
    void take_overdue(const Occurred& event, bool is_second);
    void had_its_turn(const Rule& rule, const std::string& id, Instant due);
    bool makes_up(const Rule& rule, Instant due) const;
    Instant next_strike(const Rule& rule, Instant after) const;
    Pending pending_of(const Rule& rule, const std::string& subject) const;

    // model_journeys.cpp; a journey of a record is known as "plan/c1"
    void move_journeys(const std::string& id, const Record* before, const Record* after);
    void begin(JourneyRow& row);
    void follow_pause(JourneyRow& row, const Record& record);
    void pause(JourneyRow& row, Holder JourneyRow::*holder, std::optional<Instant> until);
    void resume(JourneyRow& row, Holder JourneyRow::*holder);
    Duration between(Instant from, Instant to) const;
    Duration shift_of(const JourneyRow& row) const;
    Instant time_of(const JourneyRow& row, const StepRow& each) const;
    bool would_be_past(const StepRow& each, Instant at) const;
    bool has_ahead(JourneyRow row, Duration length) const;
    void replan(JourneyRow& row);
    void set_journey_timer(JourneyRow& row);
    void journey_due(const std::string& key, Instant due);
    void enqueue_steps_until(JourneyRow& row, Instant until);
    void take_overdue_steps(const std::string& key);
    void run_step(const Pending& pending);
    void step_ended(const Run& run, const std::string& status);
    StepRow* step_of(JourneyRow& row, const std::string& name) const;
    void complete(JourneyRow& row);
    void end_steps(JourneyRow& row, const std::string& reason);
    void end_journey(const std::string& key);

    // model_steering.cpp: what rules do to journeys. False: it does not fit.
    bool steer(const Run& run, const Statement& statement);
    bool start_journey(const std::string& key, const Statement& statement);
    bool is_unchanged(JourneyRow& row, const Statement& statement, const Value& until);
    bool steer_step(JourneyRow& row, const Run& run, const Statement& statement);
    void tell_step(const JourneyRow& journey, const StepRow& step, const std::string& reason);
    void tell_journey(const JourneyRow& journey, const std::string& state);

    // model_guards.cpp
    bool is_put_off(const Pending& pending);
    bool is_admitted(const Pending& pending, std::string& queue, Taken& taken);
    std::optional<std::string> guard_key(const Pending& pending, const Guard& guard) const;
    bool is_gone(const Pending& pending) const;
    void next_of_queue(const std::string& queue);
    void skip(const Pending& pending, const std::string& guard);

    Instant after(Instant at, Duration length) const;
    TimerKey add_timer(Instant due, Timer timer);
    void remove_timers(const Timer& timer);
    std::string shown_record(const std::string& id) const;

    const Scenario& scenario_;
    Zone zone_;
    std::map<std::string, const Rule*> rules_;  // bytewise
    State state_;
    std::map<std::string, Instant> struck_;  // of each clock, up to when
    Instant now_, wall_;
    bool is_storm_ = false;          // what is due has no turn
    std::set<std::string> planned_;  // journeys that were planned anew in this turn
    std::deque<Pending> queue_;
    std::vector<std::string> lines_;
    std::string told_by_;  // the run whose changes move journeys: " r1"
};

}  // namespace pawl::sim
