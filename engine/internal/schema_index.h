#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/program.h"

// What the engine asks a schema again and again, looked up once: what a field demands, who points
// at an entity, who belongs to a group.

namespace pawl::engine {

struct FieldRules {
    rules::TypeKind kind = rules::TypeKind::none;
    bool is_required = false;
    const rules::StateMachine* states = nullptr;
    std::vector<std::size_t> unique_sets;  // those that name the field
};

struct Referrer {
    rules::EntityIndex entity = 0;
    rules::FieldIndex field = 0;
    bool is_required = false;
    bool deleted_with_it = false;
    bool is_list = false;
};

class SchemaIndex {
 public:
    // The program outlives it.
    explicit SchemaIndex(const rules::Program& program);

    const FieldRules& field(rules::EntityIndex entity, rules::FieldIndex field) const {
        return fields_[entity][field];
    }
    // Fields of other entities that refer to this one, by entity and field.
    const std::vector<Referrer>& referrers(rules::EntityIndex entity) const {
        return referrers_[entity];
    }
    // The option's place in the choice of that field; nothing for a text that is none.
    std::optional<std::uint16_t> option(rules::EntityIndex entity, rules::FieldIndex field,
                                        std::string_view name) const;
    const std::string& entity_name(rules::EntityIndex entity) const {
        return program_.schema.entities[entity].name;
    }
    const std::string& field_name(rules::EntityIndex entity, rules::FieldIndex field) const {
        return program_.schema.entities[entity].fields[field].name;
    }

 private:
    const rules::Program& program_;
    std::vector<std::vector<FieldRules>> fields_;
    std::vector<std::vector<Referrer>> referrers_;
};

}  // namespace pawl::engine
