#include <cstring>

#include "base/limits.h"
#include "dsl/internal/grammar_base.h"

// Words, signs, names and white space: what the rest of the grammar is made of.

namespace pawl::dsl::grammar {

namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// The end of the name that begins at `at`, or `at`.
const char* name_end(const char* at, const char* end) {
    if (at == end || !is_name_begin(*at)) return at;
    while (at != end && is_name_part(*at)) ++at;
    return at;
}

struct ReadName {
    std::string_view text;
    const char* end = nullptr;  // null: no name here
    bool quoted = false;
};

ReadName read_name(const Input& in, const char* at, bool may_be_reserved) {
    if (at != in.end() && *at == '`') {
        const char* const last = name_end(at + 1, in.end());
        if (last == at + 1 || last == in.end() || *last != '`') return {};
        return {{at + 1, last}, last + 1, true};
    }
    const char* const last = name_end(at, in.end());
    if (last == at) return {};
    const std::string_view text(at, static_cast<std::size_t>(last - at));
    if (!may_be_reserved && is_reserved(text)) return {};
    return {text, last, false};
}

void check_length(Builder& b, const char* begin, std::string_view text) {
    if (text.size() <= limits::name_bytes_max) return;
    b.fail({DiagnosticCode::name_too_long, b.span(b.offset(begin), b.offset(begin) + 20),
            "this name has " + std::to_string(text.size()) + " letters; a name has at most " +
                std::to_string(limits::name_bytes_max)});
}

bool push_name(Input& in, Builder& b, bool may_be_reserved) {
    const char* const begin = in.current();
    const ReadName read = read_name(in, begin, may_be_reserved);
    if (read.end == nullptr) return false;
    if (!read.quoted && b.is_keyword_instead_of_name(b.offset(begin))) return false;
    check_length(b, begin, read.text);
    const Span span = b.span(begin, read.end);
    Name name{std::string(read.text), span, read.quoted};
    b.suspect_if_keyword(name, "name");
    b.push(span, std::move(name));
    in.bump(static_cast<std::size_t>(read.end - begin));
    skip_space(in, b);
    return true;
}

}  // namespace

void skip_space(Input& in, Builder& b) {
    const char* at = in.current();
    const char* const end = in.end();
    for (;;) {
        while (at != end && is_space(*at)) ++at;
        if (at == end) break;
        if (*at == '#') {
            const void* const line_end = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
            const char* const last = line_end == nullptr ? end : static_cast<const char*>(line_end);
            b.note_comment(b.offset(at), b.offset(last));
            at = last;
        } else if (*at == ';') {
            b.report({DiagnosticCode::stray_semicolon, b.span(at, at + 1),
                      "a `;` ends nothing here: statements need no sign between them",
                      "leave the `;` out"});
            ++at;
        } else {
            break;
        }
    }
    in.iterator() = at;
}

bool match_word(Input& in, Builder& b, std::string_view word) {
    const char* const at = in.current();
    const std::size_t left = in.size();
    if (left < word.size() || *at != word.front()) return false;
    if (std::memcmp(at, word.data(), word.size()) != 0) return false;
    if (left > word.size() && is_name_part(at[word.size()])) return false;
    in.bump(word.size());
    skip_space(in, b);
    return true;
}

bool match_sign(Input& in, Builder& b, std::string_view sign) {
    if (in.size() < sign.size()) return false;
    if (std::memcmp(in.current(), sign.data(), sign.size()) != 0) return false;
    in.bump(sign.size());
    skip_space(in, b);
    return true;
}

bool match_name(Input& in, Builder& b) { return push_name(in, b, false); }
bool match_member_name(Input& in, Builder& b) { return push_name(in, b, true); }
bool match_any_word(Input& in, Builder& b) { return push_name(in, b, true); }

bool match_dotted_name(Input& in, Builder& b) {
    const char* const begin = in.current();
    ReadName read = read_name(in, begin, false);
    if (read.end == nullptr) return false;
    Name name{std::string(read.text), {}, read.quoted};
    const char* end = read.end;
    while (end != in.end() && *end == '.') {
        read = read_name(in, end + 1, true);
        if (read.end == nullptr) {
            if (end + 1 != in.end() && end[1] == '.') break;  // a range
            b.refuse(b.offset(end) + 1, "a name after the dot");
        }
        name.text += '.';
        name.text += read.text;
        end = read.end;
    }
    check_length(b, begin, name.text);
    name.span = b.span(begin, end);
    b.suspect_if_keyword(name, "name");
    b.push(name.span, std::move(name));
    in.bump(static_cast<std::size_t>(end - begin));
    skip_space(in, b);
    return true;
}

bool match_zone_name(Input& in, Builder& b) {
    const char* const begin = in.current();
    if (in.empty() || *begin < 'A' || *begin > 'Z') return false;
    const char* at = begin;
    while (at != in.end() && (is_name_part(*at) || *at == '/' || *at == '+' || *at == '-')) ++at;
    const std::string_view text(begin, static_cast<std::size_t>(at - begin));
    if (text.find('/') == std::string_view::npos && text != "UTC") return false;
    check_length(b, begin, text);
    const Span span = b.span(begin, at);
    b.push(span, Name{std::string(text), span, false});
    in.iterator() = at;
    skip_space(in, b);
    return true;
}

bool match_size(Input& in, Builder& b) {
    const char* const begin = in.current();
    const char* at = begin;
    while (at != in.end() && is_digit(*at)) ++at;
    const char* const last = name_end(at, in.end());
    const std::string_view unit(at, static_cast<std::size_t>(last - at));
    const bool is_known = unit == "ms" || unit == "KB" || unit == "MB" || unit == "GB";
    if (at == begin || !is_known) return false;
    const std::string_view text(begin, static_cast<std::size_t>(last - begin));
    check_length(b, begin, text);
    const Span span = b.span(begin, last);
    b.push(span, Name{std::string(text), span, false});
    in.iterator() = last;
    skip_space(in, b);
    return true;
}

bool match_same_line(Input& in, Builder& b) {
    const std::uint32_t at = b.offset(in.current());
    return b.is_same_line(b.end_before(at), at);
}

bool match_block_end(Input& in, Builder& b) {
    const std::uint32_t begin = b.offset(in.current());
    if (!match_word(in, b, "end")) return false;
    b.note_block_word(begin, begin + 3);
    b.close_block(begin);
    return true;
}

bool match_item(Input& in, Builder& b) {
    const std::uint32_t at = b.offset(in.current());
    if (b.is_next_declaration(at)) return false;
    if (b.word_at(at) != "end") b.note_item(at);
    return true;
}

bool match_statement_item(Input& in, Builder& b) {
    const std::uint32_t at = b.offset(in.current());
    if (is_of_class(b.word_at(at), WordClass::statement)) b.note_item(at);
    return true;
}

}  // namespace pawl::dsl::grammar
