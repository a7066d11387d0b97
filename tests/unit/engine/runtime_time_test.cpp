#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "compiled_book.h"
#include "engine/runtime.h"
#include "store_folder.h"
#include "test_store.h"

// The engine at work while time passes: on clocks that only the test moves.

namespace pawl::engine {

namespace {

constexpr std::int64_t second = micros_per_second;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
const Instant begin = parse_instant("2026-03-02T07:00:00Z").value();

rules::Program waiting_program() {
    return compiled(
        "event open\nend\nevent look\nend\n"
        "rule wait_a_while\n  when open\n  then\n    wait 1h\n    log \"{{now}}\"\n"
        "    wait 30min\n    log \"{{now}}\"\nend\n");
}

// How long what does not hang may take on a machine that has much else to do.
constexpr std::chrono::seconds patience(60);

// An engine over a folder, what it told, and its clocks: of the wall, and one that only grows. The
// engine looks at one after the other, and sees both as they were at one moment: time that passed
// between the two looks would be a jump of the wall to it.
class Shop {
 public:
    explicit Shop(const rules::Program& program) : program_(program) { start(); }
    ~Shop() { stop(); }
    Shop(const Shop&) = delete;
    Shop& operator=(const Shop&) = delete;

    void start() {
        store_ = folder_.open(program_);
        RuntimeOptions options;
        options.clock = [this] {
            looked_at_ = passed_;
            return Instant{begin.micros + looked_at_ + wall_ahead_};
        };
        options.steady_clock = [this] { return looked_at_; };
        options.on_happening = [this](const std::string& json, const Happening&) {
            const std::lock_guard lock(mutex_);
            lines_.push_back(json);
            if (wanted_ && json.find(wanted_text_) != std::string::npos) {
                wanted_->set_value();
                wanted_.reset();
            }
        };
        runtime_ = Runtime::start(program_, *store_, std::move(options));
    }

    void stop() {
        if (runtime_ == nullptr) return;
        runtime_->stop();
        runtime_.reset();
        store_.reset();
    }

    void pass(std::int64_t micros) { passed_ += micros; }
    void set_wall_by(std::int64_t micros) { wall_ahead_ += micros; }

    // An event of the type, whose turn is over and told when it returns; and so is everything that
    // was due by now.
    void send(const std::string& type) {
        std::promise<std::vector<Receipt>> promise;
        const std::string id = "e" + std::to_string(++sent_);
        REQUIRE(runtime_->submit({R"({"specversion":"1.0","id":")" + id +
                                  R"(","source":"/t","type":")" + type + R"(","data":{}})"},
                                 WaitFor::turn, [&](std::vector<Receipt> receipts) {
                                     promise.set_value(std::move(receipts));
                                 }) == Admission::taken);
        const auto receipts = promise.get_future().get();
        REQUIRE(receipts.at(0).status == ReceiptStatus::accepted);
    }

    // Moves time, and waits until a line with the text was told.
    void pass_until_told(std::int64_t micros, const std::string& text) {
        std::future<void> told;
        {
            const std::lock_guard lock(mutex_);
            wanted_text_ = text;
            told = wanted_.emplace().get_future();
        }
        pass(micros);
        runtime_->clock_changed();
        INFO("nothing told says " << text);
        REQUIRE(told.wait_for(patience) == std::future_status::ready);
    }

    Runtime& runtime() { return *runtime_; }

    // "log 07:00:00Z" and "event 07:00:00Z", of all that was told so far.
    std::vector<std::string> told() {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> told;
        for (const std::string& line : lines_) {
            const Json json = parse_json(line).value();
            const std::string& kind = json.find("kind")->text;
            if (kind != "log" && kind != "event") continue;
            told.push_back(kind + " " + json.find("at")->text.substr(11));
        }
        return told;
    }

 private:
    const rules::Program& program_;
    StoreFolder folder_;
    std::atomic<std::int64_t> passed_ = 0, wall_ahead_ = 0;
    std::int64_t looked_at_ = 0;  // by the engine, which never looks from two threads at once
    int sent_ = 0;
    std::mutex mutex_;  // of what follows
    std::vector<std::string> lines_;
    std::string wanted_text_;
    std::optional<std::promise<void>> wanted_;
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<Runtime> runtime_;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a run that waits is woken when the clock comes to its time, not before") {
    const rules::Program program = waiting_program();
    Shop shop(program);
    shop.send("open");
    shop.pass(hour - 1);
    shop.send("look");
    CHECK(shop.told() == Lines{"event 07:00:00Z", "event 07:59:59.999999Z"});
    shop.pass_until_told(1, R"("kind":"log")");
    shop.pass_until_told(30 * minute, R"("kind":"end")");
    CHECK(shop.told() ==
          Lines{"event 07:00:00Z", "event 07:59:59.999999Z", "log 08:00:00Z", "log 08:30:00Z"});
    const RuntimeStats stats = shop.runtime().stats();
    CHECK(stats.due_turns == 2);
    CHECK(stats.lateness.within.front() == 2);
    CHECK(stats.lateness.seconds == 0);
}

