#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/ports/store_reader.h"
#include "rules/program.h"

// Runs that a guard puts off: they have been set off, and have not begun, so that no run tells of
// them yet.

namespace pawl::engine {

struct HeldRun {
    std::string rule, guard;
    std::string entity, id;      // what it is about; empty: nothing
    std::string trigger;         // as the log names what set it off
    std::optional<Instant> due;  // none: when another run of the rule has ended
};

struct HeldRequest {
    std::string rule;        // only of this one; empty: of all
    std::string entity, id;  // only about this record; empty: about any
    std::size_t count_max = 1'000;
};

struct HeldRuns {
    std::vector<HeldRun> runs;  // by when they are due, then by rule
    bool is_cut = false;        // there may be more
};

// Between `begin` and `end` of the reader; its thread. Errors: those of the reader.
Result<HeldRuns> find_held(StoreReader& reader, const rules::Program& program,
                           const HeldRequest& request);

}  // namespace pawl::engine
