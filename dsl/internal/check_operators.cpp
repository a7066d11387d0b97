#include "base/time.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_expressions.h"
#include "dsl/internal/check_time_hints.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

std::string_view operator_word(BinaryOperator op) {
    switch (op) {
        case BinaryOperator::add: return "added";
        case BinaryOperator::subtract: return "subtracted";
        case BinaryOperator::multiply: return "multiplied";
        case BinaryOperator::divide:
        case BinaryOperator::whole_divide:
        case BinaryOperator::modulo: return "divided";
        default: return "compared";
    }
}

bool is_arithmetic(BinaryOperator op) {
    return op == BinaryOperator::add || op == BinaryOperator::subtract ||
           op == BinaryOperator::multiply || op == BinaryOperator::divide ||
           op == BinaryOperator::whole_divide || op == BinaryOperator::modulo;
}

bool is_equality(BinaryOperator op) {
    return op == BinaryOperator::is || op == BinaryOperator::is_not;
}

bool is_instant(TypeKind kind) { return kind == TypeKind::date || kind == TypeKind::datetime; }

// What a duration is counted in. Durations of different units have no order among them: a month is
// 28 to 31 days, a day 23 to 25 hours (meaning.md 12).
enum DurationUnit : unsigned { unit_unknown = 0, unit_months = 1, unit_days = 2, unit_time = 4 };

std::string_view unit_word(unsigned units) {
    switch (units) {
        case unit_months: return "months";
        case unit_days: return "days";
        case unit_time: return "hours, minutes or seconds";
        default: return "several units";
    }
}

unsigned units_of(const Context& context, ExpressionIndex index) {
    const auto& form = context.tree.at(index).form;
    if (const auto* literal = std::get_if<Literal>(&form)) {
        if (literal->kind != LiteralKind::duration) return unit_unknown;
        const auto value = parse_duration(literal->text);
        if (!value) return unit_unknown;
        return (value->months != 0 ? unit_months : 0u) | (value->days != 0 ? unit_days : 0u) |
               (value->micros != 0 ? unit_time : 0u);
    }
    if (const auto* unary = std::get_if<Unary>(&form)) return units_of(context, unary->operand);
    const auto* binary = std::get_if<Binary>(&form);
    if (binary == nullptr) return unit_unknown;
    const auto kind = [&](ExpressionIndex side) {
        return context.type(context.checked.expressions[static_cast<std::uint32_t>(side)].type)
            .kind;
    };
    if (binary->op == BinaryOperator::subtract) {
        if (kind(binary->left) == TypeKind::date) return unit_days;
        if (kind(binary->left) == TypeKind::datetime && kind(binary->right) == TypeKind::datetime)
            return unit_time;
    }
    const unsigned left = units_of(context, binary->left);
    const unsigned right = units_of(context, binary->right);
    if (binary->op == BinaryOperator::multiply)
        return kind(binary->left) == TypeKind::duration ? left : right;
    return left == unit_unknown || right == unit_unknown ? unit_unknown : left | right;
}

void check_units(Context& context, ExpressionIndex left, ExpressionIndex right, Span span) {
    const unsigned ours = units_of(context, left);
    const unsigned theirs = units_of(context, right);
    if (ours == unit_unknown || theirs == unit_unknown || ours == theirs) return;
    std::string hint = "write both in the same unit";
    const bool has_time = (ours | theirs) == (unit_time | unit_days);
    if (has_time) hint = "write both in hours, as in `24h`, or both in days";
    context.report(DiagnosticCode::unlike_durations, span,
                   quoted(context.source_text(context.tree.at(left).span)) + " is in " +
                       std::string(unit_word(ours)) + " and " +
                       quoted(context.source_text(context.tree.at(right).span)) + " in " +
                       std::string(unit_word(theirs)) +
                       "; which of them is longer depends on the calendar",
                   hint);
}

