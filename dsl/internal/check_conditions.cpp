#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_logic.h"
#include "dsl/internal/check_types.h"
#include "dsl/internal/check_walk.h"
#include "dsl/literal.h"

// Conditions that can never hold: `status is a and status is b`, `n > 5 and n < 3`. Only a path and
// what is written out are compared, so what is told is certain.

namespace pawl::dsl::internal {

namespace {

// The shortest digits, so that equal numbers are equal texts.
std::string number_text(double value) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), end};
}

// What one path is told to be, so far.
struct Demands {
    std::optional<std::set<std::string>> among;  // one of these
    std::set<std::string> excluded;
    std::optional<double> low, high;
    bool low_open = false, high_open = false;
    bool is_missing = false;
    ExpressionIndex first = ExpressionIndex::none;  // where it was first told
};

class Contradictions {
 public:
    explicit Contradictions(Context& context) : context_(context) {}

    // Goes through what `and` joins, in order; reports the first that cannot hold with the others.
    void look(const std::vector<ExpressionIndex>& parts) {
        demands_.clear();
        for (const ExpressionIndex part : parts)
            if (!holds(part)) return;
    }

 private:
    std::string path(ExpressionIndex index) const {
        const auto& form = context_.tree.at(index).form;
        const Binding binding = context_.info(index).binding;
        if (std::holds_alternative<NameUse>(form)) {
            const bool is_stable =
                binding.kind == BindingKind::local || binding.kind == BindingKind::setting;
            const char mark = binding.kind == BindingKind::local ? '#' : '$';
            return is_stable ? mark + std::to_string(binding.index) : "";
        }
        const auto* member = std::get_if<Member>(&form);
        if (member == nullptr || binding.kind == BindingKind::none) return {};
        const std::string base = path(member->base);
        return base.empty() ? "" : base + "." + member->name.text;
    }

    struct Constant {
        std::string text;
        std::optional<double> number;
    };

    std::optional<Constant> constant(ExpressionIndex index) const {
        const Expression& node = context_.tree.at(index);
        const ExpressionInfo& info = context_.info(index);
        if (info.binding.kind == BindingKind::option)
            return Constant{std::get<NameUse>(node.form).name.text, std::nullopt};
        if (const auto* text = std::get_if<Text>(&node.form)) {
            const auto whole = constant_text(*text);
            if (!whole) return std::nullopt;
            return Constant{*whole, std::nullopt};
        }
        if (!is_constant(context_.tree, index)) return std::nullopt;
        const TypeKind kind = context_.type(info.type).kind;
        std::string digits = context_.source_text(node.span);
        digits = digits.substr(0, digits.find(' '));
        double value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        const bool is_number = is_numeric(kind) || kind == TypeKind::money;
        if (is_number && error == std::errc{} && end == digits.data() + digits.size())
            return Constant{number_text(value), value};
        if (kind == TypeKind::boolean) return Constant{digits, std::nullopt};
        return std::nullopt;
    }

    bool refuse(ExpressionIndex part, const std::string& why, ExpressionIndex other) {
        std::vector<Label> labels;
        if (!is_none(other) && other != part)
            labels.push_back({context_.tree.at(other).span, "because of this"});
        context_.report(DiagnosticCode::never_true, context_.tree.at(part).span,
                        "this can never hold: " + why, "remove one of them, or join them with `or`",
                        std::move(labels));
        return false;
    }

    std::string shown(ExpressionIndex index) const {
        return quoted(context_.source_text(context_.tree.at(index).span));
    }

    bool holds(ExpressionIndex part) {
        const auto& form = context_.tree.at(part).form;
        if (const auto* literal = std::get_if<Literal>(&form)) {
            if (literal->kind != LiteralKind::boolean || literal->text == "true") return true;
            return refuse(part, "it is `false`", ExpressionIndex::none);
        }
        if (const auto* presence = std::get_if<Presence>(&form))
            return presence_holds(part, *presence);
        const auto* binary = std::get_if<Binary>(&form);
        if (binary == nullptr || binary->ignoring_case) return true;
        if (binary->op == BinaryOperator::in) return among_holds(part, *binary);
        return comparison_holds(part, *binary);
    }

    Demands& demands_on(const std::string& place, ExpressionIndex part) {
        Demands& demands = demands_[place];
        if (is_none(demands.first)) demands.first = part;
        return demands;
    }

    bool presence_holds(ExpressionIndex part, const Presence& presence) {
        const std::string place = path(presence.value);
        if (place.empty()) return true;
        Demands& demands = demands_on(place, part);
        const bool has_value = demands.among || demands.low || demands.high;
        if (!presence.present && has_value)
            return refuse(part, shown(presence.value) + " has a value", demands.first);
        if (presence.present && demands.is_missing)
            return refuse(part, shown(presence.value) + " is missing", demands.first);
        demands.is_missing = demands.is_missing || !presence.present;
        return true;
    }

    bool restrict_to(ExpressionIndex part, ExpressionIndex subject,
                     const std::set<std::string>& values) {
        Demands& demands = demands_on(path(subject), part);
        std::set<std::string> kept;
        for (const std::string& value : values) {
            const bool fits = !demands.among || demands.among->contains(value);
            if (fits && !demands.excluded.contains(value)) kept.insert(value);
        }
        if (kept.empty() && demands.among)
            return refuse(
                part,
                shown(subject) + " is " +
                    (demands.among->size() == 1 ? quoted(*demands.among->begin()) + " already"
                                                : "something else already"),
                demands.first);
        if (kept.empty()) return refuse(part, shown(subject) + " is something else", demands.first);
        if (demands.is_missing) return refuse(part, shown(subject) + " is missing", demands.first);
        demands.among = std::move(kept);
        return true;
    }

