#include "cli/table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace pawl::cli {

namespace {

constexpr std::string_view gap = "  ";

// One line of printable characters.
std::string make_cell(std::string_view text, std::size_t characters_max) {
    std::string cell;
    std::size_t characters = 0;
    while (!text.empty()) {
        const CodePoint next = first_code_point(text);
        text.remove_prefix(next.bytes);
        if (++characters == characters_max && !text.empty()) return cell + "…";
        if (!next.is_well_formed || is_unprintable(next.value)) {
            cell += next.value == U'\n' ? "⏎" : "�";
        } else {
            append_code_point(cell, next.value);
        }
    }
    return cell;
}

void append_padded(std::string& line, const std::string& cell, std::size_t width, bool is_last) {
    line += cell;
    if (!is_last) line.append(width - count_code_points(cell), ' ').append(gap);
}

}  // namespace

void Table::add_row(std::vector<std::string> cells) {
    PAWL_CHECK(cells.size() == columns_.size());
    for (std::string& cell : cells) cell = make_cell(cell, cell_characters_max_);
    rows_.push_back(std::move(cells));
}

std::size_t Table::print(Output& out, std::size_t width_max) const {
    struct Shown {
        std::size_t index;
        std::size_t width;
    };
    std::vector<Shown> shown;
    std::size_t left_out = 0;
    std::size_t used = 0;
    for (std::size_t index = 0; index < columns_.size(); ++index) {
        std::size_t width = 0;
        for (const auto& row : rows_) width = std::max(width, count_code_points(row[index]));
        if (width == 0) continue;
        width = std::max(width, count_code_points(columns_[index]));
        if (left_out != 0 || (!shown.empty() && used + gap.size() + width > width_max)) {
            ++left_out;
            continue;
        }
        used += width + gap.size();
        shown.push_back({index, width});
    }
    const auto print_line = [&](const std::vector<std::string>& cells) {
        std::string line;
        for (const Shown& column : shown) {
            append_padded(line, cells[column.index], column.width, &column == &shown.back());
        }
        while (line.ends_with(' ')) line.pop_back();
        out.write(line + "\n");
    };
    if (rows_.empty()) return 0;
    print_line(columns_);
    for (const auto& row : rows_) print_line(row);
    return left_out;
}

}  // namespace pawl::cli
