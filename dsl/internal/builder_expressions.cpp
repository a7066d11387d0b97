#include "dsl/internal/builder_expressions.h"

namespace pawl::dsl {

namespace {

ExpressionIndex first_value(Parts& parts) {
    return std::get<ExpressionIndex>(parts.all().front().value);
}

// sum(x.amount for x in E) is a query, whose parentheses are the function's.
struct Aggregate {
    std::string_view name;
    QueryKind kind;
};
constexpr Aggregate aggregates[] = {{"sum", QueryKind::sum},
                                    {"avg", QueryKind::average},
                                    {"min", QueryKind::minimum},
                                    {"max", QueryKind::maximum},
                                    {"percentile", QueryKind::percentile}};

const Aggregate* aggregate_of(Builder& b, const std::vector<Name>& names,
                              const std::vector<Argument>& arguments) {
    if (names.size() != 1 || names[0].quoted || arguments.empty()) return nullptr;
    const Expression& first = b.tree().at(arguments[0].value);
    const auto* query = std::get_if<QueryExpression>(&first.form);
    if (query == nullptr || query->kind != QueryKind::list || query->parenthesised) return nullptr;
    if (!arguments[0].name.empty()) return nullptr;
    for (const Aggregate& aggregate : aggregates) {
        if (names[0].text != aggregate.name) continue;
        const std::size_t wanted = aggregate.kind == QueryKind::percentile ? 2 : 1;
        return arguments.size() == wanted ? &aggregate : nullptr;
    }
    return nullptr;
}

}  // namespace

void push_operator(Builder& b, Parts& parts, BinaryOperator op) {
    b.push(parts.span(), OperatorPart{op});
}

void push_query(Builder& b, Parts& parts, QueryKind kind) {
    QueryExpression query;
    query.kind = kind;
    query.limit = parts.value(Tag::limit);
    query.variable = parts.name(Tag::variable);
    query.source = parts.value(Tag::source);
    query.where = parts.value(Tag::where);
    query.order = parts.every<OrderKey>(Tag::key);
    query.parenthesised = parts.has(Tag::quoted);
    b.push_expression(parts.span(), std::move(query));
}

void push_literal(Builder& b, Parts& parts, LiteralKind kind) {
    std::string text(b.text().substr(parts.span().begin, parts.span().end - parts.span().begin));
    if (kind == LiteralKind::money) {  // one space before the currency, whatever was written
        const std::size_t space = text.find(' ');
        text = text.substr(0, space + 1) + text.substr(text.size() - 3);
    }
    b.push_expression(parts.span(), Literal{kind, std::move(text)});
}

void build_order_key(Builder& b, Parts& parts) {
    b.push(parts.span(), OrderKey{parts.value(Tag::key), parts.has(Tag::descending)}, Tag::key);
}

void build_comprehension(Builder& b, Parts& parts) {
    QueryExpression query;
    query.kind = QueryKind::list;
    query.selected = first_value(parts);
    query.variable = parts.name(Tag::variable);
    query.source = parts.value(Tag::source);
    query.where = parts.value(Tag::where);
    query.order = parts.every<OrderKey>(Tag::key);
    b.push_expression(parts.span(), std::move(query));
}

void build_loop_head(Builder& b, Parts& parts) {
    Name variable = parts.name(Tag::variable);
    ExpressionIndex source = parts.value(Tag::source);
    const ExpressionIndex where = parts.value(Tag::where);
    std::vector<OrderKey> order = parts.every<OrderKey>(Tag::key);
    if (!is_none(where) || !order.empty()) {
        QueryExpression query;
        query.kind = QueryKind::all;
        query.variable = variable;
        query.source = source;
        query.where = where;
        query.order = std::move(order);
        source = b.add(cover(variable.span, parts.span()), std::move(query));
    }
    const Span span = variable.span;
    b.push(span, std::move(variable), Tag::variable);
    b.push(parts.span(), source, Tag::source);
}

void build_member(Builder& b, Parts& parts) {
    b.push_expression(parts.span(), Member{first_value(parts), parts.name(Tag::none)});
}

void build_argument(Builder& b, Parts& parts) {
    Argument argument{parts.name(Tag::name), parts.value(Tag::value)};
    b.push(parts.span(), std::move(argument), Tag::arguments);
}

void build_field_value(Builder& b, Parts& parts) {
    b.push(parts.span(), FieldValue{parts.name(Tag::name), parts.value(Tag::value)});
}

ExpressionIndex add_path(Builder& b, std::span<const Name> names) {
    PAWL_CHECK(!names.empty());
    ExpressionIndex index = b.add(names.front().span, NameUse{names.front()});
    for (const Name& name : names.subspan(1)) {
        const Span span = cover(names.front().span, name.span);
        index = b.add(span, Member{index, name});
    }
    return index;
}

Name dotted(Builder&, std::span<const Name> names) {
    PAWL_CHECK(!names.empty());
    Name whole = names.front();
    for (const Name& name : names.subspan(1)) {
        whole.text += '.';
        whole.text += name.text;
        whole.span = cover(whole.span, name.span);
    }
    return whole;
}

void build_path(Builder& b, Parts& parts) {
    const std::vector<Name> names = parts.names(Tag::none);
    if (!parts.has(Tag::call)) {
        if (names.size() == 1) b.suspect_if_keyword(names.front(), "value");
        b.push(parts.span(), add_path(b, names));
        return;
    }
    std::vector<Argument> arguments = parts.every<Argument>(Tag::arguments);
    if (const Aggregate* aggregate = aggregate_of(b, names, arguments)) {
        auto query = std::get<QueryExpression>(b.tree().at(arguments[0].value).form);
        query.kind = aggregate->kind;
        query.parenthesised = true;
        if (arguments.size() == 2) query.percent = arguments[1].value;
        b.push_expression(parts.span(), std::move(query));
        return;
    }
    b.push_expression(parts.span(), CallExpression{dotted(b, names), std::move(arguments)});
}

void build_moment(Builder& b, Parts& parts) {
    const Span span = parts.span();
    b.push_expression(span, NameUse{Name{std::string(b.sources().text(span)), span, false}});
}

void build_parenthesised(Builder& b, Parts& parts) {
    const ExpressionIndex index = first_value(parts);
    Expression& expression = b.tree().at(index);
    expression.in_parentheses = true;
    if (auto* query = std::get_if<QueryExpression>(&expression.form)) query->parenthesised = true;
    b.push(parts.span(), index);
}

void build_list(Builder& b, Parts& parts) {
    b.push_expression(parts.span(), ListLiteral{parts.values(Tag::none)});
}

void build_object(Builder& b, Parts& parts) {
    ObjectLiteral object;
    for (FieldValue& field : parts.fields(Tag::none))
        object.members.push_back({std::move(field.name), field.value});
    b.push_expression(parts.span(), std::move(object));
}

void build_as(Builder& b, Parts& parts) {
    b.push_expression(parts.span(), AsType{first_value(parts), parts.one<TypeForm>(Tag::type)});
}

void build_negate(Builder& b, Parts& parts) {
    b.push_expression(parts.span(), Unary{UnaryOperator::negate, first_value(parts)});
}

void build_not(Builder& b, Parts& parts) {
    b.push_expression(parts.span(), Unary{UnaryOperator::not_, first_value(parts)});
}

void build_binary(Builder& b, Parts& parts) {
    const std::span<Part> all = parts.all();
    Binary binary;
    binary.left = std::get<ExpressionIndex>(all[0].value);
    binary.op = std::get<OperatorPart>(all[1].value).op;
    binary.operator_span = all[1].span;
    binary.right = std::get<ExpressionIndex>(all[2].value);
    binary.ignoring_case = parts.has(Tag::ignoring_case);
    b.push_expression(parts.span(), binary);
}

void build_range(Builder& b, Parts& parts) {
    const std::vector<ExpressionIndex> values = parts.values(Tag::none);
    b.push_expression(parts.span(), RangeExpression{values.at(0), values.at(1)});
}

void build_default(Builder& b, Parts& parts) {
    const std::vector<ExpressionIndex> values = parts.values(Tag::none);
    b.push_expression(parts.span(), OrDefault{values.at(0), values.at(1)});
}

void build_is(Builder& b, Parts& parts) {
    const ExpressionIndex value = first_value(parts);
    const bool negated = parts.has(Tag::not_);
    if (parts.has(Tag::missing) || parts.has(Tag::present)) {
        b.push_expression(parts.span(), Presence{value, parts.has(Tag::present) != negated});
        return;
    }
    Binary binary;
    binary.op = negated ? BinaryOperator::is_not : BinaryOperator::is;
    binary.left = value;
    binary.right = parts.value(Tag::value);
    const Span word = parts.span_of(Tag::verb);
    binary.operator_span = negated ? cover(word, parts.span_of(Tag::not_)) : word;
    b.push_expression(parts.span(), binary);
}

void build_between(Builder& b, Parts& parts) {
    b.push_expression(parts.span(), Between{first_value(parts), parts.value(Tag::from),
                                            parts.value(Tag::to), parts.has(Tag::not_)});
}

// ---- Texts -------------------------------------------------------------------------------------

void build_text(Builder& b, Parts& parts) {
    b.push_expression(parts.span(), Text{parts.every<TextPiece>(Tag::none)});
}

void build_zone(Builder& b, Parts& parts) {
    TextPiece piece;
    piece.text = parts.name(Tag::none).text;
    piece.span = parts.span();
    b.push_expression(parts.span(), Text{{std::move(piece)}});
}

void build_text_expression(Builder& b, Parts& parts) {
    TextPiece piece;
    piece.expression = first_value(parts);
    piece.filters = parts.every<TextFilter>(Tag::none);
    piece.span = parts.span();
    b.push(parts.span(), std::move(piece));
}

void build_filter(Builder& b, Parts& parts) {
    b.push(parts.span(), TextFilter{parts.name(Tag::none), parts.values(Tag::none)});
}

// ---- Types and fields --------------------------------------------------------------------------

void build_type(Builder& b, Parts& parts) {
    TypeForm type;
    type.span = parts.span();
    if (parts.has_one<TypeForm>(Tag::type)) {
        type.kind = TypeFormKind::list;
        type.element.push_back(parts.one<TypeForm>(Tag::type));
    } else if (parts.has(Tag::values)) {
        type.kind = TypeFormKind::choice;
        type.options = parts.names(Tag::values);
    } else {
        type.kind = parts.has(Tag::target) ? TypeFormKind::reference : TypeFormKind::name;
        type.name = parts.name(type.kind == TypeFormKind::reference ? Tag::target : Tag::name);
    }
    type.secret = parts.has(Tag::secret);
    type.required = parts.has(Tag::required);
    type.optional = parts.has(Tag::optional);
    type.deleted_with_it = parts.has(Tag::deleted_with_it);
    b.push(parts.span(), std::move(type), Tag::type);
}

void build_parameter(Builder& b, Parts& parts) {
    ParameterForm parameter{parts.name(Tag::name), parts.one<TypeForm>(Tag::type)};
    b.push(parts.span(), std::move(parameter), Tag::parameters);
}

void build_field(Builder& b, Parts& parts) {
    FieldForm field;
    field.name = parts.name(Tag::name);
    field.type = parts.one<TypeForm>(Tag::type);
    // The marks behind a field's type come in any order, around its default.
    field.type.optional = field.type.optional || parts.has(Tag::optional);
    field.type.deleted_with_it = parts.has(Tag::deleted_with_it);
    field.unique = parts.has(Tag::unique);
    field.default_value = parts.value(Tag::value);
    field.span = parts.span();
    b.push(parts.span(), std::move(field), Tag::fields);
}

void build_unique_set(Builder& b, Parts& parts) {
    EntityDeclaration::UniqueSet set{parts.names(Tag::none), parts.span()};
    b.push(parts.span(), std::move(set), Tag::unique);
}

}  // namespace pawl::dsl
