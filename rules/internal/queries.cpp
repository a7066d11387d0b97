#include "rules/internal/queries.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/limits.h"
#include "rules/internal/value_numbers.h"

namespace pawl::rules::internal {

namespace {

std::size_t access_operands(const Query& query) {
    switch (query.access) {
        case Access::every_record: return 0;
        case Access::range: return (query.has_low ? 1u : 0u) + (query.has_high ? 1u : 0u);
        case Access::equal:
        case Access::list: break;
    }
    return 1;
}

std::string id_of(const Value& row, Records& records) {
    const RecordPointer record = records.get(row.as_reference());
    if (record == nullptr || !is_text(record->fields[field_id].kind())) return {};
    return std::string(record->fields[field_id].as_text());
}

}  // namespace

std::size_t RunningQuery::operand_count(const Query& query) {
    return access_operands(query) + (query.limit_on_stack ? 1 : 0);
}

std::size_t RunningQuery::taken_count(const Query& query) {
    return query.descending.size() + (query.selects ? 1 : 0);
}

OperatorError RunningQuery::begin_limit(const Value& limit) {
    const Value count = plain(limit);
    if (count.is_missing()) {
        enough_ = true;
        limit_ = 1;
        return OperatorError::none;
    }
    if (count.kind() != Kind::integer) {
        enough_ = true;
        return OperatorError::kinds;
    }
    enough_ = count.as_integer() <= 0;
    limit_ = enough_ ? 1 : static_cast<std::uint64_t>(count.as_integer());
    return OperatorError::none;
}

void RunningQuery::begin_scan(std::span<const Value> keys, Records& records) {
    for (const Value& key : keys) {
        if (key.is_missing()) {
            enough_ = true;
            return;
        }
    }
    ScanRequest request{query_.entity, query_.access, query_.field, {}, {}};
    if (query_.access == Access::equal) request.low = keys[0];
    if (query_.access == Access::range) {
        if (query_.has_low) request.low = keys[0];
        if (query_.has_high) request.high = keys[query_.has_low ? 1 : 0];
    }
    cursor_ = records.scan(request);
}

OperatorError RunningQuery::begin(std::span<const Value> operands, Records& records) {
    limit_ = query_.limit;
    if (query_.limit_on_stack) {
        const OperatorError error = begin_limit(operands[0]);
        if (error != OperatorError::none) return error;
        operands = operands.subspan(1);
    }
    if (query_.access != Access::list) {
        begin_scan(operands, records);
        return OperatorError::none;
    }
    items_ = plain(operands[0]);
    if (items_.is_missing() || items_.kind() == Kind::list) return OperatorError::none;
    items_ = Value();
    return OperatorError::kinds;
}

bool RunningQuery::next(Value& row) {
    if (enough_) return false;
    if (query_.access == Access::list) {
        if (items_.is_missing() || position_ >= items_.as_list().size()) return false;
        row_ = items_.as_list()[position_++];
    } else {
        const std::optional<RecordKey> key = cursor_ == nullptr ? std::nullopt : cursor_->next();
        if (!key) return false;
        row_ = Value::reference({query_.entity, *key});
    }
    row = row_;
    return true;
}

OperatorError RunningQuery::keep(Value value, std::span<Value> keys) {
    kept_bytes_ += sizeof(Row) + value.size_bytes();
    Row row{std::move(value), {}, {}};
    if (!keys.empty()) {
        row.row = row_;
        for (Value& key : keys) {
            kept_bytes_ += key.size_bytes();
            row.keys.push_back(std::move(key));
        }
    }
    rows_.push_back(std::move(row));
    const bool unordered = query_.descending.empty();
    if (query_.aggregate == Aggregate::first && unordered) {
        enough_ = rows_.size() >= std::max<std::uint64_t>(limit_, 1);
    }
    // A list longer than its limit cannot be given back, in whatever order.
    const bool is_list = query_.aggregate == Aggregate::all;
    return is_list && rows_.size() > limits::list_items_max ? OperatorError::too_large
                                                            : OperatorError::none;
}

OperatorError RunningQuery::take_extreme(Value value) {
    if (!total_.is_missing()) {
        std::partial_ordering known = std::partial_ordering::unordered;
        const OperatorError error = compare(value, total_, known);
        if (error != OperatorError::none) return error;
        if (known == std::partial_ordering::unordered && value.kind() == Kind::money) {
            return OperatorError::currencies;
        }
        const std::strong_ordering order = total_order(value, total_);
        if (query_.aggregate == Aggregate::minimum ? order >= 0 : order <= 0) {
            return OperatorError::none;
        }
    }
    total_ = std::move(value);
    return OperatorError::none;
}

OperatorError RunningQuery::take(std::span<Value> values, const Zone& zone) {
    kept_bytes_ = 0;
    const Value value = query_.selects ? std::move(values[0]) : row_;
    const std::span<Value> keys = values.subspan(query_.selects ? 1 : 0);
    switch (query_.aggregate) {
        case Aggregate::first:
        case Aggregate::all: return keep(value, keys);
        case Aggregate::exists:
            enough_ = true;
            count_ = 1;
            return OperatorError::none;
        default: break;
    }
    Value plain_value = plain(value);
    if (plain_value.is_missing()) return OperatorError::none;
    ++count_;
    switch (query_.aggregate) {
        case Aggregate::sum:
        case Aggregate::average:
            if (count_ == 1) {
                // So that a text alone is refused as it is between others.
                Value doubled;
                const OperatorError error = add(plain_value, plain_value, zone, doubled);
                if (error == OperatorError::kinds) return error;
                total_ = std::move(plain_value);
                return OperatorError::none;
            }
            return add(Value(total_), plain_value, zone, total_);
        case Aggregate::minimum:
        case Aggregate::maximum: return take_extreme(std::move(plain_value));
        case Aggregate::percentile: return keep(std::move(plain_value), {});
        default: return OperatorError::none;
    }
}

void RunningQuery::sort_rows(Records& records) {
    const auto compare_keys = [this](const Row& left, const Row& right) {
        for (std::size_t i = 0; i < left.keys.size(); ++i) {
            const bool descending = query_.descending[i];
            const bool one_missing = left.keys[i].is_missing() || right.keys[i].is_missing();
            const std::strong_ordering order = descending && !one_missing
                                                   ? total_order(right.keys[i], left.keys[i])
                                                   : total_order(left.keys[i], right.keys[i]);
            if (order != 0) return order;
        }
        return std::strong_ordering::equal;
    };
    std::stable_sort(rows_.begin(), rows_.end(), [&](const Row& left, const Row& right) {
        return compare_keys(left, right) < 0;
    });
    // Only ties ask for ids, which must be read.
    for (auto begin = rows_.begin(); begin != rows_.end();) {
        const auto end = std::find_if(
            begin + 1, rows_.end(), [&](const Row& row) { return compare_keys(*begin, row) != 0; });
        const bool records_only = std::all_of(
            begin, end, [](const Row& row) { return row.row.kind() == Kind::reference; });
        if (end - begin > 1 && records_only) {
            std::vector<std::pair<std::string, Row>> named;
            for (auto row = begin; row != end; ++row) {
                std::string id = id_of(row->row, records);
                named.emplace_back(std::move(id), std::move(*row));
            }
            std::stable_sort(named.begin(), named.end(), [](const auto& left, const auto& right) {
                return left.first < right.first;
            });
            auto row = begin;
            for (auto& entry : named) *row++ = std::move(entry.second);
        }
        begin = end;
    }
}

OperatorError RunningQuery::end_average(Value& out) const {
    if (count_ == 0) return OperatorError::none;
    if (total_.kind() != Kind::duration) return divide(total_, Value::integer(count_), out);
    const Duration sum = total_.as_duration();
    if (sum.months % count_ != 0) return OperatorError::kinds;
    const std::int64_t days = sum.days / count_;
    const Wide rest = static_cast<Wide>(sum.days % count_) * micros_per_day + sum.micros;
    out = Value::duration({static_cast<std::int32_t>(sum.months / count_),
                           static_cast<std::int32_t>(days),
                           static_cast<std::int64_t>(rest / count_)});
    return OperatorError::none;
}

OperatorError RunningQuery::end_rows(Records& records, Value& out) {
    if (!query_.descending.empty()) sort_rows(records);
    const bool single =
        query_.aggregate == Aggregate::first && query_.limit == 0 && !query_.limit_on_stack;
    if (single) {
        if (!rows_.empty()) out = std::move(rows_.front().value);
        return OperatorError::none;
    }
    if (limit_ != 0 && rows_.size() > limit_) rows_.resize(limit_);
    if (rows_.size() > limits::list_items_max) return OperatorError::too_large;
    std::vector<Value> items;
    items.reserve(rows_.size());
    for (Row& row : rows_) items.push_back(std::move(row.value));
    out = Value::list(std::move(items));
    return OperatorError::none;
}

// The nearest rank: the least value that at least so many percent of the values do not exceed. It
// is one of the values, so it needs no rounding, whether money, date or number.
void RunningQuery::end_percentile(Value& out) {
    if (rows_.empty()) return;
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& left, const Row& right) {
        return total_order(left.value, right.value) < 0;
    });
    const auto count = static_cast<double>(rows_.size());
    const double rank = std::clamp(std::ceil(query_.percent / 100 * count), 1.0, count);
    out = rows_[static_cast<std::size_t>(rank) - 1].value;
}

OperatorError RunningQuery::end(Records& records, Value& out) {
    out = Value();
    switch (query_.aggregate) {
        case Aggregate::first:
        case Aggregate::all: return end_rows(records, out);
        case Aggregate::count: out = Value::integer(count_); return OperatorError::none;
        case Aggregate::exists: out = Value::boolean(count_ > 0); return OperatorError::none;
        case Aggregate::sum:
        case Aggregate::minimum:
        case Aggregate::maximum: out = std::move(total_); return OperatorError::none;
        case Aggregate::average: return end_average(out);
        case Aggregate::percentile: end_percentile(out); return OperatorError::none;
    }
    return OperatorError::none;
}

}  // namespace pawl::rules::internal
