#include <catch2/catch.hpp>

#include "engine/export.h"
#include "history_program.h"

namespace pawl::engine {

using namespace history;  // NOLINT: the words of these tests
using rules::Value;

namespace {

Instant day(int number) {
    return Instant{at("2026-03-02T06:00:00Z").micros + number * micros_per_day};
}

// Keeps what happens on each day from 0 on: a note, and so an input, a run and a row of the log.
rules::Program make_short_program() {
    rules::Program program = make_program();
    program.header.keep = {{"events", {0, 10, 0}}, {"log", {0, 20, 0}}, {"runs", {0, 5, 0}}};
    return program;
}

void note(Kept& kept, int number) {
    kept.take("note_left", R"({"text":"n)" + std::to_string(number) + R"("})", day(number));
    kept.take("pawl.create", R"({"entity":"project","values":{"title":"T"}})", day(number));
}

std::uint64_t prune(Kept& kept, Instant now, std::size_t rows_max = 1'000) {
    std::uint64_t rows = 0;
    for (int steps = 0; steps < 10'000; ++steps) {
        const auto done = kept.store().prune(now, rows_max);
        if (!done) FAIL(done.error().message);
        CHECK(done->rows <= rows_max);
        rows += done->rows;
        if (done->is_done) return rows;
    }
    FAIL("it never ends");
    return 0;
}

struct Counts {
    std::size_t inputs = 0, changes = 0, log = 0, notifications = 0, runs = 0, effects = 0,
                marks = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
};

std::size_t rows(StoreReader& reader, rules::EntityIndex entity) {
    const auto listed = reader.list({.entity = entity, .where = {}, .after = {}, .limit = 10'000});
    REQUIRE(listed);
    return listed->size();
}

Counts counts(Kept& kept, Instant now) {
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    Counts counts;
    counts.inputs = reader->inputs(0, 10'000).size();
    REQUIRE(reader->changes_after(Instant{0}, [&counts](const FieldChange&) {
        ++counts.changes;
        return true;
    }));
    counts.log = rows(*reader, rules::entity_automation_log);
    counts.notifications = rows(*reader, rules::entity_notification);
    counts.runs = rows(*reader, rules::entity_run);
    counts.effects = rows(*reader, rules::entity_effect);
    REQUIRE(reader->marks_at(now, [&counts](const StoredMark&) {
        ++counts.marks;
        return true;
    }));
    REQUIRE(reader->status());
    return counts;
}

// A run with its row, its effect and a row of its log, and one of a notification.
void put_run(Kept& kept, rules::RecordKey key, Instant begun, std::optional<Instant> ended) {
    WriteBatch batch;
    const auto put = [&batch](rules::EntityIndex entity, rules::RecordKey of,
                              std::vector<Value> fields) {
        auto record = std::make_shared<rules::Record>();
        record->fields = std::move(fields);
        batch.records.push_back({{entity, of}, std::move(record)});
    };
    const Value when = Value::datetime(begun);
    const std::string number = std::to_string(key);
    const Value run = Value::reference({rules::entity_run, key});
    put(rules::entity_run, key,
        {Value::text("r" + number), when, when, Value::text("rule"),
         Value::choice(ended ? "success" : "waiting"), Value(), when,
         ended ? Value::datetime(*ended) : Value(), Value(), Value::text("f"), Value::integer(1),
         Value(), Value(), Value()});
    put(rules::entity_automation_log, key + 1,
        {Value::text("automation_log-" + number), when, when, run, Value::text("rule"),
         Value::text("t"), Value(), Value::text("fired"), Value::choice("success"), Value(),
         Value(), when});
    put(rules::entity_notification, key + 2,
        {Value::text("notification-" + number), when, when, Value::text("asha"), Value::text("T"),
         Value::text("dashboard"), Value::boolean(false), when});
    put(rules::entity_effect, key + 3,
        {Value::text("effect-" + number), when, when, run, Value::text("email"), Value::text("a"),
         Value(), Value::choice("waiting"), when, Value()});
    batch.counters = kept.engine().counters();
    batch.counters.now = begun;
    REQUIRE(kept.store().commit(std::move(batch)));
}

}  // namespace

TEST_CASE("each kind of row goes when its time is over") {
    const rules::Program program = make_short_program();
    Kept kept(program);
    for (int number = 0; number < 30; ++number) note(kept, number);
    const Counts all = counts(kept, day(30));
    CHECK(all == Counts{.inputs = 60,
                        .changes = 30,
                        .log = 60,
                        .notifications = 0,
                        .runs = 30,
                        .effects = 0,
                        .marks = 30});
    // Of the days 19 to 29, 19 to 29, 9 to 29 and 24 to 29.
    CHECK(prune(kept, day(29)) > 0);
    const Counts left = counts(kept, day(30));
    CHECK(left == Counts{.inputs = 22,
                         .changes = 11,
                         .log = 42,
                         .notifications = 0,
                         .runs = 6,
                         .effects = 0,
                         .marks = 30});
    CHECK(kept.store().seen("/t", "e59"));
    SECTION("and nothing more until time goes on") {
        CHECK(prune(kept, day(29)) == 0);
        CHECK(counts(kept, day(30)) == left);
        CHECK(prune(kept, day(30)) > 0);
        CHECK(counts(kept, day(30)).inputs == 20);
    }
    SECTION("the records are not touched, and the engine goes on") {
        CHECK(kept.store().find(project, "project-1"));
        note(kept, 31);
        CHECK(counts(kept, day(31)).runs == 7);
    }
    SECTION("what was before is told to be gone, not told wrong") {
        const auto reader = kept.reader();
        const auto sink = [](std::string_view) -> Status { return Done{}; };
        const auto refused = export_state(*reader, program, day(23), sink);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "not_kept");
        CHECK(refused.error().message.find("begins at 2026-03-26T06:00:00Z") != std::string::npos);
        CHECK(export_state(*reader, program, day(24), sink));
        CHECK_FALSE(export_events(*reader, {.after = day(23), .until = {}}, sink));
        CHECK(export_events(*reader, {.after = day(24), .until = {}}, sink)->events == 10);
    }
}

TEST_CASE("small steps come to the same as one, over a restart, too") {
    const rules::Program program = make_short_program();
    Kept whole(program), stepwise(program);
    for (int number = 0; number < 30; ++number) {
        note(whole, number);
        note(stepwise, number);
    }
    const std::uint64_t rows = prune(whole, day(29));
    std::uint64_t steps_rows = 0;
    for (bool is_done = false; !is_done;) {
        const auto done = stepwise.store().prune(day(29), 3);
        REQUIRE(done);
        CHECK(done->rows <= 3);
        steps_rows += done->rows;
        is_done = done->is_done;
        stepwise.close();
        stepwise.open();
    }
    CHECK(steps_rows == rows);
    CHECK(counts(stepwise, day(30)) == counts(whole, day(30)));
}

TEST_CASE("a waiting run keeps its rows, whatever their age, and others go past it") {
    const rules::Program program = make_short_program();
    Kept kept(program);
    put_run(kept, 10, day(0), std::nullopt);
    put_run(kept, 20, day(0), day(1));
    put_run(kept, 30, day(0), day(40));  // it waited long
    put_run(kept, 40, day(2), std::nullopt);
    put_run(kept, 50, day(3), day(3));
    const auto check = [&](std::vector<rules::RecordKey> runs, std::vector<rules::RecordKey> log) {
        for (const rules::RecordKey key : {10, 20, 30, 40, 50}) {
            INFO("run " << key);
            const bool is_kept = std::find(runs.begin(), runs.end(), key) != runs.end();
            CHECK((kept.store().get({rules::entity_run, key}) != nullptr) == is_kept);
            CHECK((kept.store().get({rules::entity_effect, key + 3}) != nullptr) == is_kept);
            const bool has_log = std::find(log.begin(), log.end(), key) != log.end();
            CHECK((kept.store().get({rules::entity_automation_log, key + 1}) != nullptr) ==
                  has_log);
        }
    };
    prune(kept, day(12), 1);
    check({10, 30, 40}, {10, 20, 30, 40, 50});
    prune(kept, day(44), 1);
    check({10, 30, 40}, {10, 40});
    CHECK(counts(kept, day(44)).notifications == 0);
    prune(kept, day(46), 2);
    check({10, 40}, {10, 40});
}

TEST_CASE("more waiting runs than a step looks at do not hold up what is behind them") {
    const rules::Program program = make_short_program();
    Kept kept(program);
    for (rules::RecordKey key = 10; key < 210; key += 10) put_run(kept, key, day(0), std::nullopt);
    put_run(kept, 210, day(0), day(1));
    prune(kept, day(12), 1);
    CHECK(kept.store().get({rules::entity_run, 200}) != nullptr);
    CHECK(kept.store().get({rules::entity_run, 210}) == nullptr);
    CHECK(kept.store().get({rules::entity_effect, 213}) == nullptr);
}

TEST_CASE("an input that waits for its turn stays, however old it is") {
    const rules::Program program = make_short_program();
    Kept kept(program);
    note(kept, 0);
    for (const char* id : {"w1", "w2"}) {
        const Appended appended =
            kept.engine().append(R"({"specversion":"1.0","id":")" + std::string(id) +
                                     R"(","source":"/t","type":"note_left","data":{"text":"t"}})",
                                 day(1));
        REQUIRE(appended.input);
    }
    prune(kept, day(50));
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    const auto inputs = reader->inputs(0, 10);
    REQUIRE(inputs.size() == 2);
    CHECK(inputs[0].number == 3);
}

