#include <algorithm>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_stated.h"

// Patterns over time: what does not come, what comes often, what comes one after another
// (meaning.md 21).

namespace pawl::dsl::internal {

namespace {

using rules::PatternPartKind;

// `order_placed.client.region` as [order_placed, client, region]; empty for what is no path.
std::vector<Name> path_names(const Tree& tree, ExpressionIndex index) {
    std::vector<Name> names;
    while (const auto* member = std::get_if<Member>(&tree.at(index).form)) {
        names.push_back(member->name);
        index = member->base;
    }
    const auto* use = std::get_if<NameUse>(&tree.at(index).form);
    if (use == nullptr) return {};
    names.push_back(use->name);
    std::reverse(names.begin(), names.end());
    return names;
}

std::optional<rules::EntityIndex> entity_of(const Type& key) {
    if (key.kind != TypeKind::reference) return std::nullopt;
    return static_cast<rules::EntityIndex>(key.index);
}

}  // namespace

// An event, or an entity whose records are created.
Triggers::Part Triggers::named_part(const Name& subject, const Name& as) {
    Part part;
    part.name = as.empty() ? subject : as;
    const bool is_entity = context_.space(Space::event).find(subject.text) == nullptr &&
                           context_.space(Space::entity).find(subject.text) != nullptr;
    const Named* named = context_.lookup(is_entity ? Space::entity : Space::event, subject);
    if (as.empty()) part.name.text = subject.text.substr(subject.text.rfind('.') + 1);
    if (named == nullptr) return part;
    context_.bind(subject, is_entity ? BindingKind::entity : BindingKind::event, named->index);
    const auto index = static_cast<std::uint16_t>(named->index);
    if (!is_entity) {
        part.made.event = index;
        part.type = {TypeKind::event, false, index};
        return part;
    }
    if (!is_watchable(index, subject.span)) return part;
    part.made.kind = PatternPartKind::created;
    part.made.entity = index;
    part.type = {TypeKind::reference, false, index};
    return part;
}

Triggers::Part Triggers::part(const PatternPart& written, const Name& as) {
    return written.event.empty() ? becomes_part(written, as) : named_part(written.event, as);
}

Triggers::Part Triggers::becomes_part(const PatternPart& written, const Name& as) {
    Part part;
    part.made.kind = PatternPartKind::becomes;
    const auto* bare = std::get_if<NameUse>(&context_.tree.at(written.field).form);
    std::optional<Field> watched;
    if (bare == nullptr) {
        watched = field(written.field);
    } else {
        part.name = bare->name;
        const Named* named = context_.lookup(Space::entity, bare->name);
        if (named == nullptr) return part;
        const auto entity = static_cast<EntityIndex>(named->index);
        if (!is_watchable(entity, bare->name.span)) return part;
        context_.info(written.field).binding = {BindingKind::entity, entity};
        const auto found = field_with_option(bare->name, entity, written.becomes);
        if (!found) return part;
        const auto& fields = context_.schema().entities[entity].fields;
        watched = Field{entity, *found, context_.type(fields[*found].type), bare->name};
        context_.use_field({TypeKind::reference, false, entity}, *found);
    }
    if (!watched) return part;
    part.name = as.empty() ? watched->entity_name : as;
    part.made.entity = watched->entity;
    part.made.field = watched->field;
    part.type = {TypeKind::reference, false, watched->entity};
    const rules::Entity& entity = context_.schema().entities[watched->entity];
    part.made.value = check_stated(expressions_, written.becomes, plain(watched->type),
                                   quoted(entity.name + "." + entity.fields[watched->field].name));
    return part;
}

// `payment becomes failed`: the one field of payment that has the value `failed`.
std::optional<FieldIndex> Triggers::field_with_option(const Name& name, EntityIndex index,
                                                      ExpressionIndex value) {
    const rules::Entity& entity = context_.schema().entities[index];
    const auto* option = std::get_if<NameUse>(&context_.tree.at(value).form);
    const Span span = context_.tree.at(value).span;
    std::vector<FieldIndex> found;
    std::vector<std::string> names, options;
    for (FieldIndex i = 0; option != nullptr && i < entity.fields.size(); ++i) {
        const Type type = context_.type(entity.fields[i].type);
        if (type.kind != TypeKind::choice) continue;
        const auto& listed = context_.schema().choices[type.index].options;
        options.insert(options.end(), listed.begin(), listed.end());
        if (std::find(listed.begin(), listed.end(), option->name.text) == listed.end()) continue;
        found.push_back(i);
        names.push_back(entity.name + "." + entity.fields[i].name);
    }
    if (found.size() == 1) return found.front();
    if (found.size() > 1) {
        context_.report(DiagnosticCode::not_usable_here, name.span,
                        quoted(option->name.text) + " is a value of " + list_names(names) +
                            ", and this may mean either",
                        "say which one: `" + names.front() + " becomes " + option->name.text + "`");
        return std::nullopt;
    }
    if (option == nullptr || options.empty()) {
        context_.report(DiagnosticCode::not_usable_here, name.span,
                        quoted(name.text) + " is an entity, and it is a field that becomes a value",
                        "name the field, as in `" + name.text + ".status`");
        return std::nullopt;
    }
    context_.report(
        DiagnosticCode::unknown_option, span,
        "no field of " + quoted(name.text) + " has the value " + quoted(option->name.text),
        did_you_mean(option->name.text, options));
    return std::nullopt;
}

Type Triggers::key_type(ExpressionIndex index, Type type) {
    const bool is_whole = type.kind == TypeKind::event || type.kind == TypeKind::list ||
                          type.kind == TypeKind::record || type.kind == TypeKind::json ||
                          type.kind == TypeKind::secret;
    if (!is_whole) return type;
    context_.report(DiagnosticCode::type_mismatch, context_.tree.at(index).span,
                    "a key is one value or one record, and this is " + describe(context_, type),
                    "name one of its fields");
    return {};
}

// `per account`: the field of that name, else the one field that names such a record.
Type Triggers::per_name(ExpressionIndex index, const Name& name, const Part& part) {
    auto& keys = context_.checked.pattern_keys[index];
    keys.emplace_back();
    if (is_unknown(part.type)) return {};
    if (name.text == part.name.text && part.type.kind == TypeKind::reference) return part.type;
    const auto* fields = fields_of(context_, part.type);
    const auto take = [&](FieldIndex field) {
        context_.use_field(part.type, field);
        keys.back() = {field};
        return key_type(index, context_.type((*fields)[field].type));
    };
    if (const auto found = rules::find_field(*fields, name.text)) return take(*found);
    if (name.text == part.name.text) return key_type(index, part.type);
    const Named* entity = context_.space(Space::entity).find(name.text);
    const std::string owner = part.type.kind == TypeKind::event
                                  ? context_.schema().events[part.type.index].name
                                  : context_.schema().entities[part.type.index].name;
    if (entity == nullptr) {
        std::vector<std::string> names = member_names(context_, part.type);
        const auto entities = context_.space(Space::entity).names();
        names.insert(names.end(), entities.begin(), entities.end());
        const std::string hint = did_you_mean(name.text, names);
        context_.report(
            DiagnosticCode::unknown_name, name.span,
            quoted(owner) + " has no field " + quoted(name.text) + ", and no entity is named so",
            hint.empty() ? "its fields are " + list_names(member_names(context_, part.type))
                         : hint);
        return {};
    }
    if (entity->lost) return {};
    std::vector<FieldIndex> found;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < fields->size(); ++i) {
        const Type type = context_.type((*fields)[i].type);
        if (type.kind != TypeKind::reference || type.index != entity->index) continue;
        found.push_back(static_cast<FieldIndex>(i));
        names.push_back((*fields)[i].name);
    }
    if (found.size() == 1) return take(found.front());
    const std::string path = part.name.text + "." + (names.empty() ? "…" : names.front());
    context_.report(DiagnosticCode::not_usable_here, name.span,
                    names.empty()
                        ? "no field of " + quoted(owner) + " names a record of " + quoted(name.text)
                        : "several fields of " + quoted(owner) + " name a record of " +
                              quoted(name.text) + ": " + list_names(names),
                    "say which field, as in `per " + path + "`");
    return {};
}

