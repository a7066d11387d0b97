#include <algorithm>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_types.h"

namespace pawl::dsl::internal {

namespace {

using rules::Value;

// The place of this declaration in its table, or nullptr when another one has its name.
const Named* place_of(Context& context, Space space, std::string_view key,
                      std::uint32_t declaration) {
    const Named* named = context.space(space).find(key);
    if (named == nullptr || named->declaration != declaration || named->lost) return nullptr;
    return named;
}

rules::TemplateFormat format_of(const TemplateDeclaration& form) {
    for (const TemplatePart& part : form.parts) {
        if (part.file.ends_with(".md")) return rules::TemplateFormat::markdown;
        if (part.file.ends_with(".html")) return rules::TemplateFormat::html;
    }
    return rules::TemplateFormat::text;
}

void declare_template(Context& context, const TemplateDeclaration& form,
                      std::uint32_t declaration) {
    const std::string key = template_key(form.channel.text, form.name.text);
    const Named* named = place_of(context, Space::template_, key, declaration);
    if (named == nullptr) return;
    rules::Template& entry = context.program().templates[named->index];
    entry.name = form.name.text;
    entry.channel = form.channel.text;
    entry.unit = context.unit_of_declaration[declaration];
    entry.format = format_of(form);
    entry.parameters = resolve_parameters(context, form.parameters, form.name.text);
}

void declare_notification(Context& context, const NotificationDeclaration& form,
                          std::uint32_t declaration) {
    const Named* named = place_of(context, Space::notification, form.name.text, declaration);
    if (named == nullptr) return;
    rules::Notification& entry = context.program().notifications[named->index];
    entry.name = form.name.text;
    entry.unit = context.unit_of_declaration[declaration];
    entry.critical = form.critical;
    entry.parameters = resolve_parameters(context, form.parameters, form.name.text);
}

void declare_flow(Context& context, const FlowDeclaration& form, std::uint32_t declaration) {
    const Named* named = place_of(context, Space::flow, form.name.text, declaration);
    if (named == nullptr) return;
    rules::Flow& entry = context.program().flows[named->index];
    entry.name = form.name.text;
    entry.unit = context.unit_of_declaration[declaration];
    entry.parameters = resolve_parameters(context, form.parameters, form.name.text);
    if (form.result)
        entry.result =
            context.type_index(resolve_parameter_type(context, *form.result, form.name.text));
}

void declare_lua_action(Context& context, const ActionDeclaration& form,
                        std::uint32_t declaration) {
    Named* named = context.space(Space::function).find(form.name.text);
    if (named == nullptr || named->declaration != declaration || named->lost) return;
    LuaAction action;
    action.parameters = resolve_parameters(context, form.parameters, form.name.text);
    action.pure = form.pure;
    if (form.result)
        action.result =
            context.type_index(resolve_parameter_type(context, *form.result, form.name.text));
    named->index = static_cast<std::uint32_t>(context.lua_actions.size());
    context.functions[form.name.text] = {FunctionKind::lua_action, named->index};
    context.lua_actions.push_back(std::move(action));
}

// The declared example of an answer, as a record value.
Value read_sample(Context& context, const ServiceAction& form, std::uint16_t record) {
    const std::vector<rules::Field> fields = context.schema().records[record].fields;
    std::vector<Value> values(fields.size());
    std::vector<bool> given(fields.size(), false);
    std::vector<std::string> names;
    for (const rules::Field& field : fields) names.push_back(field.name);
    for (const FieldValue& member : form.sample) {
        const auto field = rules::find_field(fields, member.name.text);
        if (!field) {
            context.report(DiagnosticCode::unknown_field, member.name.span,
                           "the answer of " + quoted(form.name.text) + " has no field " +
                               quoted(member.name.text),
                           did_you_mean(member.name.text, names));
            continue;
        }
        const Type type = context.type(fields[*field].type);
        auto value =
            constant_value(context, member.value, type, "the sample's " + quoted(member.name.text));
        given[*field] = true;
        if (value) values[*field] = std::move(*value);
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (given[i] || context.type(fields[i].type).optional) continue;
        context.report(
            DiagnosticCode::required_not_set, form.name.span,
            "the sample of " + quoted(form.name.text) + " gives no " + quoted(fields[i].name),
            "add `" + fields[i].name + ": …` to its `sample`");
    }
    return Value::record(record, std::move(values));
}

void declare_service_action(Context& context, const ServiceDeclaration& service,
                            const ServiceAction& form, std::uint32_t declaration) {
    const std::string key = service_member(service.name.text, form.name.text);
    const Named* named = place_of(context, Space::function, key, declaration);
    if (named == nullptr || context.schema().records.size() > limits::schema_names_max) return;
    rules::ServiceAction action;
    action.integration = service.name.text;
    action.name = key.substr(service.name.text.size() + 1);
    action.costs_money = form.costs_money;
    action.parameters = resolve_parameters(context, form.parameters, key);
    if (!form.answers.empty()) {
        const auto record = static_cast<std::uint16_t>(context.schema().records.size());
        std::vector<Span> spans;
        std::vector<rules::Field> fields = resolve_fields(context, form.answers, key, spans);
        context.schema().records.push_back({"answer of " + key, std::move(fields)});
        action.result = context.type_index({TypeKind::record, false, record});
        action.sample = read_sample(context, form, record);
    } else if (!form.sample.empty()) {
        context.report(DiagnosticCode::unknown_field, form.sample.front().name.span,
                       "the action " + quoted(form.name.text) + " has a sample and no `answers`",
                       "declare before it what the action `answers`");
    }
    context.program().actions.push_back(std::move(action));
}

// Actions are sorted by service and name, whatever file they stand in.
void number_actions(Context& context) {
    auto& actions = context.program().actions;
    std::sort(actions.begin(), actions.end(), [](const auto& left, const auto& right) {
        return std::tie(left.integration, left.name) < std::tie(right.integration, right.name);
    });
    for (std::uint32_t i = 0; i < actions.size(); ++i) {
        const std::string key = actions[i].integration + "." + actions[i].name;
        context.space(Space::function).find(key)->index = i;
        context.functions[key] = {FunctionKind::service_action, i};
    }
}

}  // namespace

void declare_actions(Context& context) {
    const auto& declarations = context.tree.declarations;
    for (const std::uint32_t i : context.order) {
        if (const auto* service = std::get_if<ServiceDeclaration>(&declarations[i].form))
            for (const ServiceAction& action : service->actions)
                declare_service_action(context, *service, action, i);
        if (const auto* action = std::get_if<ActionDeclaration>(&declarations[i].form))
            declare_lua_action(context, *action, i);
    }
    number_actions(context);
}

void declare_parameters(Context& context) {
    const auto& declarations = context.tree.declarations;
    for (const std::uint32_t i : context.order) {
        const auto& form = declarations[i].form;
        if (const auto* item = std::get_if<TemplateDeclaration>(&form))
            declare_template(context, *item, i);
        if (const auto* item = std::get_if<NotificationDeclaration>(&form))
            declare_notification(context, *item, i);
        if (const auto* item = std::get_if<FlowDeclaration>(&form)) declare_flow(context, *item, i);
        if (const auto* item = std::get_if<DefineDeclaration>(&form)) {
            const std::uint32_t unit = context.unit_of_declaration[i];
            if (unit != no_unit)
                context.defines[unit].parameters =
                    resolve_parameters(context, item->parameters, item->name.text);
        }
    }
}

}  // namespace pawl::dsl::internal
