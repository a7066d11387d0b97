#include "base/money.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "base/check.h"

namespace pawl {

namespace {

__extension__ using Wide = unsigned __int128;

// ISO 4217 list one: what has not two decimals.
constexpr std::array<std::string_view, 17> without_decimals = {
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
    "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> with_three_decimals = {"BHD", "IQD", "JOD", "KWD",
                                                                 "LYD", "OMR", "TND"};
constexpr std::array<std::string_view, 2> with_four_decimals = {"CLF", "UYW"};

constexpr std::uint64_t int64_max = std::numeric_limits<std::int64_t>::max();

bool contains(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

std::uint64_t magnitude(std::int64_t number) {
    const auto bits = static_cast<std::uint64_t>(number);
    return number < 0 ? 0 - bits : bits;
}

std::optional<std::int64_t> with_sign(Wide magnitude, bool is_negative) {
    if (magnitude > int64_max + (is_negative ? 1u : 0u)) return std::nullopt;
    const auto bits = static_cast<std::uint64_t>(magnitude);
    return static_cast<std::int64_t>(is_negative ? 0 - bits : bits);
}

// digits * 10^exponent, at most 17 digits.
struct Decimal {
    std::uint64_t digits = 0;
    int exponent = 0;
    bool is_negative = false;
};

// A double by its shortest decimal form, which is what its author wrote: 0.1 is one tenth here,
// though no double is.
Decimal decimal(double number) {
    std::array<char, 40> buffer{};
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                       std::fabs(number), std::chars_format::scientific);
    PAWL_CHECK(written.ec == std::errc{});
    Decimal decimal;
    decimal.is_negative = number < 0;
    const char* at = buffer.data();
    int decimals = 0;
    for (bool is_fraction = false; at != written.ptr && *at != 'e'; ++at) {
        if (*at == '.') {
            is_fraction = true;
            continue;
        }
        decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(*at - '0');
        decimals += is_fraction ? 1 : 0;
    }
    PAWL_CHECK(at != written.ptr);
    ++at;
    if (*at == '+') ++at;
    std::from_chars(at, written.ptr, decimal.exponent);
    decimal.exponent -= decimals;
    return decimal;
}

// number * 10^exponent; nothing past 128 bits.
std::optional<Wide> times_power_of_ten(Wide number, int exponent) {
    for (; exponent > 0 && number != 0; --exponent) {
        if (number > std::numeric_limits<Wide>::max() / 10) return std::nullopt;
        number *= 10;
    }
    return number;
}

// To the nearest, a tie to the even neighbour.
Wide divide_half_even(Wide number, Wide divisor) {
    const Wide quotient = number / divisor;
    const Wide rest = number % divisor;
    const Wide missing = divisor - rest;
    const bool is_up = rest > missing || (rest == missing && quotient % 2 == 1);
    return quotient + (is_up ? 1 : 0);
}

std::string digits_of(Money money, bool is_grouped) {
    const auto decimals = static_cast<std::size_t>(money.currency.decimals());
    std::string digits = std::to_string(magnitude(money.minor));
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    const std::size_t point = digits.size() - decimals;
    if (decimals > 0) digits.insert(point, 1, '.');
    if (is_grouped) {
        for (std::size_t at = point; at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    }
    if (money.minor < 0) digits.insert(0, 1, '-');
    return digits;
}

}  // namespace

std::optional<Currency> Currency::parse(std::string_view letters) {
    if (letters.size() != 3) return std::nullopt;
    unsigned code = 0;
    for (const char letter : letters) {
        if (letter < 'A' || letter > 'Z') return std::nullopt;
        code = code * 26 + static_cast<unsigned>(letter - 'A');
    }
    return Currency{static_cast<std::uint16_t>(code + 1)};  // from 1, since zero is no currency
}

std::string Currency::letters() const {
    if (code == 0) return {};
    unsigned rest = code - 1u;
    std::string letters(3, 'A');
    for (std::size_t at = 3; at-- > 0; rest /= 26)
        letters[at] = static_cast<char>('A' + static_cast<char>(rest % 26));
    return letters;
}

int Currency::decimals() const {
    const std::string name = letters();
    if (contains(without_decimals, name)) return 0;
    if (contains(with_three_decimals, name)) return 3;
    if (contains(with_four_decimals, name)) return 4;
    return 2;
}

std::optional<Money> parse_money(std::string_view digits, Currency currency) {
    const bool is_negative = digits.starts_with('-');
    if (is_negative) digits.remove_prefix(1);
    const std::size_t point = digits.find('.');
    std::string_view whole = digits.substr(0, point);
    std::string_view fraction =
        point == std::string_view::npos ? std::string_view{} : digits.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && fraction.empty())) return std::nullopt;
    const auto decimals = static_cast<std::size_t>(currency.decimals());
    while (fraction.size() > decimals && fraction.ends_with('0')) fraction.remove_suffix(1);
    if (fraction.size() > decimals) return std::nullopt;

