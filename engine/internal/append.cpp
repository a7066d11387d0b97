#include "engine/internal/append.h"

#include <algorithm>
#include <utility>

#include "base/diagnostic.h"
#include "base/text.h"

namespace pawl::engine {

Known look_up(Context& context, const InputOrigin& origin) {
    if (const auto seen = context.store.seen(origin.source, origin.id))
        return seen->body == body_mark(origin.body) ? Known::duplicate : Known::conflict;
    const auto forgotten_until = context.store.seen_forgotten_until();
    const bool is_stale = origin.sent_at && forgotten_until && *origin.sent_at <= *forgotten_until;
    return is_stale ? Known::stale : Known::is_new;
}

Refused refusal_of(Known known, const std::string& type, const InputOrigin& origin) {
    Refused refused;
    refused.type = type;
    refused.id = origin.id;
    if (known == Known::stale) {
        refused.field = "time";
        refused.code = diagnostic_code_text(DiagnosticCode::event_stale);
        refused.message = "the event is of " + format_instant(*origin.sent_at) +
                          ", and ids of events that came so long ago are no longer kept: nobody "
                          "can tell whether it came before";
        return refused;
    }
    refused.field = "id";
    refused.code = diagnostic_code_text(DiagnosticCode::event_conflict);
    refused.message = "an event with id " + quote_for_message(origin.id) + " came from " +
                      quote_for_message(origin.source) + " before, and it said something else";
    return refused;
}

Appended append_input(Context& context, std::string json, Instant arrival) {
    Appended result;
    ReadInput read = context.inputs.read(json);
    result.id = read.id;
    if (auto* refused = std::get_if<Refused>(&read.form)) {
        result.refused = std::move(*refused);
        return result;
    }
    if (!read.origin && std::holds_alternative<EventInput>(std::get<InputForm>(read.form))) {
        rules::EventView view;
        auto refusal = context.reader.read(json, view);
        PAWL_CHECK(refusal.has_value());
        result.refused =
            Refused{std::move(refusal->type), std::move(refusal->id), std::move(refusal->field),
                    std::move(refusal->code), std::move(refusal->message)};
        if (result.id.empty()) result.id = result.refused->id;
        return result;
    }
    context.last_arrival = std::max({arrival, context.last_arrival, context.counters.now});
    WriteBatch batch;
    if (read.origin) {
        const Known known = look_up(context, *read.origin);
        result.is_duplicate = known == Known::duplicate;
        if (known == Known::conflict || known == Known::stale)
            result.refused = refusal_of(known, read.type, *read.origin);
        if (known != Known::is_new) return result;
        batch.seen.push_back({read.origin->source, read.origin->id, body_mark(read.origin->body),
                              context.last_arrival});
    }
    Input input;
    input.arrival = context.last_arrival;
    input.form = std::move(std::get<InputForm>(read.form));
    input.origin = std::move(read.origin);
    input.number = context.counters.next_input++;
    batch.inputs.push_back({input.number, input.arrival, std::move(json)});
    batch.counters = context.counters;
    const Status kept = context.store.commit(std::move(batch));
    PAWL_CHECK(kept.has_value());  // it joins a group in memory
    result.input = std::move(input);
    return result;
}

Input read_stored(Context& context, const StoredInput& stored) {
    ReadInput read = context.inputs.read(stored.body);
    Input input;
    input.arrival = stored.arrival;
    input.origin = std::move(read.origin);
    input.number = stored.number;
    // The rulebook may have changed since: what it no longer takes is refused by its turn.
    if (auto* form = std::get_if<InputForm>(&read.form))
        input.form = std::move(*form);
    else
        input.form = EventInput{stored.body};
    return input;
}

}  // namespace pawl::engine
