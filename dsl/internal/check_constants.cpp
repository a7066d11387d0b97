#include "dsl/internal/check_constants.h"

#include "base/suggest.h"
#include "dsl/internal/check_types.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

using rules::Value;

const Literal* literal_of(const Tree& tree, ExpressionIndex index) {
    return std::get_if<Literal>(&tree.at(index).form);
}

// The literal of `-5`, for one minus.
const Literal* negated_literal(const Tree& tree, ExpressionIndex index) {
    const auto* unary = std::get_if<Unary>(&tree.at(index).form);
    if (unary == nullptr || unary->op != UnaryOperator::negate) return nullptr;
    return literal_of(tree, unary->operand);
}

std::optional<Value> option_value(Context& context, const Name& name, Type wanted,
                                  const std::string& what) {
    const auto& options = context.schema().choices[wanted.index].options;
    for (std::size_t i = 0; i < options.size(); ++i)
        if (options[i] == name.text) {
            context.use_option(wanted.index, name.text);
            return Value::choice(name.text);
        }
    std::string hint = did_you_mean(name.text, options);
    if (hint.empty()) hint = "its values are " + list_names(options);
    context.report_grouped({CauseKind::option, wanted.index, 0, name.text},
                           DiagnosticCode::unknown_option, name.span,
                           what + " cannot be " + quoted(name.text), std::move(hint));
    return std::nullopt;
}

