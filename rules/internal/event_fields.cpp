#include "rules/internal/event_fields.h"

namespace pawl::rules::internal {

namespace {

constexpr std::uint8_t bit(JsonKind kind) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
}

std::uint8_t kinds_of(const Type& type) {
    switch (type.kind) {
        case TypeKind::integer:
        case TypeKind::number: return bit(JsonKind::number);
        case TypeKind::boolean: return bit(JsonKind::boolean);
        case TypeKind::money: return bit(JsonKind::number) | bit(JsonKind::object);
        case TypeKind::record: return bit(JsonKind::object);
        case TypeKind::list: return bit(JsonKind::array);
        case TypeKind::json: return 0xff;
        default: return bit(JsonKind::string);
    }
}

}  // namespace

std::vector<std::string> EventFields::names_of(const EventType& event) {
    std::vector<std::string> names;
    for (const Field& field : event.fields) names.push_back(field.name);
    return names;
}

EventFields::EventFields(const EventType& event, const Program& program) : names_(names_of(event)) {
    seen_.assign(event.fields.size() / 64 + 1, 0);
    entries_.reserve(event.fields.size());
    for (std::size_t i = 0; i < event.fields.size(); ++i) {
        const Field& field = event.fields[i];
        const Type& type = program.schema.type(field.type);
        Entry entry;
        entry.field = static_cast<FieldIndex>(i);
        entry.type = field.type;
        entry.kinds = kinds_of(type);
        entry.path = "data." + field.name;
        entry.declared = &field;
        entry.is_required = !type.optional && !field.default_value;
        if (entry.is_required) required_.push_back(entry.field);
        entries_.push_back(std::move(entry));
    }
}

std::optional<ValueRefusal> value_from_slot(const Slot& slot, const EventFields::Entry& field,
                                            const JsonContext& context, Value& out) {
    ScalarView scalar;
    switch (slot.kind) {
        case SlotKind::missing:
            if (field.declared->default_value) {
                out = *field.declared->default_value;
                return std::nullopt;
            }
            break;
        case SlotKind::boolean:
            scalar.kind = JsonKind::boolean;
            scalar.boolean = slot.integer != 0;
            break;
        case SlotKind::integer:
        case SlotKind::number:
            scalar.kind = JsonKind::number;
            scalar.text = slot.text;
            break;
        case SlotKind::text:
            scalar.kind = JsonKind::string;
            scalar.text = slot.text;
            break;
        case SlotKind::nested: {
            const Result<Json> tree = parse_json(slot.text);
            if (!tree) {
                return refuse(DiagnosticCode::event_not_json, field.path,
                              "`" + field.path + "`: " + tree.error().message);
            }
            return value_from_tree(*tree, field.type, context, field.path, out);
        }
    }
    auto refusal = value_from_scalar(scalar, field.type, context, field.path, out);
    const bool is_gone = !refusal && out.is_missing() && scalar.kind == JsonKind::string;
    if (is_gone && field.declared->required) {
        return refuse_not_found(scalar.text, field.type, context.program, field.path);
    }
    return refusal;
}

}  // namespace pawl::rules::internal
