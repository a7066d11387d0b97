#pragma once

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
};

// Cheap to copy; immutable; safe from any thread.
class Zone {
 public:
    static Zone utc();
    // "Africa/Nairobi"; nothing when the database has no such zone.
    static std::optional<Zone> find(std::string_view name);

    const std::string& name() const;

    LocalTime local(Instant instant) const;
    // A local time that DST skips is the first instant after the gap; one that occurs twice is the
    // first (meaning.md 13).
    Instant instant(Date date, TimeOfDay time) const;
    // Months, then days, then seconds, in this zone. Nothing beyond the calendar.
    std::optional<Instant> add(Instant instant, Duration duration) const;
    // "2026-03-02 10:15:04" in this zone.
    std::string format(Instant instant) const;

 private:
    struct Data;
    explicit Zone(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
    std::shared_ptr<const Data> data_;
};

}  // namespace pawl
