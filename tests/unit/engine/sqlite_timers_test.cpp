#include "engine/store/sqlite_timers.h"

#include <map>
#include <random>

#include "engine/store/sqlite_migrations.h"
#include "store_folder.h"
#include "time_suite.h"

namespace pawl::engine {

namespace {

using Model = std::map<TimerKey, StoredTimer>;

std::unique_ptr<SqliteSession> open_tables(const StoreFolder& folder) {
    auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::write});
    REQUIRE(session);
    REQUIRE(migrate(**session, own_migrations()));
    return std::move(*session);
}

std::int64_t rows_of(SqliteSession& session, const std::string& table) {
    Statement count(session, "select count(*) from " + table, "", "i");
    count.first();
    const std::int64_t rows = count.integer(0);
    count.finish();
    return rows;
}

std::vector<StoredTimer> wanted(const Model& model, TimerKey after, std::size_t count) {
    std::vector<StoredTimer> found;
    for (auto each = model.upper_bound(after); each != model.end() && found.size() < count; ++each)
        found.push_back(each->second);
    return found;
}

// Distances that timers have: a few microseconds to a hundred years, and the same instant often.
std::int64_t any_distance(std::mt19937_64& random) {
    const int bits = 1 + static_cast<int>(random() % 51);
    if (random() % 4 == 0) return std::int64_t{1} << bits;
    return static_cast<std::int64_t>(random() % (std::uint64_t{1} << bits));
}

}  // namespace

TEST_CASE("wherever timers are kept, they are read in order, all of them and once") {
    const std::uint32_t seed = GENERATE(1u, 2u, 3u, 4u);
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    StoreFolder folder;
    const auto session = open_tables(folder);
    // So small that everything happens that happens with millions.
    const TimerTables::Bounds bounds{.near_least = 4,
                                     .near_most = seed % 2 == 0 ? 12 : 40,
                                     .rows_at_once = 5,
                                     .lead_micros = 1'000};
    TimerTables tables(*session, bounds);
    Statements statements(*session);
    Model model;
    std::int64_t number = 1;
    Instant now{1'772'435'704'250'000};
    bool was_later = false;
    for (int round = 0; round < 400; ++round) {
        now.micros += any_distance(random) / 1'000'000'000;
        std::vector<TimerWrite> writes;
        const std::size_t sets = round < 300 ? random() % 8 : 0;
        for (std::size_t i = 0; i < sets; ++i) {
            const StoredTimer timer = make_timer(now.micros + any_distance(random), number++);
            writes.push_back({timer});
            model.emplace(timer.key, timer);
        }
        for (auto each = model.begin(); each != model.end();) {
            const bool is_due = each->first.due <= now;
            const bool is_removed = random() % (is_due ? 2 : round < 300 ? 25 : 4) == 0;
            if (is_removed) writes.push_back({each->second, true});
            each = is_removed ? model.erase(each) : std::next(each);
        }
        WriteTransaction transaction(*session);
        tables.write(writes, now);
        const bool is_undone = random() % 10 == 0;
        if (is_undone) session->execute("rollback");
        if (is_undone) {
            tables.drop();
            WriteTransaction again(*session);
            tables.write(writes, now);
            again.commit();
        } else {
            transaction.commit();
        }
        if (random() % 20 == 0) tables.drop();
        was_later = was_later || rows_of(*session, "timer_later") > 20;
        REQUIRE(rows_of(*session, "timer") + rows_of(*session, "timer_later") ==
                static_cast<std::int64_t>(model.size()));
        const std::size_t count = 1 + random() % 30;
        REQUIRE(read_timers(statements, {{0}, 0}, count) == wanted(model, {{0}, 0}, count));
        if (model.empty()) continue;
        const TimerKey after =
            std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size()))->first;
        REQUIRE(read_timers(statements, after, count) == wanted(model, after, count));
        REQUIRE(read_timers(statements, after, 10'000) == wanted(model, after, 10'000));
    }
    CHECK(was_later);
}

TEST_CASE("many timers lie apart from the nearest, and come near as those go") {
    StoreFolder folder;
    const auto session = open_tables(folder);
    const TimerTables::Bounds bounds{
        .near_least = 100, .near_most = 400, .rows_at_once = 100, .lead_micros = 1'000};
    TimerTables tables(*session, bounds);
    Statements statements(*session);
    Model model;
    std::mt19937_64 random(5);
    constexpr std::int64_t year = 365 * micros_per_day;
    for (std::int64_t number = 1; number <= 4'000;) {
        std::vector<TimerWrite> writes;
        for (int i = 0; i < 100; ++i, ++number) {
            const StoredTimer timer =
                make_timer(static_cast<std::int64_t>(random() % year), number);
            model.emplace(timer.key, timer);
            writes.push_back({timer});
        }
        WriteTransaction transaction(*session);
        tables.write(writes, {-1'000'000});
        transaction.commit();
    }
    CHECK(rows_of(*session, "timer") <= 500);
    std::int64_t rounds_short_of = 0;
    for (int round = 0; !model.empty(); ++round) {
        std::vector<TimerWrite> writes;
        for (int i = 0; i < 10 && !model.empty(); ++i) {
            writes.push_back({model.begin()->second, true});
            model.erase(model.begin());
        }
        WriteTransaction transaction(*session);
        tables.write(writes, {0});
        transaction.commit();
        REQUIRE(read_timers(statements, {{-1}, 0}, 40) == wanted(model, {{-1}, 0}, 40));
        rounds_short_of += rows_of(*session, "timer") < 40 && model.size() > 40 ? 1 : 0;
        REQUIRE(round < 1'000);
    }
    // The nearest are there before they are asked for.
    CHECK(rounds_short_of == 0);
    CHECK(rows_of(*session, "timer_later") == 0);
}

TEST_CASE("timers that are due within a minute stay near, however many") {
    StoreFolder folder;
    const auto session = open_tables(folder);
    TimerTables tables(*session, {.near_least = 4, .near_most = 10});
    std::vector<TimerWrite> writes;
    for (std::int64_t number = 1; number <= 100; ++number)
        writes.push_back({make_timer(1'000'000 + number * 1'000, number)});
    WriteTransaction transaction(*session);
    tables.write(writes, {0});
    tables.write({{make_timer(2'000'000, 101)}}, {0});
    transaction.commit();
    CHECK(rows_of(*session, "timer") == 101);
}

TEST_CASE("a timer of a kind that is not known is damage, and not taken for another") {
    StoreFolder folder;
    const auto session = open_tables(folder);
    session->execute("insert into timer values (1, 1, 9, 'x')");
    Statements statements(*session);
    CHECK_THROWS_AS(read_timers(statements, {{0}, 0}, 1), StoreDamage);
}

}  // namespace pawl::engine
