#pragma once

#include <string>
#include <string_view>

// What differs between two texts, line by line: "- " was expected, "+ " was found, with two lines
// around each difference. Empty when they are equal.
std::string text_diff(std::string_view expected, std::string_view found);