// `per e.field`: written for one part; the other has to have the same.
Type Triggers::per_path(ExpressionIndex index, const std::vector<const Part*>& parts) {
    const std::vector<Name> names = path_names(context_.tree, index);
    auto& keys = context_.checked.pattern_keys[index];
    keys.resize(parts.size());
    bool is_of_part = false;
    for (const Part* part : parts) {
        if (is_unknown(part->type)) return {};
        is_of_part = is_of_part || part->name.text == names.front().text;
    }
    if (!is_of_part) {
        const std::string& name = parts.front()->name.text;
        context_.report(DiagnosticCode::not_usable_here, names.front().span,
                        "what is counted goes by the name " + quoted(name) + " here, not by " +
                            quoted(names.front().text),
                        "write `per " + name + "." + names[1].text + "`");
        return {};
    }
    Scope& scope = expressions_.scope();
    const Scope::Mark mark = scope.enter();
    for (const Part* part : parts)
        if (scope.find(part->name.text) == nullptr)
            scope.show({part->name.text, part->type, slot_for(part->name.text, part->type),
                        part->name.span, LocalOrigin::trigger});
    const Type written = expressions_.check(index);
    scope.leave(mark);
    if (is_unknown(written)) return {};
    for (std::size_t at = 0; at < parts.size(); ++at) {
        Type type = parts[at]->type;
        for (std::size_t i = 1; i < names.size(); ++i) {
            const auto* fields = fields_of(context_, type);
            const auto found =
                fields == nullptr ? std::nullopt : rules::find_field(*fields, names[i].text);
            if (!found) {
                const bool is_json = type.kind == TypeKind::json;
                context_.report(
                    is_json ? DiagnosticCode::type_mismatch : DiagnosticCode::unknown_field,
                    names[i].span,
                    is_json ? "a key is one value or one record, and a part of `json` may be "
                              "anything"
                            : quoted(parts[at]->name.text) + " has no " + quoted(names[i].text) +
                                  " to be counted by",
                    is_json ? "give it a field of its own"
                            : "count both by something that both have, as in `per client`");
                return {};
            }
            context_.use_field(type, *found);
            keys[at].push_back(*found);
            type = context_.type((*fields)[*found].type);
        }
        if (plain(type) == plain(written)) continue;
        context_.report(DiagnosticCode::type_mismatch, context_.tree.at(index).span,
                        "of " + quoted(parts[at]->name.text) + " this is " +
                            describe(context_, plain(type)) + ", and of the other one " +
                            describe(context_, plain(written)),
                        "count both by the same");
        return {};
    }
    return key_type(index, written);
}

