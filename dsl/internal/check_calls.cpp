#include <algorithm>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_expressions.h"
#include "dsl/internal/check_time_hints.h"

namespace pawl::dsl::internal {

namespace {

using rules::Builtin;

struct BuiltinArity {
    std::size_t least;
    std::size_t most;
};

BuiltinArity arity_of(Builtin builtin) {
    static constexpr BuiltinArity table[] = {
#define PAWL_BUILTIN(name, least, most, sentence) {least, most},
#include "rules/builtin.def"
#undef PAWL_BUILTIN
    };
    return table[static_cast<std::size_t>(builtin)];
}

std::vector<std::string> parameter_names(const std::vector<rules::Parameter>& parameters) {
    std::vector<std::string> names;
    for (const rules::Parameter& parameter : parameters) names.push_back(parameter.name);
    return names;
}

std::optional<std::size_t> find_parameter(const std::vector<rules::Parameter>& parameters,
                                          std::string_view name) {
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (parameters[i].name == name) return i;
    return std::nullopt;
}

// "takes nothing", "takes `project` and `receipt`": what fits where an argument does not.
std::string takes(const std::vector<rules::Parameter>& parameters) {
    if (parameters.empty()) return "it takes nothing";
    return "it takes " + list_names(parameter_names(parameters));
}

bool is_instant(TypeKind kind) { return kind == TypeKind::date || kind == TypeKind::datetime; }

}  // namespace

std::vector<std::string> builtin_names() {
    return {
#define PAWL_BUILTIN(name, least, most, sentence) #name,
#include "rules/builtin.def"
#undef PAWL_BUILTIN
    };
}

void Expressions::report_not_taken(const Argument& argument,
                                   const std::vector<rules::Parameter>& wanted,
                                   const Callee& callee) {
    if (argument.name.empty()) {
        context_.report(DiagnosticCode::wrong_arguments, context_.tree.at(argument.value).span,
                        quoted(callee.name) + " takes no more than " +
                            std::to_string(wanted.size()) +
                            (wanted.size() == 1 ? " argument" : " arguments"),
                        takes(wanted));
        return;
    }
    const std::string hint = did_you_mean(argument.name.text, parameter_names(wanted));
    context_.report_grouped({CauseKind::local, callee.unit, 0, argument.name.text},
                            DiagnosticCode::wrong_arguments, argument.name.span,
                            quoted(callee.name) + " takes no " + quoted(argument.name.text),
                            hint.empty() ? takes(wanted) : hint);
}

void Expressions::arguments(const std::vector<Argument>& given,
                            const std::vector<rules::Parameter>& wanted, const Callee& callee,
                            Position position) {
    std::vector<bool> passed(wanted.size(), false);
    bool has_mistake = false;
    for (std::size_t at = 0; at < given.size(); ++at) {
        const Argument& argument = given[at];
        std::optional<std::size_t> place;
        if (!argument.name.empty())
            place = find_parameter(wanted, argument.name.text);
        else if (at < wanted.size())
            place = at;
        if (!place) {
            has_mistake = true;
            check_forgiving(argument.value, position);
            report_not_taken(argument, wanted, callee);
            continue;
        }
        if (passed[*place]) {
            context_.report(
                DiagnosticCode::set_twice,
                argument.name.empty() ? context_.tree.at(argument.value).span : argument.name.span,
                quoted(wanted[*place].name) + " is passed twice", "remove one of them");
            continue;
        }
        passed[*place] = true;
        if (!argument.name.empty())
            context_.bind(argument.name, BindingKind::parameter,
                          static_cast<std::uint32_t>(*place));
        require(argument.value, context_.type(wanted[*place].type),
                quoted(callee.name + "." + wanted[*place].name), position);
    }
    if (!has_mistake) report_not_passed(passed, wanted, callee);
}

void Expressions::report_not_passed(const std::vector<bool>& passed,
                                    const std::vector<rules::Parameter>& wanted,
                                    const Callee& callee) {
    std::vector<std::string> absent;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const Type type = context_.type(wanted[i].type);
        if (!passed[i] && !type.optional) absent.push_back(wanted[i].name);
    }
    if (absent.empty()) return;
    context_.report(DiagnosticCode::wrong_arguments, callee.span,
                    quoted(callee.name) + " needs " + list_names(absent) + ", which " +
                        (absent.size() == 1 ? "is" : "are") + " not passed",
                    "add `" + absent.front() + ": …`");
}

