#include <algorithm>
#include <array>
#include <set>

#include "base/suggest.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_types.h"

namespace pawl::dsl::internal {

namespace {

std::vector<std::string> field_names(const rules::Entity& entity) {
    std::vector<std::string> names;
    for (const rules::Field& field : entity.fields) names.push_back(field.name);
    return names;
}

std::optional<FieldIndex> find_entity_field(Context& context, EntityIndex index, const Name& name) {
    const rules::Entity& entity = context.schema().entities[index];
    const auto field = rules::find_field(entity.fields, name.text);
    if (field) {
        context.bind(name, BindingKind::field, *field);
        context.use_field({TypeKind::reference, false, index}, *field);
    } else {
        const auto kind = static_cast<std::uint32_t>(TypeKind::reference);
        context.report_grouped({CauseKind::field, kind, index, name.text},
                               DiagnosticCode::unknown_field, name.span,
                               quoted(entity.name) + " has no field " + quoted(name.text),
                               did_you_mean(name.text, field_names(entity)));
    }
    return field;
}

void read_role_field(Context& context, const RolesDeclaration& form) {
    const Named* entity = context.lookup(Space::entity, form.entity);
    if (entity == nullptr) return;
    const auto index = static_cast<EntityIndex>(entity->index);
    context.bind(form.entity, BindingKind::entity, index);
    const auto field = find_entity_field(context, index, form.field);
    if (!field) return;
    rules::People& people = context.schema().people;
    people.entity = index;
    people.role = field;
    const Type type = context.type(context.schema().entities[index].fields[*field].type);
    if (is_unknown(type)) return;
    if (type.kind != TypeKind::choice) {
        context.report(DiagnosticCode::type_mismatch, form.field.span,
                       "roles are values of a field of type `one of …`, and " +
                           quoted(form.entity.text + "." + form.field.text) + " is " +
                           describe(context, type));
        return;
    }
    const auto& options = context.schema().choices[type.index].options;
    for (const auto& role : form.roles) {
        if (std::find(options.begin(), options.end(), role.name.text) != options.end()) {
            context.use_option(type.index, role.name.text);
            continue;
        }
        std::string hint = did_you_mean(role.name.text, options);
        if (hint.empty()) hint = "its values are " + list_names(options);
        context.report_grouped({CauseKind::option, type.index, 0, role.name.text},
                               DiagnosticCode::unknown_option, role.name.span,
                               quoted(form.entity.text + "." + form.field.text) + " cannot be " +
                                   quoted(role.name.text),
                               std::move(hint));
    }
}

void read_person(Context& context, const PersonDeclaration& form) {
    const Named* entity = context.lookup(Space::entity, form.entity);
    if (entity == nullptr) return;
    const auto index = static_cast<EntityIndex>(entity->index);
    rules::People& people = context.schema().people;
    if (people.entity && *people.entity != index) {
        context.report(DiagnosticCode::wrong_option, form.entity.span,
                       "the people are records of " +
                           quoted(context.schema().entities[*people.entity].name) +
                           ", as `roles` says",
                       "name the same entity in both");
        return;
    }
    people.entity = index;
    const std::array<std::pair<std::string_view, std::optional<FieldIndex>*>, 6> places = {
        {{"name", &people.name},
         {"email", &people.email},
         {"whatsapp", &people.whatsapp},
         {"phone", &people.phone},
         {"timezone", &people.timezone},
         {"language", &people.language}}};
    for (const OptionForm& option : form.options) {
        const auto place = std::find_if(places.begin(), places.end(), [&](const auto& entry) {
            return entry.first == option.name.text;
        });
        if (place == places.end()) {
            std::vector<std::string> known;
            for (const auto& [word, field] : places) known.emplace_back(word);
            context.report(DiagnosticCode::wrong_option, option.name.span,
                           "`person` does not know " + quoted(option.name.text),
                           "it takes " + list_names(known));
            continue;
        }
        if (option.words.empty()) continue;
        *place->second = find_entity_field(context, index, option.words.front());
    }
}

std::optional<std::uint16_t> find_option(Context& context, std::uint16_t choice_index,
                                         const Name& name) {
    const rules::ChoiceType& choice = context.schema().choices[choice_index];
    for (std::size_t i = 0; i < choice.options.size(); ++i)
        if (choice.options[i] == name.text) {
            context.use_option(choice_index, name.text);
            return static_cast<std::uint16_t>(i);
        }
    std::string hint = did_you_mean(name.text, choice.options);
    if (hint.empty()) hint = "its values are " + list_names(choice.options);
    context.report_grouped(
        {CauseKind::option, choice_index, 0, name.text}, DiagnosticCode::unknown_option, name.span,
        quoted(choice.name) + " cannot be " + quoted(name.text), std::move(hint));
    return std::nullopt;
}

std::vector<std::uint16_t> read_options(Context& context, std::uint16_t choice_index,
                                        const std::vector<Name>& names) {
    const rules::ChoiceType& choice = context.schema().choices[choice_index];
    std::set<std::uint16_t> options;
    for (const Name& name : names) {
        if (name.text == "any" && !name.quoted) {
            for (std::size_t i = 0; i < choice.options.size(); ++i)
                options.insert(static_cast<std::uint16_t>(i));
            continue;
        }
        if (const auto option = find_option(context, choice_index, name)) options.insert(*option);
    }
    return {options.begin(), options.end()};
}

void read_transitions(Context& context, const StatesDeclaration& form, std::uint16_t choice_index,
                      rules::StateMachine& machine) {
    for (const TransitionForm& arrow : form.transitions) {
        rules::Transition transition;
        transition.from = read_options(context, choice_index, arrow.from);
        transition.to = read_options(context, choice_index, arrow.to);
        for (const Name& role : arrow.by)
            if (context.lookup(Space::role, role) != nullptr) transition.by.push_back(role.text);
        machine.transitions.push_back(std::move(transition));
    }
}

void check_start(Context& context, const StatesDeclaration& form, const rules::Field& field,
                 std::uint16_t choice_index, rules::StateMachine& machine) {
    const std::string name = quoted(form.entity.text + "." + form.field.text);
    if (form.starts.empty()) {
        if (field.default_value && !field.default_value->is_missing())
            machine.start =
                find_option(context, choice_index,
                            {std::string(field.default_value->as_text()), form.field.span});
        return;
    }
    machine.start = find_option(context, choice_index, form.starts);
    if (!machine.start || !field.default_value || field.default_value->is_missing()) return;
    const std::string begins(field.default_value->as_text());
    if (begins == form.starts.text) return;
    context.report(DiagnosticCode::states_misfit, form.starts.span,
                   name + " starts as " + quoted(form.starts.text) + " here and as " +
                       quoted(begins) + " in its entity",
                   "write the same value in both places");
}

void declare_machine(Context& context, const StatesDeclaration& form) {
    const Named* entity = context.lookup(Space::entity, form.entity);
    if (entity == nullptr) return;
    const auto index = static_cast<EntityIndex>(entity->index);
    context.bind(form.entity, BindingKind::entity, index);
    const auto field_index = find_entity_field(context, index, form.field);
    if (!field_index) return;
    const rules::Field& field = context.schema().entities[index].fields[*field_index];
    const Type type = context.type(field.type);
    if (is_unknown(type)) return;
    const std::string name = quoted(form.entity.text + "." + form.field.text);
    if (type.kind != TypeKind::choice) {
        context.report(DiagnosticCode::states_misfit, form.field.span,
                       "states are values of a field of type `one of …`, and " + name + " is " +
                           describe(context, type));
        return;
    }
    if (context.schema().find_states(index, *field_index) != nullptr) {
        context.report(DiagnosticCode::name_taken, form.field.span,
                       "there are two `states` blocks for " + name, "join them into one");
        return;
    }
    const rules::ChoiceType& choice = context.schema().choices[type.index];
    rules::StateMachine machine;
    machine.entity = index;
    machine.field = *field_index;
    const std::size_t told = context.told_count();
    check_start(context, form, field, type.index, machine);
    read_transitions(context, form, type.index, machine);
    if (context.told_count() != told) context.damaged_states.emplace(index, *field_index);
    // A record that is made without a status has the first one.
    rules::Field& own = context.schema().entities[index].fields[*field_index];
    if (machine.start && !own.default_value)
        own.default_value = rules::Value::choice(choice.options[*machine.start]);
    context.schema().states.push_back(std::move(machine));
}

}  // namespace

void declare_people(Context& context) {
    rules::People& people = context.schema().people;
    const Declaration* first = nullptr;
    for (const Declaration& declaration : context.tree.declarations) {
        const auto* form = std::get_if<RolesDeclaration>(&declaration.form);
        if (form == nullptr) continue;
        if (first != nullptr) {
            context.report(DiagnosticCode::name_taken, declaration.span,
                           "there are two `roles` lines", "join them into one",
                           {{first->span, "the first one is here"}});
            continue;
        }
        first = &declaration;
        for (const auto& role : form->roles) {
            if (!context.declare(Space::role, role.name, {})) continue;
            if (!role.group.empty() && !context.declare(Space::group, role.group, {})) continue;
            people.roles.push_back({role.name.text, role.group.text});
        }
        if (!form->entity.empty()) read_role_field(context, *form);
    }
    for (const Declaration& declaration : context.tree.declarations)
        if (const auto* person = std::get_if<PersonDeclaration>(&declaration.form))
            read_person(context, *person);
    auto& groups = context.program().groups;
    groups = context.space(Space::group).names();
    for (std::uint32_t i = 0; i < groups.size(); ++i)
        context.space(Space::group).find(groups[i])->index = i;
    if (people.entity) {
        const Type who = {TypeKind::reference, true, *people.entity};
        context.schema().records[rules::record_change].fields[rules::change_by].type =
            context.type_index(who);
    }
}

void declare_states(Context& context) {
    for (const Declaration& declaration : context.tree.declarations)
        if (const auto* form = std::get_if<StatesDeclaration>(&declaration.form))
            declare_machine(context, *form);
    auto& states = context.schema().states;
    std::sort(states.begin(), states.end(), [](const auto& left, const auto& right) {
        return std::pair(left.entity, left.field) < std::pair(right.entity, right.field);
    });
}

}  // namespace pawl::dsl::internal
