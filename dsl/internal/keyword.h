#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// The words of the language as a table, made from dsl/keyword.def.

namespace pawl::dsl {

enum class WordClass : std::uint8_t {
    reserved,
    declaration,
    clause,
    statement,
    guard,
    operator_,
    other
};

struct Keyword {
    std::string_view word;
    WordClass word_class;
};

namespace keyword_classes {
// The names that keyword.def writes, `operator` being a word of C++.
constexpr WordClass class_of(std::string_view name) {
    if (name == "reserved") return WordClass::reserved;
    if (name == "declaration") return WordClass::declaration;
    if (name == "clause") return WordClass::clause;
    if (name == "statement") return WordClass::statement;
    if (name == "guard") return WordClass::guard;
    if (name == "operator") return WordClass::operator_;
    return WordClass::other;
}
}  // namespace keyword_classes

constexpr std::array keywords = {
#define PAWL_KEYWORD(word, word_class) Keyword{#word, keyword_classes::class_of(#word_class)},
#include "dsl/keyword.def"
#undef PAWL_KEYWORD
};

constexpr bool is_keyword(std::string_view word) {
    for (const Keyword& keyword : keywords) {
        if (keyword.word == word) return true;
    }
    return false;
}

bool is_reserved(std::string_view word);
bool is_of_class(std::string_view word, WordClass word_class);

// Every word of the class, in the order of keyword.def.
std::span<const std::string> words_of(WordClass word_class);

constexpr bool is_name_begin(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_name_part(char c) { return is_name_begin(c) || is_digit(c); }

}  // namespace pawl::dsl