void Expressions::named_values(const std::vector<FieldValue>& given,
                               const std::vector<rules::Parameter>& wanted, const Callee& callee,
                               Position position) {
    std::vector<Argument> arguments_given;
    arguments_given.reserve(given.size());
    for (const FieldValue& value : given) arguments_given.push_back({value.name, value.value});
    arguments(arguments_given, wanted, callee, position);
}

Type Expressions::check_call(ExpressionIndex index, const CallExpression& call, Position position) {
    const Name& name = call.callee;
    const Span span = context_.tree.at(index).span;
    if (const auto found = rules::find_builtin(name.text); found && !name.quoted) {
        context_.info(index).binding = {BindingKind::builtin, static_cast<std::uint32_t>(*found)};
        std::vector<ExpressionIndex> operands;
        std::vector<Type> types;
        for (const Argument& argument : call.arguments) {
            operands.push_back(argument.value);
            types.push_back(check(argument.value));
        }
        return builtin(*found, name, operands, types);
    }
    if (Named* named = context_.space(Space::function).find(name.text)) {
        named->used = true;
        if (named->lost) return {};
        return call_function(index, call, *named, position);
    }
    if (name.text == "secret") {
        context_.report(DiagnosticCode::not_usable_here, span,
                        "`secret(…)` names a secret of an `integration` block", "write it there");
        return {};
    }
    for (const Argument& argument : call.arguments) check_forgiving(argument.value);
    if (context_.space(Space::flow).find(name.text) != nullptr) {
        context_.report(DiagnosticCode::not_usable_here, name.span,
                        quoted(name.text) + " is a flow, which an expression cannot run",
                        "write `let … = run " + name.text + "(…)` as a statement");
        return {};
    }
    if (context_.space(Space::function).has_nameless_loss) return {};
    std::vector<std::string> names = builtin_names();
    for (const std::string& define : context_.space(Space::function).names())
        names.push_back(define);
    std::string hint = did_you_mean(name.text, names);
    if (name.text == "min" || name.text == "max")
        hint = "of two values it is called `" + name.text + "imum`; of records: `" + name.text +
               "(x.amount for x in …)`";
    if (std::string length = hint_for_length_call(context_, call); !length.empty())
        hint = std::move(length);
    context_.report_grouped(
        {CauseKind::name, static_cast<std::uint32_t>(Space::function), 0, name.text},
        DiagnosticCode::unknown_name, name.span, "no define is named " + quoted(name.text),
        std::move(hint));
    return {};
}

Type Expressions::call_function(ExpressionIndex index, const CallExpression& call,
                                const Named& named, Position position) {
    const Function function = context_.functions[call.callee.text];
    const Span span = context_.tree.at(index).span;
    if (function.kind == FunctionKind::define) {
        context_.info(index).binding = {BindingKind::define, named.index};
        const Type result = define_result(context_, named.index, call.callee.span);
        arguments(call.arguments, context_.defines[named.index].parameters,
                  {call.callee.text, span, named.index});
        return result;
    }
    if (watch != nullptr && watch->on_query) watch->on_query(span, "an action");
    if (function.kind == FunctionKind::service_action) {
        context_.report(DiagnosticCode::not_usable_here, call.callee.span,
                        quoted(call.callee.text) + " calls the outside, which takes a statement",
                        "write `let reply = call " + call.callee.text + "(…)` before it");
        return {};
    }
    const LuaAction& action = context_.lua_actions[function.index];
    context_.info(index).binding = {BindingKind::pure_action, function.index};
    arguments(call.arguments, action.parameters, {call.callee.text, span}, position);
    if (!action.pure) {
        context_.report(DiagnosticCode::not_usable_here, call.callee.span,
                        "expressions call only actions declared `pure`",
                        "write `let … = call " + call.callee.text + "(…)` before it");
        return {};
    }
    return context_.type(action.result);
}

