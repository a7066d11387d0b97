#include "simulation/line_reader.h"

#include <catch2/catch.hpp>
#include <sstream>

using pawl::simulation::LineReader;

TEST_CASE("lines are numbered from 1, and blank ones are passed over but counted") {
    std::istringstream in("\xEF\xBB\xBFone\r\n\n  \r\nfour");
    LineReader lines(in, 100);
    const auto one = lines.next();
    REQUIRE(one);
    CHECK(one->number == 1);
    CHECK(one->text == "one");
    const auto four = lines.next();
    REQUIRE(four);
    CHECK(four->number == 4);
    CHECK(four->text == "four");
    CHECK_FALSE(lines.next());
    CHECK_FALSE(lines.has_failed());
}

TEST_CASE("a line of the bound is whole, one byte more is cut and told") {
    std::istringstream in(std::string(100, 'a') + "\n" + std::string(101, 'b') + "\nc\n");
    LineReader lines(in, 100);
    const auto whole = lines.next();
    REQUIRE(whole);
    CHECK_FALSE(whole->is_too_long);
    CHECK(whole->text == std::string(100, 'a'));
    const auto cut = lines.next();
    REQUIRE(cut);
    CHECK(cut->is_too_long);
    CHECK(cut->bytes == 101);
    CHECK(cut->text == std::string(100, 'b'));
    const auto next = lines.next();
    REQUIRE(next);
    CHECK(next->text == "c");
}

TEST_CASE("a line may be longer than what is read at once") {
    const std::string large(1'000'000, 'x');
    std::istringstream in(large + "\nend");
    LineReader lines(in, 2'000'000);
    CHECK(lines.next()->text == large);
    CHECK(lines.next()->text == "end");
}
