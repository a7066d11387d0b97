#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

// A rulebook and what happens, as plain data: what the generator makes, the printer writes as Pawl
// for the engine, and the model acts out as it stands.

namespace pawl::sim {

enum class Kind : std::uint8_t { missing, number, choice, moment, reference, truth };

struct Value {
    Kind kind = Kind::missing;
    std::int64_t number = 0;  // also a moment's microseconds and a truth's 0 or 1
    std::string text;         // a choice's option, a reference's id
    bool is_missing() const { return kind == Kind::missing; }
    friend auto operator<=>(const Value&, const Value&) = default;
};

inline Value number(std::int64_t value) { return {Kind::number, value, {}}; }
inline Value choice(std::string option) { return {Kind::choice, 0, std::move(option)}; }
inline Value moment(Instant at) { return {Kind::moment, at.micros, {}}; }
inline Value truth(bool value) { return {Kind::truth, value ? 1 : 0, {}}; }
inline Value reference(std::string id) { return {Kind::reference, 0, std::move(id)}; }

using Path = std::vector<std::string>;  // a bound name, then fields

struct Field {
    std::string name;
    Kind kind = Kind::number;
    bool is_optional = false;
    Value initial = {};       // of one that is not optional
    std::string target = {};  // of a reference: the entity
    bool dies_with = false;   // `(deleted with it)`
};
struct Entity {
    std::string name;
    std::vector<Field> fields;
};
// Every event has `client -> client` and `n int`.
struct Event {
    std::string name;
    bool is_about_client = true;
};

struct Expression {
    // literal; path; path + number; path + length; now + length
    enum class Form : std::uint8_t { literal, path, sum, later, now };
    Form form = Form::literal;
    Value value = {};  // the literal, or what is added to a path
    Path path = {};
    Duration length = {};
    std::optional<Value> fallback = {};  // `or default`, of a path
};

struct Test {
    enum class Form : std::uint8_t { is, is_not, below, at_least, missing, present, all, any, no };
    Form form = Form::is;
    Path path = {};
    Value value = {};
    std::vector<Test> parts = {};
};

struct Statement {
    enum class Form : std::uint8_t {
        set,
        clear,
        log,
        emit,
        create,
        remove,
        wait,
        wait_until,
        wait_for,
        branch,
        cancel_runs,
        stop,
        pause,
        resume,
        shift,
        skip_step,
        trigger_step,
        start_journey,
        stop_journey,
    };
    Form form = Form::stop;
    Path path = {};         // the record that is meant
    std::string name = {};  // the field; the event; the entity; the rule; the journey
    std::string text = {};  // what is logged before the values; the step
    Expression value = {};
    std::vector<Expression> values = {};                        // logged
    std::vector<std::pair<std::string, Expression>> with = {};  // emit, create
    Duration length = {};
    std::optional<Test> test = {};       // branch; of wait_for, what the event must be
    std::optional<Path> about = {};      // of wait_for: EVENT.client is this
    std::vector<Statement> first = {};   // then, came
    std::vector<Statement> second = {};  // else, timeout
};

struct Trigger {
    enum class Form : std::uint8_t {
        event,
        created,
        updated,
        removed,
        becomes,
        changes,
        drops,
        rises,
        whenever,
        anchor,
        every,  // so often, or every day `at`
        absence,
        count,
        sequence,
        sequence_missing,
    };
    Form form = Form::event;
    std::string event = {}, second = {};  // also the names by which they are bound
    std::string entity = {}, field = {};  // the entity is bound by its name; of `every`: for each
    std::string option = {};
    std::int64_t number = 0;  // the threshold; how many
    Duration length = {};     // of an anchor signed: before is less than nothing
    std::optional<TimeOfDay> at = {};
    std::optional<Test> where = {};
    bool is_including = false;  // `including first`, `including never`
};

struct Guard {
    enum class Form : std::uint8_t {
        once_per,
        at_most,
        only_every,
        debounce,
        running_skip,
        running_restart,
        running_queue,
        missed_skips,
        missed_once,
        missed_all,
    };
    Form form = Form::once_per;
    Path key = {};
    std::int64_t number = 0;
    std::string unit = {};
    Duration length = {};
};

struct Rule {
    std::string id;
    Trigger trigger;
    std::vector<Test> ifs = {};
    std::optional<Test> unless = {};
    std::vector<Statement> body = {};
    std::vector<Guard> guards = {};
};

// At start + each * i + offset, for i in 1..last; last 0: one step without a value.
struct Step {
    std::string name;
    std::int64_t last = 0;
    Duration each = {}, offset = {};
    std::optional<Duration> catch_up = {};
    std::optional<Test> unless = {};
    std::vector<Statement> body = {};
};
struct Journey {
    std::string id, entity, starts;          // the field it hangs on
    std::string paused_while, paused_until;  // fields; empty: it is paused by hand alone
    std::vector<Step> steps;
};

struct Input {
    enum class Form : std::uint8_t { event, create, change, remove };
    Form form = Form::event;
    Instant at;
    std::string id;                       // the input's
    std::string name, record;             // the event or entity; the record's id
    std::map<std::string, Value> values;  // a missing one is cleared
};

struct Scenario {
    std::string zone;
    std::vector<Entity> entities;
    std::vector<Event> events;
    std::vector<Rule> rules;
    std::vector<Journey> journeys;
    std::vector<Input> inputs;
    std::vector<std::pair<Instant, Instant>> outages;
    std::vector<std::pair<Instant, Instant>> storms;  // inputs come before what is due
    Instant until;
};

// The rulebook as Pawl, and the inputs as an events file.
std::string book_text(const Scenario& scenario);
std::string events_text(const Scenario& scenario);
// The same seed gives the same scenario.
Scenario generate(std::uint64_t seed);

// What happened, a line each, in the order in which it did; then what the records are at the end.
struct Outcome {
    std::vector<std::string> lines;
    std::string refusal;  // of a book that cannot be compiled
};
Outcome run_engine(const Scenario& scenario);
Outcome run_model(const Scenario& scenario);

// The text of a value in a line.
std::string shown(const Value& value);
const Field* find_field(const Scenario& scenario, const std::string& entity,
                        const std::string& field);
// As small as it can be made while `fails` holds of it.
Scenario shrink(Scenario scenario, const std::function<bool(const Scenario&)>& fails);

}  // namespace pawl::sim
