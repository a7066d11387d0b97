#include "engine/internal/journeys.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/happening_json.h"
#include "engine/internal/journey_rows.h"
#include "rules/evaluator.h"

// How a journey comes about, and how its timetable follows the record and is moved. What its steps
// do is in journey_steps.cpp.

namespace pawl::engine {

using rules::Failure;
using rules::Reference;
using rules::Value;

Journeys::Journeys(Turn& turn, Layer& layer)
    : turn_(turn), context_(turn.context()), layer_(layer) {}

void Journeys::tell(std::vector<Happening>& told, HappeningForm form) {
    if (const auto* changed = std::get_if<JourneyChanged>(&form)) {
        std::string action(journey_state_text(changed->state));
        if (!changed->detail.empty()) action += " " + changed->detail;
        if (!changed->by.empty()) action += " by " + changed->by;
        Rows(context_, layer_, turn_.now())
            .without_run({.rule = changed->journey,
                          .trigger = "journey",
                          .entity = changed->of,
                          .action = action,
                          .error = {},
                          .status = ActionStatus::success});
    }
    told.push_back({turn_.now(), 0, std::move(form)});
}

std::string Journeys::mark_of(const rules::Journey& journey, Reference record) const {
    return "journey/" + journey.name + "/" + std::to_string(record.key);
}

std::string Journeys::of_text(Reference record) {
    return context_.schema.entity_name(record.entity) + "/" + id_of(layer_.get(record));
}

std::optional<Journeys::Journey> Journeys::open(std::uint32_t index, Reference record) {
    const rules::Journey& written = context_.program.journeys[index];
    const std::string mark = mark_of(written, record);
    const auto text = layer_.mark(mark, turn_.now());
    if (!text) return std::nullopt;
    auto state = read_journey(*text, context_.program.schema);
    if (!state) return std::nullopt;
    return Journey{index, &written, record, mark, of_text(record), std::move(*state)};
}

std::optional<Journeys::Journey> Journeys::open(const std::string& mark) {
    for (std::size_t i = 0; i < context_.program.journeys.size(); ++i) {
        const rules::Journey& written = context_.program.journeys[i];
        const std::string prefix = "journey/" + written.name + "/";
        if (!mark.starts_with(prefix)) continue;
        rules::RecordKey key = 0;
        std::from_chars(mark.data() + prefix.size(), mark.data() + mark.size(), key);
        return open(static_cast<std::uint32_t>(i), {written.entity, key});
    }
    return std::nullopt;
}

// Writes the mark, with a timer for what comes next where that is another instant than before.
void Journeys::keep(Journey& journey) {
    std::optional<Instant> due;
    if (journey.state.pause) {
        if (journey.state.pause->by_hand) due = journey.state.pause->until;
    } else {
        for (const auto& [name, row] : rows_of(journey))
            if (is_ahead(*row.record)) {
                const Instant at = row.record->fields[step_field::at].as_datetime();
                if (!due || at < *due) due = at;
            }
    }
    if (due && due != journey.state.due)
        turn_.set_timer(layer_, *due, TimerKind::journey, journey.mark);
    journey.state.due = due;
    layer_.put_mark({journey.mark, write_journey(journey.state, context_.program.schema),
                     std::nullopt, turn_.now()});
}

void Journeys::close(Journey& journey) {
    layer_.put_mark({journey.mark, std::nullopt, std::nullopt, turn_.now()});
}

// ---- Planning ---------------------------------------------------------------------------------

rules::Outcome Journeys::evaluate(const Journey& journey, std::uint32_t entry, const Value& start) {
    std::vector<Value> locals(context_.program.units[journey.written->unit].local_count);
    locals[0] = Value::reference(journey.record);
    locals[1] = start;
    rules::Budget budget;
    return context_.evaluator.evaluate(journey.written->unit, entry, locals,
                                       static_cast<rules::Records&>(layer_),
                                       {turn_.now(), turn_.now()}, budget);
}

std::optional<Instant> Journeys::instant_of(const Value& value) const {
    if (value.kind() == rules::Kind::datetime) return value.as_datetime();
    if (value.kind() == rules::Kind::date)
        return context_.zone.instant(value.as_date(), TimeOfDay{});
    return std::nullopt;
}

std::optional<std::vector<Journeys::Step>> Journeys::steps_at(Journey& journey,
                                                              const Value& start) {
    rules::Outcome outcome = evaluate(journey, journey.written->plan_entry, start);
    if (outcome.failure) {
        failure_ = std::move(outcome.failure);
        failure_->message = "the journey `" + journey.written->name + "` of " + journey.of +
                            " cannot be planned: " + failure_->message;
        return std::nullopt;
    }
    std::vector<Step> steps;
    for (rules::PlannedStep& planned : outcome.steps) {
        const auto at = instant_of(planned.at);
        if (!at) continue;  // its date is not known yet
        Step step;
        step.name =
            step_name(journey.written->steps[planned.step].name, planned.values, context_, layer_);
        if (planned.title.kind() == rules::Kind::text) step.title = planned.title.as_text();
        step.at = *at;
        step.planned = std::move(planned);
        steps.push_back(std::move(step));
    }
    return steps;
}

void Journeys::alert_of_failure() {
    const auto failure = std::exchange(failure_, std::nullopt);
    if (failure) turn_.alert_admins("T" + failure->message.substr(1));
}

// A step whose date does not follow from the start stays where it is when the journey is shifted:
// planned from another start it would be due at the same instant.
std::optional<std::vector<Journeys::Step>> Journeys::plan(Journey& journey) {
    auto steps = steps_at(journey, journey.state.start);
    const Duration shift = shift_now(journey);
    if (!steps || shift == Duration{}) return steps;
    const Duration day{0, 1, 0};
    Value other = journey.state.start;
    if (other.kind() == rules::Kind::date) {
        if (const auto next = add_days(other.as_date(), 1)) other = Value::date(*next);
    } else if (const auto next = context_.zone.add(other.as_datetime(), day)) {
        other = Value::datetime(*next);
    }
    const auto others = steps_at(journey, other);
    if (!others) return std::nullopt;
    for (Step& step : *steps) {
        const auto same = std::find_if(others->begin(), others->end(), [&step](const Step& each) {
            return each.name == step.name;
        });
        step.moves = same == others->end() || same->at != step.at;
        if (!step.moves) continue;
        step.at = context_.zone.add(step.at, shift).value_or(step.at);
    }
    return steps;
}

// From the beginning of a pause to its end, in whole days and what is left of a day, so that a
// pause of whole days keeps the clock time of the steps.
Duration Journeys::pause_length(const JourneyPause& pause, Instant until) const {
    const LocalTime from = context_.zone.local(pause.since);
    const LocalTime to = context_.zone.local(until);
    Duration length;
    length.days = to.date.days - from.date.days;
    const bool is_of_days = pause.until_is_date && to.time.micros == 0;
    // In whole seconds: nobody wants a step at 09:00:00.012409.
    if (!is_of_days)
        length.micros = (to.time.micros - from.time.micros) / micros_per_second * micros_per_second;
    return length;
}

Duration Journeys::shift_now(const Journey& journey) const {
    const auto& pause = journey.state.pause;
    if (!pause || !pause->until || *pause->until <= pause->since) return journey.state.shift;
    return add(journey.state.shift, pause_length(*pause, *pause->until))
        .value_or(journey.state.shift);
}

void Journeys::begin(Journey& journey, std::vector<Happening>& told) {
    JourneyChanged started;
    started.journey = journey.written->name;
    started.of = journey.of;
    started.detail =
        "from " + rules::display_text(journey.state.start, context_.program, layer_, context_.zone);
    tell(told, std::move(started));
    replan(journey, told);
}

void Journeys::replan(Journey& journey, std::vector<Happening>& told) {
    if (journey.state.is_stopped) return keep(journey);
    auto steps = plan(journey);
    if (!steps) return keep(journey);
    std::stable_sort(steps->begin(), steps->end(),
                     [](const Step& left, const Step& right) { return left.at < right.at; });
    std::map<std::string, Row> rows = rows_of(journey);
    for (const Step& step : *steps) {
        const auto row = rows.find(step.name);
        plan_row(journey, step, row == rows.end() ? nullptr : &row->second, told);
        if (row != rows.end()) rows.erase(row);
    }
    // Steps that the journey has no more, or whose date is not known any more.
    for (const auto& [name, row] : rows) {
        if (!is_ahead(*row.record)) continue;
        set_row(row.key, step_field::state, Value::choice("skipped"));
        set_row(row.key, step_field::reason, Value::text("gone"));
        tell_step(journey, *layer_.get({rules::entity_scheduled_step, row.key}), told);
    }
    complete_if_done(journey, told);
    keep(journey);
}

// One step's row: a new one, or where it stood before.
void Journeys::plan_row(Journey& journey, const Step& step, const Row* row,
                        std::vector<Happening>& told) {
    const rules::JourneyStep& written = journey.written->steps[step.planned.step];
    std::optional<Instant> until;
    if (written.catch_up.is_said()) {
        rules::Budget budget;
        const rules::Outcome within = context_.evaluator.evaluate(
            journey.written->unit, written.catch_up, layer_, {turn_.now(), turn_.now()}, budget);
        if (within.value.kind() == rules::Kind::duration)
            until = context_.zone.add(step.at, within.value.as_duration());
    }
    // What is due now runs now.
    const bool is_past = step.at < turn_.now() && !(until && turn_.now() <= *until);
    if (row == nullptr) {
        const rules::RecordKey key = context_.counters.next_key;
        layer_.create({rules::entity_scheduled_step, key},
                      new_step_row(context_, turn_.now(),
                                   {journey.written->name, journey.of, step.name, step.title,
                                    step.at, is_past}));
        auto& rows = journey.state.rows;
        if (!rows.empty() && rows.back().first + rows.back().second == key)
            ++rows.back().second;
        else
            rows.emplace_back(key, 1);
        return tell_step(journey, *layer_.get({rules::entity_scheduled_step, key}), told);
    }
    const rules::Record& before = *row->record;
    if (!is_ahead(before) && !was_past(before)) return;
    const bool stays = before.fields[step_field::at] == Value::datetime(step.at);
    if (stays && is_ahead(before) != is_past) return;
    set_row(row->key, step_field::at, Value::datetime(step.at));
    set_row(row->key, step_field::title, Value::text(step.title));
    set_row(row->key, step_field::state, Value::choice(is_past ? "skipped" : "moved"));
    set_row(row->key, step_field::reason, is_past ? Value::text(past_reason) : Value());
    tell_step(journey, *layer_.get({rules::entity_scheduled_step, row->key}), told);
}

std::map<std::string, Journeys::Row> Journeys::rows_of(const Journey& journey) {
    std::map<std::string, Row> rows;
    for (const auto& [first, count] : journey.state.rows)
        for (std::int64_t i = 0; i < count; ++i) {
            Row row{first + i, layer_.get({rules::entity_scheduled_step, first + i})};
            if (row.record == nullptr) continue;  // no longer kept
            std::string name(row.record->fields[step_field::name].as_text());
            rows.insert_or_assign(std::move(name), std::move(row));
        }
    return rows;
}

void Journeys::set_row(rules::RecordKey key, rules::FieldIndex field, Value value) {
    layer_.set_field({rules::entity_scheduled_step, key}, field, std::move(value));
}

// ---- What the record says ---------------------------------------------------------------------

std::optional<Failure> Journeys::record_changed(Reference record, std::vector<Happening>& told) {
    for (const std::uint32_t index : context_.triggers.entity(record.entity).journeys) {
        const rules::Journey& written = context_.program.journeys[index];
        auto journey = open(index, record);
        if (written.starts_entry && !(journey && journey->state.is_start_given)) {
            Journey fresh{index, &written, record, mark_of(written, record), of_text(record), {}};
            Journey& at_hand = journey ? *journey : fresh;
            rules::Outcome outcome = evaluate(at_hand, *written.starts_entry, Value());
            const Value start = std::move(outcome.value);
            if (!journey && start.is_missing()) continue;
            if (!journey) {
                fresh.state.start = start;
                begin(fresh, told);
                journey = open(index, record);
            } else if (start.is_missing()) {
                if (journey->state.start.is_missing()) continue;
                // What was done stays known: with another date it is not done again.
                end_steps(*journey, std::string(no_date_reason), told);
                journey->state.start = Value();
                journey->state.is_stopped = true;
                journey->state.pause.reset();
                keep(*journey);
                continue;
            } else if (!(start == journey->state.start)) {
                journey->state.start = start;
                journey->state.is_stopped = false;
                replan(*journey, told);
            }
        }
        if (!journey || journey->state.is_stopped || !written.pauses_while_entry) continue;
        const bool pauses =
            evaluate(*journey, *written.pauses_while_entry, journey->state.start).value.is_true();
        const bool is_held = journey->state.pause && journey->state.pause->by_condition;
        Value until;
        if (pauses && written.pauses_until_entry)
            until = evaluate(*journey, *written.pauses_until_entry, journey->state.start).value;
        if (pauses && !is_held)
            pause(*journey, false, until, {}, told);
        else if (!pauses && is_held)
            resume(*journey, false, {}, told);
        else if (pauses && instant_of(until) != journey->state.pause->until &&
                 !journey->state.pause->by_hand)
            pause(*journey, false, until, {}, told);
    }
    return std::exchange(failure_, std::nullopt);
}

void Journeys::restore(Reference record, std::vector<Happening>& told) {
    for (const std::uint32_t index : context_.triggers.entity(record.entity).journeys) {
        auto journey = open(index, record);
        if (!journey) continue;
        // Where the state brings its steps, they stay as they were: skipped, moved, done.
        if (rows_of(*journey).empty()) journey->state.rows.clear();
        journey->state.due.reset();
        replan(*journey, told);
    }
}

void Journeys::record_deleted(Reference record, const rules::RecordPointer& before,
                              std::vector<Happening>& told) {
    for (const std::uint32_t index : context_.triggers.entity(record.entity).journeys) {
        auto journey = open(index, record);
        if (!journey) continue;
        journey->of = context_.schema.entity_name(record.entity) + "/" + id_of(before);
        end_steps(*journey, "deleted", told);
        close(*journey);
    }
}

std::vector<Reference> Journeys::concerned(std::uint32_t journey, rules::FieldIndex reference_field,
                                           Reference changed) {
    rules::ScanRequest request;
    request.entity = context_.program.journeys[journey].entity;
    request.access = rules::Access::equal;
    request.field = reference_field;
    request.low = Value::reference(changed);
    std::vector<Reference> records;
    const auto cursor = layer_.scan(request);
    while (const auto key = cursor->next()) {
        const Reference record{request.entity, *key};
        const auto found = layer_.get(record);
        if (found != nullptr && found->fields[reference_field] == request.low)
            records.push_back(record);
    }
    return records;
}

// ---- Pauses -----------------------------------------------------------------------------------

void Journeys::pause(Journey& journey, bool by_hand, const Value& until, const std::string& by,
                     std::vector<Happening>& told) {
    auto& held = journey.state.pause;
    if (!held) {
        held.emplace();
        held->since = turn_.now();
    }
    (by_hand ? held->by_hand : held->by_condition) = true;
    const auto instant = instant_of(until);
    if (instant || !held->until) {
        held->until = instant;
        held->until_is_date = until.kind() == rules::Kind::date;
    }
    JourneyChanged paused{journey.written->name, journey.of, JourneyState::paused, {}, by};
    if (instant)
        paused.detail =
            "until " + rules::display_text(until, context_.program, layer_, context_.zone);
    tell(told, std::move(paused));
    replan(journey, told);
}

// The pause ends when nobody holds it any more; then the steps move by what it was in truth.
void Journeys::resume(Journey& journey, bool by_hand, const std::string& by,
                      std::vector<Happening>& told) {
    auto& held = journey.state.pause;
    if (!held) return;
    (by_hand ? held->by_hand : held->by_condition) = false;
    if (held->by_hand || held->by_condition) return keep(journey);
    const Duration length = pause_length(*held, turn_.now());
    journey.state.shift = add(journey.state.shift, length).value_or(journey.state.shift);
    held.reset();
    tell(told, JourneyChanged{journey.written->name, journey.of, JourneyState::resumed,
                              "after " + format_duration(length), by});
    replan(journey, told);
}

}  // namespace pawl::engine
