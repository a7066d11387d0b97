#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/store.h"
#include "engine/store/statement.h"

// The keys of events that came (meaning.md 7). They lie in buckets, one after the other: a bucket
// closes when it is full or a day old, so that keys are added at one place and taken away as a
// whole. A filter in memory a bucket answers nearly always that a key is not there, so that a new
// event costs no look at the disk.

namespace pawl::engine {

// source and id as the table knows them: 128 bits of their hash.
struct SeenKey {
    std::uint64_t hash = 0, rest = 0;
    friend auto operator<=>(const SeenKey&, const SeenKey&) = default;
};
SeenKey seen_key(std::string_view source, std::string_view id);
// A hash as the two words of its columns.
Hash stored_hash(std::int64_t first, std::int64_t rest);

// Answers whether a key may have been added: never no for one that was, seldom yes for one that was
// not (one in a thousand at 16 bits a key). A key's bits lie in one cache line.
class SeenFilter {
 public:
    // For that many keys.
    explicit SeenFilter(std::uint64_t keys);

    void add(const SeenKey& key);
    bool may_have(const SeenKey& key) const;
    // As if made for fewer keys.
    SeenFilter folded_to(std::uint64_t keys) const;

    std::string encode() const;
    // Nothing for a text that encode did not write.
    static std::optional<SeenFilter> decode(std::string_view text);

 private:
    using Line = std::array<std::uint64_t, 8>;
    // Zero from the system: a page that no key touched takes no memory.
    struct Free {
        void operator()(Line* lines) const { std::free(lines); }
    };

    std::size_t count_ = 0;  // a power of two
    std::unique_ptr<Line[], Free> lines_;
};

struct SeenLimits {
    // Of one bucket. The start looks through the open one, all others have filters to be asked.
    std::uint64_t events_max = 1u << 18;
    std::int64_t age_max = micros_per_day;
};

// `may_have` is the core's, the rest the writer's; each may be called while the other works.
class SeenBuckets {
 public:
    explicit SeenBuckets(SeenLimits limits = {}) : limits_(limits), open_filter_(1) {}

    // Reads the filters of what is closed and looks through what is not. Throws.
    void load(SqliteSession& session);

    // Buckets that may hold the key, the newest first.
    std::vector<std::int64_t> may_have(const SeenKey& key) const;

    // Writes the events in the transaction that is open. Nothing else knows of them until `keep`;
    // `drop` forgets them, when the transaction came to nothing. Throws.
    void write(SqliteSession& session, const std::vector<SeenEvent>& events);
    void keep();
    void drop();
    // Statements are prepared once, and anew after one failed.
    void forget_statements();

    // The bucket was taken away.
    void remove(std::int64_t bucket);

 private:
    // The bucket that takes what comes.
    struct Open {
        std::int64_t number = 1;
        std::uint64_t events = 0;
        Instant begins, ends;
    };
    struct Addition {
        std::int64_t bucket = 0;
        SeenKey key;
    };

    void close(SqliteSession& session);

    const SeenLimits limits_;
    // The writer's.
    Open open_, written_;              // kept; with what was written since
    std::vector<Addition> additions_;  // written and not kept
    std::map<std::int64_t, SeenFilter> closing_;
    std::optional<Statement> insert_, insert_bucket_;

    mutable std::mutex filters_mutex_;
    SeenFilter open_filter_;  // these are changed by the writer, under the mutex
    std::int64_t open_number_ = 1;
    std::map<std::int64_t, SeenFilter> closed_;
};

}  // namespace pawl::engine
