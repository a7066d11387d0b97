#include "engine/internal/edge_values.h"

namespace pawl::engine {

using rules::Kind;
using rules::Value;

namespace {

bool is_numeric(const Value& value) {
    return value.kind() == Kind::integer || value.kind() == Kind::number;
}

}  // namespace

std::partial_ordering compare_values(const Value& left, const Value& right) {
    if (left.kind() == Kind::integer && right.kind() == Kind::integer)
        return left.as_integer() <=> right.as_integer();
    if (is_numeric(left) && is_numeric(right)) return left.as_number() <=> right.as_number();
    if (left.kind() != right.kind()) return std::partial_ordering::unordered;
    switch (left.kind()) {
        case Kind::money:
            if (left.as_money().currency != right.as_money().currency)
                return std::partial_ordering::unordered;
            return left.as_money().minor <=> right.as_money().minor;
        case Kind::date: return left.as_date() <=> right.as_date();
        case Kind::time: return left.as_time() <=> right.as_time();
        case Kind::datetime: return left.as_datetime() <=> right.as_datetime();
        default: return std::partial_ordering::unordered;
    }
}

bool same_value(const Value& left, const Value& right) {
    return left == right || compare_values(left, right) == std::partial_ordering::equivalent;
}

bool is_apart(const Value& high, const Value& low, const Value& by) {
    if (by.is_missing()) return true;
    if (high.kind() == Kind::money && low.kind() == Kind::money && by.kind() == Kind::money) {
        const auto difference = subtract(high.as_money(), low.as_money());
        return !difference || difference->minor >= by.as_money().minor;
    }
    if (high.kind() == Kind::integer && low.kind() == Kind::integer && by.kind() == Kind::integer) {
        std::int64_t difference = 0;
        return __builtin_sub_overflow(high.as_integer(), low.as_integer(), &difference) ||
               difference >= by.as_integer();
    }
    if (is_numeric(high) && is_numeric(low) && is_numeric(by))
        return high.as_number() - low.as_number() >= by.as_number();
    return false;
}

}  // namespace pawl::engine
