#pragma once

#include <cstdint>
#include <vector>

#include "engine/internal/context.h"
#include "engine/internal/layer.h"

// Events that are kept for whoever may come to wait for them: an answer may overtake the call whose
// result tells what it is known by, and until then no run can be found by it (meaning.md 27). They
// are kept once, by the value of the field that a `wait for` demands, in a mark each; a run that
// begins to wait looks there once. Events of which each wait knows its key for sure, while the run
// stands before it, are given to the run itself (waits_events.cpp).

namespace pawl::engine {

class KeptEvents {
 public:
    // Both outlive it.
    KeptEvents(Context& context, Layer& layer, Instant now)
        : context_(context), layer_(layer), now_(now) {}

    // The event came: it is kept by each of the fields for which that is of use.
    void keep(rules::EventIndex event, const rules::Value& fields);

    // From here on events count as later (StoredRun::stands_since).
    std::int64_t place() const { return context_.counters.next_timer; }
    struct Kept {
        std::int64_t place = 0;
        rules::Value fields;
    };
    // Those that came since, whose field has the value of that mark_part; the earliest first.
    std::vector<Kept> since(std::int64_t place, rules::EventIndex event, rules::FieldIndex field,
                            const std::string& part);

 private:
    // In the order in which they came: a number that only grows, and the event. In a mark the names
    // of its fields stand before them (record_names.h).
    using List = std::vector<rules::Value>;
    List read(const std::string& mark, rules::EventIndex event);
    std::string mark_of(rules::EventIndex event, rules::FieldIndex field,
                        const std::string& part) const;

    Context& context_;
    Layer& layer_;
    Instant now_;
};

}  // namespace pawl::engine
