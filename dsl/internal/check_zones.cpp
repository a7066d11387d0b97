#include "dsl/internal/check_zones.h"

#include "base/zone.h"
#include "dsl/internal/check_time_hints.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

// Of Scope::written_text.
std::string text_at(const Context& context, ExpressionIndex written) {
    const auto* text = std::get_if<Text>(&context.tree.at(written).form);
    return text == nullptr ? "" : constant_text(*text).value_or("");
}

}  // namespace

void note_zone_source(Context& context, Scope& scope, ExpressionIndex zone) {
    if (is_none(zone)) return;
    const auto& form = context.tree.at(zone).form;
    if (const auto* fallback = std::get_if<OrDefault>(&form)) {
        note_zone_source(context, scope, fallback->value);
        return note_zone_source(context, scope, fallback->fallback);
    }
    if (const auto* use = std::get_if<NameUse>(&form)) {
        const bool is_local = context.info(zone).binding.kind == BindingKind::local;
        const Local* local = is_local ? scope.find(use->name.text) : nullptr;
        return local == nullptr ? void() : note_zone_source(context, scope, local->value);
    }
    const auto* member = std::get_if<Member>(&form);
    if (member == nullptr || context.info(zone).binding.kind != BindingKind::field) return;
    const Type owner = context.type(context.info(member->base).type);
    if (owner.kind == TypeKind::reference)
        context.zone_fields.insert(
            {owner.index, static_cast<FieldIndex>(context.info(zone).binding.index)});
}

void note_zone_text(Context& context, Scope& scope, EntityIndex entity, FieldIndex field,
                    ExpressionIndex value) {
    const ExpressionIndex written = scope.written_text(value);
    if (is_none(written) || Zone::find(text_at(context, written))) return;
    const Span span = context.tree.at(written).span;
    // One `let` may be used more than once.
    for (const auto& [noted_entity, noted_field, noted_span] : context.texts_without_zone)
        if (noted_entity == entity && noted_field == field && noted_span == span) return;
    context.texts_without_zone.push_back({entity, field, span});
}

bool check_zone_text(Context& context, Scope& scope, ExpressionIndex value) {
    const ExpressionIndex written = scope.written_text(value);
    if (is_none(written)) return false;
    const std::string name = text_at(context, written);
    if (!Zone::find(name))
        context.report(DiagnosticCode::wrong_option, context.tree.at(written).span,
                       "no time zone is named " + quoted(name), hint_for_zone(name));
    return true;
}

void tell_unknown_zones(Context& context) {
    const rules::People& people = context.schema().people;
    if (people.entity && people.timezone)
        context.zone_fields.insert({*people.entity, *people.timezone});
    for (const auto& [entity, field, span] : context.texts_without_zone) {
        if (!context.zone_fields.contains({entity, field})) continue;
        const rules::Entity& owner = context.schema().entities[entity];
        if (context.type(owner.fields[field].type).kind != TypeKind::text) continue;
        std::string text = context.source_text(span);
        if (text.size() >= 2) text = text.substr(1, text.size() - 2);
        context.report(DiagnosticCode::wrong_option, span,
                       quoted(owner.name + "." + owner.fields[field].name) +
                           " names a time zone, and none is named " + quoted(text),
                       hint_for_zone(text));
    }
}

}  // namespace pawl::dsl::internal
