#include "base/money.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>

using namespace pawl;

namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

Currency currency(const char* letters) {
    const auto found = Currency::parse(letters);
    REQUIRE(found);
    return *found;
}

Money kes(std::int64_t minor) { return {minor, currency("KES")}; }

std::string times(const char* digits, double factor) {
    const auto product = multiply(*parse_money(digits, currency("KES")), factor);
    return product ? format_amount(*product) : "nothing";
}

std::string over(const char* digits, double divisor) {
    const auto quotient = divide(*parse_money(digits, currency("KES")), divisor);
    return quotient ? format_amount(*quotient) : "nothing";
}

}  // namespace

TEST_CASE("a currency is three capital letters") {
    for (const char* letters : {"KES", "AAA", "ZZZ", "USD"}) {
        CHECK(currency(letters).letters() == letters);
        CHECK(currency(letters).code != 0);
    }
    CHECK(currency("AAA") < currency("AAB"));
    CHECK(Currency{}.letters().empty());
    for (const char* letters : {"", "KE", "KESS", "kes", "K3S", "K S"})
        CHECK_FALSE(Currency::parse(letters));
}

TEST_CASE("a currency has the decimals that ISO 4217 gives it") {
    CHECK(currency("KES").decimals() == 2);
    CHECK(currency("JPY").decimals() == 0);
    CHECK(currency("UGX").decimals() == 0);
    CHECK(currency("KWD").decimals() == 3);
    CHECK(currency("CLF").decimals() == 4);
}

TEST_CASE("an amount is read exactly") {
    const auto minor = [](const char* digits, const char* letters) {
        const auto money = parse_money(digits, currency(letters));
        REQUIRE(money);
        return money->minor;
    };
    CHECK(minor("5000", "KES") == 500'000);
    CHECK(minor("5000.5", "KES") == 500'050);
    CHECK(minor("-12.30", "KES") == -1'230);
    CHECK(minor("0.05", "KES") == 5);
    CHECK(minor("12.3000", "KES") == 1'230);
    CHECK(minor("500", "JPY") == 500);
    CHECK(minor("500.00", "JPY") == 500);
    CHECK(minor("1.234", "KWD") == 1'234);
    CHECK(minor("0.1", "KES") + minor("0.2", "KES") == minor("0.3", "KES"));
    CHECK(minor("-0", "KES") == 0);
}

TEST_CASE("an amount that would lose something is refused") {
    for (const char* digits : {"", "-", ".", ".5", "5.", "1.005", "1e3", "1,000", "+5", " 5", "5 ",
                               "--5", "5-", "0x5", "5.5.5", "1.0050", "NaN"}) {
        CAPTURE(digits);
        CHECK_FALSE(parse_money(digits, currency("KES")));
    }
    CHECK_FALSE(parse_money("1.5", currency("JPY")));
}

TEST_CASE("an amount is read up to the ends of 64 bits") {
    CHECK(parse_money("92233720368547758.07", currency("KES")) == kes(int64_max));
    CHECK_FALSE(parse_money("92233720368547758.08", currency("KES")));
    CHECK(parse_money("-92233720368547758.08", currency("KES")) == kes(int64_min));
    CHECK_FALSE(parse_money("-92233720368547758.09", currency("KES")));
    CHECK_FALSE(parse_money(std::string(1000, '9'), currency("KES")));
    CHECK(parse_money(std::string(1000, '0'), currency("KES")) == kes(0));
}

TEST_CASE("an amount is written with all its decimals") {
    CHECK(format_amount(kes(500'000)) == "5000.00");
    CHECK(format_amount(kes(-5)) == "-0.05");
    CHECK(format_amount(kes(0)) == "0.00");
    CHECK(format_amount({500, currency("JPY")}) == "500");
    CHECK(format_amount({5, currency("KWD")}) == "0.005");
    CHECK(format_amount(kes(int64_min)) == "-92233720368547758.08");
    CHECK(format_money(kes(500'000)) == "KES 5,000.00");
    CHECK(format_money(kes(-123'456'789)) == "KES -1,234,567.89");
    CHECK(format_money(kes(99'999)) == "KES 999.99");
    CHECK(format_money({1'000'000, currency("JPY")}) == "JPY 1,000,000");
    CHECK(format_money({100, Currency{}}) == "1.00");
}

TEST_CASE("money is added and subtracted, and nothing wraps") {
    CHECK(add(kes(1), kes(2)) == kes(3));
    CHECK(subtract(kes(1), kes(2)) == kes(-1));
    CHECK_FALSE(add(kes(int64_max), kes(1)));
    CHECK_FALSE(subtract(kes(int64_min), kes(1)));
    CHECK_FALSE(subtract(kes(0), kes(int64_min)));
}

TEST_CASE("a factor is the decimal that was written") {
    CHECK(times("5000.05", 0.1) == "500.00");  // 500.005: the even neighbour
    CHECK(times("5000.15", 0.1) == "500.02");  // 500.015
    CHECK(times("100.50", 0.01) == "1.00");    // 1.005
    CHECK(times("1.15", 3) == "3.45");
    CHECK(times("1000", 0.16) == "160.00");
    CHECK(times("-5000.05", 0.1) == "-500.00");
    CHECK(times("-5000.15", 0.1) == "-500.02");
    CHECK(times("0.01", 0.5) == "0.00");
    CHECK(times("0.03", 0.5) == "0.02");
    CHECK(times("0.01", 0.51) == "0.01");
    CHECK(times("5", -1) == "-5.00");
    CHECK(times("5", 1e-300) == "0.00");
    CHECK(times("0", 1e300) == "0.00");
    CHECK(times("0.01", 1e18) == "10000000000000000.00");
}

TEST_CASE("a product out of range is nothing") {
    CHECK(times("92233720368547758.07", 1) == "92233720368547758.07");
    CHECK(times("92233720368547758.07", 1.0000000000000002) == "nothing");
    CHECK(times("-92233720368547758.08", 1) == "-92233720368547758.08");
    CHECK(times("-92233720368547758.08", -1) == "nothing");
    CHECK(times("1", 1e300) == "nothing");
    CHECK(times("1", std::nan("")) == "nothing");
    CHECK(times("0", INFINITY) == "nothing");
}

TEST_CASE("a quotient is rounded half to even") {
    CHECK(over("100", 3) == "33.33");
    CHECK(over("200", 3) == "66.67");
    CHECK(over("0.05", 2) == "0.02");
    CHECK(over("0.15", 2) == "0.08");  // 0.075
    CHECK(over("0.25", 2) == "0.12");
    CHECK(over("-0.25", 2) == "-0.12");
    CHECK(over("10", 0.1) == "100.00");
    CHECK(over("10", 2.5) == "4.00");
    CHECK(over("10", -4) == "-2.50");
    CHECK(over("10", 1e300) == "0.00");
    CHECK(over("0", 1e-300) == "0.00");
    CHECK(over("10", 1e-300) == "nothing");
    CHECK(over("10", 0) == "nothing");
    CHECK(over("10", -0.0) == "nothing");
    CHECK(over("10", std::nan("")) == "nothing");
    CHECK(over("10", INFINITY) == "nothing");
    CHECK(over("92233720368547758.07", 0.99) == "nothing");
    CHECK(over("-92233720368547758.08", 1) == "-92233720368547758.08");
}
