#include <array>
#include <limits>

#include "base/time.h"

// Instants, dates, times and durations as text. Parsing is strict: the whole text, and nothing that
// could be meant in two ways.

namespace pawl {

namespace {

// Reads from the front of a text; a call that does not find what it wants takes nothing.
class Reader {
 public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool is_done() const { return text_.empty(); }
    bool sees_digit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }

    bool take(char wanted) {
        if (!text_.starts_with(wanted)) return false;
        text_.remove_prefix(1);
        return true;
    }

    bool take(std::string_view wanted) {
        if (!text_.starts_with(wanted)) return false;
        text_.remove_prefix(wanted.size());
        return true;
    }

    // Exactly that many digits.
    std::optional<std::int32_t> digits(std::size_t count) {
        if (text_.size() < count) return std::nullopt;
        std::int32_t number = 0;
        for (std::size_t index = 0; index < count; ++index) {
            const char digit = text_[index];
            if (digit < '0' || digit > '9') return std::nullopt;
            number = number * 10 + (digit - '0');
        }
        text_.remove_prefix(count);
        return number;
    }

    // One digit or more; nothing when there is none or when it is past 64 bits.
    std::optional<std::int64_t> number() {
        if (!sees_digit()) return std::nullopt;
        std::int64_t number = 0;
        while (sees_digit()) {
            if (__builtin_mul_overflow(number, 10, &number) ||
                __builtin_add_overflow(number, text_[0] - '0', &number))
                return std::nullopt;
            text_.remove_prefix(1);
        }
        return number;
    }

    // The digits behind a decimal point as microseconds, finer ones dropped. Nothing when there is
    // no digit.
    std::optional<std::int64_t> fraction() {
        if (!sees_digit()) return std::nullopt;
        std::int64_t micros = 0;
        for (std::int64_t worth = micros_per_second / 10; sees_digit(); worth /= 10) {
            micros += worth * (text_[0] - '0');
            text_.remove_prefix(1);
        }
        return micros;
    }

