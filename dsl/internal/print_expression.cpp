#include "dsl/internal/print_expression.h"

#include <array>

#include "dsl/internal/keyword.h"
#include "dsl/internal/print_lines.h"

namespace pawl::dsl {

namespace {

// How tightly a form binds, as the grammar's levels do.
enum Level : int {
    comprehension_level,
    or_level,
    and_level,
    not_level,
    comparison_level,
    default_level,
    range_level,
    at_level,
    sum_level,
    product_level,
    unary_level,
    conversion_level,
    primary_level
};

struct OperatorForm {
    std::string_view text;
    Level level;
};

OperatorForm form_of(BinaryOperator op) {
    switch (op) {
        case BinaryOperator::add: return {"+", sum_level};
        case BinaryOperator::subtract: return {"-", sum_level};
        case BinaryOperator::multiply: return {"*", product_level};
        case BinaryOperator::divide: return {"/", product_level};
        case BinaryOperator::whole_divide: return {"div", product_level};
        case BinaryOperator::modulo: return {"mod", product_level};
        case BinaryOperator::at: return {"at", at_level};
        case BinaryOperator::is: return {"is", comparison_level};
        case BinaryOperator::is_not: return {"is not", comparison_level};
        case BinaryOperator::less: return {"<", comparison_level};
        case BinaryOperator::less_equal: return {"<=", comparison_level};
        case BinaryOperator::greater: return {">", comparison_level};
        case BinaryOperator::greater_equal: return {">=", comparison_level};
        case BinaryOperator::and_: return {"and", and_level};
        case BinaryOperator::or_: return {"or", or_level};
        case BinaryOperator::in: return {"in", comparison_level};
        case BinaryOperator::not_in: return {"not in", comparison_level};
        case BinaryOperator::contains: return {"contains", comparison_level};
        case BinaryOperator::starts_with: return {"starts with", comparison_level};
        case BinaryOperator::ends_with: return {"ends with", comparison_level};
        case BinaryOperator::matches: return {"matches", comparison_level};
    }
    return {"?", primary_level};
}

std::string_view function_of(QueryKind kind) {
    switch (kind) {
        case QueryKind::count: return "count";
        case QueryKind::sum: return "sum";
        case QueryKind::average: return "avg";
        case QueryKind::minimum: return "min";
        case QueryKind::maximum: return "max";
        case QueryKind::percentile: return "percentile";
        default: return {};
    }
}

Level level_of(const Expression& expression) {
    struct Visitor {
        Level operator()(const Unary& form) const {
            return form.op == UnaryOperator::not_ ? not_level : unary_level;
        }
        Level operator()(const Binary& form) const { return form_of(form.op).level; }
        Level operator()(const Between&) const { return comparison_level; }
        Level operator()(const Presence&) const { return comparison_level; }
        Level operator()(const OrDefault&) const { return default_level; }
        Level operator()(const RangeExpression&) const { return range_level; }
        Level operator()(const AsType&) const { return conversion_level; }
        Level operator()(const QueryExpression& form) const {
            // In parentheses, which are printed with it.
            if (form.parenthesised || form.kind != QueryKind::list) return primary_level;
            return comprehension_level;
        }
        Level operator()(const Literal&) const { return primary_level; }
        Level operator()(const Text&) const { return primary_level; }
        Level operator()(const NameUse&) const { return primary_level; }
        Level operator()(const Member&) const { return primary_level; }
        Level operator()(const CallExpression&) const { return primary_level; }
        Level operator()(const ListLiteral&) const { return primary_level; }
        Level operator()(const ObjectLiteral&) const { return primary_level; }
    };
    return std::visit(Visitor{}, expression.form);
}

constexpr int one_tighter(Level level) { return static_cast<int>(level) + 1; }

// Conditions are broken before what is inside them.
constexpr unsigned break_level(unsigned depth, unsigned within) { return depth * 4 + within; }

}  // namespace

std::string escape_text(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (text[i]) {
            case '\n': out += "\\n"; break;
            case '\t': out += "\\t"; break;
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '{':
                if (i + 1 < text.size() && text[i + 1] == '{') {
                    out += "\\{{";
                    ++i;
                    break;
                }
                [[fallthrough]];
            default: out += text[i];
        }
    }
    return out;
}

std::string quote_plain(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
    }
    return out + '"';
}

struct FormPrinter {
    const ExpressionPrinter& p;
    unsigned depth;

    std::string print(ExpressionIndex index, int level_min) const {
        return p.print(index, level_min, depth);
    }
    std::string inner(ExpressionIndex index) const { return p.print(index, 0, depth + 1); }

