#include "rules/internal/builtins.h"

#include <catch2/catch.hpp>

#include "evaluator_support.h"

namespace pawl::rules::internal {
namespace {

struct Caller {
    Program program;
    TestHost records;
    Zone zone = *Zone::find("Africa/Nairobi");

    Value operator()(Builtin builtin, const std::vector<Value>& arguments) {
        Value out;
        error = call_builtin(builtin, arguments, {program, records, zone}, out);
        return out;
    }
    OperatorError error = OperatorError::none;
};

Value text(std::string_view of) { return Value::text(of); }
Value integer(std::int64_t of) { return Value::integer(of); }
Value number(double of) { return Value::number(of); }
Value money(std::string_view digits) {
    return Value::money(*parse_money(digits, *Currency::parse("KES")));
}

TEST_CASE("round goes half to even, of money exactly") {
    Caller call;
    CHECK(call(Builtin::round, {number(2.5)}) == number(2));
    CHECK(call(Builtin::round, {number(3.5)}) == number(4));
    CHECK(call(Builtin::round, {number(-2.5)}) == number(-2));
    CHECK(call(Builtin::round, {number(1.005), integer(2)}) == number(1));
    CHECK(call(Builtin::round, {number(1234.5), integer(-2)}) == number(1200));
    CHECK(call(Builtin::round, {integer(1250), integer(-2)}) == integer(1200));
    CHECK(call(Builtin::round, {integer(7)}) == integer(7));
    CHECK(call(Builtin::round, {money("2.50")}) == money("2"));
    CHECK(call(Builtin::round, {money("3.50")}) == money("4"));
    CHECK(call(Builtin::round, {money("3.45"), integer(1)}) == money("3.40"));
    CHECK(call(Builtin::round, {Value()}).is_missing());
}

TEST_CASE("floor and ceiling are whole") {
    Caller call;
    CHECK(call(Builtin::floor, {number(-1.5)}) == integer(-2));
    CHECK(call(Builtin::ceiling, {number(-1.5)}) == integer(-1));
    CHECK(call(Builtin::floor, {money("-1.50")}) == money("-2"));
    CHECK(call(Builtin::ceiling, {money("1.01")}) == money("2"));
    call(Builtin::floor, {number(1e300)});
    CHECK(call.error == OperatorError::overflow);
}

TEST_CASE("the least and the greatest, and missing where one is") {
    Caller call;
    CHECK(call(Builtin::minimum, {integer(2), number(1.5)}) == number(1.5));
    CHECK(call(Builtin::maximum, {money("2"), money("10")}) == money("10"));
    CHECK(call(Builtin::maximum, {integer(1), Value()}).is_missing());
    CHECK(call(Builtin::absolute, {money("-2")}) == money("2"));
    CHECK(call(Builtin::absolute, {Value::duration(*parse_duration("-3d"))}) ==
          Value::duration(*parse_duration("3d")));
}

TEST_CASE("letters of many scripts change their case") {
    Caller call;
    CHECK(call(Builtin::upper, {text("straße éàž ω я")}) == text("STRAßE ÉÀŽ Ω Я"));
    CHECK(call(Builtin::lower, {text("ÉÀŽ Ω Я")}) == text("éàž ω я"));
    CHECK(call(Builtin::capitalize, {text("éclair")}) == text("Éclair"));
    CHECK(call(Builtin::length, {text("éà")}) == integer(2));
    CHECK(call(Builtin::trim, {text("  a b ")}) == text("a b"));
}

TEST_CASE("meaning 11: split of money loses nothing") {
    Caller call;
    CHECK(call(Builtin::split, {money("10"), integer(3)}) ==
          Value::list({money("3.34"), money("3.33"), money("3.33")}));
    CHECK(call(Builtin::split, {money("-0.01"), integer(2)}) ==
          Value::list({money("0"), money("-0.01")}));
    CHECK(call(Builtin::split, {money("10"), integer(0)}).is_missing());
    call(Builtin::split, {money("10"), integer(10'001)});
    CHECK(call.error == OperatorError::too_large);
}

TEST_CASE("texts are split, joined and replaced") {
    Caller call;
    CHECK(call(Builtin::split, {text("a,b,"), text(",")}) ==
          Value::list({text("a"), text("b"), text("")}));
    CHECK(call(Builtin::join, {Value::list({text("a"), Value(), integer(2)})}) == text("a, 2"));
    CHECK(call(Builtin::join, {Value::list({text("a"), text("b")}), text("-")}) == text("a-b"));
    CHECK(call(Builtin::replace, {text("aXbX"), text("X"), text("--")}) == text("a--b--"));
    CHECK(call(Builtin::replace, {text("ab"), text(""), text("x")}) == text("ab"));
    call(Builtin::replace,
         {text(std::string(2'000, 'a')), text("a"), text(std::string(2'000, 'b'))});
    CHECK(call.error == OperatorError::too_large);
}

TEST_CASE("parts of a date are those in the rulebook's zone") {
    Caller call;
    const Value late = Value::datetime(*parse_instant("2025-12-31T22:30:00Z"));
    CHECK(call(Builtin::date, {late}) == Value::date(*parse_date("2026-01-01")));
    CHECK(call(Builtin::year, {late}) == integer(2026));
    CHECK(call(Builtin::month, {late}) == integer(1));
    CHECK(call(Builtin::day, {late}) == integer(1));
    CHECK(call(Builtin::weekday, {late}) == text("thursday"));
    CHECK(call(Builtin::weekday, {Value::date(*parse_date("1969-12-29"))}) == text("monday"));
}

TEST_CASE("plain gives bare digits") {
    Caller call;
    CHECK(call(Builtin::plain, {money("5000")}) == text("5000.00"));
    CHECK(call(Builtin::plain, {number(0.1)}) == text("0.1"));
}

}  // namespace
}  // namespace pawl::rules::internal
