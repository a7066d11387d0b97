#include "engine/internal/commands.h"

#include <algorithm>

#include "base/suggest.h"
#include "base/text.h"
#include "engine/internal/append.h"
#include "engine/internal/waits.h"
#include "engine/store/erased_mark.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Assignment;
using rules::EntityIndex;
using rules::Failure;
using rules::Reference;
using rules::Value;

namespace {

// ", did you mean `status`?" or what there is to choose from.
std::string fitting(std::string_view wanted, const std::vector<std::string>& names) {
    const auto close = suggest(wanted, names, 1);
    if (!close.empty()) return "; did you mean `" + close.front() + "`?";
    if (names.empty()) return "";
    return "; there is " + list_names(names);
}

template <class Items>
std::vector<std::string> names_of(const Items& items, std::size_t first) {
    std::vector<std::string> names;
    for (std::size_t i = first; i < items.size(); ++i) names.push_back(items[i].name);
    return names;
}

}  // namespace

Commands::Commands(Context& context, Turn& turn, const std::optional<InputOrigin>& origin)
    : context_(context), turn_(turn), origin_(origin) {}

void Commands::refuse(const Place& place, DiagnosticCode code, std::string message) {
    Refused refused;
    refused.type = place.type;
    refused.field = place.field;
    refused.code = diagnostic_code_text(code);
    refused.message = std::move(message);
    if (origin_) refused.id = origin_->id;
    turn_.refuse(std::move(refused));
}

void Commands::refuse(const Place& place, const Failure& failure) {
    Refused refused;
    refused.type = place.type;
    refused.field = place.field;
    refused.code = failure.code;
    refused.message = failure.message;
    if (origin_) refused.id = origin_->id;
    turn_.refuse(std::move(refused));
}

// `source` and `id` together; the same again is a duplicate, with another body a conflict
// (meaning 7).
bool Commands::is_known(const std::string& type, const InputOrigin& origin) {
    if (turn_.input() != 0) return false;
    const Known known = look_up(context_, origin);
    if (known == Known::is_new) return false;
    if (known == Known::duplicate) {
        turn_.result().duplicate = true;
        turn_.tell(EventHappened{type, origin.id, origin.source, true});
    } else {
        turn_.refuse(refusal_of(known, type, origin));
    }
    return true;
}

void Commands::keep_seen(const InputOrigin& origin) {
    if (turn_.input() != 0) return;
    turn_.keep_seen({origin.source, origin.id, body_mark(origin.body), turn_.now()});
}

bool Commands::is_known(const std::string& type) { return origin_ && is_known(type, *origin_); }

void Commands::take(const EventInput& input) {
    rules::EventView view;
    const auto told = [this](const rules::EventRefusal& refusal) {
        turn_.refuse({refusal.type, refusal.id, refusal.field, refusal.code, refusal.message});
    };
    if (const auto refusal = context_.reader.read(input.json, view)) return told(*refusal);
    const std::string& type = context_.program.schema.events[view.event].name;
    const InputOrigin origin = origin_ ? *origin_ : event_origin(type, view);
    if (is_known(type, origin)) return;
    LayerLookup lookup(turn_.layer());
    std::vector<Value> fields;
    if (const auto refusal = context_.reader.values(view, lookup, fields)) return told(*refusal);
    keep_seen(origin);
    turn_.tell(EventHappened{type, origin.id, origin.source, false});
    if (context_.options.trace_false_conditions)
        return turn_.set_off_by_event(view.event, std::move(fields), origin.id, nullptr);
    std::vector<rules::RuleIndex> matched;
    context_.matcher.match(view, matched);
    turn_.set_off_by_event(view.event, std::move(fields), origin.id, &matched);
}

// ---- Who and what -----------------------------------------------------------------------------

