#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/internal/context.h"
#include "engine/internal/trigger_index.h"

// A pattern that is new counts from the history kept (meaning.md 21): before time goes on, the
// windows of one window's length back are filled as if the rule had been there, and nothing is set
// off. New is what the mark `patterns` does not name: a rule that was added, put live again, or
// whose pattern was edited. What it counts by is read as it is today.
//
// The history has the events that came from outside. A pattern of anything else (changes of
// records, events that rules emit) begins with the rule: from half of what happened it would see
// absences that there were none of.

namespace pawl::engine {

class PatternHistory {
 public:
    // The context outlives it.
    explicit PatternHistory(Context& context) : context_(context) {}

    // To be called once, when the schedule has begun and before the first turn. Commits what it
    // finds in turns of its own; one that is cut short begins anew the next time. An error: the
    // store cannot be written.
    Status catch_up(Instant now);

 private:
    // A pattern that the history tells of.
    struct Recalled {
        TriggerUse use;
        Duration within;
    };

    bool finds_new();
    bool has_history(TriggerUse use) const;
    bool is_emitted(rules::EventIndex event) const;
    Status recall_creations(const Recalled& pattern, Instant now);
    Status recall_events(Instant now);
    InputNumber first_input(Instant now);
    bool is_in_window(const Recalled& pattern, Instant at, Instant now) const;
    std::string name(const std::string& rule, TriggerUse use) const;
    std::string names() const;

    Context& context_;
    std::vector<Recalled> new_;
    std::set<std::string> begun_anew_;  // keys of marks
};

}  // namespace pawl::engine
