#include <vector>

#include "compiler_support.h"

// meaning.md 35: a unit's hash covers its meaning and that of what it calls, not layout or
// comments.

namespace pawl::dsl {

namespace {

const std::string base_rule = R"(
define is_big(p: project) = p.amount > 5000
flow close(p: project)
  set p.status to closed
end
flow hail(p: project)
  log "hail {{p.title}}"
end
template email thanks(p: project)
  subject "Thanks"
  body "Thanks for {{p.title}}"
end
rule on_order "On an order"
  when order as order
  let found = first p in project where p.client is order.client
  if order.kind is "new" and order.count > 3
  unless found is missing
  then
    if is_big(found) then
      run close(p: found)
    end
    send email thanks to order.client with p: found
  once per order.note for 30d
end
)";

// The text with one part replaced; the part must be there.
std::string with(std::string text, std::string_view part, std::string_view other) {
    const std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    for (std::size_t place = at; place != std::string::npos;
         place = text.find(part, place + other.size()))
        text.replace(place, part.size(), other);
    return text;
}

struct Change {
    std::string_view part, other;
};

}  // namespace

TEST_CASE("layout, comments and names of variables change no hash") {
    const rules::Program before = compiled(base_rule);
    const std::vector<Change> changes = {
        {"then\n", "then   # what we do\n\n\n"},
        {"  if order.kind is \"new\" and order.count > 3\n",
         "  if order.kind is \"new\"\n     and\n     order.count > 3\n"},
        {"log \"hail {{p.title}}\"", "log \"hail {{ p.title }}\""},
        {"found", "match_of_it"},
        {"when order as order", "when order"},
    };
    for (const Change& change : changes) {
        INFO(change.other);
        const rules::Program after = compiled(with(base_rule, change.part, change.other));
        CHECK(after.hash == before.hash);
        CHECK(unit_of(after, "on_order").hash == unit_of(before, "on_order").hash);
    }
}

TEST_CASE("declarations may move between files and change their order") {
    const std::size_t rule = base_rule.find("rule on_order");
    const std::size_t flow = base_rule.find("flow hail");
    const std::string common(common_text);
    const std::size_t event = common.find("event order");
    const rules::Program before = compiled(base_rule);
    const rules::Program after =
        compiled({{"x/one.pawl", base_rule.substr(rule) + common.substr(event)},
                  {"y/two.pawl", base_rule.substr(flow, rule - flow)},
                  {"z/three.pawl", common.substr(0, event) + base_rule.substr(0, flow)}});
    CHECK(after.hash == before.hash);
    for (const rules::Unit& unit : before.units) {
        INFO(unit.id);
        CHECK(unit_of(after, unit.id).hash == unit.hash);
    }
}

TEST_CASE("every change of a rule's meaning changes its hash") {
    const rules::Program before = compiled(base_rule);
    const std::vector<Change> changes = {
        {"rule on_order", "rule on_orders"},
        {"\"On an order\"", "\"On an order\" draft"},
        {"order.kind is \"new\"", "order.kind is \"old\""},
        {"order.kind is \"new\"", "order.kind is not \"new\""},
        {"order.kind is \"new\"", "order.note is \"new\""},
        {"order.kind is \"new\"", "order.kind starts with \"new\""},
        {"order.count > 3", "order.count > 4"},
        {"order.count > 3", "order.count >= 3"},
        {"and order.count", "or order.count"},
        {"unless found is missing", "unless found is missing or order.urgent"},
        {"unless found is missing", "if found is present"},
        {"first p in project where p.client is order.client",
         "first p in project where p.client is order.client order by p.amount"},
        {"first p in project where p.client is order.client",
         "first p in project where p.client is order.client and p.status is open"},
        {"run close(p: found)", "start close(p: found)"},
        {"run close(p: found)", "run hail(p: found)"},
        {"for 30d", "for 31d"},
        {"  once per order.note for 30d\n", ""},
        {"once per order.note", "once per order.kind"},
        {"if is_big(found) then", "if not is_big(found) then"},
        {"to order.client with", "to admins with"},
        // What it calls is part of its meaning.
        {"p.amount > 5000", "p.amount > 5001"},
        {"set p.status to closed", "set p.status to open"},
    };
    for (const Change& change : changes) {
        INFO(change.part << " → " << change.other);
        const std::string text = with(base_rule, change.part, change.other);
        const rules::Program after = compiled(text);
        CHECK(after.hash != before.hash);
        const bool is_renamed = change.other == "rule on_orders";
        CHECK(unit_of(after, is_renamed ? "on_orders" : "on_order").hash !=
              unit_of(before, "on_order").hash);
    }
}

