#include "cli/moments.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace pawl::cli {

std::optional<Instant> parse_moment(std::string_view text, const Zone& zone) {
    if (const auto instant = parse_instant(text)) return instant;
    const std::size_t cut = std::min(text.find_first_of("T "), text.size());
    const std::optional<Date> date = parse_date(text.substr(0, cut));
    if (!date) return std::nullopt;
    if (cut == text.size()) return zone.instant(*date, TimeOfDay{});
    const std::optional<TimeOfDay> time = parse_time(text.substr(cut + 1));
    if (!time) return std::nullopt;
    return zone.instant(*date, *time);
}

Error wrong_option(const std::string& option, const std::string& text, const std::string& due) {
    return {
        .code = "usage",
        .message = "`" + option + "` is " + quote_for_message(text) + ", where " + due + " is due"};
}

Instant machine_now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return Instant{std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

}  // namespace pawl::cli
