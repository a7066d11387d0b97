#include "engine/internal/advance.h"

#include <algorithm>

#include "base/check.h"
#include "base/suggest.h"
#include "base/text.h"
#include "engine/internal/integrity.h"
#include "engine/internal/journeys.h"
#include "engine/internal/messages.h"
#include "engine/internal/waits.h"

namespace pawl::engine {

using rules::Assignment;
using rules::EntityIndex;
using rules::Failure;
using rules::FieldIndex;
using rules::Record;
using rules::RecordPointer;
using rules::Reference;
using rules::TypeKind;
using rules::Value;

Failure make_failure(DiagnosticCode code, std::string kind, std::string message, bool catchable) {
    Failure failure;
    failure.code = diagnostic_code_text(code);
    failure.kind = std::move(kind);
    failure.message = std::move(message);
    failure.catchable = catchable;
    return failure;
}

Advance::Advance(Context& context, Layer& below, Options options)
    : context_(context),
      options_(std::move(options)),
      layer_(context.program, below),
      rows_(context, layer_, options_.now),
      moment_{options_.now, options_.firing, static_cast<std::uint64_t>(options_.owner.number)},
      counters_before_(context.counters) {}

void Advance::tell(HappeningForm form) {
    constexpr std::size_t usual = 8;  // they are large, so that moving them costs
    if (happenings_.empty()) happenings_.reserve(usual);
    happenings_.push_back({moment_.now, options_.owner.number, std::move(form)});
}

void Advance::roll_back() {
    layer_.drop();
    context_.counters = counters_before_;
    happenings_.clear();
    touched_.clear();
    notes_.clear();
    deleted_ids_.clear();
    emitted_.clear();
    started_.clear();
    cancelled_.clear();
    savepoints_.clear();
}

RecordPointer Advance::get(Reference reference) {
    RecordPointer record = layer_.get(reference);
    if (record == nullptr && options_.by != nullptr && options_.by->deleted == reference)
        return options_.by->deleted_record;
    return record;
}

std::unique_ptr<rules::RecordCursor> Advance::scan(const rules::ScanRequest& request) {
    return layer_.scan(request);
}

void Advance::touch(Reference record) {
    if (!layer_.has_own(record)) touched_.push_back(record);
}

const Value* Advance::reason(Reference record, FieldIndex field) const {
    for (auto note = notes_.rbegin(); note != notes_.rend(); ++note)
        if (note->record == record && note->field == field) return &note->reason;
    return nullptr;
}

// ---- Setting ----------------------------------------------------------------------------------

std::optional<Failure> Advance::check_value(EntityIndex entity, FieldIndex field,
                                            const Value& value) {
    const FieldRules& rules = context_.schema.field(entity, field);
    const std::string name =
        context_.schema.entity_name(entity) + "." + context_.schema.field_name(entity, field);
    if (value.is_missing()) {
        if (!rules.is_required) return std::nullopt;
        return make_failure(DiagnosticCode::value_missing, "missing",
                            "`" + name + "` needs a value and got none");
    }
    if (rules.kind == TypeKind::reference && layer_.get(value.as_reference()) == nullptr)
        return make_failure(DiagnosticCode::record_gone, "missing",
                            "`" + name + "` would refer to a record that was deleted");
    return std::nullopt;
}

std::optional<Failure> Advance::check_transition(Reference record, FieldIndex field,
                                                 const Value& from, const Value& to) {
    const rules::StateMachine* states = context_.schema.field(record.entity, field).states;
    if (states == nullptr || options_.actor.overrides || from.is_missing() || to.is_missing())
        return std::nullopt;
    const auto from_option = context_.schema.option(record.entity, field, from.as_text());
    const auto to_option = context_.schema.option(record.entity, field, to.as_text());
    PAWL_CHECK(from_option && to_option);
    std::string role;
    if (options_.actor.person) {
        const rules::People& people = context_.program.schema.people;
        const RecordPointer person = layer_.get(*options_.actor.person);
        if (person != nullptr && people.role && !person->fields[*people.role].is_missing())
            role = person->fields[*people.role].as_text();
    }
    return transition_failure(context_, *states, {record.entity, field, *from_option, *to_option},
                              options_.actor.is_person, role);
}

std::optional<Failure> Advance::set_field(Reference record, FieldIndex field, Value value,
                                          const Value& reason) {
    const RecordPointer before = layer_.get(record);
    if (before == nullptr || record.entity < rules::builtin_entity_count)
        return make_failure(DiagnosticCode::record_gone, "missing",
                            "`" + context_.schema.field_name(record.entity, field) +
                                "` was to be set on a record of `" +
                                context_.schema.entity_name(record.entity) + "` that was deleted");
    const Value from = before->fields[field];
    if (from == value) return std::nullopt;
    if (auto failure = check_value(record.entity, field, value)) return failure;
    if (auto failure = check_transition(record, field, from, value)) return failure;
    const FieldRules& rules = context_.schema.field(record.entity, field);
    if (!rules.unique_sets.empty()) {
        Record after = *before;
        after.fields[field] = value;
        for (const std::size_t set : rules.unique_sets)
            if (auto failure = check_unique(record.entity, set, after, record)) return failure;
    }
    touch(record);
    FieldSet told;
    told.entity = context_.schema.entity_name(record.entity);
    told.id = id_of(before);
    told.field = context_.schema.field_name(record.entity, field);
    told.from = from;
    told.to = value;
    told.by = options_.actor.name;
    told.override_ = options_.actor.overrides;
    if (!reason.is_missing()) {
        told.reason = reason.as_text();
        notes_.push_back({record, field, reason});
    }
    layer_.set_field(record, field, std::move(value));
    layer_.set_field(record, rules::field_updated_at, Value::datetime(moment_.now));
    rows_.action(options_.owner, "set " + told.entity + "/" + told.id + "." + told.field,
                 ActionStatus::success);
    tell(std::move(told));
    return std::nullopt;
}

std::optional<Failure> Advance::check_unique(EntityIndex entity, std::size_t set,
                                             const Record& record, Reference self) {
    const auto& fields = context_.program.schema.entities[entity].unique_sets[set];
    std::vector<Value> values;
    for (const FieldIndex field : fields) {
        if (record.fields[field].is_missing()) return std::nullopt;
        values.push_back(record.fields[field]);
    }
    const auto holder = layer_.find_unique(entity, set, values);
    if (!holder || *holder == self.key) return std::nullopt;
    std::string names, shown;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) names += ", ", shown += ", ";
        names += context_.schema.field_name(entity, fields[i]);
        shown += rules::display_text(values[i], context_.program, layer_, context_.zone);
    }
    const std::string& name = context_.schema.entity_name(entity);
    return make_failure(DiagnosticCode::unique_clash, "unique",
                        "`" + name + "` has a record with `" + names + "` " +
                            quote_for_message(shown) + " already: `" +
                            id_of(layer_.get({entity, *holder})) + "`",
                        true);
}