TEST_CASE("what was due before an input came has its turn before it, of the instant it was due") {
    const rules::Program program = waiting_program();
    Shop shop(program);
    shop.send("open");
    SECTION("as late as timers come") {
        shop.pass(hour + limits::timer_late_micros);
        shop.send("look");
        CHECK(shop.told() == Lines{"event 07:00:00Z", "log 08:00:00Z", "event 08:00:01Z"});
    }
    SECTION("later: it has the instant at which it came") {
        shop.pass(hour + limits::timer_late_micros + 1);
        shop.send("look");
        CHECK(shop.told() ==
              Lines{"event 07:00:00Z", "log 08:00:01.000001Z", "event 08:00:01.000001Z"});
    }
    SECTION("the next wait is counted from there") {
        shop.pass(3 * hour);
        shop.send("look");
        shop.pass(30 * minute - 1);
        shop.send("look");
        shop.pass(1);
        shop.send("look");
        CHECK(shop.told() == Lines{"event 07:00:00Z", "log 10:00:00Z", "event 10:00:00Z",
                                   "event 10:29:59.999999Z", "log 10:30:00Z", "event 10:30:00Z"});
    }
    shop.stop();
}

TEST_CASE("in a storm of what is due groups stay small, so that an input is on disk soon") {
    constexpr std::size_t runs = 600, group = 32;
    const rules::Program program = waiting_program();
    TestStore store(program);
    std::promise<void> disk_works;
    const std::shared_future<void> works = disk_works.get_future().share();
    std::atomic<bool> is_storm = false;
    store.sync_with([&, works]() -> Status {
        if (is_storm) works.wait();
        return Done{};
    });
    std::atomic<std::int64_t> passed = 0;
    RuntimeOptions options;
    options.clock = [&] { return Instant{begin.micros + passed}; };
    const auto runtime = Runtime::start(program, store, std::move(options));
    std::vector<std::string> events;
    for (std::size_t i = 0; i < runs; ++i)
        events.push_back(R"({"specversion":"1.0","id":"e)" + std::to_string(i) +
                         R"(","source":"/t","type":"open","data":{}})");
    std::promise<void> begun;
    REQUIRE(runtime->submit(std::move(events), WaitFor::turn,
                            [&](std::vector<Receipt>) { begun.set_value(); }) == Admission::taken);
    begun.get_future().wait();
    const std::size_t batches_before = store.batches().size();
    is_storm = true;
    passed = hour;
    runtime->clock_changed();
    // The disk takes one group or more; five wait for it, and one is open until it takes no more.
    const auto let_the_core_go_on = [&] { runtime->preview("{}"); };
    while (runtime->stats().due_turns < 7 * group) let_the_core_go_on();
    for (int i = 0; i < 10; ++i) let_the_core_go_on();
    disk_works.set_value();
    while (runtime->stats().due_turns < runs) let_the_core_go_on();
    runtime->stop();
    const std::vector<WriteBatch> batches = store.batches();
    for (std::size_t i = batches_before; i < batches.size(); ++i)
        CHECK(batches[i].runs.size() <= group);
}

