#include "engine/store/sqlite_session.h"

#include <catch2/catch.hpp>

#include "engine/store/sqlite_catalogue.h"
#include "engine/store/sqlite_commit.h"
#include "engine/store/sqlite_migrations.h"
#include "engine/store/sqlite_scan.h"
#include "engine/store/statement.h"
#include "sample_program.h"
#include "store_folder.h"

namespace pawl::engine {

using rules::Value;
using sample::client;
using sample::order;

namespace {

std::unique_ptr<SqliteSession> open_session(const StoreFolder& folder,
                                            SessionMode mode = SessionMode::write) {
    auto session = SqliteSession::open(folder.file(), {.mode = mode, .synchronous = {}});
    REQUIRE(session);
    return std::move(*session);
}

std::int64_t count(SqliteSession& session, const std::string& table) {
    Statement statement(session, "select count(*) from " + table, "", "i");
    REQUIRE(statement.first());
    const std::int64_t found = statement.integer(0);
    statement.finish();
    return found;
}

// What a store is made of, with its sessions in sight.
struct Parts {
    rules::Program program = sample::make_program();
    StoreFolder folder;
    std::unique_ptr<SqliteSession> writer = open_session(folder);
    EntityLayout layout;
    SeenBuckets seen{SeenLimits{.events_max = 3}};
    std::optional<OtherMarks> others;
    Words words{*writer};
    std::optional<Committer> committer;

    Parts() {
        REQUIRE(migrate(*writer, own_migrations()));
        REQUIRE(fit_tables(*writer, program));
        layout = read_layout(*writer, program);
        others.emplace(program, read_catalogue(*writer));
        seen.load(*writer);
        words.load();
        committer.emplace(*writer, program, layout, *others, seen, words);
    }

