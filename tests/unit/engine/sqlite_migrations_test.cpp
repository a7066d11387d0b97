#include "engine/store/sqlite_migrations.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "engine/store/statement.h"
#include "sample_program.h"
#include "store_folder.h"

namespace pawl::engine {

namespace {

std::unique_ptr<SqliteSession> open_session(const StoreFolder& folder) {
    auto session =
        SqliteSession::open(folder.file(), {.mode = SessionMode::write, .synchronous = {}});
    REQUIRE(session);
    return std::move(*session);
}

std::vector<std::string> texts(SqliteSession& session, const std::string& sql) {
    std::vector<std::string> all;
    Statement statement(session, sql, "", "t");
    for (Rows rows(statement); rows.next();) all.push_back(statement.text(0));
    return all;
}

using Texts = std::vector<std::string>;

const Migration first{1, "first", "create table a (x BIGINT);\ninsert into a values (1);\n"};
const Migration second{2, "second",
                       "-- A second column; with a semicolon here.\n"
                       "alter table a add column y TEXT;\n"
                       "update a set y = 'it''s; so' where x = 1;"};

}  // namespace

TEST_CASE("a script is split into its statements") {
    CHECK(split_statements("").empty());
    CHECK(split_statements(" ; -- nothing\n;/* ; */").empty());
    CHECK(split_statements("a 1;b 2 ;\n c") == Texts{"a 1", "b 2", "c"});
    CHECK(split_statements("a ';' \"b;c\" ; d 'it''s;'") == Texts{"a ';' \"b;c\"", "d 'it''s;'"});
    CHECK(split_statements("a -- x; y\n b; c /* ; */ d") == Texts{"a  b", "c  d"});
    CHECK(split_statements("a 'open") == Texts{"a 'open"});
}

TEST_CASE("steps are taken once each, and later ones when they come") {
    StoreFolder folder;
    const auto session = open_session(folder);
    const std::vector<Migration> one = {first}, both = {first, second};
    REQUIRE(migrate(*session, one));
    REQUIRE(migrate(*session, one));
    CHECK(texts(*session, "select cast(x as text) from a") == Texts{"1"});
    REQUIRE(migrate(*session, both));
    CHECK(texts(*session, "select y from a") == Texts{"it's; so"});
    CHECK(texts(*session, "select name from schema_version order by id") ==
          Texts{"first", "second"});
    SECTION("a store of a later release is refused") {
        const Status refused = migrate(*session, one);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "newer");
    }
    SECTION("a step that is not the one that was taken is refused") {
        const std::vector<Migration> other = {first, {2, "second", "create table b (x BIGINT)"}};
        const Status refused = migrate(*session, other);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "newer");
        CHECK(texts(*session, "select name from sqlite_master where name = 'b'").empty());
    }
}

TEST_CASE("a step that fails leaves nothing behind") {
    StoreFolder folder;
    const auto session = open_session(folder);
    const std::vector<Migration> broken = {
        first, {2, "broken", "create table b (x BIGINT); insert into nowhere values (1)"}};
    CHECK_FALSE(migrate(*session, broken));
    CHECK(texts(*session, "select name from sqlite_master where type = 'table' order by name") ==
          Texts{"a", "schema_version"});
    CHECK(texts(*session, "select name from schema_version") == Texts{"first"});
    CHECK_FALSE(session->is_in_transaction());
}

TEST_CASE("a database of another program is refused") {
    StoreFolder folder;
    {
        const auto session = open_session(folder);
        session->execute("create table notes (text TEXT)");
    }
    const auto refused = open_sqlite_store(folder.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "damaged");
}

TEST_CASE("a store that a later release wrote is refused and left as it is") {
    StoreFolder folder;
    REQUIRE(open_sqlite_store(folder.path()));
    {
        const auto session = open_session(folder);
        session->execute("insert into schema_version values (99, 'later', 'x', 0)");
    }
    const auto refused = open_sqlite_store(folder.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "newer");
    CHECK_FALSE(refused.error().retry);
    const auto session = open_session(folder);
    CHECK(texts(*session, "select name from schema_version where id = 99") == Texts{"later"});
}