TEST_CASE("a wall that jumps moves nobody's time until somebody accepts it") {
    const rules::Program program = waiting_program();
    Shop shop(program);
    shop.send("open");
    CHECK_FALSE(shop.runtime().accept_clock());
    shop.set_wall_by(240 * hour);
    shop.runtime().clock_changed();
    shop.send("look");
    CHECK(shop.told() == Lines{"event 07:00:00Z", "event 07:00:00Z"});
    CHECK(shop.runtime().stats().clock_jump_micros == 240 * hour);
    CHECK(shop.runtime().stats().now == begin);
    SECTION("meanwhile time passes as it does, and what is due comes") {
        shop.pass_until_told(hour, R"("kind":"log")");
        CHECK(shop.told().back() == "log 08:00:00Z");
        shop.send("look");
        CHECK(shop.told().back() == "event 08:00:00Z");
    }
    SECTION("accepted, what was due by the wall comes at once") {
        REQUIRE(shop.runtime().accept_clock());
        CHECK_FALSE(shop.runtime().stats().clock_jump_micros);
        CHECK(shop.runtime().stats().now == Instant{begin.micros + 240 * hour});
        CHECK_FALSE(shop.runtime().accept_clock());
        shop.send("look");
        CHECK(shop.told().at(2) == "log 07:00:00Z");  // ten days later
        CHECK(shop.runtime().stats().lateness.within.back() == 1);
    }
    SECTION("set right again, nothing came of it") {
        shop.set_wall_by(-240 * hour);
        shop.send("look");
        CHECK_FALSE(shop.runtime().stats().clock_jump_micros);
        shop.pass_until_told(hour, R"("kind":"log")");
        CHECK(shop.told().back() == "log 08:00:00Z");
    }
}

TEST_CASE("a wall that is set back by a little holds what is due, and turns nothing back") {
    const rules::Program program = waiting_program();
    Shop shop(program);
    shop.send("open");
    shop.pass(30 * minute);
    shop.send("look");
    shop.set_wall_by(-20 * minute);
    shop.send("look");
    CHECK(shop.told() == Lines{"event 07:00:00Z", "event 07:30:00Z", "event 07:30:00Z"});
    shop.pass(50 * minute - 1);
    shop.send("look");
    shop.pass(1);
    shop.send("look");
    CHECK(shop.told() == Lines{"event 07:00:00Z", "event 07:30:00Z", "event 07:30:00Z",
                               "event 07:59:59.999999Z", "log 08:00:00Z", "event 08:00:00Z"});
}

TEST_CASE("a run goes on over an engine that stopped in the middle of its wait, once") {
    const rules::Program program = waiting_program();
    Shop shop(program);
    shop.send("open");
    shop.pass(20 * minute);
    SECTION("and was started again before the time had come") {
        shop.stop();
        shop.pass(20 * minute);
        shop.start();
        shop.send("look");
        CHECK(shop.told() == Lines{"event 07:00:00Z", "event 07:40:00Z"});
        shop.pass_until_told(20 * minute, R"("kind":"log")");
        CHECK(shop.told().back() == "log 08:00:00Z");
    }
    SECTION("and was started again after it") {
        shop.stop();
        shop.pass(3 * hour);
        shop.start();
        shop.send("look");
        CHECK(shop.told() == Lines{"event 07:00:00Z", "log 10:20:00Z", "event 10:20:00Z"});
    }
    SECTION("and of a machine that began at a wall of its own: no jump is seen across a stop") {
        shop.stop();
        shop.set_wall_by(3 * hour);
        shop.start();
        shop.send("look");
        CHECK(shop.told() == Lines{"event 07:00:00Z", "log 10:20:00Z", "event 10:20:00Z"});
        CHECK_FALSE(shop.runtime().stats().clock_jump_micros);
    }
    const std::size_t before = shop.told().size();
    shop.stop();
    shop.start();
    shop.send("look");
    CHECK(shop.told().size() == before + 1);
    shop.pass_until_told(30 * minute, R"("kind":"end")");
    CHECK(shop.told().size() == before + 2);
    CHECK(shop.told().back().starts_with("log "));
    shop.stop();
    shop.start();
    shop.pass(9 * hour);
    shop.send("look");
    CHECK(shop.told().size() == before + 3);
}

TEST_CASE("the clock of a rule strikes while the engine runs, and after a stop") {
    const rules::Program program = compiled(
        "event look\nend\n"
        "rule strike\n  every day at 11:00\n  then\n    log \"{{now}}\"\nend\n");
    Shop shop(program);
    shop.send("look");
    shop.pass_until_told(hour, R"("kind":"log")");
    shop.pass(23 * hour);
    shop.stop();
    shop.pass(hour);
    shop.start();
    shop.send("look");
    CHECK(shop.told() ==
          Lines{"event 07:00:00Z", "log 08:00:00Z", "log 08:00:00Z", "event 08:00:00Z"});
    shop.stop();
    shop.pass(3 * hour + 48 * hour);  // later than the hour within which it is made up
    shop.start();
    shop.send("look");
    CHECK(shop.told().size() == 5);
}

}  // namespace pawl::engine