std::optional<Actor> Commands::find_actor(const Place& place, const std::string& by,
                                          bool overrides) {
    Actor actor;
    actor.overrides = overrides;
    actor.name = by;
    const auto entity = context_.program.schema.people.entity;
    if (by.empty() || !entity) return actor;
    const auto key = turn_.layer().find(*entity, by);
    if (!key) {
        refuse({place.type, "by"}, DiagnosticCode::unknown_person,
               "there is no `" + context_.schema.entity_name(*entity) + "` with id " +
                   quote_for_message(by) + fitting_id(*entity, by));
        return std::nullopt;
    }
    if (turn_.layer().mark(erased_mark(*key), turn_.now())) {
        refuse({place.type, "by"}, DiagnosticCode::unknown_person,
               "the `" + context_.schema.entity_name(*entity) + "` with id " +
                   quote_for_message(by) +
                   " was erased, and nobody acts as it any more; name somebody else");
        return std::nullopt;
    }
    actor.is_person = true;
    actor.person = Reference{*entity, *key};
    return actor;
}

std::optional<EntityIndex> Commands::find_entity(const Place& place, const std::string& name) {
    const rules::Schema& schema = context_.program.schema;
    const auto entity = schema.find_entity(name);
    if (entity && *entity >= rules::builtin_entity_count) return entity;
    refuse({place.type, "entity"}, DiagnosticCode::unknown_entity,
           entity ? "`" + name + "` is kept by the engine itself and cannot be changed"
                  : "the rulebook has no entity " + quote_for_message(name) +
                        fitting(name, names_of(schema.entities, rules::builtin_entity_count)));
    return std::nullopt;
}

std::optional<Reference> Commands::find_record(const Place& place, const std::string& entity,
                                               const std::string& id) {
    const auto index = find_entity(place, entity);
    if (!index) return std::nullopt;
    const auto key = turn_.layer().find(*index, id);
    if (key) return Reference{*index, *key};
    refuse(
        {place.type, "id"}, DiagnosticCode::unknown_record,
        "there is no `" + entity + "` with id " + quote_for_message(id) + fitting_id(*index, id));
    return std::nullopt;
}

// Among the first ids only: a refusal is not to hold up the turn.
std::string Commands::fitting_id(EntityIndex entity, std::string_view wanted) {
    constexpr std::size_t ids_max = 500;
    std::vector<std::string> ids;
    const auto cursor = turn_.layer().scan({.entity = entity, .low = {}, .high = {}});
    while (ids.size() < ids_max) {
        const auto key = cursor->next();
        if (!key) break;
        const rules::RecordPointer record = turn_.layer().get({entity, *key});
        if (record) ids.emplace_back(record->fields[rules::field_id].as_text());
    }
    return suggest_id(wanted, ids);
}

std::optional<std::vector<Assignment>> Commands::read_fields(const Place& place, EntityIndex entity,
                                                             const Json& values, bool creates) {
    if (values.kind != JsonKind::object) {
        refuse(place, DiagnosticCode::unknown_input_field,
               "`" + place.field + "` must be an object of fields and their values");
        return std::nullopt;
    }
    const rules::Entity& type = context_.program.schema.entities[entity];
    LayerLookup lookup(turn_.layer());
    std::vector<Assignment> assignments;
    for (const auto& [name, json] : values.members) {
        const std::string path = place.field + "." + name;
        const auto field = rules::find_field(type.fields, name);
        const bool may_give = field && (*field >= rules::system_field_count ||
                                        (creates && *field == rules::field_id));
        if (!may_give) {
            refuse({place.type, path}, DiagnosticCode::unknown_input_field,
                   field ? "`" + name + "` is set by the engine itself"
                         : "`" + type.name + "` has no field " + quote_for_message(name) +
                               fitting(name, names_of(type.fields, rules::system_field_count)));
            return std::nullopt;
        }
        Assignment assignment{*field, Value()};
        if (json.kind != JsonKind::null) {
            const auto refusal = rules::value_from_json(
                json, type.fields[*field].type, context_.program, lookup, path, assignment.value);
            if (refusal) {
                turn_.refuse({place.type, origin_ ? origin_->id : std::string(), refusal->field,
                              refusal->code, refusal->message});
                return std::nullopt;
            }
        }
        assignments.push_back(std::move(assignment));
    }
    return assignments;
}

