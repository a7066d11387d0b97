#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "base/zone.h"
#include "engine/engine.h"
#include "rules/program.h"

// Why something fired just then: by which zone's clock, and what that clock was to show. Where the
// clock was set then, the two differ, and people are told.

namespace pawl::simulation {

struct WantedTime {
    Zone zone;
    std::string note;
};

class WantedTimes {
 public:
    // All outlive it.
    WantedTimes(const rules::Program& program, engine::Engine& engine, const Zone& zone)
        : program_(program), engine_(engine), zone_(zone) {}

    // Of what fired by time at `at`.
    WantedTime find(const engine::Fired& fired, Instant at);

 private:
    std::optional<LocalTime> by_clock(const rules::Rule& rule, const rules::Clock& clock,
                                      const Zone& zone, Instant at);
    std::optional<LocalTime> by_anchor(const rules::Rule& rule, const rules::Trigger& trigger,
                                       const engine::Fired& fired, Instant at);
    rules::Value stated(const rules::Rule& rule, const rules::Stated& stated);
    rules::Value evaluate(const rules::Rule& rule, std::uint32_t entry);

    const rules::Program& program_;
    engine::Engine& engine_;
    const Zone& zone_;
};

}  // namespace pawl::simulation
