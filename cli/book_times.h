#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/zone.h"
#include "cli/http_client.h"

// By which clock people read the times that an engine answers, and which of its fields are times: a
// text that looks like one stays as it is.

namespace pawl::cli {

class BookTimes {
 public:
    // Nothing is a time.
    BookTimes() = default;

    // Asks the engine once. An engine that names no zone is read by UTC.
    static Result<BookTimes> ask(const HttpClient& client);

    const Zone& zone() const { return zone_; }
    bool is_time(const std::string& entity, const std::string& field) const;

    // The instant that a field holds; nothing where it is no time, or empty.
    std::optional<Instant> find(const std::string& entity, const std::string& field,
                                const Json& value) const;

    // What somebody wrote for a field, as the API takes it: of a time, a day or a local time is
    // that of the rulebook's zone. Error "usage" where a time is due and this is none; what
    // is no time stays as it is.
    Result<std::string> for_engine(const std::string& entity, const std::string& field,
                                   const std::string& text) const;

 private:
    Zone zone_ = Zone::utc();
    std::map<std::string, std::set<std::string>> fields_;  // by entity
};

// Whether it is a day or a local time, which only a zone makes an instant.
bool needs_zone(const std::string& text);

// "times of Africa/Nairobi", the line under a table.
std::string zone_line(const Zone& zone);

}  // namespace pawl::cli
