#include "dsl/internal/generate_expression.h"

#include "base/check.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

Opcode opcode_of(BinaryOperator op) {
    switch (op) {
        case BinaryOperator::add: return Opcode::add;
        case BinaryOperator::subtract: return Opcode::subtract;
        case BinaryOperator::multiply: return Opcode::multiply;
        case BinaryOperator::divide: return Opcode::divide;
        case BinaryOperator::whole_divide: return Opcode::whole_divide;
        case BinaryOperator::modulo: return Opcode::modulo;
        case BinaryOperator::at: return Opcode::at;
        case BinaryOperator::is: return Opcode::equal;
        case BinaryOperator::is_not: return Opcode::not_equal;
        case BinaryOperator::less: return Opcode::less;
        case BinaryOperator::less_equal: return Opcode::less_equal;
        case BinaryOperator::greater: return Opcode::greater;
        case BinaryOperator::greater_equal: return Opcode::greater_equal;
        case BinaryOperator::and_: return Opcode::and_;
        case BinaryOperator::or_: return Opcode::or_;
        case BinaryOperator::in:
        case BinaryOperator::not_in: return Opcode::in_list;
        case BinaryOperator::contains: return Opcode::contains;
        case BinaryOperator::starts_with: return Opcode::starts_with;
        case BinaryOperator::ends_with: return Opcode::ends_with;
        case BinaryOperator::matches: return Opcode::matches;
    }
    return Opcode::pop;
}

}  // namespace

void ExpressionGenerator::value(ExpressionIndex index) {
    PAWL_CHECK(!is_none(index));
    if (const std::optional<Value> constant = input_.constant(index)) {
        code_.push(*constant);
        return;
    }
    if (const auto known = known_.find(index); known != known_.end()) {
        code_.emit(Opcode::load_local, known->second);
        return;
    }
    form(index);
    const rules::TypeIndex converted_to = input_.info(index).converted_to;
    if (converted_to != 0) code_.emit(Opcode::convert, converted_to);
}

void ExpressionGenerator::value_anew(ExpressionIndex index) {
    auto known = known_.extract(index);
    value(index);
    if (!known.empty()) known_.insert(std::move(known));
}

void ExpressionGenerator::value_or_missing(ExpressionIndex index) {
    if (is_none(index))
        code_.emit(Opcode::push_missing);
    else
        value(index);
}

void ExpressionGenerator::form(ExpressionIndex index) {
    std::visit([&](const auto& written) { one(index, written); }, input_.tree.at(index).form);
}

void ExpressionGenerator::one(ExpressionIndex index, const Literal& literal) {
    // A constant that its conversion could not take over.
    const Result<Value> value =
        literal_value(literal, input_.type(input_.info(index).type).kind, input_.program.header);
    PAWL_CHECK(value.has_value());
    code_.push(*value);
}

void ExpressionGenerator::filtered(const TextPiece& piece, std::size_t filter_count) {
    value(piece.expression);
    for (std::size_t at = 0; at < filter_count; ++at) {
        const TextFilter& filter = piece.filters[at];
        for (const ExpressionIndex argument : filter.arguments) value(argument);
        code_.emit(Opcode::call_builtin, 0, static_cast<std::uint32_t>(1 + filter.arguments.size()),
                   input_.binding(filter.name).index);
    }
}

void ExpressionGenerator::one(ExpressionIndex, const Text& text) {
    for (const TextPiece& piece : text.pieces) {
        if (is_none(piece.expression))
            code_.push(Value::text(piece.text));
        else
            filtered(piece, piece.filters.size());
    }
    code_.emit(Opcode::join_text, static_cast<std::uint32_t>(text.pieces.size()));
}

void ExpressionGenerator::part(const Binding& binding, ExpressionIndex base, const Name& name) {
    switch (binding.kind) {
        case BindingKind::field:
            code_.emit(Opcode::load_field, binding.index, input_.type_left(base).index);
            return;
        case BindingKind::member:
            code_.emit(Opcode::load_member, binding.index, input_.info(base).type);
            return;
        case BindingKind::json_key:
            code_.emit(Opcode::load_key, code_.constant(Value::text(name.text)));
            return;
        default: PAWL_CHECK(binding.kind == BindingKind::field);
    }
}

void ExpressionGenerator::one(ExpressionIndex index, const NameUse& use) {
    const Binding binding = input_.info(index).binding;
    switch (binding.kind) {
        case BindingKind::local: code_.emit(Opcode::load_local, binding.index); return;
        case BindingKind::setting: code_.emit(Opcode::load_setting, binding.index); return;
        case BindingKind::now: code_.emit(Opcode::push_now); return;
        case BindingKind::today: code_.emit(Opcode::push_today); return;
        case BindingKind::firing: code_.emit(Opcode::push_firing); return;
        case BindingKind::define: code_.emit(Opcode::call_define, binding.index); return;
        case BindingKind::json_key:
            // The one record of compile_expression, whose fields are names in scope.
            code_.emit(Opcode::load_local, 0);
            code_.emit(Opcode::load_key, code_.constant(Value::text(use.name.text)));
            return;
        default:
            // Options and groups are constants; whatever else has no value was refused.
            PAWL_CHECK(binding.kind == BindingKind::local);
    }
}

void ExpressionGenerator::one(ExpressionIndex index, const Member& member) {
    value(member.base);
    part(input_.info(index).binding, member.base, member.name);
}

