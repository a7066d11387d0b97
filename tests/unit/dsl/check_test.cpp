#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dsl/compile.h"

// What the checker takes and what it refuses, in rulebooks of a few lines. The wording of messages
// is in tests/language/fail.

namespace {

using namespace pawl;

const std::string header = R"(rulebook shop
  pawl 1
  timezone Africa/Nairobi
  currency KES
end

roles client (clients), admin (admins) of profile.role

entity profile
  full_name text
  email     email ?
  role      one of client, admin = client
end

entity order
  client -> profile
  title  text
  status one of pending, paid, sent, closed = pending
  total  money
  count  int = 0
  note   text ?
  editor -> profile ?
end

)";

std::vector<std::string> codes(const std::string& text) {
    SourceSet sources;
    sources.add("book.pawl", header + text);
    std::vector<std::string> found;
    for (const Diagnostic& diagnostic : dsl::check_rulebook(sources))
        found.push_back(diagnostic_code_text(diagnostic.code));
    return found;
}

std::vector<std::string> codes_of_body(const std::string& body) {
    return codes("rule watch\n  when order.status becomes sent\n  then\n" + body + "\nend\n");
}

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("a value that may be missing is proven by what stands before it") {
    const std::string use = "set order.title to order.note\n";
    CHECK(codes_of_body(use) == Codes{"PW0303"});
    CHECK(codes_of_body("if order.note is present then " + use + "end").empty());
    CHECK(codes_of_body("if order.note is missing then stop end " + use).empty());
    CHECK(codes_of_body("if order.note is missing then log \"x\" end " + use) == Codes{"PW0303"});
    CHECK(codes_of_body("if order.note is \"x\" then " + use + "end").empty());
    CHECK(codes_of_body("if not (order.note is missing) then " + use + "end").empty());
    CHECK(
        codes_of_body("if order.count > 5 and order.note is present then " + use + "end").empty());
    CHECK(codes_of_body("if order.count > 5 or order.note is present then " + use + "end") ==
          Codes{"PW0303"});
    CHECK(
        codes_of_body("if order.note is missing or order.count < 5 then stop end " + use).empty());
    CHECK(codes_of_body("if order.note is present then log \"x\" else stop end " + use).empty());
    CHECK(codes_of_body("if order.note is present then log \"x\" else " + use + "end") ==
          Codes{"PW0303"});
}

TEST_CASE("what was proven of a field is forgotten when the field is changed") {
    CHECK(codes_of_body("if order.note is missing then stop end\n"
                        "clear order.note\n"
                        "set order.title to order.note") == Codes{"PW0303"});
    CHECK(codes_of_body("set order.note to \"x\"\nset order.title to order.note").empty());
}

TEST_CASE("a path is proven through its parts") {
    const std::string use = "set order.title to order.editor.full_name\n";
    CHECK(codes_of_body(use) == Codes{"PW0303"});
    CHECK(codes_of_body("if order.editor is present then " + use + "end").empty());
    CHECK(codes_of_body("let editor = order.editor\nif editor is missing then stop end\n" + use)
              .empty());
}

TEST_CASE("a rule's own conditions prove for its statements") {
    CHECK(codes("rule watch\n  when order is updated\n  if order.note is present\n  then\n"
                "    set order.title to order.note\nend\n")
              .empty());
    CHECK(codes("rule watch\n  when order is updated\n  unless order.note is missing\n  then\n"
                "    set order.title to order.note\nend\n")
              .empty());
}

TEST_CASE("the answer of first is tested before it is changed") {
    const std::string let = "let other = first o in order where o.client is order.client\n";
    CHECK(codes_of_body(let + "set other.count to 1") == Codes{"PW0303"});
    CHECK(codes_of_body(let + "if other is missing then stop end\nset other.count to 1").empty());
}

TEST_CASE("digits are money beside money, and a number beside a number") {
    CHECK(codes_of_body("set order.total to order.total + 5").empty());
    CHECK(codes_of_body("set order.total to -5").empty());
    CHECK(codes_of_body("set order.total to order.total * 2").empty());
    CHECK(codes_of_body("set order.total to order.total / 3").empty());
    CHECK(codes_of_body("set order.total to order.count") == Codes{"PW0301"});
    CHECK(codes_of_body("set order.count to order.total / 5 KES or default 0") ==
          Codes{"PW0301", "PW0607"});
    CHECK(codes_of_body("if order.total between 5 and 10.50 then log \"x\" end").empty());
}

