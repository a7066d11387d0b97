#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

#include "base/limits.h"
#include "engine/engine.h"
#include "engine/internal/context.h"
#include "sample_program.h"

// What no rulebook brings about exactly, and restarts as an engine sees them: one is closed, and
// another opened over its store. What patterns and guards mean is shown by tests/conformance.

namespace pawl::engine {

using rules::Value;

namespace {

constexpr Duration hour{0, 0, 3'600 * micros_per_second};

// An event `ping` with a text, and a rule without code: its trigger is to be filled in.
rules::Program make_watching_program(rules::TriggerKind kind, rules::Pattern pattern) {
    rules::Program program = sample::make_program();
    rules::EventType ping;
    ping.name = "ping";
    ping.fields = {sample::field(program.schema, "text", rules::TypeKind::text)};
    program.schema.events.push_back(ping);
    rules::Unit unit;
    unit.id = "watch";
    unit.file = "book.pawl";
    unit.local_count = 2;
    unit.local_names = {"ping", "all"};
    unit.code = {{rules::Opcode::conditions_end, 0, 0, 0}, {rules::Opcode::end, 0, 0, 0}};
    program.units.push_back(unit);
    rules::Rule rule;
    rule.id = "watch";
    rule.unit = static_cast<rules::UnitIndex>(program.units.size() - 1);
    rule.body_entry = 1;
    rules::Trigger trigger;
    trigger.kind = kind;
    trigger.text = "pattern";
    pattern.first.event = static_cast<rules::EventIndex>(program.schema.events.size() - 1);
    pattern.within.value = Value::duration(hour);
    trigger.pattern = std::move(pattern);
    rule.triggers = {trigger};
    program.rules.push_back(rule);
    return program;
}

rules::Pattern counting(std::int64_t count) {
    rules::Pattern pattern;
    pattern.count.value = Value::integer(count);
    pattern.all_local = 1;
    return pattern;
}

Instant minutes(std::int64_t count) { return {count * 60 * micros_per_second}; }

Input ping(std::int64_t minute, const std::string& text = "") {
    return {minutes(minute),
            EventInput{R"({"specversion":"1.0","id":"e)" + std::to_string(minute) +
                       R"(","source":"/t","type":"ping","data":{"text":")" + text + R"("}})"}};
}

// The instants at which the rule fired, or failed: minutes, those of failures negative.
std::vector<std::int64_t> told(const TurnResult& result) {
    std::vector<std::int64_t> minutes;
    for (const Happening& happening : result.happenings) {
        const std::int64_t minute = happening.at.micros / (60 * micros_per_second);
        if (std::holds_alternative<Fired>(happening.form)) minutes.push_back(minute);
        const auto* ended = std::get_if<Ended>(&happening.form);
        if (ended != nullptr && ended->status == EndStatus::failed) minutes.push_back(-minute);
    }
    return minutes;
}

std::vector<std::int64_t> told_until(Engine& engine, std::int64_t minute) {
    std::vector<std::int64_t> all;
    while (const auto result = engine.process_due(minutes(minute)))
        for (const std::int64_t each : told(*result)) all.push_back(each);
    return all;
}

using Minutes = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("the events that a count keeps take pattern_bytes_max together, and no more") {
    const rules::Program program = make_watching_program(rules::TriggerKind::count, counting(100));
    // As the engine keeps them: a record of one text.
    const std::size_t frame = Value::record(event_record, {Value::text("x")}).size_bytes() - 1;
    const std::size_t most = limits::pattern_bytes_max / 8 - frame;
    for (const std::size_t more : {0u, 1u}) {
        const auto store = make_memory_store();
        REQUIRE(store->open(program));
        Engine engine(program, *store);
        REQUIRE(engine.begin({}));
        for (int i = 1; i < 8; ++i)
            CHECK(told(engine.process(ping(i, std::string(most, 'x')))).empty());
        const TurnResult last = engine.process(ping(8, std::string(most + more, 'x')));
        CHECK(told(last) == (more == 0 ? Minutes{} : Minutes{-8}));
    }
}

TEST_CASE("a count beyond pattern_events_max fails its rule alone") {
    for (const std::int64_t more : {0, 1}) {
        const rules::Program program = make_watching_program(
            rules::TriggerKind::count,
            counting(static_cast<std::int64_t>(limits::pattern_events_max) + more));
        const auto store = make_memory_store();
        REQUIRE(store->open(program));
        Engine engine(program, *store);
        REQUIRE(engine.begin({}));
        CHECK(told(engine.process(ping(1))) == (more == 0 ? Minutes{} : Minutes{-1}));
    }
}

TEST_CASE("an absence goes on over a restart, and its timer moves with the last event") {
    const rules::Program program = make_watching_program(rules::TriggerKind::absence, {});
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    const auto restarted = [&](std::int64_t minute) {
        auto engine = std::make_unique<Engine>(program, *store);
        REQUIRE(engine->begin(minutes(minute)));
        return engine;
    };
    CHECK(told(restarted(0)->process(ping(0))).empty());
    const auto first_timer = store->timers({}, 10);
    auto engine = restarted(30);
    CHECK(told(engine->process(ping(30))).empty());
    CHECK(store->timers({}, 10) == first_timer);
    // The timer of the first is due and finds that there was another.
    CHECK(told_until(*engine, 89).empty());
    engine = restarted(89);
    // Not later than one timer a key.
    CHECK(store->timers({}, 10).size() == 1);
    CHECK(told_until(*engine, 90) == Minutes{90});
    CHECK(store->timers({}, 10).empty());
    CHECK_FALSE(engine->next_due());
    CHECK(told_until(*engine, 10'000).empty());
    engine = restarted(10'000);
    CHECK(told(engine->process(ping(10'000))).empty());
    CHECK(told_until(*engine, 10'060) == Minutes{10'060});
}

TEST_CASE("an event that overtakes an overdue absence lets it fire first, once, over a restart") {
    const rules::Program program = make_watching_program(rules::TriggerKind::absence, {});
    for (const std::int64_t came : {60, 61, 119}) {
        const auto store = make_memory_store();
        REQUIRE(store->open(program));
        auto engine = std::make_unique<Engine>(program, *store);
        REQUIRE(engine->begin({}));
        CHECK(told(engine->process(ping(0))).empty());
        CHECK(told(engine->process(ping(came))) == Minutes{came});
        CHECK(store->timers({}, 10).size() == 1);
        engine = std::make_unique<Engine>(program, *store);
        REQUIRE(engine->begin(minutes(came)));
        CHECK(told_until(*engine, came + 59).empty());
        CHECK(told_until(*engine, came + 60) == Minutes{came + 60});
        CHECK(store->timers({}, 10).empty());
    }
}

TEST_CASE("what overtakes an absence that was overdue for too long finds it missed") {
    const rules::Program program = make_watching_program(rules::TriggerKind::absence, {});
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Engine engine(program, *store);
    REQUIRE(engine.begin({}));
    CHECK(told(engine.process(ping(0))).empty());
    const TurnResult result = engine.process(ping(121));
    CHECK(told(result).empty());
    const auto missed = std::count_if(
        result.happenings.begin(), result.happenings.end(), [](const Happening& happening) {
            const auto* skipped = std::get_if<Skipped>(&happening.form);
            return skipped != nullptr && skipped->guard == "missed";
        });
    CHECK(missed == 1);
    CHECK(told_until(engine, 181) == Minutes{181});
}

TEST_CASE("a sequence that is closed leaves no timer behind") {
    rules::Pattern pattern;
    pattern.is_negated = true;
    pattern.second.kind = rules::PatternPartKind::created;
    pattern.second.entity = sample::client;
    const rules::Program program =
        make_watching_program(rules::TriggerKind::sequence, std::move(pattern));
    const auto store = make_memory_store();
    REQUIRE(store->open(program));
    Engine engine(program, *store);
    REQUIRE(engine.begin({}));
    CHECK(told(engine.process(ping(0))).empty());
    CHECK(store->timers({}, 10).size() == 1);
    CreateCommand create{"client", {}, {}};
    create.values.kind = JsonKind::object;
    const TurnResult created = engine.process({minutes(1), create});
    CHECK_FALSE(created.refused);
    CHECK(store->timers({}, 10).empty());
    CHECK(told_until(engine, 100).empty());
    CHECK(told(engine.process(ping(100))).empty());
    CHECK(told_until(engine, 159).empty());
    CHECK(told_until(engine, 160) == Minutes{160});
}

}  // namespace pawl::engine
