#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What people write for a form of time who know English, crontab or another tool: known by name, so
// that the message says the edit. Looked for only where the grammar has found a mistake already; a
// text that parses is never asked about.

namespace pawl::dsl {

struct TimeSlip {
    std::uint32_t begin = 0;  // of what is written amiss, in the text
    std::uint32_t end = 0;
    bool is_length = false;  // a length of time, such as `24 hours`
    std::string message;
    std::string hint;
};

// Where reading stopped.
struct SlipPlace {
    std::string_view text;      // the whole file
    std::uint32_t line = 0;     // where the line begins that is looked at
    std::uint32_t at = 0;       // where the mistake shows itself
    std::uint32_t before = 0;   // where the last word before it ends
    std::string_view block;     // the word that opened the innermost block, or nothing
    std::string_view expected;  // what the grammar was due to find
};

// The slip on that line which holds the place, or ends right before it.
std::optional<TimeSlip> find_time_slip(const SlipPlace& place);

}  // namespace pawl::dsl
