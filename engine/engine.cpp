#include "engine/engine.h"

#include <algorithm>
#include <utility>

#include "base/diagnostic.h"
#include "base/limits.h"
#include "engine/happening_json.h"
#include "engine/internal/advance.h"
#include "engine/internal/append.h"
#include "engine/internal/commands.h"
#include "engine/internal/context.h"
#include "engine/internal/journey_texts.h"
#include "engine/internal/journeys.h"
#include "engine/internal/load.h"
#include "engine/internal/pattern_history.h"
#include "engine/internal/patterns.h"
#include "engine/internal/set_aside.h"
#include "engine/internal/turn.h"

namespace pawl::engine {

using rules::Value;

struct Engine::Data {
    Data(const rules::Program& program, Store& store, EngineOptions options)
        : context(program, store, std::move(options)), records(program, store) {
        for (const auto& [name, json] : store.settings()) {
            const auto index = program.schema.find_setting(name);
            const auto parsed = parse_json(json);
            LayerLookup lookup(records);
            Value value;
            // A setting that the rulebook has no more, or with another type, keeps its default.
            if (!index || !parsed ||
                rules::value_from_json(*parsed, program.schema.settings[*index].type, program,
                                       lookup, name, value))
                continue;
            context.settings[*index] = value;
            context.evaluator.set_setting(*index, std::move(value));
        }
    }

    Status commit_counters() {
        WriteBatch batch;
        batch.counters = context.counters;
        return context.store.commit(std::move(batch));
    }

    // What a turn may have counted up before it was given up.
    void give_up(const Counters& before) { context.counters = before; }

