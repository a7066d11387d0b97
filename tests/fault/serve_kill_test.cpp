#include <atomic>
#include <catch2/catch.hpp>
#include <charconv>
#include <csignal>
#include <deque>
#include <memory>
#include <random>

#include "base/json.h"
#include "tests/fault/ledger.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/serving.h"
#include "tests/fault/till.h"
#include "tests/process/served.h"
#include "tests/unit/server/test_client.h"

// `pawl serve` itself, killed while events come in over HTTP on several connections: what a client
// was answered holds over every kill.

namespace pawl::fault {

namespace {

constexpr std::size_t connection_count = 6;
constexpr std::size_t request_events_max = 30;
// A disk that has much else to do takes its time to sync.
constexpr int patience_seconds = 120;

std::uint16_t port_of(const process::Served& engine) {
    const std::string address = engine.address();
    std::uint16_t port = 0;
    std::from_chars(address.data() + address.rfind(':') + 1, address.data() + address.size(), port);
    return port;
}

// The connections to one engine, a request at a time on each.
class Lines {
 public:
    Lines(Ledger& ledger, std::uint16_t port) : ledger_(ledger) {
        for (std::size_t i = 0; i < connection_count; ++i)
            free_.push_back(std::make_unique<server::Client>(port, 0, patience_seconds));
    }

    bool has_free() const { return !free_.empty(); }
    bool is_waiting() const { return !asked_.empty(); }

    // The next `count` events in one request. False when the engine has gone.
    bool send(std::size_t count, std::string_view target = "/api/events") {
        std::string body;
        for (const std::int64_t number : ledger_.take(count)) body += payment_event(number) + "\n";
        asked_.push_back(std::move(free_.front()));
        free_.pop_front();
        return asked_.back()->send(
            server::post(target, body, "Content-Type: application/x-ndjson\r\n"));
    }

    // The answer to the request that was sent first. False when the engine has gone without one.
    bool receive() {
        std::unique_ptr<server::Client> line = std::move(asked_.front());
        asked_.pop_front();
        const server::Answer answer = line->read();
        if (!answer.is_whole) return false;
        free_.push_back(std::move(line));
        const auto told = parse_json(answer.body);
        const Json* results = told ? told->find("results") : nullptr;
        if (answer.status != 200 || results == nullptr) {
            ledger_.complain(std::to_string(answer.status) + " " + answer.body);
            return true;
        }
        for (const Json& each : results->items)
            ledger_.answered(each.find("id")->text, each.find("status")->text);
        return true;
    }

    // What a counter of the engine stands at.
    std::uint64_t counted(const std::string& name) {
        const server::Answer answer = free_.front()->ask(server::get("/metrics"));
        const std::size_t place = answer.body.find("\n" + name + " ");
        REQUIRE(place != std::string::npos);
        return std::stoull(answer.body.substr(place + name.size() + 2));
    }

 private:
    Ledger& ledger_;
    std::deque<std::unique_ptr<server::Client>> free_, asked_;
};

class KilledServing {
 public:
    explicit KilledServing(unsigned seed) : random_(seed) {
        place_.write("till.pawl", till_text(Edition::first));
    }

    // A life that ends after that many answers, and a moment.
    void live_and_die() {
        process::Served engine(place_, words());
        ledger_.begin_again();
        Lines lines(ledger_, port_of(engine));
        // More than a group takes, so that the turn in which the engine before was killed is over:
        // an input whose turn is killed twice is set aside, as it must be.
        for (std::int64_t answers = chance(5, 24); answers > 0; --answers) {
            while (lines.has_free()) REQUIRE(send_some(lines));
            REQUIRE(lines.receive());
        }
        wait_a_moment();
        REQUIRE(engine.end(SIGKILL) == killed);
        while (lines.is_waiting()) lines.receive();
        REQUIRE(ledger_.complaint().empty());
    }

    // All is sent, and has its turn.
    void finish() {
        process::Served engine(place_, words());
        ledger_.begin_again();
        ledger_.plan(1'000);
        Lines lines(ledger_, port_of(engine));
        while (ledger_.has_more()) {
            while (lines.has_free() && ledger_.has_more()) REQUIRE(lines.send(request_events_max));
            REQUIRE(lines.receive());
        }
        while (lines.is_waiting()) REQUIRE(lines.receive());
        ledger_.plan(1);
        REQUIRE(lines.send(1, "/api/events?wait=processed"));
        REQUIRE(lines.receive());
        CHECK(ledger_.complaint().empty());
        CHECK(ledger_.unanswered() == 0);
        // What was killed were groups, not single turns; in this life, as after every kill, inputs
        // are committed by themselves before their turns.
        CHECK(lines.counted("pawl_turns_total") >= 10 * lines.counted("pawl_commits_total"));
        CHECK(engine.end(SIGTERM) == 0);
    }

    void check_all() {
        {
            const rules::Program program = compile_till();
            auto store = engine::open_sqlite_store(place_.path() + "/data");
            REQUIRE(store.has_value());
            REQUIRE((*store)->open(program).has_value());
            CHECK(till_difference(**store, program, ledger_.acknowledged()) == "");
        }
        Connection connection(place_.path() + "/data/pawl.db", "");
        CHECK(connection.check() == "ok");
    }

    std::size_t acknowledged() const { return ledger_.acknowledged().size(); }

 private:
    static std::vector<std::string> words() {
        return {"till.pawl", "--data", "data", "--log-level", "error"};
    }
    std::int64_t chance(std::int64_t from, std::int64_t to) {
        return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
    }

    bool send_some(Lines& lines) {
        const auto events = static_cast<std::size_t>(chance(20, request_events_max));
        // What the engine before did not answer goes first.
        ledger_.plan(events - std::min(events, ledger_.planned()));
        return lines.send(events);
    }

    // Somewhere in the next group.
    void wait_a_moment() {
        const std::int64_t moment = chance(0, 3'000'000);
        std::atomic<std::int64_t> spun{0};
        while (spun++ < moment) {
        }
    }

    std::mt19937 random_;
    const process::Workplace place_;
    Ledger ledger_;
};

void kill_again_and_again(int rounds) {
    KilledServing loop(seed_of("kill -9 of pawl serve"));
    for (int round = 1; round <= rounds; ++round) {
        CAPTURE(round);
        loop.live_and_die();
    }
    loop.finish();
    loop.check_all();
    CHECK(loop.acknowledged() > static_cast<std::size_t>(rounds) * 100);
}

}  // namespace

TEST_CASE("20 times `pawl serve` is killed while events come in: each is kept, and done once") {
    kill_again_and_again(20);
}

TEST_CASE("1,000 times `pawl serve` is killed", "[.slow]") { kill_again_and_again(1'000); }

}  // namespace pawl::fault
