#include "engine/internal/rule_mark.h"

#include <catch2/catch.hpp>

#include "sample_program.h"

namespace pawl::engine {

using rules::Value;

namespace {

rules::Rule named(std::string id, std::string renamed_from = {}) {
    rules::Rule rule;
    rule.id = std::move(id);
    rule.renamed_from = std::move(renamed_from);
    return rule;
}

}  // namespace

TEST_CASE("a rule that was renamed finds its former mark, and takes it over") {
    const rules::Program program = sample::make_program();
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Layer layer(program, *store);
    const Instant now{1'000};
    write_rule_mark(layer, read_rule_mark(layer, now, "most", named("old"), "/k"), "1");

    const rules::Rule renamed = named("new", "old");
    const RuleMark found = read_rule_mark(layer, now, "most", renamed, "/k");
    CHECK(found.key == "most/new/k");
    CHECK(found.former_key == "most/old/k");
    CHECK(found.value == "1");
    SECTION("when it is written") {
        write_rule_mark(layer, found, "2");
        CHECK_FALSE(layer.mark("most/old/k", now));
        CHECK(read_rule_mark(layer, now, "most", renamed, "/k").value == "2");
        CHECK(read_rule_mark(layer, now, "most", renamed, "/k").former_key.empty());
    }
    SECTION("when it is removed") {
        write_rule_mark(layer, found, std::nullopt);
        CHECK_FALSE(layer.mark("most/old/k", now));
        CHECK_FALSE(read_rule_mark(layer, now, "most", renamed, "/k").value);
    }
    SECTION("and its own comes first") {
        layer.put_mark({"most/new/k", "3", std::nullopt, {}});
        CHECK(read_rule_mark(layer, now, "most", renamed, "/k").value == "3");
    }
}

TEST_CASE("a mark that was written for a time is gone at its end") {
    const rules::Program program = sample::make_program();
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Layer layer(program, *store);
    write_rule_mark(layer, read_rule_mark(layer, {}, "pace", named("a"), "/k"), "1",
                    Instant{1'000});
    CHECK(read_rule_mark(layer, {999}, "pace", named("a"), "/k").value);
    CHECK_FALSE(read_rule_mark(layer, {1'000}, "pace", named("a"), "/k").value);
}

TEST_CASE("a long key is kept as its hash, and differs from every other") {
    const rules::Schema schema = sample::make_program().schema;
    const std::string same(200, 'a');
    CHECK(mark_part(Value::text("short"), schema) == "tshort");
    CHECK(mark_part(Value::text(same), schema).size() < 64);
    CHECK(mark_part(Value::text(same), schema) == mark_part(Value::text(same), schema));
    CHECK(mark_part(Value::text(same), schema) != mark_part(Value::text(same + "b"), schema));
    // Values of two kinds that read the same are two keys.
    CHECK(mark_part(Value::text("1"), schema) != mark_part(Value::integer(1), schema));
}

TEST_CASE("a silent rule, or one that is gone, is not found for what was put off") {
    rules::Program program = sample::make_program();
    program.rules = {named("draft"), named("live", "former")};
    program.rules[0].mode = rules::RuleMode::draft;
    CHECK(find_live_rule(program, "live") == 1u);
    CHECK(find_live_rule(program, "former") == 1u);
    CHECK_FALSE(find_live_rule(program, "draft"));
    CHECK_FALSE(find_live_rule(program, "gone"));
    CHECK_FALSE(find_live_rule(program, ""));
}

}  // namespace pawl::engine
