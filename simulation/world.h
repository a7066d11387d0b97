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
    // Told of each turn of the engine, after it. `line` as the input was given; `input` is none
    // where it was time alone that something was due.
    using Listener = std::function<void(const engine::Input* input, std::uint64_t line,
                                        const engine::TurnResult& result)>;

    // All outlive it.
    World(engine::Engine& engine, Answers& answers, Zone zone, Listener listener);

    // Lets everything happen that is due up to `at`, and sets the clock there. The first time the
    // engine's time begins there.
    void advance(Instant at);

    // Takes an input, which arrives at the clock's instant, then the answers that come at once.
    void take(engine::Input input, std::uint64_t line = 0);

    // The same for calls of a turn that something else made.
    void answer(const engine::TurnResult& result);

    // The engine stopped at the clock's instant, and another goes on over its store at `at`: what
    // was due meanwhile comes late. The new one outlives the world; the old one is not used any
    // more.
    void go_on_with(engine::Engine& engine, Instant at);

    // In a storm inputs have their turns and what is due has none; it comes late, when it is over.
    void set_storm(bool is_storm);

    // Before the first `advance`, earlier than every instant.
    Instant now() const { return now_; }

 private:
    // By instant, then in the order in which they were scheduled.
    using Key = std::pair<Instant, std::uint64_t>;

    void process(engine::Input input, std::uint64_t line);
    bool take_due(Instant until);
    void schedule(const engine::TurnResult& result);

    engine::Engine* engine_;
    Answers& answers_;
    Zone zone_;
    Listener listener_;
    Instant now_{std::numeric_limits<std::int64_t>::min()};
    std::map<Key, engine::AnswerInput> to_come_;
    std::uint64_t scheduled_ = 0;
    bool has_begun_ = false;
    bool is_storm_ = false;
};

}  // namespace pawl::simulation