 private:
    std::string_view text_;
};

std::optional<Date> read_date(Reader& reader) {
    const auto year = reader.digits(4);
    if (!year || !reader.take('-')) return std::nullopt;
    const auto month = reader.digits(2);
    if (!month || !reader.take('-')) return std::nullopt;
    const auto day = reader.digits(2);
    if (!day) return std::nullopt;
    return make_date({*year, *month, *day});
}

constexpr std::int64_t micros_per_minute = 60 * micros_per_second;
constexpr std::int64_t micros_per_hour = 60 * micros_per_minute;

// "09:00" as microseconds.
std::optional<std::int64_t> read_hour_and_minute(Reader& reader) {
    const auto hour = reader.digits(2);
    if (!hour || *hour > 23 || !reader.take(':')) return std::nullopt;
    const auto minute = reader.digits(2);
    if (!minute || *minute > 59) return std::nullopt;
    return *hour * micros_per_hour + *minute * micros_per_minute;
}

// ":30" or ":30.25" as microseconds.
std::optional<std::int64_t> read_second(Reader& reader) {
    if (!reader.take(':')) return std::nullopt;
    const auto second = reader.digits(2);
    if (!second || *second > 59) return std::nullopt;
    if (!reader.take('.')) return *second * micros_per_second;
    const auto fraction = reader.fraction();
    if (!fraction) return std::nullopt;
    return *second * micros_per_second + *fraction;
}

std::optional<std::int64_t> read_offset(Reader& reader) {
    if (reader.take('Z') || reader.take('z')) return 0;
    const bool is_west = reader.take('-');
    if (!is_west && !reader.take('+')) return std::nullopt;
    const auto offset = read_hour_and_minute(reader);
    if (!offset) return std::nullopt;
    return is_west ? -*offset : *offset;
}

enum class Part : std::uint8_t { months, days, micros };

struct Unit {
    std::string_view name;
    Part part;
    std::int64_t worth;
};

// Larger units first, the order in which they may follow one another.
constexpr std::array<Unit, 7> units = {{
    {"y", Part::months, 12},
    {"mo", Part::months, 1},
    {"w", Part::days, 7},
    {"d", Part::days, 1},
    {"h", Part::micros, micros_per_hour},
    {"min", Part::micros, micros_per_minute},
    {"s", Part::micros, micros_per_second},
}};
constexpr std::size_t seconds_unit = 6;

// The same units in ISO 8601; the first three and the day stand before the T, the others behind.
constexpr std::array<char, 7> iso_letters = {'Y', 'M', 'W', 'D', 'H', 'M', 'S'};
constexpr std::size_t first_time_unit = 4;

struct Amount {
    std::int64_t whole = 0;
    std::optional<std::int64_t> fraction = {};  // microseconds of a second
};

std::optional<Amount> read_amount(Reader& reader, bool takes_comma) {
    Amount amount;
    const auto whole = reader.number();
    if (!whole) return std::nullopt;
    amount.whole = *whole;
    if (reader.take('.') || (takes_comma && reader.take(','))) {
        amount.fraction = reader.fraction();
        if (!amount.fraction) return std::nullopt;
    }
    return amount;
}

template <class Number>
bool add_to(Number& sum, std::int64_t term) {
    return !__builtin_add_overflow(sum, term, &sum);
}

// False on overflow, and for decimals of anything but seconds.
bool add_amount(Duration& sum, Amount amount, std::size_t unit, bool is_negative) {
    if (amount.fraction && unit != seconds_unit) return false;
    std::int64_t term = 0;
    if (__builtin_mul_overflow(amount.whole, units[unit].worth, &term)) return false;
    if (!add_to(term, amount.fraction.value_or(0))) return false;
    if (is_negative) term = -term;
    switch (units[unit].part) {
        case Part::months: return add_to(sum.months, term);
        case Part::days: return add_to(sum.days, term);
        case Part::micros: return add_to(sum.micros, term);
    }
    return false;
}

std::optional<Duration> read_own_form(Reader reader) {
    Duration sum;
    std::size_t next_unit = 0;
    bool is_negative = false;
    do {
        if (reader.take('-')) {
            is_negative = true;
        } else if (next_unit > 0 && reader.take('+')) {
            is_negative = false;
        }
        const auto amount = read_amount(reader, false);
        if (!amount) return std::nullopt;
        std::size_t unit = next_unit;
        while (unit < units.size() && !reader.take(units[unit].name)) ++unit;
        if (unit == units.size()) return std::nullopt;
        if (!add_amount(sum, *amount, unit, is_negative)) return std::nullopt;
        next_unit = unit + 1;
    } while (!reader.is_done());
    return sum;
}

std::optional<Duration> read_iso_form(Reader reader) {
    const bool is_all_negative = reader.take('-');
    if (!reader.take('P')) return std::nullopt;
    Duration sum;
    std::size_t next_unit = 0;
    bool is_time = false;
    do {
        if (!is_time && reader.take('T')) {
            is_time = true;
            next_unit = first_time_unit;
        }
        const bool is_negative = reader.take('-');
        const auto amount = read_amount(reader, true);
        if (!amount) return std::nullopt;
        const std::size_t end = is_time ? units.size() : first_time_unit;
        std::size_t unit = next_unit;
        while (unit < end && !reader.take(iso_letters[unit])) ++unit;
        if (unit == end) return std::nullopt;
        if (!add_amount(sum, *amount, unit, is_negative != is_all_negative)) return std::nullopt;
        next_unit = unit + 1;
    } while (!reader.is_done());
    return sum;
}

void append_padded(std::string& out, std::int64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    if (digits.size() < width) out.append(width - digits.size(), '0');
    out += digits;
}

// ".25", or nothing for a whole second.
void append_fraction(std::string& out, std::int64_t micros) {
    if (micros == 0) return;
    out += '.';
    append_padded(out, micros, 6);
    while (out.ends_with('0')) out.pop_back();
}

std::string format_clock(std::int64_t micros, bool shows_seconds) {
    std::string out;
    append_padded(out, micros / micros_per_hour, 2);
    out += ':';
    append_padded(out, micros / micros_per_minute % 60, 2);
    if (!shows_seconds && micros % micros_per_minute == 0) return out;
    out += ':';
    append_padded(out, micros / micros_per_second % 60, 2);
    append_fraction(out, micros % micros_per_second);
    return out;
}

// The amounts that a duration is written with, by unit. The week is read and never written.
struct Written {
    std::array<std::uint64_t, 7> amounts{};
    std::int64_t fraction = 0;
    std::array<bool, 7> is_negative{};
};

std::uint64_t magnitude(std::int64_t number) {
    const auto bits = static_cast<std::uint64_t>(number);
    return number < 0 ? 0 - bits : bits;
}

Written split(Duration duration) {
    const std::uint64_t months = magnitude(duration.months);
    const std::uint64_t micros = magnitude(duration.micros);
    const auto per_second = static_cast<std::uint64_t>(micros_per_second);
    const std::uint64_t seconds = micros / per_second;
    Written written;
    written.amounts = {months / 12,    months % 12,       0,           magnitude(duration.days),
                       seconds / 3600, seconds / 60 % 60, seconds % 60};
    written.fraction = static_cast<std::int64_t>(micros % per_second);
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        const Part part = units[unit].part;
        written.is_negative[unit] = part == Part::months ? duration.months < 0
                                    : part == Part::days ? duration.days < 0
                                                         : duration.micros < 0;
    }
    return written;
}

