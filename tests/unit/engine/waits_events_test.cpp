#include <catch2/catch.hpp>

#include "base/limits.h"
#include "waiting_shop.h"

// By which keys waiting runs are found, and what becomes of events that overtake them.

namespace pawl::engine {

using namespace waiting;  // NOLINT: the words of these tests

TEST_CASE("of the events that overtake a run so many are kept, the earliest") {
    const rules::Program program = compiled(
        "event open\n  n int\nend\nevent bell\n  n int\nend\n"
        "rule waits\n  when open\n  then\n    wait 1h\n    for each i in 1..200 do\n"
        "      wait for bell up to 1h\n        came as b log \"bell {{b.n}}\"\n        timeout "
        "stop\n"
        "      end\n    end\nend\n");
    const int more = GENERATE(0, 1);
    Shop shop(program);
    shop.take(event(0, "open", R"({"n":1})"));
    const int kept = static_cast<int>(limits::overtaking_events_max);
    for (int i = 1; i <= kept + more; ++i)
        shop.take(event(1, "bell", R"({"n":)" + std::to_string(i) + "}"));
    shop.advance(at(60));
    CHECK(shop.count("bell ") == static_cast<std::size_t>(kept));
    CHECK(shop.count("bell " + std::to_string(kept) + "\"") == 1);
    CHECK(shop.count("bell " + std::to_string(kept + 1) + "\"") == 0);
}

TEST_CASE("what is kept for the next wait does not end the one before it") {
    const rules::Program program = compiled(
        "event open\n  n int\nend\nevent bell\n  n int\nend\nevent ring\n  n int\nend\n"
        "rule waits\n  when open\n  then\n"
        "    wait for bell up to 1h\n      came as b log \"bell {{b.n}}\"\n"
        "      timeout log \"no bell\"\n    end\n"
        "    wait for ring up to 1h\n      came as r log \"ring {{r.n}}\"\n"
        "      timeout log \"no ring\"\n    end\nend\n");
    Shop shop(program);
    shop.take(event(0, "open", R"({"n":1})"));
    shop.take(event(1, "ring", R"({"n":7})"));
    // An equal one of another type is not the one that is kept.
    const bool comes = GENERATE(false, true);
    if (comes) shop.take(event(2, "bell", R"({"n":7})"));
    shop.advance(at(60));
    CHECK(shop.count("no bell") == (comes ? 0u : 1u));
    CHECK(shop.count("bell 7") == (comes ? 1u : 0u));
    CHECK(shop.count("ring 7") == 1);
}

TEST_CASE("a run is found by the key of what it waits for, now or next") {
    const rules::Program program = compiled(
        "entity client\n  name text\nend\n"
        "event joined\n  client -> client\nend\n"
        "event order about client\n  client -> client\n  n int\nend\n"
        "rule waits\n  when joined\n  let client = joined.client\n  then\n"
        "    wait for order where client is order.client and order.n > 0 up to 1h\n"
        "      came as o log \"{{o.n}}\"\n    end\nend\n"
        "rule waits_first\n  when joined\n  let client = joined.client\n  then\n    wait 1min\n"
        "    wait for order where order.client is client up to 1h\n"
        "      came as o log \"{{o.n}}\"\n    end\nend\n"
        "rule waits_afresh\n  when joined\n  then\n    wait 1min\n"
        "    wait for order where order.n is length(joined.client.name) up to 1h\n"
        "      came as o log \"{{o.n}}\"\n    end\nend\n"
        "rule waits_in_vain\n  when joined\n  then\n"
        "    wait for order where order.client is joined.client up to 1h end\nend\n");
    Shop shop(program);
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    shop.take(event(0, "joined", R"({"client":"c1"})"));
    const auto reference = shop.engine().find_record("client", "c1");
    REQUIRE(reference);
    const std::string key = "rclient/" + std::to_string(reference->key);
    // The key of r2 is another; it stands before the wait, as r3 does.
    CHECK(shop.store().waiters("order", "").empty());
    CHECK(shop.store().waiters("order", key) == std::vector<RunNumber>{1, 3, 4});
    CHECK(shop.store().waiters("order", "i3") == std::vector<RunNumber>{2});
    shop.take(event(0, "joined", R"({"client":"nobody"})"));
    // Nobody is known of nobody: what must equal something missing never comes.
    CHECK(shop.store().waiters("order", "").empty());
}

TEST_CASE("a run that is yet to find out what it waits for is not written for strangers' events") {
    const rules::Program program = compiled(
        "service pay\n  action push(reference: text)\n    answers receipt text\n"
        "    sample receipt: \"R-1\"\n  end\nend\n"
        "event open\n  n int\nend\nevent paid\n  receipt text\n  n int\nend\n"
        "rule pays\n  when open\n  then\n    let reply = call pay.push(reference: \"x\")\n"
        "    for each i in 1..3 do\n"
        "      wait for paid where paid.receipt is reply.receipt up to 1h\n"
        "        came as p log \"paid {{p.n}}\"\n        timeout log \"nothing\"\n      end\n"
        "    end\nend\n");
    const auto kind = GENERATE(Shop::Store::memory, Shop::Store::group, Shop::Store::sqlite);
    Shop shop(program, kind, GENERATE(false, true));
    shop.answers_calls = false;
    // What came before the call is not for it.
    shop.take(event(0, "paid", R"({"receipt":"R-1","n":1})"));
    shop.take(event(1, "open", R"({"n":1})"));
    const auto before = shop.store().run(1);
    REQUIRE(before != nullptr);
    for (int i = 0; i < 300; ++i)
        shop.take(event(2, "paid", R"({"receipt":"stranger )" + std::to_string(i) + R"(","n":2})"));
    CHECK(shop.store().run(1)->overtaking.empty());
    CHECK(shop.store().waiters("paid", "").empty());
    shop.take(event(2, "paid", R"({"receipt":"R-1","n":3})"));
    shop.take(event(2, "paid", R"({"receipt":"R-1","n":4})"));
    AnswerInput answer;
    answer.run = shop.calls.at(0).run;
    answer.intent = shop.calls.at(0).intent;
    answer.answer = parse_json(R"({"receipt":"R-1"})").value();
    shop.take({at(3), answer});
    CHECK(shop.count("\"paid 3\"") == 1);
    CHECK(shop.count("\"paid 4\"") == 1);
    shop.take(event(4, "paid", R"({"receipt":"R-1","n":5})"));
    CHECK(shop.count("\"paid 5\"") == 1);
    CHECK(shop.count("\"paid ") == 3);
    CHECK(shop.store().run(1) == nullptr);
}

TEST_CASE(
    "a second `wait for` sees what came during the first, and two of one turn wake it twice") {
    const rules::Program program = compiled(
        "event open\n  n int\nend\nevent bell\n  n int\nend\nevent gong\n  n int\nend\n"
        "event both\n  n int\nend\n"
        "rule waits\n  when open\n  then\n"
        "    wait for bell where bell.n is open.n up to 1h\n"
        "      came as b log \"bell {{b.n}}\"\n    end\n"
        "    wait for gong where gong.n is open.n + 1 up to 1h\n"
        "      came as g log \"gong {{g.n}}\"\n      timeout log \"no gong\"\n    end\n"
        "    wait for bell where bell.n is open.n up to 1h\n"
        "      came as b log \"again {{b.n}}\"\n      timeout log \"not again\"\n    end\nend\n"
        "rule rings\n  when both\n  then\n    emit gong with n: both.n + 1\n"
        "    emit bell with n: both.n\n    emit bell with n: both.n\nend\n");
    const auto kind = GENERATE(Shop::Store::memory, Shop::Store::group, Shop::Store::sqlite);
    Shop shop(program, kind, GENERATE(false, true));
    shop.take(event(0, "open", R"({"n":1})"));
    SECTION("what came during the first wait, of others nothing") {
        shop.take(event(1, "gong", R"({"n":7})"));
        shop.take(event(1, "gong", R"({"n":2})"));
        shop.take(event(2, "bell", R"({"n":1})"));
        CHECK(shop.count("gong 2") == 1);
        CHECK(shop.count("again") == 0);
        shop.advance(at(200));
        CHECK(shop.count("not again") == 1);
    }
    SECTION("all in one turn") {
        shop.take(event(1, "both", R"({"n":1})"));
        CHECK(shop.count("\"bell 1") == 1);
        CHECK(shop.count("gong 2") == 1);
        // The second bell rang before the wait for the gong began: the last wait is not for it.
        shop.advance(at(200));
        CHECK(shop.count("not again") == 1);
    }
    CHECK_FALSE(shop.has_timers());
}

}  // namespace pawl::engine
