#include "base/zone.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <system_error>

#include "base/zone_names.h"

namespace pawl {

struct Zone::Data {
    std::string name;
    absl::TimeZone zone;
};

namespace {

// Abseil takes paths, "localtime" and fixed offsets too: a name from a rulebook must not open
// files, nor mean another thing on another machine. "right/" counts leap seconds.
bool is_database_name(std::string_view name) {
    if (name.empty() || name.size() > 100 || name.starts_with("posix") ||
        name.starts_with("right/") || name.starts_with("Fixed/") || name == "localtime")
        return false;
    bool begins_part = true;
    for (const char letter : name) {
        const bool is_letter = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z');
        if (begins_part && !is_letter) return false;
        begins_part = letter == '/';
        const bool is_mark = letter == '/' || letter == '_' || letter == '-' || letter == '+';
        if (!is_letter && !is_mark && !(letter >= '0' && letter <= '9')) return false;
    }
    return !begins_part;
}

constexpr const char* default_folder = "/usr/share/zoneinfo";

const absl::CivilDay first_day(1970, 1, 1);

Date to_date(absl::CivilDay day) { return {static_cast<std::int32_t>(day - first_day)}; }

}  // namespace

Zone Zone::utc() {
    static const std::shared_ptr<const Data> data =
        std::make_shared<const Data>(Data{"UTC", absl::UTCTimeZone()});
    return Zone(data);
}

// As many as the database has, each read once.
struct Zone::Known {
    std::mutex mutex;  // of what follows
    std::filesystem::path folder = default_folder;
    std::map<std::string, std::shared_ptr<const Data>, std::less<>> zones;

    // Abseil keeps each name that it was ever asked for, and a name may come from a record: it is
    // asked only for what it would find.
    bool has_file(const std::string& name) const {
        std::error_code error;
        return std::filesystem::is_regular_file(folder / name, error);
    }
};

Zone::Known& Zone::known() {
    static Known all;
    return all;
}

namespace {

// Where Zone::look_in said, for who reads the names of the database.
struct Folder {
    std::mutex mutex;  // of what follows
    std::string path = default_folder;
};
Folder& folder_of_names() {
    static Folder folder;
    return folder;
}

}  // namespace

void Zone::look_in(const std::string& folder) {
    {
        const std::lock_guard lock(known().mutex);
        known().folder = folder;
    }
    const std::lock_guard lock(folder_of_names().mutex);
    folder_of_names().path = folder;
}

std::string zone_folder() {
    const std::lock_guard lock(folder_of_names().mutex);
    return folder_of_names().path;
}

std::optional<Zone> Zone::find(std::string_view name) {
    if (name == "UTC") return utc();
    if (!is_database_name(name)) return std::nullopt;
    Known& all = known();
    const std::lock_guard lock(all.mutex);
    const auto found = all.zones.find(name);
    if (found != all.zones.end()) return Zone(found->second);
    const std::string text(name);
    absl::TimeZone zone;
    if (!all.has_file(text) || !absl::LoadTimeZone(text, &zone)) return std::nullopt;
    const auto data = std::make_shared<const Data>(Data{text, zone});
    all.zones.emplace(text, data);
    return Zone(data);
}

const std::string& Zone::name() const { return data_->name; }

LocalTime Zone::local(Instant instant) const {
    const absl::TimeZone::CivilInfo info = data_->zone.At(absl::FromUnixMicros(instant.micros));
    const std::int64_t seconds = info.cs.hour() * 3600 + info.cs.minute() * 60 + info.cs.second();
    const std::int64_t micros = absl::ToInt64Microseconds(info.subsecond);
    return {to_date(absl::CivilDay(info.cs)), {seconds * micros_per_second + micros}};
}

Occurrence Zone::occurrence(Date date, TimeOfDay time) const {
    const std::int64_t seconds = time.micros / micros_per_second;
    const std::int64_t rest = time.micros % micros_per_second;
    const absl::CivilSecond wanted =
        absl::CivilSecond(first_day + date.days) + static_cast<absl::civil_diff_t>(seconds);
    const absl::TimeZone::TimeInfo found = data_->zone.At(wanted);
    // Abseil's `pre` and `post` go by the distance before and after the change.
    const Instant pre{absl::ToUnixMicros(found.pre) + rest};
    switch (found.kind) {
        case absl::TimeZone::TimeInfo::UNIQUE: break;
        case absl::TimeZone::TimeInfo::SKIPPED: {
            const Instant change{absl::ToUnixMicros(found.trans)};
            return {OccurrenceKind::skipped, change, change, change};
        }
        case absl::TimeZone::TimeInfo::REPEATED:
            return {OccurrenceKind::twice,
                    pre,
                    {absl::ToUnixMicros(found.post) + rest},
                    {absl::ToUnixMicros(found.trans)}};
    }
    return {OccurrenceKind::once, pre, pre, pre};
}

Instant Zone::instant(Date date, TimeOfDay time) const { return occurrence(date, time).first; }

bool Zone::skips(Date date) const {
    // A gap that holds the midnight of a day and ends in another one holds all of it.
    const Occurrence midnight = occurrence(date, {});
    return midnight.kind == OccurrenceKind::skipped && local(midnight.change).date > date;
}

std::optional<Instant> Zone::add(Instant from, Duration duration) const {
    Instant sum = from;
    // Only a step of the calendar goes through local time: ten minutes on from the second of two
    // 02:30 must not begin at the first.
    if (duration.months != 0 || duration.days != 0) {
        const LocalTime start = local(from);
        const auto month = add_months(start.date, duration.months);
        if (!month) return std::nullopt;
        const auto day = add_days(*month, duration.days);
        if (!day) return std::nullopt;
        sum = instant(*day, start.time);
    }
    if (__builtin_add_overflow(sum.micros, duration.micros, &sum.micros)) return std::nullopt;
    if (!is_in_calendar(sum)) return std::nullopt;
    return sum;
}

std::string Zone::format(Instant instant) const {
    const LocalTime here = local(instant);
    const TimeOfDay whole_second{here.time.micros - here.time.micros % micros_per_second};
    return format_date(here.date) + " " + format_time(whole_second);
}

}  // namespace pawl
