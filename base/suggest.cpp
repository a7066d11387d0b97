#include "base/suggest.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace pawl {

namespace {

// Optimal string alignment: insert, drop, replace and a swap of neighbours cost one each. Nothing
// when it is more than `distance_max`.
std::optional<std::size_t> edit_distance(std::string_view a, std::string_view b,
                                         std::size_t distance_max) {
    const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
    if (gap > distance_max) return std::nullopt;
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::swap(before_last, last);
        std::swap(last, row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (is_swap) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    if (row[b.size()] > distance_max) return std::nullopt;
    return row[b.size()];
}

// A third of the longer name: a slip in a word of one letter could mean any other letter.
std::size_t slips_max(std::size_t length) { return (length + 1) / 3; }

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        if (end > begin) words.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

// To the nearest run of `count` words; nothing where none is near.
std::optional<std::size_t> distance_within(const std::string& wanted, std::size_t count,
                                           const std::vector<std::string>& words) {
    std::optional<std::size_t> nearest;
    for (std::size_t first = 0; first + count <= words.size(); ++first) {
        std::string run;
        for (std::size_t i = first; i < first + count; ++i)
            run += (i > first ? " " : "") + words[i];
        const std::size_t distance_max = slips_max(std::max(wanted.size(), run.size()));
        const auto distance = edit_distance(wanted, run, distance_max);
        if (distance && (!nearest || *distance < *nearest)) nearest = distance;
    }
    return nearest;
}

}  // namespace

std::vector<std::string> suggest(std::string_view wanted, std::span<const std::string> names,
                                 std::size_t count) {
    if (wanted.size() > limits::name_bytes_max) return {};
    const std::string folded = fold_case(wanted);
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const std::string& name : names) {
        if (name == wanted || name.size() > limits::name_bytes_max) continue;
        const std::size_t distance_max = slips_max(std::max(wanted.size(), name.size()));
        if (const auto distance = edit_distance(folded, fold_case(name), distance_max))
            near.emplace_back(*distance, name);
    }
    std::sort(near.begin(), near.end());
    near.erase(std::unique(near.begin(), near.end()), near.end());
    if (near.size() > count) near.resize(count);
    std::vector<std::string> nearest;
    nearest.reserve(near.size());
    for (const auto& [distance, name] : near) nearest.emplace_back(name);
    return nearest;
}

std::vector<std::string> suggest_titles(std::string_view wanted,
                                        std::span<const std::string> titles, std::size_t count) {
    if (wanted.size() > limits::name_bytes_max) return {};
    const std::string folded = fold_case(wanted);
    const std::size_t word_count = words_of(folded).size();
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const std::string& title : titles) {
        const std::string text = fold_case(title);
        auto distance =
            text.find(folded) != std::string::npos ? std::optional<std::size_t>(0) : std::nullopt;
        if (!distance && word_count > 0)
            distance = distance_within(folded, word_count, words_of(text));
        if (distance) near.emplace_back(*distance, title);
    }
    std::sort(near.begin(), near.end());
    if (near.size() > count) near.resize(count);
    std::vector<std::string> nearest;
    for (auto& [distance, title] : near) nearest.push_back(std::move(title));
    return nearest;
}

std::string suggest_id(std::string_view wanted, std::span<const std::string> ids) {
    const std::vector<std::string> near = suggest(wanted, ids, 1);
    if (!near.empty()) return "; did you mean " + quote_for_message(near.front()) + "?";
    constexpr std::size_t few = 8;
    if (ids.size() > few) return "";
    std::string text;
    for (const std::string& id : ids) text += (text.empty() ? "" : ", ") + quote_for_message(id);
    return text.empty() ? "" : "; there is " + text;
}

std::string list_names(std::span<const std::string> names, std::size_t count_max) {
    const std::size_t shown = std::min(names.size(), count_max);
    const bool is_cut = shown < names.size();
    std::string text;
    for (std::size_t index = 0; index < shown; ++index) {
        if (index > 0) text += !is_cut && index + 1 == shown ? " or " : ", ";
        text += '`';
        text += names[index];
        text += '`';
    }
    if (is_cut) {
        if (shown > 0) text += ", ";
        text += "… and " + std::to_string(names.size() - shown) + " more";
    }
    return text;
}

}  // namespace pawl
