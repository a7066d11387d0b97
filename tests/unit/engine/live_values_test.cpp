#include <catch2/catch.hpp>

#include "waiting_shop.h"

// Which fields of its event a waiting run keeps: all that it may still read, and no other.

namespace pawl::engine {

using namespace waiting;  // NOLINT: the words of these tests

namespace {

// Of a rule with that beginning and that body, once it waits for the first time: the names of the
// fields that it has.
std::string kept_in(const rules::Program& program) {
    Shop shop(program, Shop::Store::sqlite);
    shop.take(event(0, "order", R"({"a":1,"b":2,"c":3,"d":4})"));
    const auto run = shop.store().run(1);
    REQUIRE(run != nullptr);
    std::string kept;
    for (const rules::Value& local : run->frames.front().locals) {
        if (local.kind() != rules::Kind::record) continue;
        for (std::size_t i = 0; i < local.as_record().size(); ++i)
            if (!local.as_record()[i].is_missing())
                kept += program.schema.events[0].fields[i].name + " ";
    }
    return kept.empty() ? "nothing" : kept.substr(0, kept.size() - 1);
}

rules::Program rule_with(const std::string& clauses, const std::string& body) {
    return compiled(
        "service pay\n  action push(n: int)\n    answers receipt text\n"
        "    sample receipt: \"R-1\"\n  end\nend\n"
        "event order\n  a int\n  b int\n  c int\n  d int\nend\n"
        "event paid\n  n int\nend\n"
        "flow later(n: int) -> int\n  wait 1h\n  return n\nend\n"
        "rule waits\n  when order\n" +
        clauses + "  then\n" + body + "end\n");
}

}  // namespace

TEST_CASE("a waiting run keeps of its event what it may still read") {
    struct Row {
        std::string clauses, body, kept;
    };
    const Row row = GENERATE(values<Row>({
        {"", "    log \"{{order.a}}\"\n    wait 1h\n    log \"over\"\n", "nothing"},
        {"  if order.a > 0\n", "    wait 1h\n    log \"{{order.b}}\"\n", "b"},
        // Moved to another text it may come to anything.
        {"", "    wait 1h\n    log \"{{order.b}}\"\n  on change move\n", "a b c d"},
        // Read when it wakes, to see whether it is over.
        {"  unless order.c > 5\n", "    wait 1h\n    log \"{{order.b}}\"\n", "b c"},
        // The loop comes back to what stands before the wait.
        {"",
         "    log \"{{order.d}}\"\n    for each i in 1..2 do\n      log \"{{order.a}}\"\n"
         "      wait 1h\n    end\n",
         "a"},
        // Only one of the ways goes on so, and only one of them is gone.
        {"",
         "    if order.a > 0 then\n      wait 1h\n      log \"{{order.b}}\"\n    else\n"
         "      log \"{{order.c}}\"\n    end\n    log \"{{order.d}}\"\n",
         "b d"},
        // By which a later event is awaited.
        {"",
         "    wait 1h\n    wait for paid where paid.n is order.a up to 1h\n"
         "      came log \"paid\"\n    end\n",
         "a"},
        {"",
         "    wait for paid where paid.n > order.a up to 1h\n      came log \"paid\"\n    end\n",
         "a"},
        // What failed is done again from its beginning, or told.
        {"",
         "    try\n      log \"{{order.a}}\"\n      wait 1h\n      let r = call pay.push(n: 1)\n"
         "      log \"paid\"\n      retry 2 times from 5min\n    on failure as error\n      log "
         "\"{{order.c}}\"\n    end\n",
         "a c"},
        {"",
         "    try\n      log \"{{order.a}}\"\n      wait 1h\n      let r = call pay.push(n: 1)\n"
         "    on failure as error\n      log \"{{order.c}}\"\n    end\n",
         "c"},
        // In the flow that it runs it waits, too; its argument is the flow's.
        {"", "    let n = run later(n: order.a)\n    log \"{{n}} {{order.b}}\"\n", "b"},
        // A call that waits for its answer has its arguments.
        {"", "    let r = call pay.push(n: order.a)\n    wait 1h\n    log \"{{order.d}}\"\n", "d"},
        {"", "    let n = order.a + order.b\n    wait 1h\n    log \"{{n}}\"\n", "nothing"},
    }));
    CAPTURE(row.clauses, row.body);
    CHECK(kept_in(rule_with(row.clauses, row.body)) == row.kept);
}

}  // namespace pawl::engine
