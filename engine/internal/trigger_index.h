#pragma once

#include <cstdint>
#include <vector>

#include "rules/program.h"

// Which rules a change may set off, by entity and field, looked up once for a program. Draft and
// paused rules are not in it. (Events of the outside go through rules/matcher.h.)

namespace pawl::engine {

struct TriggerUse {
    rules::RuleIndex rule = 0;
    std::uint16_t trigger = 0;  // Rule::triggers
};

// A `whenever` that reads a field through a reference: the records to look at are those of `source`
// whose `reference_field` points at the changed one.
struct ThroughUse {
    TriggerUse use;
    rules::EntityIndex source = 0;
    rules::FieldIndex reference_field = 0;
};

struct EntityTriggers {
    std::vector<TriggerUse> created, updated, deleted;
    std::vector<TriggerUse> whenever;              // of records of this entity
    std::vector<std::vector<TriggerUse>> fields;   // becomes, changes, crossings, by field
    std::vector<std::vector<ThroughUse>> through;  // by field of this entity
    bool any = false;
};

class TriggerIndex {
 public:
    // The program outlives it.
    explicit TriggerIndex(const rules::Program& program);

    const EntityTriggers& entity(rules::EntityIndex entity) const { return entities_[entity]; }
    // Ascending by rule.
    const std::vector<TriggerUse>& event(rules::EventIndex event) const { return events_[event]; }
    const rules::Trigger& trigger(TriggerUse use) const {
        return program_.rules[use.rule].triggers[use.trigger];
    }

 private:
    void add(TriggerUse use, const rules::Trigger& trigger);
    void add_whenever(TriggerUse use, const rules::Trigger& trigger);

    const rules::Program& program_;
    std::vector<EntityTriggers> entities_;
    std::vector<std::vector<TriggerUse>> events_;
};

}  // namespace pawl::engine
