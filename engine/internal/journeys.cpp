#include "engine/internal/journeys.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/happening_json.h"
#include "engine/internal/journey_rows.h"
#include "engine/store/erased_mark.h"
#include "rules/evaluator.h"

// How a journey is kept, follows its record, and stands still. How its timetable is planned is in
// journey_plan.cpp, what its steps do in journey_steps.cpp.

namespace pawl::engine {

using rules::Failure;
using rules::Reference;
using rules::Value;

namespace {

// What stands under a former name: ">care".
constexpr char forward_sign = '>';
constexpr int renames_max = 100;  // while one step waits

}  // namespace

Journeys::Journeys(Turn& turn, Layer& layer)
    : turn_(turn), context_(turn.context()), layer_(layer) {}

void Journeys::log_steering(const Journey& journey, const std::string& action) {
    Rows(context_, layer_, turn_.now())
        .without_run({.rule = journey.written->name,
                      .trigger = "journey",
                      .entity = journey.of,
                      .action = action,
                      .error = {},
                      .status = ActionStatus::success});
}

void Journeys::tell(std::vector<Happening>& told, HappeningForm form) {
    if (const auto* changed = std::get_if<JourneyChanged>(&form)) {
        std::string action(journey_state_text(changed->state));
        const bool is_why = changed->state == JourneyState::stopped;
        if (!changed->detail.empty()) action += (is_why ? ": " : " ") + changed->detail;
        if (!changed->by.empty()) action += " by " + changed->by;
        if (!changed->reason.empty()) action += " because " + changed->reason;
        const bool is_unchanged = changed->state == JourneyState::unchanged;
        Rows(context_, layer_, turn_.now())
            .without_run({.rule = changed->journey,
                          .trigger = "journey",
                          .entity = changed->of,
                          .action = action,
                          .error = {},
                          .status = is_unchanged ? ActionStatus::skipped : ActionStatus::success});
    }
    told.push_back({turn_.now(), 0, std::move(form)});
}

std::string Journeys::mark_of(const std::string& journey, Reference record) const {
    return "journey/" + journey + "/" + std::to_string(record.key);
}

std::string Journeys::of_text(Reference record) {
    return context_.schema.entity_name(record.entity) + "/" + id_of(layer_.get(record));
}

std::string Journeys::why_not_begun(Reference record) {
    if (!layer_.mark(erased_mark(record.key), turn_.now())) return {};
    return of_text(record) + " was erased, and nothing is begun for it any more";
}

std::string Journeys::shown(const Value& value) {
    return rules::display_text(value, context_.program, layer_, context_.zone);
}

std::string Journeys::shown(Instant instant) const { return context_.zone.format(instant); }

std::optional<Journeys::Journey> Journeys::open(std::uint32_t index, Reference record) {
    const rules::Journey& written = context_.program.journeys[index];
    std::string mark = mark_of(written.name, record);
    const auto text = layer_.mark(mark, turn_.now());
    if (!text) return written.renamed_from.empty() ? std::nullopt : take_over(index, record);
    auto state = read_journey(*text, context_.program.schema);
    if (!state) return std::nullopt;
    return Journey{index,           &written,          record,      std::move(mark),
                   of_text(record), std::move(*state), std::nullopt};
}

// What was kept under the former name is from now on under the present one: the state with all that
// was done, moved and skipped, the rows, and a timer of its own.
std::optional<Journeys::Journey> Journeys::take_over(std::uint32_t index, Reference record) {
    const rules::Journey& written = context_.program.journeys[index];
    const std::string former = mark_of(written.renamed_from, record);
    const auto text = layer_.mark(former, turn_.now());
    auto state = text ? read_journey(*text, context_.program.schema) : std::nullopt;
    if (!state) return std::nullopt;
    Journey journey{index,           &written,          record,      mark_of(written.name, record),
                    of_text(record), std::move(*state), std::nullopt};
    // A run that waits in a step knows it by its former name, also when no text has that any more.
    std::optional<std::string> forward;
    for (Row& row : rows_of(journey)) {
        if (is_running(*row.record)) forward = forward_sign + written.name;
        set_row(row, {{step_field::journey, Value::text(written.name)}});
    }
    layer_.put_mark({former, std::move(forward), std::nullopt, turn_.now()});
    Rows(context_, layer_, turn_.now())
        .without_run({.rule = written.name,
                      .trigger = "journey",
                      .entity = journey.of,
                      .action = "renamed from " + written.renamed_from,
                      .error = {},
                      .status = ActionStatus::success});
    journey.state.due.reset();
    keep(journey);
    journey.rows.reset();
    return journey;
}

namespace {

// The name in "journey/creator_program/7", and the key.
std::pair<std::string_view, rules::RecordKey> parts_of(const std::string& mark) {
    const std::size_t begin = mark.find('/') + 1, end = mark.find('/', begin);
    if (begin == 0 || end == std::string::npos) return {};
    rules::RecordKey key = 0;
    std::from_chars(mark.data() + end + 1, mark.data() + mark.size(), key);
    return {std::string_view(mark).substr(begin, end - begin), key};
}

// By its name, or the one it had before.
std::optional<std::uint32_t> find_journey(const rules::Program& program, std::string_view name) {
    const auto& journeys = program.journeys;
    const auto find = [&](auto member) {
        return std::find_if(journeys.begin(), journeys.end(),
                            [&](const rules::Journey& each) { return each.*member == name; });
    };
    auto found = find(&rules::Journey::name);
    if (found == journeys.end() && !name.empty()) found = find(&rules::Journey::renamed_from);
    if (found == journeys.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - journeys.begin());
}

}  // namespace

std::optional<Journeys::Journey> Journeys::open(const std::string& mark) {
    const auto [name, key] = parts_of(mark);
    auto index = find_journey(context_.program, name);
    // Renamed more than once, it is found step by step.
    std::string former = mark;
    for (int names = 0; !index && names < renames_max; ++names) {
        const auto text = layer_.mark(former, turn_.now());
        if (!text || !text->starts_with(forward_sign)) return std::nullopt;
        index = find_journey(context_.program, std::string_view(*text).substr(1));
        former = "journey/" + text->substr(1) + "/" + std::to_string(key);
    }
    if (!index) return std::nullopt;
    return open(*index, {context_.program.journeys[*index].entity, key});
}

// Writes the mark, with a timer for what comes next where that is another instant than before.
void Journeys::keep(Journey& journey) {
    std::optional<Instant> due;
    if (journey.state.pause) {
        if (journey.state.pause->by_hand.holds) due = journey.state.pause->by_hand.until;
    } else {
        for (const Row& row : rows_of(journey))
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

// ---- What the record says ---------------------------------------------------------------------

std::optional<Failure> Journeys::record_changed(Reference record, std::vector<Happening>& told) {
    for (const std::uint32_t index : context_.triggers.entity(record.entity).journeys)
        follow(index, record, Because::record, told);
    return std::exchange(failure_, std::nullopt);
}

std::optional<Failure> Journeys::text_changed(std::uint32_t journey, Reference record,
                                              std::vector<Happening>& told) {
    follow(journey, record, Because::text, told);
    return std::exchange(failure_, std::nullopt);
}

// What a rule, or a date, would begin for a record that was erased is told, and is not begun.
bool Journeys::is_left_alone(const rules::Journey& written, Reference record, const SteeredBy& by,
                             std::vector<Happening>& told) {
    const std::string why = why_not_begun(record);
    if (why.empty()) return false;
    tell(told, JourneyChanged{written.name, of_text(record), JourneyState::unchanged, why, by.name,
                              by.reason});
    return true;
}

void Journeys::follow(std::uint32_t index, Reference record, Because because,
                      std::vector<Happening>& told) {
    const rules::Journey& written = context_.program.journeys[index];
    auto journey = open(index, record);
    if (journey && because == Because::record) take_overdue(*journey);
    Journey fresh{index, &written, record, {}, {}, {}, std::nullopt};
    if (!follow_start(journey, fresh, because, told)) return;
    Journey& at_hand = journey ? *journey : fresh;
    follow_pause(at_hand, told);
}

bool Journeys::follow_start(std::optional<Journey>& journey, Journey& fresh, Because because,
                            std::vector<Happening>& told) {
    const rules::Journey& written = *fresh.written;
    const bool is_by_hand = journey && journey->state.is_start_given;
    if (!written.starts_entry || is_by_hand) {
        if (!journey || journey->state.is_stopped) return false;
        if (because == Because::text) replan(*journey, told);
        return true;
    }
    if (!journey) {
        fresh.mark = mark_of(written.name, fresh.record);
        fresh.of = of_text(fresh.record);
    }
    const auto start = evaluate(journey ? *journey : fresh, *written.starts_entry, Value());
    if (!start) return false;
    if (!journey) {
        if (start->is_missing()) return false;
        if (is_left_alone(written, fresh.record, {}, told)) return false;
        fresh.state.start = *start;
        begin(fresh, {}, told);
        return true;
    }
    if (start->is_missing()) {
        if (journey->state.start.is_missing()) return false;
        // What was done stays known: with another date it is not done again.
        end_steps(*journey, std::string(no_date_reason), {}, told);
        journey->state.start = Value();
        journey->state.is_stopped = true;
        journey->state.pause.reset();
        keep(*journey);
        return false;
    }
    const bool is_moved = !(*start == journey->state.start);
    if (is_moved && journey->state.is_stopped && is_left_alone(written, fresh.record, {}, told))
        return false;
    if (is_moved) {
        journey->state.start = *start;
        journey->state.is_stopped = false;
    }
    if (journey->state.is_stopped) return false;
    if (is_moved || because == Because::text) replan(*journey, told);
    return true;
}

void Journeys::follow_pause(Journey& journey, std::vector<Happening>& told) {
    const rules::Journey& written = *journey.written;
    const bool is_held = journey.state.pause && journey.state.pause->by_condition.holds;
    if (!written.pauses_while_entry) {
        if (is_held) resume(journey, false, {}, told);  // the text says so no more
        return;
    }
    const auto pauses = evaluate(journey, *written.pauses_while_entry, journey.state.start);
    if (!pauses) return;
    if (!pauses->is_true()) {
        if (is_held) resume(journey, false, {}, told);
        return;
    }
    Value until;
    if (written.pauses_until_entry) {
        auto planned = evaluate(journey, *written.pauses_until_entry, journey.state.start);
        if (!planned) return;
        until = std::move(*planned);
    }
    if (!is_held || instant_of(until) != journey.state.pause->by_condition.until)
        pause(journey, false, until, {}, told);
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
        end_steps(*journey, "deleted", {}, told);
        close(*journey);
    }
}

std::optional<std::vector<Reference>> Journeys::concerned(std::uint32_t journey,
                                                          rules::FieldIndex reference_field,
                                                          Reference changed,
                                                          std::size_t count_max) {
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
        if (found == nullptr || !(found->fields[reference_field] == request.low)) continue;
        if (records.size() == count_max) return std::nullopt;
        records.push_back(record);
    }
    return records;
}

// ---- Pauses -----------------------------------------------------------------------------------

void Journeys::pause(Journey& journey, bool by_hand, const Value& until, const SteeredBy& by,
                     std::vector<Happening>& told) {
    auto& held = journey.state.pause;
    if (!held) {
        held.emplace();
        held->since = turn_.now();
    }
    const auto instant = instant_of(until);
    (by_hand ? held->by_hand : held->by_condition) = {true, instant,
                                                      until.kind() == rules::Kind::date};
    tell(told, JourneyChanged{journey.written->name, journey.of, JourneyState::paused,
                              instant ? "until " + shown(until) : "", by.name, by.reason});
    replan(journey, told);
}

// The pause ends when nobody holds it any more; then the steps move by what it was in truth.
void Journeys::resume(Journey& journey, bool by_hand, const SteeredBy& by,
                      std::vector<Happening>& told) {
    auto& held = journey.state.pause;
    if (!held) return;
    (by_hand ? held->by_hand : held->by_condition).holds = false;
    if (held->by_hand.holds || held->by_condition.holds) {
        tell(told,
             JourneyChanged{journey.written->name, journey.of, JourneyState::paused,
                            held->by_hand.holds ? "still, by hand" : "still, by what it pauses for",
                            by.name, by.reason});
        return replan(journey, told);
    }
    const Duration length = pause_length(*held, turn_.now());
    journey.state.shift = add(journey.state.shift, length).value_or(journey.state.shift);
    held.reset();
    tell(told, JourneyChanged{journey.written->name, journey.of, JourneyState::resumed,
                              "after " + format_duration(length), by.name, by.reason});
    replan(journey, told);
}

// The steps stay where the pause put them, without a look at the text.
void Journeys::end_pause_as_planned(Journey& journey, std::vector<Happening>& told) {
    auto& held = journey.state.pause;
    const Instant until = held->by_hand.until.value_or(turn_.now());
    const Duration length = pause_length(*held, until);
    held->by_hand = {};
    if (held->by_condition.holds) return;
    journey.state.shift = add(journey.state.shift, length).value_or(journey.state.shift);
    held.reset();
    tell(told, JourneyChanged{journey.written->name, journey.of, JourneyState::resumed,
                              "after " + format_duration(length), "", ""});
    for (Row& row : rows_of(journey))
        if (is_ahead(*row.record)) set_row(row, {{step_field::reason, Value()}});
}

}  // namespace pawl::engine
