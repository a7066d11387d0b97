#include <catch2/catch.hpp>
#include <functional>

#include "waiting_shop.h"

// Runs that wait while their rulebook is edited.

namespace pawl::engine {

using namespace waiting;  // NOLINT: the words of these tests

namespace {

// A rulebook whose texts say `word`, with more declarations.
rules::Program worded(const std::string& word, const std::string& more = "",
                      const std::string& rule_head = "rule waits \"Waits\"") {
    const std::string text = R"(
roles admin (admins)

entity client
  name text
  left bool = false
END

event nudge about client
  client -> client
  amount int
end

template email hello (client: client)
  subject "WORD to {{client.name}}"
  body "hello"
end

test "a client has a name"
  given c = client with name: "Dina"
  expect c.name is "Dina"
end

define shown(client: client) = "{{client.name}} WORD"

flow inside(client: client) -> int
  wait 10min
  log "flow WORD of {{shown(client: client)}}"
  return 1
end

RULE
  when client is created
  unless client.left and client.name is "WORD"
  then
    wait 10min
    log "WORD 1"
    let n = run inside(client: client)
    send email hello to "a@b.c" with client: client
    wait for nudge where nudge.client is client up to 1h
      came as e log "WORD {{e.amount}}"
      timeout   log "WORD nothing"
    end
end
)";
    std::string made;
    for (std::size_t at = 0; at < text.size();) {
        const auto take = [&](std::string_view mark, const std::string& instead) {
            if (text.compare(at, mark.size(), mark) != 0) return false;
            made += instead;
            at += mark.size();
            return true;
        };
        if (take("WORD", word) || take("RULE", rule_head) || take("END", "end" + more)) continue;
        made += text[at++];
    }
    return compiled(made);
}

}  // namespace

TEST_CASE("a run whose rule was edited while it waited fails when it wakes, and says so") {
    const std::string entity = "entity client\n  name text\nend\nevent nudge\n  name text\nend\n";
    const std::string service =
        "service pay\n  action push(reference: text)\n    answers receipt text\n"
        "    sample receipt: \"R-1\"\n  end\nend\nroles admin (admins)\n";
    const auto book = [&](const std::string& text) {
        return compiled(
            entity + service +
            "rule by_time\n  when client is created\n  then\n    wait 1h\n    log \"" + text +
            "\"\nend\n"
            "rule by_event\n  when client is created\n  then\n    wait for nudge up to 2h\n    "
            "  came log \"" +
            text +
            "\"\n    end\nend\n"
            "rule by_call\n  when client is created\n  then\n    let a = call pay.push(reference: "
            "client.name)\n    log \"" +
            text +
            "\"\nend\n"
            "rule by_answer\n  when client is created\n  then\n    ask admins \"?\" up to 3h\n     "
            " "
            "approved log \"" +
            text + "\"\n    end\nend\nrule same\n  when client is created\n  then\n    wait 1h\n" +
            "    log \"the same\"\nend\n");
    };
    const rules::Program before = book("before");
    const rules::Program after = book("after");
    Shop shop(before, Shop::Store::sqlite);
    shop.answers_calls = false;
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    REQUIRE(shop.count(R"("kind":"fire")") == 5);
    shop.restart(after);
    const std::string why =
        " was edited while this run waited, and it cannot go on with the text "
        "that it began with";

    shop.take(event(1, "nudge", R"({"name":"x"})"));
    CHECK(shop.count(R"("kind":"end")") == 0);
    shop.take({at(2), ReplyCommand{"", true, "ann"}});
    CHECK(shop.count("PW0952") == 1);
    AnswerInput answer;
    answer.run = shop.calls.at(0).run;
    answer.intent = shop.calls.at(0).intent;
    answer.answer = parse_json(R"({"receipt":"R-1"})").value();
    shop.take({at(3), answer});
    CHECK(shop.count("rule by_call" + why) == 1);
    shop.advance(at(60));
    CHECK(shop.count("rule by_time" + why) == 1);
    CHECK(shop.count("the same") == 1);
    shop.advance(at(120));
    CHECK(shop.count("rule by_event" + why) == 1);
    shop.take({at(121), CancelCommand{"r1", "ann"}});
    CHECK(shop.count(R"("status":"cancelled","error":"cancelled by ann","rule":"by_answer")") == 1);
    CHECK(shop.count("PW1061") == 3);
    CHECK_FALSE(shop.has_timers());
}

