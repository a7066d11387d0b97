#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiled_book.h"
#include "engine/engine.h"
#include "store_folder.h"

// Restarts with another rulebook over the same store: what rules that are new, edited, renamed or
// put live again make of what was before.

namespace pawl::engine {

namespace {

const Instant begin = parse_instant("2026-03-02T07:00:00Z").value();

Instant at(std::int64_t minute) { return {begin.micros + minute * 60 * micros_per_second}; }

// An engine over a folder, begun anew with each rulebook. What it does is told as minutes
// since the beginning, with the texts that rules log: "20 third".
class Shop {
 public:
    explicit Shop(const std::string& rules, std::int64_t minute = 0) { restart(minute, rules); }

    void restart(std::int64_t minute, const std::string& rules) {
        rules::Program program = compiled(
            "entity client\n  name text\n  call_at datetime ?\nend\n"
            "event ping about client\n  client -> client\n  n int = 0\nend\n"
            "event pong about client\n  client -> client\nend\n" +
            rules);
        engine_.reset();
        store_.reset();
        program_ = std::make_unique<rules::Program>(std::move(program));
        store_ = folder_.open(*program_);
        engine_ = std::make_unique<Engine>(*program_, *store_);
        REQUIRE(engine_->begin(at(minute)));
        begun_ = at(minute);
    }

    void event(std::int64_t minute, const std::string& type, const std::string& client,
               std::int64_t n = 0) {
        pass(minute);
        take(minute, R"({"specversion":"1.0","id":"i)" + std::to_string(++inputs_) +
                         R"(","source":"/t","type":")" + type + R"(","data":{"client":")" + client +
                         R"(")" + (type == "ping" ? R"(,"n":)" + std::to_string(n) : "") + "}}");
    }
    void create(std::int64_t minute, const std::string& id) {
        take(minute, R"({"type":"pawl.create","data":{"entity":"client","values":{"id":")" + id +
                         R"(","name":")" + id + R"("}}})");
    }
    void change(std::int64_t minute, const std::string& id, const std::string& call_at) {
        pass(minute);
        take(minute, R"({"type":"pawl.change","data":{"entity":"client","id":")" + id +
                         R"(","set":{"call_at":")" + call_at + R"("}}})");
    }

    // Lets time go by until that minute.
    void pass(std::int64_t minute) {
        while (engine_->next_due() && *engine_->next_due() <= at(minute))
            tell(*engine_->process_due(std::max(begun_, *engine_->next_due())));
    }
    // What is due by that minute is late: it comes then.
    void late(std::int64_t minute) {
        while (step(minute)) {
        }
    }
    // One turn of what is due.
    bool step(std::int64_t minute) {
        const auto result = engine_->process_due(at(minute));
        if (result) tell(*result);
        return result.has_value();
    }

    std::vector<std::string> told() { return std::exchange(told_, {}); }
    Engine& engine() { return *engine_; }

 private:
    void take(std::int64_t minute, std::string json) {
        Appended appended = engine_->append(std::move(json), at(minute));
        INFO((appended.refused ? appended.refused->message : std::string()));
        REQUIRE(appended.input);
        const TurnResult result = engine_->process(*appended.input);
        REQUIRE_FALSE(result.refused);
        tell(result);
    }
    void tell(const TurnResult& result) {
        for (const Happening& each : result.happenings) {
            const std::int64_t minute = (each.at.micros - begin.micros) / (60 * micros_per_second);
            if (const auto* logged = std::get_if<Logged>(&each.form))
                told_.push_back(std::to_string(minute) + " " + logged->text);
            if (const auto* skipped = std::get_if<Skipped>(&each.form))
                told_.push_back(std::to_string(minute) + " " + skipped->guard);
        }
    }

    StoreFolder folder_;
    std::unique_ptr<rules::Program> program_;
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<Engine> engine_;
    Instant begun_;
    std::int64_t inputs_ = 0;
    std::vector<std::string> told_;
};

using Lines = std::vector<std::string>;

const std::string third =
    "rule third\n  when 3 ping per client within 1h all as pings\n"
    "  then log \"third of {{count(p in pings)}}\"\nend\n";
const std::string quiet =
    "rule quiet\n  when no ping as last per client for 1h\n  then log \"quiet {{last.n}}\"\nend\n";
const std::string unanswered =
    "rule unanswered\n  when ping not followed by pong per client within 1h\n"
    "  then log \"unanswered {{ping.n}}\"\nend\n";

}  // namespace

