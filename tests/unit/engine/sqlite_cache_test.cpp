#include "engine/store/sqlite_cache.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "sample_program.h"
#include "store_folder.h"

namespace pawl::engine {

using rules::Value;
using sample::client;

namespace {

std::shared_ptr<rules::Record> named(const std::string& name) {
    auto record = sample::make_client("asha", "");
    record->fields[sample::client_name] = Value::text(name);
    return record;
}

std::string name_in(RecordCache& cache, rules::RecordKey key) {
    const auto record = cache.get({client, key});
    return record == nullptr ? "" : std::string(record->fields[sample::client_name].as_text());
}

}  // namespace

TEST_CASE("a cache keeps what was used last, by bytes") {
    RecordCache cache(20'000);
    for (rules::RecordKey key = 1; key <= 200; ++key) {
        cache.put({client, key}, named("n" + std::to_string(key)));
        CHECK(cache.bytes() <= 20'000);
        CHECK(name_in(cache, 1) == "n1");
    }
    CHECK(name_in(cache, 2).empty());
    CHECK(name_in(cache, 200) == "n200");
    RecordCache none(0);
    none.put({client, 1}, named("n1"));
    CHECK(name_in(none, 1).empty());
}

TEST_CASE("a cached record is found by its id, and no longer than it is there") {
    RecordCache cache(100'000);
    const auto with_id = [](const std::string& id) {
        auto record = named("n");
        record->fields[rules::field_id] = Value::text(id);
        return record;
    };
    cache.put({client, 1}, with_id("a"));
    cache.put({client, 2}, with_id("b"));
    CHECK(cache.find(client, "a") == 1);
    CHECK(cache.find(client, "b") == 2);
    CHECK_FALSE(cache.find(client, "c"));
    cache.tell({{{client, 1}, nullptr}, {{client, 3}, with_id("a")}});  // its id passes on
    CHECK(cache.find(client, "a") == 3);
    cache.tell({{{client, 2}, with_id("c")}});
    CHECK_FALSE(cache.find(client, "b"));
    CHECK(cache.find(client, "c") == 2);
    cache.tell_forget({client, 3});
    CHECK_FALSE(cache.find(client, "a"));
}

TEST_CASE("a row read before a commit does not outlive the news of it") {
    RecordCache cache(100'000);
    SECTION("read, committed, kept, told") {
        CHECK(name_in(cache, 1).empty());           // the core looks, and reads the old row
        cache.tell({{{client, 1}, named("new")}});  // meanwhile the writer commits
        cache.put({client, 1}, named("old"));
        CHECK(name_in(cache, 1) == "new");
    }
    SECTION("kept, then committed") {
        cache.put({client, 1}, named("old"));
        cache.tell({{{client, 1}, named("new")}});
        cache.tell({{{client, 1}, named("newer")}});
        CHECK(name_in(cache, 1) == "newer");
    }
    SECTION("deleted") {
        cache.put({client, 1}, named("old"));
        cache.tell({{{client, 1}, nullptr}});
        CHECK(name_in(cache, 1).empty());
    }
    SECTION("taken away beside a commit") {
        cache.put({client, 1}, named("old"));
        cache.tell_forget({client, 1});
        CHECK(name_in(cache, 1).empty());
    }
}

TEST_CASE("rows of the engine's own are kept in memory only where somebody read them") {
    RecordCache cache(100'000);
    cache.tell({{{rules::entity_effect, 1}, named("a")}});
    CHECK(cache.get({rules::entity_effect, 1}) == nullptr);
    cache.put({rules::entity_effect, 1}, named("a"));
    cache.tell({{{rules::entity_effect, 1}, named("b")}});
    CHECK(cache.get({rules::entity_effect, 1})->fields[sample::client_name].as_text() == "b");
}

// The core reads without a pause while the writer commits. Once commit has returned, nothing older
// may be seen; before, the old or the new.
TEST_CASE("the core never sees a record older than the last commit that returned") {
    const std::size_t cache_bytes =
        GENERATE(std::size_t{0}, std::size_t{2'000}, std::size_t{1} << 20);
    const rules::Program program = sample::make_program();
    StoreFolder folder;
    const auto store =
        folder.open(program, {.synchronous = Synchronous::normal, .cache_bytes = cache_bytes});
    constexpr rules::RecordKey clients = 8;
    constexpr int rounds = 400;
    std::atomic<int> returned{0};
    const auto batch_of = [](int round) {
        WriteBatch batch;
        for (rules::RecordKey key = 1; key <= clients; ++key)
            batch.records.push_back({{client, key}, named(std::to_string(round))});
        return batch;
    };
    REQUIRE(store->commit(batch_of(1)));
    returned = 1;
    bool is_written = true;
    std::thread writer([&] {
        for (int round = 2; round <= rounds; ++round) {
            is_written = is_written && store->commit(batch_of(round)).has_value();
            returned = round;
        }
    });
    int oldest_seen_late = 0;
    while (returned < rounds) {
        for (rules::RecordKey key = 1; key <= clients; ++key) {
            const int least = returned;
            const auto record = store->get({client, key});
            const int seen = std::stoi(std::string(record->fields[sample::client_name].as_text()));
            if (seen < least) ++oldest_seen_late;
        }
    }
    writer.join();
    CHECK(is_written);
    CHECK(oldest_seen_late == 0);
    for (rules::RecordKey key = 1; key <= clients; ++key)
        CHECK(store->get({client, key})->fields[sample::client_name].as_text() ==
              std::to_string(rounds));
}

}  // namespace pawl::engine
