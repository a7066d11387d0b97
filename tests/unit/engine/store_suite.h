#pragma once

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/ports/store.h"
#include "sample_program.h"

// What every store answers alike. A store's own test file includes this and calls it with a way to
// make an empty store: `store_suite([] { return make_memory_store(); })` within a TEST_CASE.

namespace pawl::engine {

template <class Make>
void store_suite(Make make) {
    using rules::Value;
    using sample::client;
    using sample::client_name;
    using sample::equal;
    using sample::every;
    using sample::keys;
    using sample::make_client;
    using sample::make_order;
    using sample::make_program;
    using sample::order;
    using sample::order_amount;
    using sample::order_number;
    using sample::order_of;
    using sample::range;
    using Keys = std::vector<rules::RecordKey>;

    const rules::Program program = make_program();
    const std::unique_ptr<Store> store = make();
    REQUIRE(store->open(program));

    const auto commit = [&store](WriteBatch batch) { REQUIRE(store->commit(std::move(batch))); };
    const auto put = [&commit](std::vector<RecordWrite> records) {
        WriteBatch batch;
        batch.records = std::move(records);
        commit(std::move(batch));
    };

    SECTION("an empty store has nothing and counts from one") {
        CHECK(store->get({client, 1}) == nullptr);
        CHECK(keys(store->scan(every(client))).empty());
        CHECK_FALSE(store->find(client, "asha"));
        CHECK_FALSE(store->mark("once/a/1", Instant{0}));
        CHECK_FALSE(store->run(1));
        CHECK_FALSE(store->seen("/shop", "e1"));
        CHECK(store->counters().next_run == 1);
        CHECK(store->counters().next_key == 1);
        CHECK(store->settings().empty());
    }

    SECTION("a record is found by key and by id, changed, and deleted") {
        put({{{client, 7}, make_client("asha", "a@x.org")}});
        REQUIRE(store->get({client, 7}) != nullptr);
        CHECK(store->get({client, 7})->fields[client_name].as_text() == "asha");
        CHECK(store->find(client, "asha") == 7);
        CHECK_FALSE(store->find(order, "asha"));
        auto changed = make_client("asha", "a@x.org");
        changed->fields[client_name] = Value::text("Asha");
        put({{{client, 7}, changed}});
        CHECK(store->get({client, 7})->fields[client_name].as_text() == "Asha");
        put({{{client, 7}, nullptr}});
        CHECK(store->get({client, 7}) == nullptr);
        CHECK_FALSE(store->find(client, "asha"));
        CHECK(keys(store->scan(every(client))).empty());
    }

    SECTION("a scan gives keys ascending, by index too") {
        put({{{client, 1}, make_client("a", "")}, {{client, 2}, make_client("b", "")}});
        put({{{order, 3}, make_order("o3", 1, 30)},
             {{order, 4}, make_order("o4", 2, 10)},
             {{order, 5}, make_order("o5", 1, 20)}});
        CHECK(keys(store->scan(every(order))) == Keys{3, 4, 5});
        CHECK(keys(store->scan(equal(order, order_of, Value::reference({client, 1})))) ==
              Keys{3, 5});
        CHECK(keys(store->scan(equal(order, order_of, Value::reference({client, 9})))).empty());
        CHECK(keys(store->scan(range(order, order_number, Value::integer(10),
                                     Value::integer(20)))) == Keys{4, 5});
        CHECK(keys(store->scan(range(order, order_number, Value::integer(20), Value()))) ==
              Keys{3, 5});
        CHECK(keys(store->scan(range(order, order_number, Value(), Value::integer(29)))) ==
              Keys{4, 5});
    }

    SECTION("negative numbers lie below the others") {
        put({{{client, 1}, make_client("a", "")}});
        put({{{order, 2}, make_order("o2", 1, -5)}, {{order, 3}, make_order("o3", 1, 5)}});
        CHECK(keys(store->scan(
                  range(order, order_number, Value::integer(-10), Value::integer(0)))) == Keys{2});
    }

    SECTION("an index follows changes and deletions") {
        put({{{client, 1}, make_client("a", "")}, {{client, 2}, make_client("b", "")}});
        put({{{order, 3}, make_order("o3", 1, 30)}});
        put({{{order, 3}, make_order("o3", 2, 30)}});
        CHECK(keys(store->scan(equal(order, order_of, Value::reference({client, 1})))).empty());
        CHECK(keys(store->scan(equal(order, order_of, Value::reference({client, 2})))) == Keys{3});
        put({{{order, 3}, nullptr}});
        CHECK(keys(store->scan(equal(order, order_of, Value::reference({client, 2})))).empty());
    }

    SECTION("a scan of a field without an index, or by a key of another kind, misses nothing") {
        put({{{client, 1}, make_client("a", "")}});
        put({{{order, 2}, make_order("o2", 1, 5)}, {{order, 3}, make_order("o3", 1, 6)}});
        // It may offer more than was asked for: the caller looks at each.
        const auto offers = [&](const rules::ScanRequest& request, rules::RecordKey key) {
            const Keys offered = keys(store->scan(request));
            return std::find(offered.begin(), offered.end(), key) != offered.end();
        };
        CHECK(offers(equal(order, order_amount, store->get({order, 3})->fields[order_amount]), 3));
        CHECK(offers(range(order, order_number, Value::number(5.5), Value()), 3));
    }

    SECTION("a unique set is looked up; a missing part makes it nobody's") {
        put({{{client, 1}, make_client("a", "a@x.org")}, {{client, 2}, make_client("b", "")}});
        CHECK(store->find_unique(client, 0, {Value::text("a@x.org")}) == 1);
        CHECK_FALSE(store->find_unique(client, 0, {Value::text("b@x.org")}));
        CHECK_FALSE(store->find_unique(client, 0, {Value()}));
        put({{{order, 3}, make_order("o3", 1, 30)}});
        CHECK(store->find_unique(order, 0, {Value::reference({client, 1}), Value::integer(30)}) ==
              3);
    }

    SECTION("within one batch a unique value passes from one record to another") {
        put({{{client, 1}, make_client("a", "x@x.org")},
             {{client, 2}, make_client("b", "y@x.org")}});
        put({{{client, 1}, make_client("a", "y@x.org")},
             {{client, 2}, make_client("b", "x@x.org")}});
        CHECK(store->find_unique(client, 0, {Value::text("x@x.org")}) == 2);
        CHECK(store->find_unique(client, 0, {Value::text("y@x.org")}) == 1);
        put({{{client, 1}, nullptr}, {{client, 3}, make_client("a", "y@x.org")}});
        CHECK(store->find_unique(client, 0, {Value::text("y@x.org")}) == 3);
        CHECK(store->find(client, "a") == 3);
    }

    SECTION("a table that lost most of its rows keeps the rest in order") {
        std::vector<RecordWrite> rows, gone;
        for (rules::RecordKey key = 1; key <= 300; ++key) {
            rows.push_back({{client, key}, make_client("c" + std::to_string(key), "")});
            if (key % 10 != 0) gone.push_back({{client, key}, nullptr});
        }
        put(rows);
        put(gone);
        const Keys left = keys(store->scan(every(client)));
        CHECK(left.size() == 30);
        CHECK(left.front() == 10);
        CHECK(left.back() == 300);
        CHECK(store->get({client, 20}) != nullptr);
        CHECK(store->get({client, 21}) == nullptr);
    }

    SECTION("a mark is there until it is removed or its time has come") {
        WriteBatch batch;
        batch.marks = {{"once/a/1", "r1", std::nullopt}, {"once/a/2", "", Instant{100}}};
        commit(batch);
        CHECK(store->mark("once/a/1", Instant{1'000}) == "r1");
        CHECK(store->mark("once/a/2", Instant{99}) == "");
        CHECK_FALSE(store->mark("once/a/2", Instant{100}));
        WriteBatch removal;
        removal.marks = {{"once/a/1", std::nullopt, std::nullopt}};
        commit(removal);
        CHECK_FALSE(store->mark("once/a/1", Instant{0}));
    }

    SECTION("a waiting run is kept whole until it ends") {
        StoredRun run;
        run.number = 4;
        run.intents = 2;
        run.calling = 2;
        run.entity = "client/asha";
        run.frames = {{1, 17, {Value::integer(5), Value(), Value::text("x")}}};
        WriteBatch batch;
        batch.runs = {{4, std::make_shared<const StoredRun>(run)}};
        commit(batch);
        const auto back = store->run(4);
        REQUIRE(back);
        CHECK(back->calling == 2);
        CHECK(back->entity == "client/asha");
        REQUIRE(back->frames.size() == 1);
        CHECK(back->frames[0].instruction == 17);
        CHECK(back->frames[0].locals == run.frames[0].locals);
        WriteBatch end;
        end.runs = {{4, nullptr}};
        commit(end);
        CHECK_FALSE(store->run(4));
    }

    SECTION("an event is known by source and id together") {
        WriteBatch batch;
        batch.seen = {{"/shop", "e1", body_mark(hash_bytes("body")), Instant{5}}};
        commit(batch);
        REQUIRE(store->seen("/shop", "e1"));
        CHECK(store->seen("/shop", "e1")->body == body_mark(hash_bytes("body")));
        CHECK_FALSE(store->seen("/shop", "e2"));
        CHECK_FALSE(store->seen("/other", "e1"));
        CHECK_FALSE(store->seen("/shope", "1"));
    }

    SECTION("an input is found above the last one, a few at a time") {
        WriteBatch batch;
        batch.inputs = {
            {1, Instant{10}, "{}"}, {2, Instant{20}, "{\"a\":1}"}, {5, Instant{30}, ""}};
        commit(batch);
        const auto inputs = store->inputs(1, 10);
        REQUIRE(inputs.size() == 2);
        CHECK(inputs[0].number == 2);
        CHECK(inputs[0].arrival == Instant{20});
        CHECK(inputs[0].body == "{\"a\":1}");
        CHECK(inputs[1].number == 5);
        CHECK(inputs[1].body.empty());
        CHECK(store->inputs(0, 1).size() == 1);
        CHECK(store->inputs(5, 10).empty());
    }

    SECTION("counters and settings are those of the last commit") {
        WriteBatch batch;
        batch.counters.next_run = 12;
        batch.counters.next_ids.assign(program.schema.entities.size(), 1);
        batch.counters.next_ids[client] = 3;
        const std::vector<std::int64_t> next_ids = batch.counters.next_ids;
        batch.counters.now = Instant{77};
        batch.settings = {{"limit", "5"}, {"name", "\"a\""}};
        commit(batch);
        WriteBatch later;
        later.counters = store->counters();
        later.settings = {{"limit", "6"}};
        commit(later);
        CHECK(store->counters().next_run == 12);
        CHECK(store->counters().next_ids == next_ids);
        CHECK(store->counters().now == Instant{77});
        const std::vector<std::pair<std::string, std::string>> settings = {{"limit", "6"},
                                                                           {"name", "\"a\""}};
        CHECK(store->settings() == settings);
    }
}

// Of a store alone: a layer over one does not look for rows of the engine's own.
inline void find_rows_suite(Store& store) {
    using rules::Value;
    const rules::Program program = sample::make_program();
    REQUIRE(store.open(program));
    const auto put = [&store](const std::vector<RecordWrite>& records) {
        WriteBatch batch;
        batch.records = records;
        REQUIRE(store.commit(batch));
    };
    std::vector<RecordWrite> runs, logs;
    for (rules::RecordKey key = 1; key <= 60; ++key) {
        const bool is_run = key % 3 == 0;
        auto row = std::make_shared<rules::Record>();
        const rules::EntityIndex entity = is_run ? rules::entity_run : rules::entity_automation_log;
        row->fields.resize(program.schema.entities[entity].fields.size());
        const std::string number = std::to_string(is_run ? key / 3 : key - key / 3);
        row->fields[rules::field_id] = Value::text((is_run ? "r" : "automation_log-") + number);
        if (key % 7 != 0) (is_run ? runs : logs).push_back({{entity, key}, row});
    }
    put(runs);
    put(logs);
    for (const RecordWrite& each : runs)
        CHECK(store.find(rules::entity_run, each.record->fields[0].as_text()) ==
              each.reference.key);
    for (const RecordWrite& each : logs)
        CHECK(store.find(rules::entity_automation_log, each.record->fields[0].as_text()) ==
              each.reference.key);
    CHECK_FALSE(store.find(rules::entity_run, "r7"));  // key 21
    for (const char* nobody : {"r0", "r21", "r99999999999999999999", "r", "", "x3", "r03"})
        CHECK_FALSE(store.find(rules::entity_run, nobody));
    CHECK_FALSE(store.find(rules::entity_effect, "effect-1"));
}

}  // namespace pawl::engine
