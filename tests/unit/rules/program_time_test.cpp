#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "program_sample_time.h"
#include "rules/internal/program_bytes.h"

// What a program says of time, on its way through files, hashes, the verifier and the disassembler.

namespace pawl::rules {

namespace {

using Change = std::function<void(Program&)>;

constexpr UnitIndex late = sample::late_unit, journey_unit = sample::journey_unit;

Rule& late_rule(Program& program) { return program.rules[1]; }
// In the order of make_timed_triggers.
enum Place { anchor, sweep, interval, months, cron, moves, absence, count, sequence };
Trigger& trigger(Program& program, Place place) { return late_rule(program).triggers[place]; }
Cadence& cadence(Program& program, Place place) { return trigger(program, place).clock->cadence; }
Cron& cron_of(Program& program) { return cadence(program, cron).cron; }
Pattern& pattern(Program& program, Place place) { return *trigger(program, place).pattern; }
WaitFor& wait(Program& program) { return program.units[late].waits[0]; }
Retry& retry(Program& program, std::size_t at) { return program.units[late].retries[at]; }
Journey& journey(Program& program) { return program.journeys[0]; }
JourneyStep& step(Program& program) { return program.journeys[0].steps[0]; }
Instruction& at(Program& program, UnitIndex unit, std::size_t instruction) {
    return program.units[unit].code[instruction];
}

std::string verdict(const Program& program) {
    const Status status = verify_program(program);
    return status ? "sound" : status.error().message;
}

void expect_refused(const std::vector<std::pair<std::string, Change>>& cases) {
    for (const auto& [what, change] : cases) {
        Program program = sample::make_timed();
        change(program);
        INFO(what);
        CHECK_THAT(verdict(program), Catch::Contains(what));
    }
}

// Each is another meaning of one unit of the sample, and sound.
std::vector<Change> meanings_of_rule() {
    using sample::coded, sample::days, sample::hours, sample::said;
    return {
        [](Program& p) { trigger(p, anchor).anchor->offset = said(hours(23)); },
        [](Program& p) { trigger(p, anchor).anchor->offset = coded(sample::late_setting); },
        [](Program& p) { trigger(p, anchor).anchor->is_before = false; },
        [](Program& p) { trigger(p, anchor).anchor->at = said(Value()); },
        [](Program& p) { trigger(p, anchor).field = field_updated_at; },
        [](Program& p) { cadence(p, interval).micros += 1; },
        [](Program& p) { cadence(p, sweep).weekdays = 0x3f; },
        [](Program& p) { cadence(p, sweep).count = 2; },
        [](Program& p) { cadence(p, sweep).at[0].micros = 0; },
        [](Program& p) { cadence(p, months).on_day = 30; },
        [](Program& p) { cron_of(p).minutes = 2; },
        [](Program& p) { cron_of(p).hours = 2; },
        [](Program& p) { cron_of(p).days = 2; },
        [](Program& p) { cron_of(p).months = 2; },
        [](Program& p) { cron_of(p).weekdays = 4; },
        [](Program& p) { cron_of(p).every_hour = true; },
        [](Program& p) { cron_of(p).every_day = false; },
        [](Program& p) { cron_of(p).every_weekday = true; },
        [](Program& p) { trigger(p, months).clock->at_entry.reset(); },
        [](Program& p) { trigger(p, sweep).clock->zone = "UTC"; },
        [](Program& p) { trigger(p, sweep).clock->sweep->field = sample::status; },
        [](Program& p) { trigger(p, sweep).clock->sweep->where_entry.reset(); },
        [](Program& p) { trigger(p, sweep).clock->sweep.reset(); },
        [](Program& p) { trigger(p, moves).direction = MovesDirection::falls; },
        [](Program& p) { trigger(p, moves).within = said(days(6)); },
        [](Program& p) { pattern(p, absence).within = said(days(6)); },
        [](Program& p) { pattern(p, absence).never_entity.reset(); },
        [](Program& p) { pattern(p, absence).first.key_entry.reset(); },
        [](Program& p) { pattern(p, absence).first.where_entry.reset(); },
        [](Program& p) { pattern(p, count).count = said(Value::integer(4)); },
        [](Program& p) { pattern(p, count).all_local.reset(); },
        [](Program& p) { pattern(p, count).first.value = said(Value::choice("open")); },
        [](Program& p) { pattern(p, count).first.local = 2; },
        [](Program& p) { pattern(p, count).first.field = sample::title; },
        [](Program& p) { pattern(p, sequence).is_negated = false; },
        [](Program& p) { pattern(p, sequence).second.entity = entity_run; },
        [](Program& p) { pattern(p, sequence).second.kind = PatternPartKind::event; },
        [](Program& p) { late_rule(p).unless_entry.reset(); },
        [](Program& p) { late_rule(p).at_most->count = said(Value::integer(3)); },
        [](Program& p) { late_rule(p).at_most->key_entry.reset(); },
        [](Program& p) { late_rule(p).at_most->unit = CalendarUnit::day; },
        [](Program& p) { late_rule(p).at_most.reset(); },
        [](Program& p) { late_rule(p).while_running.overlap = Overlap::skip; },
        [](Program& p) { late_rule(p).while_running.key_entry.reset(); },
        [](Program& p) { late_rule(p).only_between->from = said(sample::at_hour(7)); },
        [](Program& p) { late_rule(p).only_between->to = said(sample::at_hour(7)); },
        [](Program& p) { late_rule(p).only_between->weekdays = 1; },
        [](Program& p) { late_rule(p).only_between->calendar.reset(); },
        [](Program& p) { late_rule(p).only_between->zone_entry.reset(); },
        [](Program& p) { late_rule(p).only_between->holds = false; },
        [](Program& p) { late_rule(p).debounce->period = said(hours(2)); },
        [](Program& p) { late_rule(p).debounce->key_entry.reset(); },
        [](Program& p) { std::swap(late_rule(p).debounce, late_rule(p).only_every); },
        [](Program& p) { late_rule(p).missed.policy = MissedPolicy::all; },
        [](Program& p) { late_rule(p).missed.within = said(hours(3)); },
        [](Program& p) { late_rule(p).on_change = OnChange::cancel; },
        [](Program& p) { late_rule(p).budget->count = said(Value::integer(501)); },
        [](Program& p) { late_rule(p).budget->unit = CalendarUnit::hour; },
        [](Program& p) { wait(p).local = 2; },
        [](Program& p) { wait(p).key_field = FieldIndex{0}; },
        [](Program& p) { wait(p).where_entry.reset(); },
        [](Program& p) { retry(p, 0).times = said(Value::integer(3)); },
        [](Program& p) { retry(p, 0).first = said(Value()); },
        [](Program& p) { retry(p, 0).limit = said(days(2)); },
        [](Program& p) { retry(p, 0).attempt_local = 2; },
        [](Program& p) { at(p, late, 27).a = static_cast<std::uint8_t>(JourneyVerb::pause); },
        [](Program& p) { at(p, late, 24).c = 0; },
    };
}

std::vector<Change> meanings_of_journey() {
    return {
        [](Program& p) {
            journey(p).entity = entity_run;
            journey(p).watched = {};
        },
        [](Program& p) { journey(p).starts_entry.reset(); },
        [](Program& p) { journey(p).pauses_until_entry.reset(); },
        [](Program& p) {
            journey(p).pauses_until_entry.reset();
            journey(p).pauses_while_entry.reset();
        },
        [](Program& p) { journey(p).watched = {field_updated_at}; },
        [](Program& p) { step(p).name = "recall"; },
        [](Program& p) { step(p).parameters = {1}; },
        [](Program& p) { step(p).unless_entry.reset(); },
        [](Program& p) { step(p).catch_up = sample::said(sample::days(2)); },
    };
}

void expect_told_apart(UnitIndex unit, const std::vector<Change>& changes) {
    const Program before = sample::make_timed();
    const std::string body = write_program_body(before);
    for (std::size_t number = 0; number < changes.size(); ++number) {
        INFO("change " << number);
        Program program = before;
        changes[number](program);
        CHECK(verdict(program) == "sound");
        CHECK(write_program_body(program) != body);
        hash_program(program);
        CHECK(program.units[unit].hash != before.units[unit].hash);
        CHECK(program.hash != before.hash);
        const std::string bytes = write_program(program);
        const Result<Program> read = read_program(bytes);
        REQUIRE(read.has_value());
        CHECK(write_program(*read) == bytes);
    }
}

}  // namespace

TEST_CASE("the sample that tells time is sound and comes back from its file") {
    const Program program = sample::make_timed();
    CHECK(verdict(program) == "sound");
    const std::string bytes = write_program(program);
    const Result<Program> read = read_program(bytes);
    REQUIRE(read.has_value());
    CHECK(write_program(*read) == bytes);
    CHECK(disassemble(*read) == disassemble(program));
    const Trigger& fourth = read->rules[1].triggers[months];
    CHECK(fourth.clock->cadence == program.rules[1].triggers[months].clock->cadence);
    CHECK(read->journeys[0].steps[0].catch_up.value == sample::days(1));
    CHECK(read->units[late].waits[0].key_entry == sample::late_key);
    CHECK(read->units[late].retries[0].attempt_local == 3);
}

TEST_CASE("every part of what tells time is in the file and in the unit's hash") {
    expect_told_apart(late, meanings_of_rule());
    expect_told_apart(journey_unit, meanings_of_journey());
}

TEST_CASE("a step's line is no part of a journey's hash") {
    Program program = sample::make_timed();
    const Hash before = program.units[journey_unit].hash;
    step(program).line = 99;
    hash_program(program);
    CHECK(program.units[journey_unit].hash == before);
}

TEST_CASE("a clock that strikes never or astray is refused") {
    const std::string never = "a clock that never strikes";
    expect_refused({
        {never, [](Program& p) { cadence(p, interval).micros = 0; }},
        {never, [](Program& p) { cadence(p, interval).micros = micros_per_day + 1; }},
        {never, [](Program& p) { cadence(p, sweep).weekdays = 0; }},
        {never, [](Program& p) { cadence(p, sweep).weekdays = 0x80; }},
        {never, [](Program& p) { cadence(p, sweep).count = 0; }},
        {never, [](Program& p) { cadence(p, sweep).at[0].micros = micros_per_day; }},
        {never, [](Program& p) { cadence(p, sweep).at.push_back(TimeOfDay{0}); }},
        {never, [](Program& p) { cadence(p, sweep).at.push_back(cadence(p, sweep).at[0]); }},
        {never, [](Program& p) { cadence(p, months).count = -1; }},
        {never, [](Program& p) { cadence(p, months).on_day = 0; }},
        {never, [](Program& p) { cadence(p, months).on_day = 32; }},
        {never, [](Program& p) { cron_of(p).minutes = 0; }},
        {never, [](Program& p) { cron_of(p).minutes = std::uint64_t{1} << 60; }},
        {never, [](Program& p) { cron_of(p).hours = 1u << 24; }},
        {never, [](Program& p) { cron_of(p).days = 1; }},
        {never, [](Program& p) { cron_of(p).days = 0; }},
        {never, [](Program& p) { cron_of(p).months = 1u << 13; }},
        {never, [](Program& p) { cron_of(p).months = 1; }},
        {never, [](Program& p) { cron_of(p).weekdays = 0x80; }},
        {"zone that is not known", [](Program& p) { trigger(p, sweep).clock->zone = "Mars/X"; }},
        {"a sweep of what is not there",
         [](Program& p) { trigger(p, sweep).clock->sweep->entity = 99; }},
        {"a sweep of what is not there",
         [](Program& p) { trigger(p, sweep).clock->sweep->field = 99; }},
        {"a sweep of what is not there",
         [](Program& p) { trigger(p, sweep).clock->sweep->access = Access::list; }},
        {"a sweep of what is not there",
         [](Program& p) { trigger(p, sweep).clock->sweep->key_entry.reset(); }},
        {"a sweep of what is not there",
         [](Program& p) { trigger(p, sweep).record_local.reset(); }},
        {"does not end with its list",
         [](Program& p) { at(p, late, sample::late_range + 2) = sample::op(Opcode::add); }},
    });
}

TEST_CASE("triggers of time that do not add up are refused") {
    expect_refused({
        {"a trigger of what is not there", [](Program& p) { trigger(p, anchor).anchor.reset(); }},
        {"a trigger of what is not there", [](Program& p) { trigger(p, anchor).field = 99; }},
        {"follows what is no date", [](Program& p) { trigger(p, anchor).field = sample::title; }},
        {"a trigger of what is not there", [](Program& p) { trigger(p, cron).clock.reset(); }},
        {"a trigger of what is not there",
         [](Program& p) { trigger(p, anchor).clock = trigger(p, cron).clock; }},
        {"a trigger of what is not there", [](Program& p) { trigger(p, moves).within = {}; }},
        {"a trigger of what is not there", [](Program& p) { trigger(p, moves).field = 99; }},
        {"a trigger of what is not there", [](Program& p) { trigger(p, count).pattern.reset(); }},
        {"said twice",
         [](Program& p) { trigger(p, anchor).anchor->offset.entry = sample::late_setting; }},
        {"runs out of its unit",
         [](Program& p) { trigger(p, anchor).anchor->offset = sample::coded(999); }},
        {"date outside the calendar",
         [](Program& p) {
             trigger(p, anchor).anchor->at = sample::said(Value::date(Date{100'000'000}));
         }},
        {"a pattern that does not add up", [](Program& p) { pattern(p, absence).within = {}; }},
        {"a pattern that does not add up", [](Program& p) { pattern(p, count).count = {}; }},
        {"a pattern that does not add up",
         [](Program& p) { pattern(p, count).all_local = std::uint16_t{4}; }},
        {"a pattern that does not add up",
         [](Program& p) { pattern(p, absence).never_entity = EntityIndex{99}; }},
        {"a pattern of what is not there", [](Program& p) { pattern(p, absence).first.event = 1; }},
        {"a pattern of what is not there", [](Program& p) { pattern(p, absence).first.local = 4; }},
        {"a pattern of what is not there", [](Program& p) { pattern(p, count).first.field = 99; }},
        {"a pattern of what is not there", [](Program& p) { pattern(p, count).first.value = {}; }},
        {"a pattern of what is not there",
         [](Program& p) { pattern(p, sequence).second.entity = 99; }},
        {"a statement stands among expressions",
         [](Program& p) { pattern(p, absence).first.key_entry = sample::late_body + 1; }},
        {"instruction 45: two ways that meet",
         [](Program& p) { late_rule(p).unless_entry = sample::late_zone; }},
    });
}

TEST_CASE("guards of time that do not add up are refused") {
    expect_refused({
        {"does not say how much", [](Program& p) { late_rule(p).at_most->count = {}; }},
        {"does not say how much", [](Program& p) { late_rule(p).debounce->period = {}; }},
        {"does not say how much", [](Program& p) { late_rule(p).only_every->period = {}; }},
        {"does not say how much", [](Program& p) { late_rule(p).budget->count = {}; }},
        {"hours that never come", [](Program& p) { late_rule(p).only_between->weekdays = 0; }},
        {"hours that never come", [](Program& p) { late_rule(p).only_between->calendar = 1; }},
        {"runs out of its unit", [](Program& p) { late_rule(p).only_between->zone_entry = 999; }},
        {"runs out of its unit", [](Program& p) { late_rule(p).while_running.key_entry = 999; }},
        {"outside the conditions",
         [](Program& p) {
             late_rule(p).unless_entry.reset();
             late_rule(p).at_most->key_entry = sample::late_unless;
         }},
        {"do not end as conditions",
         [](Program& p) { at(p, late, sample::late_unless + 2) = sample::op(Opcode::end); }},
    });
}

TEST_CASE("waits and retries that do not fit their instructions are refused") {
    using sample::op;
    expect_refused({
        {"described for another instruction", [](Program& p) { wait(p).instruction = 5; }},
        {"described for another instruction", [](Program& p) { wait(p).instruction = 999; }},
        {"instruction 6: an operand of wait_for is out of range",
         [](Program& p) { p.units[late].waits.clear(); }},
        {"waits out of order", [](Program& p) { p.units[late].waits.push_back(wait(p)); }},
        {"described for another instruction",
         [](Program& p) {
             p.units[late].waits.push_back(wait(p));
             p.units[late].waits[1].instruction = 7;
         }},
        {"a wait for what is not there", [](Program& p) { wait(p).event = 1; }},
        {"a wait for what is not there", [](Program& p) { wait(p).local = 4; }},
        {"a wait for what is not there", [](Program& p) { wait(p).key_field = FieldIndex{2}; }},
        {"a wait for what is not there", [](Program& p) { wait(p).key_field.reset(); }},
        {"runs out of its unit", [](Program& p) { wait(p).where_entry = 999; }},
        {"cannot be tried again", [](Program& p) { retry(p, 1).instruction = 18; }},
        {"cannot be tried again", [](Program& p) { retry(p, 1).instruction = 999; }},
        {"cannot be tried again", [](Program& p) { retry(p, 1).attempt_local = 3; }},
        {"cannot be tried again", [](Program& p) { retry(p, 0).attempt_local = 4; }},
        {"cannot be tried again", [](Program& p) { p.units[late].tries[0].retry.reset(); }},
        {"cannot be tried again", [](Program& p) { p.units[late].tries[0].retry = 2; }},
        {"as another instruction says",
         [](Program& p) { p.units[late].retries.erase(p.units[late].retries.begin()); }},
        {"retries out of order", [](Program& p) { std::swap(retry(p, 0), retry(p, 1)); }},
        {"how often", [](Program& p) { retry(p, 1).times = {}; }},
    });
}

TEST_CASE("a wait stands only where a run can be left and taken up again") {
    using sample::op;
    expect_refused({
        {"a statement stands among expressions",
         [](Program& p) { at(p, late, sample::late_setting + 1) = op(Opcode::wait); }},
        {"a statement stands among expressions",
         [](Program& p) { at(p, journey_unit, sample::step_unless + 1) = op(Opcode::wait); }},
        {"waits or stops", [](Program& p) { at(p, 5, 3) = op(Opcode::wait_until); }},
        {"the stack is too low", [](Program& p) { at(p, late, 8) = op(Opcode::jump, 9); }},
        {"a statement stands among expressions",
         [](Program& p) { at(p, journey_unit, 9) = op(Opcode::cancel_runs); }},
        {"outside a journey's plan",
         [](Program& p) {
             auto& code = p.units[journey_unit].code;
             code[sample::step_body] = op(Opcode::jump, 9);
         }},
        {"plan_step is out of range",
         [](Program& p) { at(p, late, 12) = op(Opcode::plan_step, 0, 1); }},
        {"plan_step is out of range", [](Program& p) { at(p, journey_unit, 12).c = 1; }},
        {"another number of values", [](Program& p) { at(p, journey_unit, 12).b = 0; }},
        {"cancel_runs is out of range", [](Program& p) { at(p, late, 24).c = 2; }},
        {"steer_journey is out of range", [](Program& p) { at(p, late, 27).a = 7; }},
        {"steer_journey is out of range", [](Program& p) { at(p, late, 27).b = 1; }},
        {"steer_journey is out of range", [](Program& p) { at(p, late, 27).c = 0; }},
        {"steer_journey is out of range", [](Program& p) { at(p, late, 30).c = 1; }},
        {"steer_journey is out of range",
         [](Program& p) { at(p, late, 27).a = static_cast<std::uint8_t>(JourneyVerb::stop); }},
    });
}

TEST_CASE("a wait with anything below its operands is refused") {
    using sample::op;
    for (const Opcode waits : {Opcode::wait, Opcode::wait_until, Opcode::wait_for, Opcode::ask}) {
        Program program = sample::make_timed();
        for (const std::size_t place : {2, 3, 4}) at(program, late, place) = op(Opcode::push_now);
        at(program, late, 6) = op(waits);
        if (waits != Opcode::wait_for) program.units[late].waits.clear();
        INFO(opcode_name(waits));
        CHECK_THAT(verdict(program), Catch::Contains("instruction 6: something is left half done"));
    }
}

TEST_CASE("journeys that do not add up are refused") {
    expect_refused({
        {"code that is not its own", [](Program& p) { journey(p).unit = late; }},
        {"code that is not its own", [](Program& p) { p.journeys.push_back(journey(p)); }},
        {"a journey that does not add up", [](Program& p) { journey(p).entity = 99; }},
        {"a journey that does not add up",
         [](Program& p) { journey(p).pauses_while_entry.reset(); }},
        {"two steps of one name", [](Program& p) { journey(p).steps.push_back(step(p)); }},
        {"a step that does not add up", [](Program& p) { step(p).parameters = {5}; }},
        {"runs out of its unit", [](Program& p) { step(p).body_entry = 999; }},
        {"runs out of its unit", [](Program& p) { step(p).find_entry = 999; }},
        {"runs out of its unit", [](Program& p) { journey(p).plan_entry = 999; }},
        {"too little or much",
         [](Program& p) {
             step(p).unless_entry.reset();
             journey(p).pauses_while_entry.reset();
             journey(p).pauses_until_entry.reset();
             journey(p).plan_entry = sample::step_unless;
         }},
        {"a field watched is not there", [](Program& p) { journey(p).watched = {99}; }},
        {"a field watched is not there",
         [](Program& p) {
             journey(p).watched_through = {{sample::title, 0}};
         }},
        {"gives an answer that is none", [](Program& p) { p.tests[0].steps[2].name = "maybe"; }},
    });
}

TEST_CASE("a body that tells time, changed anywhere, is refused or harmless") {
    const std::string body = write_program_body(sample::make_timed());
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < body.size(); ++at) {
        for (const int change : {1, 0x80, 0xff}) {
            std::string damaged = body;
            damaged[at] = static_cast<char>(damaged[at] ^ change);
            Result<Program> read = read_program_body(damaged);
            if (!read || !verify_program(*read)) continue;
            ++accepted;
            hash_program(*read);
            REQUIRE(read_program(write_program(*read)).has_value());
            REQUIRE_FALSE(disassemble(*read).empty());
        }
    }
    CHECK(accepted > 0);
    CHECK(accepted < 3 * body.size());
}

