#include "base/check.h"
#include "dsl/internal/generate_expression.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

using rules::TypeKind;

// Digits where the value is due as `wanted`, "-" before them when negated.
std::optional<Value> digits(const GenerateInput& input, const Literal& literal,
                            const rules::Type& wanted, bool is_negated) {
    Literal written = literal;
    if (is_negated) written.text.insert(0, "-");
    const Result<Value> value = literal_value(written, wanted.kind, input.program.header);
    if (!value) return std::nullopt;
    return *value;
}

bool is_digits(const Literal& literal) {
    return literal.kind == LiteralKind::integer || literal.kind == LiteralKind::number;
}

std::optional<Value> constant_list(const GenerateInput& input, const ListLiteral& list) {
    std::vector<Value> items;
    items.reserve(list.items.size());
    for (const ExpressionIndex item : list.items) {
        std::optional<Value> value = input.constant(item);
        if (!value) return std::nullopt;
        items.push_back(std::move(*value));
    }
    return Value::list(std::move(items));
}

std::optional<Value> constant_name(const rules::Type& due, const Binding& binding,
                                   const Name& name) {
    if (binding.kind == BindingKind::group) return Value::group(name.text);
    if (binding.kind != BindingKind::option) return std::nullopt;
    return due.kind == TypeKind::choice ? Value::choice(name.text) : Value::text(name.text);
}

// The expressions that stand in an expression, by a function of each.
class Children {
 public:
    Children(const GenerateInput& input, std::uint32_t local) : input_(input), local_(local) {}

    bool any(ExpressionIndex index) const {
        if (is_none(index)) return false;
        return std::visit([&](const auto& written) { return one(index, written); },
                          input_.tree.at(index).form);
    }

 private:
    bool one(ExpressionIndex, const Literal&) const { return false; }
    bool one(ExpressionIndex, const Text& text) const {
        for (const TextPiece& piece : text.pieces) {
            if (any(piece.expression)) return true;
            for (const TextFilter& filter : piece.filters)
                for (const ExpressionIndex argument : filter.arguments)
                    if (any(argument)) return true;
        }
        return false;
    }
    bool one(ExpressionIndex index, const NameUse&) const {
        const Binding binding = input_.info(index).binding;
        return binding.kind == BindingKind::local && binding.index == local_;
    }
    bool one(ExpressionIndex, const Member& member) const { return any(member.base); }
    bool one(ExpressionIndex, const CallExpression& call) const {
        for (const Argument& argument : call.arguments)
            if (any(argument.value)) return true;
        return false;
    }
    bool one(ExpressionIndex, const Unary& unary) const { return any(unary.operand); }
    bool one(ExpressionIndex, const Binary& binary) const {
        return any(binary.left) || any(binary.right);
    }
    bool one(ExpressionIndex, const Between& between) const {
        return any(between.value) || any(between.low) || any(between.high);
    }
    bool one(ExpressionIndex, const Presence& presence) const { return any(presence.value); }
    bool one(ExpressionIndex, const OrDefault& or_default) const {
        return any(or_default.value) || any(or_default.fallback);
    }
    bool one(ExpressionIndex, const QueryExpression& query) const {
        for (const ExpressionIndex part :
             {query.limit, query.selected, query.percent, query.source, query.where})
            if (any(part)) return true;
        for (const OrderKey& key : query.order)
            if (any(key.key)) return true;
        return false;
    }
    bool one(ExpressionIndex, const ListLiteral& list) const {
        for (const ExpressionIndex item : list.items)
            if (any(item)) return true;
        return false;
    }
    bool one(ExpressionIndex, const ObjectLiteral& object) const {
        for (const ObjectMember& member : object.members)
            if (any(member.value)) return true;
        return false;
    }
    bool one(ExpressionIndex, const RangeExpression& range) const {
        return any(range.first) || any(range.last);
    }
    bool one(ExpressionIndex, const AsType& as) const { return any(as.value); }

    const GenerateInput& input_;
    std::uint32_t local_;
};

}  // namespace

const rules::Type& GenerateInput::type_left(ExpressionIndex index) const {
    const ExpressionInfo& known = info(index);
    return type(known.converted_to != 0 ? known.converted_to : known.type);
}

std::optional<Binding> GenerateInput::find_binding(const Name& name) const {
    const auto found = checked.names.find(name.span);
    if (found == checked.names.end()) return std::nullopt;
    return found->second;
}

Binding GenerateInput::binding(const Name& name) const {
    const std::optional<Binding> found = find_binding(name);
    PAWL_CHECK(found.has_value());
    return *found;
}

std::uint32_t GenerateInput::line(Span span) const {
    return sources.file(span.file).position(span.begin).line;
}

std::string GenerateInput::text(Span span) const {
    std::string text;
    for (const char letter : sources.text(span)) {
        const bool is_space = letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
        if (!is_space)
            text.push_back(letter);
        else if (!text.empty() && text.back() != ' ')
            text.push_back(' ');
    }
    if (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

std::optional<Value> GenerateInput::constant(ExpressionIndex index) const {
    const rules::Type& due = type_left(index);
    const Expression& expression = tree.at(index);
    if (const auto* literal = std::get_if<Literal>(&expression.form)) {
        if (is_digits(*literal)) return digits(*this, *literal, due, false);
        const Result<Value> value = literal_value(*literal, due.kind, program.header);
        if (!value || info(index).converted_to != 0) return std::nullopt;
        return *value;
    }
    if (const auto* unary = std::get_if<Unary>(&expression.form)) {
        const auto* literal = std::get_if<Literal>(&tree.at(unary->operand).form);
        if (unary->op != UnaryOperator::negate || literal == nullptr || !is_digits(*literal))
            return std::nullopt;
        return digits(*this, *literal,
                      info(index).converted_to != 0 ? due : type_left(unary->operand), true);
    }
    if (const auto* text = std::get_if<Text>(&expression.form)) {
        const std::optional<std::string> constant = constant_text(*text);
        if (!constant) return std::nullopt;
        const Result<Value> value = text_value(*constant, due, program.schema);
        if (!value) return std::nullopt;
        return *value;
    }
    if (const auto* name = std::get_if<NameUse>(&expression.form))
        return constant_name(due, info(index).binding, name->name);
    const auto* list = std::get_if<ListLiteral>(&expression.form);
    if (list == nullptr || info(index).converted_to != 0) return std::nullopt;
    return constant_list(*this, *list);
}

std::vector<ExpressionIndex> GenerateInput::parts(ExpressionIndex condition,
                                                  BinaryOperator joint) const {
    std::vector<ExpressionIndex> parts;
    std::vector<ExpressionIndex> left{condition};
    while (!left.empty()) {
        const ExpressionIndex index = left.back();
        left.pop_back();
        const auto* binary = std::get_if<Binary>(&tree.at(index).form);
        if (binary == nullptr || binary->op != joint) {
            parts.push_back(index);
            continue;
        }
        left.push_back(binary->right);
        left.push_back(binary->left);
    }
    return parts;
}

bool GenerateInput::uses_local(ExpressionIndex index, std::uint32_t local) const {
    return Children(*this, local).any(index);
}

std::optional<std::uint32_t> GenerateInput::local(ExpressionIndex index) const {
    if (!std::holds_alternative<NameUse>(tree.at(index).form)) return std::nullopt;
    const Binding binding = info(index).binding;
    if (binding.kind != BindingKind::local) return std::nullopt;
    return binding.index;
}

}  // namespace pawl::dsl::internal