TEST_CASE("a count that is new counts from the history kept") {
    Shop shop("");
    shop.create(0, "a");
    shop.create(0, "b");
    shop.event(1, "ping", "a");
    shop.event(2, "ping", "b");
    shop.event(30, "ping", "a");
    shop.restart(40, third);
    CHECK(shop.told().empty());
    SECTION("and fires with the next one") {
        shop.event(50, "ping", "b");
        CHECK(shop.told().empty());
        shop.event(51, "ping", "a");
        CHECK(shop.told() == Lines{"51 third of 3"});
    }
    SECTION("of its window alone") {
        shop.event(70, "ping", "a");
        CHECK(shop.told().empty());
        shop.event(71, "ping", "a");
        CHECK(shop.told() == Lines{"71 third of 3"});
    }
    SECTION("once, whatever restarts follow") {
        shop.restart(41, third);
        shop.event(50, "ping", "b");
        shop.restart(51, third);
        CHECK(shop.told().empty());
        shop.event(52, "ping", "b");
        CHECK(shop.told() == Lines{"52 third of 3"});
    }
}

TEST_CASE("a count that was reached before the rule was there waits until it was not") {
    Shop shop("");
    shop.create(0, "a");
    for (const std::int64_t minute : {1, 2, 3}) shop.event(minute, "ping", "a");
    shop.restart(10, third);
    shop.event(20, "ping", "a");
    CHECK(shop.told().empty());
    shop.event(100, "ping", "a");
    shop.event(101, "ping", "a");
    shop.event(102, "ping", "a");
    CHECK(shop.told() == Lines{"102 third of 3"});
}

TEST_CASE("an absence that is new counts from the last event of the history") {
    Shop shop("");
    shop.create(0, "a");
    shop.create(0, "b");
    shop.event(1, "ping", "a", 1);
    shop.event(20, "ping", "b", 2);
    shop.event(30, "ping", "b", 3);
    SECTION("and fires in its time") {
        shop.restart(40, quiet);
        shop.pass(200);
        CHECK(shop.told() == Lines{"61 quiet 1", "90 quiet 3"});
    }
    SECTION("but not for what was over when it went live") {
        shop.restart(61, quiet);
        shop.pass(200);
        CHECK(shop.told() == Lines{"90 quiet 3"});
    }
    SECTION("nor twice, over a restart on the way") {
        shop.restart(40, quiet);
        shop.restart(80, quiet);
        shop.pass(85);
        shop.restart(100, quiet);
        shop.pass(200);
        CHECK(shop.told() == Lines{"80 quiet 1", "100 quiet 3"});
    }
}

TEST_CASE("an absence of what never came, that is new, counts from the creation") {
    Shop shop("");
    shop.create(0, "a");
    shop.create(30, "b");
    shop.create(31, "c");
    shop.event(40, "ping", "c", 7);
    shop.restart(61,
                 "rule quiet\n  when no ping as last per client for 1h including never\n"
                 "  then log \"quiet {{last.n or default 0}}\"\nend\n");
    shop.pass(200);
    CHECK(shop.told() == Lines{"90 quiet 0", "100 quiet 7"});
}

TEST_CASE("a sequence that is new finds the first event in the history") {
    Shop shop("");
    for (const std::string client : {"a", "b"}) shop.create(0, client);
    shop.event(1, "ping", "a", 1);
    shop.event(2, "ping", "b", 2);
    shop.event(3, "pong", "b");
    shop.restart(10, unanswered +
                         "rule answered\n  when ping followed by pong per client within 1h\n"
                         "  then log \"answered {{ping.n}}\"\nend\n");
    CHECK(shop.told().empty());
    SECTION("that nothing follows") {
        shop.pass(200);
        CHECK(shop.told() == Lines{"61 unanswered 1"});
    }
    SECTION("and its answer") {
        shop.event(20, "pong", "a");
        shop.event(21, "pong", "b");
        shop.pass(200);
        CHECK(shop.told() == Lines{"20 answered 1"});
    }
}

// The history has what came from outside: of what rules emit it would see only absences.
TEST_CASE("a pattern of events that rules emit begins with the rule") {
    const std::string answers =
        "rule answer\n  when ping\n  then emit pong with client: ping.client\nend\n";
    Shop shop(answers);
    shop.create(0, "a");
    shop.event(1, "ping", "a", 1);
    shop.restart(10, answers + unanswered);
    shop.pass(200);
    CHECK(shop.told().empty());
}

