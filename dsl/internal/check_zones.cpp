#include "dsl/internal/check_zones.h"

#include "base/zone.h"
#include "dsl/internal/check_time_hints.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

// The text as written, when it is one without expressions.
std::optional<std::string> written_text(const Context& context, ExpressionIndex index) {
    const auto* text = std::get_if<Text>(&context.tree.at(index).form);
    return text == nullptr ? std::nullopt : constant_text(*text);
}

}  // namespace

void note_zone_source(Context& context, ExpressionIndex zone) {
    if (is_none(zone)) return;
    const auto& form = context.tree.at(zone).form;
    if (const auto* fallback = std::get_if<OrDefault>(&form))
        return note_zone_source(context, fallback->value);
    const auto* member = std::get_if<Member>(&form);
    if (member == nullptr || context.info(zone).binding.kind != BindingKind::field) return;
    const Type owner = context.type(context.info(member->base).type);
    if (owner.kind == TypeKind::reference)
        context.zone_fields.insert(
            {owner.index, static_cast<FieldIndex>(context.info(zone).binding.index)});
}

void note_zone_text(Context& context, EntityIndex entity, FieldIndex field, ExpressionIndex value) {
    const auto text = written_text(context, value);
    if (text && !Zone::find(*text))
        context.texts_without_zone.push_back({entity, field, context.tree.at(value).span});
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
