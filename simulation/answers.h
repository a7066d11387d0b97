#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/engine.h"
#include "rules/program.h"

// The outside world of a simulation: what each call of a service is answered with. What nothing
// answers gets the sample that the action declares, marked as simulated.

namespace pawl::simulation {

struct ScriptedAnswer {
    std::string integration, action;
    Json match = {};                             // an object; each member must be in the arguments
    std::optional<Json> answer = {};             // either this
    std::optional<rules::Failure> failure = {};  // or this
    Duration after = {};                         // how long the outside takes
    std::optional<std::uint32_t> times = {};     // how many calls it answers; nothing: every one
};

struct CallAnswer {
    engine::AnswerInput input;
    Duration after;
};

class Answers {
 public:
    // The program outlives it.
    explicit Answers(const rules::Program& program);

    // Reads an answers file (cli.md), one JSON object a line. The first line that cannot be used is
    // an error that names it: a script with a mistake would simulate another world.
    Status load(std::istream& in);

    // Asked after those that were added before.
    void add_last(ScriptedAnswer answer);
    // Asked before those that were added before.
    void add_first(ScriptedAnswer answer);

    // The answer of the first that matches and is not used up, else the action's sample.
    CallAnswer answer(const engine::OutgoingCall& call, rules::Records& records);

 private:
    Result<ScriptedAnswer> read(const Json& line) const;
    const rules::ServiceAction* find_action(std::string_view integration,
                                            std::string_view action) const;
    Status check_members(const Json& object, const std::string& key,
                         const std::vector<std::string>& names) const;
    bool matches(const ScriptedAnswer& scripted, const engine::OutgoingCall& call,
                 rules::Records& records) const;

    const rules::Program& program_;
    std::vector<ScriptedAnswer> scripted_;
};

// True when `part` is `whole` or, of objects, when each of its members is in `whole`. Numbers are
// compared by their value: 5000 is 5000.00.
bool is_subset(const Json& part, const Json& whole);

}  // namespace pawl::simulation