// ---- Changes ----------------------------------------------------------------------------------

Advance::Options Commands::options(const Actor& actor) const {
    Advance::Options options;
    options.now = turn_.now();
    options.firing = turn_.now();
    options.actor = actor;
    options.turn = &turn_;
    return options;
}

void Commands::finish(const Place& place, Advance& advance, const std::optional<Failure>& failure) {
    if (failure) {
        advance.roll_back();
        return refuse(place, *failure);
    }
    if (const auto late = turn_.take_command(advance)) return refuse(place, *late);
    if (origin_) keep_seen(*origin_);
}

void Commands::take(const ChangeCommand& command) {
    const Place place{"pawl.change", "set"};
    if (is_known(place.type)) return;
    const auto actor = find_actor(place, command.by, command.override_);
    if (!actor) return;
    const auto record = find_record(place, command.entity, command.id);
    if (!record) return;
    auto fields = read_fields(place, record->entity, command.set, false);
    if (!fields) return;
    const Value reason = command.reason.empty() ? Value() : Value::text(command.reason);
    Advance advance(context_, turn_.layer(), options(*actor));
    for (Assignment& field : *fields) {
        const auto failure =
            advance.set_field(*record, field.field, std::move(field.value), reason);
        if (failure)
            return finish(
                {place.type, "set." + context_.schema.field_name(record->entity, field.field)},
                advance, failure);
    }
    finish(place, advance, std::nullopt);
}

void Commands::take(const CreateCommand& command) {
    const Place place{"pawl.create", "values"};
    if (is_known(place.type)) return;
    const auto actor = find_actor(place, command.by, false);
    if (!actor) return;
    const auto entity = find_entity(place, command.entity);
    if (!entity) return;
    auto fields = read_fields(place, *entity, command.values, true);
    if (!fields) return;
    Advance advance(context_, turn_.layer(), options(*actor));
    Reference created;
    finish(place, advance, advance.create(*entity, std::move(*fields), created));
}

void Commands::take(const DeleteCommand& command) {
    const Place place{"pawl.delete", "id"};
    if (is_known(place.type)) return;
    const auto actor = find_actor(place, command.by, false);
    if (!actor) return;
    const auto record = find_record(place, command.entity, command.id);
    if (!record) return;
    Advance advance(context_, turn_.layer(), options(*actor));
    finish(place, advance, advance.remove(*record));
}

// ---- Requests ---------------------------------------------------------------------------------

const rules::Trigger* Commands::request_trigger(rules::RuleIndex rule, std::uint16_t& index) const {
    const auto& triggers = context_.program.rules[rule].triggers;
    for (std::size_t i = 0; i < triggers.size(); ++i) {
        if (triggers[i].kind != rules::TriggerKind::requested) continue;
        index = static_cast<std::uint16_t>(i);
        return &triggers[i];
    }
    return nullptr;
}

// Unlike an event's, a reference that a person gives names a record that is there.
bool Commands::names_nothing(rules::TypeIndex type, const Json* json, const Value& value) const {
    const rules::Type& asked = context_.program.schema.type(type);
    return asked.kind == rules::TypeKind::reference && value.is_missing() && json != nullptr &&
           json->kind == JsonKind::string;
}

std::optional<std::vector<Value>> Commands::read_asked(const Place& place,
                                                       const rules::Trigger& trigger,
                                                       const Json& with) {
    std::vector<std::string> names;
    for (const auto& [name, local] : trigger.asked) names.push_back(name);
    for (const auto& [name, value] : with.members) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        refuse({place.type, place.field + "." + name}, DiagnosticCode::unknown_input_field,
               "the rule does not ask for " + quote_for_message(name) + fitting(name, names));
        return std::nullopt;
    }
    LayerLookup lookup(turn_.layer());
    const Json none;
    std::vector<Value> values(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        const Json* json = with.find(names[i]);
        const auto refusal = rules::value_from_json(
            json != nullptr ? *json : none, trigger.asked_types[i], context_.program, lookup,
            place.field + "." + names[i], values[i]);
        if (!refusal && !names_nothing(trigger.asked_types[i], json, values[i])) continue;
        if (!refusal) {
            const std::string path = place.field + "." + names[i];
            const rules::Type& type = context_.program.schema.type(trigger.asked_types[i]);
            refuse({place.type, path}, DiagnosticCode::input_record_not_found,
                   "`" + path + "` names the " + context_.schema.entity_name(type.index) + " " +
                       quote_for_message(json->text) + ", which is not there" +
                       fitting_id(type.index, json->text));
            return std::nullopt;
        }
        turn_.refuse({place.type, origin_ ? origin_->id : std::string(), refusal->field,
                      refusal->code, refusal->message});
        return std::nullopt;
    }
    return values;
}

