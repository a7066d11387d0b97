#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "base/time.h"
#include "base/zone.h"
#include "engine/engine.h"
#include "simulation/answers.h"

// The virtual clock with what is still to come on it: answers of calls that take their time. Drives
// one engine; dry-run and test blocks stand on it.

namespace pawl::simulation {

class World {
 public:
    // Told of each turn of the engine, after it. `line` as the input was given.
    using Listener = std::function<void(const engine::Input& input, std::uint64_t line,
                                        const engine::TurnResult& result)>;

    // All outlive it.
    World(engine::Engine& engine, Answers& answers, Zone zone, Listener listener);

    // Lets everything happen that is due up to `at`, and sets the clock there.
    void advance(Instant at);

    // Takes an input, which arrives at the clock's instant, then the answers that come at once.
    void take(engine::Input input, std::uint64_t line = 0);

    // The same for calls of a turn that something else made.
    void answer(const engine::TurnResult& result);

    // Before the first `advance`, earlier than every instant.
    Instant now() const { return now_; }

 private:
    // By instant, then in the order in which they were scheduled.
    using Key = std::pair<Instant, std::uint64_t>;

    void process(engine::Input input, std::uint64_t line);
    void schedule(const engine::TurnResult& result);

    engine::Engine& engine_;
    Answers& answers_;
    Zone zone_;
    Listener listener_;
    Instant now_{std::numeric_limits<std::int64_t>::min()};
    std::map<Key, engine::AnswerInput> to_come_;
    std::uint64_t scheduled_ = 0;
};

}  // namespace pawl::simulation
