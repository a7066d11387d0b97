#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/time.h"
#include "rules/evaluator.h"
#include "rules/value.h"

// What the core takes, one at a time (meaning.md 1). Each input is a turn.

namespace pawl::engine {

using RunNumber = std::int64_t;    // ascending; shown as "r1"
using InputNumber = std::int64_t;  // ascending, in the order in which inputs were taken in

// A CloudEvent as its JSON text; the core reads it with the program in force.
struct EventInput {
    std::string json;
};

// What a person, the API or an import does. `by` is the id of a record of the people entity, or
// any text where there is none; empty: nobody known.
struct ChangeCommand {
    std::string entity, id;
    Json set;  // an object: field → value
    std::string by, reason;
    bool override_ = false;  // may break the state machine, and is recorded as one
};
struct CreateCommand {
    std::string entity;
    Json values;  // an object; `id` where the caller gives one
    std::string by;
};
struct DeleteCommand {
    std::string entity, id, by;
};
struct RequestCommand {  // `when requested by`
    std::string rule;
    Json with;  // an object
    std::string by;
};
struct SettingCommand {
    std::string name;
    Json value;
    std::string by;
};

// The answer of a person to an `ask` (pawl.answer). Refused where nobody asked, or asked somebody
// else.
struct ReplyCommand {
    std::string run;  // "r7"; empty: the last question that is open and was put to `by`
    bool approves = false;
    std::string by;
};
// Ends a run that waits (pawl.cancel).
struct CancelCommand {
    std::string run, by;
};
// What a person does to a journey (pawl.journey).
struct JourneyCommand {
    rules::JourneyVerb verb = rules::JourneyVerb::start;
    std::string journey, id;              // of the record
    std::string step;                     // "generate(4)": of skip_step and trigger_step
    std::optional<Duration> by_duration;  // of shift
    std::string until;  // of pause, a date or datetime; empty: open. Of start: its date
    std::string by, reason;
    bool moves_start = false;  // `adjust`: a start for one that runs
};

// The answer to a `call`.
struct AnswerInput {
    RunNumber run = 0;
    std::uint32_t intent = 0;
    std::optional<Json> answer;
    std::optional<rules::Failure> failure;
    bool simulated = false;
};

using InputForm =
    std::variant<EventInput, ChangeCommand, CreateCommand, DeleteCommand, RequestCommand,
                 SettingCommand, ReplyCommand, CancelCommand, JourneyCommand, AnswerInput>;

// For an input other than an event that came in an envelope all the same (a line of an events file,
// an API call with a request id): the key by which it is known when it comes again (meaning.md 7).
struct InputOrigin {
    std::string source, id;
    Hash body;                            // of all that the input says
    std::optional<Instant> sent_at = {};  // `time`, where it says one
};

struct Input {
    Instant arrival;  // taken at the door; the engine never goes back behind the last one
    InputForm form;
    std::optional<InputOrigin> origin = {};
    // Where it stands in the store's list of inputs; its key was checked and kept when it came
    // there. 0: it stands nowhere (a dry-run's).
    InputNumber number = 0;
};

}  // namespace pawl::engine
