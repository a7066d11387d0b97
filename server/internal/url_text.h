#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Texts of HTTP: names without case, escapes of targets.

namespace pawl::server::internal {

bool equals_ignoring_case(std::string_view left, std::string_view right);

// What comes before the first `by`, and what after it (empty where it is not there).
std::pair<std::string_view, std::string_view> cut(std::string_view text, char by);

// "a%20b" → "a b"; of a query `+` is a space too. Nothing for an escape that is none, and for what
// is no UTF-8 or holds a zero byte.
enum class Escaping : std::uint8_t { path, query };
std::optional<std::string> unescape(std::string_view text, Escaping escaping);

// "a=1&b=2", in order. Nothing for a wrong escape.
using Parameters = std::vector<std::pair<std::string, std::string>>;
std::optional<Parameters> parse_query(std::string_view query);

}  // namespace pawl::server::internal
