#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace pawl::rules::internal {

// parse_instant, with a short way for the form that senders use ("2026-03-02T07:15:04Z") and for
// the day of the time before.
class EventTimes {
 public:
    std::optional<Instant> read(std::string_view text) {
        constexpr std::string_view form = "T00:00:00Z";
        constexpr std::size_t date_size = 10;
        if (text.size() != date_size + form.size()) return parse_instant(text);
        const std::string_view time = text.substr(date_size);
        for (std::size_t i = 0; i < form.size(); ++i) {
            const bool fits = form[i] == '0' ? static_cast<unsigned char>(time[i] - '0') <= 9
                                             : time[i] == form[i];
            if (!fits) return parse_instant(text);
        }
        if (text.substr(0, date_size) != last_day_) {
            const std::optional<Date> date = parse_date(text.substr(0, date_size));
            if (!date) return parse_instant(text);
            last_day_ = text.substr(0, date_size);
            last_date_ = *date;
        }
        const auto two = [&](std::size_t at) {
            return (time[at] - '0') * 10 + (time[at + 1] - '0');
        };
        const int hour = two(1);
        const int minute = two(4);
        const int second = two(7);
        if (hour > 23 || minute > 59 || second > 59) return parse_instant(text);
        const std::int64_t seconds = (hour * 60 + minute) * 60 + second;
        return Instant{last_date_.days * micros_per_day + seconds * micros_per_second};
    }

 private:
    std::string last_day_;
    Date last_date_;
};

}  // namespace pawl::rules::internal