// What the functions of the language take and give. The evaluator implements them.
Type Expressions::builtin(Builtin builtin, const Name& name,
                          const std::vector<ExpressionIndex>& operands,
                          const std::vector<Type>& types) {
    const BuiltinArity arity = arity_of(builtin);
    if (types.size() < arity.least || types.size() > arity.most) {
        const std::string count = arity.least == arity.most ? std::to_string(arity.least)
                                                            : std::to_string(arity.least) + " to " +
                                                                  std::to_string(arity.most);
        context_.report(DiagnosticCode::wrong_arguments, name.span,
                        quoted(name.text) + " takes " + count +
                            (arity.most == 1 ? " value, and here are " : " values, and here are ") +
                            std::to_string(types.size()));
        return {};
    }
    for (const Type type : types)
        if (is_unknown(type)) return {};
    bool optional = false;
    for (const Type type : types) optional = optional || type.optional;
    const auto refuse = [&](std::size_t which, std::string_view due) {
        context_.report(DiagnosticCode::type_mismatch, context_.tree.at(operands[which]).span,
                        quoted(name.text) + " takes " + std::string(due) + ", and this is " +
                            describe(context_, types[which]));
        return Type{};
    };
    const auto demand_text = [&](std::size_t which) {
        return is_textual(types[which].kind) || types[which].kind == TypeKind::choice;
    };
    const TypeKind first = types.front().kind;
    switch (builtin) {
        case Builtin::round:
            if (!is_numeric(first) && first != TypeKind::money) return refuse(0, "a number");
            if (types.size() == 2 && types[1].kind != TypeKind::integer)
                return refuse(1, "a whole number of decimals");
            return simple(first, optional);
        case Builtin::floor:
        case Builtin::ceiling:
            if (!is_numeric(first)) return refuse(0, "a number");
            return simple(TypeKind::integer, optional);
        case Builtin::absolute:
            if (!is_numeric(first) && first != TypeKind::money) return refuse(0, "a number");
            return simple(first, optional);
        case Builtin::minimum:
        case Builtin::maximum: return extreme(name, operands, types, optional);
        case Builtin::lower:
        case Builtin::upper:
        case Builtin::capitalize:
        case Builtin::trim:
            if (!demand_text(0)) return refuse(0, "a text");
            return simple(TypeKind::text, optional);
        case Builtin::length:
            if (!demand_text(0) && first != TypeKind::list) return refuse(0, "a text or a list");
            return simple(TypeKind::integer, optional);
        case Builtin::split:
            if (first == TypeKind::money) {
                if (types[1].kind != TypeKind::integer)
                    return refuse(1, "a whole number of shares");
                return {TypeKind::list, optional, context_.type_index(simple(TypeKind::money))};
            }
            if (!demand_text(0)) return refuse(0, "a text or money");
            if (!demand_text(1)) return refuse(1, "a separator");
            return {TypeKind::list, optional, context_.type_index(simple(TypeKind::text))};
        case Builtin::join:
            if (first != TypeKind::list) return refuse(0, "a list");
            if (types.size() == 2 && !demand_text(1)) return refuse(1, "a separator");
            return simple(TypeKind::text, optional);
        case Builtin::replace:
            for (std::size_t i = 0; i < 3; ++i)
                if (!demand_text(i)) return refuse(i, "a text");
            return simple(TypeKind::text, optional);
        case Builtin::date:
            if (first != TypeKind::datetime) return refuse(0, "a datetime");
            require_zone(context_, name.span, "`date(…)`");
            return simple(TypeKind::date, optional);
        case Builtin::year:
        case Builtin::month:
        case Builtin::day:
        case Builtin::weekday:
            if (!is_instant(first)) return refuse(0, "a date or a datetime");
            if (first == TypeKind::datetime)
                require_zone(context_, name.span, quoted(name.text + "(…)"));
            return simple(builtin == Builtin::weekday ? TypeKind::text : TypeKind::integer,
                          optional);
        case Builtin::plain: return simple(TypeKind::text, optional);
    }
    return {};
}

Type Expressions::extreme(const Name& name, const std::vector<ExpressionIndex>& operands,
                          const std::vector<Type>& types, bool optional) {
    Type due = types.front();
    for (const Type type : types) {
        if (type.kind == TypeKind::money) due = type;
        if (type.kind == TypeKind::number && due.kind == TypeKind::integer) due = type;
    }
    const bool has_order = is_numeric(due.kind) || due.kind == TypeKind::money ||
                           due.kind == TypeKind::duration || due.kind == TypeKind::date ||
                           due.kind == TypeKind::datetime || due.kind == TypeKind::time ||
                           is_textual(due.kind);
    for (std::size_t i = 0; i < types.size(); ++i) {
        const Type adapted = adapt(operands[i], types[i], plain(due));
        const Fit fits = fit(context_, plain(adapted), plain(due));
        if (fits == Fit::no || !has_order) {
            context_.report(DiagnosticCode::type_mismatch, context_.tree.at(operands[i]).span,
                            quoted(name.text) +
                                " takes values of one type that have an order, "
                                "and this is " +
                                describe(context_, types[i]));
            return {};
        }
        if (fits == Fit::converts && context_.info(operands[i]).converted_to == 0)
            convert_to(operands[i], due);
    }
    return {due.kind, optional, due.index};
}

}  // namespace pawl::dsl::internal
