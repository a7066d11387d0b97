#include "engine/internal/pending_codec.h"

#include <catch2/catch.hpp>

#include "sample_program.h"

namespace pawl::engine {

using namespace sample;  // NOLINT: the words of these tests
using rules::Value;

namespace {

// A rule whose trigger asks for one value; its names are `order` and `reason`.
rules::Program make_program_with_rule() {
    rules::Program program = make_program();
    rules::Unit unit;
    unit.id = "watch";
    unit.local_count = 2;
    unit.local_names = {"order", "reason"};
    program.units.push_back(unit);
    rules::Rule rule;
    rule.id = "watch";
    rule.unit = static_cast<rules::UnitIndex>(program.units.size() - 1);
    rules::Trigger trigger;
    trigger.record_local = 0;
    trigger.asked = {{"reason", 1}};
    rule.triggers = {trigger, trigger};
    program.rules = {rule};
    return program;
}

Pending make_pending() {
    auto by = std::make_shared<SetOff>();
    by->cause = {CauseKind::request, "ann"};
    by->requester = {
        .is_person = true, .overrides = true, .person = rules::Reference{client, 3}, .name = "ann"};
    by->trigger = "requested";
    by->entity = "order";
    by->id = "o7";
    by->subject = rules::Reference{order, 7};
    by->depth = 4;
    by->deleted = {client, 9};
    by->deleted_record = make_client("c9", "c9@example.com");
    Pending pending;
    pending.by = std::move(by);
    pending.use = {0, 1};
    pending.bound = Value::record(event_record, {Value::integer(5), Value(), Value::text("a\nb")});
    pending.change = Value::record(rules::record_change, {Value::choice("open"), Value()});
    pending.arguments = {Value::text("late")};
    pending.also_bound = {{1, Value::list({Value::reference({order, 8}), Value::number(0.5)})}};
    return pending;
}

}  // namespace

TEST_CASE("what was put off is there again as it was") {
    const rules::Program program = make_program_with_rule();
    const Pending before = make_pending();
    const auto after = decode_pending(encode_pending(before, program), program);
    REQUIRE(after);
    CHECK(after->use.rule == 0);
    CHECK(after->use.trigger == 1);
    CHECK(after->bound == before.bound);
    CHECK(after->change == before.change);
    CHECK(after->arguments == before.arguments);
    CHECK(after->also_bound == before.also_bound);
    CHECK(after->by->cause.kind == CauseKind::request);
    CHECK(after->by->cause.text == "ann");
    CHECK(after->by->requester.is_person);
    CHECK(after->by->requester.overrides);
    CHECK(after->by->requester.person == before.by->requester.person);
    CHECK(after->by->requester.name == "ann");
    CHECK(after->by->trigger == "requested");
    CHECK(after->by->entity == "order");
    CHECK(after->by->id == "o7");
    CHECK(after->by->subject == before.by->subject);
    CHECK(after->by->depth == 4);
    CHECK(after->by->deleted == before.by->deleted);
    REQUIRE(after->by->deleted_record != nullptr);
    CHECK(after->by->deleted_record->fields == before.by->deleted_record->fields);
}

TEST_CASE("what is bound goes by its name, wherever an edit moved it") {
    rules::Program program = make_program_with_rule();
    const std::string text = encode_pending(make_pending(), program);
    rules::Unit& unit = program.units[program.rules[0].unit];
    unit.local_names = {"order", "amount", "reason"};
    unit.local_count = 3;
    CHECK(decode_pending(text, program)->also_bound.front().first == 2);
    unit.local_names = {"order", "amount"};
    CHECK(decode_pending(text, program)->also_bound.empty());
}

TEST_CASE("what a rule has no use for any more is dropped") {
    const rules::Program program = make_program_with_rule();
    const std::string text = encode_pending(make_pending(), program);
    rules::Program edited = program;
    SECTION("the rule is gone") { edited.rules.clear(); }
    SECTION("the rule is paused") { edited.rules[0].mode = rules::RuleMode::paused; }
    SECTION("it has one trigger less") { edited.rules[0].triggers.pop_back(); }
    SECTION("it asks for nothing any more") { edited.rules[0].triggers[1].asked.clear(); }
    SECTION("an entity is gone") { edited.schema.entities[order].name = "invoice"; }
    CHECK_FALSE(decode_pending(text, edited));
}

TEST_CASE("bytes that are no pending run are none") {
    const rules::Program program = make_program_with_rule();
    for (const char* text :
         {"", "x", "[]", "{}", R"({"rule":7})", R"({"rule":"watch","trigger_index":-1})",
          R"({"rule":"watch","trigger_index":2})", R"({"rule":"watch","bound":"?"})",
          R"({"rule":"watch","also_bound":["i1","i2"]})"})
        CHECK_FALSE(decode_pending(text, program));
    CHECK(decode_pending(R"({"rule":"watch"})", program));
}

}  // namespace pawl::engine
