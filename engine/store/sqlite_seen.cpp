#include "engine/store/sqlite_seen.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "base/hash.h"

namespace pawl::engine {

namespace {

constexpr std::uint64_t bits_a_key = 16;
constexpr std::uint64_t bits_a_line = 512;
constexpr int probes = 7;  // of 9 bits each, out of 64

std::uint64_t read_word(const std::uint8_t* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

std::int64_t stored(std::uint64_t word) { return static_cast<std::int64_t>(word); }

// Base 64 without padding: six bits a letter, the lowest first.
constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr int letters_a_word = 11;

std::optional<std::uint64_t> letter_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-') return 62;
    if (c == '_') return 63;
    return std::nullopt;
}

}  // namespace

SeenKey seen_key(std::string_view source, std::string_view id) {
    std::string bytes;
    bytes.reserve(source.size() + id.size() + 1);
    bytes.append(source).push_back('\0');
    bytes.append(id);
    const Hash hash = hash_bytes(bytes);
    return {read_word(hash.bytes.data()), read_word(hash.bytes.data() + 8)};
}

Hash stored_hash(std::int64_t first, std::int64_t rest) {
    Hash hash;
    std::memcpy(hash.bytes.data(), &first, sizeof first);
    std::memcpy(hash.bytes.data() + 8, &rest, sizeof rest);
    return hash;
}

SeenFilter::SeenFilter(std::uint64_t keys)
    : count_(std::bit_ceil(std::max<std::uint64_t>(keys * bits_a_key / bits_a_line, 1))),
      lines_(static_cast<Line*>(std::calloc(count_, sizeof(Line)))) {
    if (lines_ == nullptr) throw std::bad_alloc();
}

void SeenFilter::add(const SeenKey& key) {
    Line& line = lines_[key.hash & (count_ - 1)];
    for (int i = 0; i < probes; ++i) {
        const std::uint64_t bit = key.rest >> (9 * i) & (bits_a_line - 1);
        line[bit / 64] |= 1ull << (bit % 64);
    }
}

bool SeenFilter::may_have(const SeenKey& key) const {
    const Line& line = lines_[key.hash & (count_ - 1)];
    for (int i = 0; i < probes; ++i) {
        const std::uint64_t bit = key.rest >> (9 * i) & (bits_a_line - 1);
        if ((line[bit / 64] >> (bit % 64) & 1) == 0) return false;
    }
    return true;
}

SeenFilter SeenFilter::folded_to(std::uint64_t keys) const {
    SeenFilter folded(keys);
    const bool is_as_large = folded.count_ >= count_;
    if (is_as_large) folded = SeenFilter(count_ * bits_a_line / bits_a_key);
    for (std::size_t i = 0; i < count_; ++i) {
        Line& line = folded.lines_[i & (folded.count_ - 1)];
        for (std::size_t word = 0; word < line.size(); ++word) line[word] |= lines_[i][word];
    }
    return folded;
}

std::string SeenFilter::encode() const {
    std::string text;
    text.reserve(count_ * 8 * letters_a_word);
    for (std::size_t at = 0; at < count_; ++at)
        for (std::uint64_t word : lines_[at])
            for (int i = 0; i < letters_a_word; ++i, word >>= 6) text.push_back(letters[word & 63]);
    return text;
}

std::optional<SeenFilter> SeenFilter::decode(std::string_view text) {
    constexpr std::size_t line_letters = 8 * letters_a_word;
    const std::size_t count = text.size() / line_letters;
    if (text.size() % line_letters != 0 || !std::has_single_bit(count)) return std::nullopt;
    SeenFilter filter(count * bits_a_line / bits_a_key);
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (std::uint64_t& word : filter.lines_[i]) {
            for (int letter = 0; letter < letters_a_word; ++letter) {
                const auto value = letter_value(text[at++]);
                if (!value) return std::nullopt;
                word |= *value << (6 * letter);
            }
        }
    }
    return filter;
}

