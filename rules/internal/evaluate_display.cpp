#include <array>

#include "base/limits.h"
#include "rules/evaluator.h"
#include "rules/event_reader.h"
#include "rules/internal/operators.h"
#include "rules/internal/value_numbers.h"

namespace pawl::rules {

namespace {

constexpr std::string_view hidden = "•••";

std::string display_instant(Instant instant, const Zone& zone) {
    const LocalTime local = zone.local(instant);
    const std::int64_t second = local.time.micros / micros_per_second * micros_per_second;
    return format_date(local.date) + " " + format_time({second});
}

std::string display_reference(Reference reference, const Program& program, Records& records) {
    const RecordPointer record = records.get(reference);
    if (record == nullptr || reference.entity >= program.schema.entities.size()) return {};
    const std::vector<Field>& fields = program.schema.entities[reference.entity].fields;
    constexpr std::array<std::string_view, 3> names{"name", "title", "full_name"};
    for (const std::string_view name : names) {
        const std::optional<FieldIndex> field = find_field(fields, name);
        if (!field || *field >= record->fields.size()) continue;
        const Value& value = record->fields[*field];
        if (value.kind() == Kind::text) return std::string(value.as_text());
    }
    const Value& id = record->fields[field_id];
    return id.kind() == Kind::text ? std::string(id.as_text()) : std::string();
}

std::string display_list(const std::vector<Value>& items, const Program& program, Records& records,
                         const Zone& zone) {
    std::string text;
    for (const Value& item : items) {
        const std::string piece = display_text(item, program, records, zone);
        if (!text.empty()) text += ", ";
        text += piece;
        if (text.size() > limits::text_bytes_max) break;
    }
    return text;
}

std::string display_json(const Value& value, const Program& program, Records& records) {
    if (value.kind() == Kind::json && value.as_json().kind == JsonKind::string) {
        return value.as_json().text;
    }
    JsonWriter writer;
    append_value_json(writer, value, program, records);
    return writer.take();
}

// At a character's end.
void cut(std::string& text) {
    if (text.size() <= limits::text_bytes_max) return;
    std::size_t end = limits::text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
}

}  // namespace

std::string display_text(const Value& value, const Program& program, Records& records, Zone zone) {
    std::string text;
    switch (value.kind()) {
        case Kind::missing: break;
        case Kind::boolean: return value.as_boolean() ? "true" : "false";
        case Kind::integer: return std::to_string(value.as_integer());
        case Kind::number: return internal::number_digits(value.as_number());
        case Kind::money: return format_money(value.as_money());
        case Kind::text:
        case Kind::choice:
        case Kind::group: text = value.as_text(); break;
        case Kind::secret: return std::string(hidden);
        case Kind::date: return format_date(value.as_date());
        case Kind::time: return format_time(value.as_time());
        case Kind::datetime: return display_instant(value.as_datetime(), zone);
        case Kind::duration: return format_duration(value.as_duration());
        case Kind::reference:
            text = display_reference(value.as_reference(), program, records);
            break;
        case Kind::list: text = display_list(value.as_list(), program, records, zone); break;
        case Kind::record:
        case Kind::json: text = display_json(value, program, records); break;
    }
    cut(text);
    return text;
}

}  // namespace pawl::rules
