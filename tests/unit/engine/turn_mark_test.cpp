#include "engine/store/turn_mark.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "store_folder.h"

namespace pawl::engine {

TEST_CASE("a turn's mark is found by the next start as it was last set") {
    StoreFolder folder;
    {
        auto file = TurnMarkFile::open(folder.path());
        REQUIRE(file);
        CHECK(file->found() == TurnMark{});
        file->set({17, 1});
    }
    {
        auto file = TurnMarkFile::open(folder.path());
        REQUIRE(file);
        CHECK(file->found() == TurnMark{17, 1});
        file->set({.stops = 2, .due = 99});
        CHECK(file->found() == TurnMark{17, 1});
    }
    {
        auto file = TurnMarkFile::open(folder.path());
        REQUIRE(file);
        CHECK(file->found() == TurnMark{0, 2, 99});
        file->set({});
    }
    auto file = TurnMarkFile::open(folder.path());
    REQUIRE(file);
    CHECK(file->found() == TurnMark{});
}

TEST_CASE("a mark cannot be kept where the folder is none") {
    StoreFolder folder;
    std::ofstream(folder.path() + "/file") << "x";
    const auto file = TurnMarkFile::open(folder.path() + "/file");
    REQUIRE_FALSE(file);
    CHECK(file.error().code == "unreadable");
}

}  // namespace pawl::engine
