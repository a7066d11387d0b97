#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "engine/ports/store.h"
#include "engine/store/row_inserter.h"
#include "engine/store/sqlite_scan.h"
#include "engine/store/statement.h"

// Timers in two tables. `timer` has the nearest, in order; `timer_later` what is due at the horizon
// or later, in stretches of time whose width grows with their distance, each in the order in which
// its timers came. So ten million timers for any moment of a year are added at some hundred places,
// not at ten million. When the nearest have become few, the first stretch is moved into `timer`;
// one that is large is spread over finer ones before, a few thousand rows a commit. Which table a
// timer is in, and in which stretch, is a matter of speed alone: reading takes both for what they
// hold.

namespace pawl::engine {

// The writer's. Throws.
class TimerTables {
 public:
    struct Bounds {
        std::int64_t near_least = 16'384;    // fewer in `timer`: later ones are moved there
        std::int64_t near_most = 65'536;     // more: the later half is moved away
        std::size_t rows_at_once = 4'096;    // moved in one commit
        std::int64_t lead_micros = 1 << 26;  // what is due sooner stays in `timer`, many or not
    };

    explicit TimerTables(SqliteSession& session) : TimerTables(session, Bounds()) {}
    TimerTables(SqliteSession& session, Bounds bounds) : session_(session), bounds_(bounds) {}

    // Of a batch, in the order in which they were made; within its transaction.
    void write(const std::vector<TimerWrite>& timers, Instant now);
    // The transaction was undone: what is known of the tables is read anew.
    void drop();

 private:
    using Prepared = std::unique_ptr<Statement>;
    struct Row {
        std::int64_t start = 0;
        StoredTimer timer;
    };

    void load();
    void insert_near(const std::vector<StoredTimer>& timers);
    void insert_later(const std::vector<Row>& rows);
    void insert_all(std::vector<StoredTimer>& timers);
    void remove(TimerKey key);
    bool remove_near(TimerKey key);
    bool remove_later(TimerKey key);
    void move_horizon(std::int64_t horizon);
    std::size_t fetch_first();  // rows moved
    void send_away(Instant now);
    // The first start above; end_of_time: none.
    std::int64_t start_above(std::int64_t start);
    Statement& prepared(Prepared& statement, const char* sql, const char* parameters,
                        const char* columns = "");

    static constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max();

    SqliteSession& session_;
    const Bounds bounds_;
    bool is_loaded_ = false;
    // Every stretch starts there or later; what is due earlier goes into `timer`.
    std::int64_t horizon_ = end_of_time;
    // Where the first stretch starts (end_of_time: there is none), and its rows, if not fewer.
    std::int64_t first_ = end_of_time;
    std::size_t first_count_ = 0;
    std::int64_t near_count_ = 0;
    std::int64_t send_away_at_ = 0;  // so many rows
    RowInserter insert_near_{"insert or replace into timer (due, number, kind, target)", "iiit"};
    RowInserter insert_later_{
        "insert or replace into timer_later (start, number, due, kind, target)", "iiiit"};
    Prepared remove_near_, remove_later_, start_above_, stretch_, end_stretch_, nth_, beyond_,
        remove_beyond_, count_first_;
};

// Timers above `after`, ascending, `count` at most, from one state of both tables: within a
// transaction.
std::vector<StoredTimer> read_timers(Statements& statements, TimerKey after, std::size_t count);

}  // namespace pawl::engine
