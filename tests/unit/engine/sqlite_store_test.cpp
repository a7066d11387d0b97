#include "engine/store/sqlite_store.h"

#include <unistd.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "engine/store/value_key.h"
#include "store_folder.h"
#include "store_suite.h"
#include "time_suite.h"
#include "typed_program.h"

namespace pawl::engine {

using rules::Value;

TEST_CASE("the SQLite store is a store") {
    StoreFolder folder;
    store_suite([&folder]() -> std::unique_ptr<Store> {
        auto store = open_sqlite_store(folder.path());
        REQUIRE(store);
        return std::move(*store);
    });
}

TEST_CASE("the SQLite store keeps timers and runs that wait") {
    StoreFolder folder;
    time_suite([&folder]() -> std::unique_ptr<Store> {
        auto store = open_sqlite_store(folder.path());
        REQUIRE(store);
        return std::move(*store);
    });
}

TEST_CASE("the SQLite store gives records in the order of a field") {
    StoreFolder folder;
    order_suite([&folder]() -> std::unique_ptr<Store> {
        auto store = open_sqlite_store(folder.path());
        REQUIRE(store);
        return std::move(*store);
    });
}

TEST_CASE("the SQLite store finds rows of the engine's own by the number of their id, with gaps") {
    StoreFolder folder;
    auto store = open_sqlite_store(folder.path());
    REQUIRE(store);
    find_rows_suite(**store);
}

TEST_CASE("without a cache it answers the same") {
    StoreFolder folder;
    store_suite([&folder]() -> std::unique_ptr<Store> {
        auto store = open_sqlite_store(folder.path(), {.cache_bytes = 0});
        REQUIRE(store);
        return std::move(*store);
    });
}

namespace {

bool same_values(const rules::Record& left, const rules::Record& right) {
    if (left.fields.size() != right.fields.size()) return false;
    for (std::size_t i = 0; i < left.fields.size(); ++i)
        if (value_key(left.fields[i]) != value_key(right.fields[i]) ||
            left.fields[i].kind() != right.fields[i].kind())
            return false;
    return true;
}

// Any value of any field as a bound, so that bounds of another kind are tried too.
Value bound(const std::vector<std::vector<Value>>& values, std::size_t field,
            std::mt19937& random) {
    if (random() % 6 == 0) return Value();
    const auto& of = values[random() % 10 == 0 ? random() % values.size() : field];
    return of[random() % of.size()];
}

rules::ScanRequest any_request(const std::vector<std::vector<Value>>& values,
                               std::mt19937& random) {
    const std::size_t field = random() % values.size();
    rules::ScanRequest request;
    request.entity = sample::thing;
    request.field = static_cast<rules::FieldIndex>(field + rules::system_field_count);
    request.access = random() % 2 == 0 ? rules::Access::equal : rules::Access::range;
    request.low = bound(values, field, random);
    if (request.access == rules::Access::range) request.high = bound(values, field, random);
    return request;
}

}  // namespace

TEST_CASE("every value of every type comes back as it was, and scans answer as in memory") {
    const std::uint32_t seed = GENERATE(1u, 2u, 3u);
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const rules::Program program = sample::make_typed_program();
    const auto values = sample::typed_values(program);
    StoreFolder folder;
    auto store = folder.open(program, {.cache_bytes = seed == 1 ? 0u : 1u << 20});
    const auto memory = make_memory_store();
    REQUIRE(memory->open(program));

    for (int round = 0; round < 12; ++round) {
        WriteBatch batch;
        for (rules::RecordKey key = 1; key <= 60; ++key) {
            if (random() % 3 != 0) continue;
            const bool is_removed = random() % 5 == 0;
            batch.records.push_back(
                {{sample::thing, key},
                 is_removed ? nullptr
                            : sample::make_thing("t" + std::to_string(key), values, random)});
        }
        REQUIRE(memory->commit(batch));
        REQUIRE(store->commit(batch));
        if (round % 4 == 3) {
            store.reset();
            store = folder.open(program);
        }
        for (rules::RecordKey key = 1; key <= 60; ++key) {
            const auto expected = memory->get({sample::thing, key});
            const auto found = store->get({sample::thing, key});
            REQUIRE((expected == nullptr) == (found == nullptr));
            if (expected != nullptr) CHECK(same_values(*expected, *found));
            const std::string id = "t" + std::to_string(key);
            CHECK(store->find(sample::thing, id) == memory->find(sample::thing, id));
        }
        for (int i = 0; i < 200; ++i) {
            const rules::ScanRequest request = any_request(values, random);
            INFO(program.schema.entities[sample::thing].fields[request.field].name
                 << " from " << encode_value(request.low, program.schema) << " to "
                 << encode_value(request.high, program.schema));
            REQUIRE(sample::keys(store->scan(request)) == sample::keys(memory->scan(request)));
        }
    }
}

TEST_CASE("a number that is none is kept, though no column takes it") {
    const rules::Program program = sample::make_program();
    StoreFolder folder;
    const auto store = folder.open(program, {.cache_bytes = 0});
    auto order = sample::make_order("o2", 1, 2);
    order->fields[sample::order_amount] = Value::number(std::nan(""));
    WriteBatch batch;
    batch.records = {{{sample::order, 2}, order}};
    REQUIRE(store->commit(batch));
    CHECK(std::isnan(store->get({sample::order, 2})->fields[sample::order_amount].as_number()));
}

TEST_CASE("a unique value that its column cannot hold is found all the same") {
    rules::Program program = sample::make_typed_program();
    program.schema.entities[sample::thing].unique_sets = {{rules::system_field_count + 2}};
    StoreFolder folder;
    const auto store = folder.open(program);
    std::mt19937 random(7);
    const auto values = sample::typed_values(program);
    auto thing = sample::make_thing("t1", values, random);
    thing->fields[rules::system_field_count + 2] = Value::money({100, sample::currency("USD")});
    WriteBatch batch;
    batch.records = {{{sample::thing, 1}, thing}};
    REQUIRE(store->commit(batch));
    CHECK(store->find_unique(sample::thing, 0, {Value::money({100, sample::currency("USD")})}) ==
          1);
    CHECK_FALSE(
        store->find_unique(sample::thing, 0, {Value::money({100, sample::currency("KES")})}));
    CHECK_FALSE(
        store->find_unique(sample::thing, 0, {Value::money({101, sample::currency("USD")})}));
}

TEST_CASE("a scan of many records goes on over pages, and several are under way at once") {
    const rules::Program program = sample::make_program();
    StoreFolder folder;
    const auto store = folder.open(program);
    WriteBatch batch;
    for (rules::RecordKey key = 1; key <= 5'000; ++key)
        batch.records.push_back(
            {{sample::order, key}, sample::make_order("o" + std::to_string(key), key % 2, key)});
    REQUIRE(store->commit(batch));
    const auto all = store->scan(sample::every(sample::order));
    const auto even = store->scan(
        sample::equal(sample::order, sample::order_of, Value::reference({sample::client, 0})));
    for (rules::RecordKey key = 1; key <= 5'000; ++key) {
        REQUIRE(all->next() == key);
        if (key % 2 == 0) REQUIRE(even->next() == key);
    }
    CHECK_FALSE(all->next());
    CHECK_FALSE(even->next());
    CHECK_FALSE(even->next());
    CHECK(sample::keys(store->scan(sample::range(sample::order, sample::order_number,
                                                 Value::integer(4'000), Value())))
              .size() == 1'001);
}

TEST_CASE("everything is there after closing and opening") {
    const rules::Program program = sample::make_program();
    StoreFolder folder;
    {
        const auto store = folder.open(program);
        WriteBatch batch;
        batch.records = {{{sample::client, 1}, sample::make_client("asha", "a@x.org")},
                         {{sample::order, 2}, sample::make_order("o2", 1, 30)}};
        batch.marks = {{"once/a", "r1", Instant{100}}, {"once/b", "", std::nullopt}};
        batch.runs = {{4, std::make_shared<const StoredRun>(make_whole_run(4))}};
        batch.timers = {{make_timer(70, 1)}, {make_timer(60, 2, "held/a", TimerKind::held)}};
        batch.waiters = {{"paid", "", 4}};
        batch.seen = {{"/shop", "e1", body_mark(hash_bytes("body")), Instant{5}}};
        batch.settings = {{"limit", "5"}};
        batch.inputs = {{1, Instant{10}, "{\"type\":\"x\"}"}};
        batch.changes = {
            {1, Instant{10}, {sample::client, 1}, rules::field_id, Value(), Value::text("asha")}};
        batch.parked = {{1, "it stopped the engine twice"}};
        batch.counters = {9, 8, 7, 6, Instant{55}, std::vector<std::int64_t>(7, 1), 2, 1, 3, false};
        batch.counters.next_ids[sample::order] = 12;
        REQUIRE(store->commit(batch));
    }
    const auto store = folder.open(program);
    CHECK(store->get({sample::client, 1})->fields ==
          sample::make_client("asha", "a@x.org")->fields);
    CHECK(store->find(sample::order, "o2") == 2);
    CHECK(store->mark("once/a", Instant{99}) == "r1");
    CHECK_FALSE(store->mark("once/a", Instant{100}));
    CHECK(store->mark("once/b", Instant{1'000}) == "");
    const auto run = store->run(4);
    REQUIRE(run);
    CHECK(encode_run(*run, program) == encode_run(make_whole_run(4), program));
    CHECK(
        store->timers({}, 10) ==
        std::vector<StoredTimer>{make_timer(60, 2, "held/a", TimerKind::held), make_timer(70, 1)});
    CHECK(store->waiters("paid", "") == std::vector<RunNumber>{4});
    REQUIRE(store->seen("/shop", "e1"));
    CHECK(store->seen("/shop", "e1")->body == body_mark(hash_bytes("body")));
    CHECK(store->seen("/shop", "e1")->at == Instant{5});
    CHECK(store->settings().size() == 1);
    CHECK(store->inputs(0, 10).at(0).body == "{\"type\":\"x\"}");
    const Counters counters = store->counters();
    CHECK(counters.next_key == 9);
    CHECK(counters.next_run == 8);
    CHECK(counters.next_event == 7);
    CHECK(counters.turn == 6);
    CHECK(counters.now == Instant{55});
    CHECK(counters.next_ids[sample::order] == 12);
    CHECK(counters.next_input == 2);
    CHECK(counters.position == 1);
    CHECK(counters.next_timer == 3);
    CHECK_FALSE(counters.is_clean);
}

TEST_CASE("one folder has one engine") {
    StoreFolder folder;
    auto first = open_sqlite_store(folder.path());
    REQUIRE(first);
    auto second = open_sqlite_store(folder.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().code == "locked");
    first->reset();
    CHECK(open_sqlite_store(folder.path()));
}

TEST_CASE("a folder whose store was lost is not begun anew in silence") {
    StoreFolder folder;
    REQUIRE(open_sqlite_store(folder.path()));
    SECTION("the file is gone") { std::filesystem::remove(folder.file()); }
    SECTION("the file is empty") { std::filesystem::resize_file(folder.file(), 0); }
    const auto refused = open_sqlite_store(folder.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "damaged");
}

TEST_CASE("a folder is made where there is none, a file in its place is refused") {
    StoreFolder folder;
    CHECK(open_sqlite_store(folder.path() + "/a \"b\"/it's"));
    CHECK(std::filesystem::exists(folder.path() + "/a \"b\"/it's/pawl.db"));
    // It holds what people wrote: nobody else's to read.
    CHECK(std::filesystem::status(folder.path() + "/a \"b\"/it's").permissions() ==
          std::filesystem::perms::owner_all);
    std::ofstream(folder.path() + "/file") << "text";
    const auto refused = open_sqlite_store(folder.path() + "/file");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "unreadable");
    const auto below = open_sqlite_store(folder.path() + "/file/data");
    REQUIRE_FALSE(below);
    CHECK(below.error().code == "unreadable");
}

namespace {

// Without the rights of root, who may write everywhere.
class Nobody {
 public:
    Nobody() : is_root_(::geteuid() == 0) {
        if (is_root_) REQUIRE(::seteuid(65'534) == 0);
    }
    ~Nobody() {
        if (is_root_ && ::seteuid(0) != 0) std::abort();
    }
    Nobody(const Nobody&) = delete;
    Nobody& operator=(const Nobody&) = delete;

 private:
    const bool is_root_;
};

}  // namespace

TEST_CASE("a folder or a file that may not be written is told as such, and left alone") {
    namespace fs = std::filesystem;
    const rules::Program program = sample::make_program();
    StoreFolder folder;
    const std::string inside = folder.path() + "/data";
    REQUIRE(open_sqlite_store(inside));
    fs::permissions(folder.path(), fs::perms::all);
    const auto readable = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
    SECTION("the folder") {
        fs::permissions(inside, readable | fs::perms::owner_exec | fs::perms::others_exec);
        const Nobody nobody;
        const auto refused = open_sqlite_store(inside);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "read_only");
    }
    SECTION("the folder that it would be made in") {
        fs::permissions(folder.path(), readable | fs::perms::owner_exec | fs::perms::others_exec);
        const Nobody nobody;
        const auto refused = open_sqlite_store(folder.path() + "/new");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "read_only");
    }
    SECTION("the file") {
        fs::permissions(inside, fs::perms::all);
        fs::permissions(inside + "/pawl.lock", fs::perms::all);
        fs::permissions(inside + "/pawl.db", readable);
        const Nobody nobody;
        const auto refused = open_sqlite_store(inside);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "read_only");
    }
    fs::permissions(folder.path(), fs::perms::all);
    fs::permissions(inside, fs::perms::all);
}

TEST_CASE("a file that is no store is refused and left as it is") {
    StoreFolder folder;
    const auto content = [&] {
        std::ifstream in(folder.file(), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    SECTION("no database") {
        std::ofstream(folder.file()) << std::string(5'000, 'x');
        const std::string before = content();
        const auto refused = open_sqlite_store(folder.path());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "damaged");
        CHECK_FALSE(refused.error().retry);
        CHECK(content() == before);
    }
    SECTION("damaged within") {
        const rules::Program program = sample::make_program();
        {
            const auto store = folder.open(program);
            WriteBatch batch;
            for (rules::RecordKey key = 1; key <= 2'000; ++key)
                batch.records.push_back(
                    {{sample::client, key}, sample::make_client("c" + std::to_string(key), "")});
            REQUIRE(store->commit(batch));
        }
        {
            std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(4'096);
            file << std::string(12'288, '\xff');
        }
        auto store = open_sqlite_store(folder.path());
        const Error error = store ? (*store)->open(program).error() : store.error();
        CHECK(error.code == "damaged");
    }
}

}  // namespace pawl::engine
