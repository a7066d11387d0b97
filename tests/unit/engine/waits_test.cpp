#include <catch2/catch.hpp>

#include "base/limits.h"
#include "waiting_shop.h"

// What the sentences about waits (tests/conformance) leave open: that an engine which is opened
// anew between any two turns goes on as one that never stopped, over every store; and limits.
// What a wait means is shown there.

namespace pawl::engine {

using namespace waiting;  // NOLINT: the words of these tests

TEST_CASE("an engine opened anew between any two turns goes on as one that never stopped") {
    const rules::Program program = compiled(busy_book);
    const std::vector<Input> inputs = busy_inputs();
    const auto run = [&](Shop& shop) {
        shop.failing["push"] = 9;
        for (const Input& input : inputs) shop.take(input);
        shop.advance(at(600));
    };
    Shop steady(program);
    run(steady);
    // It is no empty match: everything came to its end.
    CHECK(steady.count(R"("kind":"end")") == 13);
    CHECK(steady.count("Ann: 5") == 1);
    CHECK(steady.count("Ann 3 of Amy") == 1);
    CHECK(steady.count("Dan: ") == 0);
    CHECK(steady.count("cancelled by d_cancels") == 1);
    CHECK(steady.count("`unless client.left`") == 1);
    CHECK(steady.count("`client/c4` was deleted") == 2);
    CHECK(steady.count("approved") == 1);
    CHECK(steady.count(R"("kind":"retry")") >= 9);
    CHECK(steady.count("R-1 R-1") == 4);

    const auto kind = GENERATE(Shop::Store::memory, Shop::Store::group, Shop::Store::sqlite);
    const bool restarts = GENERATE(false, true);
    Shop other(program, kind, restarts);
    run(other);
    CHECK(other.lines == steady.lines);
    CHECK_FALSE(other.has_timers());
    for (const char* waiter : {"nudge", "pawl.answer", "pawl.cancel/a_waits"})
        CHECK(other.store().waiters(waiter, "").empty());
    CHECK(other.store().waiters("pawl.cancel/a_waits", "client/c1").empty());
}

TEST_CASE("an attempt has the key that the call had before") {
    const rules::Program program = compiled(busy_book);
    Shop shop(program);
    shop.failing["push"] = 2;
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    shop.advance(at(600));
    REQUIRE(shop.calls.size() == 4);
    CHECK(shop.calls[0].key == "r3/1");
    CHECK(shop.calls[1].key == "r3/1");
    CHECK(shop.calls[2].key == "r3/1");
    CHECK(shop.calls[3].key == "c1");  // once as
}

TEST_CASE("a late or second answer to a call that is tried again is refused") {
    const rules::Program program = compiled(busy_book);
    Shop shop(program);
    shop.answers_calls = false;
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    REQUIRE(shop.calls.size() == 1);
    AnswerInput failed;
    failed.run = shop.calls[0].run;
    failed.intent = shop.calls[0].intent;
    failed.failure = rules::Failure{"503", "call", "busy", "", true, true};
    CHECK_FALSE(shop.engine().process({at(0), failed}).refused);
    CHECK(shop.engine().process({at(0), failed}).refused);
    shop.advance(at(2));
    REQUIRE(shop.calls.size() == 2);
    CHECK_FALSE(shop.engine().process({at(2), failed}).refused);
}

TEST_CASE("one event wakes more runs than a turn has advances: the others go on right after it") {
    const rules::Program program = compiled(
        "event open\n  n int\nend\nevent bell\n  n int\nend\n"
        "rule waits\n  when open\n  then\n    for each i in 1..2 do\n      wait for bell up to 1h\n"
        "        came as b log \"{{b.n}}\"\n        timeout log \"nobody\"\n      end\n    "
        "end\nend\n");
    Shop shop(program);
    const int runs = static_cast<int>(limits::turn_advances_max) + 50;
    for (int i = 0; i < runs; ++i) shop.take(event(0, "open", R"({"n":1})"));
    shop.lines.clear();
    shop.take(event(1, "bell", R"({"n":7})"));
    CHECK(shop.count(R"("text":"7")") == limits::turn_advances_max);
    // Their event is kept, and no other takes its place.
    shop.engine().process(event(1, "bell", R"({"n":8})"));
    shop.advance(at(1));
    CHECK(shop.count(R"("text":"7")") == static_cast<std::size_t>(runs));
    CHECK(shop.count("nobody") == 0);
}

TEST_CASE("a cascade without end takes no waiting run with it") {
    const rules::Program program = compiled(
        "event ping\n  n int\nend\n"
        "rule doubles\n  when ping\n  if ping.n is 1\n  then\n    emit ping with n: 1\n    emit "
        "ping with n: 1\nend\n"
        "rule waits\n  when ping\n  then\n    wait until now - 1h\n    log \"went on\"\nend\n");
    Shop shop(program);
    shop.take(event(0, "ping", R"({"n":1})"));
    CHECK(shop.count("PW1056") == 1);
    shop.advance(at(0));
    const auto begun = shop.count(R"("rule":"waits","run")");
    CHECK(begun > 1000);
    CHECK(shop.count("went on") == begun);
    CHECK(shop.count(R"("status":"success")") >= begun);
    CHECK_FALSE(shop.has_timers());
}

TEST_CASE("a run that such a cascade woke goes on with its event") {
    // Each level has twice the advances of the one before; the bell comes at the first of 8,192.
    const rules::Program program = compiled(
        "event open\n  n int\nend\nevent bell\n  n int\nend\nevent ping\n  n int\nend\n"
        "rule doubles\n  when ping\n  if ping.n < 30\n  then\n    emit ping with n: ping.n + 1\n"
        "    emit ping with n: ping.n + 1\nend\n"
        "rule rings\n  when ping\n  if ping.n is 13\n  then emit bell with n: 5\n"
        "  once per ping.n\nend\n"
        "rule waits\n  when open\n  then\n    wait for bell up to 1h\n      came as b log "
        "\"came {{b.n}}\"\n      timeout log \"nobody\"\n    end\nend\n");
    Shop shop(program);
    shop.take(event(0, "open", R"({"n":1})"));
    shop.take(event(0, "open", R"({"n":2})"));
    shop.take(event(1, "ping", R"({"n":0})"));
    CHECK(shop.count("PW1056") == 1);
    CHECK(shop.count("came 5") == 0);
    shop.advance(at(120));
    CHECK(shop.count("came 5") == 2);
    CHECK(shop.count("nobody") == 0);
}

TEST_CASE("a run finds what its events had, wherever an edit puts their fields meanwhile") {
    const auto book = [](const std::string& order, const std::string& paid) {
        return compiled("event order\n" + order + "end\nevent paid\n" + paid +
                        "end\n"
                        "rule waits\n  when order\n  unless order.c > 5\n  then\n    wait 1h\n"
                        "    log \"a {{order.a}}\"\n"
                        "    wait for paid where paid.n is order.b up to 1h\n"
                        "      came as it log \"by {{it.by}}\"\n    end\nend\n");
    };
    const rules::Program before =
        book("  gone int\n  a int\n  b int\n  c int\n", "  n int\n  by text\n");
    // One is put in in front, one is gone, and the others change places.
    const rules::Program after =
        book("  d int = 7\n  b int\n  c int\n  a int\n", "  by text\n  n int\n");
    Shop shop(before, Shop::Store::sqlite);
    shop.take(event(0, "order", R"({"gone":9,"a":1,"b":2,"c":3})"));
    shop.take(event(1, "paid", R"({"n":2,"by":"ann"})"));
    shop.restart(after);
    shop.advance(at(70));
    CHECK(shop.count("a 1") == 1);
    CHECK(shop.count("by ann") == 1);
    // What the run has was written anew in the other order, and goes back into the first.
    Shop other(before, Shop::Store::sqlite);
    other.take(event(0, "order", R"({"gone":9,"a":1,"b":2,"c":3})"));
    other.restart(after);
    other.advance(at(65));
    other.restart(before);
    other.take(event(70, "paid", R"({"n":2,"by":"ann"})"));
    CHECK(other.count("by ann") == 1);
}

TEST_CASE("so do patterns that are open, and what was put off") {
    const auto book = [](const std::string& order) {
        return compiled(
            "event order\n" + order +
            "end\nevent paid\n  n int\nend\n"
            "rule pays\n  when order followed by paid within 2h\n  then\n"
            "    log \"pays {{order.a}} {{order.b}}\"\nend\n"
            "rule unpaid\n  when order not followed by paid within 1h\n  then\n"
            "    log \"unpaid {{order.a}} {{order.b}}\"\nend\n"
            "rule twice\n  when 2 order within 2h all as both\n  then\n"
            "    for each it in both do\n      log \"twice {{it.a}} {{it.b}}\"\n    end\nend\n"
            "rule calm\n  when order as it\n  then\n    log \"calm {{it.a}} {{it.b}}\"\n"
            "  debounce for 30min\nend\n"
            "rule paced\n  when order followed by paid within 2h\n  then\n"
            "    log \"paced {{order.a}} {{order.b}}\"\n  debounce for 30min\nend\n"
            "rule later\n  when 1 order within 2h all as both\n  then\n    wait 30min\n"
            "    log \"later {{sum(o.a for o in both)}}\"\nend\n");
    };
    const rules::Program before = book("  a int\n  b int\n  c int\n");
    const rules::Program after = book("  d int = 7\n  c int\n  b int\n  a int\n");
    Shop shop(before, Shop::Store::sqlite);
    shop.take(event(0, "order", R"({"a":1,"b":2,"c":3})"));
    shop.restart(after);
    shop.advance(at(40));
    CHECK(shop.count("calm 1 2") == 1);
    CHECK(shop.count("later 1") == 1);
    shop.take(event(50, "order", R"({"a":5,"b":6,"c":7})"));
    CHECK(shop.count("twice 1 2") == 1);
    CHECK(shop.count("twice 5 6") == 1);
    shop.advance(at(61));
    CHECK(shop.count("unpaid 1 2") == 1);

    Shop other(before, Shop::Store::sqlite);
    other.take(event(0, "order", R"({"a":1,"b":2,"c":3})"));
    other.restart(after);
    other.take(event(50, "paid", R"({"n":2})"));
    CHECK(other.count("pays 1 2") == 1);
    other.restart(before);
    other.advance(at(90));
    CHECK(other.count("paced 1 2") == 1);
}

TEST_CASE("an event that came before a run was ready is one, though its declaration grows") {
    const auto book = [](const std::string& paid) {
        return compiled(
            "entity till\n  n int\nend\nevent order\n  till -> till\nend\nevent paid\n" + paid +
            "end\n"
            "rule waits\n  when order\n  then\n    wait 1h\n"
            "    wait for paid where paid.n is order.till.n up to 1h\n"
            "      came as it log \"first by {{it.by}}\"\n    end\n"
            "    wait for paid where paid.n is order.till.n up to 1h\n"
            "      came as it log \"second by {{it.by}}\"\n      timeout log \"once\"\n    end\n"
            "end\n");
    };
    const rules::Program before = book("  n int\n  by text\n");
    const rules::Program after = book("  n int\n  by text\n  more int ?\n");
    Shop shop(before, Shop::Store::sqlite);
    shop.take(create(0, "till", R"({"id":"t1","n":2})"));
    shop.take(event(0, "order", R"({"till":"t1"})"));
    shop.take(event(1, "paid", R"({"n":2,"by":"ann"})"));
    shop.restart(after);
    shop.advance(at(200));
    CHECK(shop.count("first by ann") == 1);
    CHECK(shop.count("second by") == 0);
    CHECK(shop.count("once") == 1);
}

}  // namespace pawl::engine
