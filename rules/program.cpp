#include "rules/program.h"

#include <algorithm>
#include <array>

namespace pawl::rules {

namespace {

constexpr std::array opcode_names = {
#define PAWL_OPCODE(name, stack, sentence) std::string_view(#name),
#include "rules/opcode.def"
#undef PAWL_OPCODE
};

constexpr std::array builtin_names = {
#define PAWL_BUILTIN(name, least, most, sentence) std::string_view(#name),
#include "rules/builtin.def"
#undef PAWL_BUILTIN
};

// An underscore keeps an enumerator apart from a word of C++.
constexpr std::string_view without_underscore(std::string_view name) {
    return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

std::optional<RuleIndex> Program::find_rule(std::string_view id) const {
    const auto found = std::lower_bound(
        rules.begin(), rules.end(), id,
        [](const Rule& rule, std::string_view wanted) { return rule.id < wanted; });
    if (found == rules.end() || found->id != id) return std::nullopt;
    return static_cast<RuleIndex>(found - rules.begin());
}

std::uint32_t Program::line_of(UnitIndex unit, std::uint32_t instruction) const {
    const auto& lines = units[unit].lines;
    const auto after = std::upper_bound(lines.begin(), lines.end(), instruction,
                                        [](std::uint32_t wanted, const LinePosition& position) {
                                            return wanted < position.instruction;
                                        });
    return after == lines.begin() ? units[unit].line : std::prev(after)->line;
}

std::string_view opcode_name(Opcode op) {
    return without_underscore(opcode_names[static_cast<std::size_t>(op)]);
}

std::string_view builtin_name(Builtin builtin) {
    return builtin_names[static_cast<std::size_t>(builtin)];
}

std::optional<Builtin> find_builtin(std::string_view name) {
    const auto found = std::find(builtin_names.begin(), builtin_names.end(), name);
    if (found == builtin_names.end()) return std::nullopt;
    return static_cast<Builtin>(found - builtin_names.begin());
}

}  // namespace pawl::rules
