#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

// IANA time zones. The only door to the zone database (Abseil's civil time).

namespace pawl {

struct LocalTime {
    Date date;
    TimeOfDay time;
    friend auto operator<=>(const LocalTime&, const LocalTime&) = default;
};

// When a zone's clock shows a local time. No zone of the database sets its clock twice within three
// days, so that a local time comes at most twice.
enum class OccurrenceKind : std::uint8_t { once, skipped, twice };
struct Occurrence {
    OccurrenceKind kind = OccurrenceKind::once;
    Instant first;   // of skipped: the first instant after the gap
    Instant second;  // of twice; otherwise as `first`
    // Of skipped and twice: when the clock is set. Of twice, second - first is how far back, and
    // the second pass begins here. Otherwise as `first`.
    Instant change;
};

// Cheap to copy; immutable; safe from any thread.
class Zone {
 public:
    static Zone utc();
    // "Africa/Nairobi"; nothing when the database has no such zone.
    static std::optional<Zone> find(std::string_view name);
    // Where the database is, unless in /usr/share/zoneinfo. Abseil goes by the variable TZDIR: who
    // reads variables says the same here, before the first zone is looked for.
    static void look_in(const std::string& folder);

    const std::string& name() const;

    LocalTime local(Instant instant) const;
    // A local time that DST skips is the first instant after the gap; one that occurs twice is the
    // first (meaning.md 13).
    Instant instant(Date date, TimeOfDay time) const;
    Occurrence occurrence(Date date, TimeOfDay time) const;
    // The zone skips the whole day (Apia, 2011-12-30).
    bool skips(Date date) const;
    // Months, then days, then seconds, in this zone. Nothing beyond the calendar.
    std::optional<Instant> add(Instant instant, Duration duration) const;
    // "2026-03-02 10:15" in this zone, with the seconds where there are some.
    std::string format(Instant instant) const;

 private:
    struct Data;
    struct Known;
    static Known& known();
    explicit Zone(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
    std::shared_ptr<const Data> data_;
};

}  // namespace pawl
