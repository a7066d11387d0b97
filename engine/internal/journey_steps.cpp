#include <algorithm>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "engine/internal/journey_rows.h"
#include "engine/internal/journeys.h"
#include "rules/evaluator.h"

// The steps of journeys: when their time comes, what becomes of them, and how people and rules
// steer them.

namespace pawl::engine {

using rules::Failure;
using rules::JourneyVerb;
using rules::Reference;
using rules::Value;

namespace {

Failure refusal(std::string message) {
    return make_failure(DiagnosticCode::journey_not_so, "journey", std::move(message), true);
}

StepState state_of(std::string_view state) {
    if (state == "moved") return StepState::moved;
    if (state == "skipped") return StepState::skipped;
    if (state == "done") return StepState::done;
    if (state == "failed") return StepState::failed;
    return StepState::planned;
}

// "journey/creator_program/7 generate(4)": the mark, and the step.
std::pair<std::string, std::string> split_step(const std::string& text) {
    const std::size_t gap = text.find(' ');
    return {text.substr(0, gap), gap == std::string::npos ? "" : text.substr(gap + 1)};
}

}  // namespace

void Journeys::tell_step(const Journey& journey, const rules::Record& row,
                         std::vector<Happening>& told) {
    StepChanged changed;
    changed.journey = journey.written->name;
    changed.of = journey.of;
    changed.step = row.fields[step_field::name].as_text();
    changed.title = row.fields[step_field::title].as_text();
    changed.at = row.fields[step_field::at].as_datetime();
    changed.state = state_of(row.fields[step_field::state].as_text());
    const Value& reason = row.fields[step_field::reason];
    if (!reason.is_missing()) changed.reason = reason.as_text();
    if (changed.state == StepState::skipped)
        Rows(context_, layer_, turn_.now())
            .without_run({.rule = changed.journey,
                          .trigger = changed.step,
                          .entity = changed.of,
                          .action = "skipped " + changed.step,
                          .error = changed.reason});
    tell(told, std::move(changed));
}

void Journeys::end_steps(Journey& journey, const std::string& reason,
                         std::vector<Happening>& told) {
    for (const auto& [name, row] : rows_of(journey)) {
        if (!is_ahead(*row.record)) continue;
        set_row(row.key, step_field::state, Value::choice("skipped"));
        set_row(row.key, step_field::reason, Value::text(reason));
        tell_step(journey, *layer_.get({rules::entity_scheduled_step, row.key}), told);
    }
    tell(told,
         JourneyChanged{journey.written->name, journey.of, JourneyState::stopped, reason, {}});
}

void Journeys::complete_if_done(Journey& journey, std::vector<Happening>& told) {
    bool is_done = !journey.state.rows.empty();
    for (const auto& [name, row] : rows_of(journey))
        is_done = is_done && !is_ahead(*row.record) && !is_queued(*row.record);
    if (is_done && !journey.state.is_completed)
        tell(told,
             JourneyChanged{journey.written->name, journey.of, JourneyState::completed, {}, {}});
    journey.state.is_completed = is_done;
}

// ---- Their time comes -------------------------------------------------------------------------

void Journeys::timer_due(const StoredTimer& timer) {
    auto journey = open(timer.target);
    if (!journey || journey->state.due != timer.key.due) return;
    journey->state.due.reset();
    std::vector<Happening> told;
    if (journey->state.pause) {
        resume(*journey, true, {}, told);
        alert_of_failure();
    } else {
        std::vector<std::pair<Instant, rules::RecordKey>> due;
        for (const auto& [name, row] : rows_of(*journey))
            if (is_ahead(*row.record) &&
                row.record->fields[step_field::at].as_datetime() <= timer.key.due)
                due.emplace_back(row.record->fields[step_field::at].as_datetime(), row.key);
        std::sort(due.begin(), due.end());
        for (const auto& [at, key] : due) {
            set_row(key, step_field::state, Value::choice("done"));
            const auto row = layer_.get({rules::entity_scheduled_step, key});
            enqueue_step(*journey, std::string(row->fields[step_field::name].as_text()));
        }
        keep(*journey);
    }
    for (Happening& each : told) turn_.result().happenings.push_back(std::move(each));
}

void Journeys::enqueue_step(const Journey& journey, const std::string& name) {
    auto by = std::make_shared<SetOff>();
    by->cause = {CauseKind::timer, name};
    by->trigger = journey.written->name;
    by->entity = context_.schema.entity_name(journey.record.entity);
    by->id = id_of(layer_.get(journey.record));
    by->subject = journey.record;
    Pending pending;
    pending.by = std::move(by);
    pending.kind = PendingKind::step;
    pending.journey = journey.mark;
    pending.step = name;
    turn_.enqueue(std::move(pending));
}

std::optional<rules::PlannedStep> Journeys::find_step(std::uint32_t index, Reference record,
                                                      const std::string& text) {
    auto journey = open(index, record);
    if (!journey) return std::nullopt;
    auto steps = steps_at(*journey, journey->state.start);
    if (!steps) return std::nullopt;
    for (Step& step : *steps)
        if (step.name == text) return std::move(step.planned);
    return std::nullopt;
}

void Journeys::run_step(Pending& pending) {
    auto journey = open(pending.journey);
    if (!journey) return;
    const auto rows = rows_of(*journey);
    const auto row = rows.find(pending.step);
    // What queued it may have failed, and left it as it was.
    if (row == rows.end() || !is_queued(*row->second.record)) return;
    set_row(row->second.key, step_field::ran_at, Value::datetime(turn_.now()));
    auto planned = find_step(journey->index, journey->record, pending.step);
    if (!planned) {
        const std::string why = failure_ ? failure_->message : "gone";
        alert_of_failure();
        return skip_step(*journey, row->second.key, why);
    }
    const rules::JourneyStep& step = journey->written->steps[planned->step];
    const rules::UnitIndex unit = journey->written->unit;
    std::vector<Value> locals(context_.program.units[unit].local_count);
    locals[0] = Value::reference(journey->record);
    locals[1] = journey->state.start;
    for (std::size_t i = 0; i < step.parameters.size() && i < planned->values.size(); ++i)
        locals[step.parameters[i]] = planned->values[i];

    Turn::Run run = turn_.begin_run(pending);
    run.step = journey->mark + " " + pending.step;
    Advance advance(context_, layer_, turn_.options(run, pending.by.get()));
    std::optional<rules::Outcome> failed;
    if (auto failure = turn_.limit_failure(run))
        failed = failed_outcome(std::move(*failure), unit, step.line);
    if (!failed && step.unless_entry) {
        rules::Outcome outcome = context_.evaluator.evaluate(unit, *step.unless_entry, locals,
                                                             static_cast<rules::Records&>(layer_),
                                                             advance.moment(), advance.budget());
        if (outcome.failure) {
            failed = std::move(outcome);
        } else if (outcome.value.is_true()) {
            // Nothing began: its number goes back with the advance.
            advance.roll_back();
            return skip_step(*journey, row->second.key, "unless");
        }
    }
    run.frames.push_back({unit, step.body_entry, std::move(locals)});
    if (failed) return turn_.fail(advance, run, *failed);
    turn_.start_run(advance, run, pending);
}

void Journeys::skip_step(Journey& journey, rules::RecordKey key, const std::string& reason) {
    set_row(key, step_field::state, Value::choice("skipped"));
    set_row(key, step_field::reason, Value::text(reason));
    auto& told = turn_.result().happenings;
    tell_step(journey, *layer_.get({rules::entity_scheduled_step, key}), told);
    complete_if_done(journey, told);
    keep(journey);
}

void Journeys::step_ended(const Turn::Run& run, EndStatus status, const std::string& error) {
    const auto [mark, name] = split_step(run.step);
    auto journey = open(mark);
    if (!journey) return;
    const auto rows = rows_of(*journey);
    const auto row = rows.find(name);
    if (row == rows.end()) return;
    const rules::RecordKey key = row->second.key;
    const bool has_failed = status == EndStatus::failed;
    const bool was_cancelled = status == EndStatus::cancelled;
    if (has_failed) set_row(key, step_field::state, Value::choice("failed"));
    if (was_cancelled) set_row(key, step_field::state, Value::choice("skipped"));
    if (row->second.record->fields[step_field::ran_at].is_missing())
        set_row(key, step_field::ran_at, Value::datetime(turn_.now()));
    if (!error.empty()) set_row(key, step_field::reason, Value::text(error));
    auto& told = turn_.result().happenings;
    tell_step(*journey, *layer_.get({rules::entity_scheduled_step, key}), told);
    const bool was_completed = journey->state.is_completed;
    complete_if_done(*journey, told);
    if (journey->state.is_completed != was_completed) keep(*journey);
}

bool Journeys::is_held_back(const std::string& step_text, const std::vector<rules::Frame>& frames) {
    const auto [mark, name] = split_step(step_text);
    const auto journey = open(mark);
    if (!journey || frames.empty()) return false;
    const std::string plain = name.substr(0, name.find('('));
    // A step that waits goes on with the text with which it began.
    const rules::FormerText* former = context_.former_text(frames.front().unit);
    const rules::Journey& text = former && former->journey ? *former->journey : *journey->written;
    for (const rules::JourneyStep& step : text.steps) {
        if (step.name != plain || !step.unless_entry) continue;
        std::vector<Value> locals = frames.front().locals;
        locals.resize(context_.program.units[text.unit].local_count);
        rules::Budget budget;
        return context_.evaluator
            .evaluate(text.unit, *step.unless_entry, locals, static_cast<rules::Records&>(layer_),
                      {turn_.now(), turn_.now()}, budget)
            .value.is_true();
    }
    return false;
}

// ---- Steering ---------------------------------------------------------------------------------

std::optional<Failure> Journeys::start(Journey* journey, const rules::Steering& steering,
                                       const std::string& by, std::vector<Happening>& told) {
    const rules::Journey& written = context_.program.journeys[steering.journey];
    const bool runs = journey != nullptr && !journey->state.is_stopped;
    if (runs && steering.argument.is_missing())
        return refusal("the journey `" + written.name + "` of " + of_text(steering.record) +
                       " runs already");
    Value start = steering.argument;
    bool is_given = !start.is_missing();
    Journey fresh{steering.journey,         &written,
                  steering.record,          mark_of(written, steering.record),
                  of_text(steering.record), {}};
    if (start.is_missing() && written.starts_entry)
        start = evaluate(fresh, *written.starts_entry, Value()).value;
    if (start.is_missing()) {
        start = Value::datetime(turn_.now());
        is_given = true;
    }
    if (journey == nullptr) {
        fresh.state.start = start;
        fresh.state.is_start_given = is_given;
        begin(fresh, told);
        return std::nullopt;
    }
    journey->state.start = start;
    journey->state.is_start_given = is_given || !written.starts_entry;
    // Begun again, what was stopped is ahead again.
    if (journey->state.is_stopped)
        for (const auto& [name, row] : rows_of(*journey)) {
            const Value& reason = row.record->fields[step_field::reason];
            if (!reason.is_missing() && reason.as_text() == stopped_reason)
                set_row(row.key, step_field::reason, Value::text(past_reason));
        }
    journey->state.is_stopped = false;
    tell(told,
         JourneyChanged{
             written.name, journey->of, JourneyState::started,
             "from " + rules::display_text(start, context_.program, layer_, context_.zone), by});
    replan(*journey, told);
    return std::nullopt;
}

std::optional<Failure> Journeys::steer(const rules::Steering& steering, const std::string& by,
                                       std::vector<Happening>& told) {
    auto failure = steer_journey(steering, by, told);
    if (!failure) failure = std::exchange(failure_, std::nullopt);
    return failure;
}

std::optional<Failure> Journeys::steer_journey(const rules::Steering& steering,
                                               const std::string& by,
                                               std::vector<Happening>& told) {
    const rules::Journey& written = context_.program.journeys[steering.journey];
    auto journey = open(steering.journey, steering.record);
    if (steering.verb == JourneyVerb::start)
        return start(journey ? &*journey : nullptr, steering, by, told);
    if (!journey || journey->state.is_stopped)
        return refusal("the journey `" + written.name + "` of " + of_text(steering.record) +
                       (journey ? " was stopped" : " has not started"));
    switch (steering.verb) {
        case JourneyVerb::start: break;
        case JourneyVerb::pause: pause(*journey, true, steering.argument, by, told); break;
        case JourneyVerb::resume:
            resume(*journey, true, by, told);
            if (journey->state.pause)
                tell(told, JourneyChanged{written.name, journey->of, JourneyState::paused,
                                          "still, by what it pauses for", by});
            break;
        case JourneyVerb::shift: {
            if (steering.argument.kind() != rules::Kind::duration)
                return refusal("it is not said by how much the journey is to be shifted");
            const Duration by_much = steering.argument.as_duration();
            const auto shift = add(journey->state.shift, by_much);
            if (!shift) return refusal("the journey cannot be shifted that far");
            journey->state.shift = *shift;
            tell(told, JourneyChanged{written.name, journey->of, JourneyState::shifted,
                                      "by " + format_duration(by_much), by});
            replan(*journey, told);
            break;
        }
        case JourneyVerb::stop:
            end_steps(*journey, std::string(stopped_reason), told);
            journey->state.is_stopped = true;
            journey->state.pause.reset();
            keep(*journey);
            break;
        case JourneyVerb::skip_step:
        case JourneyVerb::trigger_step: return steer_step(*journey, steering, by, told);
    }
    return std::nullopt;
}

// A step that has had its time already is left as it is: to skip it changes nothing.
std::optional<Failure> Journeys::steer_step(Journey& journey, const rules::Steering& steering,
                                            const std::string& by, std::vector<Happening>& told) {
    const std::string name =
        step_name(journey.written->steps[steering.step].name, steering.values, context_, layer_);
    const auto rows = rows_of(journey);
    const auto row = rows.find(name);
    if (row == rows.end())
        return refusal("the journey `" + journey.written->name + "` of " + journey.of +
                       " has no step " + quote_for_message(name));
    const rules::RecordKey key = row->second.key;
    const std::string_view state = row->second.record->fields[step_field::state].as_text();
    if (steering.verb == JourneyVerb::skip_step) {
        if (!is_ahead(*row->second.record)) return std::nullopt;
        set_row(key, step_field::state, Value::choice("skipped"));
        set_row(key, step_field::reason, Value::text(by.empty() ? "skipped" : "skipped by " + by));
        tell_step(journey, *layer_.get({rules::entity_scheduled_step, key}), told);
        complete_if_done(journey, told);
        keep(journey);
        return std::nullopt;
    }
    if (state == "done")
        return refusal("the step " + quote_for_message(name) + " of " + journey.of +
                       " has run already");
    set_row(key, step_field::state, Value::choice("done"));
    set_row(key, step_field::reason, Value());
    set_row(key, step_field::ran_at, Value());
    enqueue_step(journey, name);
    keep(journey);
    return std::nullopt;
}

}  // namespace pawl::engine