// An ordered pair that arithmetic knows; kind none when it does not.
Type sum_type(TypeKind left, TypeKind right, bool subtracts) {
    if (is_numeric(left) && is_numeric(right))
        return simple(left == right ? left : TypeKind::number);
    if (left == right && (left == TypeKind::money || left == TypeKind::duration))
        return simple(left);
    if (is_instant(left) && right == TypeKind::duration) return simple(left);
    if (!subtracts && left == TypeKind::duration && is_instant(right)) return simple(right);
    if (subtracts && left == right && is_instant(left)) return simple(TypeKind::duration);
    return {};
}

Type product_type(TypeKind left, TypeKind right) {
    if (is_numeric(left) && is_numeric(right))
        return simple(left == right ? left : TypeKind::number);
    if (left == TypeKind::money && is_numeric(right)) return simple(TypeKind::money);
    if (is_numeric(left) && right == TypeKind::money) return simple(TypeKind::money);
    if (left == TypeKind::duration && right == TypeKind::integer) return simple(left);
    if (left == TypeKind::integer && right == TypeKind::duration) return simple(right);
    return {};
}

Type quotient_type(TypeKind left, TypeKind right) {
    if (is_numeric(left) && is_numeric(right)) return simple(TypeKind::number);
    if (left == TypeKind::money && is_numeric(right)) return simple(TypeKind::money);
    if (left == right && (left == TypeKind::money || left == TypeKind::duration))
        return simple(TypeKind::number);
    return {};
}

Type arithmetic_type(BinaryOperator op, TypeKind left, TypeKind right) {
    switch (op) {
        case BinaryOperator::add: return sum_type(left, right, false);
        case BinaryOperator::subtract: return sum_type(left, right, true);
        case BinaryOperator::multiply: return product_type(left, right);
        case BinaryOperator::divide: return quotient_type(left, right);
        default:
            if (!is_numeric(left) || !is_numeric(right)) return {};
            return simple(left == right ? left : TypeKind::number);
    }
}

std::string arithmetic_hint(BinaryOperator op, TypeKind left, TypeKind right) {
    if (op == BinaryOperator::add && (is_textual(left) || is_textual(right)))
        return "texts are joined by writing them into one: \"{{first}} {{second}}\"";
    if (left == TypeKind::money && right == TypeKind::money) return "multiply money by a number";
    if ((left == TypeKind::money && is_numeric(right)) ||
        (is_numeric(left) && right == TypeKind::money))
        return "only money goes with money; an `int` or `number` field that is an amount should "
               "be of type `money`";
    if (is_instant(left) && is_instant(right) && left != right)
        return "`date(…)` gives the day of a datetime";
    if (is_instant(left) && is_numeric(right))
        return "say what is counted, as in `3d` or `2h`; `n * 1d` makes days of a number";
    if (left == TypeKind::duration && right == TypeKind::number)
        return "a duration is multiplied by a whole number";
    if (left == TypeKind::duration && is_numeric(right))
        return "`d / 1d` is the number of days; half of it is written out";
    return {};
}

}  // namespace

Type Expressions::check_unary(ExpressionIndex index, const Unary& unary, Type wanted) {
    const Span span = context_.tree.at(index).span;
    if (unary.op == UnaryOperator::not_) {
        const Type have = require(unary.operand, simple(TypeKind::boolean, true), "`not`");
        return simple(TypeKind::boolean, have.optional);
    }
    const Type have = check(unary.operand, wanted);
    if (is_unknown(have)) return {};
    const bool has_minus =
        is_numeric(have.kind) || have.kind == TypeKind::money || have.kind == TypeKind::duration;
    if (has_minus) return have;
    context_.report(DiagnosticCode::unlike_types, span,
                    "a minus goes before a number, and this is " + describe(context_, have));
    return {};
}

