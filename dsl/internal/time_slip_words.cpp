#include "dsl/internal/time_slip_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "base/zone.h"
#include "base/zone_names.h"
#include "dsl/internal/keyword.h"

namespace pawl::dsl {

namespace {

struct Meaning {
    std::string_view written, meant;
};

std::string_view look_up(std::span<const Meaning> table, std::string_view word) {
    for (const Meaning& row : table)
        if (row.written == word) return row.meant;
    return {};
}

constexpr Meaning units[] = {
    {"s", "s"},       {"sec", "s"},    {"secs", "s"},       {"second", "s"},    {"seconds", "s"},
    {"min", "min"},   {"mins", "min"}, {"minute", "min"},   {"minutes", "min"}, {"h", "h"},
    {"hr", "h"},      {"hrs", "h"},    {"hour", "h"},       {"hours", "h"},     {"d", "d"},
    {"day", "d"},     {"days", "d"},   {"w", "w"},          {"wk", "w"},        {"wks", "w"},
    {"week", "w"},    {"weeks", "w"},  {"fortnight", "2w"}, {"mo", "mo"},       {"month", "mo"},
    {"months", "mo"}, {"y", "y"},      {"yr", "y"},         {"yrs", "y"},       {"year", "y"},
    {"years", "y"}};

constexpr Meaning numbers[] = {{"a", "1"},       {"an", "1"},      {"one", "1"},    {"two", "2"},
                               {"three", "3"},   {"four", "4"},    {"five", "5"},   {"six", "6"},
                               {"seven", "7"},   {"eight", "8"},   {"nine", "9"},   {"ten", "10"},
                               {"twelve", "12"}, {"twenty", "20"}, {"thirty", "30"}};

constexpr std::array<std::string_view, 7> day_names = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

// Of several senses of these letters the commonest; each is a zone of the database.
constexpr Meaning zone_letters[] = {{"EAT", "Africa/Nairobi"},
                                    {"CAT", "Africa/Maputo"},
                                    {"WAT", "Africa/Lagos"},
                                    {"SAST", "Africa/Johannesburg"},
                                    {"GMT", "UTC"},
                                    {"UTC", "UTC"},
                                    {"BST", "Europe/London"},
                                    {"CET", "Europe/Berlin"},
                                    {"CEST", "Europe/Berlin"},
                                    {"EST", "America/New_York"},
                                    {"EDT", "America/New_York"},
                                    {"ET", "America/New_York"},
                                    {"CST", "America/Chicago"},
                                    {"CDT", "America/Chicago"},
                                    {"MST", "America/Denver"},
                                    {"MDT", "America/Denver"},
                                    {"PST", "America/Los_Angeles"},
                                    {"PDT", "America/Los_Angeles"},
                                    {"PT", "America/Los_Angeles"},
                                    {"IST", "Asia/Kolkata"}};

constexpr Meaning rhythms[] = {{"hourly", "hour"},   {"daily", "day"},         {"nightly", "day"},
                               {"weekly", "week"},   {"monthly", "month"},     {"yearly", "year"},
                               {"annually", "year"}, {"quarterly", "3 months"}};

constexpr Meaning parts_of_day[] = {
    {"morning", "08:00"}, {"noon", "12:00"},  {"midday", "12:00"},  {"afternoon", "14:00"},
    {"evening", "18:00"}, {"night", "22:00"}, {"midnight", "00:00"}};

constexpr Meaning ordinals[] = {{"first", "1"}, {"second", "2"}, {"third", "3"}};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_decimal(std::string_view text) {
    const std::size_t dot = text.find('.');
    return dot != std::string_view::npos && is_digits(text.substr(0, dot)) &&
           is_digits(text.substr(dot + 1));
}

int number_of(std::string_view digits) {
    int number = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// ---- Numbers and lengths -----------------------------------------------------------------------

SlipPart count(std::span<const SlipToken> tokens) {
    const std::string_view word = tokens.front().text;
    if (is_digits(word) && word.size() < 8) return {1, std::string(word)};
    const std::string_view meant = look_up(numbers, fold_case(word));
    return meant.empty() ? SlipPart{} : SlipPart{1, std::string(meant)};
}

// `24 hours`, `a day`, `half an hour`.
SlipPart counted(std::span<const SlipToken> tokens) {
    if (tokens.size() > 2 && tokens[0].text == "half" && tokens[1].text == "an" &&
        tokens[2].text == "hour")
        return {3, "30min"};
    const SlipPart number = count(tokens);
    if (number.count == 0 || tokens.size() < 2) return {};
    const std::string_view unit = look_up(units, fold_case(tokens[1].text));
    if (unit.empty()) return {};
    if (unit == "2w") return {2, std::to_string(2 * number_of(number.meant)) + "w"};
    return {2, number.meant + std::string(unit)};
}

bool is_duration(std::string_view text) {
    if (text.empty() || !is_digit(text.front())) return false;
    while (!text.empty()) {
        std::size_t digits = 0;
        while (digits < text.size() && is_digit(text[digits])) ++digits;
        std::size_t end = digits;
        while (end < text.size() && !is_digit(text[end])) ++end;
        const std::string_view unit = text.substr(digits, end - digits);
        const std::string_view known = look_up(units, unit);
        if (digits == 0 || unit.empty() || known != unit) return false;
        text.remove_prefix(end);
    }
    return true;
}

SlipPart length(std::span<const SlipToken> tokens) {
    if (is_duration(tokens.front().text)) return {1, std::string(tokens.front().text)};
    return counted(tokens);
}

// The unit of the calendar that is nearest to a length: `per 24h` is `per day`.
SlipPart calendar_unit(std::span<const SlipToken> tokens) {
    SlipPart part = length(tokens);
    if (part.count == 0) {
        const std::string_view unit = look_up(units, fold_case(tokens.front().text));
        if (unit.empty()) return {};
        part = {1, "1" + std::string(unit)};
    }
    const std::size_t letters = part.meant.find_first_not_of("0123456789");
    const int number = number_of(part.meant.substr(0, letters));
    const std::string unit = part.meant.substr(letters);
    const auto pick = [&](int most, const char* small, const char* large) {
        return SlipPart{part.count, number < most ? small : large};
    };
    if (unit == "s") return pick(60, "minute", "minute");
    if (unit == "min") return pick(60, "minute", "hour");
    if (unit == "h") return pick(24, "hour", "day");
    if (unit == "d") return number < 7 ? pick(7, "day", "week") : pick(28, "week", "month");
    if (unit == "w") return pick(4, "week", "month");
    if (unit == "mo") return pick(12, "month", "year");
    return {part.count, "year"};
}

// ---- Times and days ----------------------------------------------------------------------------

SlipPart time_of_day(std::span<const SlipToken> tokens) {
    const std::string_view word = tokens.front().text;
    const std::string_view named = look_up(parts_of_day, word);
    if (word == "noon" || word == "midday" || word == "midnight") return {1, std::string(named)};
    if (tokens.size() > 1) {
        const std::string half = fold_case(tokens[1].text);
        if (half == "am" || half == "pm") {
            const auto meant = time_of_day_meant(std::string(word) + half);
            return meant ? SlipPart{2, *meant} : SlipPart{};
        }
    }
    const auto meant = time_of_day_meant(word);
    return meant ? SlipPart{1, *meant} : SlipPart{};
}

SlipPart misspelled_time(std::span<const SlipToken> tokens) {
    SlipPart time = time_of_day(tokens);
    if (time.count == 1 && (time.meant == tokens.front().text || !is_digit(tokens[0].text[0])))
        return {};
    return time;
}

// `2026-3-2`, `2026-3-2T9:00` as `2026-03-02`, `2026-03-02T09:00`; as it should be too.
SlipPart date(std::span<const SlipToken> tokens) {
    const std::string_view word = tokens.front().text;
    const std::size_t middle = std::min(word.find('T'), word.size());
    int year = 0, month = 0, day = 0, read = 0;
    const std::string whole(word.substr(0, middle));
    if (whole.size() > 10 ||
        std::sscanf(whole.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &read) != 3 ||
        static_cast<std::size_t>(read) != whole.size() || year < 1000)
        return {};
    std::string meant = std::to_string(year) + "-" + two_digits(month) + "-" + two_digits(day);
    if (middle == word.size()) return {1, meant};
    const auto time = time_of_day_meant(word.substr(middle + 1));
    return time ? SlipPart{1, meant + "T" + *time} : SlipPart{};
}

// 0 is monday.
std::optional<std::size_t> weekday(std::string_view written) {
    const std::string word = fold_case(written);
    for (std::size_t i = 0; i < day_names.size(); ++i) {
        const std::string_view name = day_names[i];
        const bool is_short = word.size() >= 3 && name.starts_with(word);
        if (is_short || word == std::string(name) + "s") return i;
    }
    if (word == "tues") return 1;
    if (word == "thurs") return 3;
    return std::nullopt;
}

SlipPart one_day(std::span<const SlipToken> tokens) {
    const auto day = weekday(tokens.front().text);
    return day ? SlipPart{1, std::string(day_names[*day])} : SlipPart{};
}

SlipPart misspelled_day(std::span<const SlipToken> tokens) {
    const SlipPart day = one_day(tokens);
    return day.meant == tokens.front().text ? SlipPart{} : day;
}

// `monday to friday` as `weekday`, or the days by name.
SlipPart range_of_days(std::span<const SlipToken> tokens, std::string_view weekdays) {
    if (tokens.size() < 3) return {};
    const auto first = weekday(tokens[0].text);
    const auto last = weekday(tokens[2].text);
    const std::string_view joint = tokens[1].text;
    if (!first || !last ||
        (joint != "to" && joint != "-" && joint != "through" && joint != "until" && joint != ".."))
        return {};
    constexpr std::size_t friday = 4, saturday = 5, sunday = 6;
    if (*first == 0 && *last == friday) return {3, std::string(weekdays)};
    if (*first == saturday && *last == sunday && weekdays == "weekdays") return {3, "weekends"};
    std::string meant(day_names[*first]);
    for (std::size_t day = *first; day != *last;) {
        day = (day + 1) % day_names.size();
        meant += ", " + std::string(day_names[day]);
    }
    return {3, meant};
}

// `1st`, `first` or a number that a month has.
SlipPart ordinal(std::span<const SlipToken> tokens) {
    const std::string_view word = tokens.front().text;
    const std::string_view named = look_up(ordinals, word);
    if (!named.empty()) return {1, std::string(named)};
    const std::size_t letters = std::min(word.find_first_not_of("0123456789"), word.size());
    const std::string_view ending = word.substr(letters);
    if (letters == 0 || letters > 2) return {};
    if (!ending.empty() && ending != "st" && ending != "nd" && ending != "rd" && ending != "th")
        return {};
    const int day = number_of(word.substr(0, letters));
    return day >= 1 && day <= 31 ? SlipPart{1, std::to_string(day)} : SlipPart{};
}

// The day and month of a date, the minute and hour of a time, as cron has them.
SlipPart cron_fields(std::string_view kind, std::span<const SlipToken> tokens) {
    SlipPart part = kind == "yearday" ? date(tokens) : time_of_day(tokens);
    if (part.count == 0) return {};
    const std::size_t half = part.meant.size() - 2;
    const std::string_view last = std::string_view(part.meant).substr(half);
    const std::string_view first = std::string_view(part.meant).substr(half - 3, 2);
    part.meant = std::to_string(number_of(last)) + " " + std::to_string(number_of(first));
    return part;
}

SlipPart rest_of_line(std::span<const SlipToken> tokens) {
    SlipPart part{tokens.size(), {}};
    for (const SlipToken& token : tokens) {
        const bool is_joined = part.meant.empty() || token.text == ",";
        part.meant += (is_joined ? "" : " ") + std::string(token.text);
    }
    return part;
}

SlipPart nearly_a_day(std::string_view word) {
    std::vector<std::string> known(day_names.begin(), day_names.end());
    for (const char* unit : {"minute", "hour", "day", "week", "month", "year", "weekday",
                             "weekdays", "weekend", "weekends"})
        known.emplace_back(unit);
    const auto near = suggest(word, known, 1);
    return near.empty() ? SlipPart{} : SlipPart{1, near.front()};
}

// ---- Names and zones ---------------------------------------------------------------------------

SlipPart name(std::span<const SlipToken> tokens) {
    const std::string_view word = tokens.front().text;
    if (!is_name_begin(word.front()) || is_reserved(word) || word == "each") return {};
    return {1, std::string(word)};
}

SlipPart zone(std::span<const SlipToken> tokens) {
    std::string word(tokens.front().text);
    if (word.size() > 2 && word.front() == '"') word = word.substr(1, word.size() - 2);
    if (!is_name_begin(word.front())) return {};
    const std::string_view letters = look_up(zone_letters, word);
    if (!letters.empty()) return {1, std::string(letters)};
    if (Zone::find(word)) return {1, word};
    const std::string closest = closest_zone(word);
    return closest.empty() ? SlipPart{} : SlipPart{1, closest};
}

SlipPart from_table(std::span<const Meaning> table, std::string_view word) {
    const std::string_view meant = look_up(table, word);
    return meant.empty() ? SlipPart{} : SlipPart{1, std::string(meant)};
}

}  // namespace

SlipPart read_slip_part(std::string_view kind, std::span<const SlipToken> tokens) {
    if (tokens.empty()) return {};
    const std::string_view word = tokens.front().text;
    if (kind == "n") return count(tokens);
    if (kind == "more") {
        SlipPart part = count(tokens);
        if (part.count > 0) part.meant = std::to_string(number_of(part.meant) + 1);
        return part;
    }
    if (kind == "counted") return counted(tokens);
    if (kind == "length") return length(tokens);
    if (kind == "per") return calendar_unit(tokens);
    if (kind == "unit") return from_table(units, word);
    if (kind == "time") return time_of_day(tokens);
    if (kind == "badtime") return misspelled_time(tokens);
    if (kind == "date") return date(tokens);
    if (kind == "yearday" || kind == "crontime") return cron_fields(kind, tokens);
    if (kind == "rest") return rest_of_line(tokens);
    if (kind == "baddate") {
        const SlipPart part = date(tokens);
        return part.meant == word ? SlipPart{} : part;
    }
    if (kind == "day") return one_day(tokens);
    if (kind == "badday") return misspelled_day(tokens);
    if (kind == "everydays") return range_of_days(tokens, "weekday");
    if (kind == "ondays") return range_of_days(tokens, "weekdays");
    if (kind == "nth") return is_digit(word.back()) ? SlipPart{} : ordinal(tokens);
    if (kind == "nword") return word.size() < 3 ? SlipPart{} : from_table(numbers, word);
    if (kind == "decimal" && is_decimal(word)) return {1, std::string(word)};
    if (kind == "nearday") return nearly_a_day(word);
    if (kind == "ordinal") return ordinal(tokens);
    if (kind == "rhythm") return from_table(rhythms, word);
    if (kind == "partofday") return from_table(parts_of_day, word);
    if (kind == "name") return name(tokens);
    if (kind == "zone") return zone(tokens);
    if (kind == "letters" && word.size() >= 2 && std::all_of(word.begin(), word.end(), is_upper))
        return zone(tokens);
    if (kind == "text" && word.front() == '"') return {1, std::string(word)};
    return {};
}

std::vector<SlipToken> read_slip_tokens(std::string_view text, std::uint32_t line) {
    std::vector<SlipToken> tokens;
    // A line that nobody wrote by hand is not searched.
    constexpr std::size_t line_bytes_max = 2'000;
    const std::size_t line_end = std::min(text.find('\n', line), text.size());
    if (line_end - line > line_bytes_max) return {};
    for (std::size_t at = line; at < line_end;) {
        const char c = text[at];
        std::size_t end = at + 1;
        if (c == '#') break;
        if (c == ' ' || c == '\t' || c == '\r') {
            at = end;
            continue;
        }
        if (c == '"') {
            end = std::min(text.find('"', at + 1), line_end - 1) + 1;
        } else if (is_name_begin(c)) {
            while (end < line_end &&
                   (is_name_part(text[end]) || text[end] == '.' || text[end] == '/'))
                ++end;
        } else if (is_digit(c)) {
            const bool is_date = text.substr(at, line_end - at).find('-') == 4;
            const auto goes_on = [&](std::size_t place) {
                const bool is_point =
                    text[place] == '.' && place + 1 < line_end && is_digit(text[place + 1]);
                return is_name_part(text[place]) || text[place] == ':' || is_point ||
                       (is_date && text[place] == '-');
            };
            while (end < line_end && goes_on(end)) ++end;
        } else {
            while (end < line_end && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u)
                ++end;
        }
        tokens.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end),
                          text.substr(at, end - at)});
        at = end;
    }
    return tokens;
}

