#include "dsl/internal/check_stated.h"

#include <algorithm>
#include <vector>

#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_walk.h"

namespace pawl::dsl::internal {

namespace {

using rules::Stated;
using rules::Value;

bool is_moment_word(const Name& name) {
    return !name.quoted && (name.text == "now" || name.text == "today" || name.text == "firing");
}

// A name that stands for something which differs from run to run. Others, those that nothing has
// among them, are the expression's own business.
bool depends_on_run(Expressions& expressions, const Name& name) {
    Context& context = expressions.context();
    if (is_moment_word(name)) return true;
    if (expressions.scope().find(name.text) != nullptr) return true;
    if (context.space(Space::setting).find(name.text) != nullptr) return false;
    return context.space(Space::entity).find(name.text) != nullptr;
}

bool depends_on_run(Expressions& expressions, ExpressionIndex index) {
    const Context& context = expressions.context();
    const auto& form = context.tree.at(index).form;
    if (const auto* use = std::get_if<NameUse>(&form))
        return depends_on_run(expressions, use->name);
    if (const auto* call = std::get_if<CallExpression>(&form))
        return !rules::find_builtin(call->callee.text) &&
               context.functions.find(call->callee.text) != context.functions.end();
    return std::holds_alternative<QueryExpression>(form);
}

// The widest part that is no value of every run: `session.starts_at`, not `session`.
ExpressionIndex part_of_run(Expressions& expressions, ExpressionIndex root) {
    const Tree& tree = expressions.context().tree;
    std::vector<ExpressionIndex> open{root};
    while (!open.empty()) {
        const ExpressionIndex index = open.back();
        open.pop_back();
        ExpressionIndex base = index;
        while (const auto* member = std::get_if<Member>(&tree.at(base).form)) base = member->base;
        if (depends_on_run(expressions, base)) return index;
        if (base != index) continue;
        for_each_child(tree, index, [&](ExpressionIndex child) { open.push_back(child); });
    }
    return ExpressionIndex::none;
}

}  // namespace

Stated check_stated(Expressions& expressions, ExpressionIndex index, Type wanted,
                    const std::string& what) {
    if (is_none(index)) return {};
    Context& context = expressions.context();
    const std::size_t told = context.told_count();
    const bool is_option = wanted.kind == TypeKind::choice &&
                           std::holds_alternative<NameUse>(context.tree.at(index).form);
    if (!is_option) {
        const ExpressionIndex part = part_of_run(expressions, index);
        if (!is_none(part)) {
            const Span span = context.tree.at(part).span;
            context.report(DiagnosticCode::not_constant, span,
                           what + " must be known before any run, and " +
                               quoted(context.source_text(span)) + " is known only in one",
                           "write the value itself, or work it out from settings");
            return {};
        }
    }
    expressions.require(index, wanted, what);
    if (context.told_count() != told || is_unknown(wanted)) return {};
    if (!is_option && !is_constant(context.tree, index)) return {};
    if (auto value = constant_value(context, index, plain(wanted), what))
        return {std::move(*value), std::nullopt};
    return {};
}

std::optional<Value> known_value(Context& context, ExpressionIndex index, const Stated& stated) {
    if (!stated.value.is_missing()) return stated.value;
    if (is_none(index)) return std::nullopt;
    const Binding binding = context.info(index).binding;
    if (binding.kind != BindingKind::setting || context.info(index).converted_to != 0)
        return std::nullopt;
    const Value& value = context.schema().settings[binding.index].value;
    if (value.is_missing()) return std::nullopt;
    return value;
}

std::int64_t rough_micros(Duration duration) {
    constexpr std::int64_t days_a_month = 30;
    // Cut off where the sum could not be held; both lie far beyond the calendar.
    constexpr std::int64_t days_max = 10'000'000;
    constexpr std::int64_t micros_max = 8'000'000'000'000'000'000;
    const std::int64_t days = duration.months * days_a_month + duration.days;
    return std::clamp(days, -days_max, days_max) * micros_per_day +
           std::clamp(duration.micros, -micros_max, micros_max);
}

bool is_positive(const Value& value) {
    switch (value.kind()) {
        case rules::Kind::integer: return value.as_integer() > 0;
        case rules::Kind::number: return value.as_number() > 0;
        case rules::Kind::money: return value.as_money().minor > 0;
        case rules::Kind::duration: return rough_micros(value.as_duration()) > 0;
        default: return true;
    }
}

Stated check_length(Expressions& expressions, ExpressionIndex index, Months months,
                    const std::string& what, const std::string& hint) {
    Context& context = expressions.context();
    Stated stated = check_stated(expressions, index, simple(TypeKind::duration), what);
    const auto length = known_value(context, index, stated);
    if (!length || length->kind() != rules::Kind::duration) return stated;
    const std::string shown = quoted(format_duration(length->as_duration()));
    const Span span = context.tree.at(index).span;
    if (!is_positive(*length))
        context.report(DiagnosticCode::value_out_of_range, span,
                       what + " takes a length of time above zero, and this is " + shown, hint);
    else if (months == Months::refused && length->as_duration().months != 0)
        context.report(DiagnosticCode::value_out_of_range, span,
                       what + " takes a length that is always the same, and " + shown +
                           " is longer in some months than in others",
                       "say it in days, as in `30d`");
    return stated;
}

Stated check_count(Expressions& expressions, ExpressionIndex index, std::int64_t most,
                   const std::string& what) {
    Context& context = expressions.context();
    Stated stated = check_stated(expressions, index, simple(TypeKind::integer), what);
    const auto count = known_value(context, index, stated);
    if (!count || count->kind() != rules::Kind::integer) return stated;
    const std::int64_t said = count->as_integer();
    if (said < 1 || said > most)
        context.report(DiagnosticCode::value_out_of_range, context.tree.at(index).span,
                       what + " takes " +
                           (said < 1 ? "1 or more" : "at most " + std::to_string(most)) +
                           ", and this is " + std::to_string(said));
    return stated;
}

}  // namespace pawl::dsl::internal
