#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Exact money: whole minor units and a currency (ISO 4217). No double ever holds an amount.

namespace pawl {

// Three capital letters packed base 26; zero is no currency.
struct Currency {
    std::uint16_t code = 0;
    friend auto operator<=>(const Currency&, const Currency&) = default;

    static std::optional<Currency> parse(std::string_view letters);  // "KES"
    std::string letters() const;
    int decimals() const;  // 2 for KES, 0 for JPY, 3 for KWD
};

struct Money {
    std::int64_t minor = 0;
    Currency currency;
    friend bool operator==(const Money&, const Money&) = default;
};

// From digits: "5000", "5000.5", "-12.30". Nothing with more decimals than the currency has
// (trailing zeros aside), with an exponent, or out of range.
std::optional<Money> parse_money(std::string_view digits, Currency currency);
// "5000.00", "-0.05": always the currency's number of decimals.
std::string format_amount(Money money);
// "KES 5,000.00", for people.
std::string format_money(Money money);

// Nothing on overflow. The caller has made sure of one currency.
std::optional<Money> add(Money left, Money right);
std::optional<Money> subtract(Money left, Money right);
// Exact in decimals, then rounded half to even: a factor counts as its shortest decimal form, so
// 0.1 is one tenth. Nothing when not finite or out of range, or when dividing by zero.
std::optional<Money> multiply(Money money, double factor);
std::optional<Money> divide(Money money, double divisor);

}  // namespace pawl
