#include "code_text.h"

#include <cctype>

namespace pawl::tidy {

namespace {

// Whether the ' at that place stands between digits, as in 10'000.
bool separates_digits(std::string_view text, std::size_t at) {
    std::size_t begin = at;
    while (begin > 0 && (is_word_letter(text[begin - 1]) || text[begin - 1] == '\'')) --begin;
    return begin < at && std::isdigit(static_cast<unsigned char>(text[begin])) != 0;
}

// Where the comment or the literal that begins at `at` ends; `at` itself when none begins there.
std::size_t end_of_text(std::string_view text, std::size_t at) {
    const auto behind = [&](std::string_view mark, std::size_t from) {
        const std::size_t found = text.find(mark, from);
        return found == std::string_view::npos ? text.size() : found + mark.size();
    };
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//")) {
        const std::size_t line_break = text.find('\n', at);
        return line_break == std::string_view::npos ? text.size() : line_break;
    }
    if (rest.starts_with("/*")) return behind("*/", at + 2);
    if (rest.starts_with("R\"")) {
        const std::size_t bracket = text.find('(', at);
        if (bracket == std::string_view::npos) return text.size();
        const std::string_view delimiter = text.substr(at + 2, bracket - at - 2);
        return behind(")" + std::string(delimiter) + "\"", bracket);
    }
    const char quote = text[at];
    if (quote != '"' && (quote != '\'' || separates_digits(text, at))) return at;
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != quote && text[end] != '\n')
        end += text[end] == '\\' ? 2 : 1;
    return end < text.size() ? end + 1 : text.size();
}

}  // namespace

std::string code_only(std::string_view text) {
    std::string code(text);
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = end_of_text(text, at);
        if (end == at) {
            ++at;
            continue;
        }
        for (; at < end; ++at) {
            if (code[at] != '\n') code[at] = ' ';
        }
    }
    return code;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

bool is_word_letter(char letter) {
    return letter == '_' || std::isalnum(static_cast<unsigned char>(letter)) != 0;
}

bool has_word(std::string_view line, std::string_view word) {
    for (std::size_t at = line.find(word); at != std::string_view::npos;
         at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        const bool begins = at == 0 || !is_word_letter(line[at - 1]);
        const bool ends = end == line.size() || !is_word_letter(line[end]);
        if (begins && ends) return true;
    }
    return false;
}

}  // namespace pawl::tidy
