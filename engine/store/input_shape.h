#pragma once

#include <optional>
#include <string>
#include <string_view>

// Inputs of one sender are alike but for their values. What they have in common, their shape, is
// kept once: of an event with eleven fields that is nearly half of its text.

namespace pawl::engine {

struct ShapedText {
    // The text with a character 1 in the place of each value: of what stands between the quotes of
    // a text, of a number, true, false, null, of a whole list, and of an object that lies deeper
    // than `data` does. `specversion` and `type` are part of the shape, with what they say.
    std::string shape;
    std::string values;  // in their order, a line feed between two
};

// Splits the JSON text of an input. Nothing where that would not pay or not be told apart: a name
// that is not letters, digits, `_` and `-`, a value over several lines, a shape of more than 2,000
// bytes. So shapes are few, and hold what a sender's program was written with, no content.
// Any text may be given.
std::optional<ShapedText> split_text(std::string_view text);

// The text that was split, byte by byte.
std::string join_text(std::string_view shape, std::string_view values);

}  // namespace pawl::engine
