#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/zone.h"
#include "engine/engine.h"
#include "engine/input_reader.h"
#include "engine/internal/schema_index.h"
#include "engine/internal/trigger_index.h"
#include "engine/ports/store.h"
#include "rules/evaluator.h"
#include "rules/event_reader.h"
#include "rules/matcher.h"

// What every part of an engine works with: the program with what was looked up in it once, the
// store, and the counters by which everything new is named. Lives as long as the engine.

namespace pawl::engine {

struct Context {
    Context(const rules::Program& of, Store& in, EngineOptions with)
        : program(of),
          store(in),
          options(with),
          evaluator(of),
          reader(of),
          inputs(of),
          matcher(of),
          zone(Zone::find(of.header.timezone).value_or(Zone::utc())),
          schema(of),
          triggers(of),
          counters(in.counters()) {
        counters.next_ids.resize(of.schema.entities.size(), 1);
        for (const rules::Setting& setting : of.schema.settings) settings.push_back(setting.value);
    }

    const rules::Program& program;
    Store& store;
    EngineOptions options;
    rules::Evaluator evaluator;
    rules::EventReader reader;
    InputReader inputs;
    rules::Matcher matcher;
    Zone zone;
    SchemaIndex schema;
    TriggerIndex triggers;
    Counters counters;
    Instant last_arrival;                // of what was appended; turns may lag behind
    std::vector<rules::Value> settings;  // as they are now
};

// The record type of an event's fields: none of the schema's. Where such a value stands, its type
// is known to be that event.
constexpr std::uint16_t event_record = 0xffff;

// The rules that led to a run, its own last: how a cascade that runs too deep is told.
struct Chain {
    std::string rule;
    std::shared_ptr<const Chain> before;
};

// Who acts: a rule, or a person, whom a state machine may refuse. A rule that was requested acts
// as a rule and in the name of whoever asked.
struct Actor {
    bool is_person = false;
    bool overrides = false;  // may take a transition that is not listed
    std::optional<rules::Reference> person;
    std::string name;  // the person's id, as told
};

// What set rules off; shared by all rules of one cause.
struct SetOff {
    Cause cause;
    Actor requester;           // of a request
    std::string trigger;       // as the log names it: "mpesa.stk_callback", "project.status"
    std::string entity, id;    // what it is about; empty: nothing
    rules::Reference deleted;  // of `is deleted`: the record, which its rules still read
    rules::RecordPointer deleted_record;
    std::uint32_t depth = 1;  // in the cascade
    std::shared_ptr<const Chain> chain;
};

// An advance that waits in the turn's queue: a rule whose conditions are not read yet, or a flow
// that `start` began.
struct Pending {
    std::shared_ptr<const SetOff> by;
    bool is_flow = false;
    TriggerUse use;
    rules::UnitIndex flow = 0;
    rules::Value bound;                     // the event or the record
    rules::Value change;                    // of `as change`
    std::vector<rules::Value> arguments;    // of a flow; what a request asked for
    std::optional<rules::Failure> failure;  // its `whenever` could not be read: it fails at once
};

inline std::string run_name(RunNumber run) { return "r" + std::to_string(run); }

// The text of a record's id, "project-3"; empty for what is not there.
inline std::string id_of(const rules::RecordPointer& record) {
    return record == nullptr ? std::string()
                             : std::string(record->fields[rules::field_id].as_text());
}

}  // namespace pawl::engine
