#include "rules/internal/value_numbers.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/json.h"

namespace pawl::rules::internal {

std::optional<std::int64_t> divide_half_even(std::int64_t left, std::int64_t right) {
    const Wide numerator = right < 0 ? -static_cast<Wide>(left) : left;
    const Wide divisor = right < 0 ? -static_cast<Wide>(right) : right;
    Wide quotient = numerator / divisor;
    Wide rest = numerator % divisor;
    if (rest < 0) {
        rest += divisor;
        quotient -= 1;
    }
    if (rest * 2 > divisor || (rest * 2 == divisor && quotient % 2 != 0)) quotient += 1;
    if (quotient > std::numeric_limits<std::int64_t>::max() ||
        quotient < std::numeric_limits<std::int64_t>::min()) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(quotient);
}

std::optional<std::int64_t> whole_number(double number) {
    if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0)) return std::nullopt;
    const auto whole = static_cast<std::int64_t>(number);
    if (static_cast<double>(whole) != number) return std::nullopt;
    return whole;
}

std::optional<Value> number_from_digits(std::string_view digits) {
    const char* const end = digits.data() + digits.size();
    std::int64_t whole = 0;
    auto [stop, error] = std::from_chars(digits.data(), end, whole);
    // "-0" is no whole number that would print back the same, but it is equal to one.
    if (error == std::errc() && stop == end) return Value::integer(whole);
    double number = 0;
    const auto parsed = std::from_chars(digits.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(number)) {
        return std::nullopt;
    }
    return Value::number(number);
}

std::string number_digits(double number) {
    std::string out;
    append_json_number(out, number);
    return out;
}

double round_number(double number, int decimals) {
    if (decimals < 0) {
        const double scale = std::pow(10.0, -decimals);
        return std::nearbyint(number / scale) * scale;
    }
    std::array<char, 400> buffer;  // 309 digits of the largest double, and its decimals
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                       std::chars_format::fixed, decimals);
    if (written.ec != std::errc()) return number;
    double rounded = number;
    std::from_chars(buffer.data(), written.ptr, rounded);
    return rounded;
}

}  // namespace pawl::rules::internal
