#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiled_book.h"
#include "engine/engine.h"
#include "engine/export.h"
#include "engine/happening_json.h"
#include "engine/store/group_store.h"
#include "store_folder.h"

// An engine whose runs wait, over every store, with the outside world and a clock of its own; and a
// rulebook with waits of all kinds.

namespace pawl::engine::waiting {

inline constexpr std::int64_t minute = 60 * micros_per_second;

inline Instant at(std::int64_t minutes) { return {minutes * minute}; }

inline Input event(std::int64_t minutes, const std::string& type, const std::string& data) {
    static int number = 0;
    return {at(minutes),
            EventInput{R"({"specversion":"1.0","id":"e)" + std::to_string(++number) +
                       R"(","source":"/t","type":")" + type + R"(","data":)" + data + "}"}};
}

inline Input create(std::int64_t minutes, const std::string& entity, const std::string& values) {
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

    // The same with the units in which runs wait (of a store on disk); what is lost.
    std::vector<std::string> restart_with_former(rules::Program& program) {
        program_ = &program;
        engine_.reset();
        store_.reset();
        auto opened = open_sqlite_store(folder_.path());
        REQUIRE(opened);
        auto former = (*opened)->take_former_texts(program);
        INFO((former ? "" : former.error().message));
        REQUIRE(former);
        REQUIRE((*opened)->open(program));
        store_ = std::move(*opened);
        former_ = std::move(former->texts);
        engine_ = std::make_unique<Engine>(*program_, store(), EngineOptions{.former = former_});
        begin(now_);
        return former->lost;
    }
    std::size_t former_texts() const { return former_.size(); }

    // Goes on where another one stands (on disk), by what that exports.
    void take_over(Shop& other) {
        std::string text;
        auto reader = static_cast<SqliteStore&>(*other.store_).make_reader();
        REQUIRE(reader);
        const auto exported = export_state(**reader, *other.program_, std::nullopt,
                                           [&text](std::string_view part) -> Status {
                                               text += part;
                                               return Done{};
                                           });
        REQUIRE(exported);
        CHECK(exported->runs_left_out.empty());
        open();
        const auto state = parse_json(text);
        REQUIRE(state);
        const Status loaded = engine_->load_state(*state, other.now_);
        INFO((loaded ? "" : loaded.error().message));
        REQUIRE(loaded);
        now_ = other.now_;
        failing = other.failing;
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
    std::vector<rules::FormerText> former_;
};

inline const char* const busy_book = R"(
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

inline std::vector<Input> busy_inputs() {
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

}  // namespace pawl::engine::waiting