TEST_CASE("a title and a former name are the program's, not the rule's") {
    const rules::Program before = compiled(base_rule);
    const std::vector<Change> changes = {
        {"\"On an order\"", "\"On each order\""},
        {"rule on_order \"On an order\"", "rule on_order \"On an order\" renamed from on_orders"},
    };
    for (const Change& change : changes) {
        INFO(change.other);
        const rules::Program after = compiled(with(base_rule, change.part, change.other));
        CHECK(after.hash != before.hash);
        CHECK(unit_of(after, "on_order").hash == unit_of(before, "on_order").hash);
    }
}

TEST_CASE("a template is live: its change is the program's, not the rule's") {
    const rules::Program before = compiled(base_rule);
    const rules::Program after =
        compiled(with(base_rule, "Thanks for {{p.title}}", "Many thanks for {{p.title}}"));
    CHECK(after.hash != before.hash);
    CHECK(unit_of(after, "email thanks").hash != unit_of(before, "email thanks").hash);
    CHECK(unit_of(after, "on_order").hash == unit_of(before, "on_order").hash);
}

TEST_CASE("the schema is part of the program's hash, and no rule's that does not use it") {
    const rules::Program before = compiled(base_rule);
    const std::vector<Change> changes = {
        {"score     int = 0", "score     int = 1"},
        {"score     int = 0", "score     int"},
        {"role      one of client, admin", "role      one of client, admin, guest"},
        {"email     email ? unique", "email     email ?"},
        {"tags    list of text", "tags    list of text\n  extra int ?"},
        {"Africa/Nairobi", "Europe/Prague"},
        {"admin (admins)", "admin (boss)"},
    };
    for (const Change& change : changes) {
        INFO(change.part << " → " << change.other);
        std::string rules_text = base_rule;
        if (change.other == "admin (boss)") rules_text += "";
        const rules::Program after =
            compiled({{"a_common.pawl", with(std::string(common_text), change.part, change.other)},
                      {"b_rules.pawl", rules_text}});
        CHECK(after.hash != before.hash);
        CHECK(unit_of(after, "on_order").hash == unit_of(before, "on_order").hash);
    }
}

TEST_CASE("tests are no part of the program's hash") {
    const rules::Program before = compiled(base_rule);
    const rules::Program after = compiled(base_rule + R"(
test "nothing"
  given a = profile with full_name: "A"
  expect a.score is 0
end
)");
    CHECK(after.hash == before.hash);
    CHECK(after.tests.size() == 1);
}

TEST_CASE("flows that call one another have hashes, and a change in one is a change of both") {
    const std::string text = R"(
flow ping(n: int)
  if n > 0 then
    start pong(n: n - 1)
  end
end
flow pong(n: int)
  if n > 0 then
    start ping(n: n - 1)
  end
end
rule go
  when order as order
  then
    run ping(n: order.count)
end
rule stay
  when order as order
  then
    log "stay"
end
)";
    const rules::Program before = compiled(text);
    const rules::Program after =
        compiled(with(text, "start ping(n: n - 1)", "start ping(n: n - 2)"));
    CHECK(unit_of(after, "ping").hash != unit_of(before, "ping").hash);
    CHECK(unit_of(after, "pong").hash != unit_of(before, "pong").hash);
    CHECK(unit_of(after, "go").hash != unit_of(before, "go").hash);
    CHECK(unit_of(after, "stay").hash == unit_of(before, "stay").hash);
    CHECK(unit_of(before, "ping").hash != unit_of(before, "pong").hash);
}

}  // namespace pawl::dsl
