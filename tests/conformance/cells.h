#pragma once

#include <filesystem>
#include <string>
#include <vector>

// A page of answers of which each is a test. Its rows, its columns and the reasons for cells that
// have no answer stand in the folder's `table.txt`:
//
//   column first First value | what comes first
//   group Triggers
//   row every `every 10min`
//     unknown reads no value
//
// Every other cell is the scenario ROW/COLUMN.scenario, and its answer is the comment at the top of
// it. What stands above the answers is `head.md`.

namespace pawl::conformance {

struct TablePage {
    std::string markdown;
    // A cell with neither scenario nor reason, or both, a scenario that names no cell, a line that
    // cannot be read. Empty: the page is whole.
    std::vector<std::string> problems;
};

// `links` is the folder as the page names it. Reads files only; the same files give the same page.
TablePage read_table(const std::filesystem::path& folder, const std::string& links);

}  // namespace pawl::conformance
