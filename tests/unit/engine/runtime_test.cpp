#include "engine/runtime.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <mutex>

#include "sample_program.h"
#include "test_store.h"

namespace pawl::engine {

namespace {

using sample::client;

RuntimeOptions options() {
    RuntimeOptions options;
    options.clock = [] { return Instant{1'000'000}; };
    options.retry_milliseconds = 1;
    return options;
}

std::string create_client(const std::string& id, const std::string& name = "Asha") {
    return R"({"specversion":"1.0","type":"pawl.create","source":"/test","id":"e-)" + id +
           R"(","data":{"entity":"client","id":")" + id + R"(","values":{"name":")" + name +
           R"("}}})";
}

std::vector<Receipt> submit(Runtime& runtime, std::vector<std::string> inputs,
                            WaitFor wait = WaitFor::turn) {
    std::promise<std::vector<Receipt>> promise;
    const Admission admission = runtime.submit(
        std::move(inputs), wait,
        [&promise](std::vector<Receipt> receipts) { promise.set_value(std::move(receipts)); });
    REQUIRE(admission == Admission::taken);
    return promise.get_future().get();
}

}  // namespace

TEST_CASE("what was submitted is in the store when its receipt is given") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    const auto runtime = Runtime::start(program, store, options());
    const auto receipts = submit(*runtime, {create_client("asha"), create_client("ben")});
    REQUIRE(receipts.size() == 2);
    CHECK(receipts[0].status == ReceiptStatus::accepted);
    CHECK(receipts[0].id == "e-asha");
    CHECK(store.find(client, "asha").has_value());
    CHECK(store.find(client, "ben").has_value());
    CHECK(store.inputs(0, 10).size() == 2);
    CHECK(runtime->stats().accepted == 2);
    runtime->stop();
    CHECK(store.counters().is_clean);
    CHECK(store.counters().position == 2);
}

TEST_CASE("an id goes in once: the same again is a duplicate, another body a conflict") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    const auto runtime = Runtime::start(program, store, options());
    submit(*runtime, {create_client("asha")});
    const auto again = submit(*runtime, {create_client("asha"), create_client("asha", "Other"),
                                         "no event", create_client("ben")});
    CHECK(again[0].status == ReceiptStatus::duplicate);
    CHECK(again[1].status == ReceiptStatus::conflict);
    CHECK(again[1].code == "PW0960");
    CHECK(again[2].status == ReceiptStatus::refused);
    CHECK_FALSE(again[2].code.empty());
    CHECK(again[3].status == ReceiptStatus::accepted);
    CHECK(store.inputs(0, 10).size() == 2);
    runtime->stop();
}

TEST_CASE("a duplicate is answered, though the disk still takes the group before") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    std::promise<void> is_syncing, may_end;
    const std::shared_future<void> end = may_end.get_future().share();
    std::atomic<bool> has_begun = false;
    store.sync_with([&, end]() -> Status {
        if (!has_begun) return Done{};
        if (end.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            is_syncing.set_value();
        end.wait();
        return Done{};
    });
    const auto runtime = Runtime::start(program, store, options());
    submit(*runtime, {create_client("asha")});
    has_begun = true;
    std::vector<std::string> events;
    for (int i = 0; i < 20; ++i) events.push_back(create_client("c" + std::to_string(i)));
    std::promise<std::vector<Receipt>> answer, answer_again;
    runtime->submit(events, WaitFor::append,
                    [&](std::vector<Receipt> receipts) { answer.set_value(std::move(receipts)); });
    is_syncing.get_future().wait();
    const int looks = store.looks_for_events();
    // Of a group that is long told: the core looks for it in the store.
    runtime->submit({create_client("asha")}, WaitFor::append, [&](std::vector<Receipt> receipts) {
        answer_again.set_value(std::move(receipts));
    });
    store.wait_for_looks(looks + 1);
    may_end.set_value();
    CHECK(answer.get_future().get().size() == 20);
    CHECK(answer_again.get_future().get().at(0).status == ReceiptStatus::duplicate);
    runtime->stop();
}

