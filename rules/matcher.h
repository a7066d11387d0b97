#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "rules/event_reader.h"
#include "rules/program.h"

// The trigger index over events: which rules may fire, decided from the event alone. An event
// touches only the rules whose key it meets. All equalities and small sets of a rule form one key
// (sets expanded), what is left is an ordered range index and short predicates.

namespace pawl::rules {

class Matcher {
 public:
    // The program outlives the matcher. Immutable after construction; `match` is safe from any
    // thread.
    explicit Matcher(const Program& program);
    ~Matcher();

    // Appends the rules of this event's type whose match holds, ascending (so bytewise by id).
    // A rule with an inexact match is only a candidate: its conditions decide.
    void match(const EventView& event, std::vector<RuleIndex>& out) const;

 private:
    struct Data;
    std::unique_ptr<Data> data_;
};

}  // namespace pawl::rules