    // Ten orders from that key on, and one of everything else. The mark, written after the rest,
    // is what needs more room.
    WriteBatch batch(rules::RecordKey from) const {
        WriteBatch made;
        for (rules::RecordKey key = from; key < from + 10; ++key)
            made.records.push_back(
                {{order, key}, sample::make_order("o" + std::to_string(key), 1, key)});
        const std::string number = std::to_string(from);
        made.marks = {{"once/" + number, std::string(20'000, 'x'), std::nullopt}};
        made.seen = {{"/shop", "e" + number, body_mark(hash_bytes(number)), Instant{from}}};
        made.inputs = {{from, Instant{from}, "{}"}};
        made.changes = {{from,
                         Instant{from},
                         {order, from},
                         rules::field_id,
                         Value(),
                         Value::text("o" + number)}};
        made.counters.next_ids.assign(program.schema.entities.size(), from);
        return made;
    }
};

}  // namespace

TEST_CASE("texts with zero bytes, empty ones and numbers of 64 bits pass through SOCI whole") {
    StoreFolder folder;
    const auto session = open_session(folder);
    session->execute("create table t (i BIGINT, n REAL, x TEXT)");
    Statement insert(*session, "insert into t values (:a, :b, :c)", "int");
    const std::string zeros("\0a\0\0b\0", 6);
    const auto put = [&](std::int64_t integer, double number, const std::string& text) {
        insert.set_integer(0, integer);
        insert.set_number(1, number);
        insert.set_text(2, text);
        insert.run();
    };
    put(INT64_MIN, 0.1, zeros);
    put(INT64_MAX, 5e-324, "");
    insert.set_null(0);
    insert.set_null(1);
    insert.set_null(2);
    insert.run();
    put(5'000'000'000, -1e300, "x:y ?1 'z'");
    Statement select(*session, "select i, n, x, length(cast(x as blob)) from t order by rowid", "",
                     "inti");
    REQUIRE(select.first());
    CHECK(select.integer(0) == INT64_MIN);
    CHECK(select.number(1) == 0.1);
    CHECK(select.text(2) == zeros);
    CHECK(select.integer(3) == 6);
    REQUIRE(select.next());
    CHECK(select.integer(0) == INT64_MAX);
    CHECK(select.number(1) == 5e-324);
    CHECK_FALSE(select.is_null(2));
    CHECK(select.text(2).empty());
    REQUIRE(select.next());
    for (const std::size_t column : {0, 1, 2, 3}) CHECK(select.is_null(column));
    REQUIRE(select.next());
    CHECK_FALSE(select.is_null(0));
    CHECK(select.integer(0) == 5'000'000'000);
    CHECK(select.text(2) == "x:y ?1 'z'");
    CHECK(session->busy_statements() == 1);
    CHECK_FALSE(select.next());
    CHECK_FALSE(select.next());
    CHECK(session->busy_statements() == 0);
}

TEST_CASE("a query that is left early leaves nothing open, and begins anew") {
    StoreFolder folder;
    const auto session = open_session(folder);
    session->execute("create table t (i BIGINT)");
    session->execute("insert into t values (1), (2), (3)");
    Statement select(*session, "select i from t order by i", "", "i");
    for (Rows rows(select); rows.next();)
        if (select.integer(0) == 2) break;
    CHECK(session->busy_statements() == 0);
    REQUIRE(select.first());
    CHECK(select.integer(0) == 1);
    select.finish();
    CHECK(session->busy_statements() == 0);
}

TEST_CASE("what goes wrong is told by its kind, without the values") {
    StoreFolder folder;
    const auto session = open_session(folder);
    session->execute("create table t (i BIGINT unique)");
    Statement insert(*session, "insert into t values (:a)", "i");
    const auto put = [&](std::int64_t value) {
        return session->attempt("write", [&]() -> Status {
            insert.set_integer(0, value);
            insert.run();
            return Done{};
        });
    };
    REQUIRE(put(424'242));
    const Status twice = put(424'242);
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == "unreadable");
    CHECK(twice.error().message.find("424242") == std::string::npos);

    const auto reader = open_session(folder, SessionMode::read);
    const Status written = reader->attempt("write", [&]() -> Status {
        reader->execute("insert into t values (1)");
        return Done{};
    });
    REQUIRE_FALSE(written);
    CHECK(written.error().code == "read_only");
    CHECK_FALSE(written.error().retry);
}

TEST_CASE("a transaction that is not committed is rolled back") {
    StoreFolder folder;
    const auto session = open_session(folder);
    session->execute("create table t (i BIGINT)");
    {
        WriteTransaction transaction(*session);
        session->execute("insert into t values (1)");
        CHECK(session->is_in_transaction());
    }
    CHECK_FALSE(session->is_in_transaction());
    CHECK(count(*session, "t") == 0);
}

TEST_CASE("a full disk keeps nothing of the batch, and the same batch goes in when there is room") {
    Parts parts;
    REQUIRE(parts.committer->commit(parts.batch(1)));
    Statement pages(*parts.writer, "pragma page_count", "", "i");
    REQUIRE(pages.first());
    const std::string now = std::to_string(pages.integer(0));
    pages.finish();
    parts.writer->execute("pragma max_page_count = " + now);
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Status full = parts.committer->commit(parts.batch(11));
        REQUIRE_FALSE(full);
        CHECK(full.error().code == "full");
        CHECK(full.error().retry);
        CHECK(count(*parts.writer, "entity_order") == 10);
        CHECK(count(*parts.writer, "change") == 1);
        CHECK_FALSE(parts.writer->is_in_transaction());
    }
    parts.writer->execute("pragma max_page_count = 1000000");
    REQUIRE(parts.committer->commit(parts.batch(11)));
    REQUIRE(parts.committer->commit(parts.batch(21)));
    CHECK(count(*parts.writer, "entity_order") == 30);
    CHECK(count(*parts.writer, "seen") == 3);
    CHECK(count(*parts.writer, "seen_bucket") == 0);  // what failed filled no bucket
    Statement numbers(*parts.writer, "select max(number) from change", "", "i");
    REQUIRE(numbers.first());
    CHECK(numbers.integer(0) == 3);
    numbers.finish();
}

TEST_CASE("nothing stays open between two calls of the core, cursors in the middle or not") {
    Parts parts;
    for (rules::RecordKey from = 1; from < 200; from += 10)
        REQUIRE(parts.committer->commit(parts.batch(from)));
    const auto core = open_session(parts.folder, SessionMode::read);
    Finder finder(*core, parts.program, parts.layout, *parts.others);
    const auto idle = [&] { return core->busy_statements() == 0; };
    const auto every = finder.scan(sample::every(order));
    const auto some =
        finder.scan(sample::equal(order, sample::order_of, Value::reference({client, 1})));
    const auto few = finder.scan(
        sample::range(order, sample::order_number, Value::integer(5), Value::integer(9)));
    for (int i = 0; i < 3; ++i) {
        CHECK(every->next() == i + 1);
        CHECK(idle());
        CHECK(some->next() == i + 1);
        CHECK(idle());
        CHECK(few->next() == i + 5);
        CHECK(idle());
    }
    CHECK(finder.get({order, 7}) != nullptr);
    CHECK(idle());
    CHECK(finder.find(order, "o8") == 8);
    CHECK(idle());
    CHECK(finder.find_unique(order, 0, {Value::reference({client, 1}), Value::integer(9)}) == 9);
    CHECK(idle());
    CHECK(parts.writer->busy_statements() == 0);
}

TEST_CASE("scans by a field go through its index") {
    Parts parts;
    const auto plan_of = [&](const std::string& sql) {
        Statement plan(*parts.writer, "explain query plan " + sql, "", "iiit");
        std::string text;
        for (Rows rows(plan); rows.next();) text += plan.text(3) + "\n";
        return text;
    };
    CHECK(
        plan_of("select key from entity_order where \"of\" = 1 and key > 5 order by key limit 3") ==
        "SEARCH entity_order USING COVERING INDEX entity_order.of (of=? AND rowid>?)\n");
    CHECK(plan_of("select key from entity_order where \"number\" is not null and \"number\" >= 5 "
                  "limit 3") ==
          "SEARCH entity_order USING COVERING INDEX entity_order.number (number>?)\n");
    CHECK(plan_of("select key from entity_client where \"id\" = 'a' limit 1") ==
          "SEARCH entity_client USING COVERING INDEX entity_client.id (id=?)\n");
}

TEST_CASE("an update leaves the indexes alone unless it concerns them, and is right either way") {
    Parts parts;
    REQUIRE(parts.committer->commit(parts.batch(1)));
    const auto core = open_session(parts.folder, SessionMode::read);
    Finder finder(*core, parts.program, parts.layout, *parts.others);
    const auto put = [&](std::int64_t of, std::int64_t number, double amount) {
        auto changed = sample::make_order("o3", of, number);
        changed->fields[sample::order_amount] = Value::number(amount);
        WriteBatch batch;
        batch.records = {{{order, 3}, changed}};
        REQUIRE(parts.committer->commit(batch));
        CHECK(finder.get({order, 3})->fields == changed->fields);
    };
    const auto of_client = [&](rules::RecordKey key) {
        return sample::keys(
            finder.scan(sample::equal(order, sample::order_of, Value::reference({client, key}))));
    };
    put(1, 3, 99);
    CHECK(of_client(1).size() == 10);
    put(2, 3, 99);
    CHECK(of_client(1).size() == 9);
    CHECK(of_client(2) == std::vector<rules::RecordKey>{3});
    put(2, 300, 1);
    CHECK(finder.find_unique(order, 0, {Value::reference({client, 2}), Value::integer(300)}) == 3);
    // A record below the last key that is not there yet.
    WriteBatch gone, back;
    gone.records = {{{order, 3}, nullptr}};
    back.records = {{{order, 3}, sample::make_order("o3", 5, 5)}};
    REQUIRE(parts.committer->commit(gone));
    CHECK(finder.get({order, 3}) == nullptr);
    REQUIRE(parts.committer->commit(back));
    CHECK(of_client(5) == std::vector<rules::RecordKey>{3});
}

TEST_CASE("a store whose log was moved into its file begins the log anew") {
    StoreFolder folder;
    const rules::Program program = sample::make_program();
    const auto store = folder.open(program);
    const auto write = [&](rules::RecordKey key) {
        WriteBatch batch;
        batch.records = {{{client, key}, sample::make_client("c" + std::to_string(key), "")}};
        batch.inputs = {{key, Instant{key}, std::string(50'000, 'x')}};
        REQUIRE(store->commit(batch));
    };
    write(1);
    write(2);
    const auto cursor = store->scan(sample::every(client));
    CHECK(cursor->next() == 1);  // and is left there
    const auto log_bytes = [&] { return std::filesystem::file_size(folder.file() + "-wal"); };
    std::uintmax_t bytes = 0;
    for (rules::RecordKey key = 3; key <= 30; ++key) {
        write(key);
        REQUIRE(store->checkpoint());
        if (key == 10) bytes = log_bytes();
    }
    CHECK(log_bytes() == bytes);
    CHECK(store->size_bytes() == log_bytes() + std::filesystem::file_size(folder.file()));
}

TEST_CASE("a log that is moved in pieces, without a rest, begins anew before it is long") {
    StoreFolder folder;
    const rules::Program program = sample::make_program();
    constexpr std::uint64_t log_bytes_most = 512u << 10;
    auto store =
        folder.open(program, {.log_piece_bytes = 64u << 10, .log_bytes_most = log_bytes_most});
    constexpr std::size_t commits = 200;
    for (std::size_t i = 1; i <= commits; ++i) {
        const auto number = static_cast<InputNumber>(i);
        WriteBatch batch;
        batch.inputs = {{number, Instant{number}, std::string(50'000, 'x')}};
        REQUIRE(store->commit_ahead(batch));
        if (store->is_log_long()) REQUIRE(store->move_log());
    }
    // Ten million bytes went through it; from twice the most on the disk is waited for.
    CHECK(std::filesystem::file_size(folder.file() + "-wal") < 3 * log_bytes_most);
    CHECK(store->inputs(0, commits + 1).size() == commits);
    store.reset();
    store = folder.open(program);
    CHECK(store->inputs(0, commits + 1).size() == commits);
}

}  // namespace pawl::engine