TEST_CASE("PW0967: an event of a time whose ids were forgotten is refused") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    store.forget_seen(Instant{parse_instant("2026-03-02T07:00:00Z")->micros});
    const auto runtime = Runtime::start(program, store, options());
    const auto sent_at = [&](const std::string& id, const std::string& time) {
        std::string input = create_client(id);
        return input.insert(1, R"("time":")" + time + R"(",)");
    };
    const auto receipts =
        submit(*runtime, {sent_at("asha", "2026-03-02T07:00:00Z"),
                          sent_at("ben", "2026-03-02T07:00:01Z"), create_client("cat")});
    CHECK(receipts[0].status == ReceiptStatus::refused);
    CHECK(receipts[0].code == "PW0967");
    CHECK(receipts[1].status == ReceiptStatus::accepted);
    CHECK(receipts[2].status == ReceiptStatus::accepted);
    runtime->stop();
}

TEST_CASE("a long submission that ends in nothing but duplicates is answered") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    RuntimeOptions with = options();
    with.group_inputs_max = 4;
    const auto runtime = Runtime::start(program, store, with);
    std::vector<std::string> inputs;
    for (int i = 0; i < 30; ++i) inputs.push_back(create_client("c" + std::to_string(i)));
    submit(*runtime, inputs);
    for (const Receipt& receipt : submit(*runtime, inputs, WaitFor::append))
        CHECK(receipt.status == ReceiptStatus::duplicate);
    runtime->stop();
}

TEST_CASE("an input that its turn refuses is told so to whoever waits for the turn") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    const auto runtime = Runtime::start(program, store, options());
    submit(*runtime, {create_client("asha")});
    std::string same_id = create_client("asha");
    same_id.replace(same_id.find("e-asha"), 6, "e-other");
    const auto receipts = submit(*runtime, {same_id});
    CHECK(receipts[0].status == ReceiptStatus::refused);
    CHECK(receipts[0].id == "e-other");
    CHECK_FALSE(receipts[0].message.empty());
    runtime->stop();
    CHECK(runtime->stats().turns_refused == 1);
    CHECK(runtime->stats().refused == 0);
    // Who does not wait for the turn finds it in the log.
    bool is_in_the_log = false;
    for (const WriteBatch& batch : store.batches())
        for (const RecordWrite& write : batch.records)
            is_in_the_log = is_in_the_log || write.reference.entity == rules::entity_automation_log;
    CHECK(is_in_the_log);
}

TEST_CASE("a large submission is kept in groups of bounded size, and answered as one") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    RuntimeOptions with = options();
    with.group_inputs_max = 8;
    const auto runtime = Runtime::start(program, store, with);
    std::vector<std::string> inputs;
    for (int i = 0; i < 100; ++i) inputs.push_back(create_client("c" + std::to_string(i)));
    const WaitFor wait = GENERATE(WaitFor::append, WaitFor::turn);
    CHECK(submit(*runtime, inputs, wait).size() == 100);
    CHECK(store.inputs(0, 1'000).size() == 100);
    for (const WriteBatch& batch : store.batches()) CHECK(batch.inputs.size() <= 16);
    runtime->stop();
}

TEST_CASE("a full disk is waited for: nothing is told before, nothing is lost") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    const auto runtime = Runtime::start(program, store, options());
    submit(*runtime, {create_client("asha")});
    store.fail(5, {"full", "the disk is full", true});
    const auto receipts = submit(*runtime, {create_client("ben")});
    CHECK(receipts[0].status == ReceiptStatus::accepted);
    CHECK(store.find(client, "ben").has_value());
    CHECK(runtime->stats().commit_failures == 5);
    CHECK_FALSE(runtime->stats().is_waiting_for_disk);
    runtime->stop();
}

TEST_CASE("an engine that waits for the disk can be stopped, and answers what is asked meanwhile") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    auto runtime = Runtime::start(program, store, options());
    submit(*runtime, {create_client("asha")});
    store.fail(1'000'000, {"full", "the disk is full", true});
    bool was_told = false;
    REQUIRE(runtime->submit({create_client("ben")}, WaitFor::append,
                            [&](std::vector<Receipt>) { was_told = true; }) == Admission::taken);
    while (!runtime->stats().is_waiting_for_disk) std::this_thread::yield();
    CHECK_FALSE(runtime->with_store([](SqliteStore&) {}));
    CHECK(runtime->submit({create_client("cat")}, WaitFor::append, [](std::vector<Receipt>) {}) ==
          Admission::waiting);
    runtime->stop();
    runtime.reset();
    CHECK_FALSE(was_told);
    CHECK_FALSE(store.find(client, "ben").has_value());
    CHECK_FALSE(store.counters().is_clean);
}

