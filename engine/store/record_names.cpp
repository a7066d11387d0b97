#include "engine/store/record_names.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace pawl::engine {

using rules::Value;

namespace {

const std::vector<rules::Field>* fields_of(const rules::Type& type, const rules::Schema& schema) {
    if (type.kind == rules::TypeKind::event) return &schema.events[type.index].fields;
    if (type.kind == rules::TypeKind::record) return &schema.records[type.index].fields;
    return nullptr;
}

}  // namespace

std::string names_of(const Value& value, const rules::Type& type, const rules::Schema& schema) {
    const auto* const fields = fields_of(type, schema);
    if (value.kind() != rules::Kind::record || fields == nullptr) return {};
    std::string names;
    for (std::size_t i = 0; i < value.as_record().size() && i < fields->size(); ++i) {
        if (i > 0) names += ' ';
        if (!value.as_record()[i].is_missing()) names += (*fields)[i].name;
    }
    return names;
}

Value with_places(const Value& value, std::string_view names, const rules::Type& type,
                  const rules::Schema& schema) {
    const auto* const fields = fields_of(type, schema);
    if (value.kind() != rules::Kind::record || fields == nullptr || names.empty()) return value;
    std::vector<Value> placed(fields->size());
    for (const Value& each : value.as_record()) {
        const std::string_view name = names.substr(0, names.find(' '));
        names.remove_prefix(std::min(name.size() + 1, names.size()));
        if (name.empty()) continue;
        const auto field = std::find_if(fields->begin(), fields->end(),
                                        [&](const rules::Field& one) { return one.name == name; });
        if (field != fields->end())
            placed[static_cast<std::size_t>(field - fields->begin())] = each;
    }
    return Value::record(value.record_type(), std::move(placed));
}

}  // namespace pawl::engine
