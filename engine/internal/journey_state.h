#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "rules/schema.h"
#include "rules/value.h"

// What is kept of one journey of one record, besides the rows of its steps: a mark's value.

namespace pawl::engine {

// One pause with several holders: it ends when none holds (meaning.md 34).
struct JourneyPause {
    struct Holder {
        bool holds = false;
        std::optional<Instant> until;  // as planned, where it is known
        bool until_is_date = false;    // said as a date: the pause is of whole days
    };
    Instant since;
    Holder by_condition;  // `pauses while`: holds until that is no longer so
    Holder by_hand;       // `pause …`: ends at its `until`

    // Until when it is planned: as far as is known.
    std::optional<Instant> until() const;
    bool is_of_days() const { return by_condition.until_is_date || by_hand.until_is_date; }
};

struct JourneyRecord {
    rules::Value start;           // a date or datetime
    bool is_start_given = false;  // by hand: the record's own date does not count
    Duration shift;
    std::optional<JourneyPause> pause;
    bool is_stopped = false;
    bool is_completed = false;
    // Keys of its rows in `scheduled_step`: first and how many, ascending.
    std::vector<std::pair<rules::RecordKey, std::int64_t>> rows;
    std::optional<Instant> due;  // of its timer; one of another instant is stale
};

std::string write_journey(const JourneyRecord& journey, const rules::Schema& schema);
// Nothing for what write_journey did not write.
std::optional<JourneyRecord> read_journey(std::string_view text, const rules::Schema& schema);

}  // namespace pawl::engine