// ---- Creating ---------------------------------------------------------------------------------

std::optional<Failure> Advance::take_id(EntityIndex entity, Value& id) {
    const std::string& name = context_.schema.entity_name(entity);
    if (id.is_missing()) {
        std::int64_t& next = context_.counters.next_ids[entity];
        std::string text;
        do {
            text = name + "-" + std::to_string(next++);
        } while (layer_.find(entity, text));
        id = Value::text(text);
        return std::nullopt;
    }
    if (auto problem = id_problem(id.as_text()))
        return make_failure(DiagnosticCode::id_unusable, "id", *problem);
    if (layer_.find(entity, id.as_text()))
        return make_failure(
            DiagnosticCode::unique_clash, "unique",
            "`" + name + "` has a record with id " + quote_for_message(id.as_text()) + " already",
            true);
    return std::nullopt;
}

std::optional<Failure> Advance::create(EntityIndex entity, std::vector<Assignment> fields,
                                       Reference& created) {
    PAWL_CHECK(entity >= rules::builtin_entity_count);
    auto record = std::make_shared<Record>(initial_record(context_, entity));
    for (Assignment& assignment : fields)
        record->fields[assignment.field] = std::move(assignment.value);
    Value& id = record->fields[rules::field_id];
    if (id.is_missing() && !options_.first_id.empty())
        id = Value::text(std::exchange(options_.first_id, {}));
    if (auto failure = take_id(entity, id)) return failure;
    Value& created_at = record->fields[rules::field_created_at];
    if (created_at.is_missing() || !options_.keeps_created_at)
        created_at = Value::datetime(moment_.now);
    record->fields[rules::field_updated_at] = Value::datetime(moment_.now);
    const rules::Entity& type = context_.program.schema.entities[entity];
    for (std::size_t i = rules::system_field_count; i < type.fields.size(); ++i)
        if (auto failure = check_value(entity, static_cast<FieldIndex>(i), record->fields[i]))
            return failure;
    created = {entity, context_.counters.next_key++};
    for (std::size_t set = 0; set < type.unique_sets.size(); ++set)
        if (auto failure = check_unique(entity, set, *record, created)) return failure;
    Created told;
    told.entity = type.name;
    told.id = id.as_text();
    for (std::size_t i = rules::system_field_count; i < type.fields.size(); ++i)
        if (!record->fields[i].is_missing())
            told.values.push_back({type.fields[i].name, record->fields[i]});
    touch(created);
    layer_.create(created, std::move(record));
    rows_.action(options_.owner, "created " + told.entity + "/" + told.id, ActionStatus::success);
    tell(std::move(told));
    return std::nullopt;
}

