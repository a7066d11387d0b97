#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "engine/internal/journey_rows.h"
#include "engine/internal/journeys.h"
#include "rules/evaluator.h"

// When each step of a journey is due, from what is known now, and the rows that say so.

namespace pawl::engine {

using rules::Reference;
using rules::Value;

rules::Outcome Journeys::outcome_of(const Journey& journey, std::uint32_t entry,
                                    const Value& start) {
    std::vector<Value> locals(context_.program.units[journey.written->unit].local_count);
    locals[0] = Value::reference(journey.record);
    locals[1] = start;
    rules::Budget budget;
    return context_.evaluator.evaluate(journey.written->unit, entry, locals,
                                       static_cast<rules::Records&>(layer_),
                                       {turn_.now(), turn_.now()}, budget);
}

std::optional<Value> Journeys::evaluate(const Journey& journey, std::uint32_t entry,
                                        const Value& start) {
    rules::Outcome outcome = outcome_of(journey, entry, start);
    if (!outcome.failure) return std::move(outcome.value);
    failure_ = std::move(outcome.failure);
    failure_->message = "the journey `" + journey.written->name + "` of " + journey.of +
                        " cannot be planned: " + failure_->message;
    return std::nullopt;
}

std::optional<Instant> Journeys::instant_of(const Value& value) const {
    if (value.kind() == rules::Kind::datetime) return value.as_datetime();
    if (value.kind() == rules::Kind::date)
        return context_.zone.instant(value.as_date(), TimeOfDay{});
    return std::nullopt;
}

std::optional<std::vector<Journeys::Step>> Journeys::steps_at(const Journey& journey,
                                                              std::uint32_t entry,
                                                              const Value& start) {
    rules::Outcome outcome = outcome_of(journey, entry, start);
    if (outcome.failure) {
        const std::string step = failed_step(journey, entry, outcome);
        failure_ = std::move(outcome.failure);
        failure_->message = "the journey `" + journey.written->name + "` of " + journey.of +
                            " cannot be planned: " +
                            (step.empty() ? "" : "its step " + quote_for_message(step) + ": ") +
                            failure_->message;
        return std::nullopt;
    }
    std::vector<Step> steps;
    steps.reserve(outcome.steps.size());
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

// What comes before it in the text was planned. From a start in the middle of the calendar the same
// steps are planned in the same order.
std::string Journeys::failed_step(const Journey& journey, std::uint32_t entry,
                                  const rules::Outcome& failed) {
    if (failed.failure->code != diagnostic_code_text(DiagnosticCode::beyond_calendar)) return {};
    const Date middle = make_date({2000, 1, 1}).value();
    const bool is_date = journey.state.start.kind() == rules::Kind::date;
    const rules::Outcome whole =
        outcome_of(journey, entry,
                   is_date ? Value::date(middle)
                           : Value::datetime(context_.zone.instant(middle, TimeOfDay{})));
    const std::size_t place = failed.steps.size();
    if (place >= whole.steps.size()) return {};
    const rules::PlannedStep& step = whole.steps[place];
    return step_name(journey.written->steps[step.step].name, step.values, context_, layer_);
}

void Journeys::alert_of_failure() {
    const auto failure = std::exchange(failure_, std::nullopt);
    if (failure) turn_.alert_admins("T" + failure->message.substr(1));
}

std::optional<std::vector<Journeys::Step>> Journeys::plan(Journey& journey) {
    auto steps = steps_at(journey, journey.written->plan_entry, journey.state.start);
    if (!steps) return std::nullopt;
    const auto shift = shift_now(journey);
    if (!shift) {
        failure_ = make_failure(DiagnosticCode::beyond_calendar, "calendar",
                                "the journey `" + journey.written->name + "` of " + journey.of +
                                    " cannot be moved so far",
                                true);
        return std::nullopt;
    }
    if (*shift != Duration{} && !move_by(journey, *steps, *shift)) return std::nullopt;
    return steps;
}

// A step whose date does not follow from the start stays where it is when the journey is shifted:
// planned from another start it would be due at the same instant.
bool Journeys::move_by(Journey& journey, std::vector<Step>& steps, Duration shift) {
    Value other = journey.state.start;
    if (other.kind() == rules::Kind::date) {
        if (const auto next = add_days(other.as_date(), 1)) other = Value::date(*next);
    } else if (const auto next = context_.zone.add(other.as_datetime(), Duration{0, 1, 0})) {
        other = Value::datetime(*next);
    }
    const auto others = steps_at(journey, journey.written->plan_entry, other);
    if (!others) return false;
    std::map<std::string_view, Instant> from_other;
    for (const Step& each : *others) from_other.emplace(each.name, each.at);
    for (Step& step : steps) {
        const auto same = from_other.find(step.name);
        step.moves = same == from_other.end() || same->second != step.at;
        if (!step.moves) continue;
        const auto at = context_.zone.add(step.at, shift);
        if (!at) {
            failure_ =
                make_failure(DiagnosticCode::beyond_calendar, "calendar",
                             "the journey `" + journey.written->name + "` of " + journey.of +
                                 " cannot be moved by " + format_duration(shift) + ": its step " +
                                 quote_for_message(step.name) + " of " + shown(step.at) +
                                 " would leave the calendar, which goes from 0001-01-01 to "
                                 "9999-12-31",
                             true);
            return false;
        }
        step.at = *at;
    }
    return true;
}

// From the beginning of a pause to its end, in whole days and what is left of a day, so that a
// pause of whole days keeps the clock time of the steps.
Duration Journeys::pause_length(const JourneyPause& pause, Instant until) const {
    const LocalTime from = context_.zone.local(pause.since);
    const LocalTime to = context_.zone.local(until);
    Duration length;
    length.days = to.date.days - from.date.days;
    const bool is_of_days = pause.is_of_days() && to.time.micros == 0;
    // In whole seconds: nobody wants a step at 09:00:00.012409.
    if (!is_of_days)
        length.micros = (to.time.micros - from.time.micros) / micros_per_second * micros_per_second;
    return length;
}

std::optional<Duration> Journeys::shift_now(const Journey& journey) const {
    const auto& pause = journey.state.pause;
    if (!pause) return journey.state.shift;
    // So long it has lasted already, whatever was planned: what it holds is never past by it.
    const Instant until = std::max(pause->until().value_or(turn_.now()), turn_.now());
    if (until <= pause->since) return journey.state.shift;
    return add(journey.state.shift, pause_length(*pause, until));
}

void Journeys::begin(Journey& journey, const SteeredBy& by, std::vector<Happening>& told) {
    const auto state = by.moves_start ? JourneyState::adjusted : JourneyState::started;
    tell(told, JourneyChanged{journey.written->name, journey.of, state,
                              (by.moves_start ? "to " : "from ") + shown(journey.state.start),
                              by.name, by.reason});
    replan(journey, told);
}

void Journeys::replan(Journey& journey, std::vector<Happening>& told) {
    if (journey.state.is_stopped) return keep(journey);
    turn_.note_planned(journey.mark);
    auto steps = plan(journey);
    if (!steps) return keep(journey);
    std::stable_sort(steps->begin(), steps->end(),
                     [](const Step& left, const Step& right) { return left.at < right.at; });
    std::map<std::string, std::size_t, std::less<>> places;
    std::vector<Row>& rows = rows_of(journey);
    for (std::size_t i = 0; i < rows.size(); ++i)
        places.insert_or_assign(std::string(rows[i].record->fields[step_field::name].as_text()), i);
    rows.reserve(rows.size() + steps->size());
    for (const Step& step : *steps) {
        const auto place = places.find(step.name);
        plan_row(journey, step, place == places.end() ? nullptr : &rows[place->second], told);
        if (place != places.end()) places.erase(place);
    }
    // Steps that the journey has no more, or whose date is not known any more.
    for (const auto& [name, place] : places) {
        if (!is_ahead(*rows[place].record)) continue;
        set_state(rows[place], "skipped", Value::text(gone_reason));
        tell_step(journey, *rows[place].record, told);
    }
    complete_if_done(journey, told);
    keep(journey);
}

// Nothing: its time is its time.
std::optional<Instant> Journeys::catches_up_until(const Journey& journey, const Step& step) {
    const rules::JourneyStep& written = journey.written->steps[step.planned.step];
    if (!written.catch_up.is_said()) return std::nullopt;
    rules::Budget budget;
    rules::Outcome within = context_.evaluator.evaluate(journey.written->unit, written.catch_up,
                                                        layer_, {turn_.now(), turn_.now()}, budget);
    if (within.failure) failure_ = std::move(within.failure);
    if (within.value.kind() != rules::Kind::duration) return std::nullopt;
    return context_.zone.add(step.at, within.value.as_duration());
}

bool Journeys::is_past(const Journey& journey, const Step& step) {
    const auto until = catches_up_until(journey, step);
    // What is due now runs now.
    return step.at < turn_.now() && !(until && turn_.now() <= *until);
}

bool Journeys::moves_nothing(Journey& journey, Duration by_much) {
    std::map<std::string_view, const rules::Record*> rows;
    for (const Row& row : rows_of(journey)) {
        if (is_ahead(*row.record)) return false;
        rows.emplace(row.record->fields[step_field::name].as_text(), row.record.get());
    }
    const auto shift = add(journey.state.shift, by_much);
    if (!shift) return false;  // which is told where it is shifted
    const Duration before = std::exchange(journey.state.shift, *shift);
    const auto steps = plan(journey);
    journey.state.shift = before;
    if (!steps) return false;
    for (const Step& step : *steps) {
        const auto row = rows.find(step.name);
        const bool may_come = row == rows.end() ? !journey.has_lost_rows : was_past(*row->second);
        if (may_come && !is_past(journey, step)) return false;
    }
    const rules::Outcome whole =
        outcome_of(journey, journey.written->plan_entry, journey.state.start);
    return std::none_of(whole.steps.begin(), whole.steps.end(),
                        [](const rules::PlannedStep& step) { return step.at.is_missing(); });
}

// One step's row: a new one, or where it stood before.
void Journeys::plan_row(Journey& journey, const Step& step, Row* row,
                        std::vector<Happening>& told) {
    const bool is_past = this->is_past(journey, step);
    Value reason;
    if (journey.state.pause) reason = Value::text(paused_reason);
    if (is_past) reason = Value::text(past_reason);
    if (row == nullptr) {
        // It may have been done: nobody is told twice what is forgotten.
        if (journey.has_lost_rows) return;
        const rules::RecordKey key = context_.counters.next_key;
        layer_.create({rules::entity_scheduled_step, key},
                      new_step_row(context_, turn_.now(),
                                   {journey.written->name, journey.of, step.name, step.title,
                                    step.at, is_past, std::move(reason)}));
        auto& keys = journey.state.rows;
        if (!keys.empty() && keys.back().first + keys.back().second == key)
            ++keys.back().second;
        else
            keys.emplace_back(key, 1);
        journey.rows->push_back({key, layer_.get({rules::entity_scheduled_step, key})});
        return tell_step(journey, *journey.rows->back().record, told);
    }
    const rules::Record& before = *row->record;
    if (!is_ahead(before) && !was_past(before)) return;
    const bool stays =
        before.fields[step_field::at] == Value::datetime(step.at) && is_ahead(before) != is_past;
    const Value title = Value::text(step.title);
    if (!stays) {
        set_row(*row, {{step_field::at, Value::datetime(step.at)},
                       {step_field::title, title},
                       {step_field::state, Value::choice(is_past ? "skipped" : "moved")},
                       {step_field::reason, std::move(reason)}});
        return tell_step(journey, *row->record, told);
    }
    if (!(before.fields[step_field::title] == title)) set_row(*row, {{step_field::title, title}});
    // That it stands still, or goes on, is told of the journey.
    const bool is_held_anew = !is_past && !(row->record->fields[step_field::reason] == reason);
    if (is_held_anew) set_row(*row, {{step_field::reason, std::move(reason)}});
}

std::vector<Journeys::Row>& Journeys::rows_of(Journey& journey) {
    if (journey.rows) return *journey.rows;
    std::vector<Row>& rows = journey.rows.emplace();
    for (const auto& [first, count] : journey.state.rows) {
        rows.reserve(rows.size() + static_cast<std::size_t>(count));
        for (std::int64_t i = 0; i < count; ++i) {
            Row row{first + i, layer_.get({rules::entity_scheduled_step, first + i})};
            if (row.record != nullptr)
                rows.push_back(std::move(row));
            else
                journey.has_lost_rows = true;
        }
    }
    return rows;
}

Journeys::Row* Journeys::find_row(Journey& journey, std::string_view name) {
    for (Row& row : rows_of(journey))
        if (row.record->fields[step_field::name].as_text() == name) return &row;
    return nullptr;
}

std::optional<Journeys::Row> Journeys::row_alone(const Journey& journey, std::string_view name,
                                                 rules::RecordKey key) {
    PAWL_CHECK(!journey.rows);
    if (key != 0) {
        Row row{key, layer_.get({rules::entity_scheduled_step, key})};
        if (row.record != nullptr) return row;
    }
    for (const auto& [first, count] : journey.state.rows)
        for (std::int64_t i = 0; i < count; ++i) {
            Row row{first + i, layer_.get({rules::entity_scheduled_step, first + i})};
            if (row.record != nullptr && row.record->fields[step_field::name].as_text() == name)
                return row;
        }
    return std::nullopt;
}

// Whether a step is still to come, or runs. Mostly the last one is.
bool Journeys::has_open_rows(Journey& journey) {
    const auto is_open = [](const rules::Record& row) {
        return is_ahead(row) || is_queued(row) || is_running(row);
    };
    if (journey.rows)
        return std::any_of(journey.rows->begin(), journey.rows->end(),
                           [&](const Row& row) { return is_open(*row.record); });
    for (auto keys = journey.state.rows.rbegin(); keys != journey.state.rows.rend(); ++keys)
        for (std::int64_t i = keys->second; i-- > 0;) {
            const auto record = layer_.get({rules::entity_scheduled_step, keys->first + i});
            if (record != nullptr && is_open(*record)) return true;
        }
    return false;
}

// Held by nobody else while it is written: then the layer need not copy it for each field.
void Journeys::set_row(Row& row, std::initializer_list<NewValue> values) {
    const Reference reference{rules::entity_scheduled_step, row.key};
    row.record.reset();
    for (const auto& [field, value] : values) layer_.set_field(reference, field, value);
    row.record = layer_.get(reference);
}

void Journeys::set_state(Row& row, std::string_view state, const Value& reason) {
    set_row(row, {{step_field::state, Value::choice(state)}, {step_field::reason, reason}});
}

}  // namespace pawl::engine
