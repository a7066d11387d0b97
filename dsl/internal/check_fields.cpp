#include <algorithm>

#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_types.h"

namespace pawl::dsl::internal {

namespace {

using rules::Field;

bool is_system_field(std::string_view name) {
    return name == "id" || name == "created_at" || name == "updated_at";
}

// Words of a type that mean something in an event or in an entity only.
void check_field_words(Context& context, const FieldForm& form, bool in_entity) {
    if (form.type.required && (in_entity || form.type.kind != TypeFormKind::reference))
        context.report(DiagnosticCode::misplaced, form.span,
                       "`required` belongs before the `->` of an event's field",
                       "remove `required`");
    if (form.type.deleted_with_it && !in_entity)
        context.report(DiagnosticCode::misplaced, form.span,
                       "`(deleted with it)` belongs to an entity's reference",
                       "remove `(deleted with it)`");
}

void read_unique_sets(Context& context, const EntityDeclaration& form, std::uint16_t index) {
    rules::Entity& entity = context.schema().entities[index];
    for (std::size_t i = 0; i < entity.fields.size(); ++i)
        if (entity.fields[i].unique) entity.unique_sets.push_back({static_cast<FieldIndex>(i)});
    for (const auto& set : form.unique_sets) {
        std::vector<FieldIndex> fields;
        for (const Name& name : set.fields) {
            const auto field = rules::find_field(entity.fields, name.text);
            if (!field) {
                std::vector<std::string> names;
                for (const Field& known : entity.fields) names.push_back(known.name);
                context.report_grouped(
                    {CauseKind::field, static_cast<std::uint32_t>(TypeKind::reference), index,
                     name.text},
                    DiagnosticCode::unknown_field, name.span,
                    quoted(entity.name) + " has no field " + quoted(name.text),
                    did_you_mean(name.text, names));
                continue;
            }
            context.bind(name, BindingKind::field, *field);
            context.use_field({TypeKind::reference, false, index}, *field);
            fields.push_back(*field);
        }
        if (fields.size() == set.fields.size()) entity.unique_sets.push_back(std::move(fields));
    }
}

void declare_entity(Context& context, const EntityDeclaration& form, std::uint32_t declaration) {
    const Named* named = context.space(Space::entity).find(form.name.text);
    if (named == nullptr || named->declaration != declaration || named->lost) return;
    std::vector<Span> spans(rules::system_field_count);
    std::vector<Field> fields;
    for (const auto& [name, kind] :
         {std::pair("id", TypeKind::text), std::pair("created_at", TypeKind::datetime),
          std::pair("updated_at", TypeKind::datetime)}) {
        Field field;
        field.name = name;
        field.type = context.type_index(simple(kind));
        fields.push_back(std::move(field));
    }
    std::vector<Field> own = resolve_fields(context, form.fields, form.name.text, spans);
    for (Field& field : own) fields.push_back(std::move(field));
    for (const FieldForm& field : form.fields) check_field_words(context, field, true);
    rules::Entity& entity = context.schema().entities[named->index];
    entity.fields = std::move(fields);
    read_unique_sets(context, form, static_cast<std::uint16_t>(named->index));
    context.entity_field_spans[named->index] = std::move(spans);
}

void declare_record(Context& context, const RecordDeclaration& form, std::uint32_t declaration) {
    const Named* named = context.space(Space::record).find(form.name.text);
    if (named == nullptr || named->declaration != declaration || named->lost) return;
    std::vector<Span> spans;
    context.schema().records[named->index].fields =
        resolve_fields(context, form.fields, form.name.text, spans);
    context.record_field_spans.resize(context.schema().records.size());
    context.record_field_spans[named->index] = std::move(spans);
}

void declare_event(Context& context, const EventDeclaration& form, const std::string& key,
                   std::uint32_t declaration) {
    const Named* named = context.space(Space::event).find(key);
    if (named == nullptr || named->declaration != declaration || named->lost) return;
    std::vector<Span> spans;
    std::vector<Field> fields = resolve_fields(context, form.fields, key, spans);
    for (const FieldForm& field : form.fields) check_field_words(context, field, false);
    rules::EventType& event = context.schema().events[named->index];
    event.fields = std::move(fields);
    context.event_field_spans[named->index] = std::move(spans);
    if (form.about.empty()) return;
    const auto about = rules::find_field(event.fields, form.about.text);
    if (about) {
        event.about = *about;
        context.use_field({TypeKind::event, false, static_cast<std::uint16_t>(named->index)},
                          *about);
        context.bind(form.about, BindingKind::member, *about);
        return;
    }
    std::vector<std::string> names;
    for (const Field& field : event.fields) names.push_back(field.name);
    context.report_grouped(
        {CauseKind::field, static_cast<std::uint32_t>(TypeKind::event), named->index,
         form.about.text},
        DiagnosticCode::unknown_field, form.about.span,
        "the event " + quoted(key) + " has no field " + quoted(form.about.text) + " to be about",
        did_you_mean(form.about.text, names));
}

// A record that holds itself, however deep, has no first value.
void check_record_cycles(Context& context) {
    const auto& records = context.schema().records;
    std::vector<std::uint8_t> state(records.size(), 0);
    struct Step {
        std::uint16_t record;
        std::size_t field;
    };
    for (std::uint16_t start = 0; start < records.size(); ++start) {
        if (state[start] != 0) continue;
        std::vector<Step> path{{start, 0}};
        state[start] = 1;
        while (!path.empty()) {
            Step& step = path.back();
            const auto& fields = records[step.record].fields;
            if (step.field == fields.size()) {
                state[step.record] = 2;
                path.pop_back();
                continue;
            }
            const Type type = context.type(fields[step.field++].type);
            if (type.kind != TypeKind::record || type.optional || state[type.index] == 2) continue;
            if (state[type.index] == 1) {
                const Named* named = context.space(Space::record).find(records[type.index].name);
                if (named != nullptr)
                    context.report(
                        DiagnosticCode::calls_itself, named->span,
                        "every " + quoted(records[type.index].name) + " would hold another one",
                        "make the field a `list of`, or optional with `?`");
                state[type.index] = 2;
                continue;
            }
            state[type.index] = 1;
            path.push_back({type.index, 0});
        }
    }
}

void declare_defaults(Context& context, const std::vector<FieldForm>& forms,
                      std::vector<Field>& fields, const std::string& owner) {
    std::unordered_map<std::string_view, Field*> by_name;
    for (Field& field : fields) by_name.emplace(field.name, &field);
    for (const FieldForm& form : forms) {
        if (is_none(form.default_value)) continue;
        const auto found = by_name.find(form.name.text);
        if (found == by_name.end()) continue;
        const Type type = context.type(found->second->type);
        if (is_unknown(type)) continue;
        auto value = constant_value(context, form.default_value, type,
                                    "the default of " + quoted(owner + "." + form.name.text));
        if (value && value->is_missing() && !type.optional)
            context.report(DiagnosticCode::may_be_missing, context.tree.at(form.default_value).span,
                           quoted(owner + "." + form.name.text) + " must have a value",
                           "write `?` after its type, or another default");
        // After a mistake there is a default all the same, though nobody knows which.
        found->second->default_value = value ? std::move(*value) : rules::Value();
    }
}

}  // namespace

std::vector<Field> resolve_fields(Context& context, const std::vector<FieldForm>& forms,
                                  const std::string& owner, std::vector<Span>& spans) {
    std::vector<Field> fields;
    std::unordered_map<std::string_view, Span> seen;
    const bool in_entity = spans.size() == rules::system_field_count;
    for (const FieldForm& form : forms) {
        if (in_entity && is_system_field(form.name.text)) {
            context.report(DiagnosticCode::name_of_language, form.name.span,
                           "every entity has " + quoted(form.name.text) + " already",
                           "remove the field, or give it another name");
            continue;
        }
        const auto [earlier, is_new] = seen.emplace(form.name.text, form.name.span);
        if (!is_new) {
            context.report(DiagnosticCode::name_taken, form.name.span,
                           quoted(owner) + " has two fields named " + quoted(form.name.text),
                           "rename one of them",
                           {{earlier->second, quoted(form.name.text) + " is first here"}});
            continue;
        }
        if (fields.size() >= limits::declaration_fields_max) {
            context.report(DiagnosticCode::too_many, form.name.span,
                           quoted(owner) + " has more than " +
                               std::to_string(limits::declaration_fields_max) + " fields",
                           "divide it into several");
            break;
        }
        Field field;
        field.name = form.name.text;
        field.type =
            context.type_index(resolve_type(context, form.type, owner + "." + form.name.text));
        field.unique = form.unique;
        field.required = form.type.required;
        field.deleted_with_it = form.type.deleted_with_it;
        // A list that is not given is empty.
        if (context.type(field.type).kind == TypeKind::list && !form.type.optional)
            field.default_value = rules::Value::list({});
        fields.push_back(std::move(field));
        spans.push_back(form.name.span);
    }
    return fields;
}

std::vector<rules::Parameter> resolve_parameters(Context& context,
                                                 const std::vector<ParameterForm>& forms,
                                                 const std::string& owner) {
    std::vector<rules::Parameter> parameters;
    std::unordered_map<std::string_view, Span> seen;
    for (const ParameterForm& form : forms) {
        const auto [earlier, is_new] = seen.emplace(form.name.text, form.name.span);
        if (!is_new) {
            context.report(DiagnosticCode::name_taken, form.name.span,
                           quoted(owner) + " has two parameters named " + quoted(form.name.text),
                           "rename one of them",
                           {{earlier->second, quoted(form.name.text) + " is first here"}});
            continue;
        }
        if (parameters.size() >= limits::declaration_fields_max) {
            context.report(DiagnosticCode::too_many, form.name.span,
                           quoted(owner) + " has more than " +
                               std::to_string(limits::declaration_fields_max) + " parameters",
                           "divide it into several");
            break;
        }
        const Type type = resolve_parameter_type(context, form.type, owner + "." + form.name.text);
        parameters.push_back({form.name.text, context.type_index(type)});
    }
    return parameters;
}

void declare_fields(Context& context) {
    const auto& declarations = context.tree.declarations;
    for (const std::uint32_t i : context.order) {
        const auto& form = declarations[i].form;
        if (const auto* entity = std::get_if<EntityDeclaration>(&form))
            declare_entity(context, *entity, i);
        if (const auto* record = std::get_if<RecordDeclaration>(&form))
            declare_record(context, *record, i);
        if (const auto* event = std::get_if<EventDeclaration>(&form))
            declare_event(context, *event, event->name.text, i);
        if (const auto* service = std::get_if<ServiceDeclaration>(&form))
            for (const EventDeclaration& event : service->events)
                declare_event(context, event, service_member(service->name.text, event.name.text),
                              i);
    }
    check_record_cycles(context);
}

void declare_field_defaults(Context& context) {
    const auto& declarations = context.tree.declarations;
    rules::Schema& schema = context.schema();
    for (const std::uint32_t i : context.order) {
        const auto& form = declarations[i].form;
        const auto is_mine = [&](Space space, const std::string& name) {
            const Named* named = context.space(space).find(name);
            return named != nullptr && named->declaration == i ? named : nullptr;
        };
        if (const auto* entity = std::get_if<EntityDeclaration>(&form))
            if (const Named* named = is_mine(Space::entity, entity->name.text))
                declare_defaults(context, entity->fields, schema.entities[named->index].fields,
                                 entity->name.text);
        if (const auto* record = std::get_if<RecordDeclaration>(&form))
            if (const Named* named = is_mine(Space::record, record->name.text))
                declare_defaults(context, record->fields, schema.records[named->index].fields,
                                 record->name.text);
        if (const auto* event = std::get_if<EventDeclaration>(&form))
            if (const Named* named = is_mine(Space::event, event->name.text))
                declare_defaults(context, event->fields, schema.events[named->index].fields,
                                 event->name.text);
        if (const auto* service = std::get_if<ServiceDeclaration>(&form)) {
            for (const EventDeclaration& event : service->events) {
                const std::string key = service_member(service->name.text, event.name.text);
                if (const Named* named = is_mine(Space::event, key))
                    declare_defaults(context, event.fields, schema.events[named->index].fields,
                                     key);
            }
        }
    }
}

}  // namespace pawl::dsl::internal