TEST_CASE("after a failure that is no full disk nothing more is committed or told") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    std::promise<Error> fatal;
    RuntimeOptions with = options();
    with.on_fatal = [&](const Error& error) { fatal.set_value(error); };
    const auto runtime = Runtime::start(program, store, with);
    submit(*runtime, {create_client("asha")});
    store.fail(1, {"damaged", "the file cannot be synced", false});
    bool was_told = false;
    REQUIRE(runtime->submit({create_client("ben")}, WaitFor::append,
                            [&](std::vector<Receipt>) { was_told = true; }) == Admission::taken);
    CHECK(fatal.get_future().get().code == "damaged");
    CHECK(runtime->submit({create_client("cat")}, WaitFor::append, [](std::vector<Receipt>) {}) ==
          Admission::stopping);
    runtime->stop();
    CHECK_FALSE(was_told);
    CHECK_FALSE(store.counters().is_clean);
}

TEST_CASE("what was appended and not processed is processed after the next start, in order") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    constexpr int count = 3'000;  // more than is read at once
    WriteBatch batch;
    for (int i = 1; i <= count; ++i)
        batch.inputs.push_back({i, Instant{i}, create_client("c" + std::to_string(i))});
    batch.counters.next_ids.assign(program.schema.entities.size(), 1);
    batch.counters.next_input = count + 1;
    batch.counters.is_clean = GENERATE(true, false);
    REQUIRE(store.commit(batch));
    const auto runtime = Runtime::start(program, store, options());
    submit(*runtime, {create_client("last")});
    CHECK(store.counters().position == count + 1);
    rules::RecordKey before = 0;
    for (int i = 1; i <= count; ++i) {
        const auto key = store.find(client, "c" + std::to_string(i));
        REQUIRE(key);
        REQUIRE(*key > before);
        before = *key;
    }
    runtime->stop();
}

TEST_CASE("what is no longer kept is taken away where there is never a moment's rest, too") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    std::atomic<std::int64_t> hours = 1;
    RuntimeOptions with = options();
    with.clock = [&] { return Instant{hours * 3'600'000'000}; };
    const auto runtime = Runtime::start(program, store, with);
    for (int i = 0; i < 300; ++i) submit(*runtime, {create_client("a" + std::to_string(i))});
    CHECK(store.prunings() >= 1);
    hours = 3;
    const int before = store.prunings();
    for (int i = 0; i < 300; ++i) submit(*runtime, {create_client("b" + std::to_string(i))});
    CHECK(store.prunings() > before);
    runtime->stop();
}

TEST_CASE("a store that cannot be tidied up goes on, and how often is counted") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    store.stay_untidy();
    const auto runtime = Runtime::start(program, store, options());
    for (int i = 0; i < 300; ++i) submit(*runtime, {create_client("a" + std::to_string(i))});
    // The clock stands still: what could not be pruned is not tried again within the hour.
    CHECK(store.prunings() == 1);
    while (runtime->stats().tidying_failures < 2) std::this_thread::yield();  // the log, at rest
    CHECK(runtime->stats().commit_failures == 0);
    runtime->stop();
    CHECK(store.counters().is_clean);
}

