#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "rules/value.h"

// What the rules talk about: types, entities, events, states, roles. Made by the checker, kept in
// the program, read by the engine. Everything is named by its position in a vector.

namespace pawl::rules {

using FieldIndex = std::uint16_t;
using TypeIndex = std::uint16_t;
using EventIndex = std::uint16_t;
using SettingIndex = std::uint16_t;

enum class TypeKind : std::uint8_t {
    none,  // a statement, or an expression whose mistake was reported already
    text,
    integer,
    number,
    boolean,
    money,
    date,
    time,
    datetime,
    duration,
    email,
    phone,
    url,
    json,
    file,
    secret,
    choice,     // index: Schema::choices
    reference,  // index: Schema::entities
    record,     // index: Schema::records
    list,       // index: the element's TypeIndex
    group,      // a group of people
    event,      // index: Schema::events; the whole of an event bound by `as`
};

struct Type {
    TypeKind kind = TypeKind::none;
    bool optional = false;  // `?`: may be missing
    std::uint16_t index = 0;
    friend bool operator==(const Type&, const Type&) = default;
};

struct ChoiceType {
    std::string name;  // "project.status"; for messages
    std::vector<std::string> options;
};

struct Field {
    std::string name;
    TypeIndex type = 0;
    bool unique = false;
    bool required = false;         // of an event: `required ->` refuses a record that is not there
    bool deleted_with_it = false;  // of a reference: goes when its target goes
    std::optional<Value> default_value;
};

struct RecordType {
    std::string name;
    std::vector<Field> fields;
};

// Every entity begins with these fields.
enum SystemField : FieldIndex { field_id = 0, field_created_at = 1, field_updated_at = 2 };
constexpr FieldIndex system_field_count = 3;

struct Entity {
    std::string name;
    std::vector<Field> fields;                         // system fields first
    std::vector<std::vector<FieldIndex>> unique_sets;  // single unique fields included
    bool read_only = false;  // kept by the engine: `run`, `automation_log`, …
};

struct EventType {
    std::string name;                 // "order_received", "mpesa.stk_callback"
    std::vector<Field> fields;        // no system fields
    std::optional<FieldIndex> about;  // the subject whose events stay in order
};

struct Transition {
    std::vector<std::uint16_t> from;  // options of the choice, ascending
    std::vector<std::uint16_t> to;
    std::vector<std::string> by;  // roles whose people may; empty: rules only
};

struct StateMachine {
    EntityIndex entity = 0;
    FieldIndex field = 0;
    std::optional<std::uint16_t> start;
    std::vector<Transition> transitions;
};

struct Role {
    std::string name;   // "admin"
    std::string group;  // "admins"; empty: none
};

// Who the people are. Without an entity, groups are dashboard groups only.
struct People {
    std::optional<EntityIndex> entity;
    std::optional<FieldIndex> role, name, email, whatsapp, phone, timezone, language;
    std::vector<Role> roles;
};

struct Setting {
    std::string name;
    TypeIndex type = 0;
    Value value;
    std::string title;
};

struct Schema {
    std::vector<Type> types;  // [0] is none; no two equal
    std::vector<ChoiceType> choices;
    std::vector<RecordType> records;
    std::vector<Entity> entities;
    std::vector<EventType> events;
    std::vector<StateMachine> states;
    std::vector<Setting> settings;
    People people;

    TypeIndex type_index(Type type);  // finds or adds
    const Type& type(TypeIndex index) const { return types[index]; }

    std::optional<EntityIndex> find_entity(std::string_view name) const;
    std::optional<EventIndex> find_event(std::string_view name) const;
    std::optional<SettingIndex> find_setting(std::string_view name) const;
    const StateMachine* find_states(EntityIndex entity, FieldIndex field) const;
    const Role* find_group(std::string_view group) const;

    // As an admin would write it: "text", "money ?", "-> project", "list of text", "one of a, b".
    std::string type_text(TypeIndex index) const;
};

std::optional<FieldIndex> find_field(const std::vector<Field>& fields, std::string_view name);

// Record types the language itself brings; always at these places of Schema::records.
enum BuiltinRecord : std::uint16_t { record_change = 0, record_error = 1 };
// `as change`: from, to, by (-> people ?, or text ? without a people entity), override (bool),
// reason (text ?), at (datetime)
enum ChangeField : FieldIndex {
    change_from,
    change_to,
    change_by,
    change_override,
    change_reason,
    change_at
};
// `on failure as error`: kind, message, action, all text
enum ErrorField : FieldIndex { error_kind, error_message, error_action };

// Entities the engine itself keeps, always the first ones of Schema::entities, read only.
// schema.cpp gives their fields.
enum BuiltinEntity : EntityIndex {
    entity_run = 0,             // rule, status, entity, started_at, ended_at, error, file, line,
                                // waiting_for, due_at, question
    entity_automation_log = 1,  // run, rule, trigger, entity, action, status, error, metadata, at
    entity_notification = 2,    // user, title, channel, is_read, at
    entity_effect = 3,          // run, channel, action, recipient, status, at, payload
    entity_scheduled_step = 4,  // journey, of, name, title, at, state, reason, ran_at
};
constexpr EntityIndex builtin_entity_count = 5;

// A schema with none, the builtin record types (`change`'s from and to are typed by the checker at
// each use) and the builtin entities.
Schema make_base_schema();

}  // namespace pawl::rules