TEST_CASE("integer columns of the store's own tables are BIGINT, but for the row's number") {
    StoreFolder folder;
    const auto session = open_session(folder);
    REQUIRE(migrate(*session, own_migrations()));
    CHECK(texts(*session,
                "select m.name || '.' || c.name from sqlite_master m, pragma_table_info(m.name) c "
                "where m.type = 'table' and c.pk = 0 and c.type not in ('BIGINT', 'TEXT', 'REAL')")
              .empty());
}

namespace {

// Dumps of what earlier schemas held; what is in them must be readable for good.
void load_dump(const StoreFolder& folder, const std::string& name) {
    const auto session = open_session(folder);
    std::ifstream file("tests/unit/engine/data/" + name);
    REQUIRE(file);
    const std::string dump(std::istreambuf_iterator<char>(file), {});
    for (const std::string& statement : split_statements(dump)) session->execute(statement);
}

}  // namespace

TEST_CASE("a store as the first release wrote it is brought up to date and read") {
    StoreFolder folder;
    load_dump(folder, "store_0001.sql");
    CHECK(texts(*open_session(folder), "select name from schema_version") == Texts{"init"});
    const rules::Program program = sample::make_program();
    const auto store = folder.open(program);
    using rules::Value;
    const auto client = store->get({sample::client, 1});
    REQUIRE(client != nullptr);
    CHECK(client->fields == sample::make_client("asha", "a@x.org")->fields);
    CHECK(store->find(sample::order, "o2") == 2);
    CHECK(store->get({sample::order, 2})->fields == sample::make_order("o2", 1, 30)->fields);
    CHECK(sample::keys(store->scan(sample::equal(sample::order, sample::order_of,
                                                 Value::reference({sample::client, 1})))) ==
          std::vector<rules::RecordKey>{2});
    CHECK(store->mark("once/a", Instant{99}) == "r1");
    REQUIRE(store->run(4));
    CHECK(store->run(4)->frames.at(0).locals.at(0) == Value::text("wait"));
    REQUIRE(store->seen("/shop", "e1"));
    CHECK(store->seen("/shop", "e1")->body == body_mark(hash_bytes("body")));
    CHECK(store->inputs(0, 10).at(0).body == "{\"type\":\"x\"}");
    CHECK(store->counters().next_ids[sample::order] == 12);
    CHECK(store->counters().now == Instant{55});
    CHECK(store->settings().at(0).second == "5");
}

TEST_CASE("a store from before there were timers is brought up to date and read") {
    StoreFolder folder;
    load_dump(folder, "store_0002.sql");
    CHECK(texts(*open_session(folder), "select name from schema_version order by id") ==
          Texts{"init", "history"});
    const rules::Program program = sample::make_program();
    const auto store = folder.open(program);
    using rules::Value;
    CHECK(store->get({sample::client, 1})->fields ==
          sample::make_client("asha", "a@x.org")->fields);
    CHECK(store->mark("once/c", Instant{99}) == "r2");
    CHECK(store->seen("/shop", "e1"));
    CHECK(store->counters().next_run == 8);
    CHECK(store->counters().next_timer == 1);
    CHECK(store->timers({}, 10).empty());
    CHECK(store->waiters("paid", "").empty());
    const auto run = store->run(4);
    REQUIRE(run != nullptr);
    CHECK_FALSE(run->is_stale());
    CHECK(run->state == RunState::calling);
    CHECK(run->calling == 2);
    CHECK(run->frames.at(0).locals ==
          std::vector<Value>{Value::text("wait"), Value(), Value::reference({sample::client, 1})});
    CHECK(run->call.arguments.size() == 2);
    CHECK(run->call.idempotency_key == Value::integer(5));
    CHECK(run->requester == rules::Reference{sample::client, 1});
    WriteBatch batch;
    batch.runs = {{4, run}};
    batch.timers = {{{{{70}, 1}, TimerKind::run, "4"}}};
    batch.counters = store->counters();
    REQUIRE(store->commit(batch));
    CHECK(store->run(4)->call.arguments == run->call.arguments);
    CHECK(store->timers({}, 10).at(0).target == "4");
}

