#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "tests/fault/child.h"
#include "tests/fault/ledger.h"
#include "tests/fault/till.h"

// A sender of events to `fault_engine`, through its pipes, that outlives the engines it sends to.

namespace pawl::fault {

class Client : public Ledger {
 public:
    // `event`: the event of that number, whose id is "e<number>".
    explicit Client(std::function<std::string(std::int64_t)> event = payment_event)
        : event_(std::move(event)) {}

    // Sends the next `count` events in one request; `for_turn`: answered after their turns. False
    // when the engine has gone.
    bool send(Child& child, std::size_t count, bool for_turn = false);
    // Takes the next answer. False when the engine has gone and said no more.
    bool receive(Child& child);
    // Sends all that is planned and waits until the turn of everything is on disk. False when the
    // engine goes meanwhile.
    bool finish(Child& child);

 private:
    std::function<std::string(std::int64_t)> event_;
};

}  // namespace pawl::fault