void ExpressionGenerator::arguments(std::span<const Argument> arguments,
                                    std::size_t parameter_count) {
    std::vector<ExpressionIndex> passed(parameter_count, ExpressionIndex::none);
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const Argument& argument = arguments[at];
        const std::size_t place = argument.name.empty() ? at : input_.binding(argument.name).index;
        PAWL_CHECK(place < parameter_count);
        passed[place] = argument.value;
    }
    for (const ExpressionIndex argument : passed) value_or_missing(argument);
}

void ExpressionGenerator::one(ExpressionIndex index, const CallExpression& call) {
    const Binding binding = input_.info(index).binding;
    if (binding.kind == BindingKind::define) {
        const std::size_t count = input_.checked.units[binding.index].parameter_count;
        arguments(call.arguments, count);
        code_.emit(Opcode::call_define, binding.index, static_cast<std::uint32_t>(count));
        return;
    }
    PAWL_CHECK(binding.kind == BindingKind::builtin);
    for (const Argument& argument : call.arguments) value(argument.value);
    code_.emit(Opcode::call_builtin, 0, static_cast<std::uint32_t>(call.arguments.size()),
               binding.index);
}

void ExpressionGenerator::one(ExpressionIndex, const Unary& unary) {
    value(unary.operand);
    code_.emit(unary.op == UnaryOperator::negate ? Opcode::negate : Opcode::not_);
}

// The left side decides alone where it can; else both are joined, three-valued.
void ExpressionGenerator::logical(const Binary& binary) {
    const bool is_and = binary.op == BinaryOperator::and_;
    const CodeLabel done = code_.label();
    value(binary.left);
    code_.jump(is_and ? Opcode::jump_if_false_keep : Opcode::jump_if_true_keep, done);
    value(binary.right);
    code_.emit(is_and ? Opcode::and_ : Opcode::or_);
    code_.place(done);
}

// `start + 30d - 3d` is `start + 27d`: the terms are added up first, since a month's end would
// clamp at each step (meaning.md 12). False where there is but one term.
bool ExpressionGenerator::date_chain(ExpressionIndex index) {
    using rules::TypeKind;
    struct Term {
        ExpressionIndex value = ExpressionIndex::none;
        bool is_taken_away = false;
    };
    std::vector<Term> terms;  // the last one written comes first
    const auto is = [&](ExpressionIndex at, TypeKind kind) {
        return input_.type_left(at).kind == kind;
    };
    for (;;) {
        const auto* sum = std::get_if<Binary>(&input_.tree.at(index).form);
        if (sum == nullptr || input_.info(index).converted_to != 0) break;
        const bool adds = sum->op == BinaryOperator::add;
        if (!adds && sum->op != BinaryOperator::subtract) break;
        const bool turns = adds && is(sum->left, TypeKind::duration);
        const ExpressionIndex base = turns ? sum->right : sum->left;
        const ExpressionIndex term = turns ? sum->left : sum->right;
        if (!is(term, TypeKind::duration)) break;
        if (!is(base, TypeKind::date) && !is(base, TypeKind::datetime)) break;
        terms.push_back({term, !adds});
        index = base;
    }
    if (terms.size() < 2) return false;
    value(index);
    for (std::size_t i = terms.size(); i-- > 0;) {
        const bool is_first = i + 1 == terms.size();
        value(terms[i].value);
        if (is_first && terms[i].is_taken_away) code_.emit(Opcode::negate);
        if (!is_first) code_.emit(terms[i].is_taken_away ? Opcode::subtract : Opcode::add);
    }
    code_.emit(Opcode::add);
    return true;
}

void ExpressionGenerator::one(ExpressionIndex index, const Binary& binary) {
    if (binary.op == BinaryOperator::and_ || binary.op == BinaryOperator::or_)
        return logical(binary);
    if (date_chain(index)) return;
    value(binary.left);
    value(binary.right);
    code_.emit(opcode_of(binary.op), 0, 0, binary.ignoring_case ? 1 : 0);
    if (binary.op == BinaryOperator::not_in) code_.emit(Opcode::not_);
}

void ExpressionGenerator::one(ExpressionIndex, const Between& between) {
    value(between.value);
    value(between.low);
    value(between.high);
    code_.emit(Opcode::between);
    if (between.negated) code_.emit(Opcode::not_);
}

void ExpressionGenerator::one(ExpressionIndex, const Presence& presence) {
    value(presence.value);
    code_.emit(presence.present ? Opcode::is_present : Opcode::is_missing);
}

void ExpressionGenerator::one(ExpressionIndex, const OrDefault& or_default) {
    const CodeLabel done = code_.label();
    value(or_default.value);
    code_.jump(Opcode::jump_if_present_keep, done);
    code_.emit(Opcode::pop);
    value(or_default.fallback);
    code_.place(done);
}

void ExpressionGenerator::one(ExpressionIndex, const ListLiteral& list) {
    for (const ExpressionIndex item : list.items) value(item);
    code_.emit(Opcode::make_list, static_cast<std::uint32_t>(list.items.size()));
}

void ExpressionGenerator::one(ExpressionIndex, const ObjectLiteral& object) {
    rules::Shape shape;
    for (const ObjectMember& member : object.members) {
        value(member.value);
        shape.names.push_back(member.name.text);
    }
    code_.emit(Opcode::make_object, code_.add_shape(std::move(shape)));
}

void ExpressionGenerator::one(ExpressionIndex, const RangeExpression& range) {
    value(range.first);
    value(range.last);
    code_.emit(Opcode::make_range);
}

void ExpressionGenerator::one(ExpressionIndex index, const AsType& as) {
    value(as.value);
    code_.emit(Opcode::cast, input_.info(index).type);
}

}  // namespace pawl::dsl::internal
