#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/internal/turn.h"

// Timetables follow the live text (meaning.md 33). The mark "journeys/program" says by which text
// those of a journey were planned. Where an engine finds another one, or another name, a sweep goes
// through the records, so many a turn (meaning.md 5), and plans anew what is ahead; until it comes
// to a record, whatever looks at its journey finds it under the former name, too (journeys.h).

namespace pawl::engine {

class JourneyTexts {
 public:
    // The context outlives it.
    explicit JourneyTexts(Context& context) : context_(context) {}

    // An engine begins: the marks of texts that are not known yet, and for each that was planned by
    // another one the timer of its sweep.
    void begin(Instant now, WriteBatch& batch);
    // All that there is was planned by the present texts.
    void note(Layer& layer, Instant now);
    // The target of a sweep's timer begins so.
    static constexpr std::string_view prefix = "journeys/";
    // One turn's part of a sweep. `target`: of its timer, which was due then.
    void sweep(Turn& turn, const std::string& target, Instant due);

 private:
    // A mark's value: which text, and how far its sweep has come.
    struct Known {
        std::string text;
        std::optional<Instant> due;  // of the sweep's timer; none: there is no sweep
        rules::RecordKey after = 0;
    };
    static Known read(const std::string& value);
    static std::string write(const Known& known);
    std::string text_of(const rules::Journey& journey) const;

    Context& context_;
};

}  // namespace pawl::engine
