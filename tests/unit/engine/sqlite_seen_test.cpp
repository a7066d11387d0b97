#include "engine/store/sqlite_seen.h"

#include <catch2/catch.hpp>

#include "engine/store/sqlite_migrations.h"
#include "store_folder.h"

namespace pawl::engine {

namespace {

constexpr std::int64_t day = micros_per_day;

SeenEvent event(int number, Instant at = Instant{1}) {
    const std::string id = "e" + std::to_string(number);
    return {"/shop", id, hash_bytes("body of " + id), at};
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

std::vector<std::int64_t> integers(SqliteSession& session, const std::string& sql) {
    std::vector<std::int64_t> all;
    Statement statement(session, sql, "", "i");
    for (Rows rows(statement); rows.next();) all.push_back(statement.integer(0));
    return all;
}

using Buckets = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a filter never loses a key, seldom claims one, and reads back as it was") {
    SeenFilter filter(10'000);
    for (int i = 0; i < 10'000; ++i) filter.add(key(i));
    const auto claimed = [](const SeenFilter& of) {
        int count = 0;
        for (int i = 10'000; i < 30'000; ++i) count += of.may_have(key(i)) ? 1 : 0;
        return count;
    };
    const auto back = SeenFilter::decode(filter.encode());
    REQUIRE(back);
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(filter.may_have(key(i)));
        REQUIRE(back->may_have(key(i)));
    }
    CHECK(claimed(filter) < 100);  // half a percent
    CHECK(claimed(*back) == claimed(filter));
    CHECK_FALSE(SeenFilter::decode(""));
    CHECK_FALSE(SeenFilter::decode(filter.encode() + "A"));
    CHECK_FALSE(SeenFilter::decode(std::string(88, '!')));
    CHECK_FALSE(SeenFilter::decode(std::string(88 * 3, 'A')));
}

TEST_CASE("a filter folded to few keys keeps them, and is small") {
    SeenFilter filter(1u << 16);
    for (int i = 0; i < 500; ++i) filter.add(key(i));
    const SeenFilter folded = filter.folded_to(500);
    int claimed = 0;
    for (int i = 0; i < 500; ++i) REQUIRE(folded.may_have(key(i)));
    for (int i = 500; i < 20'500; ++i) claimed += folded.may_have(key(i)) ? 1 : 0;
    CHECK(claimed < 100);
    CHECK(folded.encode().size() < 2'000);
    CHECK(filter.folded_to(1u << 20).encode().size() == filter.encode().size());
}

TEST_CASE("a bucket closes when it is full, and all of them are known after opening again") {
    StoreFolder folder;
    auto session = open_session(folder);
    const SeenLimits limits{.events_max = 10, .age_max = day};
    {
        SeenBuckets buckets(limits);
        buckets.load(*session);
        std::vector<SeenEvent> events;
        for (int i = 0; i < 25; ++i) events.push_back(event(i));
        write(*session, buckets, events);
        CHECK(buckets.may_have(key(0)).back() == 1);
        CHECK(buckets.may_have(key(10)).back() == 2);
        CHECK(buckets.may_have(key(24)).front() == 3);
    }
    CHECK(integers(*session, "select number from seen_bucket order by number") == Buckets{1, 2});
    CHECK(integers(*session, "select events from seen_bucket") == Buckets{10, 10});
    CHECK(integers(*session, "select count(*) from seen group by bucket") == Buckets{10, 10, 5});
    SeenBuckets buckets(limits);
    buckets.load(*session);
    const auto is_in = [&](int number, std::int64_t bucket) {
        const auto may = buckets.may_have(key(number));
        return std::find(may.begin(), may.end(), bucket) != may.end();
    };
    for (int i = 0; i < 25; ++i) CHECK(is_in(i, i / 10 + 1));
    // The open one goes on where it was.
    std::vector<SeenEvent> more;
    for (int i = 25; i < 31; ++i) more.push_back(event(i));
    write(*session, buckets, more);
    CHECK(is_in(29, 3));
    CHECK(is_in(30, 4));
    buckets.remove(1);
    CHECK_FALSE(is_in(0, 1));
    CHECK(is_in(10, 2));
    CHECK(session->busy_statements() == 0);
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
    CHECK(integers(*session, "select number from seen_bucket") == Buckets{1});
    CHECK(integers(*session, "select ends from seen_bucket") == Buckets{day + 4});
    CHECK(second.may_have(key(3)).front() == 2);
}

TEST_CASE("the open bucket is known after every closed one was taken away") {
    StoreFolder folder;
    auto session = open_session(folder);
    const SeenLimits limits{.events_max = 2, .age_max = day};
    SeenBuckets first(limits);
    first.load(*session);
    write(*session, first, {event(1), event(2), event(3), event(4), event(5)});
    session->execute("delete from seen where bucket < 3");
    session->execute("delete from seen_bucket");
    SeenBuckets second(limits);
    second.load(*session);
    CHECK(second.may_have(key(5)) == Buckets{3});
    CHECK(second.may_have(key(1)).empty());
    write(*session, second, {event(6), event(7)});
    CHECK(integers(*session, "select number from seen_bucket") == Buckets{3});
}

TEST_CASE("what was written in vain is not known, and its bucket is not closed") {
    StoreFolder folder;
    auto session = open_session(folder);
    const SeenLimits limits{.events_max = 2, .age_max = day};
    SeenBuckets buckets(limits);
    buckets.load(*session);
    write(*session, buckets, {event(1)});
    {
        WriteTransaction transaction(*session);
        buckets.write(*session, {event(2), event(3), event(4), event(5)});
    }
    buckets.drop();
    CHECK(integers(*session, "select number from seen_bucket").empty());
    CHECK(integers(*session, "select count(*) from seen") == Buckets{1});
    write(*session, buckets, {event(2), event(3)});
    CHECK(integers(*session, "select number from seen_bucket") == Buckets{1});
    CHECK(integers(*session, "select bucket from seen order by bucket") == Buckets{1, 1, 2});
    CHECK(buckets.may_have(key(3)).front() == 2);
}

}  // namespace pawl::engine
