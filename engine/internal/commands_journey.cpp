#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "engine/internal/commands.h"
#include "engine/internal/journeys.h"

// What a person does to a journey (pawl.journey).

namespace pawl::engine {

using rules::JourneyVerb;
using rules::Value;

namespace {

// A date, or a datetime; missing: neither.
Value read_moment(const std::string& text, const Zone& zone) {
    if (const auto date = parse_date(text)) return Value::date(*date);
    if (const auto instant = parse_instant(text)) return Value::datetime(*instant);
    // "2026-03-02T09:00" in the rulebook's zone.
    const std::size_t gap = text.find_first_of("T ");
    if (gap == std::string::npos) return {};
    const auto date = parse_date(std::string_view(text).substr(0, gap));
    const auto time = parse_time(std::string_view(text).substr(gap + 1));
    return date && time ? Value::datetime(zone.instant(*date, *time)) : Value();
}

}  // namespace

std::optional<rules::Steering> Commands::read_steering(const Place& place,
                                                       const JourneyCommand& command) {
    const auto& journeys = context_.program.journeys;
    rules::Steering steering;
    steering.verb = command.verb;
    std::vector<std::string> names;
    for (const rules::Journey& journey : journeys) {
        if (journey.name == command.journey) break;
        names.push_back(journey.name);
    }
    if (names.size() == journeys.size()) {
        refuse({place.type, "journey"}, DiagnosticCode::journey_not_so,
               "there is no journey " + quote_for_message(command.journey) +
                   (names.empty() ? "" : "; there is " + list_names(names)));
        return std::nullopt;
    }
    steering.journey = static_cast<std::uint32_t>(names.size());
    const rules::Journey& journey = journeys[steering.journey];
    const auto record = find_record(place, context_.schema.entity_name(journey.entity), command.id);
    if (!record) return std::nullopt;
    steering.record = *record;
    if (command.by_duration) steering.argument = Value::duration(*command.by_duration);
    if (!command.until.empty()) {
        steering.argument = read_moment(command.until, context_.zone);
        if (steering.argument.is_missing()) {
            refuse({place.type, "until"}, DiagnosticCode::journey_not_so,
                   quote_for_message(command.until) +
                       " is no date and no datetime; one such as 2026-03-02 or 2026-03-02T09:00 is "
                       "due");
            return std::nullopt;
        }
    }
    const bool is_of_step =
        command.verb == JourneyVerb::skip_step || command.verb == JourneyVerb::trigger_step;
    if (!is_of_step) return steering;
    auto step =
        Journeys(turn_, turn_.layer()).find_step(steering.journey, steering.record, command.step);
    if (!step) {
        std::vector<std::string> steps;
        for (const rules::JourneyStep& each : journey.steps) steps.push_back(each.name);
        refuse({place.type, "step"}, DiagnosticCode::journey_not_so,
               "the journey `" + journey.name + "` of " + quote_for_message(command.id) +
                   " has no step " + quote_for_message(command.step) + "; its steps are " +
                   list_names(steps));
        return std::nullopt;
    }
    steering.step = step->step;
    steering.values = std::move(step->values);
    return steering;
}

void Commands::take(const JourneyCommand& command) {
    const Place place{"pawl.journey", "verb"};
    if (is_known(place.type)) return;
    const auto actor = find_actor(place, command.by, false);
    if (!actor) return;
    auto steering = read_steering(place, command);
    if (!steering) return;
    Advance::Options with = options(*actor);
    with.reason = command.reason;
    with.moves_start = command.moves_start;
    Advance advance(context_, turn_.layer(), std::move(with));
    finish(place, advance, advance.steer_journey(std::move(*steering)));
}

}  // namespace pawl::engine
