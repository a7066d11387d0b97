#pragma once

#include <utility>

#include "program_sample.h"

// The sample with everything that tells time: triggers, guards, waits, retries, a journey.

namespace pawl::rules::sample {

constexpr UnitIndex late_unit = 6, journey_unit = 7;

inline Stated said(Value value) {
    Stated stated;
    stated.value = std::move(value);
    return stated;
}
inline Stated coded(std::uint32_t entry) {
    Stated stated;
    stated.entry = entry;
    return stated;
}
inline Value hours(std::int64_t count) {
    return Value::duration({.micros = count * 3600 * micros_per_second});
}
inline Value days(std::int32_t count) { return Value::duration({.days = count}); }
inline Value at_hour(std::int64_t hour) {
    return Value::time(TimeOfDay{hour * 3600 * micros_per_second});
}

// Where the code of `late` is entered.
constexpr std::uint32_t late_body = 1, late_key = 33, late_setting = 36, late_unless = 38,
                        late_where = 41, late_zone = 45, late_range = 47;

inline Unit make_late(const SampleTypes& types) {
    Unit unit = make_unit(UnitKind::rule, "tell_late", {"order", "project", "all", "attempt"},
                          {types.order, types.project, 0, 0}, 0);
    unit.constants = {hours(24),
                      Value::date(Date{20'000}),
                      Value::group("admins"),
                      Value::text("More?"),
                      Value::text("Africa/Nairobi"),
                      Value::text("new")};
    unit.shapes = {Shape{{0}, {}}, Shape{{0}, {}}};
    unit.code = {
        op(Opcode::conditions_end),
        // body
        op(Opcode::push_constant, 0), op(Opcode::wait), op(Opcode::push_constant, 1),
        op(Opcode::wait_until), op(Opcode::push_constant, 0), op(Opcode::wait_for, 0, 0),
        op(Opcode::store_local, 0), op(Opcode::push_constant, 2), op(Opcode::push_constant, 3),
        op(Opcode::push_constant, 0), op(Opcode::ask), op(Opcode::pop), op(Opcode::push_missing),
        op(Opcode::store_local, 3), op(Opcode::try_begin), op(Opcode::load_setting, 0),
        op(Opcode::call_service, 0, 0), op(Opcode::pop), op(Opcode::push_constant, 2),
        op(Opcode::load_local, 1), op(Opcode::send, 1, 0), op(Opcode::try_end),
        op(Opcode::load_local, 1), op(Opcode::cancel_runs, 1, 0, 1), op(Opcode::load_local, 1),
        op(Opcode::push_constant, 0),
        op(Opcode::steer_journey, 1, 0, static_cast<std::uint8_t>(JourneyVerb::shift)),
        op(Opcode::load_local, 1), op(Opcode::push_boolean, 1),
        op(Opcode::steer_journey, 0, 0, static_cast<std::uint8_t>(JourneyVerb::skip_step)),
        op(Opcode::cancel_runs, 0), op(Opcode::end),
        // a key, and one of a pattern
        op(Opcode::load_local, 0), op(Opcode::load_member, 1, types.order), op(Opcode::end),
        // what a setting says
        op(Opcode::load_setting, 0), op(Opcode::end),
        // unless
        op(Opcode::push_boolean), op(Opcode::exclude, 0), op(Opcode::conditions_end),
        // where
        op(Opcode::load_local, 1), op(Opcode::load_field, title, project_entity),
        op(Opcode::is_present), op(Opcode::end),
        // a zone
        op(Opcode::push_constant, 4), op(Opcode::end),
        // low and high
        op(Opcode::push_missing), op(Opcode::push_constant, 5), op(Opcode::make_list, 2),
        op(Opcode::end)};
    unit.tries = {{16, 22, 23, 0xffff, 0}};
    WaitFor wait;
    wait.event = 0;
    wait.local = 0;
    wait.key_field = FieldIndex{1};
    wait.key_entry = late_key;
    wait.where_entry = late_where;
    wait.instruction = 6;
    unit.waits = {wait};
    unit.retries.resize(2);
    unit.retries[0].instruction = 15;
    unit.retries[0].times = coded(late_setting);
    unit.retries[0].first = said(hours(1));
    unit.retries[0].limit = said(days(1));
    unit.retries[0].attempt_local = 3;
    unit.retries[1].instruction = 17;
    unit.retries[1].times = said(Value::integer(3));
    return unit;
}

inline Trigger timed(TriggerKind kind) {
    Trigger trigger;
    trigger.kind = kind;
    trigger.entity = project_entity;
    trigger.record_local = std::uint16_t{1};
    return trigger;
}

inline Trigger make_clock(Cadence cadence) {
    Trigger trigger = timed(TriggerKind::clock);
    trigger.clock.emplace().cadence = std::move(cadence);
    return trigger;
}

inline PatternPart make_part() {
    PatternPart part;
    part.key_entry = late_key;
    part.where_entry = late_where;
    return part;
}

inline std::vector<Trigger> make_timed_triggers() {
    Trigger anchor = timed(TriggerKind::anchor);
    anchor.field = field_created_at;
    anchor.anchor = Anchor{said(hours(24)), true, said(at_hour(9))};
    Cadence weekdays;
    weekdays.kind = CadenceKind::days;
    weekdays.weekdays = 0x1f;
    weekdays.at = {TimeOfDay{10 * 3600 * micros_per_second}};
    Trigger sweep = make_clock(weekdays);
    sweep.clock->zone = "Europe/Prague";
    sweep.clock->sweep = Sweep{project_entity, Access::range, title, late_range, late_where};
    Cadence three_months;
    three_months.kind = CadenceKind::months;
    three_months.count = 3;
    three_months.on_day = 31;
    Trigger months = make_clock(three_months);
    months.clock->at_entry = late_zone;
    Trigger cron = make_clock({});
    cron.clock->cadence.kind = CadenceKind::cron;
    cron.clock->cadence.cron = {.minutes = 1,
                                .hours = 0x3fe00,
                                .days = 0xfffffffe,
                                .months = 0x1ffe,
                                .weekdays = 0x02,
                                .every_day = true};
    Trigger interval = make_clock({});
    interval.clock->cadence.micros = 600 * micros_per_second;
    Trigger moves = timed(TriggerKind::moves);
    moves.field = amount;
    moves.direction = MovesDirection::rises;
    moves.by_at_least = said(Value::integer(5));
    moves.within = said(days(7));
    Trigger absence = timed(TriggerKind::absence);
    absence.pattern.emplace().first = make_part();
    absence.pattern->within = said(days(7));
    absence.pattern->never_entity = project_entity;
    Trigger count = timed(TriggerKind::count);
    PatternPart becomes = make_part();
    becomes.kind = PatternPartKind::becomes;
    becomes.entity = project_entity;
    becomes.field = status;
    becomes.value = said(Value::choice("closed"));
    becomes.local = 1;
    count.pattern.emplace().first = becomes;
    count.pattern->within = said(hours(1));
    count.pattern->count = coded(late_setting);
    count.pattern->all_local = std::uint16_t{2};
    Trigger sequence = timed(TriggerKind::sequence);
    sequence.pattern.emplace().first = make_part();
    sequence.pattern->second.kind = PatternPartKind::created;
    sequence.pattern->second.entity = project_entity;
    sequence.pattern->second.local = 1;
    sequence.pattern->within = said(days(3));
    sequence.pattern->is_negated = true;
    return {anchor, sweep, interval, months, cron, moves, absence, count, sequence};
}

inline Rule make_late_rule() {
    Rule rule;
    rule.id = "tell_late";
    rule.title = "Tell who is late";
    rule.unit = late_unit;
    rule.triggers = make_timed_triggers();
    rule.clauses = {{true, "it is over", 40}};
    rule.body_entry = late_body;
    rule.unless_entry = late_unless;
    rule.at_most = AtMost{said(Value::integer(2)), late_key, CalendarUnit::week};
    rule.while_running = {Overlap::queue, late_key};
    rule.only_between =
        OnlyBetween{said(at_hour(8)), coded(late_setting), 0x1f, 0, late_zone, true};
    rule.debounce = Pace{said(hours(1)), late_key};
    rule.only_every = Pace{said(hours(24)), {}};
    rule.missed = {MissedPolicy::once, said(hours(2))};
    rule.on_change = OnChange::move;
    rule.budget = MessageBudget{said(Value::integer(500)), CalendarUnit::day};
    return rule;
}

// Where the code of the journey is entered.
constexpr std::uint32_t starts = 0, plan = 3, step_body = 15, step_unless = 18;

// journey program of project: for each month in 1..8, a step `remind(month)`
inline Unit make_journey_unit(const SampleTypes& types) {
    Unit unit = make_unit(UnitKind::journey, "program", {"project", "start", "month", "", ""},
                          {types.project, 0, 0, 0, 0}, 0);
    unit.constants = {Value::integer(1), Value::integer(8), Value::text("Remind"), hours(1)};
    unit.code = {op(Opcode::load_local, 0),
                 op(Opcode::load_field, field_created_at, project_entity), op(Opcode::end),
                 // plan
                 op(Opcode::push_constant, 0), op(Opcode::push_constant, 1), op(Opcode::make_range),
                 op(Opcode::iterate_begin, 0, 3), op(Opcode::iterate_next, 14, 3),
                 op(Opcode::store_local, 2), op(Opcode::load_local, 2),
                 op(Opcode::push_constant, 2), op(Opcode::load_local, 1),
                 op(Opcode::plan_step, 0, 1), op(Opcode::jump, 7), op(Opcode::end),
                 // the step's body
                 op(Opcode::push_constant, 3), op(Opcode::wait), op(Opcode::end),
                 // its unless
                 op(Opcode::load_local, 2), op(Opcode::is_missing), op(Opcode::end)};
    return unit;
}

inline Journey make_journey() {
    Journey journey;
    journey.name = "program";
    journey.title = "Creator program";
    journey.entity = project_entity;
    journey.unit = journey_unit;
    journey.starts_entry = starts;
    journey.pauses_while_entry = step_unless;
    journey.pauses_until_entry = starts;
    journey.plan_entry = plan;
    JourneyStep step;
    step.name = "remind";
    step.parameters = {2};
    step.unless_entry = step_unless;
    step.catch_up = said(days(1));
    step.find_entry = plan;
    step.body_entry = step_body;
    step.line = 60;
    journey.steps = {step};
    journey.watched = {field_created_at};
    return journey;
}

inline Program make_timed() {
    Program program = make();
    SampleTypes types;
    types.order = program.units[2].local_types[0];
    types.project = program.units[2].local_types[1];
    program.units.push_back(make_late(types));
    program.units.push_back(make_journey_unit(types));
    program.rules.push_back(make_late_rule());
    program.journeys = {make_journey()};
    TestStep answer;
    answer.kind = TestStepKind::when_answer;
    answer.name = "approved";
    answer.line = 32;
    program.tests[0].steps.push_back(answer);
    measure_stacks(program);
    hash_program(program);
    return program;
}

}  // namespace pawl::rules::sample
