#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/index_plan.h"
#include "engine/ports/store.h"
#include "engine/store/sqlite_commit.h"
#include "engine/store/sqlite_entities.h"
#include "engine/store/statement.h"

// How the core finds records on its own connection: by key, id, unique set, or field. Answers what
// the memory store answers. Nothing stays open between two calls: a cursor reads its keys page by
// page, so that many may be under way and the write-ahead log can shrink.

namespace pawl::engine {

// Statements by their SQL, prepared once.
class Statements {
 public:
    explicit Statements(SqliteSession& session) : session_(session) {}
    Statement& get(const std::string& sql, std::string_view parameters, std::string_view columns);

 private:
    SqliteSession& session_;
    std::map<std::string, Statement, std::less<>> statements_;
};

// A failed read has nobody to tell: the engine cannot know what it would have found. Says what
// failed and stops the process; what was acknowledged is on disk.
[[noreturn]] void stop_for(const Error& error);

// Throws, except through a cursor, which stops the process.
class Finder {
 public:
    // All of them outlive it and its cursors.
    Finder(SqliteSession& session, const rules::Program& program, const EntityLayout& layout,
           const OtherMarks& others);

    rules::RecordPointer get(rules::Reference reference);
    std::unique_ptr<rules::RecordCursor> scan(const rules::ScanRequest& request);
    std::optional<rules::RecordKey> find(rules::EntityIndex entity, std::string_view id);
    std::optional<rules::RecordKey> find_unique(rules::EntityIndex entity, std::size_t unique_set,
                                                const std::vector<rules::Value>& values);
    // As Store::ordered says. sqlite_order.cpp
    std::vector<OrderedRecord> ordered(rules::EntityIndex entity, rules::FieldIndex field,
                                       const OrderedRecord& after, std::size_t count);

 private:
    class Keys;
    class EveryKey;
    class EqualKeys;
    class ListedKeys;
    class FilteredKeys;
    class Cursor;
    // What a field's value must be, by its key (value_key.h).
    struct Bounds {
        rules::EntityIndex entity = 0;
        rules::FieldIndex field = 0;
        std::string low, high;       // empty: open
        rules::RecordKey after = 0;  // of the keys
    };

    bool can_use_index(const rules::ScanRequest& request) const;
    std::unique_ptr<Keys> equal_keys(const rules::ScanRequest& request);
    std::unique_ptr<Keys> range_keys(const rules::ScanRequest& request);
    std::unique_ptr<Keys> other_keys(Bounds bounds);
    std::optional<rules::RecordKey> find_row(rules::EntityIndex entity, std::string_view id);
    // The record of which these fields have that key together, among all or only those with a value
    // in `other`.
    std::optional<rules::RecordKey> find_among(rules::EntityIndex entity,
                                               const std::vector<rules::FieldIndex>& fields,
                                               const std::string& wanted, bool others_only);
    std::vector<OrderedRecord> ordered_in_column(rules::EntityIndex entity, rules::FieldIndex field,
                                                 const OrderedRecord& after, std::size_t count);
    // The least of all records, or only of those with a value in `other`.
    std::vector<OrderedRecord> ordered_among(rules::EntityIndex entity, rules::FieldIndex field,
                                             const OrderedRecord& after, std::size_t count,
                                             bool others_only);
    bool fits(rules::EntityIndex entity, rules::FieldIndex field, const rules::Value& value) const;

    SqliteSession& session_;
    const rules::Program& program_;
    const EntityLayout& layout_;
    const OtherMarks& others_;
    const IndexPlan plan_;
    Statements statements_;
    std::vector<std::unique_ptr<Statement>> by_key_;  // by entity
};

}  // namespace pawl::engine
