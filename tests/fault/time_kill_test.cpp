#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <random>

#include "tests/fault/client.h"
#include "tests/fault/clockwork.h"
#include "tests/fault/clockwork_audit.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/serving.h"
#include "tests/fault/store_scenario.h"

// Engines that are killed while runs wait, timers come due and windows are open. The clock is the
// test's: it stands still, goes on with the events, or is far ahead when the next engine begins.

namespace pawl::fault {

namespace {

constexpr std::int64_t second = micros_per_second;

class KilledInTime {
 public:
    explicit KilledInTime(unsigned seed)
        : random_(seed), client_([this](std::int64_t number) { return clockwork_.event(number); }) {
        Served engine = begin();
        client_.plan(1);
        REQUIRE(client_.finish(engine));
        engine.stop();
    }

    void live_and_die() {
        pass_some_time();
        Served engine = begin();
        client_.begin_again();
        if (is_one_of(3)) drain(engine);
        if (is_one_of(5)) {
            // In the middle of all that comes due at once.
            clockwork_.advance(chance(5, 90) * second);
            set_clock(engine);
            wait_a_moment(10'000'000);
        } else {
            work(engine);
            wait_a_moment(3'000'000);
        }
        engine.kill();
        while (client_.receive(engine)) {
        }
        REQUIRE(engine.wait() == killed);
        REQUIRE(client_.complaint().empty());
    }

    // All is sent, and all comes due that is to come.
    void finish() {
        Served engine = begin();
        client_.begin_again();
        REQUIRE(client_.finish(engine));
        for (int i = 0; i < 40; ++i) {
            clockwork_.advance(5 * second);
            drain(engine);
        }
        engine.stop();
        CHECK(client_.complaint().empty());
    }

    void check_all() {
        {
            const rules::Program program = compile_clockwork();
            auto store = engine::open_sqlite_store(folder_.path());
            REQUIRE(store.has_value());
            REQUIRE((*store)->open(program).has_value());
            CHECK(clockwork_difference(**store, program, clockwork_, client_.acknowledged()) == "");
        }
        Connection connection(folder_.database(), "");
        for (const std::string table : {"timer", "timer_later", "waiting_run", "waiter"}) {
            CAPTURE(table);
            CHECK(connection.read("SELECT count(*) FROM " + table) ==
                  std::vector<std::string>{"0"});
        }
        // Marks that do not end by themselves: since when dates and clocks are watched, which
        // patterns are known, what is done once for ever, how a journey stands as long as its
        // record is there, and by which text it was planned.
        CHECK(connection.read("SELECT name FROM mark WHERE expires_at IS NULL AND name NOT LIKE "
                              "'since/%' AND name NOT LIKE 'once/first_of_lane/%' AND name NOT "
                              "LIKE 'journey/course/%' AND name <> 'journeys/course' AND name <> "
                              "'patterns'") == std::vector<std::string>{});
        CHECK(connection.check() == "ok");
    }

    std::size_t acknowledged() const { return client_.acknowledged().size(); }

 private:
    std::int64_t chance(std::int64_t from, std::int64_t to) {
        return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
    }
    bool is_one_of(int lives) { return chance(1, lives) == 1; }

    // Some commit nearly every turn by itself, so that a sweep is killed between its parts, too.
    // The kills are nobody's doing: nothing is to be set aside for them, however long its turn.
    Served begin() {
        return Served(folder_.path(),
                      {"--clock", std::to_string(clockwork_.now().micros), "--careful-inputs",
                       is_one_of(4) ? "64" : "0", "--group-inputs", is_one_of(3) ? "2" : "64",
                       "--stops-until-parked", "1000000"},
                      "clockwork");
    }

    // Between two lives: none, as a rule, or an outage.
    void pass_some_time() {
        if (is_one_of(4)) clockwork_.advance(chance(0, 20) * second);
        if (is_one_of(12)) clockwork_.advance(chance(60, 240) * second);
    }

    void set_clock(Child& engine) { engine.send("@" + std::to_string(clockwork_.now().micros)); }

    void drain(Child& engine) {
        set_clock(engine);
        REQUIRE(engine.send("?"));
        REQUIRE(engine.read_line() == "drained");
        clockwork_.note_drained();
    }

    // Events, and the clock goes on with them; until that many answers.
    void work(Child& engine) {
        constexpr std::size_t events_in_flight = 40;
        constexpr std::int64_t micros_an_event = 50'000;
        for (std::int64_t answers = chance(1, 150); answers > 0; --answers) {
            while (client_.unanswered() < events_in_flight) {
                const std::int64_t count = chance(1, 10);
                clockwork_.advance(count * micros_an_event);
                set_clock(engine);
                const auto events = static_cast<std::size_t>(count);
                // What the engine before did not answer goes first.
                client_.plan(events - std::min(events, client_.planned()));
                REQUIRE(client_.send(engine, events));
            }
            REQUIRE(client_.receive(engine));
        }
    }

    // Somewhere in the next group.
    void wait_a_moment(std::int64_t spins_max) {
        const std::int64_t moment = chance(0, spins_max);
        std::atomic<std::int64_t> spun{0};
        while (spun++ < moment) {
        }
    }

    std::mt19937 random_;
    const Folder folder_;
    Clockwork clockwork_;
    Client client_;
};

void kill_again_and_again(int rounds) {
    KilledInTime loop(seed_of("kill -9 in time"));
    for (int round = 1; round <= rounds; ++round) {
        CAPTURE(round);
        loop.live_and_die();
    }
    loop.finish();
    loop.check_all();
    CHECK(loop.acknowledged() > static_cast<std::size_t>(rounds) * 20);
}

}  // namespace

TEST_CASE("20 engines killed while runs wait: each wakes once, nothing is early, lost or doubled") {
    kill_again_and_again(20);
}

TEST_CASE("1,000 engines killed while runs wait", "[.slow]") { kill_again_and_again(1'000); }

}  // namespace pawl::fault
