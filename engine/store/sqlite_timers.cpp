#include "engine/store/sqlite_timers.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/check.h"

namespace pawl::engine {

namespace {

// Widths of stretches in bits of microseconds: from 16 ms to two thousand years, each eight times
// the one before. Part of the format: a timer is looked for in the stretches that it may be in.
constexpr int least_bits = 14, most_bits = 56, step_bits = 3;
constexpr int width_count = (most_bits - least_bits) / step_bits + 1;
// As wide as a sixteenth of its distance at most: so one that comes near is not much at a time.
constexpr int nearness_bits = 4;

std::int64_t start_of(std::int64_t due, int bits) { return (due >> bits) << bits; }

// The stretch of a timer, seen from a start before it or at it. It begins above where the timer is
// not next to it.
std::int64_t stretch_of(std::int64_t due, std::int64_t from) {
    const std::uint64_t distance = static_cast<std::uint64_t>(due) -
                                   static_cast<std::uint64_t>(from);  // may not fit the other
    int bits = least_bits;
    while (bits < most_bits && distance >> (bits + step_bits + nearness_bits) != 0)
        bits += step_bits;
    return start_of(due, bits);
}

StoredTimer timer_of(const Statement& row, std::size_t due, std::size_t number) {
    const std::int64_t kind = row.integer(2);
    if (kind < 0 || kind > static_cast<std::int64_t>(TimerKind::journey))
        throw StoreDamage("a timer of a kind that is not known");
    return {{{row.integer(due)}, row.integer(number)}, static_cast<TimerKind>(kind), row.text(3)};
}

bool is_earlier(const StoredTimer& left, const StoredTimer& right) { return left.key < right.key; }

}  // namespace

Statement& TimerTables::prepared(Prepared& statement, const char* sql, const char* parameters,
                                 const char* columns) {
    if (!statement) statement = std::make_unique<Statement>(session_, sql, parameters, columns);
    return *statement;
}

void TimerTables::drop() {
    for (Prepared* each : {&remove_near_, &remove_later_, &start_above_, &stretch_, &end_stretch_,
                           &nth_, &beyond_, &remove_beyond_, &count_first_})
        each->reset();
    insert_near_.forget();
    insert_later_.forget();
    is_loaded_ = false;
}

void TimerTables::load() {
    if (is_loaded_) return;
    Statement count(session_, "select count(*) from timer", "", "i");
    count.first();
    near_count_ = count.integer(0);
    count.finish();
    move_horizon(start_above(std::numeric_limits<std::int64_t>::min()));
    send_away_at_ = std::max(bounds_.near_most, near_count_);
    is_loaded_ = true;
}

void TimerTables::write(const std::vector<TimerWrite>& timers, Instant now) {
    load();
    // What is set and taken away in the same batch never comes here.
    struct Fate {
        bool is_new = false;
        const TimerWrite* last = nullptr;
    };
    std::unordered_map<std::int64_t, Fate> fates;
    for (const TimerWrite& write : timers)
        fates.try_emplace(write.timer.key.number, Fate{!write.is_removed}).first->second.last =
            &write;
    std::vector<StoredTimer> set;
    for (const TimerWrite& write : timers) {
        const Fate& fate = fates.at(write.timer.key.number);
        if (fate.last != &write) continue;
        if (!write.is_removed)
            set.push_back(write.timer);
        else if (!fate.is_new)
            remove(write.timer.key);
    }
    insert_all(set);
    if (near_count_ > send_away_at_) send_away(now);
    for (std::size_t moved = 0; moved < bounds_.rows_at_once;) {
        const bool is_large = first_count_ > bounds_.rows_at_once;
        if (first_ == end_of_time || (near_count_ >= bounds_.near_least && !is_large)) break;
        moved += fetch_first();
    }
}

void TimerTables::insert_all(std::vector<StoredTimer>& timers) {
    std::sort(timers.begin(), timers.end(), is_earlier);
    std::vector<StoredTimer> near;
    std::vector<Row> later;
    for (StoredTimer& timer : timers) {
        const std::int64_t due = timer.key.due.micros;
        if (due < horizon_)
            near.push_back(std::move(timer));
        else
            later.push_back({stretch_of(due, horizon_), std::move(timer)});
    }
    std::sort(later.begin(), later.end(), [](const Row& left, const Row& right) {
        return std::pair(left.start, left.timer.key.number) <
               std::pair(right.start, right.timer.key.number);
    });
    insert_near(near);
    insert_later(later);
}

void TimerTables::insert_near(const std::vector<StoredTimer>& timers) {
    insert_near_.insert(session_, timers.size(), [&](Statement& row, std::size_t first, auto i) {
        row.set_integer(first, timers[i].key.due.micros);
        row.set_integer(first + 1, timers[i].key.number);
        row.set_integer(first + 2, static_cast<std::int64_t>(timers[i].kind));
        row.set_kept_text(first + 3, timers[i].target);
    });
    near_count_ += static_cast<std::int64_t>(timers.size());
}

void TimerTables::insert_later(const std::vector<Row>& rows) {
    insert_later_.insert(session_, rows.size(), [&](Statement& row, std::size_t first, auto i) {
        const StoredTimer& timer = rows[i].timer;
        row.set_integer(first, rows[i].start);
        row.set_integer(first + 1, timer.key.number);
        row.set_integer(first + 2, timer.key.due.micros);
        row.set_integer(first + 3, static_cast<std::int64_t>(timer.kind));
        row.set_kept_text(first + 4, timer.target);
    });
    for (const Row& row : rows) {
        if (row.start < first_) {
            first_ = row.start;
            first_count_ = 0;
        }
        if (row.start == first_) ++first_count_;
    }
}

// One that is gone already is none of our concern.
void TimerTables::remove(TimerKey key) {
    if (key.due.micros >= horizon_ && remove_later(key)) return;
    remove_near(key);
}

bool TimerTables::remove_near(TimerKey key) {
    Statement& row =
        prepared(remove_near_, "delete from timer where due = ?1 and number = ?2", "ii");
    row.set_integer(0, key.due.micros);
    row.set_integer(1, key.number);
    row.run();
    if (session_.changed_rows() == 0) return false;
    --near_count_;
    return true;
}

bool TimerTables::remove_later(TimerKey key) {
    if (!remove_later_) {
        std::string starts;
        for (int i = 0; i < width_count; ++i)
            starts += (i == 0 ? "?" : ", ?") + std::to_string(i + 2);
        remove_later_ = std::make_unique<Statement>(
            session_, "delete from timer_later where number = ?1 and start in (" + starts + ")",
            std::string(width_count + 1, 'i'));
    }
    Statement& row = *remove_later_;
    row.set_integer(0, key.number);
    for (int i = 0; i < width_count; ++i)
        row.set_integer(static_cast<std::size_t>(i) + 1,
                        start_of(key.due.micros, least_bits + i * step_bits));
    row.run();
    return session_.changed_rows() != 0;
}

std::int64_t TimerTables::start_above(std::int64_t start) {
    Statement& next =
        prepared(start_above_, "select min(start) from timer_later where start > ?1", "i", "i");
    next.set_integer(0, start);
    next.first();
    const std::int64_t found = next.is_null(0) ? end_of_time : next.integer(0);
    next.finish();
    return found;
}

// What is due earlier goes into `timer` from now on. Counts the first stretch: one that is more
// than goes in one commit is taken apart before it is needed.
void TimerTables::move_horizon(std::int64_t horizon) {
    horizon_ = horizon;
    first_ = horizon == end_of_time ? end_of_time : start_above(horizon - 1);
    first_count_ = 0;
    if (first_ == end_of_time) return;
    Statement& count = prepared(
        count_first_, "select count(*) from (select 1 from timer_later where start = ?1 limit ?2)",
        "ii", "i");
    count.set_integer(0, first_);
    count.set_integer(1, static_cast<std::int64_t>(bounds_.rows_at_once) + 1);
    count.first();
    first_count_ = static_cast<std::size_t>(count.integer(0));
    count.finish();
}

// The first stretch, or a part of it: what nothing lies before goes into `timer`, the rest into
// finer stretches, which all start later than this one.
std::size_t TimerTables::fetch_first() {
    const std::int64_t first = first_;
    const std::int64_t next = start_above(first);
    std::vector<StoredTimer> rows;
    Statement& stretch =
        prepared(stretch_,
                 "select number, due, kind, target from timer_later where start = ?1 "
                 "order by number limit ?2",
                 "ii", "iiit");
    stretch.set_integer(0, first);
    stretch.set_integer(1, static_cast<std::int64_t>(bounds_.rows_at_once) + 1);
    for (Rows each(stretch); each.next();) rows.push_back(timer_of(stretch, 1, 0));
    if (rows.empty()) {  // all were taken away
        move_horizon(start_above(first));
        return 1;
    }
    const bool is_whole = rows.size() <= bounds_.rows_at_once;
    if (!is_whole) rows.pop_back();
    Statement& end =
        prepared(end_stretch_, "delete from timer_later where start = ?1 and number <= ?2", "ii");
    end.set_integer(0, first);
    end.set_integer(1, rows.back().key.number);
    end.run();
    std::sort(rows.begin(), rows.end(), is_earlier);
    std::vector<StoredTimer> near;
    std::vector<Row> later;
    for (StoredTimer& timer : rows) {
        const std::int64_t due = timer.key.due.micros;
        const bool is_next_to = due - first < std::int64_t{1} << least_bits;
        if (is_next_to || (is_whole && due < next))
            near.push_back(std::move(timer));
        else
            later.push_back({stretch_of(due, first), std::move(timer)});
    }
    insert_near(near);
    insert_later(later);
    move_horizon(is_whole ? start_above(first) : first);
    return rows.size();
}

// The later half of `timer` goes, where it is not due within a minute anyway.
void TimerTables::send_away(Instant now) {
    Statement& nth =
        prepared(nth_, "select due from timer order by due, number limit 1 offset ?1", "i", "i");
    nth.set_integer(0, bounds_.near_most / 2);
    const bool is_there = nth.first();
    const std::int64_t due = is_there ? nth.integer(0) : 0;
    nth.finish();
    const std::int64_t horizon = start_of(due, least_bits);
    if (!is_there || horizon - bounds_.lead_micros <= now.micros || horizon >= horizon_) {
        send_away_at_ = 2 * near_count_;
        return;
    }
    send_away_at_ = bounds_.near_most;
    std::vector<StoredTimer> rows;
    Statement& beyond = prepared(
        beyond_, "select number, due, kind, target from timer where due >= ?1", "i", "iiit");
    beyond.set_integer(0, horizon);
    for (Rows each(beyond); each.next();) rows.push_back(timer_of(beyond, 1, 0));
    Statement& remove = prepared(remove_beyond_, "delete from timer where due >= ?1", "i");
    remove.set_integer(0, horizon);
    remove.run();
    near_count_ -= static_cast<std::int64_t>(rows.size());
    horizon_ = horizon;
    insert_all(rows);
    move_horizon(horizon);
}

std::vector<StoredTimer> read_timers(Statements& statements, TimerKey after, std::size_t count) {
    const auto limit = static_cast<std::int64_t>(std::min<std::size_t>(count, 1u << 30));
    std::vector<StoredTimer> found;
    Statement& near = statements.get(
        "select due, number, kind, target from timer where (due, number) > (?1, ?2) "
        "order by due, number limit ?3",
        "iii", "iiit");
    near.set_integer(0, after.due.micros);
    near.set_integer(1, after.number);
    near.set_integer(2, limit);
    for (Rows rows(near); rows.next();) found.push_back(timer_of(near, 0, 1));
    Statement& next =
        statements.get("select min(start) from timer_later where start > ?1", "i", "i");
    Statement& stretch = statements.get(
        "select due, number, kind, target from timer_later where start = ?1 and "
        "(due, number) > (?2, ?3) order by due, number limit ?4",
        "iiii", "iiit");
    std::int64_t start = std::numeric_limits<std::int64_t>::min();
    for (;;) {
        next.set_integer(0, start);
        next.first();
        const bool is_none = next.is_null(0);
        start = next.integer(0);
        next.finish();
        if (is_none || (found.size() == count && found.back().key.due.micros < start)) break;
        stretch.set_integer(0, start);
        stretch.set_integer(1, after.due.micros);
        stretch.set_integer(2, after.number);
        stretch.set_integer(3, limit);
        const auto middle = static_cast<std::ptrdiff_t>(found.size());
        for (Rows rows(stretch); rows.next();) found.push_back(timer_of(stretch, 0, 1));
        std::inplace_merge(found.begin(), found.begin() + middle, found.end(), is_earlier);
        if (found.size() > count) found.resize(count);
    }
    return found;
}

}  // namespace pawl::engine
