#include "engine/store/sqlite_entities.h"
#include "engine/store/sqlite_session.h"
#include "engine/store/statement.h"
#include "own_rows_suite.h"
#include "store_folder.h"

namespace pawl::engine {

namespace {

std::vector<std::string> texts(const StoreFolder& folder, const std::string& sql) {
    const auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::read});
    REQUIRE(session);
    std::vector<std::string> all;
    Statement statement(**session, sql, "", "t");
    for (Rows rows(statement); rows.next();) all.push_back(statement.text(0));
    return all;
}

using Texts = std::vector<std::string>;

std::string indexes_of(const std::string& table) {
    return "select name from sqlite_master where type = 'index' and tbl_name = '" + table +
           "' order by name";
}

}  // namespace

TEST_CASE("the SQLite store answers whole rows of the engine's own, from its cache and without") {
    StoreFolder folder;
    const std::size_t cache_bytes = GENERATE(0u, 1u << 20);
    own_rows_suite([&]() -> std::unique_ptr<Store> {
        auto store = open_sqlite_store(folder.path(), {.cache_bytes = cache_bytes});
        REQUIRE(store);
        return std::move(*store);
    });
    // After opening again, too.
    const rules::Program program = own_rows::make_program();
    const auto rows = own_rows::make_rows(program, 50);
    {
        WriteBatch batch;
        batch.records = rows;
        REQUIRE(folder.open(program)->commit(batch));
    }
    own_rows::check_rows(*folder.open(program), program, rows);
}

TEST_CASE("what a row of the engine's own says twice is written once") {
    StoreFolder folder;
    const rules::Program program = own_rows::make_program();
    WriteBatch batch;
    batch.records = own_rows::make_rows(program, 100);
    REQUIRE(folder.open(program)->commit(batch));
    CHECK(texts(folder,
                "select quote(id) || ' ' || quote(created_at) || ' ' || quote(updated_at) || ' ' "
                "|| quote(\"at\") from entity_automation_log order by key limit 4") ==
          Texts{"'1' 1 NULL NULL", "'2' 2 102 NULL", "'3' 3 NULL 103", "'4' 4 NULL NULL"});
    CHECK(texts(folder, "select id from entity_automation_log where key between 9 and 11") ==
          Texts{"automation_log-", "automation_log-1x", "other-1"});
    CHECK(texts(folder,
                "select quote(id) || ' ' || quote(started_at) || ' ' || quote(updated_at) || ' ' "
                "|| quote(ended_at) from entity_run order by key") ==
          Texts{"'r1' NULL NULL NULL", "'r2' NULL NULL 102", "'r3' 4 NULL NULL",
                "'r4' NULL NULL 104"});
}

TEST_CASE("what many rows say is one word, and a row has its number") {
    StoreFolder folder;
    const rules::Program program = own_rows::make_program();
    WriteBatch batch;
    batch.records = own_rows::make_rows(program, 100);
    REQUIRE(folder.open(program)->commit(batch));
    CHECK(texts(folder, "select text from word order by number") ==
          Texts{"remind", "waiting", "book.pawl", "success", "pay", ":", "é"});
    CHECK(
        texts(folder, "select rule || ' ' || status || ' ' || file from entity_run order by key") ==
        Texts{"1 2 3", "1 4 3", "5 2 3", "1 4 3"});
    CHECK(texts(folder,
                "select id || ' ' || rule || ' ' || \"trigger\" || ' ' || status || ' ' || "
                "\"at\" from automation_log where key < 8 order by key") ==
          Texts{"automation_log-1 remind remind success 1",
                "automation_log-2 remind remind success 2",
                "automation_log-3 pay remind success 103"});
    CHECK(texts(folder,
                "select id || ' ' || rule || ' ' || status || ' ' || file from run "
                "order by key limit 2") ==
          Texts{"r1 remind waiting book.pawl", "r2 remind success book.pawl"});
}

TEST_CASE("opening again changes nothing of what the tables are") {
    StoreFolder folder;
    const rules::Program program = own_rows::make_program();
    const auto version = [&folder] {
        return texts(folder, "select cast(schema_version as text) from pragma_schema_version");
    };
    folder.open(program);
    const Texts first = version();
    folder.open(program);
    CHECK(version() == first);
}

TEST_CASE("rows and indexes of an earlier release go on, with all of it written out") {
    StoreFolder folder;
    const rules::Program program = own_rows::make_program();
    const auto rows = own_rows::make_rows(program, 100);
    {
        WriteBatch batch;
        batch.records = rows;
        REQUIRE(folder.open(program)->commit(batch));
    }
    const Texts now = {"entity_automation_log.at in full",
                       "entity_automation_log.created_at",
                       "entity_automation_log.id in full",
                       "entity_automation_log.rule",
                       "entity_automation_log.status",
                       "entity_automation_log.trigger",
                       "entity_automation_log.updated_at in full",
                       "other entity_automation_log"};
    CHECK(texts(folder, indexes_of("entity_automation_log")) == now);
    {
        const auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::write});
        REQUIRE(session);
        const auto run = [&](const std::string& sql) { (*session)->execute(sql); };
        run("update entity_automation_log set id = 'automation_log-' || id where id < ':' and "
            "key <= 8");
        run("update entity_automation_log set updated_at = coalesce(updated_at, created_at), "
            "\"at\" = coalesce(\"at\", created_at)");
        run("update entity_run set started_at = coalesce(started_at, created_at), "
            "updated_at = coalesce(updated_at, ended_at, created_at)");
        run("update entity_automation_log set rule = 'remind', \"trigger\" = 'remind' where rule = "
            "(select number from word where text = 'remind') and key < 5");
        run("update entity_run set status = 'waiting' where key = 1");
        run("drop index \"entity_automation_log.at in full\"");
        run("create index \"entity_automation_log.at\" on entity_automation_log (\"at\")");
    }
    const auto store = folder.open(program);
    CHECK(texts(folder, indexes_of("entity_automation_log")) == now);
    own_rows::check_rows(*store, program, rows);
}

TEST_CASE("a word has its index, and a look by it uses that") {
    StoreFolder folder;
    const rules::Program program = own_rows::make_program();
    folder.open(program);
    const auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::read});
    REQUIRE(session);
    const EntityLayout layout = read_layout(**session, program);
    const FieldColumn& rule =
        layout.tables[rules::entity_automation_log]
            .columns[own_rows::field(program, rules::entity_automation_log, "rule")];
    Statement plan(**session,
                   "explain query plan select key from entity_automation_log where " +
                       rule.equal_to("?1") + " and key > ?2 order by key limit ?3",
                   "tii", "iiit");
    std::string detail;
    for (Rows rows(plan); rows.next();) detail += plan.text(3);
    INFO(detail);
    CHECK(detail.find("INDEX entity_automation_log.rule (rule=?") != std::string::npos);
}

TEST_CASE("an instant that is not written has its index, and a look by it uses that") {
    StoreFolder folder;
    folder.open(own_rows::make_program());
    const auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::read});
    REQUIRE(session);
    Statement plan(**session,
                   "explain query plan select key from entity_automation_log where "
                   "coalesce(\"at\", \"created_at\") >= 5 and +key > 3 limit 7",
                   "", "iiit");
    std::string detail;
    for (Rows rows(plan); rows.next();) detail += plan.text(3);
    INFO(detail);
    CHECK(detail.find("USING INDEX entity_automation_log.at in full") != std::string::npos);
}

}  // namespace pawl::engine
