#include "dsl/internal/check_types.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/suggest.h"

namespace pawl::dsl::internal {

namespace {

struct TypeName {
    std::string_view name;
    TypeKind kind;
};
constexpr std::array<TypeName, 13> type_names = {{{"text", TypeKind::text},
                                                  {"int", TypeKind::integer},
                                                  {"number", TypeKind::number},
                                                  {"bool", TypeKind::boolean},
                                                  {"money", TypeKind::money},
                                                  {"date", TypeKind::date},
                                                  {"time", TypeKind::time},
                                                  {"datetime", TypeKind::datetime},
                                                  {"duration", TypeKind::duration},
                                                  {"email", TypeKind::email},
                                                  {"phone", TypeKind::phone},
                                                  {"url", TypeKind::url},
                                                  {"json", TypeKind::json}}};

std::optional<TypeKind> find_type_name(std::string_view name) {
    for (const TypeName& entry : type_names)
        if (entry.name == name) return entry.kind;
    if (name == "file") return TypeKind::file;
    return std::nullopt;
}

Type unknown_type(Context& context, const Name& name) {
    if (context.space(Space::record).has_nameless_loss ||
        context.space(Space::entity).has_nameless_loss)
        return {};
    if (Named* entity = context.space(Space::entity).find(name.text)) {
        entity->used = true;
        if (!entity->lost)
            context.report(DiagnosticCode::unknown_name, name.span,
                           quoted(name.text) +
                               " is an entity; a field that names one of its "
                               "records is written with an arrow",
                           "write `-> " + name.text + "`",
                           {{entity->span, "the entity is declared here"}});
        return {};
    }
    // Words of other languages that an admin may know.
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> foreign = {
        {{"string", "text"},
         {"integer", "int"},
         {"boolean", "bool"},
         {"float", "number"},
         {"double", "number"},
         {"decimal", "money"},
         {"timestamp", "datetime"},
         {"enum", "one of …"},
         {"varchar", "text"}}};
    std::string hint;
    for (const auto& [word, ours] : foreign)
        if (word == name.text) hint = "here it is called `" + std::string(ours) + "`";
    if (hint.empty()) {
        std::vector<std::string> names = context.space(Space::record).names();
        for (const TypeName& entry : type_names) names.emplace_back(entry.name);
        hint = did_you_mean(name.text, names);
    }
    context.report(DiagnosticCode::unknown_name, name.span, "no type is named " + quoted(name.text),
                   std::move(hint));
    return {};
}

Type named_type(Context& context, const TypeForm& form) {
    if (form.secret) return simple(TypeKind::secret);
    if (const auto kind = find_type_name(form.name.text)) return simple(*kind);
    if (Named* record = context.space(Space::record).find(form.name.text)) {
        record->used = true;
        if (record->lost) return {};
        context.bind(form.name, BindingKind::record_type, record->index);
        return {TypeKind::record, false, static_cast<std::uint16_t>(record->index)};
    }
    return unknown_type(context, form.name);
}

Type choice_type(Context& context, const TypeForm& form, const std::string& owner) {
    rules::ChoiceType choice{owner, {}};
    std::unordered_map<std::string_view, Span> seen;
    for (const Name& option : form.options) {
        const auto [earlier, is_new] = seen.emplace(option.text, option.span);
        if (is_new) {
            choice.options.push_back(option.text);
            continue;
        }
        context.report(DiagnosticCode::name_taken, option.span,
                       quoted(option.text) + " is listed twice", "remove one of them",
                       {{earlier->second, "it is first listed here"}});
    }
    if (choice.options.size() > limits::choice_options_max) {
        context.report(DiagnosticCode::too_many, form.span,
                       "`one of` lists " + std::to_string(choice.options.size()) +
                           " values, and takes at most " +
                           std::to_string(limits::choice_options_max),
                       "make it an entity of its own");
        choice.options.resize(limits::choice_options_max);
    }
    auto& choices = context.schema().choices;
    if (choices.size() >= limits::schema_names_max) {
        context.report_too_many(form.span, "lists of values");
        return {};
    }
    const auto index = static_cast<std::uint32_t>(choices.size());
    auto& names = context.options_of_choice[index];
    for (const Name& option : form.options) names.push_back({option.text, option.span, false});
    choices.push_back(std::move(choice));
    return {TypeKind::choice, false, static_cast<std::uint16_t>(choices.size() - 1)};
}

bool is_part_of(const rules::ChoiceType& part, const rules::ChoiceType& whole) {
    return std::all_of(part.options.begin(), part.options.end(), [&](const std::string& option) {
        return std::find(whole.options.begin(), whole.options.end(), option) != whole.options.end();
    });
}

Fit fit_kinds(const Context& context, Type have, Type wanted) {
    const auto& schema = context.checked.program.schema;
    if (plain(have) == plain(wanted)) return Fit::same;
    if (have.kind == TypeKind::integer && wanted.kind == TypeKind::number) return Fit::converts;
    if (wanted.kind == TypeKind::text && is_textual(have.kind)) return Fit::same;
    if (wanted.kind == TypeKind::text && have.kind == TypeKind::choice) return Fit::converts;
    if (wanted.kind == TypeKind::choice && have.kind == TypeKind::choice)
        return is_part_of(schema.choices[have.index], schema.choices[wanted.index]) ? Fit::same
                                                                                    : Fit::no;
    if (wanted.kind == TypeKind::list && have.kind == TypeKind::list) {
        const Type element = schema.types[have.index];
        if (is_unknown(element)) return Fit::same;
        const Fit inner = fit(context, element, schema.types[wanted.index]);
        return inner == Fit::same ? Fit::same : Fit::no;
    }
    return Fit::no;
}

}  // namespace

Type resolve_type(Context& context, const TypeForm& form, const std::string& owner) {
    Type type;
    switch (form.kind) {
        case TypeFormKind::name: type = named_type(context, form); break;
        case TypeFormKind::choice: type = choice_type(context, form, owner); break;
        case TypeFormKind::reference:
            if (const Named* entity = context.lookup(Space::entity, form.name)) {
                context.bind(form.name, BindingKind::entity, entity->index);
                type = {TypeKind::reference, false, static_cast<std::uint16_t>(entity->index)};
            }
            break;
        case TypeFormKind::list: {
            const Type element = resolve_type(context, form.element.at(0), owner);
            if (!is_unknown(element)) type = {TypeKind::list, false, context.type_index(element)};
            break;
        }
    }
    if (is_unknown(type)) return {};
    type.optional = form.optional;
    return type;
}

Type resolve_parameter_type(Context& context, const TypeForm& form, const std::string& owner) {
    if (form.kind == TypeFormKind::name && !form.secret) {
        Named* entity = context.space(Space::entity).find(form.name.text);
        const bool is_record = context.space(Space::record).find(form.name.text) != nullptr;
        if (entity != nullptr && !is_record && !find_type_name(form.name.text)) {
            entity->used = true;
            if (entity->lost) return {};
            context.bind(form.name, BindingKind::entity, entity->index);
            return {TypeKind::reference, form.optional, static_cast<std::uint16_t>(entity->index)};
        }
    }
    if (form.kind == TypeFormKind::list) {
        const Type element = resolve_parameter_type(context, form.element.at(0), owner);
        if (is_unknown(element)) return {};
        return {TypeKind::list, form.optional, context.type_index(element)};
    }
    return resolve_type(context, form, owner);
}

Fit fit(const Context& context, Type have, Type wanted) {
    if (is_unknown(have) || is_unknown(wanted)) return Fit::same;
    const Fit kinds = fit_kinds(context, have, wanted);
    if (kinds == Fit::no) return Fit::no;
    if (have.optional && !wanted.optional) return Fit::missing;
    return kinds;
}

}  // namespace pawl::dsl::internal
