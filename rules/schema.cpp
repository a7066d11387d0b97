#include "rules/schema.h"

#include <algorithm>

#include "base/check.h"

namespace pawl::rules {

namespace {

std::string kind_text(TypeKind kind) {
    switch (kind) {
        case TypeKind::none: return "nothing";
        case TypeKind::text: return "text";
        case TypeKind::integer: return "int";
        case TypeKind::number: return "number";
        case TypeKind::boolean: return "bool";
        case TypeKind::money: return "money";
        case TypeKind::date: return "date";
        case TypeKind::time: return "time";
        case TypeKind::datetime: return "datetime";
        case TypeKind::duration: return "duration";
        case TypeKind::email: return "email";
        case TypeKind::phone: return "phone";
        case TypeKind::url: return "url";
        case TypeKind::json: return "json";
        case TypeKind::file: return "file";
        case TypeKind::secret: return "secret text";
        case TypeKind::group: return "group of people";
        case TypeKind::choice:
        case TypeKind::reference:
        case TypeKind::record:
        case TypeKind::list:
        case TypeKind::event: break;
    }
    return "";
}

// "one of pending, partial, paid, …": a long list would hide the sentence around it.
std::string choice_text(const ChoiceType& choice) {
    constexpr std::size_t shown_max = 4;
    std::string text = "one of ";
    for (std::size_t i = 0; i < choice.options.size(); ++i) {
        if (i == shown_max) return text + ", …";
        if (i > 0) text += ", ";
        text += choice.options[i];
    }
    return text;
}

template <class Item>
std::optional<std::uint16_t> find_named(const std::vector<Item>& items, std::string_view name) {
    for (std::size_t i = 0; i < items.size(); ++i)
        if (items[i].name == name) return static_cast<std::uint16_t>(i);
    return std::nullopt;
}

// Adds fields one by one; the builtin tables read as lists of names and types.
class FieldList {
 public:
    explicit FieldList(Schema& schema) : schema_(schema) {}

    FieldList& field(std::string name, TypeKind kind, std::uint16_t index = 0) {
        return add(std::move(name), Type{kind, false, index});
    }
    FieldList& optional(std::string name, TypeKind kind, std::uint16_t index = 0) {
        return add(std::move(name), Type{kind, true, index});
    }
    FieldList& system() {
        return field("id", TypeKind::text)
            .field("created_at", TypeKind::datetime)
            .field("updated_at", TypeKind::datetime);
    }
    FieldList& choice(std::string name, std::string owner, std::vector<std::string> options) {
        const auto index = static_cast<std::uint16_t>(schema_.choices.size());
        schema_.choices.push_back({owner + "." + name, std::move(options)});
        return field(std::move(name), TypeKind::choice, index);
    }
    std::vector<Field> take() { return std::move(fields_); }

 private:
    FieldList& add(std::string name, Type type) {
        Field field;
        field.name = std::move(name);
        field.type = schema_.type_index(type);
        fields_.push_back(std::move(field));
        return *this;
    }