TEST_CASE("names are found by position") {
    // Beside a status its values come first, elsewhere locals do.
    CHECK(codes_of_body("if order.status is paid then log \"x\" end").empty());
    CHECK(codes_of_body("if paid is order.status then log \"x\" end").empty());
    CHECK(codes_of_body("if order.status in [paid, sent] then log \"x\" end").empty());
    CHECK(codes_of_body("let order_total = order.total\nlog \"{{order_total}}\"").empty());
    // After `in`, a local that is no list leaves room for the entity.
    CHECK(codes_of_body("log \"{{count(o in order where o.count > 1)}}\"").empty());
}

TEST_CASE("a name is not in scope in its own let and ends with its block") {
    CHECK(codes_of_body("let n = n + 1\nlog \"{{n}}\"") == Codes{"PW0201"});
    CHECK(codes_of_body("if order.count > 1 then let n = 1 log \"{{n}}\" end\nlog \"{{n}}\"") ==
          Codes{"PW0201"});
    CHECK(codes_of_body("if order.count > 1 then let n = 1 log \"{{n}}\" end\n"
                        "let n = 2 log \"{{n}}\"")
              .empty());
}

TEST_CASE("one mistake is one message") {
    // What hangs on a name that is not known is silent.
    CHECK(codes_of_body("let other = first o in ordr where o.total > 5\n"
                        "if other is present then set other.status to paid end") ==
          Codes{"PW0201"});
    // A field that was renamed is told once, at its declaration.
    const std::string three =
        "set order.titel to \"a\"\nset order.titel to \"b\"\n"
        "log \"{{order.titel}}\"";
    CHECK(codes_of_body(three) == Codes{"PW0205"});
}

TEST_CASE("a declaration with a syntax mistake is not told again where it is used") {
    CHECK(codes("flow thank(order: order)\n  lgo \"x\"\nend\n\n"
                "rule watch\n  when order is updated\n  then\n    run thank(order: order)\nend\n")
              .size() == 1);
    CHECK(codes("entity payment\n  amount mony = = 5\nend\n\n"
                "rule watch\n  when payment is created\n  then\n    log \"{{payment.amount}}\"\n"
                "end\n")
              .size() == 1);
}

TEST_CASE("a change gives the field's own type") {
    const auto change = [](const std::string& trigger, const std::string& body) {
        return codes("rule watch\n  when " + trigger + " as change\n  then\n" + body + "\nend\n");
    };
    CHECK(change("order.count changes", "if change.from < change.to then log \"x\" end").empty());
    CHECK(change("order.status changes", "if change.to is paid then log \"x\" end").empty());
    CHECK(change("order.status changes", "if change.to is payd then log \"x\" end") ==
          Codes{"PW0206"});
    CHECK(change("order.status changes", "log \"{{change.by.full_name}} {{change.reason}}\"")
              .empty());
}

TEST_CASE("the program does not depend on where declarations stand") {
    const std::string first =
        header + "rule a\n  when order is updated\n  then\n    log \"a\"\nend\n";
    const std::string second =
        "event b_event\n  kind one of x, y\n  order -> order\nend\n\n"
        "rule b\n  when b_event\n  if b_event.kind is x\n  then\n    log \"b\"\nend\n";
    const auto compiled = [](std::vector<std::pair<std::string, std::string>> files) {
        SourceSet sources;
        for (auto& [path, text] : files) sources.add(path, text);
        auto compilation = dsl::compile(sources);
        REQUIRE(compilation.program.has_value());
        return compilation.program->hash.hex();
    };
    const std::string one = compiled({{"a.pawl", first + "\n" + second}});
    CHECK(compiled({{"a.pawl", first}, {"b.pawl", second}}) == one);
    CHECK(compiled({{"a.pawl", second}, {"b.pawl", first}}) == one);
}

TEST_CASE("an expression by itself sees the fields of its record") {
    const std::vector<dsl::ExpressionName> names = {{"amount", rules::TypeKind::number},
                                                    {"name", rules::TypeKind::text}};
    CHECK(dsl::compile_expression("amount * 2 > 5 and name is \"x\"", names).program.has_value());
    CHECK(!dsl::compile_expression("amout * 2", names).program.has_value());
    CHECK(!dsl::compile_expression("amount + name", names).program.has_value());
    CHECK(!dsl::compile_expression("amount +", names).program.has_value());
}
