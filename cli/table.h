#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cli/terminal.h"

// Rows for people: columns as wide as they must be, each cell on one line. Scripts take --json.

namespace pawl::cli {

class Table {
 public:
    // Cells are cut at so many characters.
    explicit Table(std::vector<std::string> columns, std::size_t cell_characters_max = 48)
        : columns_(std::move(columns)), cell_characters_max_(cell_characters_max) {}

    // A cell for each column. What would move the cursor is shown as a sign for it.
    void add_row(std::vector<std::string> cells);

    bool is_empty() const { return rows_.empty(); }

    // The heading and the rows. Columns in which no row has anything are left out; so are those
    // that no longer fit `width_max`. Answers how many did not fit.
    std::size_t print(Output& out, std::size_t width_max = 160) const;

 private:
    std::vector<std::string> columns_;
    std::size_t cell_characters_max_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace pawl::cli
