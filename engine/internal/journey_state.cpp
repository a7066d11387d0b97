#include "engine/internal/journey_state.h"

#include <charconv>

#include "base/json.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

namespace {

std::int64_t whole(const Json* json) {
    std::int64_t number = 0;
    if (json != nullptr)
        std::from_chars(json->text.data(), json->text.data() + json->text.size(), number);
    return number;
}

bool is_set(const Json* json) {
    return json != nullptr && json->kind == JsonKind::boolean && json->boolean;
}

std::optional<Instant> instant(const Json* json) {
    if (json == nullptr) return std::nullopt;
    return Instant{whole(json)};
}

}  // namespace

std::string write_journey(const JourneyRecord& journey, const rules::Schema& schema) {
    JsonWriter json;
    const auto number = [&json](std::string_view name, std::int64_t value) {
        json.key(name);
        json.integer(value);
    };
    const auto flag = [&json](std::string_view name, bool value) {
        if (!value) return;
        json.key(name);
        json.boolean(true);
    };
    json.begin_object();
    json.member("start", encode_value(journey.start, schema));
    flag("given", journey.is_start_given);
    if (journey.shift != Duration{}) json.member("shift", format_duration(journey.shift));
    flag("stopped", journey.is_stopped);
    flag("completed", journey.is_completed);
    if (journey.due) number("due", journey.due->micros);
    json.key("rows");
    json.begin_array();
    for (const auto& [first, count] : journey.rows) {
        json.integer(first);
        json.integer(count);
    }
    json.end_array();
    if (journey.pause) {
        json.key("pause");
        json.begin_object();
        number("since", journey.pause->since.micros);
        flag("condition", journey.pause->by_condition);
        flag("hand", journey.pause->by_hand);
        if (journey.pause->until) number("until", journey.pause->until->micros);
        flag("date", journey.pause->until_is_date);
        json.end_object();
    }
    json.end_object();
    return json.take();
}

std::optional<JourneyRecord> read_journey(std::string_view text, const rules::Schema& schema) {
    const auto json = parse_json(text);
    if (!json || json->kind != JsonKind::object) return std::nullopt;
    JourneyRecord journey;
    const Json* start = json->find("start");
    if (start == nullptr) return std::nullopt;
    journey.start = decode_value(start->text, schema).value_or(rules::Value());
    journey.is_start_given = is_set(json->find("given"));
    if (const Json* shift = json->find("shift"))
        journey.shift = parse_duration(shift->text).value_or(Duration{});
    journey.is_stopped = is_set(json->find("stopped"));
    journey.is_completed = is_set(json->find("completed"));
    journey.due = instant(json->find("due"));
    if (const Json* rows = json->find("rows"))
        for (std::size_t i = 0; i + 1 < rows->items.size(); i += 2)
            journey.rows.emplace_back(whole(&rows->items[i]), whole(&rows->items[i + 1]));
    if (const Json* pause = json->find("pause")) {
        journey.pause.emplace();
        journey.pause->since = Instant{whole(pause->find("since"))};
        journey.pause->by_condition = is_set(pause->find("condition"));
        journey.pause->by_hand = is_set(pause->find("hand"));
        journey.pause->until = instant(pause->find("until"));
        journey.pause->until_is_date = is_set(pause->find("date"));
    }
    return journey;
}

}  // namespace pawl::engine
