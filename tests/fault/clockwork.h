#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "rules/program.h"

// A rulebook of time: runs that wait for a while, for an event and for a call that fails at first,
// flows of their own, a date that moves, journeys whose start moves, clocks with and without a
// sweep, patterns and the guards that count or put off. Each leaves traces. And the events that it
// lives on, with the clock.

namespace pawl::fault {

rules::Program compile_clockwork();

// What an event of it says.
struct Deed {
    enum class Kind : std::uint8_t { set_up, began, answered, booked };
    Kind kind = Kind::set_up;
    std::int64_t matter = 0;  // began, answered
    std::int64_t lane = 0;    // began: what most patterns and guards go by
    std::int64_t pause = 0;   // began: seconds
    std::int64_t visit = 0;   // booked
    Instant starts_at;        // booked
};

// What is done to an engine of that rulebook: the events in their order, the clock that only goes
// forward.
class Clockwork {
 public:
    static constexpr std::int64_t tokens = 1'200;  // more than a sweep takes in two turns

    Clockwork();

    // The event of that number: its id is "e<number>". What it says depends on when it was asked
    // for first, and stays so.
    std::string event(std::int64_t number);
    const Deed& deed(std::int64_t number) const { return deeds_[static_cast<std::size_t>(number)]; }

    static Instant beginning();
    Instant now() const { return now_; }
    void advance(std::int64_t micros) { now_.micros += micros; }

    // The engine has done what was due by now, and what comes comes later.
    void note_drained();
    // Whether that was so at some moment from `due` on, up to `end`.
    bool was_drained(Instant due, Instant end) const;

 private:
    Instant now_;
    std::vector<Deed> deeds_;
    std::vector<Instant> drained_;  // ascending
};

}  // namespace pawl::fault
