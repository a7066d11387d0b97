#pragma once

#include <string>
#include <vector>

#include "rules/program.h"
#include "rules/program_file.h"

// A small program made by hand that has one of everything: tables, queries, tries, a loop, a
// template, a notification, a test.

namespace pawl::rules::sample {

inline Instruction op(Opcode opcode, std::int32_t c = 0, std::uint16_t b = 0, std::uint8_t a = 0) {
    return {opcode, a, b, c};
}

inline Field field(std::string name, TypeIndex type) {
    Field made;
    made.name = std::move(name);
    made.type = type;
    return made;
}

struct SampleTypes {
    TypeIndex text = 0, money = 0, status = 0, project = 0, tags = 0, order = 0;
};

inline SampleTypes add_schema(Schema& schema) {
    SampleTypes types;
    types.text = schema.type_index({TypeKind::text, false, 0});
    types.money = schema.type_index({TypeKind::money, false, 0});
    schema.choices.push_back({"project.status", {"open", "closed"}});
    types.status = schema.type_index(
        {TypeKind::choice, false, static_cast<std::uint16_t>(schema.choices.size() - 1)});
    const auto entity = static_cast<EntityIndex>(schema.entities.size());
    types.project = schema.type_index({TypeKind::reference, false, entity});
    types.tags = schema.type_index({TypeKind::list, false, types.text});
    Entity project;
    project.name = "project";
    const TypeIndex datetime = schema.type_index({TypeKind::datetime, false, 0});
    project.fields = {field("id", types.text),       field("created_at", datetime),
                      field("updated_at", datetime), field("title", types.text),
                      field("status", types.status), field("amount", types.money),
                      field("tags", types.tags)};
    project.fields[3].unique = true;
    project.fields[4].default_value = Value::choice("open");
    project.unique_sets = {{3}};
    schema.entities.push_back(project);
    schema.states.push_back({entity, 4, 0, {{{0}, {1}, {"admin"}}}});
    EventType order;
    order.name = "order";
    order.fields = {field("kind", types.text), field("project", types.project)};
    order.about = 1;
    schema.events.push_back(order);
    types.order = schema.type_index(
        {TypeKind::event, false, static_cast<std::uint16_t>(schema.events.size() - 1)});
    schema.settings.push_back(
        {"limit", types.money, Value::money({5000, *Currency::parse("KES")}), "The limit"});
    schema.people.roles = {{"admin", "admins"}};
    return types;
}

inline Unit make_unit(UnitKind kind, std::string id, std::vector<std::string> locals,
                      std::vector<TypeIndex> types, std::uint16_t parameters) {
    Unit unit;
    unit.kind = kind;
    unit.id = std::move(id);
    unit.file = "sample.pawl";
    unit.line = 1;
    unit.local_count = static_cast<std::uint16_t>(locals.size());
    unit.local_names = std::move(locals);
    unit.local_types = std::move(types);
    unit.parameter_count = parameters;
    return unit;
}

constexpr EntityIndex project_entity = builtin_entity_count;
constexpr FieldIndex title = 3, status = 4, amount = 5, tags = 6;

// define dear(project) = project.amount > limit
inline Unit make_define(const SampleTypes& types) {
    Unit unit = make_unit(UnitKind::define, "dear", {"project"}, {types.project}, 1);
    unit.code = {op(Opcode::load_local, 0), op(Opcode::load_field, amount, project_entity),
                 op(Opcode::load_setting, 0), op(Opcode::greater), op(Opcode::end)};
    return unit;
}

// flow close(project): tries to set it, logs what failed, then goes through its tags
inline Unit make_flow(const SampleTypes& types) {
    Unit unit = make_unit(UnitKind::flow, "close", {"project", "error", "tag", "", ""},
                          {types.project, types.text, types.text, 0, 0}, 1);
    unit.constants = {Value::choice("closed"), Value::text("could not close")};
    unit.code = {op(Opcode::try_begin),
                 op(Opcode::load_local, 0),
                 op(Opcode::push_constant, 0),
                 op(Opcode::set_field, status, project_entity),
                 op(Opcode::try_end),
                 op(Opcode::jump, 8),
                 op(Opcode::push_constant, 1),
                 op(Opcode::log),
                 op(Opcode::load_local, 0),
                 op(Opcode::load_field, tags, project_entity),
                 op(Opcode::iterate_begin, 0, 3),
                 op(Opcode::iterate_next, 16, 3),
                 op(Opcode::store_local, 2),
                 op(Opcode::load_local, 2),
                 op(Opcode::log),
                 op(Opcode::jump, 11),
                 op(Opcode::load_local, 0),
                 op(Opcode::return_value)};
    unit.tries = {{1, 4, 6, 1}};
    unit.lines = {{0, 3}, {8, 7}};
    return unit;
}

// rule on_order: when order as order, if order.kind is "new", for the first open project by title
inline Unit make_rule(const SampleTypes& types) {
    Unit unit = make_unit(UnitKind::rule, "on_order", {"order", "p", "found"},
                          {types.order, types.project, types.project}, 0);
    unit.constants = {Value::text("new"), Value::choice("open"), Value::text("none left")};
    Query query;
    query.aggregate = Aggregate::first;
    query.access = Access::equal;
    query.entity = project_entity;
    query.field = status;
    query.local = 1;
    query.descending = {true};
    unit.queries = {query};
    unit.shapes = {Shape{{0, 1}, {}}};
    unit.code = {
        op(Opcode::load_local, 0), op(Opcode::load_member, 0, types.order),
        op(Opcode::push_constant, 0), op(Opcode::equal), op(Opcode::require, 0),
        op(Opcode::conditions_end),
        // body
        op(Opcode::push_constant, 1), op(Opcode::query_begin, 0, 0), op(Opcode::query_next, 17, 0),
        op(Opcode::load_local, 1), op(Opcode::load_field, status, project_entity),
        op(Opcode::push_constant, 1), op(Opcode::equal), op(Opcode::jump_unless_true, 8),
        op(Opcode::load_local, 1), op(Opcode::query_take, 0, 0), op(Opcode::jump, 8),
        op(Opcode::query_end, 0, 0), op(Opcode::store_local, 2), op(Opcode::load_local, 2),
        op(Opcode::call_define, 1 - 1, 1), op(Opcode::jump_unless_true, 27),
        op(Opcode::load_local, 2), op(Opcode::run_flow, 1, 1), op(Opcode::pop),
        op(Opcode::push_constant, 0), op(Opcode::jump, 29), op(Opcode::push_constant, 2),
        op(Opcode::jump, 29), op(Opcode::log), op(Opcode::push_constant, 0),
        op(Opcode::load_local, 2), op(Opcode::emit, 0, 0), op(Opcode::end),
        // once per
        op(Opcode::load_local, 0), op(Opcode::load_member, 0, types.order), op(Opcode::end)};
    unit.lines = {{0, 12}, {6, 14}};
    return unit;
}

// template email hello (project): a subject in HTML
inline Unit make_template(const SampleTypes& types) {
    Unit unit = make_unit(UnitKind::template_, "email hello", {"project"}, {types.project}, 1);
    unit.constants = {Value::text("Dear ")};
    unit.code = {op(Opcode::text_begin, 0, 0, 1),
                 op(Opcode::push_constant, 0),
                 op(Opcode::text_append, 0, 0, 1),
                 op(Opcode::load_local, 0),
                 op(Opcode::load_field, title, project_entity),
                 op(Opcode::call_builtin, 0, 1, static_cast<std::uint8_t>(Builtin::upper)),
                 op(Opcode::text_append),
                 op(Opcode::text_end),
                 op(Opcode::end)};
    return unit;
}

inline Unit make_notification(const SampleTypes& types) {
    Unit unit = make_unit(UnitKind::notification, "greeting", {"project"}, {types.project}, 1);
    unit.constants = {Value::text("Hello")};
    unit.code = {op(Opcode::load_local, 0), op(Opcode::make_list, 1), op(Opcode::end),
                 op(Opcode::push_constant, 0), op(Opcode::end)};
    return unit;
}

inline Unit make_test(const SampleTypes& types) {
    Unit unit = make_unit(UnitKind::test, "it works", {"p"}, {types.project}, 0);
    unit.constants = {Value::text("Reel"), Value::money({100, *Currency::parse("KES")})};
    unit.shapes = {Shape{{title, amount}, {}}};
    unit.code = {op(Opcode::push_constant, 0),
                 op(Opcode::push_constant, 1),
                 op(Opcode::create, 0, project_entity),
                 op(Opcode::store_local, 0),
                 op(Opcode::end),
                 op(Opcode::load_local, 0),
                 op(Opcode::is_present),
                 op(Opcode::end)};
    return unit;
}

inline void add_rule(Program& program) {
    Rule rule;
    rule.id = "on_order";
    rule.title = "On an order";
    rule.unit = 2;
    Trigger trigger;
    trigger.kind = TriggerKind::event;
    trigger.event = 0;
    trigger.record_local = 0;
    rule.triggers = {trigger};
    rule.match.atoms = {{0, MatchOperator::equal, {Value::text("new")}}};
    rule.match.exact = true;
    rule.clauses = {{false, "order.kind is \"new\"", 12}};
    rule.body_entry = 6;
    rule.once_entry = 34;
    rule.once_for = Duration{.days = 30};
    program.rules = {rule};
}

inline Program make() {
    Program program;
    program.header.name = "sample";
    program.header.timezone = "Africa/Nairobi";
    program.header.currency = *Currency::parse("KES");
    program.header.keep = {{"log", Duration{.months = 12}}};
    program.schema = make_base_schema();
    const SampleTypes types = add_schema(program.schema);
    program.units = {make_define(types),   make_flow(types),         make_rule(types),
                     make_template(types), make_notification(types), make_test(types)};
    add_rule(program);
    program.flows = {{"close", {{"project", types.project}}, types.project, 1}};
    program.templates = {{"hello",
                          "email",
                          {{"project", types.project}},
                          3,
                          {{"subject", 0}},
                          TemplateFormat::html}};
    program.notifications = {{"greeting",
                              {{"project", types.project}},
                              4,
                              {{"email", 0, 0}, {"dashboard", {}, 3}},
                              true}};
    program.integrations = {{"mpesa", {{"shortcode", "174379"}, {"passkey", "secret(KEY)"}}}};
    program.actions = {
        {"mpesa", "push", {{"amount", types.money}}, types.text, Value::text("ok"), true}};
    program.channels = {{"email", 3, Duration{.micros = 1'000'000}, Duration{.micros = 60'000'000},
                         "", TimeOfDay{0}, std::nullopt, "recipient.timezone"}};
    program.calendars = {{"holidays", {Date{20454}}}};
    program.groups = {"admins"};
    TestStep given;
    given.kind = TestStepKind::given_record;
    given.line = 30;
    given.text = "given p = project with …";
    TestStep expect;
    expect.kind = TestStepKind::expect;
    expect.entry = 5;
    expect.line = 31;
    program.tests = {{"it works", "sample.pawl", 29, 5, {given, expect}}};
    measure_stacks(program);
    hash_program(program);
    return program;
}

}  // namespace pawl::rules::sample
