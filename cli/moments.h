#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "base/zone.h"

// Times on the command line.

namespace pawl::cli {

// RFC 3339, or a day or local time in the zone: "2026-03-02", "2026-03-02T09:00".
std::optional<Instant> parse_moment(std::string_view text, const Zone& zone);

// "`--from` is …, where … is due"
Error wrong_option(const std::string& option, const std::string& text, const std::string& due);

// What the machine's clock says.
Instant machine_now();

}  // namespace pawl::cli