    Wide minor = 0;
    const auto take = [&](char digit) {
        if (!is_digit(digit)) return false;
        minor = minor * 10 + static_cast<unsigned>(digit - '0');
        return minor <= int64_max + 1u;
    };
    if (!std::all_of(whole.begin(), whole.end(), take)) return std::nullopt;
    if (!std::all_of(fraction.begin(), fraction.end(), take)) return std::nullopt;
    for (std::size_t at = fraction.size(); at < decimals; ++at) {
        if (!take('0')) return std::nullopt;
    }
    const auto value = with_sign(minor, is_negative);
    if (!value) return std::nullopt;
    return Money{*value, currency};
}

std::string format_amount(Money money) { return digits_of(money, false); }

std::string format_money(Money money) {
    const std::string letters = money.currency.letters();
    const std::string digits = digits_of(money, true);
    return letters.empty() ? digits : letters + " " + digits;
}

std::optional<Money> add(Money left, Money right) {
    PAWL_CHECK(left.currency == right.currency);
    Money sum = left;
    if (__builtin_add_overflow(left.minor, right.minor, &sum.minor)) return std::nullopt;
    return sum;
}

std::optional<Money> subtract(Money left, Money right) {
    PAWL_CHECK(left.currency == right.currency);
    Money rest = left;
    if (__builtin_sub_overflow(left.minor, right.minor, &rest.minor)) return std::nullopt;
    return rest;
}

std::optional<Money> multiply(Money money, double factor) {
    if (!std::isfinite(factor)) return std::nullopt;
    const Decimal by = decimal(factor);
    // 63 bits times 57 fit in 128.
    Wide product = static_cast<Wide>(magnitude(money.minor)) * by.digits;
    if (by.exponent > 0) {
        const auto raised = times_power_of_ten(product, by.exponent);
        if (!raised) return std::nullopt;
        product = *raised;
    } else if (by.exponent < 0) {
        const auto divisor = times_power_of_ten(1, -by.exponent);
        // A divisor past 128 bits is more than twice any product: nothing remains.
        product = divisor ? divide_half_even(product, *divisor) : 0;
    }
    const auto minor = with_sign(product, (money.minor < 0) != by.is_negative);
    if (!minor) return std::nullopt;
    return Money{*minor, money.currency};
}

std::optional<Money> divide(Money money, double divisor) {
    if (!std::isfinite(divisor) || divisor == 0) return std::nullopt;
    const Decimal by = decimal(divisor);
    // Past 128 bits on top the quotient is past 64, for there are at most 57 bits below; past 128
    // bits below nothing remains of 63.
    const auto above = times_power_of_ten(magnitude(money.minor), -by.exponent);
    const auto below = times_power_of_ten(by.digits, by.exponent);
    if (!above) return std::nullopt;
    const Wide quotient = below ? divide_half_even(*above, *below) : 0;
    const auto minor = with_sign(quotient, (money.minor < 0) != by.is_negative);
    if (!minor) return std::nullopt;
    return Money{*minor, money.currency};
}

}  // namespace pawl
