#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

#include "rules/evaluator.h"
#include "rules/program.h"
#include "rules/program_adopt.h"

// What a run that stands still may still read. Of an event that it holds in a variable only the
// fields remain that it may come to: a run that waits for months is small, and does not keep what
// nobody asks for any more. (Liveness of variables, as in any compiler's textbook; a field of a
// record is a variable of its own here, and one that is written again counts as read.)

namespace pawl::engine {

class LiveValues {
 public:
    // Both outlive it.
    LiveValues(const rules::Program& program, const std::vector<rules::FormerText>& former);

    // Takes out of the frame's records what nothing behind its place reads, where it is of a rule.
    // It stands still: at a call, a wait, or a flow that does.
    void keep_live(rules::Frame& frame);

 private:
    // Of a variable.
    struct Reads {
        bool is_whole = false;
        std::set<std::size_t> positions;  // of the record in it
    };
    struct Walk;

    const std::vector<Reads>& reads_behind(rules::UnitIndex unit, std::uint32_t instruction);
    std::vector<Reads> find_reads(rules::UnitIndex unit, std::uint32_t instruction) const;

    const rules::Program& program_;
    // Where a rule is entered before it stands anywhere. All that is reached from elsewhere (an
    // `unless` when it wakes, the key of a wait) may be read at any time. None: a rule whose runs
    // move to an edited text, or no rule. What a flow has it was given, and is kept.
    std::vector<std::vector<std::uint32_t>> beginnings_;
    std::unordered_map<std::uint64_t, std::vector<Reads>> found_;  // by unit and instruction
};

}  // namespace pawl::engine
