#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "base/zone.h"
#include "rules/program.h"

// What would fire as time passes and nothing else happens: the production engine over a memory
// store, on a virtual clock. Rules do run, so that what one changes counts for the next; calls are
// answered with their samples, and nothing leaves. The same input gives the same firings.

namespace pawl::simulation {

struct ForecastOptions {
    Instant from, until;              // both of them included
    std::string rule;                 // or a journey; empty: all
    std::size_t firings_max = 1'000;  // then it ends
};

struct Firing {
    Instant at;
    Zone zone;               // by whose clock it was timed
    std::string rule;        // or the journey
    std::string entity, id;  // whom it concerns; empty: nobody
    // What is odd about it: a local time that DST moved, a guard that put it off, the step.
    std::string note;
};

struct Forecast {
    std::vector<Firing> firings;  // by time, then in the order in which they would come
    bool is_cut = false;          // there are more than firings_max
    std::uint64_t refused = 0;    // lines of the events that did not go in
};

// Whether a rule or a journey has anything to do with time. Errors: "unknown" (with the names that
// are near), "no_time", "not_live" (paused or a draft).
Status check_tells_time(const rules::Program& program, const std::string& rule);

// The rest outlives the call. `state` (cli.md): the records at `from`, or before the first event;
// `events`: what happens besides, where it is before `until`. An error: a state that cannot be
// loaded, a file that cannot be read on.
Result<Forecast> forecast(const rules::Program& program, const Json* state, std::istream* events,
                          const ForecastOptions& options);

}  // namespace pawl::simulation
