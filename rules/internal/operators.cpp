#include "rules/internal/operators.h"

#include <cmath>
#include <vector>

#include "base/text.h"
#include "rules/internal/value_numbers.h"

namespace pawl::rules::internal {

namespace {

// Unknown where only the length of a month or a day could tell.
std::partial_ordering compare_durations(Duration left, Duration right) {
    const auto sign = [](auto l, auto r) { return l < r ? -1 : l > r ? 1 : 0; };
    const int months = sign(left.months, right.months);
    const int days = sign(left.days, right.days);
    const int micros = sign(left.micros, right.micros);
    const bool has_less = months < 0 || days < 0 || micros < 0;
    const bool has_greater = months > 0 || days > 0 || micros > 0;
    if (has_less && has_greater) return std::partial_ordering::unordered;
    if (has_less) return std::partial_ordering::less;
    return has_greater ? std::partial_ordering::greater : std::partial_ordering::equivalent;
}

std::partial_ordering compare_number_values(const Value& left, const Value& right) {
    if (left.kind() == Kind::integer) {
        if (right.kind() == Kind::integer) return left.as_integer() <=> right.as_integer();
        return compare_numbers(left.as_integer(), right.as_number());
    }
    if (right.kind() == Kind::number) return left.as_number() <=> right.as_number();
    return 0 <=> compare_numbers(right.as_integer(), left.as_number());
}

std::partial_ordering compare_money(Money left, Money right) {
    if (left.currency != right.currency) return std::partial_ordering::unordered;
    return left.minor <=> right.minor;
}

bool equal_text(std::string_view left, std::string_view right, Case text_case) {
    if (left == right) return true;
    return text_case == Case::ignored && fold_case(left) == fold_case(right);
}

Truth equal_durations(Duration left, Duration right) {
    const std::partial_ordering order = compare_durations(left, right);
    if (order == std::partial_ordering::unordered) return Truth::unknown;
    return truth(order == 0);
}

Truth equal_plain(const Value& left, const Value& right, Case text_case) {
    if (is_text(left.kind()) && is_text(right.kind())) {
        return truth(equal_text(left.as_text(), right.as_text(), text_case));
    }
    if (is_number(left) && is_number(right)) {
        return truth(compare_number_values(left, right) == 0);
    }
    if (left.kind() == Kind::duration && right.kind() == Kind::duration) {
        return equal_durations(left.as_duration(), right.as_duration());
    }
    return truth(left == right);
}

using TextTest = bool (*)(std::string_view, std::string_view);

OperatorError test_texts(const Value& whole, const Value& part, Case text_case, TextTest test,
                         Truth& out) {
    out = Truth::unknown;
    if (whole.is_missing() || part.is_missing()) return OperatorError::none;
    if (!is_text(whole.kind()) || !is_text(part.kind())) return OperatorError::kinds;
    out = text_case == Case::ignored
              ? truth(test(fold_case(whole.as_text()), fold_case(part.as_text())))
              : truth(test(whole.as_text(), part.as_text()));
    return OperatorError::none;
}

// Microseconds of a duration for ordering alone: a month as 30.436875 days, the calendar's mean.
Wide usual_length(Duration duration) {
    constexpr std::int64_t month_micros = 2'629'746 * micros_per_second;
    return static_cast<Wide>(duration.months) * month_micros +
           static_cast<Wide>(duration.days) * micros_per_day + duration.micros;
}

std::strong_ordering order_durations(Duration left, Duration right) {
    const Wide left_length = usual_length(left);
    const Wide right_length = usual_length(right);
    if (left_length != right_length) {
        return left_length < right_length ? std::strong_ordering::less
                                          : std::strong_ordering::greater;
    }
    if (left.months != right.months) return left.months <=> right.months;
    return left.days <=> right.days;
}

std::strong_ordering order_items(const std::vector<Value>& left, const std::vector<Value>& right) {
    for (std::size_t i = 0; i < left.size() && i < right.size(); ++i) {
        const std::strong_ordering order = total_order(left[i], right[i]);
        if (order != 0) return order;
    }
    return left.size() <=> right.size();
}

std::strong_ordering to_strong(std::partial_ordering order) {
    if (order < 0) return std::strong_ordering::less;
    return order > 0 ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::strong_ordering order_same_kind(const Value& left, const Value& right) {
    switch (left.kind()) {
        case Kind::duration: return order_durations(left.as_duration(), right.as_duration());
        case Kind::list: return order_items(left.as_list(), right.as_list());
        case Kind::record: return order_items(left.as_record(), right.as_record());
        case Kind::reference: return left.as_reference() <=> right.as_reference();
        case Kind::boolean:
            return static_cast<int>(left.as_boolean()) <=> static_cast<int>(right.as_boolean());
        case Kind::money:
            if (left.as_money().currency != right.as_money().currency) {
                return left.as_money().currency <=> right.as_money().currency;
            }
            return left.as_money().minor <=> right.as_money().minor;
        case Kind::json: return write_json(left.as_json()) <=> write_json(right.as_json());
        default: {
            std::partial_ordering order = std::partial_ordering::equivalent;
            if (compare(left, right, order) != OperatorError::none) {
                return std::strong_ordering::equal;
            }
            return to_strong(order);
        }
    }
}

}  // namespace

bool is_text(Kind kind) {
    return kind == Kind::text || kind == Kind::choice || kind == Kind::secret ||
           kind == Kind::group;
}

Value plain(const Value& value) {
    if (value.kind() != Kind::json) return value;
    const Json& json = value.as_json();
    switch (json.kind) {
        case JsonKind::null: return {};
        case JsonKind::boolean: return Value::boolean(json.boolean);
        case JsonKind::string: return Value::text(json.text);
        case JsonKind::number: return number_from_digits(json.text).value_or(Value());
        case JsonKind::array: {
            std::vector<Value> items;
            items.reserve(json.items.size());
            for (const Json& item : json.items) {
                const bool scalar = item.kind != JsonKind::array && item.kind != JsonKind::object;
                Value inner = Value::json(item);
                items.push_back(scalar ? plain(inner) : std::move(inner));
            }
            return Value::list(std::move(items));
        }
        case JsonKind::object: return value;
    }
    return {};
}

Truth equal(const Value& left, const Value& right, Case text_case) {
    if (left.is_missing() || right.is_missing()) return Truth::unknown;
    if (left.kind() != Kind::json && right.kind() != Kind::json) {
        return equal_plain(left, right, text_case);
    }
    const Value plain_left = plain(left);
    const Value plain_right = plain(right);
    if (plain_left.is_missing() || plain_right.is_missing()) return Truth::unknown;
    return equal_plain(plain_left, plain_right, text_case);
}

std::partial_ordering compare_numbers(std::int64_t left, double right) {
    // 2^63 is a double; every double below it and from -2^63 on has a whole part that fits.
    if (right >= 9223372036854775808.0) return std::partial_ordering::less;
    if (right < -9223372036854775808.0) return std::partial_ordering::greater;
    const double whole = std::floor(right);
    const auto floor = static_cast<std::int64_t>(whole);
    if (left != floor) return left <=> floor;
    return right > whole ? std::partial_ordering::less : std::partial_ordering::equivalent;
}

OperatorError compare(const Value& left, const Value& right, std::partial_ordering& out) {
    out = std::partial_ordering::unordered;
    if (left.is_missing() || right.is_missing()) return OperatorError::none;
    if (is_number(left) && is_number(right)) {
        out = compare_number_values(left, right);
        return OperatorError::none;
    }
    if (is_text(left.kind()) && is_text(right.kind())) {
        out = left.as_text() <=> right.as_text();
        return OperatorError::none;
    }
    if (left.kind() == Kind::json || right.kind() == Kind::json) {
        const Value plain_left = plain(left);
        const Value plain_right = plain(right);
        if (plain_left.kind() == Kind::json || plain_right.kind() == Kind::json) {
            return OperatorError::kinds;
        }
        return compare(plain_left, plain_right, out);
    }
    if (left.kind() != right.kind()) return OperatorError::kinds;
    switch (left.kind()) {
        case Kind::money:
            out = compare_money(left.as_money(), right.as_money());
            return OperatorError::none;
        case Kind::date: out = left.as_date() <=> right.as_date(); return OperatorError::none;
        case Kind::time: out = left.as_time() <=> right.as_time(); return OperatorError::none;
        case Kind::datetime:
            out = left.as_datetime() <=> right.as_datetime();
            return OperatorError::none;
        case Kind::duration:
            out = compare_durations(left.as_duration(), right.as_duration());
            return OperatorError::none;
        default: return OperatorError::kinds;
    }
}

OperatorError between(const Value& value, const Value& low, const Value& high, Truth& out) {
    std::partial_ordering from_low = std::partial_ordering::unordered;
    std::partial_ordering to_high = std::partial_ordering::unordered;
    OperatorError error = compare(value, low, from_low);
    if (error == OperatorError::none) error = compare(value, high, to_high);
    if (error != OperatorError::none) return error;
    const auto holds = [](std::partial_ordering order, bool is_low) {
        if (order == std::partial_ordering::unordered) return Truth::unknown;
        return truth(is_low ? order >= 0 : order <= 0);
    };
    const Truth above = holds(from_low, true);
    const Truth below = holds(to_high, false);
    const bool wraps =
        low.kind() == Kind::time && high.kind() == Kind::time && low.as_time() > high.as_time();
    const Truth absorbing = wraps ? Truth::true_ : Truth::false_;
    if (above == absorbing || below == absorbing) {
        out = absorbing;
    } else if (above == Truth::unknown || below == Truth::unknown) {
        out = Truth::unknown;
    } else {
        out = wraps ? Truth::false_ : Truth::true_;
    }
    return OperatorError::none;
}

OperatorError in_list(const Value& value, const Value& list, Case text_case, Truth& out) {
    out = Truth::unknown;
    const Value items = plain(list);
    if (items.is_missing() || value.is_missing()) return OperatorError::none;
    if (items.kind() != Kind::list) return OperatorError::kinds;
    Truth found = Truth::false_;
    for (const Value& item : items.as_list()) {
        const Truth same = equal(value, item, text_case);
        if (same == Truth::true_) {
            out = Truth::true_;
            return OperatorError::none;
        }
        if (same == Truth::unknown) found = Truth::unknown;
    }
    out = found;
    return OperatorError::none;
}

OperatorError contains(const Value& whole, const Value& part, Case text_case, Truth& out) {
    const Value w = plain(whole);
    if (w.kind() == Kind::list) return in_list(part, w, text_case, out);
    return test_texts(
        w, plain(part), text_case,
        [](std::string_view text, std::string_view piece) {
            return text.find(piece) != std::string_view::npos;
        },
        out);
}

OperatorError starts_with(const Value& whole, const Value& part, Case text_case, Truth& out) {
    return test_texts(
        plain(whole), plain(part), text_case,
        [](std::string_view text, std::string_view piece) { return text.starts_with(piece); }, out);
}

OperatorError ends_with(const Value& whole, const Value& part, Case text_case, Truth& out) {
    return test_texts(
        plain(whole), plain(part), text_case,
        [](std::string_view text, std::string_view piece) { return text.ends_with(piece); }, out);
}

std::strong_ordering total_order(const Value& left, const Value& right) {
    if (left.is_missing() || right.is_missing()) {
        return static_cast<int>(left.is_missing()) <=> static_cast<int>(right.is_missing());
    }
    if (is_number(left) && is_number(right)) return to_strong(compare_number_values(left, right));
    if (is_text(left.kind()) && is_text(right.kind())) return left.as_text() <=> right.as_text();
    if (left.kind() != right.kind()) return left.kind() <=> right.kind();
    return order_same_kind(left, right);
}

}  // namespace pawl::rules::internal
