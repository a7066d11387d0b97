#include "bench/turns/recount.h"

#include <catch2/catch.hpp>

#include "bench/turns/workload.h"
#include "store_files.h"

using namespace pawl::bench;

namespace {

constexpr std::uint64_t accounts = 100;
constexpr std::uint64_t deposits = 250;

// A store that holds all of them, then changed by `sql`.
Recount recount_after(const std::string& sql) {
    const TestFolder folder;
    {
        RawDatabase store(folder.file("pawl.db"), RawAccess::write);
        make_store(store);
        const auto by_account = deposits_by_account(accounts, deposits);
        for (std::uint64_t i = 0; i < accounts; ++i) {
            store.run("INSERT INTO account (id, balance) VALUES ('" + account_id(i) + "', " +
                      std::to_string(by_account[i]) + ")");
        }
        for (std::uint64_t i = 0; i < deposits; ++i) {
            store.run(
                "INSERT INTO input (body) VALUES ('');"
                "INSERT INTO \"run 2\" (status) VALUES ('success');"
                "INSERT INTO automation_log (status) VALUES ('success'), ('success'), ('success')");
        }
        store.run(sql);
        const pawl::Status made = store.status();
        INFO((made ? std::string() : made.error().message));
        REQUIRE(made);
    }
    const pawl::Result<Recount> counts =
        recount(folder.file("pawl.db"), Work::at_once, accounts, deposits);
    REQUIRE(counts);
    return *counts;
}

}  // namespace

TEST_CASE("a store that holds what was acknowledged has lost nothing") {
    const Recount counts = recount_after("");
    CHECK(counts.inputs == deposits);
    CHECK(counts.runs == deposits);
    CHECK(counts.log_rows == deposits * 3);
    CHECK(counts.carried_out == deposits);
    CHECK(counts.lost == 0);
    CHECK(counts.doubled == 0);
}

TEST_CASE("whatever is missing of a deposit, it is lost") {
    CHECK(recount_after("DELETE FROM input WHERE number = 7").lost == 1);
    CHECK(recount_after("DELETE FROM \"run 2\" WHERE key IN (1, 2)").lost == 2);
    CHECK(recount_after("UPDATE \"run 2\" SET status = 'failed' WHERE key = 3").lost == 1);
    CHECK(recount_after("DELETE FROM automation_log WHERE key = 9").lost == 1);
    CHECK(recount_after("INSERT INTO waiting_run VALUES (7, '')").lost == 1);
    CHECK(
        recount_after("INSERT INTO timer VALUES (1, 7, 0, ''); INSERT INTO timer_later VALUES (8)")
            .lost == 2);
    CHECK(recount_after("UPDATE account SET balance = balance - 1 WHERE key = 5").lost == 1);
}

TEST_CASE("what is there twice is told, even where the sum is right") {
    CHECK(recount_after("INSERT INTO \"run 2\" (status) VALUES ('success')").doubled == 1);
    CHECK(recount_after("INSERT INTO automation_log (status) VALUES ('success')").doubled == 1);
    const Recount crossed = recount_after(
        "UPDATE account SET balance = balance - 1 WHERE key = 5;"
        "UPDATE account SET balance = balance + 1 WHERE key = 6");
    CHECK(crossed.carried_out == deposits);
    CHECK(crossed.lost == 1);
    CHECK(crossed.doubled == 1);
}