void Commands::take(const RequestCommand& command) {
    const Place place{"pawl.request", "with"};
    if (is_known(place.type)) return;
    const auto actor = find_actor(place, command.by, false);
    if (!actor) return;
    const auto rule = context_.program.find_rule(command.rule);
    std::uint16_t index = 0;
    const rules::Trigger* trigger = rule ? request_trigger(*rule, index) : nullptr;
    if (trigger == nullptr) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < context_.program.rules.size(); ++i)
            if (request_trigger(static_cast<rules::RuleIndex>(i), index) != nullptr)
                names.push_back(context_.program.rules[i].id);
        return refuse({place.type, "rule"}, DiagnosticCode::not_requestable,
                      rule ? "rule `" + command.rule + "` has no `when requested by`"
                           : "there is no rule " + quote_for_message(command.rule) + " to ask for" +
                                 fitting(command.rule, names));
    }
    auto asked = read_asked(place, *trigger, command.with);
    if (asked) request(*rule, std::move(*asked), *actor);
}

void Commands::request(rules::RuleIndex index, std::vector<Value> asked, const Actor& actor) {
    const Place place{"pawl.request", "rule"};
    const rules::Rule& rule = context_.program.rules[index];
    Pending pending;
    const rules::Trigger* trigger = request_trigger(index, pending.use.trigger);
    if (trigger == nullptr || rule.mode != rules::RuleMode::live)
        return refuse(place, DiagnosticCode::not_requestable,
                      trigger == nullptr
                          ? "rule `" + rule.id + "` has no `when requested by`"
                          : "rule `" + rule.id + "` is " +
                                (rule.mode == rules::RuleMode::draft ? "a draft" : "paused"));
    const rules::People& people = context_.program.schema.people;
    if (people.entity && people.role && !trigger->roles.empty()) {
        const auto person = actor.person ? turn_.layer().get(*actor.person) : nullptr;
        const Value role = person != nullptr ? person->fields[*people.role] : Value();
        const bool may = !role.is_missing() &&
                         std::find(trigger->roles.begin(), trigger->roles.end(), role.as_text()) !=
                             trigger->roles.end();
        if (!may)
            return refuse(
                {place.type, "by"}, DiagnosticCode::request_not_allowed,
                "rule `" + rule.id + "` may be requested by " + list_names(trigger->roles) + "; " +
                    (actor.name.empty()
                         ? "nobody is named"
                         : quote_for_message(actor.name) + " is " +
                               (role.is_missing() ? "none of them"
                                                  : "`" + std::string(role.as_text()) + "`")));
    }
    auto by = std::make_shared<SetOff>();
    by->cause = {CauseKind::request, actor.name};
    by->requester = {.person = actor.person, .name = actor.name};
    by->trigger = "requested";
    for (const Value& value : asked) {
        if (value.kind() != rules::Kind::reference) continue;
        by->entity = context_.schema.entity_name(value.as_reference().entity);
        by->id = id_of(turn_.layer().get(value.as_reference()));
        break;
    }
    pending.by = std::move(by);
    pending.use.rule = index;
    pending.arguments = std::move(asked);
    turn_.enqueue(std::move(pending));
    if (origin_) keep_seen(*origin_);
}

// ---- Settings and answers ---------------------------------------------------------------------

