#include <algorithm>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_statements.h"
#include "dsl/internal/check_zones.h"

// Statements that change records: set, clear, add, create, find or create, delete, emit.

namespace pawl::dsl::internal {

namespace {

bool is_system(FieldIndex field) { return field < rules::system_field_count; }

std::vector<std::string> own_names(const std::vector<rules::Field>& fields, bool is_entity) {
    std::vector<std::string> names;
    for (std::size_t i = is_entity ? rules::system_field_count : 0; i < fields.size(); ++i)
        names.push_back(fields[i].name);
    return names;
}

// The value as written, where it is a constant or an option: what two rules can disagree about.
std::string written_value(const Context& context, ExpressionIndex value) {
    const auto& info = context.checked.expressions[static_cast<std::uint32_t>(value)];
    if (info.binding.kind == BindingKind::option || is_constant(context.tree, value))
        return std::string(context.sources.text(context.tree.at(value).span));
    return {};
}

}  // namespace

std::optional<EntityIndex> Statements::writable_entity(const Name& name) {
    const Named* named = context_.lookup(Space::entity, name);
    if (named == nullptr) return std::nullopt;
    const auto index = static_cast<EntityIndex>(named->index);
    context_.bind(name, BindingKind::entity, index);
    if (!context_.schema().entities[index].read_only) return index;
    context_.report(DiagnosticCode::read_only, name.span,
                    quoted(name.text) + " is kept by the engine, and only read",
                    "make an entity of your own");
    return std::nullopt;
}

std::optional<Statements::Target> Statements::target(ExpressionIndex index) {
    const Expression& node = context_.tree.at(index);
    const auto* member = std::get_if<Member>(&node.form);
    if (member == nullptr) {
        if (is_unknown(expressions_.check(index))) return std::nullopt;
        context_.report(DiagnosticCode::not_usable_here, node.span,
                        "only a field of a record can be changed, as in `project.status`",
                        "name the record and its field");
        return std::nullopt;
    }
    const Type base = expressions_.check(member->base);
    if (is_unknown(base)) return std::nullopt;
    if (base.kind != TypeKind::reference) {
        const bool is_event = base.kind == TypeKind::event;
        context_.report(DiagnosticCode::read_only, node.span,
                        is_event ? "an event is what happened, and cannot be changed"
                                 : "only a field of a record can be changed, and this is of " +
                                       describe(context_, base),
                        "change the record that is meant");
        return std::nullopt;
    }
    const Type read = expressions_.check_again(index, *member, base);
    const Binding binding = context_.info(index).binding;
    if (is_unknown(read) && binding.kind != BindingKind::field) return std::nullopt;
    Target found;
    found.entity = base.index;
    found.field = static_cast<FieldIndex>(binding.index);
    const rules::Entity& entity = context_.schema().entities[base.index];
    found.type = context_.type(entity.fields[found.field].type);
    found.name = entity.name + "." + member->name.text;
    found.path = expressions_.path(member->base);
    if (entity.read_only || is_system(found.field)) {
        context_.report(DiagnosticCode::read_only, member->name.span,
                        quoted(found.name) + " is kept by the engine, and only read");
        return std::nullopt;
    }
    if (base.optional) expressions_.report_missing(member->base, "the record that is changed");
    return found;
}

// A change of a field ends what was known of it, under whatever name the record goes.
void Statements::note_change(const Target& target, ExpressionIndex value, Type have) {
    const std::string field = context_.schema().entities[target.entity].fields[target.field].name;
    const std::string full = target.path.empty() ? "" : target.path + "." + field;
    scope_.forget_field(field);
    if (!full.empty() && !is_unknown(have) && !have.optional) scope_.prove(full);
    Effect effect;
    effect.kind = EffectKind::set;
    effect.entity = target.entity;
    effect.field = target.field;
    effect.path = target.path;
    effect.always = is_certain();
    if (!is_none(value)) {
        effect.constant = written_value(context_, value);
        effect.is_step = steps_from(value, full);
        effect.span = context_.tree.at(value).span;
    }
    const auto before = known_.find(full);
    if (before != known_.end()) effect.from = before->second;
    const std::string tail = "." + field;
    std::erase_if(known_, [&](const auto& entry) { return entry.first.ends_with(tail); });
    if (!full.empty() && !effect.constant.empty()) known_[full] = effect.constant;
    if (unit_ < context_.effects.size())
        context_.effects[unit_].effects.push_back(std::move(effect));
}

// `set account.visits to account.visits + 1` changes the field whenever it runs.
bool Statements::steps_from(ExpressionIndex value, const std::string& path) const {
    const auto* binary = std::get_if<Binary>(&context_.tree.at(value).form);
    if (binary == nullptr || path.empty()) return false;
    const bool moves = binary->op == BinaryOperator::add || binary->op == BinaryOperator::subtract;
    return moves && expressions_.path(binary->left) == path &&
           is_constant(context_.tree, binary->right);
}

void Statements::because(ExpressionIndex text) {
    if (!is_none(text)) check_shown_text(expressions_, text, "the reason");
}

void Statements::set_item(const SetItem& item, std::unordered_map<std::string, Span>& seen) {
    const auto place = target(item.target);
    if (!place) {
        expressions_.check_forgiving(item.value);
        return;
    }
    expressions_.declare_due(
        context_.field_span({TypeKind::reference, false, place->entity}, place->field),
        place->name);
    const Type have = expressions_.require(item.value, place->type, quoted(place->name));
    note_zone_text(context_, scope_, place->entity, place->field, item.value);
    const Span span = context_.tree.at(item.target).span;
    const auto [earlier, is_new] = seen.emplace(context_.source_text(span), span);
    if (!is_new)
        context_.report(DiagnosticCode::set_twice, span,
                        quoted(place->name) + " is set twice in one statement",
                        "remove one of them", {{earlier->second, "it is first set here"}});
    note_change(*place, item.value, have);
}

bool Statements::form(const SetStatement& set, Span) {
    std::unordered_map<std::string, Span> seen;
    for (const SetItem& item : set.items) set_item(item, seen);
    because(set.because);
    return false;
}

bool Statements::form(const ClearStatement& clear, Span) {
    for (const ExpressionIndex index : clear.targets) {
        const auto place = target(index);
        if (!place) continue;
        if (!place->type.optional && !is_unknown(place->type))
            context_.report(DiagnosticCode::may_be_missing, context_.tree.at(index).span,
                            quoted(place->name) + " must have a value and cannot be cleared",
                            "write `?` after its type, or set it to something else");
        note_change(*place, ExpressionIndex::none, maybe(place->type));
    }
    because(clear.because);
    return false;
}

bool Statements::form(const AddStatement& add, Span) {
    const auto place = target(add.target);
    if (!place || is_unknown(place->type)) {
        expressions_.check_forgiving(add.value);
        return false;
    }
    if (place->type.kind != TypeKind::list) {
        expressions_.check_forgiving(add.value);
        context_.report(
            DiagnosticCode::type_mismatch, context_.tree.at(add.target).span,
            std::string(add.remove ? "`remove` takes from" : "`add` adds to") + " a list, and " +
                quoted(place->name) + " is " + describe(context_, place->type),
            "write `set " + context_.source_text(context_.tree.at(add.target).span) + " to …`");
        return false;
    }
    expressions_.require(add.value, plain(context_.type(place->type.index)),
                         "an item of " + quoted(place->name));
    note_change(*place, ExpressionIndex::none, place->type);
    return false;
}

Statements::FieldOwner Statements::entity_fields(EntityIndex index) const {
    const rules::Entity& entity = context_.schema().entities[index];
    return {{TypeKind::reference, false, index}, entity.name, entity.fields};
}

Statements::FieldOwner Statements::event_fields(EventIndex index) const {
    const rules::EventType& event = context_.schema().events[index];
    return {{TypeKind::event, false, index}, event.name, event.fields};
}

bool Statements::field_values(const std::vector<FieldValue>& values, const FieldOwner& owner,
                              std::vector<bool>& given) {
    bool are_known = true;
    given.resize(owner.fields.size(), false);
    for (const FieldValue& value : values) {
        const auto field = rules::find_field(owner.fields, value.name.text);
        if (!field) {
            are_known = false;
            expressions_.check_forgiving(value.value);
            const auto names = own_names(owner.fields, owner.is_entity());
            std::string hint = did_you_mean(value.name.text, names);
            if (hint.empty()) hint = "its fields are " + list_names(names, 12);
            context_.report_grouped({CauseKind::field, static_cast<std::uint32_t>(owner.type.kind),
                                     owner.type.index, value.name.text},
                                    DiagnosticCode::unknown_field, value.name.span,
                                    quoted(owner.name) + " has no field " + quoted(value.name.text),
                                    std::move(hint));
            continue;
        }
        const BindingKind kind = owner.is_entity() ? BindingKind::field : BindingKind::member;
        context_.bind(value.name, kind, *field);
        context_.use_field(owner.type, *field);
        if (given[*field])
            context_.report(DiagnosticCode::set_twice, value.name.span,
                            quoted(value.name.text) + " is given twice", "remove one of them");
        given[*field] = true;
        if (owner.is_entity() && is_system(*field) && !allows_system_fields) {
            context_.report(DiagnosticCode::read_only, value.name.span,
                            quoted(value.name.text) + " is given by the engine", "leave it out");
            continue;
        }
        const std::string name = owner.name + "." + value.name.text;
        expressions_.declare_due(context_.field_span(owner.type, *field), name);
        expressions_.require(value.value, context_.type(owner.fields[*field].type), quoted(name));
        if (owner.is_entity())
            note_zone_text(context_, scope_, owner.type.index, *field, value.value);
    }
    return are_known;
}

void Statements::require_fields(const FieldOwner& owner, const std::vector<bool>& given,
                                Span span) {
    std::vector<std::string> absent;
    std::optional<Span> declared;
    for (std::size_t i = owner.is_entity() ? rules::system_field_count : 0; i < owner.fields.size();
         ++i) {
        const Type type = context_.type(owner.fields[i].type);
        if (given[i] || type.optional || is_unknown(type) || owner.fields[i].default_value)
            continue;
        if (absent.empty()) declared = context_.field_span(owner.type, static_cast<FieldIndex>(i));
        absent.push_back(owner.fields[i].name);
    }
    if (absent.empty()) return;
    const std::string names = list_names(absent);
    context_.report_grouped(
        {CauseKind::absent, static_cast<std::uint32_t>(owner.type.kind), owner.type.index, names},
        DiagnosticCode::required_not_set, span,
        quoted(owner.name) + " needs " + names + ", which " + (absent.size() == 1 ? "is" : "are") +
            " not given",
        "add `" + absent.front() + ": …`, or give the field a default or a `?`");
    if (!declared) return;
    Grouped& told = context_.grouped.back();
    told.has_declared = true;
    told.declared = *declared;
    told.declared_note = quoted(owner.name + "." + absent.front()) + " is declared here";
}

Type Statements::create(const CreateForm& form, bool in_rule) {
    const auto index = writable_entity(form.entity);
    if (!index) {
        for (const FieldValue& value : form.fields) expressions_.check_forgiving(value.value);
        return {};
    }
    const FieldOwner entity = entity_fields(*index);
    std::vector<bool> given;
    if (field_values(form.fields, entity, given)) require_fields(entity, given, form.entity.span);
    if (in_rule) {
        Effect effect;
        effect.kind = EffectKind::create;
        effect.entity = *index;
        effect.always = is_certain();
        effect.span = form.entity.span;
        context_.effects[unit_].effects.push_back(effect);
        effect.kind = EffectKind::give;
        for (const FieldValue& value : form.fields) {
            effect.constant = written_value(context_, value.value);
            const auto field = rules::find_field(entity.fields, value.name.text);
            if (!field) continue;
            effect.field = *field;
            context_.effects[unit_].effects.push_back(effect);
        }
    }
    return {TypeKind::reference, false, *index};
}

void Statements::check_key(const FindOrCreateForm& form, const rules::Entity& entity) {
    std::vector<FieldIndex> key;
    for (const FieldValue& value : form.keys) {
        const auto field = rules::find_field(entity.fields, value.name.text);
        if (!field) return;
        key.push_back(*field);
    }
    std::sort(key.begin(), key.end());
    std::vector<std::string> sets;
    for (std::vector<FieldIndex> set : entity.unique_sets) {
        std::sort(set.begin(), set.end());
        if (set == key) return;
        std::string names;
        for (const FieldIndex field : set)
            names += (names.empty() ? "" : ", ") + entity.fields[field].name;
        sets.push_back(names);
    }
    const Span span = form.keys.empty() ? form.entity.span : form.keys.front().name.span;
    context_.report(
        DiagnosticCode::key_not_unique, span,
        "several records of " + quoted(entity.name) +
            " may have the same value here, so which one is meant is not clear",
        sets.empty() ? "write `unique` after the field in " + quoted(entity.name)
                     : "look it up by " + list_names(sets) + ", or write `unique` after the field");
}

Type Statements::find_or_create(const FindOrCreateForm& form) {
    const auto index = writable_entity(form.entity);
    if (!index) {
        for (const FieldValue& value : form.keys) expressions_.check_forgiving(value.value);
        for (const FieldValue& value : form.fields) expressions_.check_forgiving(value.value);
        return {};
    }
    const FieldOwner entity = entity_fields(*index);
    std::vector<bool> given;
    const bool keys_known = field_values(form.keys, entity, given);
    if (field_values(form.fields, entity, given) && keys_known)
        require_fields(entity, given, form.entity.span);
    check_key(form, context_.schema().entities[*index]);
    return {TypeKind::reference, false, *index};
}

bool Statements::form(const CreateStatement& statement, Span) {
    create(statement.form, true);
    return false;
}

bool Statements::form(const FindOrCreateStatement& statement, Span) {
    find_or_create(statement.form);
    return false;
}

bool Statements::form(const DeleteStatement& remove, Span) {
    const Type type = expressions_.check(remove.target);
    if (is_unknown(type)) return false;
    const Span span = context_.tree.at(remove.target).span;
    if (type.kind != TypeKind::reference) {
        context_.report(
            DiagnosticCode::type_mismatch, span,
            "`delete` takes a record, and this is " + describe(context_, type),
            type.kind == TypeKind::list ? "delete each: `for each x in … do delete x end`" : "");
        return false;
    }
    const rules::Entity& entity = context_.schema().entities[type.index];
    if (entity.read_only) {
        context_.report(DiagnosticCode::read_only, span,
                        quoted(entity.name) + " is kept by the engine, and only read");
        return false;
    }
    if (type.optional) expressions_.report_missing(remove.target, "what is deleted");
    Effect effect;
    effect.kind = EffectKind::remove;
    effect.entity = type.index;
    effect.always = is_certain();
    effect.span = span;
    context_.effects[unit_].effects.push_back(std::move(effect));
    return false;
}

void Statements::event_values(const std::vector<FieldValue>& values, EventIndex event, Span span) {
    const FieldOwner owner = event_fields(event);
    std::vector<FieldValue> own;
    for (const FieldValue& value : values) {
        // `id:` is the event's own id, unless it has a field of that name.
        if (value.name.text == "id" && !rules::find_field(owner.fields, "id"))
            expressions_.require(value.value, simple(TypeKind::text), "the id of an event");
        else
            own.push_back(value);
    }
    std::vector<bool> given;
    if (field_values(own, owner, given)) require_fields(owner, given, span);
}

bool Statements::form(const EmitStatement& emit, Span) {
    const Named* named = context_.lookup(Space::event, emit.event);
    if (named == nullptr) {
        for (const FieldValue& value : emit.fields) expressions_.check_forgiving(value.value);
        return false;
    }
    const auto index = static_cast<EventIndex>(named->index);
    context_.bind(emit.event, BindingKind::event, index);
    const FieldOwner event = event_fields(index);
    std::vector<bool> given;
    if (field_values(emit.fields, event, given)) require_fields(event, given, emit.event.span);
    Effect effect;
    effect.kind = EffectKind::emit;
    effect.event = index;
    effect.always = is_certain();
    effect.span = emit.event.span;
    context_.effects[unit_].effects.push_back(std::move(effect));
    return false;
}

}  // namespace pawl::dsl::internal