    bool among_holds(ExpressionIndex part, const Binary& binary) {
        const auto* list = std::get_if<ListLiteral>(&context_.tree.at(binary.right).form);
        if (list == nullptr || path(binary.left).empty()) return true;
        std::set<std::string> values;
        for (const ExpressionIndex item : list->items) {
            const auto value = constant(item);
            if (!value) return true;
            values.insert(value->text);
        }
        if (values.empty()) return refuse(part, "the list is empty", ExpressionIndex::none);
        return restrict_to(part, binary.left, values);
    }

    bool comparison_holds(ExpressionIndex part, const Binary& binary) {
        ExpressionIndex subject = binary.left;
        ExpressionIndex other = binary.right;
        BinaryOperator op = binary.op;
        if (!constant(other) && constant(subject)) {
            std::swap(subject, other);
            op = turned(op);
        }
        const auto value = constant(other);
        const std::string place = path(subject);
        if (!value || place.empty()) return true;
        if (op == BinaryOperator::is) {
            if (value->number && !inside(place, part, *value->number))
                return refuse(part, shown(subject) + " is beyond that already",
                              demands_[place].first);
            return restrict_to(part, subject, {value->text});
        }
        if (op == BinaryOperator::is_not) {
            Demands& demands = demands_on(place, part);
            demands.excluded.insert(value->text);
            const bool is_it =
                demands.among && demands.among->size() == 1 && demands.among->contains(value->text);
            return !is_it || refuse(part, shown(subject) + " is that already", demands.first);
        }
        if (!value->number) return true;
        return bound_holds(part, subject, op, *value->number);
    }

    static BinaryOperator turned(BinaryOperator op) {
        switch (op) {
            case BinaryOperator::less: return BinaryOperator::greater;
            case BinaryOperator::less_equal: return BinaryOperator::greater_equal;
            case BinaryOperator::greater: return BinaryOperator::less;
            case BinaryOperator::greater_equal: return BinaryOperator::less_equal;
            default: return op;
        }
    }

    bool inside(const std::string& place, ExpressionIndex part, double value) {
        const Demands& demands = demands_on(place, part);
        if (demands.low && (value < *demands.low || (demands.low_open && value == *demands.low)))
            return false;
        return !demands.high ||
               !(value > *demands.high || (demands.high_open && value == *demands.high));
    }

    bool bound_holds(ExpressionIndex part, ExpressionIndex subject, BinaryOperator op,
                     double value) {
        Demands& demands = demands_on(path(subject), part);
        const bool is_low = op == BinaryOperator::greater || op == BinaryOperator::greater_equal;
        const bool is_high = op == BinaryOperator::less || op == BinaryOperator::less_equal;
        if (!is_low && !is_high) return true;
        const bool is_open = op == BinaryOperator::greater || op == BinaryOperator::less;
        if (is_low && (!demands.low || value >= *demands.low)) {
            demands.low_open = is_open || (demands.low == value && demands.low_open);
            demands.low = value;
        }
        if (is_high && (!demands.high || value <= *demands.high)) {
            demands.high_open = is_open || (demands.high == value && demands.high_open);
            demands.high = value;
        }
        const bool is_empty =
            demands.low && demands.high &&
            (*demands.low > *demands.high ||
             (*demands.low == *demands.high && (demands.low_open || demands.high_open)));
        if (is_empty)
            return refuse(part, shown(subject) + " is bounded the other way already",
                          demands.first);
        return true;
    }

    Context& context_;
    std::map<std::string, Demands> demands_;
};

void collect_parts(const Tree& tree, ExpressionIndex index, std::vector<ExpressionIndex>& parts) {
    std::vector<ExpressionIndex> open{index};
    while (!open.empty()) {
        const ExpressionIndex at = open.back();
        open.pop_back();
        const auto* binary = std::get_if<Binary>(&tree.at(at).form);
        if (binary == nullptr || binary->op != BinaryOperator::and_) {
            parts.push_back(at);
            continue;
        }
        open.push_back(binary->right);
        open.push_back(binary->left);
    }
}

}  // namespace

void check_conditions(Context& context) {
    const Tree& tree = context.tree;
    Contradictions contradictions(context);
    // Every condition that `and` joins, wherever it stands, once, from its top.
    std::vector<bool> is_inside(tree.expressions.size(), false);
    for (const Expression& each : tree.expressions) {
        const auto* binary = std::get_if<Binary>(&each.form);
        if (binary == nullptr || binary->op != BinaryOperator::and_) continue;
        is_inside[static_cast<std::uint32_t>(binary->left)] = true;
        is_inside[static_cast<std::uint32_t>(binary->right)] = true;
    }
    const auto mark_rule = [&](const RuleDeclaration& rule) {
        std::vector<ExpressionIndex> parts;
        for (const RuleClause& clause : rule.clauses) {
            if (clause.kind != ClauseKind::if_) continue;
            is_inside[static_cast<std::uint32_t>(clause.value)] = true;
            collect_parts(tree, clause.value, parts);
        }
        contradictions.look(parts);
    };
    for (const Declaration& declaration : tree.declarations)
        if (const auto* rule = std::get_if<RuleDeclaration>(&declaration.form)) mark_rule(*rule);
    for (std::uint32_t i = 0; i < tree.expressions.size(); ++i) {
        const auto* binary = std::get_if<Binary>(&tree.expressions[i].form);
        if (binary == nullptr || binary->op != BinaryOperator::and_ || is_inside[i]) continue;
        std::vector<ExpressionIndex> parts;
        collect_parts(tree, ExpressionIndex{i}, parts);
        contradictions.look(parts);
    }
}

}  // namespace pawl::dsl::internal