std::optional<Failure> Advance::find_or_create(EntityIndex entity, std::vector<Assignment> fields,
                                               std::size_t key_count, Reference& found) {
    const auto& sets = context_.program.schema.entities[entity].unique_sets;
    std::vector<FieldIndex> keys;
    for (std::size_t i = 0; i < key_count; ++i) keys.push_back(fields[i].field);
    for (std::size_t set = 0; set < sets.size(); ++set) {
        if (!std::is_permutation(sets[set].begin(), sets[set].end(), keys.begin(), keys.end()))
            continue;
        std::vector<Value> values;
        for (const FieldIndex field : sets[set])
            for (std::size_t i = 0; i < key_count; ++i)
                if (fields[i].field == field) values.push_back(fields[i].value);
        if (const auto key = layer_.find_unique(entity, set, values)) {
            found = {entity, *key};
            return std::nullopt;
        }
        return create(entity, std::move(fields), found);
    }
    PAWL_CHECK(!"find or create by fields that are not unique");
    return std::nullopt;
}

// ---- Emitting and starting --------------------------------------------------------------------

std::optional<Failure> Advance::emit(rules::EventIndex event, std::vector<Assignment> fields) {
    const rules::EventType& type = context_.program.schema.events[event];
    EmittedEvent emitted;
    emitted.event = event;
    emitted.fields.resize(type.fields.size());
    for (std::size_t i = 0; i < type.fields.size(); ++i)
        if (type.fields[i].default_value) emitted.fields[i] = *type.fields[i].default_value;
    for (Assignment& assignment : fields)
        emitted.fields[assignment.field] = std::move(assignment.value);
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
        const rules::Type& of = context_.program.schema.type(type.fields[i].type);
        if (!emitted.fields[i].is_missing() || of.optional) continue;
        // As on the wire, a reference may name what is not there (meaning 8).
        if (of.kind == TypeKind::reference && !type.fields[i].required) continue;
        return make_failure(
            DiagnosticCode::value_missing, "missing",
            "`" + type.name + "." + type.fields[i].name + "` needs a value and got none");
    }
    if (options_.emits_from_outside) {
        emitted.id = options_.event_id.empty()
                         ? "event-" + std::to_string(context_.counters.next_event++)
                         : std::exchange(options_.event_id, {});
        // The turn tells it, since it may be a duplicate.
    } else {
        emitted.id = run_name(options_.owner.number) + "/" + std::to_string(next_intent());
        Emitted told{type.name, {}};
        for (std::size_t i = 0; i < type.fields.size(); ++i)
            if (!emitted.fields[i].is_missing())
                told.data.push_back({type.fields[i].name, emitted.fields[i]});
        rows_.action(options_.owner, "emitted " + type.name, ActionStatus::success);
        tell(std::move(told));
    }
    emitted_.push_back(std::move(emitted));
    return std::nullopt;
}

