#include "engine/internal/journey_state.h"

#include <charconv>
#include <utility>

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

std::optional<Instant> JourneyPause::until() const {
    std::optional<Instant> last;
    for (const Holder* holder : {&by_condition, &by_hand})
        if (holder->holds && holder->until && (!last || *last < *holder->until))
            last = holder->until;
    return last;
}

namespace {

// "hd1772870400000000": it holds, until a date; nothing: it does not.
void write_holder(std::string& text, const JourneyPause::Holder& holder) {
    if (!holder.holds) return;
    text += 'h';
    if (holder.until_is_date) text += 'd';
    if (holder.until) text += std::to_string(holder.until->micros);
}

}  // namespace

// "2;gc;1772438400000000;14d;17+8,40+1;1772438400000000:h:hd1772870400000000;a1772438400000000":
// the flags, due, shift, rows, the pause (since, by condition, by hand) and at the end the start,
// whose text is its own. It is read and written with every step, so no JSON.
std::string write_journey(const JourneyRecord& journey, const rules::Schema& schema) {
    std::string text = "2;";
    if (journey.is_start_given) text += 'g';
    if (journey.is_stopped) text += 's';
    if (journey.is_completed) text += 'c';
    text += ';';
    if (journey.due) text += std::to_string(journey.due->micros);
    text += ';';
    if (journey.shift != Duration{}) text += format_duration(journey.shift);
    text += ';';
    for (std::size_t i = 0; i < journey.rows.size(); ++i) {
        if (i > 0) text += ',';
        text += std::to_string(journey.rows[i].first);
        text += '+';
        text += std::to_string(journey.rows[i].second);
    }
    text += ';';
    if (const auto& pause = journey.pause) {
        text += std::to_string(pause->since.micros) + ":";
        write_holder(text, pause->by_condition);
        text += ':';
        write_holder(text, pause->by_hand);
    }
    text += ';';
    return text + encode_value(journey.start, schema);
}

namespace {

// Takes what stands before the sign, and the sign.
std::string_view take_until(std::string_view& text, char sign) {
    const std::size_t end = text.find(sign);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::optional<Instant> instant_of(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return Instant{number_of(text)};
}

bool has(std::string_view flags, char flag) { return flags.find(flag) != std::string_view::npos; }

JourneyPause::Holder read_holder(std::string_view text) {
    JourneyPause::Holder holder;
    const auto take = [&text](char flag) {
        if (!text.starts_with(flag)) return false;
        text.remove_prefix(1);
        return true;
    };
    holder.holds = take('h');
    holder.until_is_date = take('d');
    holder.until = instant_of(text);
    return holder;
}

std::optional<JourneyRecord> read_text(std::string_view text, const rules::Schema& schema) {
    JourneyRecord journey;
    const std::string_view flags = take_until(text, ';');
    journey.is_start_given = has(flags, 'g');
    journey.is_stopped = has(flags, 's');
    journey.is_completed = has(flags, 'c');
    journey.due = instant_of(take_until(text, ';'));
    if (const std::string_view shift = take_until(text, ';'); !shift.empty())
        journey.shift = parse_duration(shift).value_or(Duration{});
    for (std::string_view rows = take_until(text, ';'); !rows.empty();) {
        std::string_view run = take_until(rows, ',');
        const std::int64_t first = number_of(take_until(run, '+'));
        journey.rows.emplace_back(first, number_of(run));
    }
    if (std::string_view pause = take_until(text, ';'); !pause.empty()) {
        journey.pause.emplace();
        journey.pause->since = Instant{number_of(take_until(pause, ':'))};
        journey.pause->by_condition = read_holder(take_until(pause, ':'));
        journey.pause->by_hand = read_holder(pause);
    }
    auto start = decode_value(text, schema);
    if (!start) return std::nullopt;
    journey.start = std::move(*start);
    return journey;
}

}  // namespace

std::optional<JourneyRecord> read_journey(std::string_view text, const rules::Schema& schema) {
    if (text.starts_with("2;")) return read_text(text.substr(2), schema);
    // As it was written at first.
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
        const JourneyPause::Holder holder{true, instant(pause->find("until")),
                                          is_set(pause->find("date"))};
        if (is_set(pause->find("condition"))) journey.pause->by_condition = holder;
        if (is_set(pause->find("hand"))) journey.pause->by_hand = holder;
    }
    return journey;
}

}  // namespace pawl::engine
