#include "server/internal/split_events.h"

#include <catch2/catch.hpp>

namespace pawl::server::internal {

using Texts = std::vector<std::string_view>;

TEST_CASE("one object is one event, on one line or on many") {
    CHECK(split_events(" {\"a\":1}\n ", BodyForm::any).texts == Texts{"{\"a\":1}"});
    const std::string_view printed = "{\n  \"a\": {\"b\": 1}\n}";
    CHECK(split_events(printed, BodyForm::any).texts == Texts{printed});
}

TEST_CASE("an array is its elements, whatever is in them") {
    const SplitEvents split =
        split_events(R"([ {"a":[1,{"b":2}]} ,{"t":"],}\"["}, 5,"x" ])", BodyForm::any);
    CHECK(split.texts == Texts{R"({"a":[1,{"b":2}]})", R"({"t":"],}\"["})", "5", "\"x\""});
    CHECK(split.trouble.empty());
    CHECK(split_events("[]", BodyForm::any).texts.empty());
    CHECK(split_events(" [ ] ", BodyForm::any).trouble.empty());
}

TEST_CASE("a broken element stands alone among its neighbours") {
    CHECK(split_events(R"([{"a":1},{"b":]},{"c":3}])", BodyForm::any).texts ==
          Texts{R"({"a":1})", R"({"b":])"});
    CHECK(split_events(R"([{"a":1},{b},{"c":3}])", BodyForm::any).texts ==
          Texts{R"({"a":1})", "{b}", R"({"c":3})"});
    CHECK(split_events(R"([{"a":1} {"b":2},{"c":3}])", BodyForm::any).texts ==
          Texts{R"({"a":1} {"b":2})", R"({"c":3})"});
    CHECK(split_events("[1,,2]", BodyForm::any).texts == Texts{"1", "", "2"});
    CHECK(split_events("[1,]", BodyForm::any).texts == Texts{"1", ""});
}

TEST_CASE("an array that does not end, or goes on behind its end, is told") {
    const SplitEvents open = split_events(R"([{"a":1},{"b":2})", BodyForm::any);
    CHECK(open.texts == Texts{R"({"a":1})"});
    CHECK(open.trouble == "the array does not end: no `]` closes it");
    CHECK(!split_events("[", BodyForm::any).trouble.empty());
    CHECK(!split_events(R"([{"a":"x)", BodyForm::any).trouble.empty());
    CHECK(!split_events(R"([{"a":"x\)", BodyForm::any).trouble.empty());
    CHECK(split_events("[1] 2", BodyForm::any).trouble == "text follows the array's end");
    CHECK(split_events("[1}", BodyForm::any).trouble == "the array ends with `}` where `]` is due");
}

TEST_CASE("several lines of objects are several events, blank lines aside") {
    CHECK(split_events("{\"a\":1}\r\n\n{\"b\":2}\n", BodyForm::any).texts ==
          Texts{"{\"a\":1}", "{\"b\":2}"});
    SECTION("the first or the last of which may be broken") {
        CHECK(split_events("{\"a\":\n{\"b\":2}\n{\"c\":3}", BodyForm::any).texts ==
              Texts{"{\"a\":", "{\"b\":2}", "{\"c\":3}"});
        CHECK(split_events("{\"a\":1}\n{\"b\":", BodyForm::any).texts ==
              Texts{"{\"a\":1}", "{\"b\":"});
    }
    SECTION("and lines are lines where the Content-Type says so") {
        CHECK(split_events("[1]\n[2]", BodyForm::lines).texts == Texts{"[1]", "[2]"});
    }
}

TEST_CASE("any bytes are split without harm") {
    std::string nested(200'000, '[');
    CHECK(split_events(nested, BodyForm::any).texts.empty());
    CHECK(split_events(std::string(100'000, '{') + "\n", BodyForm::any).texts.size() == 1);
    CHECK(split_events("]]]]", BodyForm::any).texts == Texts{"]]]]"});
    CHECK(split_events("}\n}\n", BodyForm::any).texts.size() == 1);
    CHECK(split_events("{\"a\\", BodyForm::any).texts.size() == 1);
    CHECK(split_events("", BodyForm::any).texts.empty());
}

}  // namespace pawl::server::internal
