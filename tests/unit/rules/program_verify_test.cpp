#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "program_sample.h"

// Each case makes one thing wrong in a sound program and expects the verifier to name it.

namespace pawl::rules {

namespace {

struct Wrong {
    std::string what;  // part of the message
    std::function<void(Program&)> change;
};

constexpr UnitIndex define_unit = 0, flow_unit = 1, rule_unit = 2, template_unit = 3,
                    notify_unit = 4;

std::string verdict(const Program& program) {
    const Status status = verify_program(program);
    return status ? "sound" : status.error().message;
}

void expect_refused(const std::vector<Wrong>& cases) {
    for (const Wrong& wrong : cases) {
        Program program = sample::make();
        wrong.change(program);
        INFO(wrong.what);
        CHECK_THAT(verdict(program), Catch::Contains(wrong.what));
    }
}

Instruction& at(Program& program, UnitIndex unit, std::size_t instruction) {
    return program.units[unit].code[instruction];
}

// Puts instructions before the others of a unit that has no jumps.
void put_first(Program& program, UnitIndex unit, std::vector<Instruction> code) {
    auto& all = program.units[unit].code;
    all.insert(all.begin(), code.begin(), code.end());
}

using sample::op;

}  // namespace

TEST_CASE("the sample is sound") { CHECK(verdict(sample::make()) == "sound"); }

TEST_CASE("an operand that names what is not there is refused") {
    const auto change = [](UnitIndex unit, std::size_t instruction, Instruction to) {
        return [=](Program& program) { at(program, unit, instruction) = to; };
    };
    expect_refused({
        {"load_local is out of range", change(define_unit, 0, op(Opcode::load_local, 1))},
        {"load_local is out of range", change(define_unit, 0, op(Opcode::load_local, -1))},
        {"load_field is out of range", change(define_unit, 1, op(Opcode::load_field, 7, 5))},
        {"load_field is out of range", change(define_unit, 1, op(Opcode::load_field, 0, 6))},
        {"load_setting is out of range", change(define_unit, 2, op(Opcode::load_setting, 1))},
        {"push_constant is out of range", change(flow_unit, 2, op(Opcode::push_constant, 2))},
        {"load_key is out of range", change(define_unit, 1, op(Opcode::load_key, 0))},
        {"iterate_begin is out of range", change(flow_unit, 10, op(Opcode::iterate_begin, 0, 4))},
        {"jump is out of range", change(flow_unit, 5, op(Opcode::jump, 18))},
        {"query_end is out of range", change(rule_unit, 17, op(Opcode::query_end, 0, 1))},
        {"emit is out of range", change(rule_unit, 32, op(Opcode::emit, 1, 0))},
        {"emit is out of range", change(rule_unit, 32, op(Opcode::emit, 0, 1))},
        {"call_define is out of range", change(rule_unit, 20, op(Opcode::call_define, 1, 1))},
        {"run_flow is out of range", change(rule_unit, 23, op(Opcode::run_flow, 0, 1))},
        {"call_action is out of range", change(rule_unit, 20, op(Opcode::call_action, 0, 1))},
        {"require is out of range", change(rule_unit, 4, op(Opcode::require, 1))},
        {"convert is out of range", change(define_unit, 1, op(Opcode::convert, 10'000))},
        {"greater is out of range", change(define_unit, 3, op(Opcode::greater, 1))},
        {"text_begin is out of range", change(template_unit, 0, op(Opcode::text_begin, 0, 0, 2))},
        {"load_member is out of range",
         change(rule_unit, 1, op(Opcode::load_member, 2, sample::make().units[2].local_types[0]))},
        {"load_member is out of range", change(rule_unit, 1, op(Opcode::load_member, 0, 1))},
    });
}

TEST_CASE("a stack that does not come out even is refused") {
    expect_refused({
        {"too little or much on the stack",
         [](Program& p) { put_first(p, define_unit, {op(Opcode::push_now)}); }},
        {"the stack is too low", [](Program& p) { put_first(p, define_unit, {op(Opcode::pop)}); }},
        {"the stack is too low", [](Program& p) { at(p, define_unit, 1) = op(Opcode::add); }},
        {"two ways that meet", [](Program& p) { at(p, rule_unit, 28) = op(Opcode::push_now); }},
        {"runs out of its unit", [](Program& p) { p.units[define_unit].code.pop_back(); }},
        {"runs out of its unit", [](Program& p) { p.units[define_unit].code.clear(); }},
        {"height of a stack is not as told",
         [](Program& p) { p.units[define_unit].stack_max = 1; }},
        {"height of a stack is not as told", [](Program& p) { ++p.units[rule_unit].stack_max; }},
        {"passes another number of arguments", [](Program& p) { at(p, rule_unit, 20).b = 0; }},
        {"too few or many arguments", [](Program& p) { at(p, template_unit, 5).b = 2; }},
        {"does not end with its list",
         [](Program& p) { at(p, notify_unit, 1) = op(Opcode::is_missing); }},
    });
}

TEST_CASE("what is opened and closed must nest") {
    expect_refused({
        {"ends with something open",
         [](Program& p) { at(p, template_unit, 7) = op(Opcode::push_now); }},
        {"not the innermost open", [](Program& p) { at(p, rule_unit, 14) = op(Opcode::text_end); }},
        {"of a query that is not the innermost",
         [](Program& p) { at(p, rule_unit, 7) = op(Opcode::pop); }},
        {"appended to no text", [](Program& p) { at(p, template_unit, 0) = op(Opcode::jump, 1); }},
        {"a try ends that did not begin",
         [](Program& p) { at(p, rule_unit, 24) = op(Opcode::try_end); }},
    });
}

TEST_CASE("a try and its range must agree") {
    expect_refused({
        {"range is astray", [](Program& p) { p.units[flow_unit].tries[0].begin = 2; }},
        {"range is astray", [](Program& p) { p.units[flow_unit].tries[0].end = 3; }},
        {"range is astray", [](Program& p) { p.units[flow_unit].tries[0].handler = 99; }},
        {"a try has no range", [](Program& p) { p.units[flow_unit].tries.clear(); }},
        {"a try has two ranges",
         [](Program& p) { p.units[flow_unit].tries.push_back(p.units[flow_unit].tries[0]); }},
        {"error has no place", [](Program& p) { p.units[flow_unit].tries[0].error_local = 5; }},
        {"mark of a try and its range differ",
         [](Program& p) { at(p, flow_unit, 1) = op(Opcode::try_end); }},
        {"the stack is too low", [](Program& p) { p.units[flow_unit].tries[0].handler = 7; }},
    });
}

TEST_CASE("statements stand only where they may") {
    expect_refused({
        {"a statement stands among expressions",
         [](Program& p) {
             put_first(p, define_unit, {op(Opcode::load_local, 0), op(Opcode::delete_record)});
         }},
        {"two ways that meet", [](Program& p) { p.rules[0].once_entry = 6; }},
        {"a condition stands outside",
         [](Program& p) { at(p, rule_unit, 24) = op(Opcode::require, 0); }},
        {"do not end as conditions", [](Program& p) { at(p, rule_unit, 5) = op(Opcode::end); }},
        {"waits or stops", [](Program& p) { at(p, 5, 4) = op(Opcode::stop); }},
        {"returned to nobody", [](Program& p) { at(p, rule_unit, 29) = op(Opcode::return_value); }},
        {"left half done", [](Program& p) { at(p, rule_unit, 31) = op(Opcode::stop); }},
        {"a clause is of the other kind",
         [](Program& p) { p.rules[0].clauses[0].is_unless = true; }},
        {"only the engine writes",
         [](Program& p) { at(p, flow_unit, 3) = op(Opcode::set_field, 1, entity_run); }},
        {"adds to what is no list",
         [](Program& p) {
             at(p, flow_unit, 3) = op(Opcode::add_to_field, sample::title, sample::project_entity);
         }},
    });
}

TEST_CASE("defines that call one another in a circle are refused") {
    expect_refused({{"calls itself",
                     [](Program& p) { at(p, define_unit, 1) = op(Opcode::call_define, 0, 1); }}});
}

TEST_CASE("tables that do not add up are refused") {
    expect_refused({
        {"zone that is not known", [](Program& p) { p.header.timezone = "Mars/Olympus"; }},
        {"currency that is none", [](Program& p) { p.header.currency.code = 60'000; }},
        {"version of the language", [](Program& p) { p.header.language_version = 2; }},
        {"first type is not none", [](Program& p) { p.schema.types[0].kind = TypeKind::text; }},
        {"type of what is not there",
         [](Program& p) {
             p.schema.types.push_back({TypeKind::choice, false, 99});
         }},
        {"type of what is not there",
         [](Program& p) {
             const auto self = static_cast<std::uint16_t>(p.schema.types.size());
             p.schema.types.push_back({TypeKind::list, false, self});
         }},
        {"choice without options", [](Program& p) { p.schema.choices.back().options.clear(); }},
        {"a field of no type", [](Program& p) { p.schema.events[0].fields[0].type = 999; }},
        {"without its own fields", [](Program& p) { p.schema.entities[5].fields[0].name = "key"; }},
        {"own records are not in their places",
         [](Program& p) { p.schema.entities[0].read_only = false; }},
        {"`unique` over", [](Program& p) { p.schema.entities[5].unique_sets[0] = {7}; }},
        {"about no record", [](Program& p) { p.schema.events[0].about = 0; }},
        {"states of no choice", [](Program& p) { p.schema.states[0].field = 3; }},
        {"no options", [](Program& p) { p.schema.states[0].transitions[0].to = {2}; }},
        {"person's field", [](Program& p) { p.schema.people.email = 3; }},
        {"code that is not its own", [](Program& p) { p.flows[0].unit = 0; }},
        {"code that is not its own", [](Program& p) { p.flows.push_back(p.flows[0]); }},
        {"code that nothing enters", [](Program& p) { p.flows.clear(); }},
        {"rules out of order", [](Program& p) { p.rules.push_back(p.rules[0]); }},
        {"parameters that do not add up", [](Program& p) { p.templates[0].parameters.clear(); }},
        {"a template that is not there",
         [](Program& p) { p.notifications[0].channels[0].template_index = 1; }},
        {"does not fit its events", [](Program& p) { p.rules[0].match.atoms[0].field = 2; }},
        {"does not fit its events", [](Program& p) { p.rules[0].match.atoms[0].values.clear(); }},
        {"an `or` of nothing", [](Program& p) { p.rules[0].match.any_of.push_back({}); }},
        {"trigger of what is not there", [](Program& p) { p.rules[0].triggers[0].event = 1; }},
        {"trigger's variable", [](Program& p) { p.rules[0].triggers[0].record_local = 9; }},
        {"query of what is not there", [](Program& p) { p.units[2].queries[0].entity = 6; }},
        {"query of what is not there", [](Program& p) { p.units[2].queries[0].has_low = true; }},
        {"query of what is not there", [](Program& p) { p.units[2].queries[0].percent = 101; }},
        {"variables that do not add up", [](Program& p) { p.units[2].local_names.pop_back(); }},
        {"lines out of order", [](Program& p) { p.units[2].lines[1].instruction = 0; }},
        {"test of what is not there", [](Program& p) { p.tests[0].steps[0].local = 4; }},
        {"record of no type",
         [](Program& p) { p.units[0].constants.push_back(Value::record(record_error, {})); }},
        {"date outside the calendar",
         [](Program& p) { p.units[0].constants.push_back(Value::date(Date{100'000'000})); }},
        {"two instructions have one shape",
         [](Program& p) {
             auto& code = p.units[5].code;
             code.insert(code.end(), {op(Opcode::create, 0, 5), op(Opcode::end)});
         }},
    });
}

TEST_CASE("a table that grows does not make the verifier slow") {
    // 30,000 triggers and 30,000 atoms: their product would take minutes.
    Program program = sample::make();
    Rule& rule = program.rules[0];
    rule.triggers.assign(30'000, rule.triggers[0]);
    rule.match.atoms.assign(30'000, rule.match.atoms[0]);
    CHECK(verdict(program) == "sound");
}

}  // namespace pawl::rules
