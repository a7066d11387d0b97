#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pawl {

namespace {

using Byte = unsigned char;

// How many bytes the well-formed sequence at the start takes; 0 when there is none (Unicode 15,
// table 3-7: no overlong forms, no surrogates, nothing past U+10FFFF).
std::size_t sequence_bytes(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<Byte>(text[index]); };
    const auto is_between = [&](std::size_t index, Byte low, Byte high) {
        return index < text.size() && byte(index) >= low && byte(index) <= high;
    };
    const auto continues = [&](std::size_t index) { return is_between(index, 0x80, 0xBF); };
    if (text.empty()) return 0;
    const Byte first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const Byte low = first == 0xE0 ? 0xA0 : 0x80;
        const Byte high = first == 0xED ? 0x9F : 0xBF;
        return is_between(1, low, high) && continues(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const Byte low = first == 0xF0 ? 0x90 : 0x80;
        const Byte high = first == 0xF4 ? 0x8F : 0xBF;
        return is_between(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

bool is_space(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

void append_escaped(std::string& out, unsigned value, std::string_view prefix, std::size_t digits) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += prefix;
    for (std::size_t digit = digits; digit-- > 0;) out += hex[value >> (4 * digit) & 15u];
}

bool changes_direction(char32_t point) {
    return point == 0x061C || point == 0x200E || point == 0x200F ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
    const std::size_t bytes = sequence_bytes(text);
    if (bytes == 0) return {0xFFFD, 1, false};
    const auto first = static_cast<Byte>(text[0]);
    if (bytes == 1) return {first, 1, true};
    char32_t value = first & (0x7Fu >> bytes);
    for (std::size_t index = 1; index < bytes; ++index)
        value = value << 6 | (static_cast<Byte>(text[index]) & 0x3Fu);
    return {value, bytes, true};
}

void append_code_point(std::string& out, char32_t point) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80u | (static_cast<unsigned>(point) >> shift & 0x3Fu));
    };
    const auto head = [&](unsigned mark, unsigned shift) {
        out += static_cast<char>(mark | static_cast<unsigned>(point) >> shift);
    };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        head(0xC0, 6);
        tail(0);
    } else if (point < 0x10000) {
        head(0xE0, 12);
        tail(6);
        tail(0);
    } else {
        head(0xF0, 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

bool is_unprintable(char32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
           changes_direction(point);
}

std::optional<std::size_t> find_malformed_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        // Most text is ASCII: eight bytes at a time.
        std::uint64_t word = 0;
        while (at + 8 <= text.size()) {
            std::memcpy(&word, text.data() + at, 8);
            if ((word & 0x8080808080808080u) != 0) break;
            at += 8;
        }
        if (at == text.size()) break;
        const std::size_t bytes = sequence_bytes(text.substr(at));
        if (bytes == 0) return at;
        at += bytes;
    }
    return std::nullopt;
}

std::size_t count_code_points(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
        return (static_cast<Byte>(letter) & 0xC0u) != 0x80u;
    }));
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string quote_for_message(std::string_view text, std::size_t bytes_max) {
    std::string out = "\"";
    std::size_t at = 0;
    while (at < text.size()) {
        const CodePoint next = first_code_point(text.substr(at));
        if (at + next.bytes > bytes_max) break;
        if (!next.is_well_formed) {
            append_escaped(out, static_cast<Byte>(text[at]), "\\x", 2);
        } else if (next.value == '"' || next.value == '\\') {
            out += '\\';
            out += text[at];
        } else if (next.value == '\n') {
            out += "\\n";
        } else if (next.value == '\t') {
            out += "\\t";
        } else if (next.value == '\r') {
            out += "\\r";
        } else if (is_unprintable(next.value)) {
            append_escaped(out, next.value, "\\u", 4);
        } else {
            out += text.substr(at, next.bytes);
        }
        at += next.bytes;
    }
    out += '"';
    if (at < text.size()) out += "…";
    return out;
}

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char letter : text) {
        switch (letter) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += letter;
        }
    }
    return out;
}

namespace {

bool is_plausible_domain(std::string_view domain) {
    if (domain.find('.') == std::string_view::npos || domain.size() > 253) return false;
    while (true) {
        const std::size_t dot = domain.find('.');
        const std::string_view label = domain.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-'))
            return false;
        const bool is_plain = std::all_of(label.begin(), label.end(), [](char letter) {
            return is_digit(letter) || (letter >= 'a' && letter <= 'z') || letter == '-' ||
                   static_cast<Byte>(letter) >= 0x80;
        });
        if (!is_plain) return false;
        if (dot == std::string_view::npos) return true;
        domain.remove_prefix(dot + 1);
    }
}

}  // namespace

std::optional<std::string> normalize_email(std::string_view text) {
    std::string address(trim(text));
    for (char& letter : address) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    const std::size_t at = address.find('@');
    // 64 and 254 bytes: RFC 5321, 4.5.3.1.
    if (at == std::string::npos || at == 0 || at > 64 || address.size() > 254) return std::nullopt;
    if (find_malformed_utf8(address)) return std::nullopt;
    // What may stand only inside quotes (RFC 5322, 3.2.3), and what would end a mail's header line.
    const bool is_plain = std::none_of(address.begin(), address.end(), [](char letter) {
        return static_cast<Byte>(letter) <= ' ' || letter == 0x7F ||
               std::string_view("()<>[]:;,\\\"").find(letter) != std::string_view::npos;
    });
    if (!is_plain || !is_plausible_domain(std::string_view(address).substr(at + 1)))
        return std::nullopt;
    return address;
}

std::optional<std::string> normalize_phone(std::string_view text, std::string_view country_code) {
    text = trim(text);
    const bool has_plus = text.starts_with('+');
    if (has_plus) text.remove_prefix(1);
    std::string digits;
    while (!text.empty()) {
        // "+44 (0)20": the zero is for callers at home, and is not dialled behind a plus.
        if (has_plus && text.starts_with("(0)")) {
            text.remove_prefix(3);
            continue;
        }
        const CodePoint next = first_code_point(text);
        if (next.value < 0x80 && is_digit(text[0])) {
            digits += text[0];
        } else {
            // No-break space, and the hyphens and dashes of typeset text.
            const bool is_between = next.value == ' ' || next.value == '-' || next.value == '(' ||
                                    next.value == ')' || next.value == 0xA0 ||
                                    (next.value >= 0x2010 && next.value <= 0x2014);
            if (!is_between) return std::nullopt;
        }
        text.remove_prefix(next.bytes);
    }
    if (!has_plus) {
        if (digits.starts_with("00")) {
            digits.erase(0, 2);
        } else if (country_code.empty()) {
            return std::nullopt;
        } else if (digits.starts_with('0')) {
            digits.replace(0, 1, country_code);
        } else if (!digits.starts_with(country_code)) {
            return std::nullopt;
        }
    }
    if (digits.size() < 8 || digits.size() > 15 || digits.starts_with('0')) return std::nullopt;
    return "+" + digits;
}

}  // namespace pawl
