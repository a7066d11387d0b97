#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "base/zone.h"
#include "rules/value.h"

// What the operators of the language do with values (meaning.md 9 to 12). Missing in, missing out;
// a comparison with missing is unknown. None of them crashes on kinds that do not go together: a
// part of outside JSON has its kind only at run time.

namespace pawl::rules::internal {

enum class OperatorError : std::uint8_t {
    none,
    kinds,       // a text minus a money
    overflow,    // the result fits no whole number, money or number
    calendar,    // a date before 0001-01-01 or after 9999-12-31
    currencies,  // shillings and dollars
    too_large,   // a text or list beyond its limit
};

enum class Truth : std::uint8_t { false_, true_, unknown };

inline Truth truth(bool holds) { return holds ? Truth::true_ : Truth::false_; }
inline Value truth_value(Truth truth) {
    return truth == Truth::unknown ? Value() : Value::boolean(truth == Truth::true_);
}
inline Truth truth_not(Truth of) { return of == Truth::unknown ? of : truth(of == Truth::false_); }

// A part of JSON that is no object as the value it stands for, a list item by item; null is
// missing. Anything else as it is.
Value plain(const Value& value);

OperatorError add(const Value& left, const Value& right, const Zone& zone, Value& out);
OperatorError subtract(const Value& left, const Value& right, const Zone& zone, Value& out);
OperatorError multiply(const Value& left, const Value& right, Value& out);
OperatorError divide(const Value& left, const Value& right, Value& out);
OperatorError whole_divide(const Value& left, const Value& right, Value& out);
OperatorError modulo(const Value& left, const Value& right, Value& out);
// A time of a day in the zone: of a date, or of a datetime's day there.
OperatorError at(const Value& left, const Value& right, const Zone& zone, Value& out);
OperatorError negate(const Value& value, Value& out);

enum class Case : std::uint8_t { exact, ignored };

// `is`. Values of kinds that do not compare are not equal; unknown when one is missing, or when
// two durations differ only by how long a month or a day is taken to be.
Truth equal(const Value& left, const Value& right, Case text_case = Case::exact);

// Unordered is unknown: missing, durations like 30d and 1mo, amounts of two currencies.
OperatorError compare(const Value& left, const Value& right, std::partial_ordering& out);

OperatorError between(const Value& value, const Value& low, const Value& high, Truth& out);
// Unknown when it is not found and an item is missing.
OperatorError in_list(const Value& value, const Value& list, Case text_case, Truth& out);
OperatorError contains(const Value& whole, const Value& part, Case text_case, Truth& out);
OperatorError starts_with(const Value& whole, const Value& part, Case text_case, Truth& out);
OperatorError ends_with(const Value& whole, const Value& part, Case text_case, Truth& out);

// A total order for `order by`, `min` and `max`: as compare where that knows, missing last,
// durations by their usual length.
std::strong_ordering total_order(const Value& left, const Value& right);

// Exactly, though no double holds every whole number.
std::partial_ordering compare_numbers(std::int64_t left, double right);

bool is_text(Kind kind);  // text, choice, secret, group
inline bool is_number(const Value& value) {
    return value.kind() == Kind::integer || value.kind() == Kind::number;
}

}  // namespace pawl::rules::internal
