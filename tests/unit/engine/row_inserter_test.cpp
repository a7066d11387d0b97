#include "engine/store/row_inserter.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "store_folder.h"

namespace pawl::engine {

TEST_CASE("rows go in, in their order, however many there are") {
    const StoreFolder folder;
    auto session = SqliteSession::open(folder.file(), {.mode = SessionMode::write});
    REQUIRE(session);
    (*session)->execute("create table row (number integer primary key, text text)");
    RowInserter inserter("insert into row (number, text)", "it");
    const auto count = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{8},
                                std::size_t{9}, std::size_t{16}, std::size_t{23});
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back("text " + std::to_string(i));
    std::vector<std::size_t> asked;
    inserter.insert(**session, count, [&](Statement& row, std::size_t first, std::size_t i) {
        asked.push_back(i);
        row.set_integer(first, static_cast<std::int64_t>(i));
        // Every third has none: what a row before had in its place is not its own.
        if (i % 3 == 0)
            row.set_null(first + 1);
        else
            row.set_kept_text(first + 1, texts[i]);
    });
    CHECK(std::is_sorted(asked.begin(), asked.end()));
    Statement all(**session, "select number, text from row order by number", "", "it");
    std::size_t found = 0;
    for (Rows rows(all); rows.next(); ++found) {
        CHECK(all.integer(0) == static_cast<std::int64_t>(found));
        CHECK(all.is_null(1) == (found % 3 == 0));
        if (!all.is_null(1)) CHECK(all.text(1) == "text " + std::to_string(found));
    }
    CHECK(found == count);
}

}  // namespace pawl::engine
