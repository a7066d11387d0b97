#include "dsl/internal/check_rules.h"

#include <algorithm>
#include <utility>

#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_walk.h"

namespace pawl::dsl::internal {

namespace {

const Declaration& declaration_of(Context& context, std::uint32_t unit) {
    return context.tree.declarations[context.checked.units[unit].declaration];
}

rules::RuleMode mode_of(const RuleDeclaration& form) {
    if (form.mode.text == "draft") return rules::RuleMode::draft;
    if (form.mode.text == "paused") return rules::RuleMode::paused;
    return rules::RuleMode::live;
}

void check_clauses(Expressions& expressions, Statements& statements, const RuleDeclaration& form) {
    Context& context = expressions.context();
    Scope& scope = expressions.scope();
    for (const RuleClause& clause : form.clauses) {
        if (clause.kind == ClauseKind::let) {
            const Type type = expressions.check(clause.value);
            const std::uint32_t slot = scope.declare(clause.name, type, LocalOrigin::let);
            note_alias(expressions, slot, clause.value, type);
            continue;
        }
        const Proof proof = expressions.condition(clause.value, Expressions::Unknown::warn);
        const bool is_if = clause.kind == ClauseKind::if_;
        scope.prove(is_if ? proof.when_true : proof.when_not_true);
        if (is_if && !is_unknown(context.type(context.info(clause.value).type)))
            statements.know_from(clause.value);
    }
}

}  // namespace

void declare_unit_parameters(Context& context, Scope& scope,
                             const std::vector<ParameterForm>& forms,
                             const std::vector<rules::Parameter>& parameters) {
    CheckedUnit& unit = scope.unit();
    for (const rules::Parameter& parameter : parameters) {
        // A parameter that was declared twice has one place.
        const auto form = std::find_if(forms.begin(), forms.end(), [&](const ParameterForm& each) {
            return each.name.text == parameter.name;
        });
        scope.declare(form->name, context.type(parameter.type), LocalOrigin::parameter);
    }
    unit.parameter_count = static_cast<std::uint16_t>(parameters.size());
}

void check_rule(Context& context, std::uint32_t unit) {
    const auto& form = std::get<RuleDeclaration>(declaration_of(context, unit).form);
    CheckedUnit& checked = context.checked.units[unit];
    rules::Rule& rule = context.program().rules[checked.table_index];
    rule.id = form.name.text;
    rule.title = form.title;
    rule.mode = mode_of(form);
    rule.unit = unit;
    rule.renamed_from = form.renamed_from.text;
    if (!form.renamed_from.empty())
        if (const Named* old = context.space(Space::rule).find(form.renamed_from.text))
            context.report(DiagnosticCode::name_taken, form.renamed_from.span,
                           "the rule " + quoted(form.renamed_from.text) + " is still there",
                           "rename it in its own place, or remove `renamed from`",
                           {{old->span, "it is declared here"}});
    Scope scope(context, checked);
    Expressions expressions(context, scope);
    BlockRules block_rules;
    block_rules.may_forget =
        std::any_of(form.guards.begin(), form.guards.end(),
                    [](const Guard& guard) { return guard.kind == GuardKind::once_per; });
    Statements statements(context, expressions, unit, block_rules);
    const Scope::Mark mark = scope.enter();
    Triggers triggers(context, expressions, statements, rule);
    triggers.check(form);
    check_clauses(expressions, statements, form);
    check_guards(context, expressions, form, rule, triggers.crossing_type());
    statements.block(form.body);
    scope.leave(mark);
}

void check_flow(Context& context, std::uint32_t unit) {
    const auto& form = std::get<FlowDeclaration>(declaration_of(context, unit).form);
    CheckedUnit& checked = context.checked.units[unit];
    const rules::Flow& flow = context.program().flows[checked.table_index];
    Scope scope(context, checked);
    Expressions expressions(context, scope);
    BlockRules block_rules;
    block_rules.may_return = true;
    block_rules.may_forget = true;  // its caller's key
    block_rules.gives_value = form.result.has_value();
    block_rules.result = context.type(flow.result);
    Statements statements(context, expressions, unit, block_rules);
    const Scope::Mark mark = scope.enter();
    declare_unit_parameters(context, scope, form.parameters, flow.parameters);
    const Type result = block_rules.result;
    const bool ends = statements.block(form.body);
    scope.leave(mark);
    if (!ends && !is_unknown(result) && !result.optional)
        context.report(DiagnosticCode::required_not_set, form.name.span,
                       "the flow " + quoted(form.name.text) + " gives " +
                           describe(context, result) + ", and may end without `return`",
                       "add `return …` at its end, or write `?` after what it gives");
}

void check_define(Context& context, std::uint32_t unit) {
    const auto& form = std::get<DefineDeclaration>(declaration_of(context, unit).form);
    DefineInfo& info = context.defines[unit];
    if (info.state == DefineState::checked) return;
    info.state = DefineState::checking;
    const std::uint32_t outer_depth = std::exchange(context.define_reach, 0);
    ++context.define_depth;
    CheckedUnit& checked = context.checked.units[unit];
    Scope scope(context, checked);
    Expressions expressions(context, scope);
    ReadWatch watch;
    watch.on_query = [&](Span, std::string_view) { info.reads_beyond = true; };
    expressions.watch = &watch;
    declare_unit_parameters(context, scope, form.parameters, info.parameters);
    const Type type = expressions.check(form.value);
    info.result = context.type_index(type);
    info.depth = context.define_reach + 1;
    info.state = DefineState::checked;
    --context.define_depth;
    context.define_reach = outer_depth;
}

Type define_result(Context& context, std::uint32_t unit, Span use) {
    DefineInfo& info = context.defines[unit];
    const auto& form = std::get<DefineDeclaration>(declaration_of(context, unit).form);
    if (info.state == DefineState::checking) {
        context.report(DiagnosticCode::calls_itself, use,
                       quoted(form.name.text) + " is defined by itself",
                       "a define is worked out to its end; it cannot repeat itself",
                       {{form.name.span, quoted(form.name.text) + " is declared here"}});
        return {};
    }
    const auto refuse = [&] {
        if (!std::exchange(context.told_define_depth, true))
            context.report(DiagnosticCode::too_many, use,
                           "more than " + std::to_string(limits::call_depth_max) +
                               " defines stand inside one another here",
                           "join some of them into one");
        return Type{};
    };
    if (info.state == DefineState::unchecked) {
        if (context.define_depth >= limits::call_depth_max) return refuse();
        check_define(context, unit);
    }
    // The define that is being checked, if one is, stands around this one.
    const std::uint32_t around = context.define_depth > 0 ? 1 : 0;
    if (info.depth + around > limits::call_depth_max) return refuse();
    context.define_reach = std::max(context.define_reach, info.depth);
    return context.type(info.result);
}

}  // namespace pawl::dsl::internal
