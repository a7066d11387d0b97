#include "base/source.h"

#include <catch2/catch.hpp>

using namespace pawl;

namespace {

std::pair<std::uint32_t, std::uint32_t> place(const SourceFile& file, std::uint32_t offset) {
    const Position position = file.position(offset);
    return {position.line, position.column};
}

using Place = std::pair<std::uint32_t, std::uint32_t>;

}  // namespace

TEST_CASE("lines and columns count from one") {
    const SourceFile file("a.pawl", "one\ntwo\n\nfour");
    CHECK(file.line_count() == 4);
    CHECK(place(file, 0) == Place{1, 1});
    CHECK(place(file, 3) == Place{1, 4});  // the line break itself
    CHECK(place(file, 4) == Place{2, 1});
    CHECK(place(file, 8) == Place{3, 1});
    CHECK(place(file, 9) == Place{4, 1});
    CHECK(place(file, 13) == Place{4, 5});
    CHECK(place(file, 999) == Place{4, 5});
    CHECK(file.line(1) == "one");
    CHECK(file.line(3).empty());
    CHECK(file.line(4) == "four");
    CHECK(file.line(0).empty());
    CHECK(file.line(5).empty());
}

TEST_CASE("an empty text has one empty line, and a final line break begins another") {
    CHECK(SourceFile("a", "").line_count() == 1);
    CHECK(place(SourceFile("a", ""), 0) == Place{1, 1});
    const SourceFile file("a", "x\n");
    CHECK(file.line_count() == 2);
    CHECK(place(file, 2) == Place{2, 1});
}

TEST_CASE("a carriage return before the line break is not of the line") {
    const SourceFile file("a", "one\r\ntwo\r\n");
    CHECK(file.line(1) == "one");
    CHECK(file.line(2) == "two");
    CHECK(place(file, 5) == Place{2, 1});
}

TEST_CASE("columns are code points, and a tab is one") {
    const SourceFile file("a", "\tčau 🦉x");
    CHECK(place(file, 1) == Place{1, 2});
    CHECK(place(file, 3) == Place{1, 3});
    CHECK(place(file, 2) == Place{1, 2});  // inside č
    CHECK(place(file, 10) == Place{1, 7});
    CHECK(place(file, 8) == Place{1, 6});  // inside the owl
}

TEST_CASE("a set finds files by path and gives the text of a span") {
    SourceSet sources;
    const FileIndex a = sources.add("a.pawl", "hello");
    const FileIndex b = sources.add("b.pawl", "world");
    CHECK(sources.file(b).path() == "b.pawl");
    CHECK(sources.find("a.pawl") == &sources.file(a));
    CHECK(sources.find("c.pawl") == nullptr);
    CHECK(sources.text({b, 1, 3}) == "or");
    CHECK(sources.text({b, 3, 99}) == "ld");
    CHECK(sources.text({b, 99, 100}).empty());
    CHECK(sources.text({b, 3, 1}).empty());
}

TEST_CASE("a cover is the smallest span of both") {
    CHECK(cover({1, 2, 5}, {1, 4, 9}) == Span{1, 2, 9});
    CHECK(cover({1, 8, 9}, {1, 0, 3}) == Span{1, 0, 9});
}
