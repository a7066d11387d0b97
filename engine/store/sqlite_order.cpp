#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/store/sqlite_scan.h"
#include "engine/store/value_key.h"

// Finder::ordered: records by the value of a field. A typed column compares as the keys of
// value_key.h do, so that its index gives the order; what lies in `other`, and what has no column
// that compares, is looked through.

namespace pawl::engine {

using rules::EntityIndex;
using rules::FieldIndex;
using rules::Value;

namespace {

struct Placed {
    std::string key;  // of the value
    OrderedRecord record;
};

bool is_before(const Placed& left, const Placed& right) {
    return std::tie(left.key, left.record.key) < std::tie(right.key, right.record.key);
}

std::string low_key(const OrderedRecord& after) {
    return after.value.is_missing() ? std::string() : value_key(after.value);
}

}  // namespace

std::vector<OrderedRecord> Finder::ordered(EntityIndex entity, FieldIndex field,
                                           const OrderedRecord& after, std::size_t count) {
    PAWL_CHECK(plan_.has(entity, field));
    const FieldColumn& column = layout_.tables[entity].columns[field];
    // Of a value that the column cannot hold only the key tells what lies above it.
    if (column.column_class == ColumnClass::durable || !fits(entity, field, after.value))
        return ordered_among(entity, field, after, count, false);
    std::vector<OrderedRecord> found = ordered_in_column(entity, field, after, count);
    if (!others_.has(entity, field)) return found;
    std::vector<Placed> all;
    all.reserve(found.size());
    for (OrderedRecord& each : found) all.push_back({value_key(each.value), std::move(each)});
    for (OrderedRecord& each : ordered_among(entity, field, after, count, true))
        all.push_back({value_key(each.value), std::move(each)});
    std::sort(all.begin(), all.end(), is_before);
    found.clear();
    for (Placed& each : all)
        if (found.size() < count) found.push_back(std::move(each.record));
    return found;
}

// Those that share the last value first, then those above it: so each is one stretch of the index.
std::vector<OrderedRecord> Finder::ordered_in_column(EntityIndex entity, FieldIndex field,
                                                     const OrderedRecord& after,
                                                     std::size_t count) {
    const EntityTable& table = layout_.tables[entity];
    const FieldColumn& column = table.columns[field];
    const std::string letter(1, column_letter(column.column_class));
    const std::string select = "select " + column.value + ", key from " + table.name + " where ";
    std::vector<OrderedRecord> found;
    const auto read = [&](Statement& statement, std::size_t limit_place) {
        statement.set_integer(limit_place, static_cast<std::int64_t>(count - found.size()));
        for (Rows rows(statement); rows.next();)
            found.push_back({read_value(statement, 0, column, layout_), statement.integer(1)});
    };
    if (after.value.is_missing()) {
        read(statements_.get(
                 select + column.value + " is not null order by " + column.value + ", key limit ?1",
                 "i", letter + "i"),
             0);
        return found;
    }
    Statement& same =
        statements_.get(select + column.equal_to("?1") + " and key > ?2 order by key limit ?3",
                        letter + "ii", letter + "i");
    set_value(same, 0, column, after.value, layout_);
    same.set_integer(1, after.key);
    read(same, 2);
    if (found.size() == count) return found;
    Statement& above =
        statements_.get(select + column.value + " > ?1 order by " + column.value + ", key limit ?2",
                        letter + "i", letter + "i");
    set_value(above, 0, column, after.value, layout_);
    read(above, 1);
    return found;
}

std::vector<OrderedRecord> Finder::ordered_among(EntityIndex entity, FieldIndex field,
                                                 const OrderedRecord& after, std::size_t count,
                                                 bool others_only) {
    const EntityTable& table = layout_.tables[entity];
    const FieldColumn& column = table.columns[field];
    const std::string low = low_key(after);
    std::vector<Placed> least;  // a heap, the greatest first
    Statement& all =
        statements_.get("select " + record_columns(table) + " from " + table.name +
                            (others_only ? " where other is not null" : "") + " order by key",
                        "", record_letters(table));
    for (Rows rows(all); rows.next();) {
        const auto record = read_record(all, table, layout_);
        const Value& value = record->fields[field];
        if (value.is_missing() || (others_only && column_holds(column, value, layout_))) continue;
        Placed placed{value_key(value), {value, all.integer(0)}};
        if (placed.key < low || (placed.key == low && placed.record.key <= after.key)) continue;
        if (least.size() == count && !(count > 0 && is_before(placed, least.front()))) continue;
        if (least.size() == count) {
            std::pop_heap(least.begin(), least.end(), is_before);
            least.pop_back();
        }
        least.push_back(std::move(placed));
        std::push_heap(least.begin(), least.end(), is_before);
    }
    std::sort_heap(least.begin(), least.end(), is_before);
    std::vector<OrderedRecord> found;
    found.reserve(least.size());
    for (Placed& each : least) found.push_back(std::move(each.record));
    return found;
}

}  // namespace pawl::engine
