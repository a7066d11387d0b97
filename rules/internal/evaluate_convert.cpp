#include "rules/internal/evaluate_convert.h"

#include <algorithm>

#include "base/text.h"
#include "rules/event_reader.h"
#include "rules/internal/operators.h"
#include "rules/internal/value_numbers.h"
#include "rules/internal/value_types.h"

namespace pawl::rules::internal {

namespace {

class RecordsLookup final : public ReferenceLookup {
 public:
    explicit RecordsLookup(Records& records) : records_(records) {}
    std::optional<RecordKey> find(EntityIndex entity, std::string_view id) override {
        return find_record(records_, entity, id);
    }

 private:
    Records& records_;
};

Value convert_to_money(const Value& value, Currency currency) {
    std::string digits;
    switch (value.kind()) {
        case Kind::money: return value;
        case Kind::integer: digits = std::to_string(value.as_integer()); break;
        case Kind::number: digits = number_digits(value.as_number()); break;
        case Kind::json:
            if (value.as_json().kind == JsonKind::number) digits = value.as_json().text;
            break;
        default: return {};
    }
    const std::optional<Money> money = parse_money(digits, currency);
    return money ? Value::money(*money) : Value();
}

Value convert_text(const Value& value, const Type& type, const Program& program) {
    if (!is_text(value.kind())) return {};
    if (type.kind == TypeKind::choice) {
        if (value.kind() == Kind::choice) return value;
        const auto& options = program.schema.choices[type.index].options;
        const bool known =
            std::find(options.begin(), options.end(), value.as_text()) != options.end();
        return known ? Value::choice(value.as_text()) : Value();
    }
    if (type.kind == TypeKind::group) {
        return value.kind() == Kind::group ? value : Value::group(value.as_text());
    }
    if (type.kind == TypeKind::secret) return Value::secret(value.as_text());
    if (value.kind() == Kind::secret) return {};
    const std::optional<std::string> text = text_for_type(type.kind, value.as_text());
    if (!text) return {};
    return value.kind() == Kind::text && *text == value.as_text() ? value : Value::text(*text);
}

Json json_of_plain(const Value& value) {
    Json json;
    switch (value.kind()) {
        case Kind::boolean:
            json.kind = JsonKind::boolean;
            json.boolean = value.as_boolean();
            break;
        case Kind::integer:
            json.kind = JsonKind::number;
            json.text = std::to_string(value.as_integer());
            break;
        case Kind::number:
            json.kind = JsonKind::number;
            json.text = number_digits(value.as_number());
            break;
        case Kind::text:
            json.kind = JsonKind::string;
            json.text = value.as_text();
            break;
        default: break;
    }
    return json;
}

}  // namespace

std::optional<RecordKey> find_record(Records& records, EntityIndex entity, std::string_view id) {
    const auto cursor = records.scan({entity, Access::equal, field_id, Value::text(id), {}});
    if (cursor == nullptr) return std::nullopt;
    while (const std::optional<RecordKey> key = cursor->next()) {
        const RecordPointer record = records.get({entity, *key});
        if (record != nullptr && is_text(record->fields[field_id].kind()) &&
            record->fields[field_id].as_text() == id) {
            return key;
        }
    }
    return std::nullopt;
}

Value convert_value(const Value& given, TypeIndex type_index, const Program& program) {
    const Type& type = program.schema.type(type_index);
    if (type.kind == TypeKind::money) return convert_to_money(given, program.header.currency);
    if (type.kind == TypeKind::json || given.is_missing()) return given;
    const Value value = plain(given);
    switch (type.kind) {
        case TypeKind::number:
            if (value.kind() == Kind::integer) return Value::number(value.as_number());
            break;
        case TypeKind::text:
        case TypeKind::email:
        case TypeKind::phone:
        case TypeKind::url:
        case TypeKind::file:
        case TypeKind::secret:
        case TypeKind::choice:
        case TypeKind::group: return convert_text(value, type, program);
        case TypeKind::list: {
            if (value.kind() != Kind::list) return {};
            std::vector<Value> items;
            for (const Value& item : value.as_list()) {
                items.push_back(convert_value(item, type.index, program));
            }
            return Value::list(std::move(items));
        }
        default: break;
    }
    return fits_type(value, type) ? value : Value();
}

Value cast_value(const Value& value, TypeIndex type_index, const Program& program,
                 Records& records) {
    const Type& type = program.schema.type(type_index);
    if (value.is_missing()) return {};
    const Json part = value.kind() == Kind::json ? value.as_json() : json_of_plain(value);
    if (part.kind == JsonKind::null) return fits_type(value, type) ? value : Value();
    RecordsLookup lookup(records);
    Value out;
    if (value_from_json(part, type_index, program, lookup, "value", out)) return {};
    return out;
}

}  // namespace pawl::rules::internal