    Context context;
    Layer records;  // empty: the store as it is between turns
};

Engine::Engine(const rules::Program& program, Store& store, EngineOptions options)
    : data_(std::make_unique<Data>(program, store, std::move(options))) {}

Engine::~Engine() = default;

namespace {

// A timetable is no edge: it stands from the moment in which its record is there.
std::optional<Error> plan_journeys(Context& context, Turn& turn) {
    std::vector<rules::Reference> records;
    for (const auto& [reference, record] : turn.layer().own())
        if (record != nullptr && !context.triggers.entity(reference.entity).journeys.empty())
            records.push_back(reference);
    std::vector<Happening> told;
    for (const rules::Reference record : records) {
        Journeys journeys(turn, turn.layer());
        journeys.restore(record, told);
        if (auto failure = journeys.record_changed(record, told))
            return Error{failure->code, failure->message};
    }
    JourneyTexts(context).note(turn.layer(), turn.now());
    Patterns(turn, turn.layer()).records_loaded();
    return std::nullopt;
}

}  // namespace

Status Engine::load_state(const Json& state, Instant arrival) {
    const Counters before = data_->context.counters;
    Turn turn(data_->context, std::max(arrival, state_instant(state, data_->context.program)));
    if (Status status = load_records(data_->context, turn, state); !status) {
        data_->give_up(before);
        return status;
    }
    if (auto error = plan_journeys(data_->context, turn)) {
        data_->give_up(before);
        return std::move(*error);
    }
    const TurnResult result = turn.finish();
    if (result.store_failure) return *result.store_failure;
    return Done{};
}

Appended Engine::append(std::string json, Instant arrival) {
    return append_input(data_->context, std::move(json), arrival);
}

Input Engine::read_appended(const StoredInput& stored) {
    return read_stored(data_->context, stored);
}

Status Engine::mark_clean(bool is_clean) {
    data_->context.counters.is_clean = is_clean;
    return data_->commit_counters();
}

const Counters& Engine::counters() const { return data_->context.counters; }

TurnResult Engine::park(const Input& input, const std::string& reason) {
    Turn turn(data_->context, input.arrival, input.number);
    turn.park(reason);
    return turn.finish();
}

TurnResult Engine::alert_admins(Instant now, const std::string& text) {
    Turn turn(data_->context, now);
    turn.tell(Alerted{"admins", text});
    turn.alert_admins(text);
    return turn.finish();
}

TurnResult Engine::process(const Input& input) {
    Turn turn(data_->context, input.arrival, input.number);
    Commands commands(data_->context, turn, input.origin);
    std::visit([&commands](const auto& form) { commands.take(form); }, input.form);
    turn.run_queue();
    return turn.finish();
}

Preview Engine::preview(std::string json, Instant arrival) {
    Context& context = data_->context;
    ReadInput read = context.inputs.read(std::move(json));
    Preview preview;
    if (auto* refused = std::get_if<Refused>(&read.form)) {
        preview.refused = std::move(*refused);
        return preview;
    }
    const auto& form = std::get<InputForm>(read.form);
    if (std::holds_alternative<SettingCommand>(form)) {
        preview.refused = Refused{
            read.type, read.id, "type", diagnostic_code_text(DiagnosticCode::action_misshapen),
            "a setting is in every rule at once: what it would do cannot be shown before"};
        return preview;
    }
    const Counters before = context.counters;
    Turn turn(context, arrival);
    Commands commands(context, turn, read.origin);
    std::visit([&commands](const auto& each) { commands.take(each); }, form);
    turn.run_queue();
    const TurnResult result = turn.drop();
    for (const Happening& happening : result.happenings) {
        if (const auto* refused = std::get_if<Refused>(&happening.form)) preview.refused = *refused;
        preview.happenings.push_back(happening_json(happening, context.program, turn.layer()));
    }
    data_->give_up(before);
    return preview;
}

Status Engine::begin(Instant now) {
    Context& context = data_->context;
    now = std::max(now, context.counters.now);
    WriteBatch batch;
    batch.marks = context.schedule.begin(now);
    JourneyTexts(context).begin(now, batch);
    if (!batch.marks.empty()) {
        batch.counters = context.counters;
        context.schedule.note(batch);
        if (Status begun = context.store.commit(std::move(batch)); !begun) return begun;
    }
    return PatternHistory(context).catch_up(now);
}

std::optional<Instant> Engine::next_due() { return data_->context.schedule.next(); }

std::optional<TurnResult> Engine::process_due(Instant now) {
    Context& context = data_->context;
    const auto due = context.schedule.first(std::max(now, context.counters.now));
    if (!due) return std::nullopt;
    const bool is_late = now.micros - due->at.micros > limits::timer_late_micros;
    Turn turn(context, is_late ? now : due->at);
    turn.take_due(*due);
    turn.run_queue();
    return turn.finish();
}

std::uint64_t Engine::due_name(Instant now) {
    Context& context = data_->context;
    const auto due = context.schedule.first(std::max(now, context.counters.now));
    return due ? engine::due_name(*due) : 0;
}

std::optional<TurnResult> Engine::park_due(Instant now, int stops, bool is_again) {
    Context& context = data_->context;
    const auto due = context.schedule.first(std::max(now, context.counters.now));
    if (!due) return std::nullopt;
    Turn turn(context, now);
    SetAside(turn).take(*due, stops, is_again ? SetAside::Care::least : SetAside::Care::full);
    turn.run_queue();
    return turn.finish();
}

Instant Engine::now() const { return data_->context.counters.now; }

rules::Records& Engine::records() { return data_->records; }

std::string Engine::record_id(rules::Reference reference) {
    return id_of(data_->records.get(reference));
}

std::optional<rules::Reference> Engine::find_record(std::string_view entity, std::string_view id) {
    const auto index = data_->context.program.schema.find_entity(entity);
    if (!index) return std::nullopt;
    const auto key = data_->records.find(*index, id);
    if (!key) return std::nullopt;
    return rules::Reference{*index, *key};
}

// ---- Tests ------------------------------------------------------------------------------------

namespace {

Actor make_actor(Layer& layer, std::optional<rules::Reference> person, bool override_) {
    Actor actor;
    actor.overrides = override_;
    if (!person) return actor;
    actor.is_person = true;
    actor.person = person;
    actor.name = id_of(layer.get(*person));
    return actor;
}

}  // namespace

Status Engine::load_statement(rules::UnitIndex unit, std::uint32_t entry,
                              std::vector<Value>& locals, Instant arrival, std::string_view id) {
    Context& context = data_->context;
    const Counters before = context.counters;
    Turn turn(context, arrival);
    Advance::Options options;
    options.now = turn.now();
    options.firing = turn.now();
    options.actor.overrides = true;  // what is given need not have come about by the arrows
    options.first_id = id;
    options.keeps_created_at = true;
    Advance advance(context, turn.layer(), std::move(options));
    const rules::Outcome outcome =
        context.evaluator.evaluate(unit, entry, locals, static_cast<rules::Host&>(advance),
                                   advance.moment(), advance.budget());
    if (outcome.failure) {
        data_->give_up(before);
        return Error{outcome.failure->code, outcome.failure->message};
    }
    advance.layer().merge_down();
    if (auto error = plan_journeys(context, turn)) {
        data_->give_up(before);
        return std::move(*error);
    }
    const TurnResult result = turn.finish();
    if (result.store_failure) return *result.store_failure;
    return Done{};
}

TurnResult Engine::process_statement(rules::UnitIndex unit, std::uint32_t entry,
                                     std::vector<Value>& locals, Instant arrival,
                                     std::optional<rules::Reference> actor, bool override_,
                                     std::string_view event_id) {
    Turn turn(data_->context, arrival);
    const std::optional<InputOrigin> origin;
    Commands(data_->context, turn, origin)
        .statement(unit, entry, locals, make_actor(turn.layer(), actor, override_), event_id);
    turn.run_queue();
    return turn.finish();
}

TurnResult Engine::process_request(rules::RuleIndex rule, std::vector<Value> asked, Instant arrival,
                                   std::optional<rules::Reference> actor) {
    Turn turn(data_->context, arrival);
    const std::optional<InputOrigin> origin;
    Commands(data_->context, turn, origin)
        .request(rule, std::move(asked), make_actor(turn.layer(), actor, false));
    turn.run_queue();
    return turn.finish();
}

Result<Value> Engine::evaluate(rules::UnitIndex unit, std::uint32_t entry,
                               std::vector<Value>& locals) {
    rules::Budget budget;
    rules::Outcome outcome = data_->context.evaluator.evaluate(
        unit, entry, locals, static_cast<rules::Records&>(data_->records), {now(), now()}, budget);
    if (outcome.failure) return Error{outcome.failure->code, outcome.failure->message};
    return std::move(outcome.value);
}

}  // namespace pawl::engine
