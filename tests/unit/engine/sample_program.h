#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rules/program.h"
#include "rules/records.h"

// A program of clients and their orders, with the names of a rule, a flow, an event and an action
// that do nothing.

namespace pawl::engine::sample {

constexpr rules::EntityIndex client = rules::builtin_entity_count;
constexpr rules::EntityIndex order = rules::builtin_entity_count + 1;

enum ClientField : rules::FieldIndex { client_name = rules::system_field_count, client_email };
enum OrderField : rules::FieldIndex {
    order_of = rules::system_field_count,
    order_number,
    order_amount
};

inline rules::Field field(rules::Schema& schema, std::string name, rules::TypeKind kind,
                          std::uint16_t index = 0, bool optional = true) {
    rules::Field of;
    of.name = std::move(name);
    of.type = schema.type_index({kind, optional, index});
    return of;
}

inline std::vector<rules::Field> system_fields(rules::Schema& schema) {
    return {field(schema, "id", rules::TypeKind::text, 0, false),
            field(schema, "created_at", rules::TypeKind::datetime, 0, false),
            field(schema, "updated_at", rules::TypeKind::datetime, 0, false)};
}

// Queries of the program ask for orders by number (a range) and by client (a reference).
inline rules::Program make_program() {
    rules::Program program;
    rules::Schema& schema = program.schema;
    schema = rules::make_base_schema();

    rules::Entity clients;
    clients.name = "client";
    clients.fields = system_fields(schema);
    clients.fields.push_back(field(schema, "name", rules::TypeKind::text));
    clients.fields.push_back(field(schema, "email", rules::TypeKind::email));
    clients.unique_sets = {{client_email}};
    schema.entities.push_back(clients);

    rules::Entity orders;
    orders.name = "order";
    orders.fields = system_fields(schema);
    orders.fields.push_back(field(schema, "of", rules::TypeKind::reference, client));
    orders.fields.push_back(field(schema, "number", rules::TypeKind::integer));
    orders.fields.push_back(field(schema, "amount", rules::TypeKind::number));
    orders.unique_sets = {{order_of, order_number}};
    schema.entities.push_back(orders);

    rules::Unit unit;
    rules::Query by_number;
    by_number.access = rules::Access::range;
    by_number.entity = order;
    by_number.field = order_number;
    unit.queries = {by_number};
    program.units.push_back(unit);

    rules::Unit reminder;
    reminder.id = "reminder";
    reminder.hash = hash_bytes("reminder");
    program.units.push_back(reminder);
    rules::Unit send_out;
    send_out.kind = rules::UnitKind::flow;
    send_out.id = "send_out";
    send_out.hash = hash_bytes("send_out");
    program.units.push_back(send_out);
    rules::Rule rule;
    rule.id = "reminder";
    rule.unit = 1;
    program.rules.push_back(rule);
    rules::EventType paid;
    paid.name = "paid";
    paid.fields = {field(schema, "note", rules::TypeKind::text),
                   field(schema, "client", rules::TypeKind::reference, client)};
    schema.events.push_back(paid);
    rules::ServiceAction post;
    post.integration = "mail";
    post.name = "post";
    program.actions.push_back(post);
    return program;
}

inline std::shared_ptr<rules::Record> make_client(std::string_view id, std::string_view email) {
    auto record = std::make_shared<rules::Record>();
    record->fields.resize(client_email + 1);
    record->fields[rules::field_id] = rules::Value::text(id);
    record->fields[client_name] = rules::Value::text(id);
    if (!email.empty()) record->fields[client_email] = rules::Value::text(email);
    return record;
}

inline std::shared_ptr<rules::Record> make_order(std::string_view id, rules::RecordKey of,
                                                 std::int64_t number) {
    auto record = std::make_shared<rules::Record>();
    record->fields.resize(order_amount + 1);
    record->fields[rules::field_id] = rules::Value::text(id);
    record->fields[order_of] = rules::Value::reference({client, of});
    record->fields[order_number] = rules::Value::integer(number);
    record->fields[order_amount] = rules::Value::number(static_cast<double>(number));
    return record;
}

inline std::vector<rules::RecordKey> keys(std::unique_ptr<rules::RecordCursor> cursor) {
    std::vector<rules::RecordKey> all;
    while (const auto key = cursor->next()) all.push_back(*key);
    return all;
}

inline rules::ScanRequest every(rules::EntityIndex entity) { return {entity, {}, {}, {}, {}}; }

inline rules::ScanRequest equal(rules::EntityIndex entity, rules::FieldIndex field,
                                rules::Value value) {
    return {entity, rules::Access::equal, field, std::move(value), {}};
}

inline rules::ScanRequest range(rules::EntityIndex entity, rules::FieldIndex field,
                                rules::Value low, rules::Value high) {
    return {entity, rules::Access::range, field, std::move(low), std::move(high)};
}

}  // namespace pawl::engine::sample
