#include "engine/internal/schema_index.h"

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::TypeKind;

SchemaIndex::SchemaIndex(const rules::Program& program) : program_(program) {
    const rules::Schema& schema = program.schema;
    referrers_.resize(schema.entities.size());
    for (std::size_t i = 0; i < schema.entities.size(); ++i) {
        const rules::Entity& entity = schema.entities[i];
        std::vector<FieldRules> fields(entity.fields.size());
        for (std::size_t k = 0; k < fields.size(); ++k) {
            const rules::Type& type = schema.type(entity.fields[k].type);
            const auto index = static_cast<FieldIndex>(k);
            fields[k].kind = type.kind;
            fields[k].is_required = !type.optional;
            fields[k].states = schema.find_states(static_cast<EntityIndex>(i), index);
            const rules::Type& element =
                type.kind == TypeKind::list ? schema.type(type.index) : type;
            if (i < rules::builtin_entity_count || element.kind != TypeKind::reference) continue;
            referrers_[element.index].push_back({static_cast<EntityIndex>(i), index, !type.optional,
                                                 entity.fields[k].deleted_with_it,
                                                 type.kind == TypeKind::list});
        }
        for (std::size_t set = 0; set < entity.unique_sets.size(); ++set)
            for (const FieldIndex field : entity.unique_sets[set])
                fields[field].unique_sets.push_back(set);
        fields_.push_back(std::move(fields));
    }
}

std::optional<std::uint16_t> SchemaIndex::option(EntityIndex entity, FieldIndex field,
                                                 std::string_view name) const {
    const rules::Schema& schema = program_.schema;
    const rules::Type& type = schema.type(schema.entities[entity].fields[field].type);
    const auto& options = schema.choices[type.index].options;
    for (std::size_t i = 0; i < options.size(); ++i)
        if (options[i] == name) return static_cast<std::uint16_t>(i);
    return std::nullopt;
}

}  // namespace pawl::engine