Type Triggers::per(ExpressionIndex index, const std::vector<const Part*>& parts) {
    if (is_none(index)) return {};
    const Span span = context_.tree.at(index).span;
    if (path_names(context_.tree, index).empty()) {
        context_.report(DiagnosticCode::not_usable_here, span,
                        "`per` names an entity or a field, and this is worked out",
                        "give it a field of its own");
        return {};
    }
    const auto* use = std::get_if<NameUse>(&context_.tree.at(index).form);
    if (use == nullptr) return per_path(index, parts);
    const std::size_t told = context_.told_count();
    Type key;
    for (const Part* part : parts) {
        const Type type = per_name(index, use->name, *part);
        if (context_.told_count() != told) return {};
        if (!is_unknown(key) && !is_unknown(type) && plain(key) != plain(type)) {
            context_.report(DiagnosticCode::type_mismatch, span,
                            "of " + quoted(parts.front()->name.text) + " this is " +
                                describe(context_, plain(key)) + ", and of " +
                                quoted(part->name.text) + " " + describe(context_, plain(type)),
                            "count both by the same");
            return {};
        }
        key = type;
    }
    return key;
}

void Triggers::form(const AbsenceTrigger& absence, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::absence;
    refuse_change(trigger, "waits for what does not come");
    const Part part = named_part(absence.subject, absence.as.empty() ? trigger.as : absence.as);
    rules::Pattern pattern;
    pattern.first = part.made;
    // Where there never was one, none is bound.
    const Type type =
        absence.including_never && !is_unknown(part.type) ? maybe(part.type) : part.type;
    bind(part.name, type, BoundRole::first);
    if (!is_none(absence.where)) check_where(absence.where);
    pattern.within = check_length(expressions_, absence.duration, Months::taken, "`for`");
    const std::size_t told = context_.told_count();
    const Type key = per(absence.per, {&part});
    pattern.key_entity = entity_of(key);
    if (absence.including_never && context_.told_count() == told) {
        if (key.kind == TypeKind::reference) {
            pattern.never_entity = key.index;
            // What never came tells nobody's name: the record itself is bound too.
            const Name whom{context_.schema().entities[key.index].name,
                            context_.tree.at(absence.per).span, false};
            if (whom.text != part.name.text) bind(whom, plain(key));
        } else if (!is_unknown(part.type)) {
            context_.report(
                DiagnosticCode::misplaced,
                is_none(absence.per) ? trigger.span : context_.tree.at(absence.per).span,
                "`including never` counts from the creation of a record, and this "
                "says of none",
                "count by an entity, as in `per account`, or remove it");
        }
    }
    made.pattern = std::move(pattern);
}

