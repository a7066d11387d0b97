#include "engine/store/group_store.h"

#include "store_suite.h"
#include "time_suite.h"

namespace pawl::engine {

namespace {

// When a group that the suite's commits went into is sealed, and when it reaches the store below.
enum class Grouping { never_sealed, sealed_each_time, in_the_store_at_once };

class GroupedMemoryStore final : public Store {
 public:
    explicit GroupedMemoryStore(Grouping grouping) : grouping_(grouping) {}

    Status open(const rules::Program& program) override {
        Status opened = memory_->open(program);
        groups_ = std::make_unique<GroupStore>(program, *memory_);
        return opened;
    }
    rules::RecordPointer get(rules::Reference of) override { return groups_->get(of); }
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request) override {
        return groups_->scan(request);
    }
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id) override {
        return groups_->find(entity, id);
    }
    std::optional<rules::RecordKey> find_unique(rules::EntityIndex entity, std::size_t set,
                                                const std::vector<rules::Value>& values) override {
        return groups_->find_unique(entity, set, values);
    }
    std::optional<std::string> mark(std::string_view key, Instant now) override {
        return groups_->mark(key, now);
    }
    std::shared_ptr<const StoredRun> run(RunNumber number) override { return groups_->run(number); }
    std::vector<StoredTimer> timers(TimerKey after, std::size_t count) override {
        return groups_->timers(after, count);
    }
    std::vector<RunNumber> waiters(std::string_view event, std::string_view key) override {
        return groups_->waiters(event, key);
    }
    std::vector<OrderedRecord> ordered(rules::EntityIndex entity, rules::FieldIndex field,
                                       const OrderedRecord& after, std::size_t count) override {
        return groups_->ordered(entity, field, after, count);
    }
    std::optional<SeenEvent> seen(std::string_view source, std::string_view id) override {
        return groups_->seen(source, id);
    }
    std::optional<Instant> seen_forgotten_until() override {
        return groups_->seen_forgotten_until();
    }
    Counters counters() override { return groups_->counters(); }
    std::vector<std::pair<std::string, std::string>> settings() override {
        return groups_->settings();
    }
    std::vector<StoredInput> inputs(InputNumber after, std::size_t count) override {
        return groups_->inputs(after, count);
    }

    Status commit(WriteBatch batch) override {
        Status joined = groups_->commit(std::move(batch));
        if (grouping_ == Grouping::never_sealed) return joined;
        if (sealed_) {
            REQUIRE(memory_->commit(std::move(*std::exchange(sealed_, std::nullopt))));
            groups_->release();
        }
        sealed_ = groups_->seal();
        if (grouping_ == Grouping::in_the_store_at_once) {
            REQUIRE(memory_->commit(std::move(*std::exchange(sealed_, std::nullopt))));
            groups_->release();
        }
        return joined;
    }

 private:
    Grouping grouping_;
    std::unique_ptr<Store> memory_ = make_memory_store();
    std::unique_ptr<GroupStore> groups_;
    std::optional<WriteBatch> sealed_;
};

}  // namespace

TEST_CASE("turns that are a group in memory read as if they were in the store") {
    const Grouping grouping = GENERATE(Grouping::never_sealed, Grouping::sealed_each_time,
                                       Grouping::in_the_store_at_once);
    CAPTURE(static_cast<int>(grouping));
    const auto make = [grouping] { return std::make_unique<GroupedMemoryStore>(grouping); };
    SECTION("records") { store_suite(make); }
    SECTION("time") { time_suite(make); }
    SECTION("order") { order_suite(make); }
}

TEST_CASE("a sealed group is read until it is released, and the open one lies over it") {
    const rules::Program program = sample::make_program();
    const auto memory = make_memory_store();
    REQUIRE(memory->open(program));
    GroupStore groups(program, *memory);
    CHECK(groups.is_empty());

    WriteBatch first;
    first.records = {{{sample::client, 1}, sample::make_client("asha", "a@x.org")}};
    first.counters.next_run = 2;
    REQUIRE(groups.commit(std::move(first)));
    WriteBatch sealed = groups.seal();
    CHECK(groups.is_empty());
    CHECK(sealed.records.size() == 1);
    CHECK(sealed.counters.next_run == 2);
    CHECK(memory->find(sample::client, "asha") == std::nullopt);
    CHECK(groups.find(sample::client, "asha") == 1);

    WriteBatch second;
    second.records = {{{sample::client, 1}, nullptr}};
    second.counters.next_run = 3;
    REQUIRE(groups.commit(std::move(second)));
    CHECK(groups.get({sample::client, 1}) == nullptr);
    REQUIRE(memory->commit(std::move(sealed)));
    groups.release();
    CHECK(memory->find(sample::client, "asha") == 1);
    CHECK(groups.find(sample::client, "asha") == std::nullopt);
    CHECK(groups.counters().next_run == 3);

    REQUIRE(memory->commit(groups.seal()));
    groups.release();
    CHECK(memory->get({sample::client, 1}) == nullptr);
}

TEST_CASE("a timer that a group set and took away never reaches the store below") {
    const rules::Program program = sample::make_program();
    const auto memory = make_memory_store();
    REQUIRE(memory->open(program));
    GroupStore groups(program, *memory);
    WriteBatch set, removed;
    set.timers = {{make_timer(10, 1)}, {make_timer(20, 2)}};
    removed.timers = {{make_timer(10, 1), true}};
    REQUIRE(groups.commit(set));
    REQUIRE(groups.commit(removed));
    const WriteBatch first = groups.seal();
    REQUIRE(first.timers.size() == 1);
    CHECK(first.timers[0].timer == make_timer(20, 2));
    // One that the sealed group set is taken away by the next.
    removed.timers = {{make_timer(20, 2), true}};
    REQUIRE(groups.commit(removed));
    CHECK(groups.timers({}, 10).empty());
    REQUIRE(memory->commit(first));
    groups.release();
    CHECK(groups.timers({}, 10).empty());
    REQUIRE(memory->commit(groups.seal()));
    CHECK(memory->timers({}, 10).empty());
}

}  // namespace pawl::engine
