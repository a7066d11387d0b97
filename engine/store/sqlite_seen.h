#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/ports/store.h"
#include "engine/store/seen_keys.h"
#include "engine/store/statement.h"

// The keys of events that came (meaning.md 7), as rows in the order in which they came. A bucket is
// a stretch of them; it closes when it is full or a day old, and is taken away as a whole. The keys
// of the open one are in memory. Of a closed one a filter is, which answers nearly always that a
// key is not there, so that a new event costs no look at the disk; where one is, texts of the table
// `seen_part` tell, of which a look reads one.

namespace pawl::engine {

class Statements;

struct SeenLimits {
    // Of one bucket; seen_places_max at most. The start looks through the open one, 3 MB in memory
    // when it is full; all others have filters to be asked.
    std::uint64_t events_max = 1u << 17;
    std::int64_t age_max = micros_per_day;
};

// A stretch of rows.
struct SeenBucket {
    std::int64_t number = 1;  // of its first row
    std::uint64_t events = 0;
};

// `look_up` and `find` are the core's, the rest the writer's; each may be called while the other
// works.
class SeenBuckets {
 public:
    explicit SeenBuckets(SeenLimits limits = {});

    // Reads the filters of what is closed and the keys of what is not. Throws.
    void load(SqliteSession& session);

    // Where a key is, or may be.
    struct Places {
        std::optional<std::int64_t> row;  // in the open bucket
        std::vector<SeenBucket> closed;   // the newest first
    };
    Places look_up(const SeenKey& key) const;
    // The event that came last with the key; its source and id are empty. Reads by `statements`.
    // Throws.
    std::optional<SeenEvent> find(Statements& statements, const SeenKey& key) const;

    // Writes the events in the transaction that is open. Nothing else knows of them until `keep`;
    // `drop` forgets them, when the transaction came to nothing. Throws.
    void write(SqliteSession& session, const std::vector<SeenEvent>& events);
    void keep();
    void drop();
    // Statements are prepared once, and anew after one failed.
    void forget_statements();

    // The bucket was taken away.
    void remove(std::int64_t number);

 private:
    // The bucket that takes what comes.
    struct Open {
        SeenBucket bucket;
        Instant begins, ends;

        void count(Instant at);
    };
    struct Closed {
        std::uint64_t events = 0;
        SeenFilter filter;
    };
    struct Addition {
        std::int64_t row = 0;
        SeenKey key;
    };

    void load_open(SqliteSession& session);
    void close(SqliteSession& session);
    void write_parts(SqliteSession& session, std::int64_t bucket, std::span<const SeenKey> keys);
    void make_missing_parts(SqliteSession& session);

    const SeenLimits limits_;
    // The writer's.
    Open open_, written_;              // kept; with what was written since
    std::vector<Addition> additions_;  // written and not kept
    std::map<std::int64_t, Closed> closing_;
    std::optional<Statement> insert_, insert_bucket_, insert_part_;

    mutable std::mutex places_mutex_;
    SeenIndex index_;  // these are changed by the writer, under the mutex
    std::int64_t index_number_ = 1;
    std::map<std::int64_t, Closed> closed_;
};

}  // namespace pawl::engine
