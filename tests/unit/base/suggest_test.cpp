#include "base/suggest.h"

#include <catch2/catch.hpp>

using namespace pawl;

namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the nearest name is suggested") {
    const Names names = {"category", "client", "created_at", "deadline", "status", "title"};
    CHECK(suggest("clinet", names) == Names{"client"});   // a swap
    CHECK(suggest("cliet", names) == Names{"client"});    // a letter missing
    CHECK(suggest("cllient", names) == Names{"client"});  // one too many
    CHECK(suggest("tytle", names) == Names{"title"});     // another letter
    CHECK(suggest("Status", names) == Names{"status"});   // only the case differs
    CHECK(suggest("dedline", names) == Names{"deadline"});
}

TEST_CASE("what is too far to be a slip is not suggested") {
    CHECK(suggest("payment", Names{"client", "status", "title"}).empty());
    CHECK(suggest("x", Names{"a", "b"}).empty());
    CHECK(suggest("", Names{"a", "client"}).empty());
    CHECK(suggest("client", Names{}).empty());
    CHECK(suggest("client", Names{"client"}).empty());
}

TEST_CASE("the closest comes first, ties bytewise, and each once") {
    CHECK(suggest("stats", Names{"starts", "status", "stat", "stats_at", "status"}) ==
          Names{"starts", "stat", "status"});
    CHECK(suggest("stats", Names{"status", "starts"}, 1) == Names{"starts"});
    CHECK(suggest("paid_bt", Names{"paid_at", "paid_by", "paid"}, 2) ==
          Names{"paid_at", "paid_by"});
}

TEST_CASE("a name longer than any that is allowed is not compared") {
    const std::string wanted(100'000, 'a');
    CHECK(suggest(wanted, Names{std::string(99'999, 'a')}).empty());
}

TEST_CASE("titles are suggested by a run of their words") {
    const Names titles = {"a step is skipped", "a payment in full makes an order paid",
                          "a payment that is late"};
    CHECK(suggest_titles("paymnt", titles) == Names{titles[1], titles[2]});
    CHECK(suggest_titles("payment in fall", titles) == Names{titles[1]});
    CHECK(suggest_titles("STEP IS", titles) == Names{titles[0]});
    CHECK(suggest_titles("paymnt", titles, 1) == Names{titles[1]});
    CHECK(suggest_titles("zebra", titles).empty());
    CHECK(suggest_titles(std::string(100'000, 'a'), titles).empty());
}

TEST_CASE("an id that nothing has is told with the closest, or with all of few") {
    const Names few = {"ann", "tom"};
    CHECK(suggest_id("anne", few) == "; did you mean \"ann\"?");
    CHECK(suggest_id("zebra", few) == "; there is \"ann\", \"tom\"");
    CHECK(suggest_id("zebra", Names{}).empty());
    CHECK(suggest_id("zebra", Names(9, "ann")).empty());
    CHECK(suggest_id("anne", Names(9, "ann")) == "; did you mean \"ann\"?");
}

TEST_CASE("names are listed for a sentence") {
    CHECK(list_names(Names{}).empty());
    CHECK(list_names(Names{"a"}) == "`a`");
    CHECK(list_names(Names{"a", "b"}) == "`a` or `b`");
    CHECK(list_names(Names{"a", "b", "c"}) == "`a`, `b` or `c`");
    CHECK(list_names(Names{"a", "b", "c", "d"}, 2) == "`a`, `b`, … and 2 more");
    CHECK(list_names(Names{"a", "b"}, 2) == "`a` or `b`");
}
