#include "engine/internal/trigger_index.h"

#include <algorithm>

namespace pawl::engine {

using rules::TriggerKind;

TriggerIndex::TriggerIndex(const rules::Program& program) : program_(program) {
    const rules::Schema& schema = program.schema;
    entities_.resize(schema.entities.size());
    for (std::size_t i = 0; i < entities_.size(); ++i) {
        entities_[i].fields.resize(schema.entities[i].fields.size());
        entities_[i].through.resize(schema.entities[i].fields.size());
        entities_[i].pattern_fields.resize(schema.entities[i].fields.size());
        entities_[i].through_journeys.resize(schema.entities[i].fields.size());
    }
    events_.resize(schema.events.size());
    patterns_.resize(schema.events.size());
    for (std::size_t i = 0; i < program.rules.size(); ++i) {
        const rules::Rule& rule = program.rules[i];
        if (rule.mode != rules::RuleMode::live) continue;
        add_zones(rule);
        for (std::size_t k = 0; k < rule.triggers.size(); ++k)
            add({static_cast<rules::RuleIndex>(i), static_cast<std::uint16_t>(k)},
                rule.triggers[k]);
    }
    for (std::size_t i = 0; i < program.journeys.size(); ++i)
        add_journey(static_cast<std::uint32_t>(i));
    const rules::People& people = schema.people;
    if (people.entity && people.timezone) add_zone(*people.entity, *people.timezone);
}

// `only between … in account.timezone`: the fields that the zone is read from.
void TriggerIndex::add_zones(const rules::Rule& rule) {
    if (!rule.only_between || !rule.only_between->zone_entry) return;
    const std::vector<rules::Instruction>& code = program_.units[rule.unit].code;
    for (std::size_t at = *rule.only_between->zone_entry; at < code.size(); ++at) {
        if (code[at].op == rules::Opcode::end) return;
        if (code[at].op == rules::Opcode::load_field)
            add_zone(code[at].b, static_cast<rules::FieldIndex>(code[at].c));
    }
}

void TriggerIndex::add_zone(rules::EntityIndex entity, rules::FieldIndex field) {
    const rules::Field& read = program_.schema.entities[entity].fields[field];
    std::vector<rules::FieldIndex>& zones = entities_[entity].zones;
    if (program_.schema.type(read.type).kind != rules::TypeKind::text ||
        std::find(zones.begin(), zones.end(), field) != zones.end())
        return;
    zones.push_back(field);
    entities_[entity].any = true;
}

void TriggerIndex::add(TriggerUse use, const rules::Trigger& trigger) {
    if (trigger.kind == TriggerKind::event) {
        events_[trigger.event].push_back(use);
        return;
    }
    if (trigger.kind == TriggerKind::requested) return;
    if (trigger.kind == TriggerKind::clock) return clocks_.push_back(use);
    if (trigger.pattern) return add_pattern(use, trigger);
    EntityTriggers& entity = entities_[trigger.entity];
    entity.any = true;
    switch (trigger.kind) {
        case TriggerKind::created: entity.created.push_back(use); break;
        case TriggerKind::updated: entity.updated.push_back(use); break;
        case TriggerKind::deleted: entity.deleted.push_back(use); break;
        case TriggerKind::whenever: add_whenever(use, trigger); break;
        case TriggerKind::anchor:
            entity.anchors.push_back(use);
            anchors_.push_back(use);
            break;
        default: entity.fields[trigger.field].push_back(use); break;
    }
}

void TriggerIndex::add_part(PatternUse use, const rules::PatternPart& part) {
    if (part.kind == rules::PatternPartKind::event) {
        patterns_[part.event].push_back(use);
        return;
    }
    EntityTriggers& entity = entities_[part.entity];
    entity.any = true;
    if (part.kind == rules::PatternPartKind::created)
        entity.pattern_created.push_back(use);
    else
        entity.pattern_fields[part.field].push_back(use);
}

void TriggerIndex::add_pattern(TriggerUse use, const rules::Trigger& trigger) {
    const rules::Pattern& pattern = *trigger.pattern;
    pattern_uses_.push_back(use);
    add_part({use, false}, pattern.first);
    if (trigger.kind == TriggerKind::sequence) add_part({use, true}, pattern.second);
    if (pattern.key_entity) entities_[*pattern.key_entity].pattern_keys.push_back(use);
    if (!pattern.never_entity) return;
    entities_[*pattern.never_entity].pattern_never.push_back({use, false});
    entities_[*pattern.never_entity].any = true;
}

void TriggerIndex::add_journey(std::uint32_t index) {
    const rules::Journey& journey = program_.journeys[index];
    entities_[journey.entity].journeys.push_back(index);
    entities_[journey.entity].any = true;
    const rules::Schema& schema = program_.schema;
    for (const auto& [reference_field, field] : journey.watched_through) {
        const rules::Field& reference = schema.entities[journey.entity].fields[reference_field];
        EntityTriggers& target = entities_[schema.type(reference.type).index];
        target.through_journeys[field].push_back({index, reference_field});
        target.any = true;
    }
}

void TriggerIndex::add_whenever(TriggerUse use, const rules::Trigger& trigger) {
    entities_[trigger.entity].whenever.push_back(use);
    const rules::Schema& schema = program_.schema;
    for (const auto& [reference_field, field] : trigger.watched_through) {
        const rules::Field& reference = schema.entities[trigger.entity].fields[reference_field];
        EntityTriggers& target = entities_[schema.type(reference.type).index];
        target.through[field].push_back({use, trigger.entity, reference_field});
        target.any = true;
    }
}

}  // namespace pawl::engine
