#include <algorithm>
#include <map>
#include <utility>

#include "engine/internal/journey_rows.h"
#include "engine/internal/journeys.h"
#include "rules/evaluator.h"

// The steps of journeys: when their time comes, and what becomes of them.

namespace pawl::engine {

using rules::Reference;
using rules::Value;

namespace {

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
    // That it stands still is told of its journey.
    const bool is_held = !reason.is_missing() && reason.as_text() == paused_reason;
    if (!reason.is_missing() && !is_held) changed.reason = reason.as_text();
    if (changed.state == StepState::skipped)
        Rows(context_, layer_, turn_.now())
            .without_run({.rule = changed.journey,
                          .trigger = changed.step,
                          .entity = changed.of,
                          .action = "skipped " + changed.step,
                          .error = changed.reason});
    tell(told, std::move(changed));
}

void Journeys::end_steps(Journey& journey, const std::string& reason, const SteeredBy& by,
                         std::vector<Happening>& told) {
    std::map<std::string, Row*> ahead;
    for (Row& row : rows_of(journey))
        // One that was queued by what came before in this turn is ahead like those of tomorrow.
        if (is_ahead(*row.record) || is_queued(*row.record))
            ahead.emplace(row.record->fields[step_field::name].as_text(), &row);
    for (const auto& [name, row] : ahead) {
        set_state(*row, "skipped", Value::text(reason));
        tell_step(journey, *row->record, told);
    }
    tell(told, JourneyChanged{journey.written->name, journey.of, JourneyState::stopped,
                              reason == stopped_reason ? "" : reason, by.name, by.reason});
}

void Journeys::complete_if_done(Journey& journey, std::vector<Happening>& told) {
    if (journey.state.is_stopped) return;  // what a step of it still does completes nothing
    const bool is_done = !journey.state.rows.empty() && !has_open_rows(journey);
    if (is_done && !journey.state.is_completed)
        tell(told,
             JourneyChanged{journey.written->name, journey.of, JourneyState::completed, {}, {}});
    journey.state.is_completed = is_done;
}

// ---- Their time comes -------------------------------------------------------------------------

// "journey/creator_program/7": what is due next of it; with a step behind it: that one was queued,
// and had no place in its turn any more.
void Journeys::timer_due(const StoredTimer& timer) {
    const auto [mark, postponed] = split_step(timer.target);
    auto journey = open(mark);
    if (!journey) return;
    if (!postponed.empty()) {
        const Row* row = find_row(*journey, postponed);
        if (row != nullptr && is_queued(*row->record)) enqueue_step(*journey, *row, Begun::by_time);
        return;
    }
    if (journey->state.due != timer.key.due) return;
    journey->state.due.reset();
    std::vector<Happening> told;
    if (journey->state.pause) {
        resume(*journey, true, {}, told);
        alert_of_failure();
    } else {
        enqueue_steps_until(*journey, timer.key.due);
    }
    for (Happening& each : told) turn_.result().happenings.push_back(std::move(each));
}

void Journeys::set_aside(const StoredTimer& timer, const std::string& why) {
    const auto [mark, postponed] = split_step(timer.target);
    auto journey = open(mark);
    if (!journey) return;
    auto& told = turn_.result().happenings;
    const auto lose = [&](Row& row) {
        set_row(row, {{step_field::state, Value::choice("failed")},
                      {step_field::reason, Value::text(why)},
                      {step_field::ran_at, Value::datetime(turn_.now())}});
        tell_step(*journey, *row.record, told);
    };
    if (!postponed.empty()) {
        Row* row = find_row(*journey, postponed);
        if (row != nullptr && is_queued(*row->record)) lose(*row);
    } else if (journey->state.due != timer.key.due) {
        return;
    } else if (journey->state.due.reset(); journey->state.pause) {
        end_pause_as_planned(*journey, told);
    } else {
        for (Row& row : rows_of(*journey))
            if (is_ahead(*row.record) &&
                row.record->fields[step_field::at].as_datetime() <= timer.key.due)
                lose(row);
    }
    complete_if_done(*journey, told);
    keep(*journey);
}

void Journeys::enqueue_steps_until(Journey& journey, Instant until) {
    std::vector<std::pair<Instant, Row*>> due;
    for (Row& row : rows_of(journey)) {
        const Instant at = row.record->fields[step_field::at].as_datetime();
        if (is_ahead(*row.record) && at <= until) due.emplace_back(at, &row);
    }
    std::stable_sort(due.begin(), due.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    for (const auto& [at, row] : due) {
        set_state(*row, "done", Value());
        enqueue_step(journey, *row, Begun::by_time);
    }
    keep(journey);
}

// In a storm an input may come before the turn of what was due when it came. Steps that wait for
// theirs have it now: moved by what came, they would be past.
void Journeys::take_overdue(Journey& journey) {
    const std::optional<Instant> due = journey.state.due;
    if (!due || *due >= turn_.now() || journey.state.pause || turn_.was_planned(journey.mark))
        return;
    enqueue_steps_until(journey, Instant{turn_.now().micros - 1});
}

void Journeys::enqueue_step(const Journey& journey, const Row& row, Begun begun) {
    const std::string name(row.record->fields[step_field::name].as_text());
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
    pending.step_row = row.key;
    pending.is_triggered = begun == Begun::by_hand;
    turn_.enqueue(std::move(pending));
}

void Journeys::give_up(const Pending& pending, const std::string& why) {
    if (!pending.is_triggered) {
        turn_.set_timer(layer_, turn_.now(), TimerKind::journey,
                        pending.journey + " " + pending.step);
        return;
    }
    // Put off, a cascade without end would go on turn after turn.
    auto journey = open(pending.journey);
    auto row = journey ? row_alone(*journey, pending.step, pending.step_row) : std::nullopt;
    if (!row || !is_queued(*row->record)) return;
    set_row(*row, {{step_field::state, Value::choice("failed")},
                   {step_field::reason, Value::text(why)},
                   {step_field::ran_at, Value::datetime(turn_.now())}});
    auto& told = turn_.result().happenings;
    tell_step(*journey, *row->record, told);
    step_is_over(*journey, told);
}

std::optional<rules::PlannedStep> Journeys::find_step(std::uint32_t index, Reference record,
                                                      const std::string& text) {
    auto journey = open(index, record);
    if (!journey) return std::nullopt;
    return find_step(*journey, text);
}

std::optional<rules::PlannedStep> Journeys::find_step(const Journey& journey,
                                                      const std::string& text) {
    const std::string_view name = std::string_view(text).substr(0, text.find('('));
    for (const rules::JourneyStep& written : journey.written->steps) {
        if (written.name != name) continue;
        auto steps = steps_at(journey, written.find_entry, journey.state.start);
        if (!steps) return std::nullopt;
        for (Step& step : *steps)
            if (step.name == text) return std::move(step.planned);
    }
    return std::nullopt;
}

void Journeys::run_step(Pending& pending) {
    if (!pending.is_triggered && !turn_.has_advances_left()) return give_up(pending, {});
    auto journey = open(pending.journey);
    if (!journey) return;
    auto row = row_alone(*journey, pending.step, pending.step_row);
    // What queued it may have failed, and left it as it was.
    if (!row || !is_queued(*row->record)) return;
    if (!why_not_begun(journey->record).empty())
        return skip_step(*journey, *row, std::string(erased_reason));
    set_row(*row, {{step_field::ran_at, Value::datetime(turn_.now())},
                   {step_field::reason, Value::text(running_reason)}});
    auto planned = find_step(*journey, pending.step);
    if (!planned) {
        const std::string why = failure_ ? failure_->message : std::string(gone_reason);
        alert_of_failure();
        return skip_step(*journey, *row, why);
    }
    const rules::JourneyStep& step = journey->written->steps[planned->step];
    const rules::UnitIndex unit = journey->written->unit;
    std::vector<Value> locals(context_.program.units[unit].local_count);
    locals[0] = Value::reference(journey->record);
    locals[1] = journey->state.start;
    for (std::size_t i = 0; i < step.parameters.size() && i < planned->values.size(); ++i)
        locals[step.parameters[i]] = planned->values[i];

    rules::Budget budget;
    std::optional<rules::Outcome> failed;
    if (step.unless_entry && turn_.has_advances_left()) {
        rules::Outcome outcome = context_.evaluator.evaluate(unit, *step.unless_entry, locals,
                                                             static_cast<rules::Records&>(layer_),
                                                             {turn_.now(), turn_.now()}, budget);
        if (!outcome.failure && outcome.value.is_true()) {
            // Nothing begins, so it takes no number; but what was read counts as an advance.
            turn_.take_advance();
            return skip_step(*journey, *row, "unless");
        }
        if (outcome.failure) failed = std::move(outcome);
    }
    Turn::Run run = turn_.begin_run(pending);
    run.step = journey->mark + " " + pending.step;
    run.step_row = row->key;
    Advance advance(context_, layer_, turn_.options(run, pending.by.get()));
    advance.budget() = budget;
    if (auto failure = turn_.limit_failure(run))
        failed = failed_outcome(std::move(*failure), unit, step.line);
    run.frames.push_back({unit, step.body_entry, std::move(locals)});
    if (failed) return turn_.fail(advance, run, *failed);
    turn_.start_run(advance, run, pending);
}

void Journeys::skip_step(Journey& journey, Row& row, const std::string& reason) {
    set_state(row, "skipped", Value::text(reason));
    auto& told = turn_.result().happenings;
    tell_step(journey, *row.record, told);
    step_is_over(journey, told);
}

// What is due next is the same as before: this one was not ahead any more.
void Journeys::step_is_over(Journey& journey, std::vector<Happening>& told) {
    const bool was_completed = journey.state.is_completed;
    complete_if_done(journey, told);
    if (journey.state.is_completed != was_completed) keep(journey);
}

void Journeys::step_ended(const Turn::Run& run, EndStatus status, const std::string& error) {
    const auto [mark, name] = split_step(run.step);
    auto journey = open(mark);
    if (!journey) return;
    auto row = row_alone(*journey, name, run.step_row);
    if (!row) return;
    std::string_view state = "done";
    if (status == EndStatus::failed) state = "failed";
    if (status == EndStatus::cancelled) state = "skipped";
    if (row->record->fields[step_field::ran_at].is_missing())
        set_row(*row, {{step_field::ran_at, Value::datetime(turn_.now())}});
    set_state(*row, state, error.empty() ? Value() : Value::text(error));
    auto& told = turn_.result().happenings;
    tell_step(*journey, *row->record, told);
    step_is_over(*journey, told);
}

std::optional<rules::Outcome> Journeys::read_unless(const std::string& step_text,
                                                    const std::vector<rules::Frame>& frames) {
    const auto [mark, name] = split_step(step_text);
    const auto journey = open(mark);
    if (!journey || frames.empty()) return std::nullopt;
    const std::string plain = name.substr(0, name.find('('));
    // A step that waits goes on with the text with which it began.
    const rules::FormerText* former = context_.former_text(frames.front().unit);
    const rules::Journey& text = former && former->journey ? *former->journey : *journey->written;
    for (const rules::JourneyStep& step : text.steps) {
        if (step.name != plain || !step.unless_entry) continue;
        std::vector<Value> locals = frames.front().locals;
        locals.resize(context_.program.units[text.unit].local_count);
        rules::Budget budget;
        return context_.evaluator.evaluate(text.unit, *step.unless_entry, locals,
                                           static_cast<rules::Records&>(layer_),
                                           {turn_.now(), turn_.now()}, budget);
    }
    return std::nullopt;
}

}  // namespace pawl::engine
