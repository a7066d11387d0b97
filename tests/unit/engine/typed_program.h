#pragma once

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sample_program.h"

// A program with one entity that has a field of every type, each of them asked for by queries, and
// values that are hard to keep.

namespace pawl::engine::sample {

constexpr rules::EntityIndex thing = rules::builtin_entity_count;

inline Currency currency(const char* letters) { return *Currency::parse(letters); }

// The fields after the system's, in the order of `typed_values`.
inline rules::Program make_typed_program() {
    using rules::TypeKind;
    rules::Program program;
    program.header.currency = currency("KES");
    rules::Schema& schema = program.schema;
    schema = rules::make_base_schema();
    const auto choice = static_cast<std::uint16_t>(schema.choices.size());
    schema.choices.push_back({"thing.state", {"open", "paid"}});
    const auto record = static_cast<std::uint16_t>(schema.records.size());
    rules::RecordType line;
    line.name = "line";
    line.fields = {field(schema, "what", TypeKind::text), field(schema, "n", TypeKind::integer)};
    schema.records.push_back(line);
    const auto text = schema.type_index({TypeKind::text, false, 0});
    const auto lines = schema.type_index({TypeKind::record, false, record});

    rules::Entity things;
    things.name = "thing";
    things.fields = system_fields(schema);
    const auto add = [&](const char* name, TypeKind kind, std::uint16_t index = 0) {
        things.fields.push_back(field(schema, name, kind, index));
    };
    add("an_int", TypeKind::integer);
    add("a_number", TypeKind::number);
    add("a_money", TypeKind::money);
    add("a_text", TypeKind::text);
    add("a_bool", TypeKind::boolean);
    add("a_date", TypeKind::date);
    add("a_time", TypeKind::time);
    add("a_datetime", TypeKind::datetime);
    add("a_duration", TypeKind::duration);
    add("a_choice", TypeKind::choice, choice);
    add("a_thing", TypeKind::reference, thing);
    add("a_group", TypeKind::group);
    add("a_secret", TypeKind::secret);
    add("texts", TypeKind::list, text);
    add("lines", TypeKind::list, lines);
    add("a_json", TypeKind::json);
    add("key", TypeKind::text);  // names that the table has for itself
    add("Other", TypeKind::text);
    add("A_TEXT", TypeKind::text);  // another field than a_text
    schema.entities.push_back(things);

    rules::Unit unit;
    for (std::size_t i = 0; i < things.fields.size(); ++i) {
        rules::Query query;
        query.access = rules::Access::range;
        query.entity = thing;
        query.field = static_cast<rules::FieldIndex>(i);
        unit.queries.push_back(query);
    }
    program.units.push_back(unit);
    return program;
}

// What a field may hold, by position after the system's fields.
inline std::vector<std::vector<rules::Value>> typed_values(const rules::Program& program) {
    using rules::Value;
    const auto line = static_cast<std::uint16_t>(program.schema.records.size() - 1);
    Json json;
    json.kind = JsonKind::object;
    json.members.emplace_back("a", Json{JsonKind::number, false, "1.50", {}, {}});
    const std::string zero("a\0b", 3);
    const std::vector<Value> texts = {
        Value::text(""),   Value::text(zero), Value::text(std::string_view("\0", 1)),
        Value::text("a"),  Value::text("A"),  Value::text("a'\"=:?1"),
        Value::text("10"), Value::text("9"),  Value::text("\xc3\xa4 \xf0\x9f\x98\x80")};
    return {
        {Value::integer(0), Value::integer(-1), Value::integer(INT64_MAX),
         Value::integer(INT64_MIN), Value::integer(5'000'000'000)},
        {Value::number(0), Value::number(-0.0), Value::number(0.1), Value::number(-1e300),
         Value::number(5e-324), Value::number(3), Value::number(1e18), Value::number(HUGE_VAL),
         Value::integer(3)},
        {Value::money({100, currency("KES")}), Value::money({-5, currency("KES")}),
         Value::money({100, currency("USD")}), Value::money({7, currency("USD")}),
         Value::money({100, currency("EUR")}), Value::money({INT64_MAX, currency("KES")})},
        texts,
        {Value::boolean(true), Value::boolean(false)},
        {Value::date({0}), Value::date({-719'162}), Value::date({20'000})},
        {Value::time({0}), Value::time({86'399'999'999})},
        {Value::datetime({0}), Value::datetime({-1}), Value::datetime({1'772'435'704'250'000})},
        {Value::duration({1, -2, 3'500'000}), Value::duration({0, 30, 0}),
         Value::duration({1, 0, 0})},
        {Value::choice("open"), Value::choice("paid")},
        {Value::reference({thing, 1}), Value::reference({thing, 7'000'000'000})},
        {Value::group("admins"), Value::group("staff")},
        {Value::secret("s3cret"), Value::secret("")},
        {Value::list({}), Value::list({Value::text("5:x"), Value::text(zero)})},
        {Value::list({Value::record(line, {Value::text("pen"), Value()})}), Value::list({})},
        {Value::json(json), Value::json(Json{})},
        texts,
        texts,
        texts,
    };
}

// A record with id `id` of which each field is missing one time in five.
inline std::shared_ptr<rules::Record> make_thing(
    const std::string& id, const std::vector<std::vector<rules::Value>>& values,
    std::mt19937& random) {
    auto record = std::make_shared<rules::Record>();
    record->fields = {rules::Value::text(id), rules::Value::datetime({1}),
                      rules::Value::datetime({2})};
    for (const auto& each : values)
        record->fields.push_back(random() % 5 == 0 ? rules::Value() : each[random() % each.size()]);
    return record;
}

}  // namespace pawl::engine::sample