TEST_CASE("a run goes on with the text that it began with, new ones take the new text") {
    rules::Program old_text = worded("old");
    // Places move in the new rulebook: entities, fields, events, units.
    rules::Program new_text =
        worded("new",
               "\n\nentity aardvark\n  name text\nend\n\nevent abc\n  n int\nend\n\n"
               "rule aaa\n  when aardvark is created\n  then log \"a\"\nend");
    Shop shop(old_text, Shop::Store::sqlite);
    REQUIRE(shop.restart_with_former(old_text).empty());
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    shop.take(create(0, "client", R"({"id":"c2","name":"Bob"})"));
    shop.take(create(0, "client", R"({"id":"c3","name":"Cid"})"));
    REQUIRE(shop.restart_with_former(new_text).empty());
    CHECK(shop.former_texts() == 1);
    shop.take(create(1, "client", R"({"id":"c4","name":"Dan"})"));
    // Its former `unless` is still read when the wait ends, with the names of now.
    shop.take({at(5), ChangeCommand{"client", "c3",
                                    parse_json(R"({"left":true,"name":"old"})").value(), "", ""}});
    shop.advance(at(10));
    CHECK(shop.count(R"("text":"old 1")") == 2);
    CHECK(shop.count("its `unless client.left") == 1);
    shop.advance(at(11));
    CHECK(shop.count(R"("text":"new 1")") == 1);
    // Again, in the middle of its flow; the text is still there.
    rules::Program again = new_text;
    again = worded("new", "\n\nevent abb\n  n int\nend");
    REQUIRE(shop.restart_with_former(again).empty());
    shop.advance(at(21));
    CHECK(shop.count("flow old of Ann old") == 1);
    CHECK(shop.count("flow new of Dan new") == 1);
    // Templates are as they are now.
    CHECK(shop.count(R"("subject":"new to Ann")") == 1);
    shop.take(event(22, "nudge", R"({"client":"c1","amount":5})"));
    shop.take(event(22, "nudge", R"({"client":"c4","amount":6})"));
    CHECK(shop.count(R"("text":"old 5")") == 1);
    CHECK(shop.count(R"("text":"new 6")") == 1);
    shop.advance(at(200));
    CHECK(shop.count("old nothing") == 1);
    CHECK(shop.count("PW1061") == 0);
    CHECK_FALSE(shop.has_timers());
    // Nobody stands in it any more.
    rules::Program last = worded("new", "\n\nevent abb\n  n int\nend");
    REQUIRE(shop.restart_with_former(last).empty());
    CHECK(shop.former_texts() == 0);
}

TEST_CASE("a title, a comment and another place in the file make no other text") {
    rules::Program titled = worded("old");
    rules::Program other =
        worded("old", "", "# another\n\nrule waits \"Waits, as one says\"   # it does");
    CHECK_FALSE(titled.hash == other.hash);  // it is shown
    Shop shop(titled, Shop::Store::sqlite);
    REQUIRE(shop.restart_with_former(titled).empty());
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    shop.restart(other);
    shop.advance(at(30));
    CHECK(shop.count(R"("text":"old 1")") == 1);
    CHECK(shop.count("PW1061") == 0);
}

TEST_CASE("a run goes on when its rule was renamed or taken out") {
    rules::Program before = worded("old");
    rules::Program renamed = worded("new", "", "rule listens \"Listens\" renamed from waits");
    rules::Program gone = worded("new", "",
                                 "rule other\n  when nudge\n  then log \"x\"\nend\nrule "
                                 "apart \"Apart\"");
    rules::Program& after = GENERATE_REF(std::ref(renamed), std::ref(gone));
    Shop shop(before, Shop::Store::sqlite);
    REQUIRE(shop.restart_with_former(before).empty());
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    REQUIRE(shop.restart_with_former(after).empty());
    shop.advance(at(200));
    CHECK(shop.count(R"("text":"old 1")") == 1);
    CHECK(shop.count("flow old of Ann old") == 1);
    CHECK(shop.count("old nothing") == 1);
    CHECK(shop.count(R"("status":"success")") == 1);
}

TEST_CASE("a run whose text names what is gone cannot go on, until it is put back") {
    const std::string extra =
        "\n\nentity note\n  text text\nend\n\n"
        "rule noted\n  when client is created\n  then\n    wait 1h\n"
        "    create note with text: client.name\nend";
    rules::Program before = worded("old", extra);
    rules::Program without = worded("old");
    Shop shop(before, Shop::Store::sqlite);
    REQUIRE(shop.restart_with_former(before).empty());
    shop.take(create(0, "client", R"({"id":"c1","name":"Ann"})"));
    const auto lost = shop.restart_with_former(without);
    REQUIRE(lost.size() == 1);
    CHECK(lost[0] ==
          "runs that wait in rule noted cannot go on with the text that they began with: there is "
          "no entity `note`");
    const bool is_put_back = GENERATE(true, false);
    rules::Program again = worded("old", extra + "\n# put back");
    if (is_put_back) REQUIRE(shop.restart_with_former(again).empty());
    shop.advance(at(60));
    CHECK(shop.count("PW1061") == (is_put_back ? 0 : 1));
    CHECK(shop.count(R"("entity":"note")") == (is_put_back ? 1 : 0));
    CHECK(shop.count(R"("text":"old 1")") == 1);
}

}  // namespace pawl::engine
