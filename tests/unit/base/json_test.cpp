#include "base/json.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <limits>

using namespace pawl;
using namespace std::string_view_literals;

namespace {

std::string again(std::string_view text) {
    const auto json = parse_json(text);
    return json ? write_json(*json) : "error: " + json.error().message;
}

std::string mistake(std::string_view text, JsonLimits limits = {}) {
    const auto json = parse_json(text, limits);
    return json ? "no mistake" : json.error().message;
}

std::string number(double value) {
    std::string out;
    append_json_number(out, value);
    return out;
}

}  // namespace

TEST_CASE("JSON that is read and written is the same but for space") {
    for (const char* text : {"null",
                             "true",
                             "false",
                             "0",
                             "-0",
                             "-5",
                             "5000.00",
                             "1e5",
                             "1E+5",
                             "0.1",
                             "\"\"",
                             "[]",
                             "{}",
                             R"({"b":1,"a":[true,null,{"c":"d"}],"":""})",
                             R"("čau 🦉 \" \\ \n")",
                             "123456789012345678901234567890",
                             "0.1000000000000000055511151231257827",
                             "18446744073709551616",
                             "9223372036854775808",
                             "-9223372036854775809"}) {
        CHECK(again(text) == text);
    }
    CHECK(again(" { \"a\" : [ 1 , 2 ] }\r\n\t") == R"({"a":[1,2]})");
    CHECK(again(R"("\u0041\/\ud83e\udd89\u0000")") == R"("A/🦉\u0000")");
}

TEST_CASE("members are found by name in the order written") {
    const auto json = parse_json(R"({"z":1,"a":"x"})");
    REQUIRE(json);
    CHECK(json->members[0].first == "z");
    CHECK(json->find("a")->text == "x");
    CHECK(json->find("b") == nullptr);
}

TEST_CASE("a mistake in JSON is told with its place") {
    CHECK(mistake("") == "line 1, column 1: the text ends too early, expected a value");
    CHECK(mistake("{\"a\":\n  tru}") == "line 2, column 6: \"}\" does not fit here");
    CHECK(mistake("[1,\n2") == "line 2, column 2: the text ends too early, expected ']'");
    CHECK(mistake("[1,]") == "line 1, column 4: \"]\" does not fit here, expected a value");
    CHECK(mistake("{\"a\" 1}") == "line 1, column 6: \"1\" does not fit here, expected ':'");
    CHECK(mistake("{a:1}") ==
          "line 1, column 2: \"a\" does not fit here, expected a name in double quotes");
    CHECK(mistake("[\"č\", x]") == "line 1, column 7: \"x\" does not fit here");
    CHECK(mistake("1 2") == "line 1, column 3: \"2\" does not fit here, expected nothing more");
    CHECK(mistake("\"abc") == "line 1, column 5: the text ends too early");
    CHECK(mistake("\"a\nb\"") == "line 1, column 3: \"\\n\" does not fit here");
    CHECK(mistake("1e999") == "line 1, column 5: a number is larger than any that can be read");
}

TEST_CASE("what is almost JSON is refused") {
    for (const std::string_view text :
         {"01"sv,        "+1"sv,      "1."sv,          ".5"sv,
          "1e"sv,        "NaN"sv,     "Infinity"sv,    "'a'"sv,
          "{'a':1}"sv,   "[1 2]"sv,   "{\"a\":1,}"sv,  "// x\n1"sv,
          "/* x */ 1"sv, "\"\\x\""sv, "\"\\ud800\""sv, "\"\\udc00\""sv,
          "\"\t\""sv,    "tRUE"sv,    "1\0"sv,         "\0"sv,
          "{}{}"sv,      "[1]]"sv,    "}"sv,           "\xEF\xBB\xBF{}"sv,
          "undefined"sv, "--1"sv}) {
        CAPTURE(text);
        CHECK_FALSE(parse_json(text));
    }
}

TEST_CASE("malformed UTF-8 is refused where it stands") {
    CHECK(mistake("{\"č\":\n\"a\xFF\"}") == "line 2, column 3: this byte is not UTF-8");
    CHECK(mistake("\"\xED\xA0\x80\"") == "line 1, column 2: this byte is not UTF-8");
}

TEST_CASE("a name given twice is refused where it stands the second time") {
    CHECK(mistake("{\"a\":1,\n \"b\":2,\n \"a\":3}") ==
          "line 3, column 4: the name \"a\" is given a second time");
    CHECK(mistake(R"({"a":1,"\u0061":2})") ==
          "line 1, column 15: the name \"a\" is given a second time");
    CHECK(mistake(R"([{"a":1},{"a":{"a":1}}])") == "no mistake");
    CHECK(mistake(R"({"b":1,"a":1,"a":1,"b":1})") ==
          "line 1, column 16: the name \"a\" is given a second time");
}

TEST_CASE("JSON is read up to the limits and not beyond") {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK(parse_json(nested(100)));
    CHECK(mistake(nested(101)) == "line 1, column 101: brackets are more than 100 deep");
    CHECK(mistake(std::string(1'000'000, '[')) ==
          "line 1, column 101: brackets are more than 100 deep");
    CHECK(mistake("{\"a\":[]}", {.depth_max = 1}) ==
          "line 1, column 6: brackets are more than 1 deep");
    CHECK(parse_json("[1,2]", {.bytes_max = 5}));
    CHECK(mistake("[1,2]", {.bytes_max = 4}) == "the JSON has 5 bytes, at most 4 are read");
}

TEST_CASE("a text is escaped so that every reader takes it") {
    std::string out;
    append_json_string(out, "a\"\\/\b\f\n\r\t\x01\x1f\x7f č\xFFz"sv);
    CHECK(out == "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f č\uFFFDz\"");
    CHECK(parse_json(out));
}

TEST_CASE("a double is written with the shortest digits") {
    CHECK(number(0) == "0");
    CHECK(number(-0.0) == "-0");
    CHECK(number(0.1) == "0.1");
    CHECK(number(100'000) == "100000");
    CHECK(number(1e20) == "100000000000000000000");
    CHECK(number(1e21) == "1e+21");
    CHECK(number(0.000001) == "0.000001");
    CHECK(number(1e-7) == "1e-07");
    CHECK(number(-1.5) == "-1.5");
    CHECK(number(1.0 / 3) == "0.3333333333333333");
    CHECK(number(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
    CHECK(number(std::numeric_limits<double>::infinity()) == "null");
    CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "null");
    for (const double value : {0.1, 1e20, 1e21, 1e-6, 5e-324, 123456.789, -2.5e-10})
        CHECK(std::strtod(number(value).c_str(), nullptr) == value);
}

TEST_CASE("the writer nests and separates") {
    JsonWriter writer;
    writer.begin_object();
    writer.member("a", "x\"");
    writer.key("b");
    writer.begin_array();
    writer.integer(-1);
    writer.number(0.5);
    writer.boolean(true);
    writer.null();
    writer.begin_object();
    writer.end_object();
    writer.begin_array();
    writer.end_array();
    writer.raw("{\"raw\":1}");
    writer.json(*parse_json("[\"j\"]"));
    writer.string("s");
    writer.end_array();
    writer.key("c");
    writer.begin_object();
    writer.member("d", "");
    writer.end_object();
    writer.end_object();
    CHECK(writer.text() ==
          R"({"a":"x\"","b":[-1,0.5,true,null,{},[],{"raw":1},["j"],"s"],"c":{"d":""}})");
    CHECK(parse_json(writer.take()));
}
