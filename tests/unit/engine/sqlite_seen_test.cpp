#include "engine/store/sqlite_seen.h"

#include <catch2/catch.hpp>

#include "engine/store/sqlite_migrations.h"
#include "engine/store/sqlite_scan.h"
#include "store_folder.h"

namespace pawl::engine {

namespace {

constexpr std::int64_t day = micros_per_day;

SeenEvent event(int number, Instant at = Instant{1}) {
    const std::string id = "e" + std::to_string(number);
    return {"/shop", id, body_mark(hash_bytes("body of " + id)), at};
}

SeenKey key(int number) { return seen_key("/shop", "e" + std::to_string(number)); }

std::unique_ptr<SqliteSession> open_session(const StoreFolder& folder) {
    auto session =
        SqliteSession::open(folder.file(), {.mode = SessionMode::write, .synchronous = {}});
    REQUIRE(session);
    REQUIRE(migrate(**session, own_migrations()));
    return std::move(*session);
}

void write(SqliteSession& session, SeenBuckets& buckets, const std::vector<SeenEvent>& events) {
    WriteTransaction transaction(session);
    buckets.write(session, events);
    transaction.commit();
    buckets.keep();
}

std::vector<SeenEvent> events(int from, int to, Instant at = Instant{1}) {
    std::vector<SeenEvent> all;
    for (int i = from; i < to; ++i) all.push_back(event(i, at));
    return all;
}

std::vector<std::int64_t> integers(SqliteSession& session, const std::string& sql) {
    std::vector<std::int64_t> all;
    Statement statement(session, sql, "", "i");
    for (Rows rows(statement); rows.next();) all.push_back(statement.integer(0));
    return all;
}

// The event that is found for the key, by a connection of its own.
std::optional<SeenEvent> found(const StoreFolder& folder, const SeenBuckets& buckets,
                               const SeenKey& of) {
    auto session =
        SqliteSession::open(folder.file(), {.mode = SessionMode::read, .synchronous = {}});
    REQUIRE(session);
    Statements statements(**session);
    auto event = buckets.find(statements, of);
    CHECK((*session)->busy_statements() == 0);
    return event;
}

bool is_found(const StoreFolder& folder, const SeenBuckets& buckets, int number) {
    const auto event = found(folder, buckets, key(number));
    const std::string id = "e" + std::to_string(number);
    if (event) CHECK(event->body == body_mark(hash_bytes("body of " + id)));
    return event.has_value();
}

using Numbers = std::vector<std::int64_t>;

// A bucket has ten.
const SeenLimits tens{.events_max = 10, .age_max = day};

}  // namespace

TEST_CASE("a bucket closes when it is full, and all keys are found after opening again") {
    StoreFolder folder;
    auto session = open_session(folder);
    {
        SeenBuckets buckets(tens);
        buckets.load(*session);
        write(*session, buckets, events(0, 7));
        write(*session, buckets, events(7, 25));
        for (int i = 0; i < 25; ++i) CHECK(is_found(folder, buckets, i));
        CHECK_FALSE(is_found(folder, buckets, 25));
    }
    CHECK(integers(*session, "select number from seen_bucket order by number") == Numbers{1, 11});
    CHECK(integers(*session, "select events from seen_bucket") == Numbers{10, 10});
    CHECK(integers(*session, "select number from seen_part") == Numbers{1, 11});
    CHECK(integers(*session, "select max(number) from seen") == Numbers{25});
    SeenBuckets buckets(tens);
    buckets.load(*session);
    for (int i = 0; i < 25; ++i) CHECK(is_found(folder, buckets, i));
    for (int i = 25; i < 2'000; ++i) REQUIRE_FALSE(is_found(folder, buckets, i));
    // The open one goes on where it was.
    write(*session, buckets, events(25, 31));
    CHECK(integers(*session, "select number from seen_bucket order by number") ==
          Numbers{1, 11, 21});
    for (int i = 0; i < 31; ++i) CHECK(is_found(folder, buckets, i));
    buckets.remove(1);
    CHECK_FALSE(is_found(folder, buckets, 0));
    CHECK(is_found(folder, buckets, 10));
    CHECK(session->busy_statements() == 0);
}

TEST_CASE("only the buckets whose filters say so are looked at") {
    StoreFolder folder;
    auto session = open_session(folder);
    const SeenLimits thousands{.events_max = 1'000, .age_max = day};
    SeenBuckets buckets(thousands);
    buckets.load(*session);
    write(*session, buckets, events(0, 3'500));
    CHECK(integers(*session, "select count(*) from seen_part") == Numbers{3 * 8});
    std::size_t asked = 0;
    for (int i = 0; i < 3'500; ++i) {
        const auto places = buckets.look_up(key(i));
        CHECK(places.row.has_value() == (i >= 3'000));
        if (places.row) CHECK(*places.row == i + 1);
        asked += places.closed.size();
    }
    CHECK(asked >= 3'000);
    CHECK(asked < 3'150);
    std::size_t in_vain = 0;
    for (int i = 3'500; i < 23'500; ++i) {
        const auto places = buckets.look_up(key(i));
        CHECK_FALSE(places.row);
        // What a filter claims wrongly is not there.
        if (!places.closed.empty()) CHECK_FALSE(is_found(folder, buckets, i));
        in_vain += places.closed.size();
    }
    CHECK(in_vain > 0);
    CHECK(in_vain < 300);
}

TEST_CASE("of a key that came twice the last event is found, in one bucket and across them") {
    StoreFolder folder;
    auto session = open_session(folder);
    SeenBuckets buckets(tens);
    buckets.load(*session);
    const auto again = [](const char* body) {
        return std::vector<SeenEvent>{{"/shop", "e3", body_mark(hash_bytes(body)), Instant{2}}};
    };
    const auto body = [&](const SeenBuckets& of) { return found(folder, of, key(3))->body; };
    write(*session, buckets, events(0, 5));
    write(*session, buckets, again("second"));
    CHECK(body(buckets) == body_mark(hash_bytes("second")));
    write(*session, buckets, events(10, 15));  // now it is closed
    CHECK(body(buckets) == body_mark(hash_bytes("second")));
    write(*session, buckets, again("third"));
    CHECK(body(buckets) == body_mark(hash_bytes("third")));
    SeenBuckets reopened(tens);
    reopened.load(*session);
    CHECK(body(reopened) == body_mark(hash_bytes("third")));
    session->execute("delete from seen where number > 10");
    reopened.load(*session);
    CHECK(body(reopened) == body_mark(hash_bytes("second")));
}

TEST_CASE("a bucket closes a day after its first event, after opening again too") {
    StoreFolder folder;
    auto session = open_session(folder);
    SeenBuckets first;
    first.load(*session);
    write(*session, first, {event(1, Instant{5}), event(2, Instant{day + 4})});
    CHECK(integers(*session, "select number from seen_bucket").empty());
    SeenBuckets second;
    second.load(*session);
    write(*session, second, {event(3, Instant{day + 5})});
    CHECK(integers(*session, "select number from seen_bucket") == Numbers{1});
    CHECK(integers(*session, "select ends from seen_bucket") == Numbers{day + 4});
    CHECK(second.look_up(key(3)).row == 3);
    CHECK(found(folder, second, key(2))->at == Instant{day + 4});
}

TEST_CASE("the open bucket is known after every closed one was taken away") {
    StoreFolder folder;
    auto session = open_session(folder);
    const SeenLimits twos{.events_max = 2, .age_max = day};
    SeenBuckets first(twos);
    first.load(*session);
    write(*session, first, events(1, 6));
    session->execute("delete from seen where number < 5");
    session->execute("delete from seen_part");
    session->execute("delete from seen_bucket");
    SeenBuckets second(twos);
    second.load(*session);
    CHECK(second.look_up(key(5)).row == 5);
    CHECK_FALSE(is_found(folder, second, 1));
    write(*session, second, events(6, 8));
    CHECK(integers(*session, "select number from seen_bucket") == Numbers{5});
    CHECK(is_found(folder, second, 5));
    CHECK(is_found(folder, second, 7));
}

TEST_CASE("of a bucket that is being taken away no key is found whose row is gone") {
    StoreFolder folder;
    auto session = open_session(folder);
    SeenBuckets buckets(tens);
    buckets.load(*session);
    write(*session, buckets, events(0, 12));
    session->execute("delete from seen where number <= 4");
    CHECK_FALSE(is_found(folder, buckets, 3));
    CHECK(is_found(folder, buckets, 4));
    CHECK(is_found(folder, buckets, 11));
    SeenBuckets reopened(tens);
    reopened.load(*session);
    CHECK_FALSE(is_found(folder, reopened, 3));
    CHECK(is_found(folder, reopened, 4));
    CHECK(is_found(folder, reopened, 11));
}

TEST_CASE("what was written in vain is not known, and its bucket is not closed") {
    StoreFolder folder;
    auto session = open_session(folder);
    const SeenLimits twos{.events_max = 2, .age_max = day};
    SeenBuckets buckets(twos);
    buckets.load(*session);
    write(*session, buckets, {event(1)});
    {
        WriteTransaction transaction(*session);
        buckets.write(*session, events(2, 6));
    }
    CHECK_FALSE(buckets.look_up(key(2)).row);
    buckets.drop();
    CHECK(integers(*session, "select number from seen_bucket").empty());
    CHECK(integers(*session, "select count(*) from seen") == Numbers{1});
    write(*session, buckets, events(2, 4));
    CHECK(integers(*session, "select number from seen_bucket") == Numbers{1});
    CHECK(integers(*session, "select number from seen") == Numbers{1, 2, 3});
    for (int i = 1; i < 4; ++i) CHECK(is_found(folder, buckets, i));
    CHECK_FALSE(is_found(folder, buckets, 4));
}

TEST_CASE("rows that are not as they were written are found when the store is opened") {
    StoreFolder folder;
    auto session = open_session(folder);
    SeenBuckets buckets(tens);
    buckets.load(*session);
    write(*session, buckets, events(0, 15));
    SECTION("one of the open bucket is missing") {
        session->execute("delete from seen where number = 12");
    }
    SECTION("a filter is another text") {
        session->execute("update seen_bucket set filter = 'none'");
    }
    CHECK_THROWS_AS(SeenBuckets(tens).load(*session), StoreDamage);
}

}  // namespace pawl::engine
