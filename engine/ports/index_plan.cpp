#include "engine/ports/index_plan.h"

namespace pawl::engine {

IndexPlan make_index_plan(const rules::Program& program) {
    const rules::Schema& schema = program.schema;
    IndexPlan plan;
    for (std::size_t i = 0; i < schema.entities.size(); ++i) {
        const rules::Entity& entity = schema.entities[i];
        std::vector<bool> fields(entity.fields.size(), false);
        // Rows of the engine's own entities are many and never deleted one by one.
        for (std::size_t field = 0; i >= rules::builtin_entity_count && field < fields.size();
             ++field)
            fields[field] =
                schema.type(entity.fields[field].type).kind == rules::TypeKind::reference;
        plan.indexed.push_back(std::move(fields));
    }
    for (const rules::Unit& unit : program.units) {
        // A test asks once; an index for it would be paid by every write.
        if (unit.kind == rules::UnitKind::test) continue;
        for (const rules::Query& query : unit.queries)
            if (query.access == rules::Access::equal || query.access == rules::Access::range)
                plan.indexed[query.entity][query.field] = true;
    }
    for (const rules::Rule& rule : program.rules) {
        for (const rules::Trigger& trigger : rule.triggers) {
            if (trigger.anchor) plan.indexed[trigger.entity][trigger.field] = true;
            if (!trigger.clock || !trigger.clock->sweep) continue;
            const rules::Sweep& sweep = *trigger.clock->sweep;
            if (sweep.access == rules::Access::equal || sweep.access == rules::Access::range)
                plan.indexed[sweep.entity][sweep.field] = true;
        }
    }
    const rules::People& people = schema.people;
    if (people.entity && people.role) plan.indexed[*people.entity][*people.role] = true;
    return plan;
}

}  // namespace pawl::engine