    std::string operator()(const Literal& form) const { return form.text; }
    std::string operator()(const Text& form) const {
        std::string out = "\"";
        for (const TextPiece& piece : form.pieces) out += p.piece(piece);
        return out + '"';
    }
    std::string operator()(const NameUse& form) const { return p.name(form.name); }
    std::string operator()(const Member& form) const {
        return print(form.base, primary_level) + "." + p.name(form.name);
    }
    std::string operator()(const CallExpression& form) const {
        return p.name(form.callee) + "(" + p.arguments(form.arguments, depth + 1) + ")";
    }
    std::string operator()(const Unary& form) const {
        if (form.op == UnaryOperator::not_) return "not " + print(form.operand, not_level);
        return "-" + print(form.operand, unary_level);
    }
    std::string operator()(const Binary& form) const {
        const OperatorForm op = form_of(form.op);
        const bool is_comparison = op.level == comparison_level;
        std::string out = print(form.left, is_comparison ? default_level : op.level);
        if (op.level == or_level) out += soft_break(break_level(depth, 0));
        if (op.level == and_level) out += soft_break(break_level(depth, 1));
        if (op.level == sum_level) out += soft_break(break_level(depth, 3));
        out += " " + std::string(op.text) + " ";
        out += print(form.right,
                     is_comparison ? static_cast<int>(default_level) : one_tighter(op.level));
        if (form.ignoring_case) out += " ignoring case";
        return out;
    }
    std::string operator()(const Between& form) const {
        return print(form.value, default_level) + (form.negated ? " not between " : " between ") +
               print(form.low, default_level) + " and " + print(form.high, default_level);
    }
    std::string operator()(const Presence& form) const {
        return print(form.value, default_level) + (form.present ? " is present" : " is missing");
    }
    std::string operator()(const OrDefault& form) const {
        return print(form.value, default_level) + " or default " +
               print(form.fallback, one_tighter(default_level));
    }
    std::string operator()(const QueryExpression& form) const {
        const std::string_view function = function_of(form.kind);
        if (!form.parenthesised) return query(form);
        // What is in brackets is broken after what is around them.
        const FormPrinter inside{p, depth + 1};
        if (function.empty()) return "(" + inside.query(form) + ")";
        std::string out = std::string(function) + "(" + inside.query(form);
        if (!is_none(form.percent))
            out += "," + soft_break(break_level(depth, 2)) + " " + inner(form.percent);
        return out + ")";
    }
    std::string query(const QueryExpression& form) const {
        std::string out;
        switch (form.kind) {
            case QueryKind::first: out = "first "; break;
            case QueryKind::all: out = "all "; break;
            case QueryKind::exists: out = "exists "; break;
            default:
                if (!is_none(form.selected)) out = print(form.selected, or_level) + " for ";
        }
        if (!is_none(form.limit)) out += print(form.limit, primary_level) + " ";
        return out + p.name(form.variable) + " in " + print(form.source, default_level) +
               p.query_tail(form, depth);
    }
    std::string operator()(const ListLiteral& form) const {
        std::string out = "[";
        for (std::size_t i = 0; i < form.items.size(); ++i) {
            if (i != 0) out += "," + soft_break(break_level(depth, 2)) + " ";
            out += inner(form.items[i]);
        }
        return out + "]";
    }
    std::string operator()(const ObjectLiteral& form) const {
        std::string out = "{";
        for (std::size_t i = 0; i < form.members.size(); ++i) {
            if (i != 0) out += "," + soft_break(break_level(depth, 2)) + " ";
            out += p.name(form.members[i].name) + ": " + inner(form.members[i].value);
        }
        return out + "}";
    }
    std::string operator()(const RangeExpression& form) const {
        return print(form.first, sum_level) + ".." + print(form.last, sum_level);
    }
    std::string operator()(const AsType& form) const {
        return print(form.value, conversion_level) + " as " + p.type(form.type, false);
    }
};

std::string ExpressionPrinter::print(ExpressionIndex index, int level_min, unsigned depth) const {
    const Expression& expression = tree_.at(index);
    const bool needs_parentheses = level_of(expression) < level_min;
    std::string text =
        std::visit(FormPrinter{*this, needs_parentheses ? depth + 1 : depth}, expression.form);
    return needs_parentheses ? "(" + text + ")" : text;
}

std::string ExpressionPrinter::operand(ExpressionIndex index) const {
    return print(index, default_level, 1);
}

std::string ExpressionPrinter::zone(ExpressionIndex index) const {
    const auto* text = std::get_if<Text>(&tree_.at(index).form);
    if (text != nullptr && text->pieces.size() == 1 && is_none(text->pieces[0].expression)) {
        const std::string& name = text->pieces[0].text;
        // A zone that was written in quotes stays so.
        if (tree_.at(index).span.end - tree_.at(index).span.begin == name.size()) return name;
    }
    return operand(index);
}

