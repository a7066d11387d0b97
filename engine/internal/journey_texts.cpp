#include "engine/internal/journey_texts.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/limits.h"
#include "engine/internal/journeys.h"

namespace pawl::engine {

namespace {

std::string mark_of(const std::string& journey) {
    return std::string(JourneyTexts::prefix) + journey;
}

std::int64_t read_number(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

// "3f…" or, of one that is swept, "3f… 1772438400000000 17".
JourneyTexts::Known JourneyTexts::read(const std::string& value) {
    const std::size_t first = value.find(' ');
    Known known{value.substr(0, first), std::nullopt, 0};
    if (first == std::string::npos) return known;
    const std::size_t second = value.find(' ', first + 1);
    known.due = Instant{read_number(std::string_view(value).substr(first + 1))};
    if (second != std::string::npos)
        known.after = read_number(std::string_view(value).substr(second + 1));
    return known;
}

std::string JourneyTexts::write(const Known& known) {
    if (!known.due) return known.text;
    return known.text + " " + std::to_string(known.due->micros) + " " + std::to_string(known.after);
}

// In another zone the same text says other instants.
std::string JourneyTexts::text_of(const rules::Journey& journey) const {
    return hash_bytes(context_.program.units[journey.unit].hash.hex() + context_.zone.name()).hex();
}

void JourneyTexts::begin(Instant now, WriteBatch& batch) {
    const auto mark = [&](const std::string& journey) {
        return context_.store.mark(mark_of(journey), context_.counters.now);
    };
    // Nothing is planned yet in a store in which nothing has happened.
    const bool is_new = context_.counters.turn == 0;
    for (const rules::Journey& journey : context_.program.journeys) {
        const auto value = mark(journey.name);
        Known known{text_of(journey), std::nullopt, 0};
        if (value && read(*value).text == known.text) continue;
        if (!journey.renamed_from.empty() && mark(journey.renamed_from))
            batch.marks.push_back({mark_of(journey.renamed_from), std::nullopt, std::nullopt, now});
        if (!is_new) {
            known.due = now;
            batch.timers.push_back(
                {{{now, context_.counters.next_timer++}, TimerKind::journey, mark_of(journey.name)},
                 false});
        }
        batch.marks.push_back({mark_of(journey.name), write(known), std::nullopt, now});
    }
}

void JourneyTexts::note(Layer& layer, Instant now) {
    for (const rules::Journey& journey : context_.program.journeys)
        layer.put_mark({mark_of(journey.name), text_of(journey), std::nullopt, now});
}

void JourneyTexts::sweep(Turn& turn, const std::string& target, Instant due) {
    const auto& journeys = context_.program.journeys;
    const auto journey = std::find_if(journeys.begin(), journeys.end(), [&](const auto& each) {
        return mark_of(each.name) == target;
    });
    const auto value = turn.layer().mark(target, turn.now());
    if (journey == journeys.end() || !value) return;
    Known known = read(*value);
    if (known.due != due) return;
    rules::ScanRequest request;
    request.entity = journey->entity;
    request.after = known.after;
    std::vector<rules::RecordKey> keys;
    const auto cursor = turn.layer().scan(request);
    while (keys.size() < limits::sweep_records_max) {
        const auto key = cursor->next();
        if (!key) break;
        keys.push_back(*key);
    }
    // What cannot be planned stands where it stood; one of them says why.
    std::optional<rules::Failure> failure;
    std::vector<Happening> told;
    for (const rules::RecordKey key : keys) {
        auto failed = Journeys(turn, turn.layer())
                          .text_changed(static_cast<std::uint32_t>(journey - journeys.begin()),
                                        {journey->entity, key}, told);
        if (failed && !failure) failure = std::move(failed);
    }
    for (Happening& each : told) turn.result().happenings.push_back(std::move(each));
    if (failure) turn.alert_admins("T" + failure->message.substr(1));
    known.due.reset();
    if (keys.size() == limits::sweep_records_max) {
        known.after = keys.back();
        known.due = turn.now();
        turn.set_timer(turn.layer(), turn.now(), TimerKind::journey, target);
    }
    turn.layer().put_mark({target, write(known), std::nullopt, turn.now()});
}

}  // namespace pawl::engine
