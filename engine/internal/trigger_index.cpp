#include "engine/internal/trigger_index.h"

namespace pawl::engine {

using rules::TriggerKind;

TriggerIndex::TriggerIndex(const rules::Program& program) : program_(program) {
    const rules::Schema& schema = program.schema;
    entities_.resize(schema.entities.size());
    for (std::size_t i = 0; i < entities_.size(); ++i) {
        entities_[i].fields.resize(schema.entities[i].fields.size());
        entities_[i].through.resize(schema.entities[i].fields.size());
    }
    events_.resize(schema.events.size());
    for (std::size_t i = 0; i < program.rules.size(); ++i) {
        const rules::Rule& rule = program.rules[i];
        if (rule.mode != rules::RuleMode::live) continue;
        for (std::size_t k = 0; k < rule.triggers.size(); ++k)
            add({static_cast<rules::RuleIndex>(i), static_cast<std::uint16_t>(k)},
                rule.triggers[k]);
    }
}

void TriggerIndex::add(TriggerUse use, const rules::Trigger& trigger) {
    if (trigger.kind == TriggerKind::event) {
        events_[trigger.event].push_back(use);
        return;
    }
    if (trigger.kind == TriggerKind::requested) return;
    EntityTriggers& entity = entities_[trigger.entity];
    entity.any = true;
    switch (trigger.kind) {
        case TriggerKind::created: entity.created.push_back(use); break;
        case TriggerKind::updated: entity.updated.push_back(use); break;
        case TriggerKind::deleted: entity.deleted.push_back(use); break;
        case TriggerKind::whenever: add_whenever(use, trigger); break;
        default: entity.fields[trigger.field].push_back(use); break;
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
