#include "server/internal/url_text.h"

#include "base/text.h"

namespace pawl::server::internal {

namespace {

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

std::optional<unsigned> hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
    if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
    return std::nullopt;
}

}  // namespace

bool equals_ignoring_case(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (lower(left[i]) != lower(right[i])) return false;
    return true;
}

std::pair<std::string_view, std::string_view> cut(std::string_view text, char by) {
    const std::size_t at = text.find(by);
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

std::optional<std::string> unescape(std::string_view text, Escaping escaping) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && escaping == Escaping::query) {
            plain += ' ';
        } else if (text[i] != '%') {
            plain += text[i];
        } else {
            if (text.size() - i < 3) return std::nullopt;
            const std::optional<unsigned> high = hex_digit(text[i + 1]);
            const std::optional<unsigned> low = hex_digit(text[i + 2]);
            if (!high || !low) return std::nullopt;
            plain += static_cast<char>(*high << 4 | *low);
            i += 2;
        }
    }
    if (plain.find('\0') != std::string::npos || find_malformed_utf8(plain)) return std::nullopt;
    return plain;
}

std::optional<Parameters> parse_query(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const auto [part, rest] = cut(query, '&');
        query = rest;
        if (part.empty()) continue;
        const auto [name, value] = cut(part, '=');
        std::optional<std::string> plain_name = unescape(name, Escaping::query);
        std::optional<std::string> plain_value = unescape(value, Escaping::query);
        if (!plain_name || !plain_value) return std::nullopt;
        parameters.emplace_back(std::move(*plain_name), std::move(*plain_value));
    }
    return parameters;
}

}  // namespace pawl::server::internal