// A bare name or a literal takes its type from the other side, so that side goes first.
void Expressions::both_sides(const Binary& binary, Type& left, Type& right) {
    const auto takes_type = [&](ExpressionIndex index) {
        const auto* use = std::get_if<NameUse>(&context_.tree.at(index).form);
        return use != nullptr && scope_.find(use->name.text) == nullptr;
    };
    const bool asks_neighbour = is_equality(binary.op) || binary.op == BinaryOperator::add ||
                                binary.op == BinaryOperator::subtract || !is_arithmetic(binary.op);
    if (is_equality(binary.op) && takes_type(binary.left) && !takes_type(binary.right)) {
        right = check(binary.right);
        left = is_unknown(right)
                   ? check_forgiving(binary.left)
                   : check(binary.left, right.kind == TypeKind::choice ? plain(right) : Type{});
        return;
    }
    left = check(binary.left);
    right = is_unknown(left) ? check_forgiving(binary.right)
                             : check(binary.right, asks_neighbour ? plain(left) : Type{});
    if (!asks_neighbour || is_unknown(left) || is_unknown(right)) return;
    const Type adapted = adapt(binary.left, left, plain(right));
    left = {adapted.kind, left.optional, adapted.index};
    if (const auto* text = std::get_if<Text>(&context_.tree.at(binary.left).form))
        if (const auto whole = constant_text(*text))
            left = adapt_text(binary.left, *whole, plain(right));
}

Type Expressions::logical_side(ExpressionIndex index, const std::string& what, bool is_and) {
    const Type type = check(index);
    if (is_unknown(type) || type.kind == TypeKind::boolean) return type;
    report_mismatch(context_, context_.tree.at(index).span, what, type, simple(TypeKind::boolean),
                    is_and ? "" : "for what to take when a value is missing, write `or default`");
    return {};
}

Type Expressions::check_binary(ExpressionIndex index, const Binary& binary) {
    const Span span = context_.tree.at(index).span;
    switch (binary.op) {
        case BinaryOperator::and_:
        case BinaryOperator::or_: {
            const bool is_and = binary.op == BinaryOperator::and_;
            const std::string what = is_and ? "`and`" : "`or`";
            const Type left = logical_side(binary.left, what, is_and);
            const Scope::Mark mark = scope_.enter();
            const Proof known = prove(binary.left);
            scope_.prove(is_and ? known.when_true : known.when_not_true);
            const Type right = is_unknown(left) ? check_forgiving(binary.right)
                                                : logical_side(binary.right, what, is_and);
            scope_.forget_facts(mark);
            if (is_unknown(left) || is_unknown(right)) return {};
            return simple(TypeKind::boolean, left.optional || right.optional);
        }
        case BinaryOperator::in:
        case BinaryOperator::not_in: return membership(binary, span);
        case BinaryOperator::contains:
        case BinaryOperator::starts_with:
        case BinaryOperator::ends_with:
        case BinaryOperator::matches: return text_operator(binary, span);
        case BinaryOperator::at: return time_of_day(binary);
        default: break;
    }
    Type left;
    Type right;
    both_sides(binary, left, right);
    if (is_unknown(left) || is_unknown(right)) return {};
    return is_arithmetic(binary.op) ? arithmetic(binary, span, left, right)
                                    : comparison(binary, span, left, right);
}

Type Expressions::time_of_day(const Binary& binary) {
    const Type day = check(binary.left);
    const Type time = require(binary.right, simple(TypeKind::time, true), "`at`");
    if (is_unknown(day) || is_unknown(time)) return {};
    if (!is_instant(day.kind)) {
        context_.report(
            DiagnosticCode::unlike_types, context_.tree.at(binary.left).span,
            "`at` gives a date its time of day, and this is " + describe(context_, day));
        return {};
    }
    return simple(TypeKind::datetime, day.optional || time.optional);
}

