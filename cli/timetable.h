#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/zone.h"
#include "cli/http_client.h"
#include "cli/list_pages.h"
#include "cli/terminal.h"

// The timetables of journeys, as a running engine tells them.

namespace pawl::cli {

// What the engine says of its journeys.
struct Journeys {
    std::vector<Json> items;  // `name title entity steps`
    Zone zone = Zone::utc();  // of the rulebook
};
Result<Journeys> ask_journeys(const HttpClient& client);

// Error "not_found", with the names there are.
Result<Json> find_journey(const Journeys& journeys, const std::string& name);

// The steps of a list, by their time; of one record or of many. Of more than `list.limit` those
// that come next, then the newest of those that are over; how many more there are is told. Answers
// how many were shown.
Result<std::size_t> show_steps(const HttpClient& client, const ListPages& list, const Zone& zone,
                               bool as_json, Terminal& terminal);

// What was done to the journeys of a record (of one of them where it is named), by whom and why, as
// the log has it; nothing where there is none.
Status show_steering(const HttpClient& client, const std::string& journey, const std::string& of,
                     const Zone& zone, Terminal& terminal);

// One journey of one record, as it stands.
struct Step {
    std::string title, state, reason;
    std::optional<Instant> at;
};
using Timetable = std::map<std::string, Step>;  // by "generate(4)"
Result<Timetable> ask_timetable(const HttpClient& client, const std::string& journey,
                                const std::string& of);

// What the happenings make of it. Takes out of `happenings` what it told.
Timetable change_timetable(Timetable timetable, std::vector<Json>& happenings,
                           const std::string& journey, const std::string& of);

// Side by side, by time; what changes is marked with a star, and counted below. Of more than twelve
// only those that change.
void show_difference(const Timetable& before, const Timetable& after, const Zone& zone,
                     bool as_json, Output& out);

}  // namespace pawl::cli
