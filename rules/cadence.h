#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/zone.h"

// When a rule fires by the clock: `every …` and `cron "…"`, on the wall clock of a zone. Pure: the
// same cadence, instant and zone give the same answer.

namespace pawl::rules {

// The five fields of a cron line as sets; bit n stands for n.
struct Cron {
    std::uint64_t minutes = 0;  // 0..59
    std::uint32_t hours = 0;    // 0..23
    std::uint32_t days = 0;     // 1..31
    std::uint16_t months = 0;   // 1..12
    std::uint8_t weekdays = 0;  // 0..6, 0 is Sunday
    bool every_hour = false;    // the hours were `*`, or all of them
    bool every_day = false;     // the days held a `*`: `*`, `*/2`
    bool every_weekday = false;
    friend bool operator==(const Cron&, const Cron&) = default;
};

enum class CadenceKind : std::uint8_t { interval, days, months, cron };

constexpr std::uint8_t every_weekday = 0x7f;  // bit 0 is Monday

struct Cadence {
    CadenceKind kind = CadenceKind::interval;
    // Of interval: more than nothing, at most a day; counted on the clock from each midnight of the
    // zone (meaning.md 13), so that the last stretch of a day may be shorter.
    std::int64_t micros = 0;
    // Of days: every so many days, counted from Monday, 1970-01-05; a multiple of 7 is weeks: the
    // weekdays of every so many. Of months: every so many, counted from January of year 0. At
    // least 1.
    std::int32_t count = 1;
    std::uint8_t weekdays = every_weekday;  // of days
    std::int32_t on_day = 1;                // of months; a shorter month: its last day
    std::vector<TimeOfDay> at;              // of days and months; ascending; empty: midnight
    Cron cron;
    friend bool operator==(const Cadence&, const Cadence&) = default;
};

// The first occurrence later than `after`; nothing when there is none within the calendar (cron
// `0 0 31 2 *`). A local time that the zone skips occurs at the first instant after the gap, one
// that occurs twice the first time; a day that a zone skips whole (Apia, 2011-12-30) has none.
// Two kinds go by the time that passes, too: a cron line of every hour occurs whenever the clock
// shows one of its minutes, twice where that comes twice, and makes up for none that is skipped. An
// interval occurs again where the clock goes back by as much as it or more: `every 10min` goes on
// through the hour that comes twice, `every 2h` does not fire an hour early.
// Well below a microsecond's work for any of them, apart from the days on which a clock is set.
std::optional<Instant> next_occurrence(const Cadence& cadence, Instant after, const Zone& zone);

// "0 9 * * 1": five fields of numbers, ranges, lists, steps (`*/5`, `8-18/2`) and names (`mon`,
// `jan`); 7 is Sunday, too. As everywhere, days and weekdays that are both given are alternatives;
// a field that holds a `*` is not given (`*/2` is every second day that is one of the weekdays).
// The error's message names the field and what fits there.
Result<Cron> parse_cron(std::string_view text);

// What is odd about the local time at which a cadence or an anchor falls, for people: "the clock
// jumps over 02:30", "02:30 comes twice", "the calendar leaves out 2011-12-30". Empty: nothing.
// `wanted` is the local time that was asked for.
std::string local_time_note(const LocalTime& wanted, const Zone& zone);

}  // namespace pawl::rules
