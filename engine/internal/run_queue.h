#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/internal/context.h"
#include "engine/internal/layer.h"

// What waits behind a run of its rule (`while running queue`), in the order in which it came. A
// mark says where the queue begins and ends, and one for each holds what waits, so that a long
// queue is not written anew each time. Read when it is made; what is changed is kept by `keep`.

namespace pawl::engine {

// Of one rule and key: the marks "running/rule/key" of the runs, "queue/rule/key" of the queue.
std::string queue_of(const std::string& running);
std::string running_of(const std::string& queue);

class RunQueue {
 public:
    // All of them outlive it. `mark`: "queue/rule/key".
    RunQueue(Context& context, Layer& layer, std::string mark);

    const std::string& mark() const { return mark_; }
    bool is_empty() const { return first_ == next_; }
    std::uint64_t size() const { return static_cast<std::uint64_t>(next_ - first_); }
    // Its first has its place in the turn already: it is about to begin, or to be passed over.
    bool is_beginning() const { return begins_in_turn_ == context_.counters.turn; }

    void push(const Pending& pending);
    // Nothing: it cannot be read any more, by an edited rulebook.
    std::optional<Pending> first();
    // The first gets its place in the turn.
    void begin_first() { begins_in_turn_ = context_.counters.turn; }
    // The first had its turn, or is not to have one.
    void drop_first();
    // All that wait in the queue of that mark, of a rule that was renamed, wait in this one.
    void move_from(const std::string& former);
    void keep();

 private:
    std::string place_mark(const std::string& queue, std::int64_t place) const;

    Context& context_;
    Layer& layer_;
    std::string mark_;
    std::int64_t first_ = 0, next_ = 0;
    std::int64_t begins_in_turn_ = 0;
};

}  // namespace pawl::engine
