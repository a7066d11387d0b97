#include "dsl/internal/check_context.h"
#include "dsl/internal/check_time_hints.h"

#include <algorithm>

#include "base/check.h"
#include "base/suggest.h"

namespace pawl::dsl::internal {

namespace {

std::string sort_name(const Declaration& declaration) {
    return std::visit(
        [](const auto& form) -> std::string {
            using Form = std::decay_t<decltype(form)>;
            if constexpr (std::is_same_v<Form, TemplateDeclaration>)
                return form.name.text + " " + form.channel.text;
            else if constexpr (std::is_same_v<Form, StatesDeclaration>)
                return form.entity.text + "." + form.field.text;
            else if constexpr (requires { form.name.text; })
                return form.name.text;
            else
                return {};
        },
        declaration.form);
}

std::vector<std::uint32_t> sorted_order(const Tree& tree) {
    std::vector<std::pair<std::size_t, std::string>> keys;
    keys.reserve(tree.declarations.size());
    for (const Declaration& declaration : tree.declarations)
        keys.emplace_back(declaration.form.index(), sort_name(declaration));
    std::vector<std::uint32_t> order(tree.declarations.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
        return keys[left] < keys[right];
    });
    return order;
}

}  // namespace

std::string_view space_word(Space space) {
    switch (space) {
        case Space::entity: return "entity";
        case Space::record: return "record";
        case Space::event: return "event";
        case Space::function: return "define or action";
        case Space::flow: return "flow";
        case Space::rule: return "rule";
        case Space::setting: return "setting";
        case Space::template_: return "template";
        case Space::notification: return "notification";
        case Space::journey: return "journey";
        case Space::channel: return "channel";
        case Space::integration: return "integration";
        case Space::service: return "service";
        case Space::role: return "role";
        case Space::group: return "group";
        case Space::calendar: return "calendar";
    }
    return "name";
}

Named* NameSpace::find(std::string_view name) {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
}

const Named* NameSpace::find(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
}

const Named* NameSpace::add(std::string_view name, Named named) {
    const auto [place, added] = names_.try_emplace(std::string(name), named);
    return added ? nullptr : &place->second;
}

std::vector<std::string> NameSpace::names() const {
    std::vector<std::string> all;
    all.reserve(names_.size());
    for (const auto& [name, named] : names_) all.push_back(name);
    std::sort(all.begin(), all.end());
    return all;
}

Context::Context(const Tree& tree_in, const SourceSet& sources_in,
                 std::vector<Diagnostic>& diagnostics_in)
    : tree(tree_in), sources(sources_in), diagnostics_(diagnostics_in), spaces_(space_count) {
    checked.program.schema = rules::make_base_schema();
    checked.expressions.resize(tree.expressions.size());
    order = sorted_order(tree);
    unit_of_declaration.assign(tree.declarations.size(), no_unit);
}

bool Context::declare(Space which, const Name& name, Named named) {
    return declare(which, name.text, name, named);
}

bool Context::declare(Space which, std::string_view key, const Name& name, Named named) {
    named.span = name.span;
    const Named* earlier = space(which).add(key, named);
    if (earlier == nullptr || earlier->lost) return true;
    report(DiagnosticCode::name_taken, name.span,
           "there are two " + std::string(space_word(which)) + "s named " + quoted(name.text),
           "rename one of them", {{earlier->span, quoted(name.text) + " is first declared here"}});
    return false;
}

Named* Context::lookup(Space which, const Name& name) { return lookup(which, name.text, name); }

Named* Context::lookup(Space which, std::string_view key, const Name& name) {
    NameSpace& names = space(which);
    if (Named* found = names.find(key)) {
        found->used = true;
        return found->lost ? nullptr : found;
    }
    if (names.has_nameless_loss) return nullptr;
    const std::string hint = did_you_mean(key, names.names());
    report_grouped({CauseKind::name, static_cast<std::uint32_t>(which), 0, std::string(key)},
                   DiagnosticCode::unknown_name, name.span,
                   "no " + std::string(space_word(which)) + " is named " + quoted(name.text),
                   hint.empty() && which == Space::event ? hint_for_event(*this, key) : hint);
    return nullptr;
}

void Context::report(DiagnosticCode code, Span span, std::string message, std::string hint,
                     std::vector<Label> labels) {
    diagnostics_.push_back({code, span, std::move(message), std::move(hint), std::move(labels)});
}

void Context::report_grouped(Cause cause, DiagnosticCode code, Span span, std::string message,
                             std::string hint, std::vector<Label> labels) {
    if (cause.kind == CauseKind::option)
        damaged_choices.insert(static_cast<std::uint16_t>(cause.first));
    Grouped each;
    each.cause = std::move(cause);
    each.diagnostic = {code, span, std::move(message), std::move(hint), std::move(labels)};
    grouped.push_back(std::move(each));
}

void Context::use_field(Type owner, FieldIndex field) {
    used_fields_.emplace(owner.kind, owner.index, field);
}

