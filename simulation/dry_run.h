#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/engine.h"
#include "rules/program.h"
#include "simulation/answers.h"

// What a rulebook would do with a file of events: the production engine over a memory store, on a
// virtual clock, with the outside world answered from a script. Nothing leaves. The same input
// gives the same calls of the watcher, in the same order.

namespace pawl::simulation {

struct DryRunOptions {
    std::optional<Instant> from;          // lines before it are passed over
    std::optional<Instant> until;         // lines after it are not read
    std::optional<Duration> until_after;  // the same, counted from the beginning
    bool trace_false_conditions = false;  // `--all`
    // The engine stops at the first instant and goes on, over its store, at the second; ascending,
    // later than the beginning. What was due meanwhile comes late; inputs wait.
    std::vector<std::pair<Instant, Instant>> outages = {};
    // So much is due between the two that inputs come before it: what becomes due has its turn at
    // the second instant. Ascending, later than the beginning; none overlaps another.
    std::vector<std::pair<Instant, Instant>> storms = {};
};

// An input that was taken in.
struct Turn {
    Instant at;
    const engine::InputForm* form;                   // none: time alone, something was due
    std::uint64_t line;                              // of the events file; 0: none, say an answer
    const std::vector<engine::OutgoingCall>& calls;  // that left in this turn
};

// Told of everything in the order in which it happens.
class Watcher {
 public:
    virtual ~Watcher() = default;
    // Before the happenings of the turn.
    virtual void turn_begins(const Turn& turn) = 0;
    virtual void happened(const engine::Happening& happening, std::uint64_t line,
                          rules::Records& records) = 0;
};

struct DryRunSummary {
    std::uint64_t lines = 0;  // inputs of the file that were tried
    std::uint64_t refused = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t passed_over = 0;  // before `from`
    std::uint64_t runs = 0;         // begun
    std::uint64_t stopped = 0;
    std::uint64_t failed = 0;
    std::map<engine::RunNumber, std::string> waiting;  // runs without an answer yet: the call
    std::optional<Instant> begin;                      // nothing when there was no input
    std::optional<Instant> end;
};

// The rest outlives the call. `state` (cli.md) is what the records are before the first event. An
// error: a state that cannot be loaded, a file that cannot be read on, an end before the beginning.
Result<DryRunSummary> dry_run(const rules::Program& program, std::istream& events,
                              const Json* state, Answers& answers, const DryRunOptions& options,
                              Watcher& watcher);

}  // namespace pawl::simulation
