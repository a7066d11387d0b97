#include "rules/internal/operators.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace pawl::rules::internal {
namespace {

const Currency kes = *Currency::parse("KES");
const Currency usd = *Currency::parse("USD");

Value integer(std::int64_t of) { return Value::integer(of); }
Value number(double of) { return Value::number(of); }
Value text(std::string_view of) { return Value::text(of); }
Value money(std::string_view digits, Currency currency = kes) {
    return Value::money(*parse_money(digits, currency));
}
Value duration(std::string_view of) { return Value::duration(*parse_duration(of)); }
Value date(std::string_view of) { return Value::date(*parse_date(of)); }
Value instant(std::string_view of) { return Value::datetime(*parse_instant(of)); }
Value time(std::string_view of) { return Value::time(*parse_time(of)); }

constexpr std::int64_t int_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int_min = std::numeric_limits<std::int64_t>::min();

Zone nairobi() { return *Zone::find("Africa/Nairobi"); }

Value sum(const Value& left, const Value& right) {
    Value out;
    REQUIRE(add(left, right, nairobi(), out) == OperatorError::none);
    return out;
}
Value difference(const Value& left, const Value& right) {
    Value out;
    REQUIRE(subtract(left, right, nairobi(), out) == OperatorError::none);
    return out;
}
using Binary = OperatorError (*)(const Value&, const Value&, Value&);
Value of(Binary operation, const Value& left, const Value& right) {
    Value out;
    REQUIRE(operation(left, right, out) == OperatorError::none);
    return out;
}
OperatorError error_of(Binary operation, const Value& left, const Value& right) {
    Value out;
    return operation(left, right, out);
}

TEST_CASE("meaning 9: arithmetic with missing is missing") {
    const Value missing;
    CHECK(sum(missing, integer(1)).is_missing());
    CHECK(difference(money("1"), missing).is_missing());
    CHECK(of(multiply, missing, missing).is_missing());
    CHECK(of(divide, integer(1), missing).is_missing());
    CHECK(of(whole_divide, missing, integer(1)).is_missing());
    CHECK(of(modulo, missing, integer(1)).is_missing());
    Value out = integer(1);
    CHECK(negate(missing, out) == OperatorError::none);
    CHECK(out.is_missing());
}

TEST_CASE("meaning 9: a comparison with missing is unknown") {
    CHECK(equal(Value(), integer(1)) == Truth::unknown);
    CHECK(equal(Value(), Value()) == Truth::unknown);
    std::partial_ordering order = std::partial_ordering::less;
    CHECK(compare(integer(1), Value(), order) == OperatorError::none);
    CHECK(order == std::partial_ordering::unordered);
    CHECK(truth_not(Truth::unknown) == Truth::unknown);
}

TEST_CASE("meaning 10: `/` gives a number, `div` and `mod` are whole, by zero is missing") {
    CHECK(of(divide, integer(7), integer(2)) == number(3.5));
    CHECK(of(divide, integer(6), integer(2)) == number(3));
    CHECK(of(whole_divide, integer(7), integer(2)) == integer(3));
    CHECK(of(whole_divide, integer(-7), integer(2)) == integer(-4));
    CHECK(of(whole_divide, integer(7), integer(-2)) == integer(-4));
    CHECK(of(modulo, integer(-7), integer(2)) == integer(1));
    CHECK(of(modulo, integer(7), integer(-2)) == integer(-1));
    CHECK(of(modulo, integer(int_min), integer(-1)) == integer(0));
    CHECK(of(whole_divide, number(7.5), integer(2)) == integer(3));
    CHECK(of(modulo, number(-0.5), integer(2)) == number(1.5));
    for (const Binary operation : {divide, whole_divide, modulo}) {
        CHECK(of(operation, integer(1), integer(0)).is_missing());
        CHECK(of(operation, number(1), number(0)).is_missing());
    }
    CHECK(of(divide, money("5"), integer(0)).is_missing());
    CHECK(of(divide, money("5"), money("0")).is_missing());
    CHECK(of(divide, duration("3d"), duration("0s")).is_missing());
}

TEST_CASE("meaning 10: overflow is told") {
    Value out;
    CHECK(add(integer(int_max), integer(1), nairobi(), out) == OperatorError::overflow);
    CHECK(subtract(integer(int_min), integer(1), nairobi(), out) == OperatorError::overflow);
    CHECK(error_of(multiply, integer(int_max), integer(2)) == OperatorError::overflow);
    CHECK(error_of(whole_divide, integer(int_min), integer(-1)) == OperatorError::overflow);
    CHECK(error_of(multiply, number(1e308), number(10)) == OperatorError::overflow);
    CHECK(error_of(whole_divide, number(1e300), number(1)) == OperatorError::overflow);
    CHECK(negate(integer(int_min), out) == OperatorError::overflow);
    const Value most = Value::money({int_max, kes});
    CHECK(add(most, money("0.01"), nairobi(), out) == OperatorError::overflow);
    CHECK(error_of(multiply, most, integer(2)) == OperatorError::overflow);
}

TEST_CASE("meaning 10: nothing is coerced") {
    Value out;
    CHECK(add(text("1"), integer(1), nairobi(), out) == OperatorError::kinds);
    CHECK(add(text("a"), text("b"), nairobi(), out) == OperatorError::kinds);
    CHECK(error_of(multiply, money("1"), money("1")) == OperatorError::kinds);
    CHECK(equal(text("1"), integer(1)) == Truth::false_);
    std::partial_ordering order = std::partial_ordering::equivalent;
    CHECK(compare(text("1"), integer(1), order) == OperatorError::kinds);
}

TEST_CASE("meaning 10: text compares bytewise") {
    std::partial_ordering order = std::partial_ordering::equivalent;
    CHECK(compare(text("Z"), text("a"), order) == OperatorError::none);
    CHECK(order == std::partial_ordering::less);
    CHECK(compare(text("z"), text("ä"), order) == OperatorError::none);
    CHECK(order == std::partial_ordering::less);
    CHECK(equal(text("a"), text("A")) == Truth::false_);
    CHECK(equal(text("Straße"), text("STRAßE"), Case::ignored) == Truth::true_);
    Truth holds = Truth::unknown;
    CHECK(contains(text("Hello World"), text("WORLD"), Case::exact, holds) == OperatorError::none);
    CHECK(holds == Truth::false_);
    CHECK(contains(text("Hello World"), text("WORLD"), Case::ignored, holds) ==
          OperatorError::none);
    CHECK(holds == Truth::true_);
    CHECK(starts_with(text("Hello"), text("he"), Case::ignored, holds) == OperatorError::none);
    CHECK(holds == Truth::true_);
    CHECK(ends_with(text("Hello"), text("LO"), Case::exact, holds) == OperatorError::none);
    CHECK(holds == Truth::false_);
}

TEST_CASE("whole numbers and doubles compare exactly") {
    const std::int64_t big = (std::int64_t{1} << 53) + 1;
    CHECK(equal(integer(big), number(9007199254740992.0)) == Truth::false_);
    CHECK(compare_numbers(big, 9007199254740992.0) == std::partial_ordering::greater);
    CHECK(compare_numbers(int_max, 9223372036854775808.0) == std::partial_ordering::less);
    CHECK(compare_numbers(int_min, -9223372036854775808.0) == std::partial_ordering::equivalent);
    CHECK(compare_numbers(-1, -1.5) == std::partial_ordering::greater);
    CHECK(equal(integer(3), number(3)) == Truth::true_);
}

TEST_CASE("there is one zero") {
    const Value zero = of(multiply, number(0), integer(-1));
    CHECK(zero == number(0));
    CHECK_FALSE(std::signbit(zero.as_number()));
}

TEST_CASE("meaning 11: money is exact and of one currency") {
    CHECK(sum(money("0.10"), money("0.20")) == money("0.30"));
    CHECK(of(multiply, money("0.05"), number(0.5)) == money("0.02"));  // half to even
    CHECK(of(multiply, number(0.5), money("0.15")) == money("0.08"));
    CHECK(of(divide, money("0.05"), integer(2)) == money("0.02"));
    CHECK(of(divide, money("-0.05"), integer(2)) == money("-0.02"));
    CHECK(of(divide, money("0.07"), integer(-2)) == money("-0.04"));
    CHECK(of(divide, money("5"), money("2")) == number(2.5));
    // No double holds this many cents.
    CHECK(of(multiply, Value::money({90071992547409931, kes}), integer(1)) ==
          Value::money({90071992547409931, kes}));
    Value out;
    CHECK(add(money("1"), money("1", usd), nairobi(), out) == OperatorError::currencies);
    CHECK(error_of(divide, money("1"), money("1", usd)) == OperatorError::currencies);
    CHECK(equal(money("1"), money("1", usd)) == Truth::false_);
    std::partial_ordering order = std::partial_ordering::less;
    CHECK(compare(money("1"), money("1", usd), order) == OperatorError::none);
    CHECK(order == std::partial_ordering::unordered);
}

TEST_CASE("meaning 12: date and datetime take durations in the zone") {
    CHECK(sum(date("2026-01-31"), duration("1mo")) == date("2026-02-28"));
    CHECK(sum(duration("1mo"), date("2028-01-31")) == date("2028-02-29"));
    CHECK(difference(date("2026-03-01"), duration("1d")) == date("2026-02-28"));
    CHECK(sum(date("2026-03-01"), duration("36h")) == date("2026-03-02"));
    CHECK(difference(date("2026-03-01"), duration("1h")) == date("2026-02-28"));
    Value out;
    CHECK(add(date("9999-12-31"), duration("1d"), nairobi(), out) == OperatorError::calendar);
    // 01:30 in Nairobi is the day before in UTC; a month later it still is 01:30 there.
    CHECK(sum(instant("2026-01-30T22:30:00Z"), duration("1mo")) == instant("2026-02-27T22:30:00Z"));
    // Prague springs forward on 2026-03-29: a day later is 23 hours later.
    const Zone prague = *Zone::find("Europe/Prague");
    CHECK(add(instant("2026-03-28T11:00:00Z"), duration("1d"), prague, out) == OperatorError::none);
    CHECK(out == instant("2026-03-29T10:00:00Z"));
    CHECK(add(instant("2026-03-28T11:00:00Z"), duration("24h"), prague, out) ==
          OperatorError::none);
    CHECK(out == instant("2026-03-29T11:00:00Z"));
    CHECK(sum(time("23:00"), duration("2h")) == time("01:00"));
}

TEST_CASE("meaning 13: a time of a day in the zone, of a datetime of its day there") {
    Value out;
    const auto at_of = [&](const Value& left, std::string_view clock, const Zone& zone) {
        REQUIRE(at(left, time(clock), zone, out) == OperatorError::none);
        return out;
    };
    CHECK(at_of(date("2026-03-02"), "09:00", nairobi()) == instant("2026-03-02T06:00:00Z"));
    // 23:30 in UTC is the day after in Nairobi.
    CHECK(at_of(instant("2026-03-02T23:30:00Z"), "09:00", nairobi()) ==
          instant("2026-03-03T06:00:00Z"));
    const Zone prague = *Zone::find("Europe/Prague");
    CHECK(at_of(date("2026-03-29"), "02:30", prague) == instant("2026-03-29T01:00:00Z"));
    CHECK(at_of(date("2026-10-25"), "02:30", prague) == instant("2026-10-25T00:30:00Z"));
    // The day that Apia never had.
    CHECK(at_of(date("2011-12-30"), "09:00", *Zone::find("Pacific/Apia")) ==
          instant("2011-12-30T10:00:00Z"));
    CHECK(at(Value(), time("09:00"), prague, out) == OperatorError::none);
    CHECK(out.is_missing());
    CHECK(at(date("2026-03-29"), Value(), prague, out) == OperatorError::none);
    CHECK(out.is_missing());
    CHECK(at(time("09:00"), time("09:00"), prague, out) == OperatorError::kinds);
    CHECK(at(date("0001-01-01"), time("00:00"), nairobi(), out) == OperatorError::calendar);
}

TEST_CASE("meaning 12: date − date is days, datetime − datetime seconds, d / 1d a number") {
    CHECK(difference(date("2026-03-01"), date("2026-02-01")) == duration("28d"));
    const Value length =
        difference(instant("2026-03-02T12:00:00Z"), instant("2026-03-01T00:00:00Z"));
    CHECK(length == duration("36h"));
    CHECK(of(divide, length, duration("1d")) == number(1.5));
    CHECK(of(divide, duration("1y"), duration("3mo")) == number(4));
    CHECK(of(divide, duration("1mo"), duration("1d")).is_missing());
    CHECK(of(multiply, duration("1d12h"), integer(3)) == duration("3d36h"));
    CHECK(of(multiply, integer(2), duration("1mo")) == duration("2mo"));
    CHECK(error_of(multiply, duration("1d"), number(0.5)) == OperatorError::kinds);
}

TEST_CASE("meaning 12: 30d with 1mo, and 24h with 1d, cannot be compared") {
    std::partial_ordering order = std::partial_ordering::less;
    const auto compared = [&](std::string_view left, std::string_view right) {
        REQUIRE(compare(duration(left), duration(right), order) == OperatorError::none);
        return order;
    };
    CHECK(compared("30d", "1mo") == std::partial_ordering::unordered);
    CHECK(compared("24h", "1d") == std::partial_ordering::unordered);
    CHECK(compared("1d12h", "1d") == std::partial_ordering::greater);
    CHECK(compared("2mo", "2mo1s") == std::partial_ordering::less);
    CHECK(compared("0s", "1mo") == std::partial_ordering::less);
    CHECK(equal(duration("24h"), duration("1d")) == Truth::unknown);
    CHECK(equal(duration("60min"), duration("1h")) == Truth::true_);
    CHECK(total_order(duration("24h"), duration("2d")) == std::strong_ordering::less);
}

TEST_CASE("`in` is unknown when it is not found and an item is missing") {
    Truth holds = Truth::false_;
    const Value list = Value::list({integer(1), Value(), integer(3)});
    CHECK(in_list(integer(3), list, Case::exact, holds) == OperatorError::none);
    CHECK(holds == Truth::true_);
    CHECK(in_list(integer(2), list, Case::exact, holds) == OperatorError::none);
    CHECK(holds == Truth::unknown);
    CHECK(in_list(integer(2), Value::list({integer(1)}), Case::exact, holds) ==
          OperatorError::none);
    CHECK(holds == Truth::false_);
    CHECK(contains(list, integer(1), Case::exact, holds) == OperatorError::none);
    CHECK(holds == Truth::true_);
}

TEST_CASE("`between` includes its bounds, and wraps for times of day") {
    Truth holds = Truth::unknown;
    const auto check = [&](const Value& value, const Value& low, const Value& high) {
        REQUIRE(between(value, low, high, holds) == OperatorError::none);
        return holds;
    };
    CHECK(check(integer(1), integer(1), integer(3)) == Truth::true_);
    CHECK(check(integer(3), integer(1), integer(3)) == Truth::true_);
    CHECK(check(integer(4), integer(1), integer(3)) == Truth::false_);
    CHECK(check(integer(2), integer(3), integer(1)) == Truth::false_);
    CHECK(check(integer(0), integer(1), Value()) == Truth::false_);
    CHECK(check(integer(2), integer(1), Value()) == Truth::unknown);
    CHECK(check(time("23:00"), time("21:00"), time("07:00")) == Truth::true_);
    CHECK(check(time("06:59"), time("21:00"), time("07:00")) == Truth::true_);
    CHECK(check(time("12:00"), time("21:00"), time("07:00")) == Truth::false_);
}

TEST_CASE("a part of JSON stands for the plain value it is") {
    const auto json = [](std::string_view of) { return Value::json(*parse_json(of)); };
    CHECK(plain(json("null")).is_missing());
    CHECK(plain(json("12")) == integer(12));
    CHECK(plain(json("1.5")) == number(1.5));
    CHECK(plain(json("\"a\"")) == text("a"));
    CHECK(plain(json("[1,[2]]")).as_list()[0] == integer(1));
    CHECK(sum(json("12"), integer(1)) == integer(13));
    CHECK(equal(json("\"a\""), text("a")) == Truth::true_);
    CHECK(equal(json("null"), text("a")) == Truth::unknown);
}

}  // namespace
}  // namespace pawl::rules::internal