void Triggers::form(const CountTrigger& count, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::count;
    refuse_change(trigger, "counts over a while");
    const Part counted = part(count.part, trigger.as);
    rules::Pattern pattern;
    pattern.first = counted.made;
    pattern.count = check_count(expressions_, count.count,
                                static_cast<std::int64_t>(limits::pattern_events_max), "the count");
    bind(counted.name, counted.type, BoundRole::first);
    if (count.all_as) {
        Type list;
        if (!is_unknown(counted.type))
            list = {TypeKind::list, false, context_.type_index(counted.type)};
        bind(count.all_name, list, BoundRole::all);
    }
    pattern.key_entity = entity_of(per(count.per, {&counted}));
    pattern.within = check_length(expressions_, count.within, Months::taken, "`within`");
    made.pattern = std::move(pattern);
}

void Triggers::form(const SequenceTrigger& sequence, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::sequence;
    if (!trigger.as.empty())
        context_.report(DiagnosticCode::misplaced, trigger.as.span,
                        "one name for two events: each of a sequence goes by its own",
                        "remove `as " + trigger.as.text + "`");
    const Part first = part(sequence.first, {});
    const Part second = part(sequence.second, {});
    rules::Pattern pattern;
    pattern.first = first.made;
    pattern.second = second.made;
    pattern.is_negated = sequence.negated;
    // Of two of one name the later one is bound; the second one of what did not come is none.
    const bool binds_first = sequence.negated || first.name.text != second.name.text;
    const auto hidden = [&](const Part& part) {
        return static_cast<std::uint16_t>(expressions_.scope().add_slot("", part.type));
    };
    if (binds_first)
        bind(first.name, first.type, BoundRole::first);
    else
        pattern.first.local = hidden(first);
    if (!sequence.negated)
        bind(second.name, second.type, BoundRole::second);
    else
        pattern.second.local = hidden(second);
    if (sequence.negated && first.name.text != second.name.text)
        expressions_.scope().did_not_come.emplace(second.name.text, second.name.span);
    pattern.key_entity = entity_of(per(sequence.per, {&first, &second}));
    pattern.within = check_length(expressions_, sequence.within, Months::taken, "`within`");
    made.pattern = std::move(pattern);
}

}  // namespace pawl::dsl::internal
