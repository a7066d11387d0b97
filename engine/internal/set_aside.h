#pragma once

#include <cstdint>
#include <string>

#include "engine/internal/turn.h"

// What is due and stopped the process again and again has a turn in which nothing of it runs: the
// runs that it was to wake or begin end as failed, rules that it was to set off are passed over,
// and the admins are told. Called by the engine, in place of Turn::take_due.

namespace pawl::engine {

// By which something that is due is known again after a restart, as long as it is the same program
// that runs it; never 0.
std::uint64_t due_name(const Due& due);

class SetAside {
 public:
    explicit SetAside(Turn& turn) : turn_(turn) {}

    enum class Care : std::uint8_t {
        full,  // what it was to set off is ended, and told, one by one
        // This stopped the process, too: it alone is taken away, and nothing of the rulebook runs.
        least,
    };
    // `stops`: how often the process stopped at it.
    void take(const Due& due, int stops, Care care);

 private:
    void take_away(const Due& due, const std::string& why);
    void end(Pending& pending, const std::string& why);

    Turn& turn_;
};

}  // namespace pawl::engine
