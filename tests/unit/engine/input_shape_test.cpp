#include "engine/store/input_shape.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

namespace pawl::engine {

namespace {

std::string shown(std::string text) {
    for (char& c : text)
        if (c == '\x01') c = '#';
    return text;
}

// "shape | values", or "whole".
std::string split(std::string_view text) {
    const auto split = split_text(text);
    if (!split) return "whole";
    CHECK(join_text(split->shape, split->values) == text);
    std::string values = split->values;
    for (char& c : values)
        if (c == '\n') c = '/';
    return shown(split->shape) + " | " + values;
}

}  // namespace

TEST_CASE("an input is split into what its sender always says and what it says now") {
    CHECK(split(R"({"specversion":"1.0","id":"e1","type":"card.paid",)"
                R"("data":{"amount":17,"note":"a \"b\" \\","big":true,"type":"gold"}})") ==
          R"({"specversion":"1.0","id":"#","type":"card.paid",)"
          R"("data":{"amount":#,"note":"#","big":#,"type":"#"}} | e1/17/a \"b\" \\/true/gold)");
    CHECK(split(R"({"type":"Asha K","id":"e1"})") == R"({"type":"#","id":"#"} | Asha K/e1)");
    CHECK(split(R"({"type":7,"id":"e1"})") == R"({"type":#,"id":"#"} | 7/e1)");
    CHECK(split("{ \"id\" : \"\" ,\r\n\t\"n\": -1.5e3, \"z\":null }") ==
          "{ \"id\" : \"#\" ,\r\n\t\"n\": #, \"z\":# } | /-1.5e3/null");
}

TEST_CASE("a list, and an object within data, is one value, however long") {
    CHECK(split(R"({"data":{"items":[1,{"a":"]"}],"of":{"Asha K":[]},"n":1},"more":[]})") ==
          R"({"data":{"items":#,"of":#,"n":#},"more":#} | [1,{"a":"]"}]/{"Asha K":[]}/1/[])");
}

TEST_CASE("what could not be told apart, or would not pay, is left whole") {
    CHECK(split("{}") == "whole");
    CHECK(split("") == "whole");
    CHECK(split("[1]") == "whole");
    CHECK(split(R"({"asha@x.org":1})") == "whole");
    CHECK(split("{\"a\":[1,\n2]}") == "whole");
    CHECK(split("{\"a\":\"\x01\"}") == "whole");
    CHECK(split("{\"a\":\x01}") == "whole");
    CHECK(split("{\"a\":\"open") == "whole");
    CHECK(split("{\"a\":\"open\\\"") == "whole");
    CHECK(split("{\"a\":[1") == "whole");
    CHECK(split("{\"" + std::string(65, 'n') + "\":1}") == "whole");
    std::string wide = "{";
    for (int i = 0; i < 400; ++i) wide += "\"n" + std::to_string(i) + "\":1,";
    CHECK(split(wide + "\"n\":1}") == "whole");
}

TEST_CASE("whatever is split is joined again byte by byte") {
    std::mt19937 random(20261121);
    const std::vector<std::string> parts = {"{",     "}",      "[", "]",  "\"", ":",   ",",
                                            "\\",    "\n",     " ", "a",  "17", "é",   "\x01",
                                            "\"a\"", "\"b\":", "{", "\"", "}",  "true"};
    int split_ones = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string text = "{";
        for (auto left = random() % 12; left > 0; --left) text += parts[random() % parts.size()];
        const auto split = split_text(text);
        if (!split) continue;
        ++split_ones;
        if (join_text(split->shape, split->values) != text) FAIL(text);
    }
    CHECK(split_ones > 10'000);
}

}  // namespace pawl::engine
