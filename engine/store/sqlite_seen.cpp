#include "engine/store/sqlite_seen.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "engine/store/sqlite_scan.h"

namespace pawl::engine {

namespace {

std::int64_t stored(std::uint64_t word) { return static_cast<std::int64_t>(word); }

SeenKey key_of(const Statement& row, std::size_t column) {
    return {static_cast<std::uint64_t>(row.integer(column)),
            static_cast<std::uint64_t>(row.integer(column + 1))};
}

// The number of the row after the bucket's last.
std::int64_t end_of(const SeenBucket& bucket) {
    return bucket.number + static_cast<std::int64_t>(bucket.events);
}

// The event of the row, if that is the key's.
std::optional<SeenEvent> read_event(Statements& statements, std::int64_t number,
                                    const SeenKey& key) {
    Statement& row =
        statements.get("select hash, rest, body, at from seen where number = ?1", "i", "iiii");
    row.set_integer(0, number);
    std::optional<SeenEvent> event;
    for (Rows rows(row); rows.next();)
        if (key_of(row, 0) == key)
            event = SeenEvent{
                {}, {}, static_cast<std::uint64_t>(row.integer(2)), Instant{row.integer(3)}};
    return event;
}

// Rows of a bucket that is being taken away may be gone.
std::optional<SeenEvent> find_closed(Statements& statements, const SeenBucket& bucket,
                                     const SeenKey& key) {
    const std::uint64_t part = seen_part(key, seen_part_count(bucket.events));
    Statement& row = statements.get("select places from seen_part where number = ?1", "i", "t");
    row.set_integer(0, bucket.number + stored(part));
    std::vector<SeenPlace> places;
    for (Rows rows(row); rows.next();) {
        auto read = decode_places(row.text(0), key);
        if (!read) throw StoreDamage("a row of `seen_part` cannot be read back");
        places = std::move(*read);
    }
    for (const SeenPlace place : places)
        if (auto event = read_event(statements, bucket.number + place, key)) return event;
    return std::nullopt;
}

}  // namespace

SeenBuckets::SeenBuckets(SeenLimits limits) : limits_(limits) {
    PAWL_CHECK(limits.events_max > 0 && limits.events_max <= seen_places_max);
}

void SeenBuckets::Open::count(Instant at) {
    begins = bucket.events == 0 ? at : std::min(begins, at);
    ends = bucket.events == 0 ? at : std::max(ends, at);
    ++bucket.events;
}

void SeenBuckets::load(SqliteSession& session) {
    make_missing_parts(session);
    const std::lock_guard lock(places_mutex_);
    closed_.clear();
    Statement buckets(session, "select number, events, filter from seen_bucket order by number", "",
                      "iit");
    for (Rows rows(buckets); rows.next();) {
        auto filter = SeenFilter::decode(buckets.text(2));
        if (!filter) throw StoreDamage("the filter of a bucket of `seen` cannot be read back");
        closed_.emplace(buckets.integer(0),
                        Closed{static_cast<std::uint64_t>(buckets.integer(1)), std::move(*filter)});
    }
    load_open(session);
}

void SeenBuckets::load_open(SqliteSession& session) {
    open_ = Open{};
    index_ = SeenIndex();
    if (!closed_.empty()) {
        const auto& [number, last] = *closed_.rbegin();
        open_.bucket.number = end_of({number, last.events});
    } else {
        // The closed ones may have been taken away, all of them.
        Statement first(session, "select min(number) from seen", "", "i");
        for (Rows rows(first); rows.next();)
            if (!first.is_null(0)) open_.bucket.number = first.integer(0);
    }
    Statement keys(session,
                   "select number, hash, rest, at from seen where number >= :a order by number",
                   "i", "iiii");
    keys.set_integer(0, open_.bucket.number);
    for (Rows rows(keys); rows.next();) {
        if (keys.integer(0) != end_of(open_.bucket))
            throw StoreDamage("rows of `seen` are missing or too many");
        index_.add(key_of(keys, 1));
        open_.count(Instant{keys.integer(3)});
    }
    index_number_ = open_.bucket.number;
    written_ = open_;
}

// A store from before there were parts has buckets without.
void SeenBuckets::make_missing_parts(SqliteSession& session) {
    std::vector<SeenBucket> bare;
    {
        Statement buckets(session,
                          "select number, events from seen_bucket where number not in "
                          "(select number from seen_part)",
                          "", "ii");
        for (Rows rows(buckets); rows.next();)
            bare.push_back({buckets.integer(0), static_cast<std::uint64_t>(buckets.integer(1))});
    }
    for (const SeenBucket& bucket : bare) {
        std::vector<SeenKey> keys;
        Statement rows_of(session,
                          "select hash, rest from seen where number >= :a and number < :b "
                          "order by number",
                          "ii", "ii");
        rows_of.set_integer(0, bucket.number);
        rows_of.set_integer(1, end_of(bucket));
        for (Rows rows(rows_of); rows.next();) keys.push_back(key_of(rows_of, 0));
        if (keys.size() != bucket.events) throw StoreDamage("rows of `seen` are missing");
        WriteTransaction transaction(session);
        write_parts(session, bucket.number, keys);
        transaction.commit();
    }
}

SeenBuckets::Places SeenBuckets::look_up(const SeenKey& key) const {
    Places places;
    const std::lock_guard lock(places_mutex_);
    if (const auto place = index_.find(key)) places.row = index_number_ + *place;
    for (auto bucket = closed_.rbegin(); bucket != closed_.rend(); ++bucket)
        if (bucket->second.filter.may_have(key))
            places.closed.push_back({bucket->first, bucket->second.events});
    return places;
}

std::optional<SeenEvent> SeenBuckets::find(Statements& statements, const SeenKey& key) const {
    const Places places = look_up(key);
    if (places.row)
        if (auto event = read_event(statements, *places.row, key)) return event;
    for (const SeenBucket& bucket : places.closed)
        if (auto event = find_closed(statements, bucket, key)) return event;
    return std::nullopt;
}

void SeenBuckets::write(SqliteSession& session, const std::vector<SeenEvent>& events) {
    if (!events.empty() && !insert_)
        insert_.emplace(session,
                        "insert into seen (number, hash, rest, body, body_rest, at) "
                        "values (:a, :b, :c, :d, 0, :e)",
                        "iiiii");
    for (const SeenEvent& event : events) {
        const bool is_over = event.at.micros - written_.begins.micros >= limits_.age_max;
        if (written_.bucket.events >= limits_.events_max || (written_.bucket.events > 0 && is_over))
            close(session);
        const SeenKey key = seen_key(event.source, event.id);
        const std::int64_t number = end_of(written_.bucket);
        insert_->set_integer(0, number);
        insert_->set_integer(1, stored(key.hash));
        insert_->set_integer(2, stored(key.rest));
        insert_->set_integer(3, stored(event.body));
        insert_->set_integer(4, event.at.micros);
        insert_->run();
        additions_.push_back({number, key});
        written_.count(event.at);
    }
}

void SeenBuckets::close(SqliteSession& session) {
    const SeenBucket bucket = written_.bucket;
    std::vector<SeenKey> keys;
    // Only this thread changes it, so it may be read here without the mutex.
    if (bucket.number == open_.bucket.number) keys = index_.keys();
    for (const Addition& each : additions_)
        if (each.row >= bucket.number) keys.push_back(each.key);
    PAWL_CHECK(keys.size() == bucket.events);
    SeenFilter filter(bucket.events);
    for (const SeenKey& key : keys) filter.add(key);
    if (!insert_bucket_)
        insert_bucket_.emplace(session,
                               "insert into seen_bucket (number, ends, events, filter) "
                               "values (:a, :b, :c, :d)",
                               "iiit");
    insert_bucket_->set_integer(0, bucket.number);
    insert_bucket_->set_integer(1, written_.ends.micros);
    insert_bucket_->set_integer(2, stored(bucket.events));
    insert_bucket_->set_text(3, filter.encode());
    insert_bucket_->run();
    write_parts(session, bucket.number, keys);
    closing_.emplace(bucket.number, Closed{bucket.events, std::move(filter)});
    written_ = Open{};
    written_.bucket.number = end_of(bucket);
}

// Empty ones too, so that a bucket with one has all.
void SeenBuckets::write_parts(SqliteSession& session, std::int64_t bucket,
                              std::span<const SeenKey> keys) {
    if (!insert_part_)
        insert_part_.emplace(session, "insert into seen_part (number, places) values (:a, :b)",
                             "it");
    for (const std::string& part : encode_places(keys)) {
        insert_part_->set_integer(0, bucket++);
        insert_part_->set_text(1, part);
        insert_part_->run();
    }
}

void SeenBuckets::keep() {
    const std::lock_guard lock(places_mutex_);
    if (!closing_.empty()) {
        closed_.merge(closing_);
        closing_.clear();
        index_ = SeenIndex();
        index_number_ = written_.bucket.number;
    }
    for (const Addition& each : additions_)
        if (each.row >= index_number_) index_.add(each.key);
    additions_.clear();
    open_ = written_;
}

void SeenBuckets::drop() {
    additions_.clear();
    closing_.clear();
    written_ = open_;
}

void SeenBuckets::forget_statements() {
    insert_.reset();
    insert_bucket_.reset();
    insert_part_.reset();
}

void SeenBuckets::remove(std::int64_t number) {
    const std::lock_guard lock(places_mutex_);
    closed_.erase(number);
}

}  // namespace pawl::engine
