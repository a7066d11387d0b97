#include "dsl/internal/time_slips.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

#include "base/zone.h"
#include "dsl/internal/keyword.h"
#include "dsl/internal/time_slip_words.h"

// The table of slips lies in time_slips.def; here is what finds them.

namespace pawl::dsl {

namespace {

struct Row {
    std::string_view line;         // how the line begins; nothing: any way
    std::string_view due;          // part of what the grammar expected; nothing: anything
    std::string_view pattern;      // the words that are written amiss
    std::string_view replacement;  // what to write; nothing: leave them out
    std::string_view why;          // instead of "`…` is written `…` here"
};

constexpr Row rows[] = {
#define PAWL_TIME_SLIP(line, due, pattern, replacement, why) \
    Row{line, due, pattern, replacement, why},
#include "dsl/internal/time_slips.def"
#undef PAWL_TIME_SLIP
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::vector<std::string_view> split_at(std::string_view text, char sign) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(sign), text.size());
        if (end > 0) parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

bool is_one_of(std::string_view word, std::string_view alternatives) {
    const auto words = split_at(alternatives, '|');
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Tries one row of the table on the tokens of a line.
class Match {
 public:
    Match(std::span<const SlipToken> tokens, const Row& row) : tokens_(tokens), row_(row) {}

    // From that token on; false when the row does not fit there.
    bool begins_at(std::size_t first) {
        first_ = next_ = first;
        captures_.clear();
        std::string_view pattern = row_.pattern;
        if (pattern.starts_with("^ ")) {
            if (first != 0) return false;
            pattern.remove_prefix(2);
        }
        for (const std::string_view element : split_at(pattern, ' '))
            if (!takes(element)) return false;
        return next_ > first_;
    }

    std::uint32_t begin() const { return tokens_[first_].begin; }
    std::uint32_t end() const { return tokens_[next_ - 1].end; }

    // With what was found in its places: `$2` is the second element.
    std::string filled(std::string_view from) const {
        std::string text;
        for (std::size_t i = 0; i < from.size(); ++i) {
            const bool is_place = from[i] == '$' && i + 1 < from.size() && is_digit(from[i + 1]);
            if (!is_place) {
                text += from[i];
                continue;
            }
            const auto place = static_cast<std::size_t>(from[++i] - '1');
            if (place < captures_.size()) text += captures_[place];
        }
        return text;
    }

 private:
    bool take(std::size_t count, std::string captured) {
        next_ += count;
        captures_.push_back(std::move(captured));
        return true;
    }

    std::span<const SlipToken> rest() const { return tokens_.subspan(next_); }

    bool takes(std::string_view element) {
        if (rest().empty()) return false;
        if (!element.starts_with('<')) {
            const std::string_view word = rest().front().text;
            return is_one_of(word, element) && take(1, std::string(word));
        }
        const SlipPart part = read_slip_part(element.substr(1, element.size() - 2), rest());
        return part.count > 0 && take(part.count, part.meant);
    }

    std::span<const SlipToken> tokens_;
    const Row& row_;
    std::size_t first_ = 0;
    std::size_t next_ = 0;
    std::vector<std::string> captures_;
};

bool begins_line_with(std::span<const SlipToken> tokens, std::string_view words) {
    std::size_t i = 0;
    for (const std::string_view element : split_at(words, ' ')) {
        if (i == tokens.size() || !is_one_of(tokens[i].text, element)) return false;
        ++i;
    }
    return true;
}

// The element that stands for what is a slip by itself wherever it is found.
bool is_length_row(const Row& row) { return row.pattern == "<counted>"; }

TimeSlip told(const SlipPlace& place, const Row& row, const Match& match) {
    TimeSlip slip{match.begin(), match.end(), is_length_row(row), {}, {}};
    const std::string found(place.text.substr(slip.begin, slip.end - slip.begin));
    const std::string meant = match.filled(row.replacement);
    slip.message =
        row.why.empty() ? "`" + found + "` is written `" + meant + "` here" : match.filled(row.why);
    if (meant != "-")
        slip.hint = meant.empty() ? "leave `" + found + "` out" : "write `" + meant + "`";
    return slip;
}

// A line of a crontab, without its quotes or with them elsewhere.
std::optional<TimeSlip> crontab_line(const SlipPlace& place, std::span<const SlipToken> tokens) {
    constexpr std::size_t fields_due = 5;
    if (tokens.empty() || place.at < tokens.front().begin) return std::nullopt;
    if (place.block != "rule" || contains(place.expected, "statement")) return std::nullopt;
    std::uint32_t begin = tokens.front().begin;
    const std::size_t end = std::min(place.text.find_first_of("#\n", begin), place.text.size());
    std::string_view line = place.text.substr(begin, end - begin);
    if (line.starts_with("cron")) line.remove_prefix(std::string_view("cron").size());
    std::vector<std::string_view> fields = split_at(line, ' ');
    std::string meant = fields.empty() ? "" : cron_nickname(fields.front());
    if (meant.empty()) {
        if (fields.size() < fields_due) return std::nullopt;
        fields.resize(fields_due);
        for (std::size_t at = 0; at < fields.size(); ++at) {
            const std::string_view field = fields[at];
            constexpr std::size_t fields_without_names = 3;
            for (const char c : field) {
                const bool is_letter = is_name_begin(c) && c != '_';
                if (std::string_view("0123456789*/,-").find(c) == std::string_view::npos &&
                    !(is_letter && at >= fields_without_names))
                    return std::nullopt;
            }
            meant += (meant.empty() ? "" : " ") + std::string(field);
        }
    }
    return TimeSlip{
        begin,
        static_cast<std::uint32_t>(begin + trimmed_size(place.text.substr(begin, end - begin))),
        false, "a line of a crontab stands behind `cron`, in quotes",
        "write `cron \"" + meant + "\"`"};
}

}  // namespace

std::optional<TimeSlip> find_time_slip(const SlipPlace& place) {
    const std::vector<SlipToken> tokens = read_slip_tokens(place.text, place.line);
    if (tokens.empty()) return std::nullopt;
    if (auto crontab = crontab_line(place, tokens)) return crontab;
    for (const Row& row : rows) {
        if (!contains(place.expected, row.due)) continue;
        if (!begins_line_with(tokens, row.line)) continue;
        for (std::size_t first = 0; first < tokens.size(); ++first) {
            Match match(tokens, row);
            if (!match.begins_at(first)) continue;
            const bool holds = match.begin() <= place.at && place.at < match.end();
            if (!holds && match.end() != place.before) continue;
            const auto found = place.text.substr(match.begin(), match.end() - match.begin());
            if (match.filled(row.replacement) == found) continue;
            return told(place, row, match);
        }
    }
    return std::nullopt;
}

}  // namespace pawl::dsl
