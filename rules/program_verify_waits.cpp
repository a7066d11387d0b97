#include <algorithm>

#include "rules/internal/program_verify_tables.h"

namespace pawl::rules {

namespace {

template <class Described>
bool ascends(const std::vector<Described>& all) {
    return std::adjacent_find(all.begin(), all.end(), [](const auto& left, const auto& right) {
               return left.instruction >= right.instruction;
           }) == all.end();
}

}  // namespace

bool WaitCheck::check(UnitIndex unit) { return check_waits(unit) && check_retries(unit); }

bool WaitCheck::check_waits(UnitIndex index) {
    const Unit& unit = program_.units[index];
    if (!require(ascends(unit.waits), "waits out of order", unit.id)) return false;
    for (std::size_t at = 0; at < unit.waits.size(); ++at) {
        const WaitFor& wait = unit.waits[at];
        bool fits = wait.event < schema_.events.size() && is_local(index, wait.local) &&
                    wait.key_field.has_value() == wait.key_entry.has_value();
        if (fits && wait.key_field)
            fits = *wait.key_field < schema_.events[wait.event].fields.size();
        if (!require(fits, "a wait for what is not there", unit.id)) return false;
        if (!require(wait.instruction < unit.code.size() &&
                         unit.code[wait.instruction].op == Opcode::wait_for &&
                         unit.code[wait.instruction].b == at,
                     "a wait is described for another instruction", unit.id))
            return false;
        enter(index, wait.key_entry);
        enter(index, wait.where_entry);
    }
    return true;
}

// Whether the retry's instruction can be tried again: a call, a send, or a try whose range says so.
bool WaitCheck::is_tried(const Unit& unit, const std::vector<bool>& tried,
                         std::size_t retry) const {
    const Retry& described = unit.retries[retry];
    if (described.instruction >= unit.code.size()) return false;
    const Opcode op = unit.code[described.instruction].op;
    if (op == Opcode::try_begin) return tried[retry] && described.attempt_local < unit.local_count;
    return (op == Opcode::call_service || op == Opcode::send) && described.attempt_local == 0xffff;
}

bool WaitCheck::check_retries(UnitIndex index) {
    const Unit& unit = program_.units[index];
    if (!require(ascends(unit.retries), "retries out of order", unit.id)) return false;
    std::vector<bool> tried(unit.retries.size(), false);
    for (const TryRange& range : unit.tries)
        if (range.retry && *range.retry < tried.size()) tried[*range.retry] = true;
    for (std::size_t at = 0; at < unit.retries.size(); ++at) {
        const Retry& retry = unit.retries[at];
        if (!require(is_tried(unit, tried, at), "a retry of what cannot be tried again", unit.id) ||
            !require(retry.times.is_said(), "a retry does not say how often", unit.id))
            return false;
        for (const Stated* stated : {&retry.times, &retry.first, &retry.limit})
            if (!check_stated(index, *stated, unit.id)) return false;
    }
    return true;
}

bool WaitCheck::check_step(const Journey& journey, const JourneyStep& step) {
    bool fits = is_name(step.name);
    for (const std::uint16_t local : step.parameters) fits = fits && is_local(journey.unit, local);
    if (!require(fits, "a step that does not add up", journey.name)) return false;
    enter(journey.unit, step.unless_entry);
    enter(journey.unit, step.find_entry, Purpose::plan);
    enter(journey.unit, step.body_entry, Purpose::body);
    return check_stated(journey.unit, step.catch_up, journey.name);
}

bool WaitCheck::check(const Journey& journey) {
    const bool fits = is_name(journey.name) && is_entity(journey.entity) &&
                      program_.units[journey.unit].local_count >= 2 &&
                      !(journey.pauses_until_entry && !journey.pauses_while_entry);
    if (!require(fits, "a journey that does not add up", journey.name)) return false;
    // A step's name and values tell it apart from the others for as long as the journey lasts.
    std::vector<std::string_view> names;
    for (const JourneyStep& step : journey.steps) names.push_back(step.name);
    std::sort(names.begin(), names.end());
    if (!require(std::adjacent_find(names.begin(), names.end()) == names.end(),
                 "two steps of one name", journey.name))
        return false;
    enter(journey.unit, journey.starts_entry);
    enter(journey.unit, journey.pauses_while_entry);
    enter(journey.unit, journey.pauses_until_entry);
    enter(journey.unit, journey.plan_entry, Purpose::plan);
    return check_watched(journey.entity, journey.watched, journey.watched_through, journey.name) &&
           std::all_of(journey.steps.begin(), journey.steps.end(),
                       [&](const JourneyStep& step) { return check_step(journey, step); });
}

}  // namespace pawl::rules
