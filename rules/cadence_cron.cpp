#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "base/text.h"
#include "rules/cadence.h"

namespace pawl::rules {

namespace {

constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names = {"sun", "mon", "tue", "wed",
                                                           "thu", "fri", "sat"};

struct Field {
    std::string_view one, many;  // "minute", "minutes"
    std::int32_t low, high;
    std::int32_t last;                        // what `*` ends with: 7 is Sunday a second time
    std::span<const std::string_view> names;  // of low and what follows
    std::string_view fits;
};
constexpr std::array<Field, 5> fields = {{
    {"minute", "minutes", 0, 59, 59, {}, "0 to 59"},
    {"hour", "hours", 0, 23, 23, {}, "0 to 23"},
    {"day of the month", "days of the month", 1, 31, 31, {}, "1 to 31"},
    {"month", "months", 1, 12, 12, month_names, "1 to 12 or `jan` to `dec`"},
    {"weekday", "weekdays", 0, 7, 6, weekday_names, "0 to 7 or `sun` to `sat`"},
}};

struct Set {
    std::uint64_t bits = 0;
    bool has_star = false;
};

Error mistake(std::string message) { return Error{"cron", std::move(message)}; }

// Within back quotes, safe to print.
std::string shown(std::string_view text) {
    std::string quoted = quote_for_message(text, 40);
    quoted.front() = '`';
    quoted[quoted.rfind('"')] = '`';
    return quoted;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return out;
}

std::vector<std::string_view> split(std::string_view text, std::string_view marks) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find_first_of(marks);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// Digits only; what is too large for any field is 1000.
std::optional<std::int32_t> read_digits(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int32_t number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        number = std::min(number * 10 + (digit - '0'), 1000);
    }
    return number;
}

Result<std::int32_t> read_value(const Field& field, std::string_view text) {
    if (const auto number = read_digits(text)) {
        if (*number >= field.low && *number <= field.high) return *number;
    }
    const std::string word = lower(text);
    std::string longer;
    for (std::size_t index = 0; index < field.names.size(); ++index) {
        if (word == field.names[index]) return field.low + static_cast<std::int32_t>(index);
        if (word.starts_with(field.names[index])) longer = field.names[index];
    }
    std::string message =
        shown(text) + " is no " + std::string(field.one) + ": " + std::string(field.fits);
    if (!longer.empty()) message += "; write `" + longer + "`";
    if (text == "?") message += "; write `*`";
    return mistake(std::move(message));
}

Result<std::int32_t> read_step(const Field& field, std::string_view text) {
    const auto step = read_digits(text);
    if (step && *step >= 1 && *step <= field.high) return *step;
    return mistake(shown(text) + " is no step of " + std::string(field.many) + ": 1 to " +
                   std::to_string(field.high));
}

struct Range {
    std::int32_t from = 0, to = 0;
};

Result<Range> read_range(const Field& field, std::string_view text, std::size_t dash) {
    PAWL_TRY(const std::int32_t from, read_value(field, text.substr(0, dash)));
    PAWL_TRY(std::int32_t to, read_value(field, text.substr(dash + 1)));
    // `fri-sun`: here Sunday ends the week.
    if (to == 0 && from > 0 && field.high == 7) to = 7;
    if (from > to) {
        const auto write = [&](std::int32_t low, std::int32_t high) {
            return low == high ? std::to_string(low)
                               : std::to_string(low) + "-" + std::to_string(high);
        };
        return mistake("the " + std::string(field.many) + " " + shown(text) +
                       " run backwards: write `" + write(from, field.last) + "," +
                       write(field.low, to) + "`");
    }
    return Range{from, to};
}

// One part of a list: `*`, `5`, `8-18`, each range with a step or without.
Status read_part(const Field& field, std::string_view text, Set& out) {
    const std::size_t slash = text.find('/');
    const std::string_view base = text.substr(0, slash);
    const std::size_t dash = base.find('-');
    Range range;
    if (base == "*") {
        range = {field.low, field.last};
        out.has_star = true;
    } else if (base.starts_with('*')) {
        return mistake("the " + std::string(field.many) + " " + shown(text) +
                       " are more than a `*`: it stands alone or with a step, as in `*/2`");
    } else if (dash != std::string_view::npos) {
        PAWL_TRY(range, read_range(field, base, dash));
    } else {
        PAWL_TRY(const std::int32_t value, read_value(field, base));
        range = {value, value};
        if (slash != std::string_view::npos) {
            PAWL_TRY(const std::int32_t by, read_step(field, text.substr(slash + 1)));
            return mistake("the " + std::string(field.many) + " " + shown(text) +
                           " have a step without a range: write `" + std::string(base) + "-" +
                           std::to_string(field.last) + "/" + std::to_string(by) + "`");
        }
    }
    std::int32_t step = 1;
    if (slash != std::string_view::npos) {
        PAWL_TRY(step, read_step(field, text.substr(slash + 1)));
    }
    for (std::int32_t value = range.from; value <= range.to; value += step)
        out.bits |= 1ULL << (value > field.last ? field.low : value);
    return Done{};
}

Result<Set> read_field(const Field& field, std::string_view text) {
    Set set;
    for (const std::string_view part : split(text, ",")) {
        if (part.empty())
            return mistake("the " + std::string(field.many) + " " + shown(text) +
                           " have a comma with nothing beside it: " + std::string(field.fits));
        PAWL_TRY([[maybe_unused]] const Done done, read_part(field, part, set));
    }
    return set;
}

struct Nickname {
    std::string_view name, line;
};
constexpr std::array<Nickname, 7> nicknames = {{{"@yearly", "0 0 1 1 *"},
                                                {"@annually", "0 0 1 1 *"},
                                                {"@monthly", "0 0 1 * *"},
                                                {"@weekly", "0 0 * * 0"},
                                                {"@daily", "0 0 * * *"},
                                                {"@midnight", "0 0 * * *"},
                                                {"@hourly", "0 * * * *"}}};

Error not_five(std::string_view text, std::size_t count) {
    for (const Nickname& nickname : nicknames)
        if (lower(trim(text)) == nickname.name)
            return mistake(shown(nickname.name) + " is a nickname: write `" +
                           std::string(nickname.line) + "`");
    std::string message =
        count == 0 ? "the cron line is empty"
                   : shown(text) + (count == 1 ? " is one field"
                                               : " has " + std::to_string(count) + " fields");
    message +=
        ": five fit, the minute, hour, day of the month, month and weekday, as in `0 9 * * 1`";
    if (count == 6) message += "; seconds and years have no field here";
    return mistake(std::move(message));
}

}  // namespace

Result<Cron> parse_cron(std::string_view text) {
    std::vector<std::string_view> texts;
    for (const std::string_view part : split(text, " \t"))
        if (!part.empty()) texts.push_back(part);
    if (texts.size() != fields.size()) return not_five(text, texts.size());
    std::array<Set, fields.size()> sets;
    for (std::size_t index = 0; index < fields.size(); ++index) {
        PAWL_TRY(sets[index], read_field(fields[index], texts[index]));
    }
    Cron cron;
    cron.minutes = sets[0].bits;
    cron.hours = static_cast<std::uint32_t>(sets[1].bits);
    cron.days = static_cast<std::uint32_t>(sets[2].bits);
    cron.months = static_cast<std::uint16_t>(sets[3].bits);
    cron.weekdays = static_cast<std::uint8_t>(sets[4].bits);
    cron.every_hour = std::popcount(cron.hours) == 24;
    cron.every_day = sets[2].has_star;
    cron.every_weekday = sets[4].has_star;
    return cron;
}

}  // namespace pawl::rules
