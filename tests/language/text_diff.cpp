#include "text_diff.h"

#include <algorithm>
#include <vector>

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace

std::string text_diff(std::string_view expected, std::string_view found) {
    if (expected == found) return {};
    const std::vector<std::string_view> before = lines_of(expected);
    const std::vector<std::string_view> after = lines_of(found);
    // What is equal at both ends is left out; the expectations are short.
    constexpr std::size_t around = 2;
    const std::size_t shorter = std::min(before.size(), after.size());
    std::size_t head = 0;
    while (head < shorter && before[head] == after[head]) ++head;
    std::size_t tail = 0;
    while (tail < shorter - head &&
           before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
        ++tail;
    std::string out;
    const auto show = [&](std::string_view mark, std::string_view line) {
        out.append("    ").append(mark).append(line).append("\n");
    };
    for (std::size_t i = head - std::min(head, around); i < head; ++i) show("  ", before[i]);
    for (std::size_t i = head; i < before.size() - tail; ++i) show("- ", before[i]);
    for (std::size_t i = head; i < after.size() - tail; ++i) show("+ ", after[i]);
    const std::size_t last = before.size() - tail;
    for (std::size_t i = last; i < std::min(last + around, before.size()); ++i)
        show("  ", before[i]);
    if (head == before.size() && tail == 0 && head == after.size())
        show("+ ", "(the texts differ in their last line break)");
    return out;
}
