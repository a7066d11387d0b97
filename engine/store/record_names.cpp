#include "engine/store/record_names.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace pawl::engine {

using rules::Kind;
using rules::TypeKind;
using rules::Value;

namespace {

const std::vector<rules::Field>* fields_of(const rules::Type& type, const rules::Schema& schema) {
    if (type.kind == TypeKind::event) return &schema.events[type.index].fields;
    if (type.kind == TypeKind::record) return &schema.records[type.index].fields;
    if (type.kind == TypeKind::list) {
        const rules::Type& element = schema.type(type.index);
        if (element.kind != TypeKind::list) return fields_of(element, schema);
    }
    return nullptr;
}

Value placed(const Value& value, std::string_view names, const std::vector<rules::Field>& fields) {
    if (value.kind() != Kind::record) return value;
    std::vector<Value> places(fields.size());
    for (const Value& each : value.as_record()) {
        const std::string_view name = names.substr(0, names.find(' '));
        names.remove_prefix(std::min(name.size() + 1, names.size()));
        if (name.empty()) continue;
        const auto field = std::find_if(fields.begin(), fields.end(),
                                        [&](const rules::Field& one) { return one.name == name; });
        if (field != fields.end()) places[static_cast<std::size_t>(field - fields.begin())] = each;
    }
    return Value::record(value.record_type(), std::move(places));
}

}  // namespace

std::string field_names(const rules::Type& type, const rules::Schema& schema) {
    const auto* const fields = fields_of(type, schema);
    std::string names;
    if (fields == nullptr) return names;
    for (const rules::Field& field : *fields) {
        if (!names.empty()) names += ' ';
        names += field.name;
    }
    return names;
}

std::string names_of(const Value& value, const rules::Type& type, const rules::Schema& schema) {
    if (value.kind() == Kind::list) return field_names(type, schema);
    const auto* const fields = fields_of(type, schema);
    if (value.kind() != Kind::record || fields == nullptr) return {};
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
    if (fields == nullptr || names.empty()) return value;
    if (value.kind() != Kind::list) return placed(value, names, *fields);
    std::vector<Value> items;
    for (const Value& item : value.as_list()) items.push_back(placed(item, names, *fields));
    return Value::list(std::move(items));
}

}  // namespace pawl::engine