TEST_CASE("the disassembler says when a rule fires, waits and tries again") {
    const std::string text = disassemble(sample::make_timed());
    for (const char* line :
         {"when anchor 24h before project.created_at at 09:00 as project\n",
          "when clock every weekday at 10:00 in Europe/Prague for each project by project.title "
          "from and to where code 41 as project\n",
          "when clock every 10min as project\n",
          "when clock every 3 months on day 31 at code 45 as project\n",
          "when clock cron minutes 0, hours 9-17, days *, months 1-12, weekdays 1 as project\n",
          "when moves project.amount rises by 5 within 7d as project\n",
          "when absence of order as order where code 41 per code 33 for 7d, including never of "
          "project as project\n",
          "when count of code 36 project.status becomes closed as project where code 41 per code "
          "33 "
          "within 1h, all as all as project\n",
          "when sequence of order as order where code 41 per code 33, not followed by project is "
          "created as project, within 3d as project\n",
          "  at most 2 per code 33 per week\n",
          "  while running queue per code 33\n",
          "  only between 08:00 and code 36 on weekday except holidays in code 45, else hold\n",
          "  debounce for 1h per code 33\n",
          "  only every 24h\n",
          "  missed runs once within 2h\n",
          "  on change move\n",
          "  budget 500 per day, then pause\n",
          "  wait 0 for order as order by project is code 33 where code 41\n",
          "  retry 0 of instruction 15: code 36 times from 1h up to 1d, counted in attempt\n",
          "  retry 1 of instruction 17: 3 times\n",
          "tried again as retry 0\n",
          "  where of wait 0:\n",
          "  unless, read again:\n",
          "wait_for              0 order\n",
          "cancel_runs           about a record, of tell_late\n",
          "steer_journey         shift program by\n",
          "steer_journey         skip step of program remind\n",
          "  of project\n",
          "  step remind(month)  line 60, catch up within 1d\n",
          "  plan:\n",
          "  starts:\n",
          "  unless of step remind:\n",
          "plan_step             1 remind\n"})
        CHECK_THAT(text, Catch::Contains(line));
}

}  // namespace pawl::rules
