#include "server/internal/split_events.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace pawl::server::internal {

namespace {

bool is_space(char letter) {
    return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
}

// Of JSON, whose white space is ASCII.
std::string_view trim_space(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

// The offset behind the string that begins at `at`; the text's end where it does not end.
std::size_t skip_string(std::string_view text, std::size_t at) {
    ++at;
    while (at < text.size()) {
        at = text.find_first_of("\"\\", at);
        if (at == std::string_view::npos) return text.size();
        if (text[at] == '"') return at + 1;
        at += 2;  // whatever is escaped
    }
    return text.size();
}

// The offset of the first `,` or closing bracket from `at` on that belongs to no bracket or string
// begun there; the text's end where there is none. Brackets are counted and not told apart: an
// element that mixes them up is found to be no JSON by whoever reads it, and its neighbours are not
// concerned.
std::size_t find_end_of_element(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    while (at < text.size()) {
        at = text.find_first_of("\",[]{}", at);
        if (at == std::string_view::npos) return text.size();
        switch (text[at]) {
            case '"': at = skip_string(text, at); continue;
            case ',':
                if (depth == 0) return at;
                break;
            case '[':
            case '{': ++depth; break;
            default:
                if (depth == 0) return at;
                --depth;
        }
        ++at;
    }
    return text.size();
}

// `array` begins with `[`.
SplitEvents split_array(std::string_view array) {
    SplitEvents split;
    std::size_t at = 1;
    while (true) {
        const std::size_t end = find_end_of_element(array, at);
        const std::string_view element = trim_space(array.substr(at, end - at));
        if (end >= array.size()) {
            // What stands there last may be the half of an event.
            split.trouble = "the array does not end: no `]` closes it";
            return split;
        }
        const bool is_last = array[end] != ',';
        if (!is_last || !element.empty() || !split.texts.empty()) split.texts.push_back(element);
        at = end + 1;
        if (!is_last) continue;
        if (array[end] == '}') {
            split.trouble = "the array ends with `}` where `]` is due";
        } else if (!trim_space(array.substr(at)).empty()) {
            split.trouble = "text follows the array's end";
        }
        return split;
    }
}

SplitEvents split_lines(std::string_view body) {
    SplitEvents split;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        const std::string_view line = trim_space(body.substr(0, end));
        if (!line.empty()) split.texts.push_back(line);
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    return split;
}

// The offset behind the object that `text` begins with; nothing where it does not end.
std::optional<std::size_t> find_end_of_object(std::string_view text) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size();) {
        at = text.find_first_of("\"[]{}", at);
        if (at == std::string_view::npos) return std::nullopt;
        if (text[at] == '"') {
            at = skip_string(text, at);
            continue;
        }
        depth = text[at] == '{' || text[at] == '[' ? depth + 1 : depth - 1;
        ++at;
        if (depth == 0) return at;
    }
    return std::nullopt;
}

bool is_object(std::string_view text) {
    return !text.empty() && text.front() == '{' && find_end_of_object(text) == text.size();
}

// One object may be printed over several lines; what is not one object from end to end, but has a
// line that is, is a list of them, of which some may be broken.
bool has_lines(std::string_view body) {
    if (body.find('\n') == std::string_view::npos || is_object(body)) return false;
    for (const std::string_view line : split_lines(body).texts)
        if (is_object(line)) return true;
    return false;
}

}  // namespace

SplitEvents split_events(std::string_view body, BodyForm form) {
    const std::string_view text = trim_space(body);
    if (text.empty()) return {};
    if (form == BodyForm::lines) return split_lines(text);
    if (text.front() == '[') return split_array(text);
    if (has_lines(text)) return split_lines(text);
    SplitEvents one;
    one.texts.push_back(text);
    return one;
}

bool is_blank(std::string_view body) { return trim_space(body).empty(); }

}  // namespace pawl::server::internal
