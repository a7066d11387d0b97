#include "engine/store/value_key.h"

#include <catch2/catch.hpp>

#include "sample_program.h"

namespace pawl::engine {

using rules::Value;

TEST_CASE("keys compare as their values do") {
    const std::vector<std::vector<Value>> ascending = {
        {Value::integer(INT64_MIN), Value::integer(-1), Value::integer(0), Value::integer(255),
         Value::integer(256), Value::integer(INT64_MAX)},
        {Value::number(-1e300), Value::number(-1.5), Value::number(-1e-300), Value::number(0),
         Value::number(1e-300), Value::number(2), Value::number(1e300)},
        {Value::text(""), Value::text(std::string_view("\0", 1)), Value::text("a"),
         Value::text(std::string_view("a\0", 2)), Value::text("a\1"), Value::text("ab"),
         Value::text("b"), Value::text("\xc3\xa4")},
        {Value::boolean(false), Value::boolean(true)},
        {Value::money({-5, *Currency::parse("KES")}), Value::money({5, *Currency::parse("KES")})},
        {Value::date({-1}), Value::date({0}), Value::date({20'000})},
        {Value::reference({6, 1}), Value::reference({6, 300}), Value::reference({7, 2})},
    };
    for (const auto& values : ascending)
        for (std::size_t i = 1; i < values.size(); ++i)
            CHECK(value_key(values[i - 1]) < value_key(values[i]));
    CHECK(value_key(Value::number(-0.0)) == value_key(Value::number(0.0)));
}

TEST_CASE("keys of several values do not run into one another") {
    const auto key = [](std::string_view first, std::string_view second) {
        return *values_key({Value::text(first), Value::text(second)});
    };
    CHECK(key("a", "bc") != key("ab", "c"));
    CHECK(key(std::string_view("a\0", 2), "b") != key("a", std::string_view("\0b", 2)));
    CHECK_FALSE(values_key({Value::text("a"), Value()}));
}

TEST_CASE("the durable form of a value reads back as the same value") {
    const rules::Program program = sample::make_program();
    Json json;
    json.kind = JsonKind::object;
    json.members.emplace_back("a", Json{JsonKind::number, false, "1.50", {}, {}});
    const std::vector<Value> values = {
        Value(),
        Value::boolean(true),
        Value::boolean(false),
        Value::integer(INT64_MIN),
        Value::number(0.1),
        Value::number(-1e300),
        Value::money({-123456, *Currency::parse("KES")}),
        Value::text("with : and \0 inside"),
        Value::secret("s3cret"),
        Value::choice("paid"),
        Value::group("admins"),
        Value::date({20'514}),
        Value::time({32'400'000'000}),
        Value::datetime({1'772'435'704'250'000}),
        Value::duration({1, -2, 3'500'000}),
        Value::reference({sample::order, 42}),
        Value::list({Value::text("5:x"), Value::list({}), Value::integer(7)}),
        Value::record(1, {Value::text("kind"), Value(), Value::text("x")}),
        Value::json(json),
    };
    for (const Value& value : values) {
        const std::string bytes = encode_value(value, program.schema);
        INFO(bytes);
        const auto back = decode_value(bytes, program.schema);
        REQUIRE(back);
        CHECK(*back == value);
    }
}

TEST_CASE("bytes that are no value are refused") {
    const rules::Program program = sample::make_program();
    for (const char* bytes : {"", "?", "i", "i12x", "rnobody/3", "rclient/x", "mKES", "mkes1",
                              "l5:i1", "lx", "l99999999999999999999:i", "k1", "j{", "p1m"})
        CHECK_FALSE(decode_value(bytes, program.schema));
}

}  // namespace pawl::engine
