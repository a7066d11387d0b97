#include <algorithm>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_stated.h"

namespace pawl::dsl::internal {

namespace {

bool is_number_like(TypeKind kind) {
    return is_numeric(kind) || kind == TypeKind::money || kind == TypeKind::duration;
}

bool tells_time(const Trigger& trigger) {
    const auto& form = trigger.form;
    if (const auto* crosses = std::get_if<CrossesTrigger>(&form)) return !is_none(crosses->within);
    return std::holds_alternative<AnchorTrigger>(form) ||
           std::holds_alternative<EveryTrigger>(form) ||
           std::holds_alternative<MovesTrigger>(form) ||
           std::holds_alternative<AbsenceTrigger>(form) ||
           std::holds_alternative<CountTrigger>(form) ||
           std::holds_alternative<SequenceTrigger>(form);
}

// As written, without the `when` that it may begin with.
std::string text_of(const Context& context, const Trigger& trigger) {
    std::string text = context.source_text(trigger.span, Context::whole);
    constexpr std::string_view word = "when ";
    return text.starts_with(word) ? text.substr(word.size()) : text;
}

Name last_part(const Name& name) {
    Name part = name;
    part.text = name.text.substr(name.text.rfind('.') + 1);
    return part;
}

bool is_event(Context& context, const Expression& node) {
    const auto& name = std::get<NameUse>(node.form).name.text;
    return context.space(Space::event).find(name) != nullptr;
}

}  // namespace

Type change_type(Context& context, Type field, bool including_first) {
    const TypeIndex to = context.type_index(field);
    // A record that is created has no value from before.
    const TypeIndex from = context.type_index(including_first ? maybe(field) : field);
    auto& records = context.schema().records;
    const std::uint32_t key = (static_cast<std::uint32_t>(from) << 16) | to;
    const auto found = context.change_records.find(key);
    if (found != context.change_records.end()) return {TypeKind::record, false, found->second};
    constexpr std::size_t records_max = 3 * limits::schema_names_max;
    if (records.size() >= records_max) {
        context.report_too_many({}, "kinds of change");
        return {};
    }
    rules::RecordType record = records[rules::record_change];
    record.fields[rules::change_from].type = from;
    record.fields[rules::change_to].type = to;
    records.push_back(std::move(record));
    const auto index = static_cast<std::uint16_t>(records.size() - 1);
    context.change_records.emplace(key, index);
    return {TypeKind::record, false, index};
}

void Triggers::bind(const Name& name, Type type, BoundRole role) {
    bound_.back().push_back({name.text, type, name.span, role});
}

void Triggers::refuse_change(const Trigger& trigger, std::string_view what) {
    if (trigger.as.text != "change") return;
    context_.report(DiagnosticCode::misplaced, trigger.as.span,
                    "`as change` is of a trigger that watches a field change, and this one " +
                        std::string(what),
                    "remove it");
}

// Records that the engine itself keeps change outside the turns that rules are part of.
bool Triggers::is_watchable(EntityIndex entity, Span span) {
    const rules::Entity& watched = context_.schema().entities[entity];
    if (!watched.read_only) return true;
    context_.report(DiagnosticCode::not_usable_here, span,
                    quoted(watched.name) + " is kept by the engine, and sets off no rule",
                    "look through it by the clock: `every day at 09:00`, and in the rule `for each "
                    "x in " +
                        watched.name + " where …`");
    return false;
}

// `project.status` of a trigger: an entity and its field.
std::optional<Triggers::Field> Triggers::field(ExpressionIndex index) {
    const Expression& node = context_.tree.at(index);
    const auto* member = std::get_if<Member>(&node.form);
    const auto* use =
        member == nullptr ? nullptr : std::get_if<NameUse>(&context_.tree.at(member->base).form);
    if (use == nullptr) {
        context_.report(DiagnosticCode::not_usable_here, node.span,
                        "a trigger watches a field of an entity, as in `project.status`",
                        std::holds_alternative<NameUse>(node.form) && is_event(context_, node)
                            ? "what is to be done a while after an event waits for it: `wait 24h` "
                              "among the statements"
                            : "watch the field itself; what it belongs to can be a condition");
        return std::nullopt;
    }
    const Named* named = context_.lookup(Space::entity, use->name);
    if (named == nullptr) return std::nullopt;
    const auto entity = static_cast<EntityIndex>(named->index);
    if (!is_watchable(entity, use->name.span)) return std::nullopt;
    context_.info(member->base).binding = {BindingKind::entity, entity};
    const Type base{TypeKind::reference, false, entity};
    context_.info(member->base).type = context_.type_index(base);
    const Type type = expressions_.check_again(index, *member, base);
    const Binding binding = context_.info(index).binding;
    if (binding.kind != BindingKind::field) return std::nullopt;
    return Field{entity, static_cast<FieldIndex>(binding.index), type, use->name};
}

// Written out, or a setting; the compiler makes code of the latter.
bool Triggers::is_written(ExpressionIndex index, Type type) const {
    const auto* use = std::get_if<NameUse>(&context_.tree.at(index).form);
    return is_constant(context_.tree, index) || (use != nullptr && type.kind == TypeKind::choice);
}

// A program holds this part of a trigger as a value: what must be computed first has no place in
// it.
std::optional<rules::Value> Triggers::written_value(ExpressionIndex index, Type type,
                                                    const std::string& what) {
    if (is_none(index) || is_written(index, type)) return fixed_value(index, type, what);
    const Expression& expression = context_.tree.at(index);
    context_.report(DiagnosticCode::not_constant, expression.span,
                    what + " must be written out, and " +
                        quoted(context_.source_text(expression.span)) + " is worked out",
                    "write the value itself");
    return std::nullopt;
}

std::optional<rules::Value> Triggers::fixed_value(ExpressionIndex index, Type type,
                                                  const std::string& what) {
    if (is_none(index)) return std::nullopt;
    if (!is_written(index, type)) {
        expressions_.require(index, maybe(type), what);
        return std::nullopt;
    }
    auto value = constant_value(context_, index, is_unknown(type) ? Type{} : plain(type), what);
    // The same again for the compiler, which reads types and bindings from the expression.
    if (value) expressions_.check(index, plain(type));
    return value;
}

void Triggers::bind_field(const Trigger& trigger, const Field& field, rules::Trigger& made) {
    made.entity = field.entity;
    made.field = field.field;
    const Type record{TypeKind::reference, false, field.entity};
    const bool is_change = trigger.as.text == "change";
    if (!is_change && !suggest(trigger.as.text, std::vector<std::string>{"change"}).empty()) {
        context_.report(DiagnosticCode::unknown_name, trigger.as.span,
                        "what changed is named `change`, and `" + trigger.as.text +
                            "` would be another name for the record",
                        "write `as change`");
        bind(field.entity_name, record);
        bind(trigger.as, {});
        bind({"change", trigger.as.span}, {});
        return;
    }
    bind(is_change || trigger.as.empty() ? field.entity_name : trigger.as, record);
    if (!is_change) return;
    bind(trigger.as, change_type(context_, field.type, trigger.including_first), BoundRole::change);
}

void Triggers::event_name(const Name& name, const Name& as) {
    Type type;
    if (const Named* named = context_.lookup(Space::event, name)) {
        context_.bind(name, BindingKind::event, named->index);
        type = {TypeKind::event, false, static_cast<std::uint16_t>(named->index)};
    }
    bind(as.empty() ? last_part(name) : as, type);
}

void Triggers::form(const EventTrigger& event, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::event;
    event_name(event.event, trigger.as);
    made.event = bound_.back().back().type.index;
}

void Triggers::form(const RecordTrigger& record, const Trigger& trigger, rules::Trigger& made) {
    const Named* named = context_.lookup(Space::entity, record.entity);
    Type type;
    if (named != nullptr &&
        is_watchable(static_cast<EntityIndex>(named->index), record.entity.span)) {
        made.entity = static_cast<EntityIndex>(named->index);
        context_.bind(record.entity, BindingKind::entity, named->index);
        type = {TypeKind::reference, false, made.entity};
    }
    made.kind = record.verb.text == "created"   ? rules::TriggerKind::created
                : record.verb.text == "updated" ? rules::TriggerKind::updated
                                                : rules::TriggerKind::deleted;
    if (trigger.as.text == "change")
        context_.report(DiagnosticCode::misplaced, trigger.as.span,
                        "a change has a `from` and a `to` where one field is watched",
                        "watch a field, as in `when " + record.entity.text + ".status changes`");
    bind(trigger.as.empty() ? record.entity : trigger.as, type);
}

void Triggers::form(const BecomesTrigger& becomes, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::becomes;
    const auto watched = field(becomes.field);
    if (!watched) return bind_lost(trigger);
    bind_field(trigger, *watched, made);
    const std::string what = quoted(context_.source_text(context_.tree.at(becomes.field).span));
    if (auto value = fixed_value(becomes.value, watched->type, what)) {
        made.value = *value;
        if (value->kind() == rules::Kind::choice) {
            known_field_ = context_.schema().entities[made.entity].fields[made.field].name;
            known_value_ = std::string(value->as_text());
        }
    }
}

void Triggers::form(const ChangesTrigger& changes, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::changes;
    const auto watched = field(changes.field);
    if (!watched) return bind_lost(trigger);
    bind_field(trigger, *watched, made);
    const std::string what = quoted(context_.source_text(context_.tree.at(changes.field).span));
    if (auto value = written_value(changes.from, watched->type, "the value after `from`"))
        made.from = *value;
    if (auto value = fixed_value(changes.to, watched->type, what)) {
        made.value = *value;
        if (value->kind() == rules::Kind::choice) {
            known_field_ = context_.schema().entities[made.entity].fields[made.field].name;
            known_value_ = std::string(value->as_text());
        }
    }
}

void Triggers::form(const CrossesTrigger& crosses, const Trigger& trigger, rules::Trigger& made) {
    made.kind = crosses.rises ? rules::TriggerKind::rises_above : rules::TriggerKind::drops_below;
    const auto watched = field(crosses.field);
    if (!watched) return bind_lost(trigger);
    bind_field(trigger, *watched, made);
    const std::string text = context_.source_text(context_.tree.at(crosses.field).span);
    if (!is_unknown(watched->type) && !is_number_like(watched->type.kind)) {
        context_.report(DiagnosticCode::unlike_types, context_.tree.at(crosses.field).span,
                        quoted(text) + " is " + describe(context_, watched->type) +
                            ", which neither rises nor drops",
                        "watch it with `changes` or `becomes`");
        return;
    }
    has_crossing_ = true;
    crossing_type_ = watched->type;
    if (auto value = fixed_value(crosses.threshold, watched->type, quoted(text)))
        made.value = *value;
    amount(*watched, crosses.by_at_least, "the value after `by at least`", made);
    if (is_none(crosses.within)) return;
    made.within = check_length(expressions_, crosses.within, Months::taken, "`within`");
    if (!is_none(crosses.by_at_least)) return;
    context_.report(DiagnosticCode::misplaced, context_.tree.at(crosses.within).span,
                    "`within` says how far back `by at least` looks, and there is none",
                    "add `by at least …` before it, or remove it");
}

// How far a value must have moved.
void Triggers::amount(const Field& field, ExpressionIndex index, const std::string& what,
                      rules::Trigger& made) {
    if (is_unknown(field.type)) return;
    made.by_at_least = check_stated(expressions_, index, plain(field.type), what);
    const auto value = known_value(context_, index, made.by_at_least);
    if (!value || is_positive(*value)) return;
    const Span span = context_.tree.at(index).span;
    context_.report(
        DiagnosticCode::value_out_of_range, span,
        what + " must be above zero, and this is " + quoted(context_.source_text(span)));
}

void Triggers::form(const MovesTrigger& moves, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::moves;
    made.direction = moves.verb == MovesVerb::falls   ? rules::MovesDirection::falls
                     : moves.verb == MovesVerb::rises ? rules::MovesDirection::rises
                                                      : rules::MovesDirection::moves;
    const auto watched = field(moves.field);
    if (!watched) return bind_lost(trigger);
    bind_field(trigger, *watched, made);
    const Span span = context_.tree.at(moves.field).span;
    if (!is_unknown(watched->type) && !is_number_like(watched->type.kind)) {
        context_.report(DiagnosticCode::unlike_types, span,
                        quoted(context_.source_text(span)) + " is " +
                            describe(context_, watched->type) + ", which neither rises nor falls",
                        "watch it with `changes` or `becomes`");
        return;
    }
    amount(*watched, moves.by, "the value after `by`", made);
    made.within = check_length(expressions_, moves.within, Months::taken, "`within`");
}

// The condition of a trigger sees what the trigger binds, and nothing else yet. What the rule may
// find missing (`including never`) is there.
void Triggers::check_where(ExpressionIndex where) {
    Scope& scope = expressions_.scope();
    const Scope::Mark mark = scope.enter();
    for (const BoundName& name : bound_.back())
        scope.show({name.name, plain(name.type), slot_for(name.name, name.type), name.span,
                    LocalOrigin::trigger});
    expressions_.require(where, simple(TypeKind::boolean, true), "`where`");
    scope.leave(mark);
}

void Triggers::form(const RequestTrigger& request, const Trigger&, rules::Trigger& made) {
    made.kind = rules::TriggerKind::requested;
    for (const Name& role : request.roles)
        if (context_.has_people_loss || context_.lookup(Space::role, role) != nullptr)
            made.roles.push_back(role.text);
    for (const auto& asked : request.asked) {
        const Type type =
            resolve_parameter_type(context_, asked.type, rule_.id + "." + asked.name.text);
        bind(asked.name, type, BoundRole::asked);
        made.asked_types.push_back(context_.type_index(type));
        made.asked.emplace_back(asked.name.text, std::uint16_t{0});
    }
}

// After a mistake in the field the names are bound all the same, so that the body is silent.
void Triggers::bind_lost(const Trigger& trigger) {
    const ExpressionIndex field = std::visit(
        [](const auto& inner) {
            if constexpr (requires { inner.field; })
                return ExpressionIndex{inner.field};
            else
                return ExpressionIndex::none;
        },
        trigger.form);
    if (!trigger.as.empty()) bind(trigger.as, {});
    if (is_none(field)) return;
    const auto* member = std::get_if<Member>(&context_.tree.at(field).form);
    if (member == nullptr) return;
    if (const auto* use = std::get_if<NameUse>(&context_.tree.at(member->base).form)) {
        Type type;
        const Named* named = context_.space(Space::entity).find(use->name.text);
        if (named != nullptr && !named->lost)
            type = {TypeKind::reference, false, static_cast<std::uint16_t>(named->index)};
        bind(use->name, type);
    }
}

std::uint16_t Triggers::slot_for(const std::string& name, Type type) {
    const std::string key = name + "\n" + std::to_string(context_.type_index(type));
    const auto found = slots_.find(key);
    if (found != slots_.end()) return found->second;
    const auto slot = static_cast<std::uint16_t>(expressions_.scope().add_slot(name, type));
    slots_.emplace(key, slot);
    return slot;
}

void Triggers::place(const BoundName& name, std::uint16_t slot, std::size_t& asked,
                     rules::Trigger& made) const {
    switch (name.role) {
        case BoundRole::record: made.record_local = slot; return;
        case BoundRole::change: made.change_local = slot; return;
        case BoundRole::asked:
            if (asked < made.asked.size()) made.asked[asked++].second = slot;
            return;
        case BoundRole::first: made.pattern->first.local = slot; return;
        case BoundRole::second: made.pattern->second.local = slot; return;
        case BoundRole::all: made.pattern->all_local = slot; return;
    }
}

// What the condition of the only trigger says is known in the rule, too: of a record that was just
// looked at, and of an event, which never changes.
void Triggers::know_where(const RuleDeclaration& form) {
    if (form.triggers.size() != 1 || expressions_.scope().has_lost_trigger) return;
    ExpressionIndex where = ExpressionIndex::none;
    const auto& written = form.triggers.front().form;
    if (const auto* every = std::get_if<EveryTrigger>(&written); every != nullptr)
        if (!is_none(every->for_each))
            where = std::get<QueryExpression>(context_.tree.at(every->for_each).form).where;
    if (const auto* absence = std::get_if<AbsenceTrigger>(&written); absence != nullptr)
        if (!absence->including_never &&
            rule_.triggers.front().pattern->first.kind == rules::PatternPartKind::event)
            where = absence->where;
    if (is_none(where)) return;
    expressions_.scope().prove(expressions_.proof(where).when_true);
    statements_.know_from(where);
}

void Triggers::show_names(const RuleDeclaration& form) {
    Scope& scope = expressions_.scope();
    const auto binds = [&](const std::vector<BoundName>& names, const BoundName& wanted) {
        return std::any_of(names.begin(), names.end(), [&](const BoundName& name) {
            return name.name == wanted.name && name.type == wanted.type;
        });
    };
    for (std::size_t i = 0; i < bound_.size(); ++i) {
        rules::Trigger& made = rule_.triggers[i];
        std::size_t asked = 0;
        for (const BoundName& name : bound_[i]) {
            const std::uint16_t slot = slot_for(name.name, name.type);
            const bool is_everywhere =
                std::all_of(bound_.begin(), bound_.end(),
                            [&](const auto& names) { return binds(names, name); });
            context_.bind({name.name, name.span}, BindingKind::local, slot);
            if (!is_everywhere)
                scope.half_bound.emplace(name.name, name.span);
            else if (i == 0)
                scope.declare_at({name.name, name.span}, name.type, LocalOrigin::trigger, slot);
            place(name, slot, asked, made);
        }
    }
    if (form.triggers.size() == 1 && !known_field_.empty() && rule_.triggers[0].record_local)
        statements_.know(std::to_string(*rule_.triggers[0].record_local) + "." + known_field_,
                         known_value_);
}

void Triggers::check(const RuleDeclaration& form) {
    for (const Trigger& trigger : form.triggers) {
        bound_.emplace_back();
        rules::Trigger made;
        made.including_first = trigger.including_first;
        const std::size_t told = context_.told_count();
        std::visit([&](const auto& inner) { this->form(inner, trigger, made); }, trigger.form);
        if (context_.told_count() != told) expressions_.scope().has_lost_trigger = true;
        if (tells_time(trigger)) made.text = text_of(context_, trigger);
        const bool has_first = made.kind == rules::TriggerKind::becomes ||
                               made.kind == rules::TriggerKind::changes ||
                               made.kind == rules::TriggerKind::drops_below ||
                               made.kind == rules::TriggerKind::rises_above ||
                               made.kind == rules::TriggerKind::whenever;
        if (trigger.including_first && !has_first)
            context_.report(DiagnosticCode::misplaced, trigger.span,
                            "`including first` belongs to a trigger that watches a field",
                            "remove it");
        rule_.triggers.push_back(std::move(made));
    }
    show_names(form);
    know_where(form);
}

}  // namespace pawl::dsl::internal
