#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/ports/store.h"
#include "rules/records.h"

// Looks into a store beside the engine that writes it: lists, exports, one record. What it shows is
// of one moment, that of `begin`. One thread owns a reader; it never writes and never checkpoints.

namespace pawl::engine {

struct ListRequest {
    rules::EntityIndex entity = 0;
    // Fields and what they must be; all of them.
    std::vector<std::pair<rules::FieldIndex, rules::Value>> where;
    std::optional<rules::RecordKey> after;  // the last key of the page before
    std::size_t limit = 100;
    bool newest_first = false;
};

struct ListedRecord {
    rules::RecordKey key = 0;
    rules::RecordPointer record;
};

// A mark as it is kept: a once-key, an unarmed edge, a last known value.
struct StoredMark {
    std::string key, value;
    std::optional<Instant> expires_at;
};

class StoreReader : public rules::Records {
 public:
    // Looks at the store as it is now, until `end` or the next `begin`. To be held for 2 s at most:
    // meanwhile the store's log cannot shrink.
    virtual Status begin() = 0;
    virtual void end() = 0;

    // The rest is between `begin` and `end`.
    virtual std::optional<rules::RecordKey> find(rules::EntityIndex entity,
                                                 std::string_view id) = 0;
    // Error "unindexed": the page would take looking at more records than a call may; the message
    // names a field by which they are found quickly.
    virtual Result<std::vector<ListedRecord>> list(const ListRequest& request) = 0;
    // Inputs above `after`, ascending, `count` at most.
    virtual std::vector<StoredInput> inputs(InputNumber after, std::size_t count) = 0;
    // Every change later than `at`, the newest first; `visit` answers false to end.
    virtual Status changes_after(Instant at,
                                 const std::function<bool(const FieldChange&)>& visit) = 0;
    // The marks that held after the last turn at or before `at`, by their keys; `visit` answers
    // false to end.
    virtual Status marks_at(Instant at, const std::function<bool(const StoredMark&)>& visit) = 0;
    // The marks there are whose keys begin with `prefix` and are above `after`, by their keys,
    // `count` at most.
    virtual Result<std::vector<StoredMark>> marks(std::string_view prefix, std::string_view after,
                                                  std::size_t count) = 0;
    // From when on what was can be told: what `keep` does not keep is gone (meaning.md 37). The
    // beginning of time where nothing was taken away.
    virtual Instant history_from() = 0;
    virtual std::vector<ParkedInput> parked() = 0;
    // Every run that waits, by number; `visit` answers false to end.
    virtual Status waiting_runs(const std::function<bool(const StoredRun&)>& visit) = 0;
    virtual Counters counters() = 0;
    // What went wrong since `begin` in a call that cannot answer it: it answered as if there was
    // nothing.
    virtual Status status() = 0;
};

}  // namespace pawl::engine
