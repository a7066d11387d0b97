#include "dsl/internal/check_expression.h"

#include "dsl/internal/check_declarations.h"
#include "dsl/internal/check_logic.h"
#include "dsl/internal/check_rules.h"

namespace pawl::dsl::internal {

namespace {

Type type_of(Context& context, rules::TypeKind kind) {
    if (kind == TypeKind::list)
        return {TypeKind::list, false, context.type_index(simple(TypeKind::json))};
    if (kind == TypeKind::none) return simple(TypeKind::json, true);
    return simple(kind);
}

}  // namespace

Checked check_expression_alone(Tree& tree, ExpressionIndex expression, const SourceSet& sources,
                               std::span<const ExpressionName> names,
                               std::vector<Diagnostic>& diagnostics) {
    Declaration declaration;
    declaration.span = tree.at(expression).span;
    declaration.name_span = declaration.span;
    declaration.form = DefineDeclaration{{"expression", declaration.span}, {}, expression};
    tree.declarations.push_back(std::move(declaration));
    Context context(tree, sources, diagnostics);
    // Wall-clock words mean UTC here: there is no rulebook to say where.
    context.program().header.timezone = "UTC";
    declare_names(context);
    context.effects.resize(context.checked.units.size());
    CheckedUnit& unit = context.checked.units.front();
    Scope scope(context, unit);
    Expressions expressions(context, scope);
    for (const ExpressionName& name : names) {
        const Type type = type_of(context, name.kind);
        scope.show({name.name, type, scope.add_slot(name.name, type), {}, LocalOrigin::parameter});
    }
    unit.parameter_count = static_cast<std::uint16_t>(unit.local_names.size());
    expressions.check(expression);
    tell_grouped(context);
    return std::move(context.checked);
}

}  // namespace pawl::dsl::internal