void Context::use_option(std::uint16_t choice, std::string_view option) {
    const auto found = options_of_choice.find(choice);
    if (found == options_of_choice.end()) return;
    for (UnusedName& each : found->second)
        if (each.name == option) each.used = true;
}

std::optional<Span> Context::field_span(Type owner, FieldIndex field) const {
    const auto* spans = owner.kind == TypeKind::reference ? &entity_field_spans
                        : owner.kind == TypeKind::event   ? &event_field_spans
                                                          : &record_field_spans;
    if (owner.index >= spans->size() || field >= (*spans)[owner.index].size()) return std::nullopt;
    const Span span = (*spans)[owner.index][field];
    if (span.end == 0) return std::nullopt;
    return span;
}

std::vector<UnusedName> Context::unused_fields(std::uint32_t kind, std::uint32_t index) const {
    const Type owner{static_cast<TypeKind>(kind), false, static_cast<std::uint16_t>(index)};
    const auto& schema = checked.program.schema;
    const std::vector<rules::Field>& fields =
        owner.kind == TypeKind::reference ? schema.entities[index].fields
        : owner.kind == TypeKind::event   ? schema.events[index].fields
                                          : schema.records[index].fields;
    std::vector<UnusedName> names;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto field = static_cast<FieldIndex>(i);
        const auto span = field_span(owner, field);
        if (!span) continue;
        names.push_back(
            {fields[i].name, *span, used_fields_.contains({owner.kind, owner.index, field})});
    }
    return names;
}

std::vector<UnusedName> Context::unused_options(std::uint32_t choice) const {
    const auto found = options_of_choice.find(choice);
    return found == options_of_choice.end() ? std::vector<UnusedName>{} : found->second;
}

void Context::report_too_many(Span span, std::string_view things) {
    if (told_too_many) return;
    told_too_many = true;
    report(DiagnosticCode::too_many, span,
           "the rulebook has more " + std::string(things) +
               " than one program can hold, which is " + std::to_string(limits::schema_names_max),
           "divide it into several rulebooks");
}

TypeIndex Context::type_index(Type type) {
    const std::uint32_t key = (static_cast<std::uint32_t>(type.kind) << 24) |
                              (type.optional ? 1u << 16 : 0u) | type.index;
    const auto found = type_indexes_.find(key);
    if (found != type_indexes_.end()) return found->second;
    // Lists of lists have no other bound; the last numbers are set aside.
    constexpr std::size_t types_max = 60'000;
    if (schema().types.size() >= types_max) {
        report_too_many({}, "types");
        return 0;
    }
    const TypeIndex index = schema().type_index(type);
    type_indexes_.emplace(key, index);
    return index;
}

std::string Context::source_text(Span span, std::size_t bytes_max) const {
    std::string text;
    bool space_due = false;
    for (const char c : sources.text(span)) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            space_due = !text.empty();
            continue;
        }
        if (space_due) text += ' ';
        space_due = false;
        text += c;
    }
    if (text.size() <= bytes_max) return text;
    std::size_t cut = bytes_max;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    return text.substr(0, cut) + "…";
}

bool Context::is_shipped(Span span) const {
    return sources.file(span.file).path().starts_with("integrations/");
}

std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

std::string describe(Context& context, Type type) {
    const rules::Schema& schema = context.schema();
    switch (type.kind) {
        case TypeKind::none: return "missing";
        case TypeKind::integer: return "an int";
        case TypeKind::number: return "a number";
        case TypeKind::boolean: return "true or false";
        case TypeKind::date: return "a date";
        case TypeKind::time: return "a time of day";
        case TypeKind::datetime: return "a datetime";
        case TypeKind::duration: return "a duration";
        case TypeKind::email: return "an email address";
        case TypeKind::phone: return "a phone number";
        case TypeKind::url: return "a url";
        case TypeKind::file: return "a file";
        case TypeKind::secret: return "a secret";
        case TypeKind::reference: return "a record of " + quoted(schema.entities[type.index].name);
        case TypeKind::record: return "a " + quoted(schema.records[type.index].name);
        case TypeKind::list: {
            const Type element = context.type(type.index);
            if (element.kind == TypeKind::none) return "a list";
            if (element.kind == TypeKind::reference)
                return "a list of records of " + quoted(schema.entities[element.index].name);
            if (element.kind == TypeKind::event)
                return "a list of events " + quoted(schema.events[element.index].name);
            return "a list of " + schema.type_text(type.index);
        }
        case TypeKind::group: return "a group of people";
        case TypeKind::event: return "the event " + quoted(schema.events[type.index].name);
        default: return schema.type_text(context.type_index({type.kind, false, type.index}));
    }
}

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names) {
    const std::vector<std::string> near = suggest(wanted, names);
    if (near.empty()) return {};
    return "did you mean " + list_names(near) + "?";
}

}  // namespace pawl::dsl::internal