std::optional<Value> negated(const Value& value) {
    switch (value.kind()) {
        case rules::Kind::integer: return Value::integer(-value.as_integer());
        case rules::Kind::number: return Value::number(-value.as_number());
        case rules::Kind::money:
            return Value::money({-value.as_money().minor, value.as_money().currency});
        case rules::Kind::duration: {
            const auto scaled = scale(value.as_duration(), -1);
            return scaled ? std::optional(Value::duration(*scaled)) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

Type widened(Type have, Type wanted) {
    const bool is_digits = is_numeric(have.kind);
    if (is_digits && wanted.kind == TypeKind::money) return plain(wanted);
    if (have.kind == TypeKind::integer && wanted.kind == TypeKind::number) return plain(wanted);
    return have;
}

std::optional<Value> list_value(Context& context, const ListLiteral& list, Type wanted,
                                const std::string& what) {
    const Type element = wanted.kind == TypeKind::list ? context.type(wanted.index) : Type{};
    std::vector<Value> items;
    for (const ExpressionIndex item : list.items) {
        auto value = constant_value(context, item, element, what);
        if (!value) return std::nullopt;
        items.push_back(std::move(*value));
    }
    return Value::list(std::move(items));
}

std::optional<Value> text_constant(Context& context, const std::string& text, Span span,
                                   Type wanted, const std::string& what) {
    const bool reads = is_unknown(wanted) || is_textual(wanted.kind) ||
                       wanted.kind == TypeKind::choice || wanted.kind == TypeKind::secret;
    if (!reads) {
        report_mismatch(context, span, what, simple(TypeKind::text), wanted);
        return std::nullopt;
    }
    auto value =
        text_value(text, is_unknown(wanted) ? simple(TypeKind::text) : wanted, context.schema());
    if (value) return *value;
    context.report(DiagnosticCode::value_out_of_range, span, value.error().message);
    return std::nullopt;
}

}  // namespace

bool require_zone(Context& context, Span span, std::string_view what) {
    if (!context.program().header.timezone.empty()) return true;
    if (!context.told_no_zone && !context.has_lost_declarations) {
        context.told_no_zone = true;
        context.report(DiagnosticCode::no_timezone, span,
                       std::string(what) + " is wall-clock time, and no time zone is in force",
                       "say `timezone Africa/Nairobi`, or where you are, in the rulebook's header");
    }
    return false;
}

void report_mismatch(Context& context, Span span, const std::string& what, Type have, Type wanted,
                     std::string hint) {
    context.report(
        DiagnosticCode::type_mismatch, span,
        what + " takes " + describe(context, wanted) + ", and this is " + describe(context, have),
        std::move(hint));
}

std::optional<Value> checked_literal(Context& context, const Literal& literal, Span span,
                                     TypeKind wanted) {
    const rules::Header& header = context.program().header;
    const bool is_money = wanted == TypeKind::money || literal_type(literal) == TypeKind::money;
    const bool has_letters = literal_type(literal) == TypeKind::money;
    if (is_money && header.currency.code == 0) {
        if (!context.told_no_currency && !context.has_lost_declarations) {
            context.told_no_currency = true;
            context.report(
                DiagnosticCode::money_without_currency, span,
                quoted(literal.text) + " is an amount of money, and the rulebook names no currency",
                "say `currency KES`, or what you are paid in, in the rulebook's header");
        }
        return std::nullopt;
    }
    if (literal.kind == LiteralKind::datetime && literal.text.find('Z') == std::string::npos &&
        literal.text.find('+') == std::string::npos && literal.text.rfind('-') < 8 &&
        !require_zone(context, span, quoted(literal.text)))
        return std::nullopt;
    auto value = literal_value(literal, wanted, header);
    if (!value) {
        context.report(DiagnosticCode::value_out_of_range, span, value.error().message);
        return std::nullopt;
    }
    if (is_money && has_letters && value->as_money().currency != header.currency) {
        context.report(DiagnosticCode::other_currency, span,
                       quoted(literal.text) + " is not in the rulebook's currency, which is `" +
                           header.currency.letters() + "`",
                       "a rulebook counts in one currency");
        return std::nullopt;
    }
    return *value;
}

bool is_constant(const Tree& tree, ExpressionIndex expression) {
    if (literal_of(tree, expression) != nullptr || negated_literal(tree, expression) != nullptr)
        return true;
    const auto* text = std::get_if<Text>(&tree.at(expression).form);
    return text != nullptr && constant_text(*text).has_value();
}

Type constant_type(Context& context, ExpressionIndex expression) {
    const auto& form = context.tree.at(expression).form;
    if (const auto* literal = literal_of(context.tree, expression))
        return simple(literal_type(*literal), literal->kind == LiteralKind::missing);
    if (const auto* literal = negated_literal(context.tree, expression))
        return simple(literal_type(*literal));
    if (std::holds_alternative<Text>(form)) return simple(TypeKind::text);
    if (const auto* list = std::get_if<ListLiteral>(&form)) {
        const Type element =
            list->items.empty() ? Type{} : constant_type(context, list->items.front());
        return {TypeKind::list, false, context.type_index(element)};
    }
    return {};
}

std::optional<Value> constant_value(Context& context, ExpressionIndex expression, Type wanted,
                                    const std::string& what) {
    const Expression& node = context.tree.at(expression);
    if (const auto* name = std::get_if<NameUse>(&node.form)) {
        if (wanted.kind == TypeKind::choice) return option_value(context, name->name, wanted, what);
    }
    if (const auto* text = std::get_if<Text>(&node.form)) {
        if (const auto whole = constant_text(*text)) {
            context.info(expression).type = context.type_index(simple(TypeKind::text));
            return text_constant(context, *whole, node.span, wanted, what);
        }
    }
    if (const auto* list = std::get_if<ListLiteral>(&node.form)) {
        if (is_unknown(wanted) || wanted.kind == TypeKind::list)
            return list_value(context, *list, wanted, what);
        report_mismatch(context, node.span, what, constant_type(context, expression), wanted);
        return std::nullopt;
    }
    const Literal* literal = literal_of(context.tree, expression);
    const Literal* minus = negated_literal(context.tree, expression);
    if (literal == nullptr && minus == nullptr) {
        context.report(DiagnosticCode::not_constant, node.span,
                       what + " must be written out, and this is worked out",
                       "write a number, a text, a date or one of the values listed");
        return std::nullopt;
    }
    const Type have = simple(literal_type(literal != nullptr ? *literal : *minus));
    const Type found = is_unknown(wanted) ? have : widened(have, wanted);
    if (literal != nullptr && literal->kind == LiteralKind::missing) return Value();
    if (fit(context, found, maybe(wanted)) == Fit::no) {
        report_mismatch(context, node.span, what, have, wanted);
        return std::nullopt;
    }
    auto value =
        checked_literal(context, literal != nullptr ? *literal : *minus, node.span, found.kind);
    if (!value || minus == nullptr) return value;
    return negated(*value);
}

}  // namespace pawl::dsl::internal
