#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "rules/cadence.h"

// Cadences and zones for tests, in few words.

namespace pawl::rules {

inline Zone zone_of(const std::string& name) {
    CAPTURE(name);
    const auto zone = Zone::find(name);
    REQUIRE(zone);
    return *zone;
}

inline Instant instant_of(const std::string& text) {
    CAPTURE(text);
    const auto instant = parse_instant(text);
    REQUIRE(instant);
    return *instant;
}

inline Cadence every(const char* interval) {
    const auto length = parse_duration(interval);
    REQUIRE(length);
    Cadence cadence;
    cadence.kind = CadenceKind::interval;
    cadence.micros = length->micros;
    return cadence;
}

inline std::vector<TimeOfDay> times(const std::vector<std::string>& at) {
    std::vector<TimeOfDay> parsed;
    for (const std::string& text : at) {
        const auto time = parse_time(text);
        REQUIRE(time);
        parsed.push_back(*time);
    }
    return parsed;
}

inline Cadence daily(const std::vector<std::string>& at, std::int32_t count = 1,
                     std::uint8_t weekdays = every_weekday) {
    Cadence cadence;
    cadence.kind = CadenceKind::days;
    cadence.count = count;
    cadence.weekdays = weekdays;
    cadence.at = times(at);
    return cadence;
}

inline Cadence monthly(std::int32_t on_day, const std::vector<std::string>& at,
                       std::int32_t count = 1) {
    Cadence cadence;
    cadence.kind = CadenceKind::months;
    cadence.count = count;
    cadence.on_day = on_day;
    cadence.at = times(at);
    return cadence;
}

inline Cadence cron(const std::string& line) {
    CAPTURE(line);
    const auto parsed = parse_cron(line);
    REQUIRE(parsed);
    Cadence cadence;
    cadence.kind = CadenceKind::cron;
    cadence.cron = *parsed;
    return cadence;
}

using Texts = std::vector<std::string>;

// As many as are asked for, or as there are.
inline Texts occurrences(const Cadence& cadence, const std::string& zone, const std::string& after,
                         std::size_t count) {
    const Zone clock = zone_of(zone);
    Texts found;
    Instant last = instant_of(after);
    while (found.size() < count) {
        const auto next = next_occurrence(cadence, last, clock);
        if (!next) break;
        found.push_back(format_instant(*next));
        last = *next;
    }
    return found;
}

}  // namespace pawl::rules
