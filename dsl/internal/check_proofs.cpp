#include <algorithm>

#include "dsl/internal/check_expressions.h"
#include "dsl/internal/check_walk.h"

// What conditions prove: which paths are present once a condition was true, false, or not true.

namespace pawl::dsl::internal {

namespace {

Facts joined(Facts left, const Facts& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Facts common(const Facts& left, const Facts& right) {
    Facts both;
    for (const std::string& fact : left)
        if (std::find(right.begin(), right.end(), fact) != right.end()) both.push_back(fact);
    return both;
}

bool is_strict(BinaryOperator op) {
    return op != BinaryOperator::and_ && op != BinaryOperator::or_;
}

}  // namespace

// The paths that must be present for the expression to have a value.
void Expressions::collect_present(ExpressionIndex index, Facts& facts) const {
    const auto& form = context_.tree.at(index).form;
    if (const auto* binary = std::get_if<Binary>(&form)) {
        if (!is_strict(binary->op)) return;
        collect_present(binary->left, facts);
        collect_present(binary->right, facts);
        return;
    }
    if (const auto* unary = std::get_if<Unary>(&form))
        return collect_present(unary->operand, facts);
    if (const auto* cast = std::get_if<AsType>(&form)) return collect_present(cast->value, facts);
    std::string place = path(index);
    if (place.empty()) return;
    // `payment.project.title` stands on `payment` and `payment.project`.
    for (std::size_t dot = place.find('.'); dot != std::string::npos;
         dot = place.find('.', dot + 1))
        facts.push_back(place.substr(0, dot));
    facts.push_back(std::move(place));
}

Proof Expressions::prove_binary(const Binary& binary) {
    if (binary.op == BinaryOperator::and_) {
        const Proof left = prove(binary.left);
        const Proof right = prove(binary.right);
        return {joined(left.when_true, right.when_true), common(left.when_false, right.when_false),
                common(left.when_not_true, right.when_not_true)};
    }
    if (binary.op == BinaryOperator::or_) {
        const Proof left = prove(binary.left);
        const Proof right = prove(binary.right);
        return {common(left.when_true, right.when_true), joined(left.when_false, right.when_false),
                joined(left.when_not_true, right.when_not_true)};
    }
    Proof proof;
    collect_present(binary.left, proof.when_true);
    collect_present(binary.right, proof.when_true);
    proof.when_false = proof.when_true;
    return proof;
}

Proof Expressions::prove(ExpressionIndex index) {
    const auto& form = context_.tree.at(index).form;
    if (const auto* binary = std::get_if<Binary>(&form)) return prove_binary(*binary);
    Proof proof;
    if (const auto* presence = std::get_if<Presence>(&form)) {
        Facts facts;
        collect_present(presence->value, facts);
        if (presence->present) {
            proof.when_true = std::move(facts);
        } else {
            proof.when_false = facts;
            proof.when_not_true = std::move(facts);
        }
        return proof;
    }
    if (const auto* unary = std::get_if<Unary>(&form)) {
        if (unary->op != UnaryOperator::not_) return proof;
        Proof inner = prove(unary->operand);
        // A test of presence is never unknown: not true is false.
        const auto* presence = std::get_if<Presence>(&context_.tree.at(unary->operand).form);
        if (presence != nullptr) proof.when_not_true = inner.when_true;
        proof.when_true = std::move(inner.when_false);
        proof.when_false = std::move(inner.when_true);
        return proof;
    }
    if (const auto* between = std::get_if<Between>(&form)) {
        for (const ExpressionIndex part : {between->value, between->low, between->high})
            collect_present(part, proof.when_true);
        proof.when_false = proof.when_true;
        return proof;
    }
    collect_present(index, proof.when_true);
    proof.when_false = proof.when_true;
    return proof;
}

// The part of a condition that is neither true nor false for want of a value, and reads as if it
// were true then: `x is not 5`, `x < 5` and `not …`. A plain `x is 5` surprises nobody.
ExpressionIndex Expressions::unknown_part(ExpressionIndex index) const {
    const auto& form = context_.tree.at(index).form;
    const Type type = context_.type(context_.info(index).type);
    if (!type.optional) return ExpressionIndex::none;
    if (const auto* unary = std::get_if<Unary>(&form))
        return unary->op == UnaryOperator::not_ ? unary->operand : ExpressionIndex::none;
    const auto* binary = std::get_if<Binary>(&form);
    if (binary == nullptr) return ExpressionIndex::none;
    switch (binary->op) {
        case BinaryOperator::and_:
        case BinaryOperator::or_: {
            const ExpressionIndex left = unknown_part(binary->left);
            return is_none(left) ? unknown_part(binary->right) : left;
        }
        case BinaryOperator::is_not:
        case BinaryOperator::not_in:
        case BinaryOperator::less:
        case BinaryOperator::less_equal:
        case BinaryOperator::greater:
        case BinaryOperator::greater_equal: return index;
        default: return ExpressionIndex::none;
    }
}

// The first path in it that may be missing.
ExpressionIndex Expressions::missing_path(ExpressionIndex index) const {
    const auto& form = context_.tree.at(index).form;
    const Type type = context_.type(context_.info(index).type);
    if (!type.optional) return ExpressionIndex::none;
    if (!path(index).empty()) return index;
    if (const auto* unary = std::get_if<Unary>(&form)) return missing_path(unary->operand);
    const auto* binary = std::get_if<Binary>(&form);
    if (binary == nullptr) return index;
    const ExpressionIndex left = missing_path(binary->left);
    return is_none(left) ? missing_path(binary->right) : left;
}

// A condition with a mistake may have proven anything it names; what hangs on it is silent.
Proof Expressions::assumed(ExpressionIndex root) const {
    Proof proof;
    std::vector<ExpressionIndex> open{root};
    while (!open.empty()) {
        const ExpressionIndex index = open.back();
        open.pop_back();
        collect_present(index, proof.when_true);
        for_each_child(context_.tree, index, [&](ExpressionIndex child) { open.push_back(child); });
    }
    proof.when_false = proof.when_true;
    proof.when_not_true = proof.when_true;
    return proof;
}

Proof Expressions::condition(ExpressionIndex index, Unknown unknown) {
    if (is_none(index)) return {};
    const Type type = require(index, simple(TypeKind::boolean, true), "a condition");
    if (is_unknown(type)) return assumed(index);
    const ExpressionIndex part =
        unknown == Unknown::warn ? unknown_part(index) : ExpressionIndex::none;
    if (!is_none(part)) {
        const ExpressionIndex culprit = missing_path(part);
        const std::string name =
            context_.source_text(context_.tree.at(is_none(culprit) ? part : culprit).span);
        context_.report(DiagnosticCode::may_be_unknown, context_.tree.at(part).span,
                        quoted(name) + " may be missing, and then this is neither true nor false",
                        "say `" + name + " is present and …`, or `" + name + " or default …`");
    }
    return prove(index);
}

}  // namespace pawl::dsl::internal
