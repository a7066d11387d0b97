#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/zone.h"
#include "rules/internal/operators.h"
#include "rules/program.h"
#include "rules/records.h"

// One query while it runs: where its rows come from and what was found so far (meaning.md 9: sum
// and count skip missing, order by puts missing last, ties by id). Without `order by` rows come in
// the order in which they were created, items in the order of their list.

namespace pawl::rules::internal {

class RunningQuery {
 public:
    explicit RunningQuery(const Query& query) : query_(query) {}

    const Query& query() const { return query_; }
    // How many values query_begin takes from the stack.
    static std::size_t operand_count(const Query& query);
    // How many values query_take takes.
    static std::size_t taken_count(const Query& query);

    // Operands as they lie on the stack, the lowest first. A missing key or bound has no rows.
    OperatorError begin(std::span<const Value> operands, Records& records);

    // The next row, or false at the end or when enough is known.
    bool next(Value& row);

    // `values`: the selected value where the query selects, then the order keys.
    OperatorError take(std::span<Value> values, const Zone& zone);

    OperatorError end(Records& records, Value& out);

    // Of the last value taken and kept, for the budget.
    std::size_t kept_bytes() const { return kept_bytes_; }

 private:
    struct Row {
        Value value;
        Value row;
        std::vector<Value> keys;
    };

    OperatorError begin_limit(const Value& limit);
    void begin_scan(std::span<const Value> keys, Records& records);
    OperatorError keep(Value value, std::span<Value> keys);
    OperatorError take_extreme(Value value);
    void sort_rows(Records& records);
    OperatorError end_average(Value& out) const;
    OperatorError end_rows(Records& records, Value& out);
    void end_percentile(Value& out);

    const Query& query_;
    std::unique_ptr<RecordCursor> cursor_;
    Value items_;               // of access list
    std::size_t position_ = 0;  // in items_
    Value row_;
    std::uint64_t limit_ = 0;  // 0: none
    bool enough_ = false;
    std::int64_t count_ = 0;
    Value total_;  // sum, or the extreme
    std::vector<Row> rows_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace pawl::rules::internal
