#include "rules/internal/queries.h"

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "evaluator_support.h"

namespace pawl::rules::internal {
namespace {

constexpr EntityIndex payment = 9;

Value money(std::string_view digits, std::string_view currency = "KES") {
    return Value::money(*parse_money(digits, *Currency::parse(currency)));
}

// Records of one entity: field 0 is the id, field 1 what queries look at.
struct Rows {
    TestHost host;

    explicit Rows(std::vector<std::pair<std::string, Value>> rows) {
        for (auto& [id, value] : rows) host.add(payment, {Value::text(id), std::move(value)});
    }
    // Takes each row whose field `test` lets pass; its value and its key are field 1.
    Value ask(Query query, bool selects, const std::vector<Value>& operands = {}) {
        query.entity = payment;
        query.selects = selects;
        RunningQuery running(query);
        REQUIRE(running.begin(operands, host) == OperatorError::none);
        Value row;
        while (running.next(row)) {
            ++seen;
            const Value value =
                query.access == Access::list ? row : host.get(row.as_reference())->fields[1];
            std::vector<Value> taken;
            if (selects) taken.push_back(value);
            for (std::size_t i = 0; i < query.descending.size(); ++i) taken.push_back(value);
            error = running.take(taken, Zone::utc());
            if (error != OperatorError::none) return {};
        }
        Value out;
        error = running.end(host, out);
        return out;
    }
    std::string ids(const Value& list) {
        std::string text;
        for (const Value& item : list.as_list()) {
            text += std::string(host.get(item.as_reference())->fields[0].as_text()) + " ";
        }
        return text;
    }
    OperatorError error = OperatorError::none;
    int seen = 0;
};

Query of(Aggregate aggregate) {
    Query query;
    query.aggregate = aggregate;
    return query;
}

Query ordered(Aggregate aggregate, bool descending) {
    Query query = of(aggregate);
    query.descending = {descending};
    return query;
}

TEST_CASE("meaning 9: sum and count skip missing") {
    Rows rows({{"a", Value::integer(1)}, {"b", Value()}, {"c", Value::integer(3)}});
    CHECK(rows.ask(of(Aggregate::sum), true) == Value::integer(4));
    CHECK(rows.ask(of(Aggregate::count), true) == Value::integer(2));
    CHECK(rows.ask(of(Aggregate::count), false) == Value::integer(3));
    CHECK(rows.ask(of(Aggregate::average), true) == Value::number(2));
    CHECK(rows.ask(of(Aggregate::minimum), true) == Value::integer(1));
    CHECK(rows.ask(of(Aggregate::maximum), true) == Value::integer(3));
}

TEST_CASE("meaning 9: order by puts missing last, either way") {
    Rows rows({{"a", Value()}, {"b", Value::integer(2)}, {"c", Value::integer(1)}});
    CHECK(rows.ids(rows.ask(ordered(Aggregate::all, false), false)) == "c b a ");
    CHECK(rows.ids(rows.ask(ordered(Aggregate::all, true), false)) == "b c a ");
}

TEST_CASE("meaning 9: order by puts ties by id") {
    // Made in this order; by the key of the store b would stand before a.
    Rows rows({{"b", Value::integer(1)},
               {"a", Value::integer(1)},
               {"c", Value::integer(0)},
               {"A", Value::integer(1)}});
    CHECK(rows.ids(rows.ask(ordered(Aggregate::all, false), false)) == "c A a b ");
    CHECK(rows.ids(rows.ask(ordered(Aggregate::all, true), false)) == "A a b c ");
    Query first = ordered(Aggregate::first, true);
    CHECK(rows.host.get(rows.ask(first, false).as_reference())->fields[0] == Value::text("A"));
    first.limit = 2;
    CHECK(rows.ids(rows.ask(first, false)) == "A a ");
}

TEST_CASE("without an order, rows come as they were created") {
    Rows rows({{"b", Value()}, {"a", Value()}, {"c", Value()}});
    CHECK(rows.ids(rows.ask(of(Aggregate::all), false)) == "b a c ");
    rows.seen = 0;
    CHECK(rows.host.get(rows.ask(of(Aggregate::first), false).as_reference())->fields[0] ==
          Value::text("b"));
    CHECK(rows.seen == 1);  // no more than is asked for
    CHECK(rows.ask(of(Aggregate::exists), false) == Value::boolean(true));
    CHECK(rows.seen == 2);
}

TEST_CASE("of nothing there is no first, no extreme and no average") {
    Rows rows({});
    CHECK(rows.ask(of(Aggregate::first), false).is_missing());
    CHECK(rows.ask(of(Aggregate::minimum), true).is_missing());
    CHECK(rows.ask(of(Aggregate::average), true).is_missing());
    CHECK(rows.ask(of(Aggregate::percentile), true).is_missing());
    CHECK(rows.ask(of(Aggregate::sum), true).is_missing());  // the compiler knows its zero
    CHECK(rows.ask(of(Aggregate::count), true) == Value::integer(0));
    CHECK(rows.ask(of(Aggregate::exists), false) == Value::boolean(false));
    CHECK(rows.ask(of(Aggregate::all), false).as_list().empty());
}

TEST_CASE("meaning 11: money is summed and averaged exactly, in one currency") {
    Rows rows({{"a", money("0.10")}, {"b", money("0.20")}, {"c", money("0.05")}});
    CHECK(rows.ask(of(Aggregate::sum), true) == money("0.35"));
    CHECK(rows.ask(of(Aggregate::average), true) == money("0.12"));  // 0.11666…
    Rows mixed({{"a", money("1")}, {"b", money("1", "USD")}});
    mixed.ask(of(Aggregate::sum), true);
    CHECK(mixed.error == OperatorError::currencies);
    mixed.ask(of(Aggregate::maximum), true);
    CHECK(mixed.error == OperatorError::currencies);
}

TEST_CASE("meaning 10: a sum that overflows is told") {
    Rows rows({{"a", Value::integer(std::numeric_limits<std::int64_t>::max())},
               {"b", Value::integer(1)}});
    rows.ask(of(Aggregate::sum), true);
    CHECK(rows.error == OperatorError::overflow);
}

TEST_CASE("a percentile is the nearest rank, one of the values") {
    std::vector<std::pair<std::string, Value>> made;
    for (int i = 10; i > 0; --i) made.emplace_back("p" + std::to_string(i), Value::integer(i));
    Rows rows(std::move(made));
    const auto percentile = [&](double percent) {
        Query query = of(Aggregate::percentile);
        query.percent = percent;
        return rows.ask(query, true);
    };
    CHECK(percentile(90) == Value::integer(9));
    CHECK(percentile(91) == Value::integer(10));
    CHECK(percentile(50) == Value::integer(5));
    CHECK(percentile(0) == Value::integer(1));
    CHECK(percentile(100) == Value::integer(10));
}

TEST_CASE("durations are averaged to the microsecond") {
    Rows rows({{"a", Value::duration(*parse_duration("1d"))},
               {"b", Value::duration(*parse_duration("1h"))}});
    CHECK(rows.ask(of(Aggregate::average), true) == Value::duration(*parse_duration("12h30min")));
}

TEST_CASE("a missing key or bound finds no row, a missing list is empty") {
    Rows rows({{"a", Value::integer(1)}});
    Query equal = of(Aggregate::count);
    equal.access = Access::equal;
    equal.field = 1;
    CHECK(rows.ask(equal, false, {Value()}) == Value::integer(0));
    CHECK(rows.ask(equal, false, {Value::integer(1)}) == Value::integer(1));
    Query range = of(Aggregate::count);
    range.access = Access::range;
    range.has_high = true;
    CHECK(rows.ask(range, false, {Value()}) == Value::integer(0));
    Query list = of(Aggregate::count);
    list.access = Access::list;
    CHECK(rows.ask(list, false, {Value()}) == Value::integer(0));
    const Value items = Value::list({Value::integer(1), Value(), Value::integer(1)});
    CHECK(rows.ask(list, false, {items}) == Value::integer(2));
}

TEST_CASE("a limit that is missing or below 1 takes none") {
    Rows rows({{"a", Value()}, {"b", Value()}, {"c", Value()}});
    Query first = of(Aggregate::first);
    first.limit_on_stack = true;
    CHECK(rows.ask(first, false, {Value()}).as_list().empty());
    CHECK(rows.ask(first, false, {Value::integer(0)}).as_list().empty());
    CHECK(rows.ask(first, false, {Value::integer(-5)}).as_list().empty());
    CHECK(rows.ids(rows.ask(first, false, {Value::integer(2)})) == "a b ");
}

TEST_CASE("meaning 5: a list holds at most so many records") {
    std::vector<Value> items(limits::list_items_max, Value::integer(1));
    Rows rows({});
    Query all = of(Aggregate::all);
    all.access = Access::list;
    CHECK(rows.ask(all, false, {Value::list(items)}).as_list().size() == limits::list_items_max);
    for (std::size_t i = 0; i <= limits::list_items_max; ++i) {
        rows.host.add(payment, {Value::text("p"), Value()});
    }
    rows.ask(of(Aggregate::all), false);
    CHECK(rows.error == OperatorError::too_large);
}

}  // namespace
}  // namespace pawl::rules::internal