void SeenBuckets::load(SqliteSession& session) {
    const std::lock_guard lock(filters_mutex_);
    closed_.clear();
    open_ = Open{};
    Statement buckets(session, "select number, filter from seen_bucket order by number", "", "it");
    for (Rows rows(buckets); rows.next();) {
        auto filter = SeenFilter::decode(buckets.text(1));
        if (!filter) throw StoreDamage("the filter of a bucket of `seen` cannot be read back");
        closed_.emplace(buckets.integer(0), std::move(*filter));
        open_.number = buckets.integer(0) + 1;
    }
    // The closed ones may have been taken away, all of them.
    Statement last(session, "select max(bucket) from seen", "", "i");
    if (last.first()) open_.number = std::max(open_.number, last.integer(0));
    last.finish();
    open_filter_ = SeenFilter(limits_.events_max);
    Statement keys(session, "select hash, rest, at from seen where bucket = :a", "i", "iii");
    keys.set_integer(0, open_.number);
    for (Rows rows(keys); rows.next(); ++open_.events) {
        open_filter_.add({static_cast<std::uint64_t>(keys.integer(0)),
                          static_cast<std::uint64_t>(keys.integer(1))});
        const Instant at{keys.integer(2)};
        open_.begins = open_.events == 0 ? at : std::min(open_.begins, at);
        open_.ends = open_.events == 0 ? at : std::max(open_.ends, at);
    }
    open_number_ = open_.number;
    written_ = open_;
}

std::vector<std::int64_t> SeenBuckets::may_have(const SeenKey& key) const {
    std::vector<std::int64_t> buckets;
    const std::lock_guard lock(filters_mutex_);
    if (open_filter_.may_have(key)) buckets.push_back(open_number_);
    for (auto bucket = closed_.rbegin(); bucket != closed_.rend(); ++bucket)
        if (bucket->second.may_have(key)) buckets.push_back(bucket->first);
    return buckets;
}

void SeenBuckets::write(SqliteSession& session, const std::vector<SeenEvent>& events) {
    if (!events.empty() && !insert_)
        insert_.emplace(session,
                        "insert into seen (bucket, hash, rest, body, body_rest, at) "
                        "values (:a, :b, :c, :d, :e, :f) on conflict (bucket, hash, rest) do "
                        "update set body = excluded.body, body_rest = excluded.body_rest, "
                        "at = excluded.at",
                        "iiiiii");
    for (const SeenEvent& event : events) {
        if (written_.events > 0 && (written_.events >= limits_.events_max ||
                                    event.at.micros - written_.begins.micros >= limits_.age_max))
            close(session);
        const SeenKey key = seen_key(event.source, event.id);
        insert_->set_integer(0, written_.number);
        insert_->set_integer(1, stored(key.hash));
        insert_->set_integer(2, stored(key.rest));
        insert_->set_integer(3, stored(read_word(event.body.bytes.data())));
        insert_->set_integer(4, stored(read_word(event.body.bytes.data() + 8)));
        insert_->set_integer(5, event.at.micros);
        insert_->run();
        additions_.push_back({written_.number, key});
        if (written_.events++ == 0) written_.begins = written_.ends = event.at;
        written_.ends = std::max(written_.ends, event.at);
    }
}

void SeenBuckets::close(SqliteSession& session) {
    if (!insert_bucket_)
        insert_bucket_.emplace(session,
                               "insert into seen_bucket (number, ends, events, filter) "
                               "values (:a, :b, :c, :d)",
                               "iiit");
    SeenFilter filter(limits_.events_max);
    // Only this thread changes it, so it may be read here without the mutex.
    if (written_.number == open_.number) filter = open_filter_.folded_to(limits_.events_max);
    for (const Addition& each : additions_)
        if (each.bucket == written_.number) filter.add(each.key);
    SeenFilter folded = filter.folded_to(written_.events);
    insert_bucket_->set_integer(0, written_.number);
    insert_bucket_->set_integer(1, written_.ends.micros);
    insert_bucket_->set_integer(2, static_cast<std::int64_t>(written_.events));
    insert_bucket_->set_text(3, folded.encode());
    insert_bucket_->run();
    closing_.emplace(written_.number, std::move(folded));
    written_ = Open{};
    written_.number = closing_.rbegin()->first + 1;
}

void SeenBuckets::keep() {
    const std::lock_guard lock(filters_mutex_);
    if (!closing_.empty()) {
        closed_.merge(closing_);
        closing_.clear();
        open_filter_ = SeenFilter(limits_.events_max);
        open_number_ = written_.number;
    }
    for (const Addition& each : additions_)
        if (each.bucket == open_number_) open_filter_.add(each.key);
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
}

void SeenBuckets::remove(std::int64_t bucket) {
    const std::lock_guard lock(filters_mutex_);
    closed_.erase(bucket);
}

}  // namespace pawl::engine
