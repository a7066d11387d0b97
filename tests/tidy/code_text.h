#pragma once

#include <string>
#include <string_view>
#include <vector>

// C++ text as the checks want to see it.

namespace pawl::tidy {

// The same text, line for line and byte for byte in length, with every comment, and what stands
// between quotes, as spaces: what is left is code.
std::string code_only(std::string_view text);

// Without their line breaks.
std::vector<std::string_view> lines_of(std::string_view text);

bool is_word_letter(char letter);

// Whether `word` stands in the line with no letter, digit or _ on either side.
bool has_word(std::string_view line, std::string_view word);

}  // namespace pawl::tidy
