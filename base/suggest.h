#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pawl {

// The names nearest to `wanted` by edit distance (a swap of neighbours counts one), closest first,
// ties bytewise; only those near enough to be a slip. At most `count`.
std::vector<std::string> suggest(std::string_view wanted, std::span<const std::string> names,
                                 std::size_t count = 3);

// The sentences in which some run of words is `wanted` or near to it, closest first, ties bytewise.
// Case is no difference. At most `count`.
std::vector<std::string> suggest_titles(std::string_view wanted,
                                        std::span<const std::string> titles, std::size_t count = 3);

// What fits in place of an id that no record has, as the end of a message: "; did you mean "c1"?",
// of few ids also "; there is "a", "b"", else nothing.
std::string suggest_id(std::string_view wanted, std::span<const std::string> ids);

// "`a`", "`a` or `b`", "`a`, `b` or `c`"; past `count_max` names, "… and 7 more".
std::string list_names(std::span<const std::string> names, std::size_t count_max = 8);

}  // namespace pawl