bool is_written(const Written& written, std::size_t unit) {
    return written.amounts[unit] != 0 || (unit == seconds_unit && written.fraction != 0);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
    Reader reader(text);
    const auto date = read_date(reader);
    return reader.is_done() ? date : std::nullopt;
}

std::optional<TimeOfDay> parse_time(std::string_view text) {
    Reader reader(text);
    const auto time = read_hour_and_minute(reader);
    if (!time) return std::nullopt;
    if (reader.is_done()) return TimeOfDay{*time};
    const auto second = read_second(reader);
    if (!second || !reader.is_done()) return std::nullopt;
    return TimeOfDay{*time + *second};
}

// RFC 3339, 5.6: T and Z may be small, the seconds must be there.
std::optional<Instant> parse_instant(std::string_view text) {
    Reader reader(text);
    const auto date = read_date(reader);
    if (!date || !(reader.take('T') || reader.take('t'))) return std::nullopt;
    const auto time = read_hour_and_minute(reader);
    if (!time) return std::nullopt;
    const auto second = read_second(reader);
    if (!second) return std::nullopt;
    const auto offset = read_offset(reader);
    if (!offset || !reader.is_done()) return std::nullopt;
    const Instant instant{date->days * micros_per_day + *time + *second - *offset};
    if (!is_in_calendar(instant)) return std::nullopt;
    return instant;
}

std::optional<Duration> parse_duration(std::string_view text) {
    if (text.starts_with('P') || text.starts_with("-P")) return read_iso_form(Reader(text));
    return read_own_form(Reader(text));
}

std::string format_date(Date date) {
    const CivilDate day = civil(date);
    std::string out;
    append_padded(out, day.year, 4);
    out += '-';
    append_padded(out, day.month, 2);
    out += '-';
    append_padded(out, day.day, 2);
    return out;
}

std::string format_time(TimeOfDay time) { return format_clock(time.micros, false); }

std::string format_instant(Instant instant) {
    std::int64_t days = instant.micros / micros_per_day;
    if (instant.micros % micros_per_day < 0) --days;
    const Date date{static_cast<std::int32_t>(days)};
    return format_date(date) + "T" + format_clock(instant.micros - days * micros_per_day, true) +
           "Z";
}

std::string format_duration(Duration duration) {
    const Written written = split(duration);
    std::string out;
    bool is_negative = false;
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (!is_written(written, unit)) continue;
        if (written.is_negative[unit] != is_negative) {
            is_negative = !is_negative;
            out += is_negative ? '-' : '+';
        }
        out += std::to_string(written.amounts[unit]);
        if (unit == seconds_unit) append_fraction(out, written.fraction);
        out += units[unit].name;
    }
    return out.empty() ? "0s" : out;
}

std::string format_duration_iso(Duration duration) {
    const Written written = split(duration);
    std::string out = "P";
    bool is_time = false;
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (!is_written(written, unit)) continue;
        if (unit >= first_time_unit && !is_time) {
            out += 'T';
            is_time = true;
        }
        if (written.is_negative[unit]) out += '-';
        out += std::to_string(written.amounts[unit]);
        if (unit == seconds_unit) append_fraction(out, written.fraction);
        out += iso_letters[unit];
    }
    return out == "P" ? "PT0S" : out;
}

}  // namespace pawl
