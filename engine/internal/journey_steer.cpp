#include <utility>

#include "base/text.h"
#include "engine/internal/journey_rows.h"
#include "engine/internal/journeys.h"
#include "rules/evaluator.h"

// How people and rules steer journeys. What does not fit how a journey stands is a failure. What
// would change nothing is none for a rule, which goes on; it is told all the same, and a person,
// who believes that something was done, is refused.

namespace pawl::engine {

using rules::Failure;
using rules::JourneyVerb;
using rules::Value;

namespace {

Failure refusal(std::string message) {
    return make_failure(DiagnosticCode::journey_not_so, "journey", std::move(message), true);
}

std::string with_reason(std::string text, const SteeredBy& by) {
    if (!by.name.empty()) text += " by " + by.name;
    if (!by.reason.empty()) text += " because " + by.reason;
    return text;
}

}  // namespace

std::optional<Failure> Journeys::steer(const rules::Steering& steering, const SteeredBy& by,
                                       std::vector<Happening>& told) {
    if (layer_.get(steering.record) == nullptr)
        return make_failure(DiagnosticCode::record_gone, "missing",
                            "the journey `" + context_.program.journeys[steering.journey].name +
                                "` cannot be steered: the " +
                                context_.schema.entity_name(steering.record.entity) +
                                " it is of was deleted");
    auto failure = steer_journey(steering, by, told);
    if (!failure) failure = std::exchange(failure_, std::nullopt);
    return failure;
}

std::optional<Failure> Journeys::steer_journey(const rules::Steering& steering, const SteeredBy& by,
                                               std::vector<Happening>& told) {
    const rules::Journey& written = context_.program.journeys[steering.journey];
    auto journey = open(steering.journey, steering.record);
    if (journey) take_overdue(*journey);
    const std::string name = "the journey `" + written.name + "` of " + of_text(steering.record);
    const bool runs = journey && !journey->state.is_stopped;
    if (!runs && (steering.verb != JourneyVerb::start || by.moves_start))
        return refusal(name + (journey ? " was stopped" : " has not started") +
                       (by.moves_start ? "; `start` begins it" : ""));
    if (runs && steering.verb == JourneyVerb::start && !by.moves_start)
        return refusal(name + " runs already, from " + shown(journey->state.start) +
                       "; `adjust` hangs it on another date, and `shift` moves what is ahead");
    if (runs) {
        const std::string why = why_unchanged(*journey, steering);
        if (!why.empty() && by.is_command) return refusal(name + " stays as it is: " + why);
        if (!why.empty()) {
            tell(told, JourneyChanged{written.name, journey->of, JourneyState::unchanged, why,
                                      by.name, by.reason});
            return std::nullopt;
        }
    }
    if (steering.verb == JourneyVerb::start || steering.verb == JourneyVerb::trigger_step) {
        const std::string why = why_not_begun(steering.record);
        if (!why.empty() && by.is_command) return refusal(name + " stays as it is: " + why);
        if (is_left_alone(written, steering.record, by, told)) return std::nullopt;
    }
    switch (steering.verb) {
        case JourneyVerb::start: return start(journey ? &*journey : nullptr, steering, by, told);
        case JourneyVerb::pause: pause(*journey, true, steering.argument, by, told); break;
        case JourneyVerb::resume: resume(*journey, true, by, told); break;
        case JourneyVerb::shift:
            if (steering.argument.kind() != rules::Kind::duration)
                return refusal("it is not said by how much the journey is to be shifted");
            return shift(*journey, steering.argument.as_duration(), by, told);
        case JourneyVerb::stop:
            end_steps(*journey, std::string(stopped_reason), by, told);
            journey->state.is_stopped = true;
            journey->state.pause.reset();
            keep(*journey);
            break;
        case JourneyVerb::skip_step:
        case JourneyVerb::trigger_step: return steer_step(*journey, steering, by, told);
    }
    return std::nullopt;
}

std::string Journeys::why_unchanged(Journey& journey, const rules::Steering& steering) {
    const Value& argument = steering.argument;
    const auto& held = journey.state.pause;
    switch (steering.verb) {
        case JourneyVerb::start:
            if (argument == journey.state.start && journey.state.is_start_given)
                return "it hangs on " + shown(argument) + " already; another date fits";
            return {};
        case JourneyVerb::pause: {
            const auto until = instant_of(argument);
            if (until && *until <= turn_.now())
                return "it is to stand still until " + shown(argument) + ", and it is " +
                       shown(turn_.now()) + " by now; a later date fits, or none";
            if (!held || !held->by_hand.holds || (until && until != held->by_hand.until)) return {};
            return "it stands still already, since " + shown(held->since) +
                   (held->by_hand.until ? " and until " + shown(*held->by_hand.until) : "") +
                   "; another date until which, or `resume`, fits";
        }
        case JourneyVerb::resume:
            if (!held)
                return "it does not stand still, so there is nothing to go on from; `shift` moves "
                       "what is ahead";
            if (held->by_hand.holds) return {};
            return "nobody paused it by hand: it stands still by what it pauses for, since " +
                   shown(held->since) + ", and goes on when that ends";
        case JourneyVerb::shift:
            if (argument.kind() != rules::Kind::duration) return {};
            if (argument.as_duration() == Duration{})
                return "it is to be shifted by nothing; a length such as 14d or -3d fits";
            if (!moves_nothing(journey, argument.as_duration())) return {};
            return "none of its steps is ahead, so nothing moves; `trigger` does one of them now";
        case JourneyVerb::stop:
        case JourneyVerb::trigger_step: return {};
        case JourneyVerb::skip_step: break;
    }
    const std::string name =
        step_name(journey.written->steps[steering.step].name, steering.values, context_, layer_);
    const Row* row = find_row(journey, name);
    if (row == nullptr || is_ahead(*row->record)) return {};
    return "its step " + quote_for_message(name) + " is " +
           std::string(row->record->fields[step_field::state].as_text()) +
           " already; one that is ahead fits";
}

std::optional<Failure> Journeys::start(Journey* journey, const rules::Steering& steering,
                                       const SteeredBy& by, std::vector<Happening>& told) {
    const rules::Journey& written = context_.program.journeys[steering.journey];
    Value start = steering.argument;
    bool is_given = !start.is_missing();
    Journey fresh{
        steering.journey,         &written, steering.record, mark_of(written.name, steering.record),
        of_text(steering.record), {},       std::nullopt};
    if (start.is_missing() && written.starts_entry) {
        auto date = evaluate(fresh, *written.starts_entry, Value());
        if (!date) return std::nullopt;  // `steer` gives the failure back
        start = std::move(*date);
    }
    if (start.is_missing()) {
        start = Value::datetime(turn_.now());
        is_given = true;
    }
    if (journey == nullptr) {
        fresh.state.start = start;
        fresh.state.is_start_given = is_given;
        begin(fresh, by, told);
        follow_pause(fresh, told);
        return std::nullopt;
    }
    forget_lost_rows(*journey);
    journey->state.start = start;
    journey->state.is_start_given = is_given || !written.starts_entry;
    // Begun again, what was stopped is ahead again.
    if (journey->state.is_stopped)
        for (Row& row : rows_of(*journey)) {
            const Value& reason = row.record->fields[step_field::reason];
            if (!reason.is_missing() && reason.as_text() == stopped_reason)
                set_row(row, {{step_field::reason, Value::text(past_reason)}});
        }
    journey->state.is_stopped = false;
    begin(*journey, by, told);
    follow_pause(*journey, told);
    return std::nullopt;
}

// Whoever begins it anew by hand wants all of it.
void Journeys::forget_lost_rows(Journey& journey) {
    const std::vector<Row>& rows = rows_of(journey);
    if (!std::exchange(journey.has_lost_rows, false)) return;
    journey.state.rows.clear();
    for (const Row& row : rows) journey.state.rows.emplace_back(row.key, 1);
}

std::optional<Failure> Journeys::shift(Journey& journey, Duration by_much, const SteeredBy& by,
                                       std::vector<Happening>& told) {
    const auto shift = add(journey.state.shift, by_much);
    if (!shift)
        return refusal("the journey `" + journey.written->name + "` of " + journey.of +
                       " cannot be shifted by " + format_duration(by_much) +
                       ": with what it was shifted by before, no calendar reaches so far");
    journey.state.shift = *shift;
    tell(told, JourneyChanged{journey.written->name, journey.of, JourneyState::shifted,
                              "by " + format_duration(by_much), by.name, by.reason});
    replan(journey, told);
    return std::nullopt;
}

std::optional<Failure> Journeys::steer_step(Journey& journey, const rules::Steering& steering,
                                            const SteeredBy& by, std::vector<Happening>& told) {
    const std::string name =
        step_name(journey.written->steps[steering.step].name, steering.values, context_, layer_);
    Row* row = find_row(journey, name);
    if (row == nullptr)
        return refusal("the journey `" + journey.written->name + "` of " + journey.of +
                       " has no step " + quote_for_message(name));
    if (steering.verb == JourneyVerb::skip_step) {
        set_state(*row, "skipped", Value::text(with_reason("skipped", by)));
        log_steering(journey, with_reason("skipped " + name, by));
        tell_step(journey, *row->record, told);
        complete_if_done(journey, told);
        keep(journey);
        return std::nullopt;
    }
    if (is_running(*row->record))
        return refusal("the step " + quote_for_message(name) + " of " + journey.of +
                       " runs already, since " +
                       shown(row->record->fields[step_field::ran_at].as_datetime()));
    if (row->record->fields[step_field::state].as_text() == "done")
        return refusal("the step " + quote_for_message(name) + " of " + journey.of +
                       " has run already");
    set_row(*row, {{step_field::state, Value::choice("done")},
                   {step_field::reason, Value()},
                   {step_field::ran_at, Value()}});
    log_steering(journey, with_reason("triggered " + name, by));
    enqueue_step(journey, *row, Begun::by_hand);
    keep(journey);
    return std::nullopt;
}

}  // namespace pawl::engine