    Schema& schema_;
    std::vector<Field> fields_;
};

void add_records(Schema& schema) {
    schema.records.push_back({"change", FieldList(schema)
                                            .optional("from", TypeKind::none)
                                            .optional("to", TypeKind::none)
                                            .optional("by", TypeKind::text)
                                            .field("override", TypeKind::boolean)
                                            .optional("reason", TypeKind::text)
                                            .field("at", TypeKind::datetime)
                                            .take()});
    schema.records.push_back({"error", FieldList(schema)
                                           .field("kind", TypeKind::text)
                                           .field("message", TypeKind::text)
                                           .field("action", TypeKind::text)
                                           .take()});
}

void add_entity(Schema& schema, std::string name, std::vector<Field> fields) {
    Entity entity;
    entity.name = std::move(name);
    entity.fields = std::move(fields);
    entity.read_only = true;
    schema.entities.push_back(std::move(entity));
}

void add_entities(Schema& schema) {
    add_entity(schema, "run",
               FieldList(schema)
                   .system()
                   .field("rule", TypeKind::text)
                   .choice("status", "run",
                           {"running", "waiting", "success", "failed", "stopped", "cancelled"})
                   .optional("entity", TypeKind::text)
                   .field("started_at", TypeKind::datetime)
                   .optional("ended_at", TypeKind::datetime)
                   .optional("error", TypeKind::text)
                   .field("file", TypeKind::text)
                   .field("line", TypeKind::integer)
                   .optional("waiting_for", TypeKind::text)
                   .optional("due_at", TypeKind::datetime)
                   .optional("question", TypeKind::text)
                   .take());
    add_entity(schema, "automation_log",
               FieldList(schema)
                   .system()
                   .field("run", TypeKind::reference, entity_run)
                   .field("rule", TypeKind::text)
                   .field("trigger", TypeKind::text)
                   .optional("entity", TypeKind::text)
                   .field("action", TypeKind::text)
                   .choice("status", "automation_log", {"success", "failed", "skipped"})
                   .optional("error", TypeKind::text)
                   .optional("metadata", TypeKind::json)
                   .field("at", TypeKind::datetime)
                   .take());
    add_entity(schema, "notification",
               FieldList(schema)
                   .system()
                   .field("user", TypeKind::text)
                   .field("title", TypeKind::text)
                   .field("channel", TypeKind::text)
                   .field("is_read", TypeKind::boolean)
                   .field("at", TypeKind::datetime)
                   .take());
    add_entity(schema, "effect",
               FieldList(schema)
                   .system()
                   .field("run", TypeKind::reference, entity_run)
                   .field("channel", TypeKind::text)
                   .field("action", TypeKind::text)
                   .optional("recipient", TypeKind::text)
                   .choice("status", "effect",
                           {"waiting", "sent", "failed", "undeliverable", "unknown", "simulated"})
                   .field("at", TypeKind::datetime)
                   .optional("payload", TypeKind::json)
                   .take());
    add_entity(
        schema, "scheduled_step",
        FieldList(schema)
            .system()
            .field("journey", TypeKind::text)
            .field("of", TypeKind::text)
            .field("name", TypeKind::text)
            .field("title", TypeKind::text)
            .field("at", TypeKind::datetime)
            .choice("state", "scheduled_step", {"planned", "moved", "skipped", "done", "failed"})
            .optional("reason", TypeKind::text)
            .optional("ran_at", TypeKind::datetime)
            .take());
}

}  // namespace

TypeIndex Schema::type_index(Type type) {
    for (std::size_t i = 0; i < types.size(); ++i)
        if (types[i] == type) return static_cast<TypeIndex>(i);
    // The checker refuses a rulebook with more types than an index can name.
    PAWL_CHECK(types.size() < 0xffff);
    types.push_back(type);
    return static_cast<TypeIndex>(types.size() - 1);
}

std::optional<EntityIndex> Schema::find_entity(std::string_view name) const {
    return find_named(entities, name);
}

std::optional<EventIndex> Schema::find_event(std::string_view name) const {
    return find_named(events, name);
}

std::optional<SettingIndex> Schema::find_setting(std::string_view name) const {
    return find_named(settings, name);
}

const StateMachine* Schema::find_states(EntityIndex entity, FieldIndex field) const {
    for (const StateMachine& machine : states)
        if (machine.entity == entity && machine.field == field) return &machine;
    return nullptr;
}

const Role* Schema::find_group(std::string_view group) const {
    for (const Role& role : people.roles)
        if (role.group == group) return &role;
    return nullptr;
}

std::string Schema::type_text(TypeIndex index) const {
    const Type& form = types[index];
    std::string text;
    switch (form.kind) {
        case TypeKind::choice: text = choice_text(choices[form.index]); break;
        case TypeKind::reference: text = "-> " + entities[form.index].name; break;
        case TypeKind::record: text = records[form.index].name; break;
        case TypeKind::list: text = "list of " + type_text(form.index); break;
        case TypeKind::event: text = "event " + events[form.index].name; break;
        default: text = kind_text(form.kind); break;
    }
    return form.optional ? text + " ?" : text;
}

std::optional<FieldIndex> find_field(const std::vector<Field>& fields, std::string_view name) {
    return find_named(fields, name);
}

Schema make_base_schema() {
    Schema schema;
    schema.types.push_back(Type{});
    add_records(schema);
    add_entities(schema);
    return schema;
}

}  // namespace pawl::rules
