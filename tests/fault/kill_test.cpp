#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "tests/fault/client.h"
#include "tests/fault/plain_connection.h"
#include "tests/fault/serving.h"
#include "tests/fault/store_scenario.h"
#include "tests/fault/till.h"

// Engines that are killed, as processes are: at any moment under load, between an event's being
// kept and its turn, while the store is made, changed or copied.

namespace pawl::fault {

namespace {

namespace fs = std::filesystem;

std::string difference(const std::string& folder, Edition edition,
                       const std::set<std::int64_t>& numbers) {
    const rules::Program program = compile_till(edition);
    auto store = engine::open_sqlite_store(folder);
    if (!store) return store.error().message;
    if (const Status opened = (*store)->open(program); !opened) return opened.error().message;
    return till_difference(**store, program, numbers);
}

std::string check(const std::string& folder) {
    Connection connection(folder + "/pawl.db", "");
    return connection.check();
}

// Inputs that are on disk before their turns after a kill. The kills are not their doing: none may
// be set aside for them. The log is moved into the file in small pieces, some of them in each life.
std::vector<std::string> under_kills(std::size_t careful_inputs) {
    return {"--careful-inputs", std::to_string(careful_inputs), "--log-piece", "65536"};
}

// A life that ends after that many answers, and a moment.
void live_and_die(const std::string& folder, Client& client, std::mt19937& random) {
    constexpr std::size_t requests_in_flight = 4;
    const bool is_careful = std::uniform_int_distribution<int>(0, 3)(random) == 0;
    Served engine(folder, under_kills(is_careful ? 256 : 0));
    client.begin_again();
    const std::size_t answers = std::uniform_int_distribution<std::size_t>(1, 260)(random);
    std::size_t received = 0;
    std::size_t request = 0;
    while (received < answers) {
        while (client.unanswered() < requests_in_flight * 24) {
            request = std::uniform_int_distribution<std::size_t>(20, 30)(random);
            client.plan(request);
            REQUIRE(client.send(engine, request));
        }
        REQUIRE(client.receive(engine));
        ++received;
    }
    // Somewhere in the next group.
    const unsigned moment = std::uniform_int_distribution<unsigned>(0, 3'000'000)(random);
    std::atomic<unsigned> spun{0};
    while (spun++ < moment) {
    }
    engine.kill();
    while (client.receive(engine)) {
    }
    REQUIRE(engine.wait() == killed);
    REQUIRE(client.complaint().empty());
}

void kill_again_and_again(int rounds) {
    std::mt19937 random(seed_of("kill -9 under load"));
    const Folder folder;
    Client client;
    for (int round = 1; round <= rounds; ++round) {
        CAPTURE(round);
        live_and_die(folder.path(), client, random);
        if (round % 100 == 0) REQUIRE(check(folder.path()) == "ok");
    }
    Served engine(folder.path(), under_kills(0));
    client.begin_again();
    client.plan(1'000);
    REQUIRE(client.finish(engine));
    engine.stop();
    // What was killed were groups, not single turns.
    CHECK(engine.turns >= 20 * engine.commits);
    CHECK(client.complaint().empty());
    CHECK(client.acknowledged().size() > static_cast<std::size_t>(rounds) * 20);
    CHECK(difference(folder.path(), Edition::first, client.acknowledged()) == "");
    CHECK(check(folder.path()) == "ok");
}

// Runs `fault_engine` with these words; what it counted, or -1 with its exit in `exit`.
std::int64_t run(std::vector<std::string> words, std::size_t kill_at, int& exit) {
    if (kill_at > 0) {
        words.push_back("--kill-at");
        words.push_back(std::to_string(kill_at));
    }
    Child child(words);
    const auto line = child.read_line();
    exit = child.wait();
    return line ? std::stoll(*line) : -1;
}

void copy_folder(const std::string& from, const std::string& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
}

// A store that some events went into, stopped in order.
std::set<std::int64_t> fill(const std::string& folder, std::size_t events) {
    Client client;
    client.plan(events);
    Served engine(folder);
    REQUIRE(client.finish(engine));
    engine.stop();
    return client.acknowledged();
}

}  // namespace

TEST_CASE("20 engines killed under load: what was acknowledged is there, each event once") {
    kill_again_and_again(20);
}

TEST_CASE("1,000 engines killed under load", "[.slow]") { kill_again_and_again(1'000); }

TEST_CASE("killed between an event's being kept and its turn, it has its turn in the next life") {
    const Folder folder;
    Client client;
    {
        Served engine(folder.path());
        client.plan(40);
        REQUIRE(client.send(engine, 40));
        REQUIRE(client.receive(engine));
        engine.kill();
        while (client.receive(engine)) {
        }
        REQUIRE(engine.wait() == killed);
    }
    std::size_t most_owed = 0;
    for (const std::string turn : {"1", "2", "30", "90"}) {
        Served engine(folder.path(), {"--kill-at-turn", turn});
        client.begin_again();
        client.plan(200);
        for (int i = 0; i < 4; ++i) client.send(engine, 50);
        while (client.receive(engine)) {
        }
        CHECK(engine.wait() == killed);
        const Folder copy;
        copy_folder(folder.path(), copy.path());
        Connection connection(copy.database(), "");
        const auto owed = connection.read("SELECT next_input - 1 - position FROM position");
        REQUIRE(owed.size() == 1);
        most_owed = std::max<std::size_t>(most_owed, std::stoull(owed[0]));
    }
    CHECK(most_owed > 20);
    Served engine(folder.path());
    client.begin_again();
    REQUIRE(client.finish(engine));
    engine.stop();
    CHECK(client.complaint().empty());
    CHECK(difference(folder.path(), Edition::first, client.acknowledged()) == "");
}

TEST_CASE(
    "killed while a store is made, or changed with its rulebook, the next life finds it whole") {
    const bool is_new = GENERATE(true, false);
    const Folder before, folder;
    std::set<std::int64_t> numbers;
    if (!is_new) numbers = fill(before.path(), 120);
    const Edition edition = is_new ? Edition::first : Edition::second;
    const std::vector<std::string> words = {"open", folder.path(), is_new ? "first" : "second"};
    int exit = 0;
    copy_folder(before.path(), folder.path());
    const std::int64_t operations = run(words, 0, exit);
    REQUIRE(exit == 0);
    REQUIRE(operations > 3);
    const std::size_t stride = static_cast<std::size_t>(operations) / 25 + 1;
    for (std::size_t n = 1; n <= static_cast<std::size_t>(operations); n += stride) {
        CAPTURE(n);
        copy_folder(before.path(), folder.path());
        run(words, n, exit);
        REQUIRE(exit == killed);
        CHECK(difference(folder.path(), edition, numbers) == "");
        CHECK(check(folder.path()) == "ok");
    }
}

TEST_CASE("killed while it copies the store, a backup leaves nothing or all, and harms nothing") {
    const Folder folder, room;
    const std::string target = room.path() + "/copy";
    const std::vector<std::string> words = {"backup", folder.path(), target};
    Client client;
    client.plan(150);
    Served engine(folder.path());
    REQUIRE(client.finish(engine));
    int exit = 0;
    const std::int64_t operations = run(words, 0, exit);
    REQUIRE(exit == 0);
    CHECK(difference(target, Edition::first, client.acknowledged()) == "");
    CHECK(check(target) == "ok");
    std::size_t absent = 0;
    const std::size_t stride = static_cast<std::size_t>(operations) / 20 + 1;
    for (std::size_t n = 1; n <= static_cast<std::size_t>(operations); n += stride) {
        CAPTURE(n);
        fs::remove_all(target);
        client.plan(20);
        REQUIRE(client.finish(engine));  // the engine is at work all the while
        run(words, n, exit);
        REQUIRE(exit == killed);
        if (!fs::exists(target)) {
            ++absent;
            run(words, 0, exit);  // what was left behind is in nobody's way
            CHECK(exit == 0);
        }
        CHECK(difference(target, Edition::first, client.acknowledged()) == "");
    }
    CHECK(absent > 0);
    REQUIRE(client.finish(engine));
    engine.stop();
    CHECK(difference(folder.path(), Edition::first, client.acknowledged()) == "");
    CHECK(check(folder.path()) == "ok");
}

TEST_CASE("an event at which the engine stops again and again is set aside, and the others go on") {
    constexpr std::int64_t planted = 17;
    const Folder folder;
    Client client;
    client.plan(30);
    int stops = 0;
    for (bool is_through = false; !is_through; ++stops) {
        REQUIRE(stops < 10);
        Child engine(Served::words(folder.path(), {"--stop-at", payment_id(planted)}));
        client.begin_again();
        // An engine may stop before it is ready: it begins with what it owes.
        is_through = engine.read_line() == "ready" && client.finish(engine);
        if (is_through) {
            engine.end_input();
            CHECK(engine.read_line().value_or("").starts_with("stopped"));
            CHECK(engine.wait() == 0);
            break;
        }
        while (client.receive(engine)) {
        }
        REQUIRE(engine.wait() == 9);
    }
    // The first stop may come before the event is on disk; then it is found at two.
    CHECK(stops >= 2);
    CHECK(stops <= 3);
    std::set<std::int64_t> others = client.acknowledged();
    CHECK(others.erase(planted) == 1);
    CHECK(difference(folder.path(), Edition::first, others) == "");

    SECTION("with an alert, and no more is heard of it in a later life") {
        for (int life = 0; life < 2; ++life) {
            Served engine(folder.path(), {"--stop-at", payment_id(planted)});
            client.plan(5);
            REQUIRE(client.finish(engine));
            REQUIRE(engine.send(payment_event(planted)));
            CHECK(engine.read_line() == payment_id(planted) + " duplicate");
            engine.stop();
        }
        others = client.acknowledged();
        others.erase(planted);
        CHECK(difference(folder.path(), Edition::first, others) == "");
        Connection connection(folder.database(), "");
        CHECK(connection.read("SELECT reason FROM parked").size() == 1);
        const auto alerts = connection.read("SELECT title FROM entity_notification");
        INFO(connection.message());
        REQUIRE(alerts.size() == 1);
        CHECK_THAT(alerts[0], Catch::Matchers::Contains(payment_id(planted)));
    }
}

}  // namespace pawl::fault