TEST_CASE("a parked input goes with its time, and a key that was seen can come again") {
    const rules::Program program = make_short_program();
    Kept kept(program);
    note(kept, 0);
    WriteBatch batch;
    batch.parked = {{1, "it stopped the engine"}};
    batch.counters = kept.engine().counters();
    REQUIRE(kept.store().commit(std::move(batch)));
    note(kept, 15);
    note(kept, 30);
    CHECK(kept.store().seen("/t", "e1"));
    prune(kept, day(30));
    const auto reader = kept.reader();
    REQUIRE(reader->begin());
    CHECK(reader->parked().empty());
    CHECK_FALSE(kept.store().seen("/t", "e1"));
    CHECK(kept.store().seen("/t", "e5"));
    kept.close();
    kept.open();
    CHECK_FALSE(kept.store().seen("/t", "e1"));
    CHECK(kept.store().seen("/t", "e5"));
    // However long nothing comes, what comes then is known again, and what came last still is.
    prune(kept, day(90));
    note(kept, 90);
    kept.close();
    kept.open();
    CHECK_FALSE(kept.store().seen("/t", "e3"));
    CHECK(kept.store().seen("/t", "e5"));
    CHECK(kept.store().seen("/t", "e7"));
}

TEST_CASE("a mark that is over goes when nothing of its time is kept any more") {
    const rules::Program program = make_short_program();
    Kept kept(program);
    WriteBatch batch;
    batch.marks = {{"for ever", "", std::nullopt, day(0)}, {"short", "", day(1), day(0)}};
    batch.counters = kept.engine().counters();
    batch.counters.now = day(0);
    REQUIRE(kept.store().commit(std::move(batch)));
    prune(kept, day(10));
    CHECK(counts(kept, day(0)).marks == 2);
    CHECK(counts(kept, day(10)).marks == 1);
    prune(kept, day(12));
    CHECK(counts(kept, day(0)).marks == 1);
    CHECK(kept.store().mark("for ever", day(12)));
}

TEST_CASE("where the rulebook does not say it, events and runs are kept 90 days, the log a year") {
    const rules::Program program = make_program();
    Kept kept(program);
    note(kept, 0);
    prune(kept, day(90));
    CHECK(counts(kept, day(90)).inputs == 2);
    prune(kept, Instant{day(90).micros + 1});
    const Counts left = counts(kept, day(90));
    CHECK(left.inputs == 0);
    CHECK(left.changes == 0);
    CHECK(left.runs == 0);
    CHECK(left.log == 2);
    prune(kept, day(364));
    CHECK(counts(kept, day(364)).log == 2);
    prune(kept, day(366));
    CHECK(counts(kept, day(366)).log == 0);
}

}  // namespace pawl::engine
