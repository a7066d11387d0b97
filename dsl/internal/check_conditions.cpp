#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/suggest.h"
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

// `n > 5`: the least or the most that a path may be.
struct Bound {
    std::optional<double> value;
    bool is_open = false;
    std::string text;  // of the value, as written
    ExpressionIndex at = ExpressionIndex::none;
};

// What one path is told to be, so far.
struct Demands {
    std::optional<std::set<std::string>> among;  // one of these
    std::set<std::string> excluded;
    Bound low, high;
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
        const bool has_value = demands.among || demands.low.value || demands.high.value;
        if (!presence.present && has_value)
            return refuse(part, shown(presence.value) + " has a value", demands.first);
        if (presence.present && demands.is_missing)
            return refuse(part, shown(presence.value) + " is missing", demands.first);
        demands.is_missing = demands.is_missing || !presence.present;
        return true;
    }

    static std::string one_of(const std::set<std::string>& values) {
        const std::vector<std::string> names(values.begin(), values.end());
        return list_names(names);
    }
    static std::string low_text(const Bound& low) {
        return (low.is_open ? "over " : "at least ") + low.text;
    }
    static std::string high_text(const Bound& high) {
        return (high.is_open ? "under " : "at most ") + high.text;
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
            return refuse(part, shown(subject) + " is " + one_of(*demands.among) + " already",
                          demands.first);
        if (kept.empty())
            return refuse(part, shown(subject) + " is not " + one_of(values), demands.first);
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
            if (value->number && !inside(part, subject, *value->number)) return false;
            return restrict_to(part, subject, {value->text});
        }
        if (op == BinaryOperator::is_not) {
            Demands& demands = demands_on(place, part);
            demands.excluded.insert(value->text);
            const bool is_it =
                demands.among && demands.among->size() == 1 && demands.among->contains(value->text);
            return !is_it ||
                   refuse(part, shown(subject) + " is " + quoted(value->text) + " already",
                          demands.first);
        }
        if (!value->number) return true;
        return bound_holds(part, subject, op, {*value->number, other});
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

    bool inside(ExpressionIndex part, ExpressionIndex subject, double value) {
        const Demands& demands = demands_on(path(subject), part);
        const Bound& low = demands.low;
        const Bound& high = demands.high;
        const auto is_already = [&](const std::string& bound, ExpressionIndex at) {
            return refuse(part, shown(subject) + " is " + bound + " already", at);
        };
        if (low.value && (low.is_open ? value <= *low.value : value < *low.value))
            return is_already(low_text(low), low.at);
        if (high.value && (high.is_open ? value >= *high.value : value > *high.value))
            return is_already(high_text(high), high.at);
        return true;
    }

    struct Threshold {
        double value = 0;
        ExpressionIndex written = ExpressionIndex::none;
    };

    bool bound_holds(ExpressionIndex part, ExpressionIndex subject, BinaryOperator op,
                     Threshold threshold) {
        Demands& demands = demands_on(path(subject), part);
        const bool is_low = op == BinaryOperator::greater || op == BinaryOperator::greater_equal;
        const bool is_high = op == BinaryOperator::less || op == BinaryOperator::less_equal;
        if (!is_low && !is_high) return true;
        const bool is_open = op == BinaryOperator::greater || op == BinaryOperator::less;
        Bound& bound = is_low ? demands.low : demands.high;
        const Bound& other = is_low ? demands.high : demands.low;
        const double value = threshold.value;
        const bool is_same = bound.value == value;
        const bool is_closer =
            !bound.value || (is_low ? value > *bound.value : value < *bound.value);
        if (is_closer || (is_same && is_open && !bound.is_open)) {
            bound.value = value;
            bound.is_open = is_open;
            bound.text = context_.source_text(context_.tree.at(threshold.written).span);
            bound.at = part;
        }
        if (!demands.low.value || !demands.high.value) return true;
        const double low = *demands.low.value;
        const double high = *demands.high.value;
        const bool is_empty =
            low > high || (low == high && (demands.low.is_open || demands.high.is_open));
        return !is_empty || refuse(part,
                                   shown(subject) + " cannot be " + low_text(demands.low) +
                                       " and " + high_text(demands.high) + " at once",
                                   other.at);
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