TEST_CASE("a store whose keys of events lay by their hash is brought up to date and read") {
    StoreFolder folder;
    load_dump(folder, "store_0003.sql");
    CHECK(texts(*open_session(folder), "select name from schema_version order by id") ==
          Texts{"init", "history", "time"});
    const rules::Program program = sample::make_program();
    const auto expect = [](Store& store, int first, int last) {
        for (int number = 1; number <= 15; ++number) {
            INFO(number);
            const std::string id = "e" + std::to_string(number);
            const auto event = store.seen("/shop", id);
            REQUIRE(event.has_value() == (number >= first && number <= last));
            if (event) CHECK(event->body == body_mark(hash_bytes("body of " + id)));
        }
    };
    // Three buckets, two days apart: a bucket of a store before is one after.
    constexpr std::int64_t begins = 1'795'000'000'000'000;
    {
        const auto store = folder.open(program);
        expect(*store, 1, 12);
        CHECK(store->seen("/shop", "e7")->at == Instant{begins + 2 * micros_per_day + 1});
        CHECK(store->timers({}, 10).at(0).target == "4");
        CHECK(store->waiters("paid", "k") == std::vector<RunNumber>{4});
        using rules::Value;
        const Value first = Value::datetime(Instant{begins});
        const Value second = Value::datetime(Instant{begins + 2'000'000});
        const auto run = store->get({rules::entity_run, 3});
        REQUIRE(run != nullptr);
        for (const std::size_t at : {1u, 6u}) CHECK(run->fields[at] == first);
        for (const std::size_t at : {2u, 7u}) CHECK(run->fields[at] == second);
        CHECK(store->find(rules::entity_automation_log, "automation_log-2") == 5);
        const auto log = store->get({rules::entity_automation_log, 5});
        CHECK(log->fields[rules::field_id] == Value::text("automation_log-2"));
        for (const std::size_t at : {1u, 2u, 11u}) CHECK(log->fields[at] == second);
        CHECK(store->find(rules::entity_effect, "effect-1") == 7);
    }
    const auto session = open_session(folder);
    CHECK(texts(*session, "select number || ' ' || events || ' ' || ends from seen_bucket") ==
          Texts{"1 5 1795000000000004", "6 5 1795172800000004"});
    CHECK(texts(*session, "select number || ' ' || length(places) from seen_part") ==
          Texts{"1 25", "6 25"});
    CHECK(texts(*session, "select name from sqlite_master where name like '%by_hash'").empty());
    const auto store = folder.open(program);
    WriteBatch batch;
    batch.seen = {{"/shop", "e13", body_mark(hash_bytes("body of e13")),
                   Instant{begins + 6 * micros_per_day}}};
    batch.counters = store->counters();
    REQUIRE(store->commit(batch));
    expect(*store, 1, 13);
    for (int steps = 0; steps < 100; ++steps) {
        const auto pruned = store->prune(Instant{begins + 91 * micros_per_day}, 2);
        REQUIRE(pruned);
        if (pruned->is_done) break;
    }
    expect(*store, 6, 13);
    CHECK(texts(*session, "select cast(number as text) from seen_bucket") == Texts{"6", "11"});
    CHECK(texts(*session, "select cast(number as text) from seen_part") == Texts{"6", "11"});
    CHECK(store->seen_forgotten_until() == Instant{begins + 4});
}

}  // namespace pawl::engine
