#include "dsl/internal/keyword.h"

#include <unordered_map>
#include <vector>

namespace pawl::dsl {

namespace {

const std::unordered_map<std::string_view, WordClass>& classes() {
    static const std::unordered_map<std::string_view, WordClass> map = [] {
        std::unordered_map<std::string_view, WordClass> words;
        for (const Keyword& keyword : keywords) words.emplace(keyword.word, keyword.word_class);
        return words;
    }();
    return map;
}

}  // namespace

bool is_of_class(std::string_view word, WordClass word_class) {
    const auto found = classes().find(word);
    return found != classes().end() && found->second == word_class;
}

bool is_reserved(std::string_view word) {
    // Asked for every name of a rulebook: the longest reserved word has seven letters.
    if (word.size() < 2 || word.size() > 7) return false;
    return is_of_class(word, WordClass::reserved);
}

std::span<const std::string> words_of(WordClass word_class) {
    constexpr std::size_t class_count = static_cast<std::size_t>(WordClass::other) + 1;
    static const std::array<std::vector<std::string>, class_count> lists = [] {
        std::array<std::vector<std::string>, class_count> result;
        for (const Keyword& keyword : keywords)
            result[static_cast<std::size_t>(keyword.word_class)].emplace_back(keyword.word);
        return result;
    }();
    return lists[static_cast<std::size_t>(word_class)];
}

}  // namespace pawl::dsl