Type Expressions::arithmetic(const Binary& binary, Span span, Type left, Type right) {
    Type result = arithmetic_type(binary.op, left.kind, right.kind);
    if (is_unknown(result)) {
        report_unlike(span, operator_word(binary.op), left, right,
                      arithmetic_hint(binary.op, left.kind, right.kind));
        return {};
    }
    const bool is_moved_date = result.kind == TypeKind::date;
    if (is_moved_date) {
        const ExpressionIndex by = right.kind == TypeKind::duration ? binary.right : binary.left;
        if ((units_of(context_, by) & unit_time) != 0) {
            context_.report(DiagnosticCode::unlike_types, span,
                            "a date has no hours to add to or take from",
                            "use days; `at 09:00` behind it gives it a time of day");
            return {};
        }
    }
    const bool may_fail = binary.op == BinaryOperator::divide ||
                          binary.op == BinaryOperator::whole_divide ||
                          binary.op == BinaryOperator::modulo;
    // Division by zero is missing, unless the divisor is written out and is not zero.
    result.optional = left.optional || right.optional;
    if (may_fail && !divides_safely(binary.right)) result.optional = true;
    return result;
}

bool Expressions::divides_safely(ExpressionIndex divisor) const {
    const auto* literal = std::get_if<Literal>(&context_.tree.at(divisor).form);
    if (literal == nullptr) return false;
    return literal->text.find_first_of("123456789") != std::string::npos;
}

Type Expressions::comparison(const Binary& binary, Span span, Type left, Type right) {
    const Type result = simple(TypeKind::boolean, left.optional || right.optional);
    const TypeKind kind = left.kind;
    const bool is_order = !is_equality(binary.op);
    if (is_numeric(left.kind) && is_numeric(right.kind)) {
        if (left.kind != right.kind) {
            const ExpressionIndex whole =
                left.kind == TypeKind::integer ? binary.left : binary.right;
            if (context_.info(whole).converted_to == 0) convert_to(whole, simple(TypeKind::number));
        }
        return result;
    }
    if (kind == TypeKind::duration && right.kind == TypeKind::duration)
        check_units(context_, binary.left, binary.right, span);
    if (is_order) {
        const bool has_order = kind == TypeKind::money || kind == TypeKind::date ||
                               kind == TypeKind::time || kind == TypeKind::datetime ||
                               kind == TypeKind::duration || is_textual(kind);
        if (kind == right.kind && has_order) return result;
    } else {
        const bool are_texts =
            is_textual(kind) && is_textual(right.kind) &&
            (kind == right.kind || kind == TypeKind::url || right.kind == TypeKind::url);
        if (are_texts || plain(left) == plain(right)) return result;
        const bool are_choices = kind == TypeKind::choice && right.kind == TypeKind::choice &&
                                 (fit(context_, plain(left), plain(right)) != Fit::no ||
                                  fit(context_, plain(right), plain(left)) != Fit::no);
        if (are_choices) return result;
        if (kind == TypeKind::list && right.kind == TypeKind::list &&
            fit(context_, plain(left), plain(right)) != Fit::no)
            return result;
    }
    if (is_order && kind == TypeKind::choice && right.kind == TypeKind::choice) {
        context_.report(DiagnosticCode::unlike_types, span,
                        "the values of " + quoted(context_.schema().choices[left.index].name) +
                            " have no order",
                        "list those that are meant: `in […]`");
        return {};
    }
    std::string hint = hint_for_compared_times(context_, binary, left, right);
    if (!hint.empty()) return report_unlike(span, "compared", left, right, std::move(hint)), Type{};
    if (is_instant(kind) && is_instant(right.kind))
        hint = "`date(…)` gives the day of a datetime";
    else if (kind == TypeKind::json || right.kind == TypeKind::json)
        hint = "say what the json holds: `… as int`";
    else if (kind == TypeKind::list || right.kind == TypeKind::list)
        hint = "`x in list` looks for one of its items";
    else if ((kind == TypeKind::money && is_numeric(right.kind)) ||
             (is_numeric(kind) && right.kind == TypeKind::money))
        hint = "only written digits are taken as money; make both of type `money`";
    else if (is_order && kind == TypeKind::choice)
        hint = "values of `one of` have no order; list them: `in […]`";
    else if (is_textual(kind) && is_textual(right.kind))
        hint =
            "give both the same type; addresses and numbers are kept in one spelling, a text "
            "as it came";
    report_unlike(span, "compared", left, right, std::move(hint));
    return {};
}

