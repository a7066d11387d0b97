#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "rules/program.h"

// What is looked up once of the waits of a program: by which fields of an event waiting runs are
// found, whose runs may be cancelled, and which `wait for` a run comes to next.

namespace pawl::engine {

class WaitIndex {
 public:
    // The program outlives it.
    explicit WaitIndex(const rules::Program& program);

    // Whether a `wait for` of the program names the event.
    bool is_waited_for(rules::EventIndex event) const { return events_[event].is_waited_for; }
    // The event's fields by which runs that wait for it are kept, ascending.
    const std::vector<rules::FieldIndex>& key_fields(rules::EventIndex event) const {
        return events_[event].key_fields;
    }
    // Those of them by which the event is kept for runs that may not be found by it yet, ascending:
    // what they wait for next they are to find out first, or it changes (kept_events.h).
    const std::vector<rules::FieldIndex>& kept_by(rules::EventIndex event) const {
        return events_[event].kept_by;
    }
    // Whether a `cancel runs of` names the rule.
    bool is_cancelled(rules::RuleIndex rule) const { return cancelled_[rule]; }

    // A `wait for` that code may come to.
    struct Next {
        rules::UnitIndex unit = 0;
        std::uint32_t wait = 0;  // Unit::waits
        // Its key can be worked out from variables that have their values already. One that has a
        // key, but not so, is yet to find out what it waits for.
        bool has_key = false;
        // Until it begins the key may become another one: it reads a record.
        bool may_change = false;
    };
    // Where code that goes on from an instruction may come to before it stands still again, in the
    // unit itself and in the flows that it runs.
    struct Reach {
        std::vector<Next> waits;
        bool may_end = false;  // so that the frame outside goes on
    };
    const Reach& reach(rules::UnitIndex unit, std::uint32_t instruction);

 private:
    struct Event {
        bool is_waited_for = false;
        std::vector<rules::FieldIndex> key_fields, kept_by;
    };
    struct Walk;

    void find_kept();
    Reach walk(rules::UnitIndex unit, std::uint32_t instruction);
    void step(Walk& walk, std::uint32_t at);
    void look_at_key(const Walk& walk, Next& next) const;

    const rules::Program& program_;
    bool has_waits_ = false;
    std::vector<Event> events_;
    std::vector<bool> cancelled_;
    std::unordered_map<std::uint64_t, Reach> reaches_;  // by unit and instruction
    std::vector<std::uint64_t> in_making_;
};

}  // namespace pawl::engine
