#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/cadence.h"
#include "rules/records.h"
#include "rules/schema.h"

// The parts of a compiled rulebook that tell time: what triggers, guards, waits and journeys say.
// Where an entry is named, it is code of the unit that the part belongs to, and leaves one value.

namespace pawl::rules {

// Written out, or worked out from the settings alone. `value` is missing where `entry` is given, or
// where the text says nothing.
struct Stated {
    Value value;
    std::optional<std::uint32_t> entry;
    bool is_said() const { return entry.has_value() || !value.is_missing(); }
};

// ---- Triggers ---------------------------------------------------------------------------------

// `24h before session.starts_at`, `90d before account.contract_ends_on at 09:00`. The field is the
// trigger's own.
struct Anchor {
    Stated offset;           // a duration; not said: none
    bool is_before = false;  // the offset lies before the date
    Stated at;               // a time of day, on that day in the zone in force
};

// `for each payment where payment.status is pending` of an `every`: one run a record.
struct Sweep {
    EntityIndex entity = 0;
    Access access = Access::every_record;  // never list
    FieldIndex field = 0;                  // of equal and range
    // Of equal: the key. Of range: a list of low and high, missing where open.
    std::optional<std::uint32_t> key_entry;
    std::optional<std::uint32_t> where_entry;  // reads the record from the trigger's record_local
};

struct Clock {
    Cadence cadence;
    std::optional<std::uint32_t> at_entry;  // leaves a list of times, in place of cadence.at
    std::string zone;                       // empty: the rulebook's
    std::optional<Sweep> sweep;
};

// What a pattern looks for: an event, a record that is created, or a field that becomes a value.
enum class PatternPartKind : std::uint8_t { event, created, becomes };
struct PatternPart {
    PatternPartKind kind = PatternPartKind::event;
    EventIndex event = 0;
    EntityIndex entity = 0;
    FieldIndex field = 0;
    Stated value;             // of becomes
    std::uint16_t local = 0;  // where the event or record goes, for the entries and the rule
    std::optional<std::uint32_t> where_entry;  // not true: it does not count
    std::optional<std::uint32_t> key_entry;    // of `per`; a missing key does not count
};

// Absence: `first` did not come for `within`. Count: `count` of `first` within `within`. Sequence:
// `first`, then `second` within `within`, or not (is_negated).
struct Pattern {
    PatternPart first, second;
    Stated within;  // a duration
    Stated count;
    bool is_negated = false;
    std::optional<std::uint16_t> all_local;  // `all as`: a list of the events of a count
    std::optional<EntityIndex> key_entity;   // whose records it counts by; nothing: by none
    // Of `including never`: counted from the creation of records of this entity, the key's own.
    std::optional<EntityIndex> never_entity;
};

enum class MovesDirection : std::uint8_t { falls, rises, moves };

// ---- Guards -----------------------------------------------------------------------------------

enum class CalendarUnit : std::uint8_t { minute, hour, day, week, month, year };
enum class Overlap : std::uint8_t { parallel, skip, restart, queue };
enum class MissedPolicy : std::uint8_t { once, skips, all };
enum class OnChange : std::uint8_t { finish, move, cancel };

// Keys: one value, or a list of several; no entry: the trigger's record.
struct AtMost {
    Stated count;
    std::optional<std::uint32_t> key_entry;
    CalendarUnit unit = CalendarUnit::day;
};
struct WhileRunning {
    Overlap overlap = Overlap::parallel;
    std::optional<std::uint32_t> key_entry;
};
struct OnlyBetween {
    Stated from, to;  // times of day; from above to wraps around midnight
    std::uint8_t weekdays = every_weekday;
    std::optional<std::uint32_t> calendar;    // Program::calendars: days excepted
    std::optional<std::uint32_t> zone_entry;  // leaves the zone's name; reads the rule's locals
    bool holds = false;  // outside of it the run is held until it opens, else skipped
};
struct Pace {  // debounce, only every
    Stated period;
    std::optional<std::uint32_t> key_entry;
};
struct Missed {
    MissedPolicy policy = MissedPolicy::once;
    Stated within;  // of once; not said: an hour
};
struct MessageBudget {
    Stated count;  // messages and calls
    CalendarUnit unit = CalendarUnit::day;
};

// ---- Waits ------------------------------------------------------------------------------------

// `wait for order_placed where order_placed.client is project.client`
struct WaitFor {
    EventIndex event = 0;
    std::uint16_t local = 0;  // where the event goes
    // The event's field that the condition demands to equal what key_entry leaves; nothing: every
    // event of the type is looked at.
    std::optional<FieldIndex> key_field;
    std::optional<std::uint32_t> key_entry;    // reads the run's locals, not the event
    std::optional<std::uint32_t> where_entry;  // not true: it is not this one
    std::uint32_t instruction = 0;             // of its wait_for
};

// `retry 3 times from 1s up to 1min` of a call, a send or a try.
struct Retry {
    std::uint32_t instruction = 0;  // of the call_service, send or try_begin
    // First not said: 1 s; limit not said: an hour, or first where that is longer.
    Stated times, first, limit;
    std::uint16_t attempt_local = 0xffff;  // of a try: where its failed attempts are counted
};

// ---- Journeys ---------------------------------------------------------------------------------

struct JourneyStep {
    std::string name;
    std::vector<std::uint16_t> parameters;  // locals of the loop values that tell its steps apart
    std::optional<std::uint32_t> unless_entry;
    Stated catch_up;  // a duration
    // Goes through this step alone, without its title: a plan by which one of its steps is found.
    std::uint32_t find_entry = 0;
    std::uint32_t body_entry = 0;
    std::uint32_t line = 0;
};

// A timetable hung on a date of a record. Its unit's locals 0 and 1 are the record and `start`.
struct Journey {
    std::string name, title;
    EntityIndex entity = 0;
    std::uint32_t unit = 0;  // UnitIndex
    // Leaves the date or datetime; missing: not yet. Not said: begun by `start journey` alone.
    std::optional<std::uint32_t> starts_entry;
    std::optional<std::uint32_t> pauses_while_entry;  // three-valued: only true pauses
    std::optional<std::uint32_t> pauses_until_entry;  // a date or datetime; missing: not known
    // Goes through every step (plan_step).
    std::uint32_t plan_entry = 0;
    std::vector<JourneyStep> steps;
    // What `starts` and `pauses` read, of the record itself and through one reference.
    std::vector<FieldIndex> watched;
    std::vector<std::pair<FieldIndex, FieldIndex>> watched_through;
    std::string renamed_from;
};

enum class JourneyVerb : std::uint8_t {
    start,
    pause,
    resume,
    shift,
    stop,
    skip_step,
    trigger_step
};

}  // namespace pawl::rules
