#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/zone.h"
#include "engine/engine.h"
#include "engine/input_reader.h"
#include "engine/internal/live_values.h"
#include "engine/internal/schedule.h"
#include "engine/internal/schema_index.h"
#include "engine/internal/trigger_index.h"
#include "engine/internal/wait_index.h"
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
          options(std::move(with)),
          evaluator(of),
          reader(of),
          inputs(of),
          matcher(of),
          zone(Zone::find(of.header.timezone).value_or(Zone::utc())),
          schema(of),
          triggers(of),
          waits(of),
          live(of, options.former),
          schedule(*this),
          counters(in.counters()) {
        counters.next_ids.resize(of.schema.entities.size(), 1);
        for (const rules::Setting& setting : of.schema.settings) settings.push_back(setting.value);
    }

    // Of a unit that the program has for runs that began with it alone; none: it is of the rulebook
    // as it is.
    const rules::FormerText* former_text(rules::UnitIndex unit) const {
        for (const rules::FormerText& each : options.former)
            if (each.unit == unit) return &each;
        return nullptr;
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
    WaitIndex waits;
    LiveValues live;
    Schedule schedule;
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
    Actor requester;         // of a request
    std::string trigger;     // as the log names it: "mpesa.stk_callback", "project.status"
    std::string entity, id;  // what it is about; empty: nothing
    // The record that set it off: a changed one, one whose date has come, one of a sweep, the
    // subject of an event. Guards count by it where they do not say otherwise, and a run ends when
    // it is gone.
    std::optional<rules::Reference> subject;
    rules::Reference deleted;  // of `is deleted`: the record, which its rules still read
    rules::RecordPointer deleted_record;
    std::uint32_t depth = 1;  // in the cascade
    std::shared_ptr<const Chain> chain;
};

enum class PendingKind : std::uint8_t {
    rule,  // whose conditions are not read yet
    flow,  // that `start` began
    wake,  // a run goes on: `run`, `answer`
    step,  // of a journey: `journey`
};

// An advance that waits in the turn's queue.
struct Pending {
    std::shared_ptr<const SetOff> by;
    PendingKind kind = PendingKind::rule;
    TriggerUse use;
    // What else the trigger binds: the first event of a sequence, `all as`; by local.
    std::vector<std::pair<std::uint16_t, rules::Value>> also_bound;
    // It was due then, too long ago: told to be missed in its turn, and not run.
    std::optional<Instant> missed;
    bool was_held = false;  // by a guard, which lets it pass now
    std::string queue;      // the mark of the queue of runs that it is the first of
    RunNumber run = 0;
    std::int64_t wait = 0;  // of wake: the number of the wait's timer, by which it is told apart
    std::optional<rules::Value> answer;  // what is pushed
    std::string journey;                 // the mark's key
    std::string step;                    // "generate(4)"
    rules::RecordKey step_row = 0;       // its row
    bool is_triggered = false;           // of a step: by a statement or a person, not by its time
    rules::UnitIndex flow = 0;
    rules::Value bound;                     // the event or the record
    rules::Value change;                    // of `as change`
    std::vector<rules::Value> arguments;    // of a flow; what a request asked for
    std::optional<rules::Failure> failure;  // its `whenever` could not be read: it fails at once
};

// The text of a record's id, "project-3"; empty for what is not there.
inline std::string id_of(const rules::RecordPointer& record) {
    return record == nullptr ? std::string()
                             : std::string(record->fields[rules::field_id].as_text());
}

}  // namespace pawl::engine