Type Expressions::membership(const Binary& binary, Span span) {
    const auto* use = std::get_if<NameUse>(&context_.tree.at(binary.left).form);
    const bool is_option = use != nullptr && scope_.find(use->name.text) == nullptr;
    Type element;
    Type list;
    Type left;
    if (is_option) {  // `editor in e.roles`
        list = check(binary.right);
        if (list.kind == TypeKind::list) element = context_.type(list.index);
        left = is_unknown(element) ? check_forgiving(binary.left) : check(binary.left, element);
    } else {
        left = check(binary.left);
        const Type due = is_unknown(left)
                             ? Type{}
                             : Type{TypeKind::list, false, context_.type_index(plain(left))};
        list = is_unknown(left) ? check_forgiving(binary.right) : check(binary.right, due);
        if (list.kind == TypeKind::list) element = context_.type(list.index);
        if (!is_unknown(left) && !is_unknown(element)) {
            const Type adapted = adapt(binary.left, left, plain(element));
            left = {adapted.kind, left.optional, adapted.index};
        }
    }
    if (is_unknown(left) || is_unknown(list)) return {};
    const bool optional = left.optional || list.optional;
    if (list.kind != TypeKind::list) {
        context_.report(DiagnosticCode::unlike_types, context_.tree.at(binary.right).span,
                        "`in` looks into a list, and this is " + describe(context_, list),
                        is_textual(list.kind) ? "for a part of a text: `text contains part`"
                                              : "for one value write `is`");
        return {};
    }
    if (is_unknown(element)) return simple(TypeKind::boolean, optional);
    const bool fits = fit(context_, plain(left), plain(element)) != Fit::no ||
                      fit(context_, plain(element), plain(left)) != Fit::no;
    if (fits) return simple(TypeKind::boolean, optional);
    report_unlike(span, "compared", left, element);
    return {};
}

Type Expressions::text_operator(const Binary& binary, Span span) {
    const Type left = check(binary.left);
    const bool in_list = binary.op == BinaryOperator::contains && left.kind == TypeKind::list;
    const Type element = in_list ? context_.type(left.index) : Type{};
    const Type right =
        is_unknown(left) ? check_forgiving(binary.right) : check(binary.right, plain(element));
    if (is_unknown(left) || is_unknown(right)) return {};
    const Type result = simple(TypeKind::boolean, left.optional || right.optional);
    if (in_list) {
        if (is_unknown(element) || fit(context_, plain(right), plain(element)) != Fit::no)
            return result;
        report_unlike(span, "compared", element, right);
        return {};
    }
    const bool is_text = is_textual(left.kind) || left.kind == TypeKind::choice;
    if (is_text && is_textual(right.kind)) return result;
    const ExpressionIndex culprit = is_text ? binary.right : binary.left;
    context_.report(
        DiagnosticCode::unlike_types, context_.tree.at(culprit).span,
        "this compares texts, and here is " + describe(context_, is_text ? right : left));
    return {};
}

Type Expressions::check_between(const Between& between) {
    const Type value = check(between.value);
    const bool is_lost = is_unknown(value);
    const Type low = is_lost ? check_forgiving(between.low) : check(between.low, plain(value));
    const Type high = is_lost ? check_forgiving(between.high) : check(between.high, plain(value));
    if (is_unknown(value) || is_unknown(low) || is_unknown(high)) return {};
    const bool optional = value.optional || low.optional || high.optional;
    for (const auto& [index, type] : {std::pair(between.low, low), std::pair(between.high, high)}) {
        const bool are_numbers = is_numeric(value.kind) && is_numeric(type.kind);
        const bool has_order = value.kind == TypeKind::money || is_instant(value.kind) ||
                               value.kind == TypeKind::time || value.kind == TypeKind::duration ||
                               is_textual(value.kind);
        if (are_numbers || (has_order && value.kind == type.kind)) continue;
        report_unlike(context_.tree.at(index).span, "compared", value, type,
                      hint_for_between(value, type));
        return {};
    }
    return simple(TypeKind::boolean, optional);
}

}  // namespace pawl::dsl::internal
