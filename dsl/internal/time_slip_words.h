#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The words and numbers of a line, and the times, lengths and days that people write with them.

namespace pawl::dsl {

struct SlipToken {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::string_view text;  // a word with its dots, a number with what is joined to it, a text
};
// Of the line that begins there, up to its comment; none of a line beyond every sensible length.
std::vector<SlipToken> read_slip_tokens(std::string_view text, std::uint32_t line);

struct SlipPart {
    std::size_t count = 0;  // of tokens; 0: it is not there
    std::string meant;      // as the language writes it
};
// What `<kind>` in a pattern of time_slips.def stands for, at the beginning of the tokens.
SlipPart read_slip_part(std::string_view kind, std::span<const SlipToken> tokens);

// `9:00`, `9am`, `10:30pm` as `09:00`, `22:30`; nothing for what is no time of day.
std::optional<std::string> time_of_day_meant(std::string_view written);

// `@daily` as five fields; empty for what is no nickname.
std::string cron_nickname(std::string_view word);

// Without the blanks at its end.
std::size_t trimmed_size(std::string_view text);

}  // namespace pawl::dsl
