#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/value.h"

// Whole numbers, doubles and their digits, without a rounding that was not asked for.

namespace pawl::rules::internal {

// Wide enough for the product of two whole numbers.
__extension__ typedef __int128 Wide;

// Towards minus infinity; the divisor is not zero and the quotient fits.
constexpr std::int64_t floor_divide(std::int64_t left, std::int64_t right) {
    const std::int64_t quotient = left / right;
    return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
}

// What floor_divide leaves: of the divisor's sign.
constexpr std::int64_t floor_modulo(std::int64_t left, std::int64_t right) {
    const std::int64_t rest = left % right;
    return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
}

// Nothing on overflow. The divisor is not zero.
std::optional<std::int64_t> divide_half_even(std::int64_t left, std::int64_t right);

// The whole number that a double is; nothing when it has a fraction or is out of range.
std::optional<std::int64_t> whole_number(double number);

// JSON's digits: an integer where they are one that fits, else a finite number, else nothing.
std::optional<Value> number_from_digits(std::string_view digits);

// The shortest digits that read back as the same double: "5", "0.1", "1e+300".
std::string number_digits(double number);

// To so many decimals, half to even by the double's exact value; below zero: tens, hundreds.
double round_number(double number, int decimals);

}  // namespace pawl::rules::internal
