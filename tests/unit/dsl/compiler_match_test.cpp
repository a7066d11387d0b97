#include <vector>

#include "compiler_support.h"

// What the trigger index is given of a rule's conditions, and what index a query asks.

namespace pawl::dsl {

namespace {

// The line `match …` of the disassembly, which shows atoms as they would be written.
std::string match_of(const std::string& clauses) {
    const rules::Program program =
        compiled("rule r\n  when order as o\n" + clauses + "\n  then\n    log \"x\"\nend\n");
    const std::string text = rules::disassemble(program);
    const std::size_t at = text.find("  match ");
    if (at == std::string::npos) return "none";
    return text.substr(at + 8, text.find('\n', at) - at - 8);
}

// How the query of `let x = …` finds its rows.
rules::Query query_of(const std::string& expression) {
    const rules::Program program = compiled("rule r\n  when order as o\n  let x = " + expression +
                                            "\n  then\n    log \"{{x}}\"\nend\n");
    const rules::Unit& unit = unit_of(program, "r");
    REQUIRE(unit.queries.size() == 1);
    return unit.queries.front();
}

std::string field_of(const rules::Query& query, const rules::Program& program) {
    return program.schema.entities[query.entity].fields[query.field].name;
}

}  // namespace

TEST_CASE("a condition over the event alone becomes its match") {
    struct Case {
        std::string clauses, match;
    };
    const std::vector<Case> cases = {
        {"  if o.kind is \"new\"", "kind is \"new\", which decides"},
        {"  if \"new\" is o.kind", "kind is \"new\", which decides"},
        {"  if o.segment is small", "segment is small, which decides"},
        {"  if o.segment in [small, large]", "segment in [small, large], which decides"},
        {"  if o.segment is small or o.segment is large",
         "segment in [small, large], which decides"},
        {"  if o.count > 3 and o.count <= 9", "count > 3 and count <= 9, which decides"},
        {"  if 3 < o.count", "count > 3, which decides"},
        {"  if o.count > -3", "count > -3, which decides"},
        {"  if o.count between 2 and 4", "count >= 2 and count <= 4, which decides"},
        {"  if o.weight >= 2", "weight >= 2, which decides"},
        {"  if o.urgent", "urgent is true, which decides"},
        {"  if not o.urgent", "urgent is false, which decides"},
        {"  if o.kind is \"a\"\n  if o.count is 1", "kind is \"a\" and count is 1, which decides"},
        {"  if o.kind is \"a\" or (o.kind is \"b\" and o.count < 2)",
         "(kind is \"a\" or kind is \"b\" and count < 2), which decides"},
        {"", "every event, which decides"},
    };
    for (const Case& wanted : cases) {
        INFO(wanted.clauses);
        CHECK(match_of(wanted.clauses) == wanted.match);
    }
}

TEST_CASE("what the index cannot decide is left to the conditions") {
    struct Case {
        std::string clauses, match;
    };
    const std::vector<Case> cases = {
        {"  if o.kind contains \"a\" ignoring case", "none"},
        {"  if o.kind is not \"a\"", "none"},
        {"  if o.kind is o.note", "none"},
        {"  if o.note is missing", "none"},
        {"  if o.kind starts with \"a\"", "none"},
        {"  if not (o.kind in [\"a\", \"b\"])", "none"},
        {"  if o.kind not in [\"a\", \"b\"]", "none"},
        {"  if not (o.count between 2 and 4)", "none"},
        // A default stands in where the event brings nothing.
        {"  if o.fragile", "none"},
        // A record is looked up first.
        {"  if o.client.score > 3", "none"},
        {"  if o.kind is \"a\" or o.note is missing", "none"},
        {"  if o.count < o.weight", "none"},
        {"  unless o.kind is \"a\"", "none"},
        {"  if o.kind is \"a\" and o.note is missing", "kind is \"a\", then the conditions"},
        {"  if o.kind is \"a\"\n  unless o.count is 1", "kind is \"a\", then the conditions"},
        {"  let n = o.count + 1\n  if o.kind is \"a\" and n > 3",
         "kind is \"a\", then the conditions"},
        {"  if (o.kind is \"a\" and o.note is missing) or o.count is 1",
         "(kind is \"a\" or count is 1), then the conditions"},
    };
    for (const Case& wanted : cases) {
        INFO(wanted.clauses);
        CHECK(match_of(wanted.clauses) == wanted.match);
    }
}

TEST_CASE("a rule of several events matches only what they all are") {
    const rules::Program program = compiled(R"(
event other
  kind text
end
rule r
  when order as o
  when other as o
  then
    log "x"
end
)");
    CHECK(program.rules[0].match.atoms.empty());
    CHECK_FALSE(program.rules[0].match.exact);
}

TEST_CASE("a query asks the index that its condition demands") {
    const rules::Program names = compiled(std::string());
    struct Case {
        std::string expression;
        rules::Access access;
        std::string field;
    };
    using rules::Access;
    const std::vector<Case> cases = {
        {"first p in project where p.client is o.client", Access::equal, "client"},
        {"first p in project where o.client is p.client", Access::equal, "client"},
        {"first p in project where p.status is open", Access::equal, "status"},
        // Unique fields first, then references.
        {"first p in profile where p.role is admin and p.email is \"a@b.org\"", Access::equal,
         "email"},
        {"first p in project where p.status is open and p.client is o.client", Access::equal,
         "client"},
        {"first p in project where p.id is \"p1\" and p.client is o.client", Access::equal, "id"},
        {"count(p in profile where p.score > 3)", Access::range, "score"},
        {"count(p in profile where p.score between 3 and o.count)", Access::range, "score"},
        {"count(p in project where p.due <= today and p.due > 2026-01-01)", Access::range, "due"},
        // Neither: another way in an `or`, the row on both sides, another kind of number.
        {"count(p in project where p.status is open or p.client is o.client)", Access::every_record,
         ""},
        {"count(p in project where p.title is p.id)", Access::every_record, ""},
        {"count(p in profile where p.score < 3.5)", Access::every_record, ""},
        {"count(p in project where p.status is not open)", Access::every_record, ""},
        {"count(p in project)", Access::every_record, ""},
        {"count(n in [1, 2, 3] where n is 2)", Access::list, ""},
    };
    for (const Case& wanted : cases) {
        INFO(wanted.expression);
        const rules::Query query = query_of(wanted.expression);
        CHECK(query.access == wanted.access);
        if (!wanted.field.empty()) CHECK(field_of(query, names) == wanted.field);
    }
}

TEST_CASE("a key that must be computed is computed once, before the rows") {
    const rules::Program program = compiled(R"(
rule r
  when order as o
  let x = count(p in project where p.client is (first c in profile where c.score > 3))
  then
    log "{{x}}"
end
)");
    const rules::Unit& unit = unit_of(program, "r");
    REQUIRE(unit.queries.size() == 2);
    CHECK(unit.queries[0].access == rules::Access::range);
    CHECK(unit.queries[1].access == rules::Access::equal);
}

}  // namespace pawl::dsl
