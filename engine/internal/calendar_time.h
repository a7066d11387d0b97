#pragma once

#include <optional>
#include <vector>

#include "base/zone.h"
#include "rules/timing.h"

// Parts of the calendar that guards go by: the unit in which something is counted, the hours of the
// day within which a rule may run. Pure.

namespace pawl::engine {

// The end of the calendar unit in which the instant lies, itself not part of it: of a week, the
// midnight before Monday. Always later than the instant.
Instant unit_end(rules::CalendarUnit unit, Instant instant, const Zone& zone);
std::string_view unit_name(rules::CalendarUnit unit);

// A stretch of every day on which it may open. Its beginning is part of it, its end is not; where
// the end is earlier than the beginning it lies on the next day, which need not be one on which it
// may open. One that ends when it begins is never open; a day that the zone skips whole has none.
struct DailyWindow {
    TimeOfDay from, to;
    std::uint8_t weekdays = rules::every_weekday;
    const std::vector<Date>* excepted = nullptr;  // outlives it; none: no days
};

bool is_open(const DailyWindow& window, Instant instant, const Zone& zone);
// The first instant later than `after` at which it opens; nothing when it does not within
// limits::window_days_max.
std::optional<Instant> next_opening(const DailyWindow& window, Instant after, const Zone& zone);

}  // namespace pawl::engine
