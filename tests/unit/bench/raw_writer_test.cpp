#include "bench/turns/raw_writer.h"

#include <catch2/catch.hpp>

#include "store_files.h"

using namespace pawl::bench;

namespace {

constexpr std::uint64_t runs = 200;

// What each run of the benchmark leaves: an input, its key, a run, three log rows and a changed
// account; and a position that moves with every group.
void add_runs(RawDatabase& store, std::uint64_t first) {
    for (std::uint64_t i = first; i < first + runs; ++i) {
        const std::string number = std::to_string(i + 1);
        store.run("INSERT INTO input VALUES (" + number + ", 'body of " + number +
                  "'); INSERT INTO seen VALUES (1, " + number + " * 7919 % 10007);" +
                  "INSERT INTO \"run 2\" (key, status, share) VALUES (" + number + ", 'success', " +
                  number + " / 8.0);" +
                  "INSERT INTO automation_log (status) VALUES ('fired'), (NULL), ('')");
    }
    store.run("UPDATE account SET balance = balance + 2; UPDATE position SET position = " +
              std::to_string(first + runs) + " WHERE id = 1");
}

std::int64_t differences(const std::string& one, const std::string& other,
                         const std::string& table) {
    RawDatabase database(one, RawAccess::look);
    database.run("ATTACH 'file:" + other + "?mode=ro' AS other");
    const std::string mine = "SELECT * FROM main." + table;
    const std::string theirs = "SELECT * FROM other." + table;
    const std::int64_t count =
        database.integer("SELECT count(*) FROM (" + mine + " EXCEPT " + theirs + ")") +
        database.integer("SELECT count(*) FROM (" + theirs + " EXCEPT " + mine + ")");
    REQUIRE(database.status());
    return count;
}

}  // namespace

TEST_CASE("the raw writer writes just the rows that the store got, round by round") {
    const TestFolder folder;
    const std::string store_file = folder.file("pawl.db");
    const std::string raw_file = folder.file("yardstick.db");
    RawDatabase store(store_file, RawAccess::write);
    make_store(store);
    for (int i = 0; i < 100; ++i) {
        store.run("INSERT INTO account (id, balance) VALUES ('a" + std::to_string(i) + "', 0)");
    }
    const auto writer = RawWriter::make(store_file, raw_file, "account");
    REQUIRE(writer);
    for (std::uint64_t round = 0; round < 3; ++round) {
        add_runs(store, round * runs);
        REQUIRE(store.status());
        REQUIRE((*writer)->fetch(runs, runs));
        Latencies commits;
        const auto pass = (*writer)->write(10, commits);
        REQUIRE(pass);
        // An input, its key, a run, three log rows and an account each; a position a group.
        CHECK(pass->rows == runs * 7 + 10);
        CHECK((*writer)->rows_per_run() == 7);
        CHECK(commits.count() == 10);
        for (const char* table :
             {"input", "seen", "position", "account", "\"run 2\"", "automation_log"}) {
            INFO(table);
            CHECK(differences(raw_file, store_file, table) == 0);
        }
        REQUIRE((*writer)->catch_up());
    }
}

TEST_CASE("the raw writer also writes what passes, and takes it away") {
    const TestFolder folder;
    const std::string store_file = folder.file("pawl.db");
    const std::string raw_file = folder.file("yardstick.db");
    RawDatabase store(store_file, RawAccess::write);
    make_store(store);
    store.run("INSERT INTO account (id, balance) VALUES ('a0', 0)");
    const auto writer = RawWriter::make(store_file, raw_file, "account");
    REQUIRE(writer);
    (*writer)->write_passing({"run 2", "the place of a run"});
    for (std::uint64_t round = 0; round < 2; ++round) {
        add_runs(store, round * runs);
        REQUIRE(store.status());
        REQUIRE((*writer)->fetch(runs, runs));
        Latencies commits;
        const auto pass = (*writer)->write(10, commits);
        REQUIRE(pass);
        // Besides the seven: two put in, and three for all but the last tenth.
        CHECK(pass->rows == runs * 7 + 10 + runs * 2 + runs * 9 / 10 * 3);
        RawDatabase raw(raw_file, RawAccess::look);
        CHECK(raw.integer("SELECT count(*) FROM waiting_run") == runs / 10);
        CHECK(raw.integer("SELECT count(*) FROM timer") == runs / 10);
        CHECK(differences(raw_file, store_file, "\"run 2\"") == 0);
        REQUIRE((*writer)->catch_up());
        CHECK(raw.integer("SELECT count(*) FROM waiting_run") == 0);
        CHECK(raw.integer("SELECT count(*) FROM timer") == 0);
    }
}

TEST_CASE("of a large round the raw writer writes a part, and then catches up") {
    const TestFolder folder;
    const std::string store_file = folder.file("pawl.db");
    const std::string raw_file = folder.file("yardstick.db");
    RawDatabase store(store_file, RawAccess::write);
    make_store(store);
    store.run("INSERT INTO account (id, balance) VALUES ('a0', 0)");
    const auto writer = RawWriter::make(store_file, raw_file, "account");
    REQUIRE(writer);
    add_runs(store, 0);
    REQUIRE((*writer)->fetch(runs / 4, runs));
    Latencies commits;
    const auto pass = (*writer)->write(5, commits);
    REQUIRE(pass);
    CHECK(pass->rows == runs / 4 * 7 + 5);
    CHECK(differences(raw_file, store_file, "input") == runs * 3 / 4);
    REQUIRE((*writer)->catch_up());
    for (const char* table :
         {"input", "seen", "position", "account", "\"run 2\"", "automation_log"}) {
        INFO(table);
        CHECK(differences(raw_file, store_file, table) == 0);
    }
}
