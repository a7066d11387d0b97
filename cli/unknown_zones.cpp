#include "cli/unknown_zones.h"

#include <string>
#include <vector>

#include "engine/state_zones.h"

namespace pawl::cli {

void tell_unknown_zones(const Json& state, const rules::Program& program, Terminal& terminal) {
    constexpr std::size_t told_max = 10;
    const std::vector<std::string> unknown = engine::unknown_zones(state, program);
    for (std::size_t i = 0; i < unknown.size() && i < told_max; ++i) terminal.complain(unknown[i]);
    if (unknown.size() > told_max)
        terminal.complain("and " + std::to_string(unknown.size() - told_max) +
                          " more such zones in the state");
}

}  // namespace pawl::cli