TEST_CASE("a pattern that was edited counts anew from the history") {
    Shop shop(quiet);
    shop.create(0, "a");
    shop.event(1, "ping", "a", 1);
    std::string later = quiet;
    later.replace(later.find("1h"), 2, "2h");
    shop.restart(10, later);
    shop.pass(100);
    CHECK(shop.told().empty());
    shop.pass(200);
    CHECK(shop.told() == Lines{"121 quiet 1"});
}

TEST_CASE("a rule that is put live again counts what came while it was paused") {
    Shop shop(third);
    std::string paused = third;
    paused.replace(paused.find("third\n"), 5, "third paused");
    shop.create(0, "a");
    shop.event(1, "ping", "a");
    shop.restart(2, paused);
    shop.event(3, "ping", "a");
    shop.restart(4, third);
    shop.event(5, "ping", "a");
    CHECK(shop.told() == Lines{"5 third of 3"});
}

TEST_CASE("a pattern that was renamed goes on with what it counted") {
    const std::string answers =
        "rule say\n  when pong\n  then emit ping with client: pong.client\nend\n";
    Shop shop(third + answers);
    shop.create(0, "a");
    shop.event(1, "pong", "a");
    shop.event(2, "pong", "a");
    std::string renamed = third;
    renamed.replace(renamed.find("third\n"), 5, "often renamed from third");
    shop.restart(3, renamed + answers);
    shop.event(4, "pong", "a");
    CHECK(shop.told() == Lines{"4 third of 3"});
}

TEST_CASE("a sweep goes on when its rule is renamed, and takes each record once") {
    Shop shop(
        "rule sweep\n  every day at 10:30 for each c in client\n  then log \"{{c.name}}\"\nend\n");
    Lines expected;
    for (int i = 0; i < 1'200; ++i) {
        shop.create(0, "c" + std::to_string(i));
        expected.push_back("30 c" + std::to_string(i));
    }
    REQUIRE(shop.step(30));
    Lines told = shop.told();
    CHECK(told.size() == 500);
    shop.restart(30,
                 "rule round renamed from sweep\n  every day at 10:30 for each c in client\n"
                 "  then log \"{{c.name}}\"\nend\n");
    REQUIRE(shop.step(30));
    CHECK(shop.told().size() == 500);
    shop.restart(31,
                 "rule round renamed from sweep\n  every day at 10:30 for each c in client\n"
                 "  then log \"{{c.name}} again\"\nend\n");
    shop.pass(31);
    told = shop.told();
    CHECK(told.size() == 200);
    CHECK(told.front() == "31 c1000 again");
    CHECK(told.back() == "31 c1199 again");
}

TEST_CASE("a date that fired does not fire again when its rule is renamed") {
    const std::string call = "\n  when at client.call_at\n  then log \"call\"\nend\n";
    Shop shop("rule call" + call);
    shop.create(0, "a");
    shop.change(1, "a", "2026-03-02T07:10:00Z");
    shop.pass(10);
    CHECK(shop.told() == Lines{"10 call"});
    shop.restart(11, "rule ring renamed from call" + call);
    shop.change(12, "a", "2026-03-02T07:30:00Z");
    shop.change(13, "a", "2026-03-02T07:10:00Z");
    shop.pass(200);
    CHECK(shop.told().empty());
}

TEST_CASE("dates of a loaded state that had no turn where it comes from come late") {
    const std::string call = "rule call\n  when at client.call_at\n  then log \"call\"\nend\n";
    const auto state = parse_json(
        R"({"client":[{"id":"a","name":"A","call_at":"2026-03-02T08:30:00Z"},
            {"id":"b","name":"B","call_at":"2026-03-02T08:00:00Z"}],
            "pawl":{"at":"2026-03-02T08:00:00Z","marks":[{"key":"since/call.0","value":")" +
        std::to_string(at(60).micros) + R"("}]}})");
    REQUIRE(state);
    // Time counts here for longer, or less long, than it did there.
    const std::int64_t from = GENERATE(0, 120);
    Shop shop(call, from);
    shop.pass(120);  // nothing is due, and all of that is known
    REQUIRE(shop.engine().load_state(*state, at(120)));
    shop.late(120);
    CHECK(shop.told() == Lines{"120 call"});
}

}  // namespace pawl::engine
