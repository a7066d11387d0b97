#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_statements.h"

// Statements that reach people, services and flows.

namespace pawl::dsl::internal {

namespace {

// Known without a `channel` block of their own.
constexpr std::array<std::string_view, 5> usual_channels = {"email", "whatsapp", "sms", "dashboard",
                                                            "pdf"};

bool is_recipient_kind(const Context& context, Type type) {
    const auto& people = context.checked.program.schema.people;
    if (type.kind == TypeKind::reference) return !people.entity || *people.entity == type.index;
    return type.kind == TypeKind::email || type.kind == TypeKind::phone ||
           type.kind == TypeKind::group;
}

// Templates of that name on other channels, for the hint.
std::string other_channels(const Context& context, const std::string& name) {
    std::vector<std::string> channels;
    for (const rules::Template& entry : context.checked.program.templates)
        if (entry.name == name) channels.push_back(entry.channel);
    if (channels.empty()) return {};
    return quoted(name) + " is a template of " + list_names(channels);
}

bool gives_value(const Context& context, const Named& flow) {
    const auto* form =
        std::get_if<FlowDeclaration>(&context.tree.declarations[flow.declaration].form);
    return form == nullptr || form->result.has_value();
}

void refuse(Context& context, DiagnosticCode code, Span span, const std::string& what,
            std::string hint = {}) {
    context.report(code, span, what + ", which this version cannot do yet", std::move(hint));
}

}  // namespace

bool is_known_channel(Context& context, const Name& name) {
    if (std::find(usual_channels.begin(), usual_channels.end(), name.text) != usual_channels.end())
        return true;
    if (Named* named = context.space(Space::channel).find(name.text)) {
        named->used = true;
        return true;
    }
    std::vector<std::string> known(usual_channels.begin(), usual_channels.end());
    for (const std::string& own : context.space(Space::channel).names()) known.push_back(own);
    std::string hint = did_you_mean(name.text, known);
    if (hint.empty()) hint = "channels are " + list_names(known);
    context.report(DiagnosticCode::unknown_name, name.span,
                   "no channel is named " + quoted(name.text), std::move(hint));
    return false;
}

void check_recipient(Expressions& expressions, ExpressionIndex index, std::string_view channel) {
    Context& context = expressions.context();
    const Type due = simple(channel == "email"                          ? TypeKind::email
                            : channel == "sms" || channel == "whatsapp" ? TypeKind::phone
                                                                        : TypeKind::none);
    if (const auto* list = std::get_if<ListLiteral>(&context.tree.at(index).form)) {
        for (const ExpressionIndex item : list->items) check_recipient(expressions, item, channel);
        context.info(index).type = context.type_index({TypeKind::list, false, 0});
        return;
    }
    const Type type = expressions.check(index, due, Position::recipient);
    if (is_unknown(type)) return;
    if (type.optional) {
        expressions.report_missing(index, "a recipient");
        return;
    }
    const bool is_list = type.kind == TypeKind::list;
    if (is_recipient_kind(context, is_list ? context.type(type.index) : type)) return;
    const auto& people = context.schema().people;
    std::string hint = "an email address, a phone number or a group receives messages";
    if (people.entity)
        hint = "a record of " + quoted(context.schema().entities[*people.entity].name) +
               ", an email address, a phone number or a group receives messages";
    context.report(DiagnosticCode::not_a_recipient, context.tree.at(index).span,
                   "nobody is reached through " + describe(context, type), std::move(hint));
}

bool Statements::form(const SendStatement& send, Span) {
    const bool known = is_known_channel(context_, send.channel);
    if (known) context_.bind(send.channel, BindingKind::channel, 0);
    check_recipient(expressions_, send.to, send.channel.text);
    const std::string key = template_key(send.channel.text, send.template_name.text);
    Named* named = nullptr;
    if (known) {
        NameSpace& templates = context_.space(Space::template_);
        named = templates.find(key);
        if (named == nullptr && !templates.has_nameless_loss) {
            std::vector<std::string> names;
            for (const rules::Template& entry : context_.program().templates)
                if (entry.channel == send.channel.text) names.push_back(entry.name);
            std::string hint = other_channels(context_, send.template_name.text);
            if (hint.empty()) hint = did_you_mean(send.template_name.text, names);
            context_.report_grouped(
                {CauseKind::name, static_cast<std::uint32_t>(Space::template_), 0, key},
                DiagnosticCode::unknown_name, send.template_name.span,
                "no template of " + quoted(send.channel.text) + " is named " +
                    quoted(send.template_name.text),
                std::move(hint));
        }
    }
    if (named != nullptr && !named->lost) {
        named->used = true;
        context_.bind(send.template_name, BindingKind::template_, named->index);
        const auto& entry = context_.program().templates[named->index];
        expressions_.named_values(send.arguments, entry.parameters,
                                  {entry.name, send.template_name.span, entry.unit},
                                  Position::sealed);
    } else {
        if (named != nullptr) named->used = true;
        for (const FieldValue& value : send.arguments)
            expressions_.check_forgiving(value.value, Position::sealed);
    }
    for (const ExpressionIndex file : send.attachments) {
        refuse(context_, DiagnosticCode::template_not_yet, context_.tree.at(file).span,
               "this attaches a file");
    }
    return false;
}

bool Statements::form(const NotifyStatement& notify, Span) {
    check_recipient(expressions_, notify.to, "");
    const Named* named = context_.lookup(Space::notification, notify.notification);
    if (named == nullptr) {
        for (const FieldValue& value : notify.arguments)
            expressions_.check_forgiving(value.value, Position::sealed);
        return false;
    }
    context_.bind(notify.notification, BindingKind::notification, named->index);
    const auto& entry = context_.program().notifications[named->index];
    expressions_.named_values(notify.arguments, entry.parameters,
                              {entry.name, notify.notification.span, entry.unit}, Position::sealed);
    return false;
}

bool Statements::form(const AlertStatement& alert, Span) {
    const Type type = expressions_.check(alert.to, {}, Position::recipient);
    if (!is_unknown(type) && type.kind != TypeKind::group)
        context_.report(DiagnosticCode::not_a_recipient, context_.tree.at(alert.to).span,
                        "`alert` goes to a group, and this is " + describe(context_, type),
                        "name a group, as in `alert admins`, or use `notify`");
    check_shown_text(expressions_, alert.text, "`alert`");
    return false;
}

Type Statements::call(const CallForm& form, Span span, bool wants_result) {
    if (!is_none(form.once_as)) expressions_.check(form.once_as);
    const Named* named = context_.lookup(Space::function, form.action);
    if (named == nullptr) {
        for (const Argument& argument : form.arguments)
            expressions_.check_forgiving(argument.value, Position::sealed);
        return {};
    }
    const Function function = context_.functions[form.action.text];
    if (function.kind == FunctionKind::define) {
        for (const Argument& argument : form.arguments)
            expressions_.check_forgiving(argument.value);
        context_.report(DiagnosticCode::not_usable_here, form.action.span,
                        quoted(form.action.text) + " is a define, which is used in expressions",
                        "write `" + form.action.text + "(…)` without `call`");
        return {};
    }
    if (function.kind == FunctionKind::lua_action) {
        const LuaAction& action = context_.lua_actions[function.index];
        context_.bind(form.action, BindingKind::pure_action, function.index);
        expressions_.arguments(form.arguments, action.parameters,
                               {form.action.text, form.action.span}, Position::sealed);
        forget_records();
        return context_.type(action.result);
    }
    context_.bind(form.action, BindingKind::service_action, function.index);
    const rules::ServiceAction& action = context_.program().actions[function.index];
    expressions_.arguments(form.arguments, action.parameters, {form.action.text, form.action.span},
                           Position::sealed);
    forget_records();
    if (action.costs_money)
        context_.effects[unit_].paid_calls.push_back(
            {form.action.text, !is_none(form.once_as), form.action.span});
    if (wants_result && action.result == 0)
        context_.report(DiagnosticCode::misplaced, span,
                        "the action " + quoted(form.action.text) + " answers nothing",
                        "leave out `let`, or declare what it `answers`");
    return context_.type(action.result);
}

bool Statements::form(const CallStatement& statement, Span span) {
    call(statement.form, span, false);
    return false;
}

Type Statements::run(const RunForm& form, Span span, bool wants_result) {
    const Named* named = context_.lookup(Space::flow, form.flow);
    if (named == nullptr) {
        for (const Argument& argument : form.arguments)
            expressions_.check_forgiving(argument.value);
        return {};
    }
    context_.bind(form.flow, BindingKind::flow, named->index);
    const rules::Flow& flow = context_.program().flows[named->index];
    expressions_.arguments(form.arguments, flow.parameters, {flow.name, form.flow.span, flow.unit});
    context_.effects[unit_].runs.push_back({named->index, form.start, is_certain(), span});
    if (!form.start) forget_records();
    if (!form.start && flow_waits(context_, form.flow.text)) has_waited_ = true;
    if (!wants_result) return {};
    const Type result = context_.type(flow.result);
    if (form.start)
        context_.report(DiagnosticCode::misplaced, span,
                        "`start` does not wait for the flow, so it gives no value",
                        "write `run`, or leave out `let`");
    else if (!gives_value(context_, *named))
        context_.report(DiagnosticCode::misplaced, span,
                        "the flow " + quoted(flow.name) + " gives no value",
                        "leave out `let`, or write `-> type` after the flow's parameters");
    return form.start ? Type{} : result;
}

bool Statements::form(const RunStatement& statement, Span span) {
    run(statement.form, span, false);
    return false;
}

}  // namespace pawl::dsl::internal
