#include "dsl/internal/print_lines.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "dsl/internal/keyword.h"

namespace pawl::dsl {

namespace {

constexpr std::size_t columns_max = 100;
// No source holds this character, so no text does.
constexpr char break_mark = '\x01';

// A line's text between two places where it may be broken.
struct Segment {
    std::string text;
    unsigned level = 0;  // of the break before it
};

std::vector<Segment> segments_of(std::string_view text) {
    std::vector<Segment> segments(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == break_mark) {
            segments.push_back({"", static_cast<unsigned char>(text[++i])});
        } else {
            segments.back().text += text[i];
        }
    }
    return segments;
}

}  // namespace

std::string soft_break(unsigned level) {
    // Never the code of a character that means something to whoever scans for line breaks.
    return {break_mark, static_cast<char>(0x20 + std::min(level, 60u))};
}

std::string without_breaks(std::string_view text) {
    std::string out;
    for (const Segment& segment : segments_of(text)) out += segment.text;
    return out;
}

void Lines::new_line() {
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
}

bool Lines::has_blank_line_before(std::uint32_t at) const {
    const std::string_view text = file_.text();
    int breaks = 0;
    while (at > 0) {
        const char c = text[--at];
        if (c == '\n') ++breaks;
        if (c != '\n' && c != ' ' && c != '\t' && c != '\r') break;
    }
    return breaks >= 2;
}

void Lines::flush_comments(std::uint32_t before, std::size_t comment_indent, bool is_apart,
                           bool is_first) {
    bool may_trail = !out_.empty();
    for (; comment_ < tree_.comments.size(); ++comment_) {
        const Comment& comment = tree_.comments[comment_];
        if (comment.span.begin >= before) break;
        const std::string_view text =
            file_.text().substr(comment.span.begin, comment.span.end - comment.span.begin);
        if (!comment.own_line && may_trail) {
            out_ += "  ";
        } else {
            new_line();
            const bool wants_blank =
                is_apart || (!is_first && has_blank_line_before(comment.span.begin));
            if (wants_blank && !out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
            out_.append(comment_indent, ' ');
            is_apart = false;
            is_first = false;
        }
        const std::string_view trimmed = text.substr(0, text.find_last_not_of(" \t\r") + 1);
        out_ += trimmed;
        may_trail = false;
        opened_ = false;
    }
    new_line();
    if (is_apart && !out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
}

void Lines::begin(std::uint32_t begin, Place place) {
    const bool is_closer = place == Place::closer;
    if (place == Place::first) opened_ = true;
    flush_comments(begin, is_closer ? indent_ + 2 : indent_, false, opened_);
    if (!is_closer && !opened_ && has_blank_line_before(begin) && !out_.empty() &&
        !out_.ends_with("\n\n"))
        out_ += '\n';
    opened_ = false;
    out_.append(indent_, ' ');
}

void Lines::begin_declaration(std::uint32_t begin, bool is_apart) {
    const std::size_t before = comment_;
    flush_comments(begin, indent_, is_apart && !out_.empty(), out_.empty());
    const bool had_own = before != comment_ && out_.ends_with("\n") && !out_.ends_with("\n\n");
    if (had_own && has_blank_line_before(begin) && !out_.empty()) out_ += '\n';
    if (!is_apart && before == comment_ && has_blank_line_before(begin) && !out_.empty() &&
        !out_.ends_with("\n\n"))
        out_ += '\n';
    opened_ = false;
    out_.append(indent_, ' ');
}

void Lines::write(std::string_view text, std::size_t continuation) {
    const std::vector<Segment> segments = segments_of(text);
    if (continuation == 0) continuation = indent_ + 4;
    const std::size_t line_begin = out_.rfind('\n') + 1;  // 0 where there is none
    std::size_t column = count_code_points(std::string_view(out_).substr(line_begin));
    std::size_t next = 0;
    while (next < segments.size()) {
        // As many segments as fit; of them up to the last break of the lowest level.
        std::size_t fit = next;
        std::size_t end = column;
        while (fit < segments.size()) {
            end += count_code_points(segments[fit].text);
            if (end > columns_max && fit > next) break;
            ++fit;
        }
        std::size_t cut = fit;
        if (fit < segments.size()) {
            for (std::size_t i = fit; i > next; --i) {
                if (i < segments.size() && segments[i].level < segments[cut].level) cut = i;
            }
        }
        for (std::size_t i = next; i < cut; ++i) {
            std::string_view piece = segments[i].text;
            if (i == next && next != 0)
                piece.remove_prefix(std::min(piece.find_first_not_of(' '), piece.size()));
            out_ += piece;
        }
        next = cut;
        if (next == segments.size()) break;
        while (out_.ends_with(' ')) out_.pop_back();
        out_ += '\n';
        out_.append(continuation, ' ');
        column = continuation;
    }
}

std::uint32_t Lines::keyword_before(std::uint32_t at, unsigned words) const {
    const std::string_view text = file_.text();
    for (; words > 0; --words) {
        while (at > 0 && !is_name_part(text[at - 1])) --at;
        while (at > 0 && is_name_part(text[at - 1])) --at;
    }
    return at;
}

std::uint32_t Lines::next_block_word() {
    PAWL_CHECK(block_word_ < tree_.block_words.size());
    return tree_.block_words[block_word_++].begin;
}

std::string Lines::finish() {
    flush_comments(static_cast<std::uint32_t>(file_.text().size()) + 1, 0, false, out_.empty());
    new_line();
    while (out_.ends_with("\n\n")) out_.pop_back();
    return std::move(out_);
}

}  // namespace pawl::dsl