TEST_CASE("an input in whose turn the engine stopped twice is set aside, the next ones go on") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    WriteBatch batch;
    for (int i = 1; i <= 3; ++i)
        batch.inputs.push_back({i, Instant{i}, create_client("c" + std::to_string(i))});
    batch.counters.next_ids.assign(program.schema.entities.size(), 1);
    batch.counters.next_input = 4;
    using Numbers = std::vector<InputNumber>;
    const auto parked = [&](TurnMark found, bool is_clean) {
        batch.counters.is_clean = is_clean;
        REQUIRE(store.commit(batch));
        store.find_mark(found);
        const auto runtime = Runtime::start(program, store, options());
        submit(*runtime, {create_client("last")});
        runtime->stop();
        CHECK(store.find(client, "c1").has_value());
        CHECK(store.find(client, "c3").has_value());
        Numbers numbers;
        for (const WriteBatch& each : store.batches())
            for (const ParkedInput& input : each.parked) numbers.push_back(input.number);
        CHECK(runtime->stats().parked == numbers.size());
        return numbers;
    };
    SECTION("after the first stop it is tried again, and marked as such") {
        CHECK(parked({2, 0}, false) == Numbers{});
        const std::vector<TurnMark> marks = {{1, 0}, {}, {2, 1}, {}, {3, 0}, {}, {4, 0}, {}};
        CHECK(store.marks() == marks);
    }
    SECTION("after the second it is parked") { CHECK(parked({2, 1}, false) == Numbers{2}); }
    SECTION("a mark of an input that never came to the disk is nobody's") {
        CHECK(parked({4, 1}, false) == Numbers{});
    }
    SECTION("after a stop in order there is no mark to heed") {
        CHECK(parked({2, 1}, true) == Numbers{});
    }
}

TEST_CASE("after an unclean stop an input is on disk before its turn begins") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    WriteBatch batch;
    batch.counters.next_ids.assign(program.schema.entities.size(), 1);
    batch.counters.is_clean = false;
    REQUIRE(store.commit(batch));
    RuntimeOptions with = options();
    with.careful_inputs = 3;
    std::vector<bool> was_on_disk;
    with.before_turn = [&](const Input& input) {
        was_on_disk.push_back(!store.inputs(input.number - 1, 1).empty());
    };
    const auto runtime = Runtime::start(program, store, with);
    for (int i = 0; i < 4; ++i) submit(*runtime, {create_client("c" + std::to_string(i))});
    runtime->stop();
    CHECK(was_on_disk == std::vector<bool>{true, true, true, false});
}

TEST_CASE("more than the queue holds is refused at the door") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    RuntimeOptions with = options();
    with.queued_inputs_max = 2;
    const auto runtime = Runtime::start(program, store, with);
    CHECK(runtime->submit({"1", "2", "3"}, WaitFor::append, [](std::vector<Receipt>) {}) ==
          Admission::too_large);
    CHECK(submit(*runtime, {}).empty());
    runtime->stop();
    CHECK(runtime->submit({"1"}, WaitFor::append, [](std::vector<Receipt>) {}) ==
          Admission::stopping);
}

TEST_CASE("a change is kept with what was before it, field by field") {
    const rules::Program program = sample::make_program();
    TestStore store(program);
    const auto runtime = Runtime::start(program, store, options());
    submit(*runtime, {create_client("asha")});
    submit(*runtime, {R"({"specversion":"1.0","type":"pawl.change","source":"/t","id":"2","data":)"
                      R"({"entity":"client","id":"asha","set":{"name":"Asha B."}}})"});
    submit(*runtime, {R"({"specversion":"1.0","type":"pawl.delete","source":"/t","id":"3","data":)"
                      R"({"entity":"client","id":"asha"}})"});
    runtime->stop();
    std::vector<FieldChange> changes;
    for (const WriteBatch& batch : store.batches())
        changes.insert(changes.end(), batch.changes.begin(), batch.changes.end());
    const auto of_field = [&](InputNumber input, rules::FieldIndex field) -> const FieldChange* {
        for (const FieldChange& change : changes)
            if (change.input == input && change.field == field) return &change;
        return nullptr;
    };
    REQUIRE(of_field(1, rules::field_id) != nullptr);
    CHECK(of_field(1, rules::field_id)->before.is_missing());
    REQUIRE(of_field(2, sample::client_name) != nullptr);
    CHECK(of_field(2, sample::client_name)->before.as_text() == "Asha");
    CHECK(of_field(2, sample::client_name)->after.as_text() == "Asha B.");
    CHECK(of_field(2, sample::client_email) == nullptr);
    REQUIRE(of_field(3, rules::field_id) != nullptr);
    CHECK(of_field(3, rules::field_id)->after.is_missing());
    CHECK(of_field(3, sample::client_name)->before.as_text() == "Asha B.");
}

}  // namespace pawl::engine
