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

// A part of a pattern that looks at an event, a creation or a field.
struct PatternUse {
    TriggerUse use;
    bool is_second = false;  // of a sequence
};

// A journey whose dates read a field through a reference.
struct ThroughJourney {
    std::uint32_t journey = 0;  // Program::journeys
    rules::FieldIndex reference_field = 0;
};

struct EntityTriggers {
    std::vector<TriggerUse> created, updated, deleted;
    std::vector<TriggerUse> whenever;              // of records of this entity
    std::vector<std::vector<TriggerUse>> fields;   // becomes, changes, crossings, by field
    std::vector<std::vector<ThroughUse>> through;  // by field of this entity
    std::vector<TriggerUse> anchors;               // `24h before`, of any field
    std::vector<PatternUse> pattern_created;
    std::vector<std::vector<PatternUse>> pattern_fields;  // by field
    std::vector<PatternUse> pattern_never;  // absence that counts from this record's creation
    std::vector<TriggerUse> pattern_keys;   // patterns that count by records of this entity
    std::vector<std::uint32_t> journeys;    // Program::journeys, of this entity
    std::vector<std::vector<ThroughJourney>> through_journeys;  // by field
    std::vector<rules::FieldIndex> zones;  // name a time zone, by which a guard or a channel goes
    bool any = false;
};

class TriggerIndex {
 public:
    // The program outlives it.
    explicit TriggerIndex(const rules::Program& program);

    const EntityTriggers& entity(rules::EntityIndex entity) const { return entities_[entity]; }
    // Ascending by rule.
    const std::vector<TriggerUse>& event(rules::EventIndex event) const { return events_[event]; }
    bool has_patterns(rules::EventIndex event) const { return !patterns_[event].empty(); }
    const std::vector<PatternUse>& patterns(rules::EventIndex event) const {
        return patterns_[event];
    }
    // Absence, counts and sequences.
    const std::vector<TriggerUse>& patterns() const { return pattern_uses_; }
    // `every …` and `cron`.
    const std::vector<TriggerUse>& clocks() const { return clocks_; }
    const std::vector<TriggerUse>& anchors() const { return anchors_; }
    const rules::Trigger& trigger(TriggerUse use) const {
        return program_.rules[use.rule].triggers[use.trigger];
    }

 private:
    void add(TriggerUse use, const rules::Trigger& trigger);
    void add_whenever(TriggerUse use, const rules::Trigger& trigger);
    void add_part(PatternUse use, const rules::PatternPart& part);
    void add_pattern(TriggerUse use, const rules::Trigger& trigger);
    void add_journey(std::uint32_t index);
    void add_zones(const rules::Rule& rule);
    void add_zone(rules::EntityIndex entity, rules::FieldIndex field);

    const rules::Program& program_;
    std::vector<EntityTriggers> entities_;
    std::vector<std::vector<TriggerUse>> events_;
    std::vector<std::vector<PatternUse>> patterns_;  // by event
    std::vector<TriggerUse> clocks_, anchors_, pattern_uses_;
};

}  // namespace pawl::engine
