#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "rules/schema.h"
#include "rules/value.h"

// The port a program reads records through. The engine's layers implement it.

namespace pawl::rules {

// Where a query finds its rows. An equality or a range of one field that the `where` demands is
// taken from the condition and answered by an index; the whole `where` is checked all the same.
enum class Access : std::uint8_t { every_record, equal, range, list };

// The fields of one record, by FieldIndex, system fields first. Immutable and shared.
struct Record {
    std::vector<Value> fields;
};

using RecordPointer = std::shared_ptr<const Record>;

struct ScanRequest {
    EntityIndex entity = 0;
    Access access = Access::every_record;  // never list
    FieldIndex field = 0;
    Value low;  // of equal: the key; of range: missing is open
    Value high;
    RecordKey after = 0;  // only keys above it
};

// Keys ascending. Invalid once the records change.
class RecordCursor {
 public:
    virtual ~RecordCursor() = default;
    virtual std::optional<RecordKey> next() = 0;
};

class Records {
 public:
    virtual ~Records() = default;
    // Nothing for a record that is not there or was deleted.
    virtual RecordPointer get(Reference reference) = 0;
    // At least the records that answer the request; the caller checks each.
    virtual std::unique_ptr<RecordCursor> scan(const ScanRequest& request) = 0;
};

}  // namespace pawl::rules
