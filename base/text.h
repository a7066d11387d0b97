#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pawl {

// The offset of the first byte that is not well-formed UTF-8, or nothing.
std::optional<std::size_t> find_malformed_utf8(std::string_view text);

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 0;  // how many it takes, at least 1
    bool is_well_formed = false;
};
// The character that the text, which is not empty, begins with. A byte that begins none counts as
// U+FFFD.
CodePoint first_code_point(std::string_view text);
void append_code_point(std::string& out, char32_t point);

// What would move the cursor, break the line or turn the direction of a terminal's text.
bool is_unprintable(char32_t point);

// Number of code points of well-formed text.
std::size_t count_code_points(std::string_view text);

// For `ignoring case`: ASCII and the simple case pairs of Latin, Greek and Cyrillic.
std::string fold_case(std::string_view text);

std::string_view trim(std::string_view text);

// Within quotes, control characters escaped, at most `bytes_max` bytes with "…" behind: safe to
// print whatever came from outside.
std::string quote_for_message(std::string_view text, std::size_t bytes_max = 60);

std::string escape_html(std::string_view text);

// Lower case, surrounding space cut; nothing when it is no plausible address (one @, a dot in the
// domain, no space).
std::optional<std::string> normalize_email(std::string_view text);
// E.164: "+" and 8 to 15 digits; spaces, dashes and brackets are dropped; a leading 00 is a plus.
// Where `country_code` ("254") is given, it takes the place of a leading 0, and digits that begin
// with it need no plus.
std::optional<std::string> normalize_phone(std::string_view text, std::string_view country_code);

}  // namespace pawl
