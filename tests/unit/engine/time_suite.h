#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/ports/store.h"
#include "engine/store/run_codec.h"
#include "engine/store/value_key.h"
#include "sample_program.h"
#include "typed_program.h"

// What every store answers alike of timers, of runs that wait, and of records in the order of a
// field; used as store_suite.h is.

namespace pawl::engine {

inline StoredTimer make_timer(std::int64_t due, std::int64_t number, std::string target = "",
                              TimerKind kind = TimerKind::run) {
    return {{{due}, number}, kind, target.empty() ? std::to_string(number) : std::move(target)};
}

// A run with something in every member.
inline StoredRun make_whole_run(RunNumber number) {
    using rules::Value;
    StoredRun run;
    run.number = number;
    run.rule = 0;
    run.firing = Instant{-5};
    run.intents = 2;
    run.depth = 1;
    run.state = RunState::waiting;
    run.frames = {{1, 17, {Value::text("a:;1"), Value(), Value::reference({sample::client, 9})}},
                  {2, 0, {}}};
    run.row = 77;
    run.wait = {rules::WaitKind::retry, Instant{99}, 3,    Value::reference({sample::client, 9}),
                "May it go out?",       2,           "408"};
    run.timer = TimerKey{Instant{99}, 12};
    run.attempts = 3;
    run.waits_for = {{"paid", std::string("k\0;:", 4)}, {"shop.left", ""}};
    run.overtaking = {
        {0, Value::record(0xffff, {Value::text("x"), Value::reference({sample::client, 9})})}};
    run.subject = rules::Reference{sample::client, 9};
    run.running_keys = {"running/a/1", ""};
    run.step = "journey/onboarding/9|welcome(2)";
    run.calling = 2;
    run.call = {0,
                {Value::text("a\"b"), Value()},
                Value::integer(5),
                rules::RetryPlan{3, {0, 0, 1'000'000}, {0, 1, 0}}};
    run.entity = "client/asha";
    run.trigger = "event order";
    run.requester = rules::Reference{sample::client, 8};
    run.requester_name = "Asha";
    run.once_key = "once/a/1";
    run.effect = 78;
    return run;
}

template <class Make>
void time_suite(Make make) {
    using rules::Value;
    using Runs = std::vector<RunNumber>;
    using Timers = std::vector<StoredTimer>;

    const rules::Program program = sample::make_program();
    const std::unique_ptr<Store> store = make();
    REQUIRE(store->open(program));
    const TimerKey begin{{INT64_MIN}, 0};
    const auto commit = [&store](const WriteBatch& batch) { REQUIRE(store->commit(batch)); };
    const auto write = [&commit](std::vector<TimerWrite> timers) {
        WriteBatch batch;
        batch.timers = std::move(timers);
        commit(batch);
    };
    const auto wait = [&commit](std::vector<WaiterWrite> waiters) {
        WriteBatch batch;
        batch.waiters = std::move(waiters);
        commit(batch);
    };

    SECTION("an empty store has no timers and nobody waits") {
        CHECK(store->timers(begin, 10).empty());
        CHECK(store->waiters("paid", "").empty());
        CHECK(store->counters().next_timer == 1);
    }

    SECTION("timers come by their instant, those of one instant as they were set") {
        const Timers all = {make_timer(-7, 5), make_timer(100, 2),
                            make_timer(100, 4, "held/a/tb", TimerKind::held),
                            make_timer(900, 1, std::string("a\0b", 3), TimerKind::journey),
                            make_timer(4'102'444'800'000'000, 3, "x", TimerKind::absence)};
        write({{all[4]}, {all[1]}, {all[3]}});
        write({{all[2]}, {all[0]}});
        CHECK(store->timers(begin, 10) == all);
        CHECK(store->timers(begin, 2) == Timers{all[0], all[1]});
        CHECK(store->timers(all[1].key, 2) == Timers{all[2], all[3]});
        CHECK(store->timers({{100}, 3}, 10) == Timers{all[2], all[3], all[4]});
        CHECK(store->timers(all[4].key, 10).empty());
        CHECK(store->timers(begin, 0).empty());
    }

    SECTION("a timer that was taken away is gone, wherever it was set") {
        write({{make_timer(100, 1)}, {make_timer(200, 2)}, {make_timer(9'000'000'000'000, 3)}});
        write({{make_timer(100, 1), true}, {make_timer(9'000'000'000'000, 3), true}});
        CHECK(store->timers(begin, 10) == Timers{make_timer(200, 2)});
        write({{make_timer(50, 4)}, {make_timer(50, 4), true}, {make_timer(60, 5)}});
        CHECK(store->timers(begin, 10) == Timers{make_timer(60, 5), make_timer(200, 2)});
        write({{make_timer(70, 9), true}});  // was never there
        write({{make_timer(60, 5), true}, {make_timer(200, 2), true}});
        CHECK(store->timers(begin, 10).empty());
    }

    SECTION("a page of timers is full though the store below has removed ones in it") {
        std::vector<TimerWrite> set, removed;
        Timers left;
        for (std::int64_t number = 1; number <= 200; ++number) {
            set.push_back({make_timer(number * 10, number)});
            if (number % 40 == 0)
                left.push_back(make_timer(number * 10, number));
            else
                removed.push_back({make_timer(number * 10, number), true});
        }
        write(set);
        write(removed);
        CHECK(store->timers(begin, 5) == left);
        CHECK(store->timers(left[1].key, 2) == Timers{left[2], left[3]});
    }

    SECTION("runs that wait for an event are found by its type and key, ascending") {
        const std::string key = value_key(Value::reference({sample::client, 7}));
        const std::string other = value_key(Value::text(""));
        wait({{"paid", key, 9}, {"paid", key, 4}, {"paid", "", 6}, {"left", key, 5}});
        wait({{"paid", key, 7}, {"paid", other, 8}, {"paid", key, 4}});
        CHECK(store->waiters("paid", key) == Runs{4, 7, 9});
        CHECK(store->waiters("paid", "") == Runs{6});
        CHECK(store->waiters("left", key) == Runs{5});
        CHECK(store->waiters("paid", other) == Runs{8});
        CHECK(store->waiters("pai", "d" + key).empty());
        wait({{"paid", key, 7, true}, {"paid", "", 6, true}, {"left", "", 5, true}});
        wait({{"paid", key, 2},
              {"paid", key, 2, true},
              {"paid", other, 8, true},
              {"paid", other, 8}});
        CHECK(store->waiters("paid", key) == Runs{4, 9});
        CHECK(store->waiters("paid", "").empty());
        CHECK(store->waiters("left", key) == Runs{5});
        CHECK(store->waiters("paid", other) == Runs{8});
    }

    SECTION("a run that waits is kept with everything in it, until it ends") {
        WriteBatch batch;
        StoredRun plain;
        plain.number = 5;
        plain.frames = {{1, 3, {}}};
        batch.runs = {{4, std::make_shared<const StoredRun>(make_whole_run(4))},
                      {5, std::make_shared<const StoredRun>(plain)}};
        batch.counters.next_timer = 13;
        commit(batch);
        for (const StoredRun& expected : {make_whole_run(4), plain}) {
            const auto found = store->run(expected.number);
            REQUIRE(found != nullptr);
            CHECK(encode_run(*found, program) == encode_run(expected, program));
            CHECK_FALSE(found->is_stale());
            CHECK(found->rule == 0);
        }
        const auto found = store->run(4);
        CHECK(found->frames[0].locals == make_whole_run(4).frames[0].locals);
        CHECK(found->overtaking[0].fields == make_whole_run(4).overtaking[0].fields);
        CHECK(found->timer == make_whole_run(4).timer);
        CHECK(found->waits_for == make_whole_run(4).waits_for);
        CHECK(store->counters().next_timer == 13);
        WriteBatch end;
        plain.attempts = 1;
        end.runs = {{4, nullptr}, {5, std::make_shared<const StoredRun>(plain)}};
        commit(end);
        CHECK(store->run(4) == nullptr);
        CHECK(store->run(5)->attempts == 1);
    }

    SECTION("a scan goes on above a key") {
        using sample::client;
        using sample::order;
        using Keys = std::vector<rules::RecordKey>;
        WriteBatch batch;
        batch.records = {{{client, 1}, sample::make_client("a", "")}};
        for (rules::RecordKey key = 2; key <= 6; ++key)
            batch.records.push_back(
                {{order, key}, sample::make_order("o" + std::to_string(key), key % 2, key)});
        commit(batch);
        const auto above = [&](rules::ScanRequest request, rules::RecordKey after) {
            request.after = after;
            return sample::keys(store->scan(request));
        };
        const auto of = sample::equal(order, sample::order_of, Value::reference({client, 1}));
        const auto numbered =
            sample::range(order, sample::order_number, Value::integer(3), Value::integer(6));
        CHECK(above(sample::every(order), 3) == Keys{4, 5, 6});
        CHECK(above(sample::every(order), 6).empty());
        CHECK(above(of, 2) == Keys{3, 5});
        CHECK(above(of, 3) == Keys{5});
        CHECK(above(numbered, 0) == Keys{3, 4, 5, 6});
        CHECK(above(numbered, 4) == Keys{5, 6});
    }
}

// Records of typed_program.h, changed and deleted at random: every field gives them in the order of
// a model, page by page, from wherever one begins.
template <class Make>
void order_suite(Make make) {
    using rules::Value;
    using Placed = std::tuple<std::string, rules::RecordKey, Value>;

    const std::uint32_t seed = GENERATE(1u, 2u);
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const rules::Program program = sample::make_typed_program();
    const auto values = sample::typed_values(program);
    const std::unique_ptr<Store> store = make();
    REQUIRE(store->open(program));
    std::map<rules::RecordKey, rules::RecordPointer> model;

    const auto expected = [&](rules::FieldIndex field, const OrderedRecord& after) {
        const std::string low = after.value.is_missing() ? "" : value_key(after.value);
        std::vector<Placed> placed;
        for (const auto& [key, record] : model) {
            const Value& value = record->fields[field];
            if (value.is_missing()) continue;
            if (std::pair(value_key(value), key) > std::pair(low, after.key) ||
                after.value.is_missing())
                placed.push_back({value_key(value), key, value});
        }
        std::sort(placed.begin(), placed.end(), [](const Placed& left, const Placed& right) {
            return std::tie(std::get<0>(left), std::get<1>(left)) <
                   std::tie(std::get<0>(right), std::get<1>(right));
        });
        return placed;
    };
    const auto check = [&](rules::FieldIndex field, const OrderedRecord& after, std::size_t count) {
        INFO(program.schema.entities[sample::thing].fields[field].name
             << " after " << encode_value(after.value, program.schema) << " " << after.key);
        std::vector<Placed> wanted = expected(field, after);
        if (wanted.size() > count) wanted.resize(count);
        const auto found = store->ordered(sample::thing, field, after, count);
        REQUIRE(found.size() == wanted.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            REQUIRE(found[i].key == std::get<1>(wanted[i]));
            REQUIRE(value_key(found[i].value) == std::get<0>(wanted[i]));
            REQUIRE(found[i].value.kind() == std::get<2>(wanted[i]).kind());
        }
        return found;
    };

    for (int round = 0; round < 6; ++round) {
        WriteBatch batch;
        for (rules::RecordKey key = 1; key <= 40; ++key) {
            if (random() % 2 != 0) continue;
            rules::RecordPointer record;
            if (random() % 4 != 0)
                record = sample::make_thing("t" + std::to_string(key), values, random);
            if (record != nullptr)
                model.insert_or_assign(key, record);
            else
                model.erase(key);
            batch.records.push_back({{sample::thing, key}, record});
        }
        REQUIRE(store->commit(batch));
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto field = static_cast<rules::FieldIndex>(rules::system_field_count + i);
            check(field, {}, 100);
            check(field, {}, 0);
            const auto& of = values[random() % 8 == 0 ? random() % values.size() : i];
            check(field, {of[random() % of.size()], static_cast<rules::RecordKey>(random() % 42)},
                  1 + random() % 12);
            OrderedRecord last;
            std::size_t total = 0;
            for (;;) {
                const auto page = check(field, last, 7);
                total += page.size();
                if (page.size() < 7) break;
                last = page.back();
            }
            CHECK(total == expected(field, {}).size());
        }
    }
}

}  // namespace pawl::engine