std::string ExpressionPrinter::name(const Name& name) const {
    if (!name.quoted) return name.text;
    const std::size_t dot = std::min(name.text.find('.'), name.text.size());
    return "`" + name.text.substr(0, dot) + "`" + name.text.substr(dot);
}

std::string ExpressionPrinter::names(const std::vector<Name>& names) const {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i != 0) out += "," + soft_break(2) + " ";
        out += name(names[i]);
    }
    return out;
}

std::string ExpressionPrinter::type(const TypeForm& type, bool with_marks) const {
    std::string out;
    if (type.secret) out += "secret ";
    if (type.required) out += "required ";
    switch (type.kind) {
        case TypeFormKind::name: out += name(type.name); break;
        case TypeFormKind::reference: out += "-> " + name(type.name); break;
        case TypeFormKind::choice: out += "one of " + names(type.options); break;
        case TypeFormKind::list: out += "list of " + this->type(type.element.at(0)); break;
    }
    if (with_marks && type.deleted_with_it) out += " (deleted with it)";
    if (with_marks && type.optional) out += " ?";
    return out;
}

std::string ExpressionPrinter::parameters(const std::vector<ParameterForm>& parameters) const {
    std::string out;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (i != 0) out += "," + soft_break(8) + " ";
        out += name(parameters[i].name) + ": " + type(parameters[i].type);
    }
    return out;
}

std::string ExpressionPrinter::arguments(const std::vector<Argument>& arguments,
                                         unsigned depth) const {
    std::string out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (i != 0) out += "," + soft_break(break_level(depth, 2)) + " ";
        if (!arguments[i].name.empty()) out += name(arguments[i].name) + ": ";
        out += print(arguments[i].value, 0, depth + 1);
    }
    return out;
}

std::string ExpressionPrinter::fields(const std::vector<FieldValue>& fields) const {
    std::string out;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i != 0) out += "," + soft_break(2) + " ";
        out += name(fields[i].name) + ": " + whole(fields[i].value);
    }
    return out;
}

std::string ExpressionPrinter::query_tail(const QueryExpression& query, unsigned depth) const {
    std::string out;
    if (!is_none(query.where)) {
        out += soft_break(break_level(depth, 0)) + " where " + print(query.where, or_level, depth);
    }
    for (std::size_t i = 0; i < query.order.size(); ++i) {
        out += soft_break(break_level(depth, 0));
        out += i == 0 ? " order by " : " then by ";
        out += print(query.order[i].key, default_level, depth);
        if (query.order[i].descending) out += " desc";
    }
    return out;
}

std::string ExpressionPrinter::loop_head(const Name& variable, ExpressionIndex source) const {
    const std::string head = name(variable) + " in ";
    const auto* query = std::get_if<QueryExpression>(&tree_.at(source).form);
    const bool is_of_loop = query != nullptr && query->kind == QueryKind::all &&
                            !query->parenthesised && query->variable.span == variable.span;
    if (!is_of_loop) return head + operand(source);
    return head + operand(query->source) + query_tail(*query, 1);
}

std::string ExpressionPrinter::piece(const TextPiece& piece) const {
    if (is_none(piece.expression)) return escape_text(piece.text);
    std::string out = "{{" + whole(piece.expression);
    for (const TextFilter& filter : piece.filters) {
        out += " | " + name(filter.name);
        for (std::size_t i = 0; i < filter.arguments.size(); ++i)
            out += (i == 0 ? ": " : ", ") + operand(filter.arguments[i]);
    }
    out += "}}";
    return without_breaks(out);  // a text is never broken
}

std::string ExpressionPrinter::template_nodes(const std::vector<TemplateNode>& nodes) const {
    std::string out;
    for (const TemplateNode& node : nodes) {
        if (const auto* text = std::get_if<TextPiece>(&node.form)) {
            out += piece(*text);
        } else if (const auto* branches = std::get_if<TemplateIf>(&node.form)) {
            for (std::size_t i = 0; i < branches->branches.size(); ++i) {
                const TemplateBranch& branch = branches->branches[i];
                out += i == 0 ? "{{" : "{{else";
                if (!is_none(branch.condition)) {
                    out += i == 0 ? "if " : " if ";
                    out += whole(branch.condition);
                }
                out += "}}" + template_nodes(branch.body);
            }
            out += "{{end}}";
        } else if (const auto* loop = std::get_if<TemplateFor>(&node.form)) {
            out += "{{for each " + loop_head(loop->variable, loop->source) + "}}" +
                   template_nodes(loop->body) + "{{end}}";
        }
    }
    return without_breaks(out);
}

}  // namespace pawl::dsl
