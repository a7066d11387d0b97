#include "engine/ports/index_plan.h"

#include <catch2/catch.hpp>

#include "sample_program.h"

namespace pawl::engine {

TEST_CASE("a date that a rule is anchored on and the field that a sweep asks for have an index") {
    rules::Program program = sample::make_program();
    auto& orders = program.schema.entities[sample::order];
    const auto due_on = static_cast<rules::FieldIndex>(orders.fields.size());
    orders.fields.push_back(sample::field(program.schema, "due_on", rules::TypeKind::date));
    CHECK_FALSE(make_index_plan(program).has(sample::order, due_on));
    CHECK_FALSE(make_index_plan(program).has(sample::client, sample::client_name));
    rules::Trigger anchored, swept, every_order;
    anchored.kind = rules::TriggerKind::anchor;
    anchored.entity = sample::order;
    anchored.field = due_on;
    anchored.anchor.emplace();
    swept.kind = rules::TriggerKind::clock;
    swept.clock.emplace().sweep.emplace();
    swept.clock->sweep->entity = sample::client;
    swept.clock->sweep->access = rules::Access::equal;
    swept.clock->sweep->field = sample::client_name;
    every_order.kind = rules::TriggerKind::clock;
    every_order.clock.emplace().sweep.emplace();
    every_order.clock->sweep->entity = sample::order;
    every_order.clock->sweep->field = sample::order_amount;
    program.rules[0].triggers = {anchored, swept, every_order};
    const IndexPlan plan = make_index_plan(program);
    CHECK(plan.has(sample::order, due_on));
    CHECK(plan.has(sample::client, sample::client_name));
    // One that looks at every record asks for none.
    CHECK_FALSE(plan.has(sample::order, sample::order_amount));
}

}  // namespace pawl::engine
