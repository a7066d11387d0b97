#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "rules/evaluator.h"
#include "rules/program.h"
#include "rules/program_adopt.h"

// What a run that stands still may still read. Of an event that it holds in a variable only the
// fields remain that it may come to: a run that waits for months is small, and does not keep what
// nobody asks for any more. (Liveness of variables, as in any compiler's textbook, where a field of
// a record is a variable of its own; that one is written again before it is read is not looked at.)
//
// Runs of rules alone. What a flow has it was given, and is kept, as is what a step of a journey
// has; and what a run has of a rule that says `on change move`, which may come to anything in the
// edited text. A run that began before the rule said so has lost it already.

namespace pawl::engine {

class LiveValues {
 public:
    // The program outlives it.
    LiveValues(const rules::Program& program, const std::vector<rules::FormerText>& former);

    // Takes out of the frame's records what nothing behind its place reads. It stands still: at a
    // call, at a wait, at a flow that does, or before a `try` that is tried again.
    void keep_live(rules::Frame& frame);

 private:
    // Of a variable that holds a record or an event.
    struct Reads {
        std::size_t local = 0;
        bool is_whole = false;
        std::set<std::size_t> positions;
    };
    // Of a unit, found out once.
    struct Facts {
        std::vector<std::size_t> records;  // its variables that hold one
        std::vector<bool> before;          // instructions that are reached from its beginnings
        // The innermost try around an instruction, and around a try: Unit::tries; none: -1.
        std::vector<std::int32_t> try_of, outer;
    };
    class Walk;

    const Facts& facts_of(rules::UnitIndex unit);
    const std::vector<Reads>& reads_behind(rules::UnitIndex unit, std::uint32_t instruction);
    std::vector<Reads> find_reads(rules::UnitIndex unit, std::uint32_t instruction);

    const rules::Program& program_;
    // Where a rule is entered before it stands anywhere; none: all its variables are kept. What is
    // reached from elsewhere (an `unless` when it wakes, the key of a wait) may be read at any
    // time.
    std::vector<std::vector<std::uint32_t>> beginnings_;
    std::unordered_map<rules::UnitIndex, Facts> facts_;
    std::unordered_map<std::uint64_t, std::vector<Reads>> found_;  // by unit and instruction
};

}  // namespace pawl::engine
