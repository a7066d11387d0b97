#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/fault/child.h"
#include "tests/fault/till.h"

// A sender of events that outlives the engines it sends to: what was not answered is sent again to
// the next one.

namespace pawl::fault {

class Client {
 public:
    // `event`: the event of that number, whose id is "e<number>".
    explicit Client(std::function<std::string(std::int64_t)> event = payment_event)
        : event_(std::move(event)) {}

    // Puts events with new numbers among those to be sent.
    void plan(std::size_t count);
    // Puts what was sent and not answered in front of them, in its order. For a new engine.
    void begin_again();

    bool has_more() const { return !planned_.empty(); }
    std::size_t planned() const { return planned_.size(); }
    // Sends the next `count` events in one request; `for_turn`: answered after their turns. False
    // when the engine has gone.
    bool send(Child& child, std::size_t count, bool for_turn = false);
    // Takes the next answer. False when the engine has gone and said no more.
    bool receive(Child& child);
    // Sends all that is planned and waits until the turn of everything is on disk. False when the
    // engine goes meanwhile.
    bool finish(Child& child);

    std::size_t unanswered() const { return sent_.size(); }
    const std::set<std::int64_t>& acknowledged() const { return acknowledged_; }
    // The last answer to that event: "accepted", "duplicate", ...; empty: none.
    std::string answer(std::int64_t number) const;
    // What was not as it must be: a refusal, a duplicate of what was never sent before.
    const std::string& complaint() const { return complaint_; }

 private:
    std::function<std::string(std::int64_t)> event_;
    std::int64_t next_ = 0;
    std::deque<std::int64_t> planned_, sent_;
    std::set<std::int64_t> sent_before_;  // to an engine that has gone
    std::set<std::int64_t> acknowledged_;
    std::map<std::int64_t, std::string> answers_;
    std::string complaint_;
};

}  // namespace pawl::fault
