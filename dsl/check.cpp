#include "dsl/check.h"

#include <algorithm>

#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_logic.h"
#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_zones.h"

namespace pawl::dsl {

namespace {

using internal::Context;

void declare_everything(Context& context, const std::vector<Diagnostic>& told) {
    internal::read_header(context);
    internal::declare_names(context);
    internal::note_lost_declarations(context, told);
    if (context.told_too_many) return;
    internal::declare_fields(context);
    internal::declare_field_defaults(context);
    internal::declare_actions(context);
    internal::declare_settings(context);
    internal::declare_people(context);
    internal::declare_states(context);
    internal::declare_parameters(context);
    internal::declare_delivery(context);
}

void check_unit(Context& context, std::uint32_t unit) {
    switch (context.checked.units[unit].kind) {
        case rules::UnitKind::rule: return internal::check_rule(context, unit);
        case rules::UnitKind::flow: return internal::check_flow(context, unit);
        case rules::UnitKind::define: return internal::check_define(context, unit);
        case rules::UnitKind::template_: return internal::check_template(context, unit);
        case rules::UnitKind::notification: return internal::check_notification(context, unit);
        case rules::UnitKind::journey: return internal::check_journey(context, unit);
        default: return;
    }
}

void check_code(Context& context) {
    const auto& units = context.checked.units;
    context.effects.resize(units.size());
    internal::check_template_languages(context);
    // What the steps of journeys are named by, before the statements that name them.
    for (std::uint32_t unit = 0; unit < units.size(); ++unit)
        if (units[unit].kind == rules::UnitKind::journey) internal::check_timetable(context, unit);
    // Tests last: they ask rules for what these were found to take.
    for (std::uint32_t unit = 0; unit < units.size(); ++unit) check_unit(context, unit);
    for (std::uint32_t unit = 0; unit < units.size(); ++unit)
        if (units[unit].kind == rules::UnitKind::test) internal::check_test(context, unit);
    for (const Declaration& declaration : context.tree.declarations) {
        if (const auto* allow = std::get_if<AllowDeclaration>(&declaration.form))
            internal::check_allow(context, *allow);
        if (const auto* action = std::get_if<ActionDeclaration>(&declaration.form))
            context.report(DiagnosticCode::action_not_yet, action->name.span,
                           internal::quoted(action->name.text) +
                               " is an action in Lua, which this version cannot run yet");
    }
}

// Found by looking at the whole: worth telling only of a rulebook that is right otherwise.
bool is_of_the_whole(const Diagnostic& diagnostic) {
    return diagnostic.code == DiagnosticCode::never_used ||
           diagnostic.code == DiagnosticCode::status_never_left ||
           diagnostic.code == DiagnosticCode::status_never_reached;
}

}  // namespace

Checked check(const Tree& tree, const SourceSet& sources, std::vector<Diagnostic>& diagnostics) {
    const std::vector<Diagnostic> told = diagnostics;
    Context context(tree, sources, diagnostics);
    declare_everything(context, told);
    if (context.told_too_many) return std::move(context.checked);
    check_code(context);
    internal::tell_unknown_zones(context);
    internal::tell_grouped(context);
    internal::check_logic(context);
    internal::drop_what_syntax_explains(context, told, diagnostics);
    if (has_errors(diagnostics)) std::erase_if(diagnostics, is_of_the_whole);
    return std::move(context.checked);
}

}  // namespace pawl::dsl
