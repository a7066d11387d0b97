#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>

#include "base/diagnostic_render.h"
#include "base/limits.h"
#include "dsl/compile.h"
#include "engine/engine.h"
#include "engine/happening_json.h"
#include "engine/store/group_store.h"
#include "store_folder.h"

// What the sentences about waits (tests/conformance) leave open: that an engine which is opened
// anew between any two turns goes on as one that never stopped, over every store; limits; programs
// that were edited meanwhile. What a wait means is shown there.

namespace pawl::engine {

namespace {

constexpr std::int64_t minute = 60 * micros_per_second;

Instant at(std::int64_t minutes) { return {minutes * minute}; }

rules::Program compiled(const std::string& text) {
    SourceSet sources;
    sources.add("book.pawl", "rulebook shop\n  pawl 1\n  timezone Africa/Nairobi\nend\n" + text);
    dsl::Compilation made = dsl::compile(sources);
    std::string mistakes;
    for (const Diagnostic& each : made.diagnostics)
        mistakes += render_diagnostic(each, sources, Color::off);
    INFO(mistakes);
    REQUIRE(made.program);
    return std::move(*made.program);
}

Input event(std::int64_t minutes, const std::string& type, const std::string& data) {
    static int number = 0;
    return {at(minutes),
            EventInput{R"({"specversion":"1.0","id":"e)" + std::to_string(++number) +
                       R"(","source":"/t","type":")" + type + R"(","data":)" + data + "}"}};
}

Input create(std::int64_t minutes, const std::string& entity, const std::string& values) {
    return {at(minutes), CreateCommand{entity, parse_json(values).value(), ""}};
}

// An engine over a store, with the outside world: the first calls of an action fail.
class Shop {
 public:
    enum class Store : std::uint8_t { memory, sqlite, group };

    explicit Shop(const rules::Program& program, Store kind = Store::memory, bool restarts = false)
        : program_(&program), kind_(kind), restarts_(restarts) {
        open();
        begin({});
    }

    std::map<std::string, int> failing;  // calls that still fail, by action
    bool answers_calls = true;
    std::vector<std::string> lines;  // happening_json.h
    std::vector<OutgoingCall> calls;

    void take(const Input& input) {
        advance(input.arrival);
        turn(engine_->process(input));
    }

    // What is due until then.
    void advance(Instant until) {
        for (;;) {
            const auto due = engine_->next_due();
            if (!due || *due > until) break;
            const auto result = engine_->process_due(*due);
            if (result) turn(*result);
        }
        now_ = std::max(now_, until);
    }

    // The engine stops, and another goes on over its store with that program.
    void restart(const rules::Program& program) {
        program_ = &program;
        engine_.reset();
        if (kind_ == Store::group) flush();
        group_.reset();
        if (kind_ == Store::sqlite) store_.reset();
        open();
        begin(now_);
    }

    engine::Store& store() { return group_ != nullptr ? *group_ : *store_; }
    Engine& engine() { return *engine_; }

    std::size_t count(const std::string& part) const {
        return static_cast<std::size_t>(std::count_if(
            lines.begin(), lines.end(),
            [&](const std::string& line) { return line.find(part) != std::string::npos; }));
    }
    bool has_timers() { return !store().timers({{INT64_MIN}, 0}, 1).empty(); }

 private:
    void open() {
        if (kind_ == Store::sqlite) {
            store_ = folder_.open(*program_);
        } else if (store_ == nullptr) {
            store_ = make_memory_store();
            REQUIRE(store_->open(*program_));
        }
        if (kind_ == Store::group) group_ = std::make_unique<GroupStore>(*program_, *store_);
        engine_ = std::make_unique<Engine>(*program_, store());
    }

    void begin(Instant now) { REQUIRE(engine_->begin(now)); }

    void flush() {
        if (group_->is_empty()) return;
        REQUIRE(store_->commit(group_->seal()));
        group_->release();
    }

