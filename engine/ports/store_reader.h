#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
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

class StoreReader : public rules::Records {
 public:
    // Looks at the store as it is now, until `end` or the next `begin`. To be held for 2 s at most:
    // meanwhile the store's log cannot shrink.
    virtual Status begin() = 0;
    virtual void end() = 0;

    // The rest is between `begin` and `end`.
    virtual std::optional<rules::RecordKey> find(rules::EntityIndex entity,
                                                 std::string_view id) = 0;
    virtual Result<std::vector<ListedRecord>> list(const ListRequest& request) = 0;
    // Inputs above `after`, ascending, `count` at most.
    virtual std::vector<StoredInput> inputs(InputNumber after, std::size_t count) = 0;
    // Every change later than `at`, the newest first; `visit` answers false to end.
    virtual Status changes_after(Instant at,
                                 const std::function<bool(const FieldChange&)>& visit) = 0;
    virtual std::vector<ParkedInput> parked() = 0;
    virtual Counters counters() = 0;
};

}  // namespace pawl::engine
