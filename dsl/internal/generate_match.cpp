#include "dsl/internal/generate_units.h"

namespace pawl::dsl::internal {

namespace {

using rules::Kind;
using rules::MatchAtom;
using rules::MatchOperator;
using rules::TypeKind;

std::optional<MatchOperator> operator_of(BinaryOperator op) {
    switch (op) {
        case BinaryOperator::is: return MatchOperator::equal;
        case BinaryOperator::less: return MatchOperator::less;
        case BinaryOperator::less_equal: return MatchOperator::less_equal;
        case BinaryOperator::greater: return MatchOperator::greater;
        case BinaryOperator::greater_equal: return MatchOperator::greater_equal;
        default: return std::nullopt;
    }
}

MatchOperator turned(MatchOperator op) {
    switch (op) {
        case MatchOperator::less: return MatchOperator::greater;
        case MatchOperator::less_equal: return MatchOperator::greater_equal;
        case MatchOperator::greater: return MatchOperator::less;
        case MatchOperator::greater_equal: return MatchOperator::less_equal;
        default: return op;
    }
}

bool is_ordered(MatchOperator op) {
    return op != MatchOperator::equal && op != MatchOperator::in_set;
}

class MatchFinder {
 public:
    MatchFinder(const GenerateInput& input, rules::EventIndex event, std::uint32_t local)
        : input_(input), fields_(input.program.schema.events[event].fields), local_(local) {}

    // False when the part says more than what was taken from it.
    bool take(ExpressionIndex part, rules::RuleMatch& match) const {
        if (take_atom(part, match.atoms)) return true;
        const std::vector<ExpressionIndex> parts = input_.parts(part, BinaryOperator::or_);
        if (parts.size() < 2) return false;
        rules::MatchAnyOf any_of;
        bool is_whole = true;
        for (const ExpressionIndex alternative : parts) {
            std::vector<MatchAtom> atoms;
            is_whole = take_all(alternative, atoms) && is_whole;
            // An alternative of which nothing is known may hold for any event.
            if (atoms.empty()) return false;
            any_of.alternatives.push_back(std::move(atoms));
        }
        if (auto set = as_set(any_of))
            match.atoms.push_back(std::move(*set));
        else
            match.any_of.push_back(std::move(any_of));
        return is_whole;
    }

 private:
    bool take_all(ExpressionIndex condition, std::vector<MatchAtom>& atoms) const {
        bool is_whole = true;
        for (const ExpressionIndex part : input_.parts(condition, BinaryOperator::and_))
            is_whole = take_atom(part, atoms) && is_whole;
        return is_whole;
    }

    bool take_atom(ExpressionIndex part, std::vector<MatchAtom>& atoms) const {
        const auto& form = input_.tree.at(part).form;
        if (const auto* binary = std::get_if<Binary>(&form)) return take_binary(*binary, atoms);
        if (const auto* between = std::get_if<Between>(&form)) {
            if (between->negated || input_.type_left(between->value).kind == TypeKind::time)
                return false;
            std::vector<MatchAtom> both;
            if (!compare(between->value, MatchOperator::greater_equal, between->low, both) ||
                !compare(between->value, MatchOperator::less_equal, between->high, both))
                return false;
            atoms.insert(atoms.end(), both.begin(), both.end());
            return true;
        }
        if (const auto* unary = std::get_if<Unary>(&form))
            return unary->op == UnaryOperator::not_ && take_flag(unary->operand, false, atoms);
        return take_flag(part, true, atoms);
    }

    bool take_binary(const Binary& binary, std::vector<MatchAtom>& atoms) const {
        if (binary.ignoring_case) return false;
        if (binary.op == BinaryOperator::in) return take_set(binary, atoms);
        const std::optional<MatchOperator> op = operator_of(binary.op);
        return op && (compare(binary.left, *op, binary.right, atoms) ||
                      compare(binary.right, turned(*op), binary.left, atoms));
    }

    // A bool field by itself, or with `not` before it.
    bool take_flag(ExpressionIndex part, bool wanted, std::vector<MatchAtom>& atoms) const {
        const auto field = field_of(part);
        if (!field || kind_of(*field) != TypeKind::boolean) return false;
        atoms.push_back({*field, MatchOperator::equal, {Value::boolean(wanted)}});
        return true;
    }