std::optional<std::string> time_of_day_meant(std::string_view written) {
    std::string word = fold_case(written);
    const bool is_pm = word.ends_with("pm");
    const bool is_am = word.ends_with("am");
    if (is_am || is_pm) {
        word.resize(word.size() - 2);
        std::replace(word.begin(), word.end(), '.', ':');
    }
    const std::size_t colon = std::min(word.find(':'), word.size());
    const std::string_view hours = std::string_view(word).substr(0, colon);
    const std::string_view minutes =
        colon < word.size() ? std::string_view(word).substr(colon + 1) : std::string_view();
    if (colon == word.size() && !is_am && !is_pm) return std::nullopt;
    if (!is_digits(hours) || hours.size() > 2) return std::nullopt;
    if (colon < word.size() && (!is_digits(minutes) || minutes.size() != 2)) return std::nullopt;
    int hour = number_of(hours);
    const int minute = minutes.empty() ? 0 : number_of(minutes);
    if ((is_am || is_pm) && (hour < 1 || hour > 12)) return std::nullopt;
    if (is_am || is_pm) hour = hour % 12 + (is_pm ? 12 : 0);
    if (hour > 23 || minute > 59) return std::nullopt;
    return two_digits(hour) + ":" + two_digits(minute);
}

std::string cron_nickname(std::string_view word) {
    constexpr Meaning nicknames[] = {{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},
                                     {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
                                     {"@monthly", "0 0 1 * *"},  {"@yearly", "0 0 1 1 *"},
                                     {"@annually", "0 0 1 1 *"}};
    return std::string(look_up(nicknames, word));
}

std::size_t trimmed_size(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r");
    return last == std::string_view::npos ? 0 : last + 1;
}

}  // namespace pawl::dsl