    void turn(const TurnResult& result) {
        REQUIRE_FALSE(result.store_failure);
        now_ = engine_->now();
        for (const Happening& each : result.happenings)
            lines.push_back(happening_json(each, *program_, engine_->records()));
        const std::vector<OutgoingCall> out = result.calls;
        calls.insert(calls.end(), out.begin(), out.end());
        // Of a group some turns are below, some not yet.
        if (kind_ == Store::group && ++turns_ % 3 == 0) flush();
        if (restarts_) restart(*program_);
        if (!answers_calls) return;
        for (const OutgoingCall& call : out) answer(call);
    }

    void answer(const OutgoingCall& call) {
        AnswerInput input;
        input.run = call.run;
        input.intent = call.intent;
        int& failing_here = failing[call.action];
        if (failing_here > 0) {
            --failing_here;
            input.failure = rules::Failure{"503", "call", "busy", "", true, true};
        } else {
            input.answer = parse_json(R"({"receipt":"R-1"})").value();
        }
        turn(engine_->process({now_, input}));
    }

    const rules::Program* program_;
    Store kind_;
    bool restarts_;
    StoreFolder folder_;
    std::unique_ptr<engine::Store> store_;
    std::unique_ptr<GroupStore> group_;
    std::unique_ptr<Engine> engine_;
    Instant now_;
    int turns_ = 0;
};

const char* const busy_book = R"(
service pay
  action push(reference: text)
    answers receipt text
    sample receipt: "R-1"
  end
end

roles admin (admins)

entity client
  name text
  left bool = false
end

event nudge about client
  client -> client
  amount int
end

flow listen(client: client) -> int
  wait for nudge where nudge.client is client and nudge.amount > 0 up to 1h
    came as n return n.amount
  end
  return 0
end

rule a_waits
  when client is created
  unless client.left
  let name = client.name
  then
    log "{{name}} begins"
    wait 10min
    let amount = run listen(client: client)
    log "{{name}}: {{amount}}"
    for each i in 1..3 do
      wait 7min
      log "{{name}} {{i}} of {{client.name}}, {{firing}}"
    end
end

rule b_asks
  when client is created
  then
    ask admins "{{client.name}}?" up to 30min
      approved log "approved"
      timeout  log "nobody"
    end
end

rule c_calls
  when client is created
  then
    let answer = call pay.push(reference: client.name)
    retry 3 times from 1min
    try
      wait 1min
      let again = call pay.push(reference: client.name) once as client.id
      log "{{answer.receipt}} {{again.receipt}}"
      retry 2 times from 5min
    on failure as error
      log "{{error.message}}"
    end
end

rule d_cancels
  when nudge
  let client = nudge.client
  if nudge.amount is 13
  then cancel runs of a_waits for client
end
)";

std::vector<Input> busy_inputs() {
    const auto reply = [](std::int64_t minutes, bool approves) {
        return Input{at(minutes), ReplyCommand{"", approves, "ann"}};
    };
    return {
        create(0, "client", R"({"id":"c1","name":"Ann"})"),
        create(1, "client", R"({"id":"c2","name":"Bob"})"),
        create(2, "client", R"({"id":"c3","name":"Cid"})"),
        create(3, "client", R"({"id":"c4","name":"Dan"})"),
        event(4, "nudge", R"({"client":"c1","amount":0})"),
        event(5, "nudge", R"({"client":"c1","amount":5})"),
        {at(5), DeleteCommand{"client", "c4", ""}},
        reply(6, true),
        reply(7, true),
        event(15, "nudge", R"({"client":"c2","amount":6})"),
        event(20, "nudge", R"({"client":"c3","amount":13})"),
        {at(21), ChangeCommand{"client", "c1", parse_json(R"({"name":"Amy"})").value(), "", ""}},
        {at(22), ChangeCommand{"client", "c2", parse_json(R"({"left":true})").value(), "", ""}},
        reply(26, false)};
}

}  // namespace

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

TEST_CASE("a run is found by the key of what it waits for, and looked at for nothing else") {
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
    // r3 stands before a key that may yet change.
    CHECK(shop.store().waiters("order", "") == std::vector<RunNumber>{2});
    CHECK(shop.store().waiters("order", key) == std::vector<RunNumber>{1, 3, 4});
    shop.take(event(0, "joined", R"({"client":"nobody"})"));
    CHECK(shop.store().waiters("order", "") == std::vector<RunNumber>{2, 6, 7});
}

}  // namespace pawl::engine