std::optional<Failure> Advance::start_flow(rules::UnitIndex unit, std::vector<Value> arguments) {
    rows_.action(options_.owner, "started " + context_.program.units[unit].id,
                 ActionStatus::success);
    started_.push_back({unit, std::move(arguments)});
    return std::nullopt;
}

void Advance::log(std::string text) {
    rows_.action(options_.owner, "log", ActionStatus::success, {},
                 Value::json(Json{JsonKind::string, false, text, {}, {}}));
    tell(Logged{std::move(text)});
}

// ---- Messages ---------------------------------------------------------------------------------

std::optional<Failure> Advance::send(std::uint32_t template_index, const Value& recipient,
                                     std::vector<Value> arguments,
                                     const std::optional<rules::RetryPlan>& retry) {
    return Messenger(*this).send(template_index, recipient, std::move(arguments), retry);
}

std::optional<Failure> Advance::notify(std::uint32_t notification_index, const Value& recipient,
                                       std::vector<Value> arguments) {
    return Messenger(*this).notify(notification_index, recipient, std::move(arguments));
}

std::optional<Failure> Advance::alert(const Value& recipient, std::string text) {
    Messenger(*this).alert(recipient, std::move(text));
    return std::nullopt;
}

// ---- Other runs, journeys ---------------------------------------------------------------------

std::optional<Failure> Advance::cancel_runs(rules::RuleIndex rule,
                                            const std::optional<Reference>& about) {
    PAWL_CHECK(options_.turn != nullptr);
    return Waits(*options_.turn).cancel_runs(*this, rule, about);
}

std::optional<Failure> Advance::steer_journey(rules::Steering steering) {
    PAWL_CHECK(options_.turn != nullptr);
    const bool is_rule = !options_.owner.rule.is_missing();
    SteeredBy by;
    by.name = options_.actor.name;
    if (by.name.empty() && is_rule) by.name = options_.owner.rule.as_text();
    by.reason = options_.reason;
    by.is_command = !is_rule;
    by.moves_start = options_.moves_start;
    const std::size_t before = happenings_.size();
    auto failure = Journeys(*options_.turn, layer_).steer(steering, by, happenings_);
    for (std::size_t i = before; i < happenings_.size(); ++i)
        happenings_[i].run = options_.owner.number;
    return failure;
}

// ---- Savepoints of `try` ----------------------------------------------------------------------

Advance::Savepoint Advance::savepoint() {
    return {layer_.savepoint(), happenings_.size(), touched_.size(),
            notes_.size(),      emitted_.size(),    started_.size(),
            cancelled_.size(),  options_.intents,   context_.counters};
}

void Advance::undo_to(const Savepoint& to) {
    layer_.undo_to(to.layer);
    happenings_.resize(to.happenings);
    touched_.resize(to.touched);
    notes_.resize(to.notes);
    emitted_.resize(to.emitted);
    started_.resize(to.started);
    cancelled_.resize(to.cancelled);
    options_.intents = to.intents;
    context_.counters = to.counters;
}

void Advance::mark() { savepoints_.push_back(savepoint()); }

void Advance::undo_to_mark() {
    // Of a `try` around a wait, the evaluator marks the wait: what stood before it is committed.
    PAWL_CHECK(!savepoints_.empty());
    undo_to(savepoints_.back());
    keep_mark();
}

void Advance::keep_mark() {
    PAWL_CHECK(!savepoints_.empty());
    savepoints_.pop_back();
    if (savepoints_.empty()) layer_.end_savepoints();
}

}  // namespace pawl::engine