void Commands::take(const SettingCommand& command) {
    const Place place{"pawl.setting", "name"};
    if (is_known(place.type)) return;
    const auto& settings = context_.program.schema.settings;
    const auto index = context_.program.schema.find_setting(command.name);
    if (!index)
        return refuse(place, DiagnosticCode::unknown_input_field,
                      "the rulebook has no setting " + quote_for_message(command.name) +
                          fitting(command.name, names_of(settings, 0)));
    LayerLookup lookup(turn_.layer());
    Value value;
    const auto refusal = rules::value_from_json(command.value, settings[*index].type,
                                                context_.program, lookup, "value", value);
    if (refusal)
        return turn_.refuse({place.type, origin_ ? origin_->id : std::string(), refusal->field,
                             refusal->code, refusal->message});
    turn_.tell(SettingChanged{command.name, context_.settings[*index], value, command.by});
    turn_.keep_setting(command.name, write_json(command.value));
    context_.settings[*index] = value;
    context_.evaluator.set_setting(*index, std::move(value));
    context_.schedule.read_anew();
    if (origin_) keep_seen(*origin_);
}

void Commands::take(const AnswerInput& input) {
    const auto stored = turn_.layer().run(input.run);
    if (stored == nullptr || stored->state != RunState::calling ||
        stored->calling != input.intent || stored->timer)
        return refuse({"pawl.answer", "run"}, DiagnosticCode::answer_not_awaited,
                      "run `" + run_name(input.run) + "` waits for no answer to its call " +
                          std::to_string(input.intent));
    turn_.resume(*stored, input);
}

// ---- Runs that wait ---------------------------------------------------------------------------

void Commands::take(const ReplyCommand& command) {
    const Place place{"pawl.answer", "run"};
    if (is_known(place.type)) return;
    const auto actor = find_actor(place, command.by, false);
    if (!actor) return;
    if (const auto refusal = Waits(turn_).reply(command, *actor))
        return refuse(place, DiagnosticCode::answer_not_awaited, *refusal);
    if (origin_) keep_seen(*origin_);
}

void Commands::take(const CancelCommand& command) {
    const Place place{"pawl.cancel", "run"};
    if (is_known(place.type)) return;
    const auto actor = find_actor(place, command.by, false);
    if (!actor) return;
    const std::string why = actor->name.empty() ? "cancelled" : "cancelled by " + actor->name;
    if (const auto refusal = Waits(turn_).cancel(command.run, why))
        return refuse(place, DiagnosticCode::run_not_waiting, *refusal);
    if (origin_) keep_seen(*origin_);
}

// ---- Statements of tests ----------------------------------------------------------------------

void Commands::statement(rules::UnitIndex unit, std::uint32_t entry, std::vector<Value>& locals,
                         const Actor& actor, std::string_view event_id) {
    const Place place{"test", {}};
    Advance::Options with = options(actor);
    with.emits_from_outside = true;
    with.event_id = event_id;
    Advance advance(context_, turn_.layer(), std::move(with));
    const rules::Outcome outcome =
        context_.evaluator.evaluate(unit, entry, locals, static_cast<rules::Host&>(advance),
                                    advance.moment(), advance.budget());
    if (!outcome.failure) arrive(advance);
    finish(place, advance, outcome.failure);
}

// The events that a test's statement emitted, as if each had come from outside.
void Commands::arrive(Advance& advance) {
    std::vector<EmittedEvent> emitted = std::move(advance.emitted());
    advance.emitted().clear();
    for (EmittedEvent& event : emitted) {
        const std::string& type = context_.program.schema.events[event.event].name;
        std::string body = type;
        for (const Value& field : event.fields) append_value_key(body, field);
        const InputOrigin origin{"test", event.id, hash_bytes(body)};
        if (is_known(type, origin)) continue;
        keep_seen(origin);
        turn_.tell(EventHappened{type, origin.id, origin.source, false});
        turn_.set_off_by_event(event.event, std::move(event.fields), origin.id, nullptr);
    }
}

}  // namespace pawl::engine