    bool take_set(const Binary& binary, std::vector<MatchAtom>& atoms) const {
        const auto field = field_of(binary.left);
        const std::optional<Value> list = field ? input_.constant(binary.right) : std::nullopt;
        if (!list || list->kind() != Kind::list || list->as_list().empty()) return false;
        for (const Value& item : list->as_list())
            if (!fits(*field, item)) return false;
        atoms.push_back({*field, MatchOperator::in_set, list->as_list()});
        return true;
    }

    bool compare(ExpressionIndex side, MatchOperator op, ExpressionIndex key,
                 std::vector<MatchAtom>& atoms) const {
        const auto field = field_of(side);
        const std::optional<Value> constant = field ? input_.constant(key) : std::nullopt;
        if (!constant || !fits(*field, *constant)) return false;
        if (is_ordered(op) && !has_order(kind_of(*field))) return false;
        atoms.push_back({*field, op, {*constant}});
        return true;
    }

    // A field of the event, as it comes: a default or a conversion would change it first.
    std::optional<rules::FieldIndex> field_of(ExpressionIndex side) const {
        const auto* member = std::get_if<Member>(&input_.tree.at(side).form);
        if (member == nullptr || input_.local(member->base) != local_) return std::nullopt;
        const ExpressionInfo& info = input_.info(side);
        if (info.binding.kind != BindingKind::member || info.converted_to != 0) return std::nullopt;
        const auto field = static_cast<rules::FieldIndex>(info.binding.index);
        if (fields_[field].default_value) return std::nullopt;
        return field;
    }

    TypeKind kind_of(rules::FieldIndex field) const {
        return input_.type(fields_[field].type).kind;
    }

    static bool has_order(TypeKind kind) {
        switch (kind) {
            case TypeKind::integer:
            case TypeKind::number:
            case TypeKind::money:
            case TypeKind::date:
            case TypeKind::datetime: return true;
            default: return false;
        }
    }

    // Only kinds whose JSON text decides: an email or a reference is normalised or looked up first.
    bool fits(rules::FieldIndex field, const Value& value) const {
        switch (kind_of(field)) {
            case TypeKind::text: return value.kind() == Kind::text;
            case TypeKind::choice: return value.kind() == Kind::choice;
            case TypeKind::integer: return value.kind() == Kind::integer;
            case TypeKind::number: return value.kind() == Kind::number;
            case TypeKind::boolean: return value.kind() == Kind::boolean;
            case TypeKind::money:
                return value.kind() == Kind::money &&
                       value.as_money().currency == input_.program.header.currency;
            case TypeKind::date: return value.kind() == Kind::date;
            case TypeKind::datetime: return value.kind() == Kind::datetime;
            default: return false;
        }
    }

    // `kind is a or kind is b` is a set of one field.
    static std::optional<MatchAtom> as_set(const rules::MatchAnyOf& any_of) {
        MatchAtom set{any_of.alternatives.front().front().field, MatchOperator::in_set, {}};
        for (const auto& atoms : any_of.alternatives) {
            const MatchAtom& atom = atoms.front();
            if (atoms.size() != 1 || atom.field != set.field || is_ordered(atom.op))
                return std::nullopt;
            set.values.insert(set.values.end(), atom.values.begin(), atom.values.end());
        }
        return set;
    }

    const GenerateInput& input_;
    const std::vector<rules::Field>& fields_;
    std::uint32_t local_;
};

}  // namespace

rules::RuleMatch find_match(const GenerateInput& input, const RuleDeclaration& written,
                            const rules::Rule& rule) {
    rules::RuleMatch match;
    if (rule.triggers.empty()) return match;
    const rules::Trigger& first = rule.triggers.front();
    for (const rules::Trigger& trigger : rule.triggers)
        if (trigger.kind != rules::TriggerKind::event || trigger.event != first.event ||
            !trigger.record_local || trigger.record_local != first.record_local)
            return match;
    const MatchFinder finder(input, first.event, *first.record_local);
    // A `let` is set by the conditions and needed by the body, so they have to run.
    match.exact = true;
    for (const RuleClause& clause : written.clauses) {
        if (clause.kind != ClauseKind::if_) {
            match.exact = false;
            continue;
        }
        for (const ExpressionIndex part : input.parts(clause.value, BinaryOperator::and_))
            match.exact = finder.take(part, match) && match.exact;
    }
    return match;
}

}  // namespace pawl::dsl::internal
