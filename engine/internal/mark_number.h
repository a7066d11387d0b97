#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

// Numbers in the text of marks.

namespace pawl::engine {

// Nothing for what is no number as a whole.
inline std::optional<std::int64_t> read_mark_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace pawl::engine
