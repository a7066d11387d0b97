#include <algorithm>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"
#include "dsl/internal/builder.h"
#include "dsl/internal/keyword.h"
#include "dsl/internal/time_slips.h"

// The words for what does not fit. The grammar knows only what would have fitted; here the
// commonest slips are known by name.

namespace pawl::dsl {

namespace {

// What one set of files tells at most; limits::diagnostics_max of them are shown.
constexpr std::size_t mistakes_max = 10 * limits::diagnostics_max;

std::string in_quotes(std::string_view text) { return "`" + std::string(text) + "`"; }

struct Character {
    std::string_view bytes;
    std::string_view what;
    std::string_view hint;
};
constexpr Character known_characters[] = {
    {"\xE2\x80\x9C", "a typographic quote", "write a plain `\"`"},
    {"\xE2\x80\x9D", "a typographic quote", "write a plain `\"`"},
    {"\xE2\x80\x9E", "a typographic quote", "write a plain `\"`"},
    {"\xE2\x80\x98", "a typographic quote", "write a plain `\"`"},
    {"\xE2\x80\x99", "a typographic quote", "write a plain `\"`"},
    {"\xC2\xA0", "a space that does not break lines", "write a plain space"},
    {"\xE2\x80\x93", "a dash", "write a plain `-`"},
    {"\xE2\x80\x94", "a dash", "write a plain `-`"},
    {"\xE2\x86\x92", "an arrow", "write `->`"},
    {"\xE2\x89\xA4", "a sign for at most", "write `<=`"},
    {"\xE2\x89\xA5", "a sign for at least", "write `>=`"},
    {"\xE2\x89\xA0", "a sign for unequal", "write `is not`"},
    {"\xC3\x97", "a sign for times", "write `*`"},
    {"\xE2\x80\xA6", "an ellipsis", ""}};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// What is due may be told by one word, whose lack is a mistake of its own.
DiagnosticCode code_of(std::string_view expected, std::string_view hint) {
    const bool is_then = contains(expected, "`then`") && (hint.empty() || contains(hint, "`then`"));
    return is_then ? DiagnosticCode::missing_then : DiagnosticCode::unexpected_text;
}

// Words that may begin a line which goes on with the statement of the line before.
constexpr std::string_view continuing_words[] = {"where", "order", "and",     "or",
                                                 "with",  "by",    "because", "attaching"};

// "did you mean `then`?" where the word is a slip of one in back quotes there.
std::string near_word(std::string_view word, std::string_view expected) {
    if (word.empty() || is_reserved(word)) return {};
    std::vector<std::string> words;
    for (std::size_t open = expected.find('`'); open != std::string_view::npos;) {
        const std::size_t close = expected.find('`', open + 1);
        if (close == std::string_view::npos) break;
        const std::string_view quoted = expected.substr(open + 1, close - open - 1);
        words.emplace_back(quoted.substr(0, quoted.find(' ')));
        open = expected.find('`', close + 1);
    }
    // What a closing sign is due behind may go on as well.
    if (contains(expected, "`)`"))
        words.insert(words.end(), std::begin(continuing_words), std::end(continuing_words));
    const std::vector<std::string> near = suggest(word, words, 1);
    if (near.empty() || near[0] == word) return {};
    return "did you mean " + list_names(near) + "?";
}

}  // namespace

std::string_view Builder::word_at(std::uint32_t at) const {
    if (at >= text_.size() || !is_name_begin(text_[at])) return {};
    std::size_t end = at;
    while (end < text_.size() && is_name_part(text_[end])) ++end;
    return text_.substr(at, end - at);
}

Span Builder::token_span(std::uint32_t at) const {
    if (at >= text_.size()) return span(at, at);
    const auto length_of = [&]() -> std::size_t {
        if (const std::string_view word = word_at(at); !word.empty()) return word.size();
        std::size_t end = at;
        if (is_digit(text_[at])) {
            while (end < text_.size() && (is_name_part(text_[end]) || text_[end] == '.')) ++end;
            return end - at;
        }
        if (text_[at] == '"') {
            const std::size_t close = text_.find_first_of("\"\n", at + 1);
            if (close == std::string_view::npos) return text_.size() - at;
            return close - at + (text_[close] == '"' ? 1 : 0);
        }
        constexpr std::string_view pairs[] = {"->", "<=", ">=", "!=", "==", "&&",
                                              "||", "{{", "}}", "<>", ".."};
        for (const std::string_view pair : pairs) {
            if (text_.substr(at, 2) == pair) return 2;
        }
        end = at + 1;  // a whole character
        while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0u) == 0x80u)
            ++end;
        return end - at;
    };
    return span(at, at + static_cast<std::uint32_t>(length_of()));
}

std::string Builder::describe(std::uint32_t at) const {
    if (at >= text_.size()) return is_template_ ? "the end of the text" : "the end of the file";
    const Span token = token_span(at);
    std::string text(text_.substr(token.begin, token.end - token.begin));
    if (text.front() == '"') return "a text";
    if (text.size() > 40) text = text.substr(0, 40) + "…";
    return in_quotes(text);
}

void Builder::fail(Diagnostic diagnostic) {
    broken_ = true;
    if (stopped_at_ == 0 && diagnostic.span.file == file_) stop_at(diagnostic.span.end);
    if (diagnostics_.size() < mistakes_max) diagnostics_.push_back(std::move(diagnostic));
    throw Mistake{};
}

void Builder::report(Diagnostic diagnostic) {
    broken_ = true;
    if (diagnostics_.size() >= mistakes_max) return;
    if (!reported_.insert(diagnostic.span.begin).second) return;
    diagnostics_.push_back(std::move(diagnostic));
}

void Builder::suspect(Diagnostic suspicion) {
    // Seen again where an alternative is tried anew.
    for (const Diagnostic& known : suspicions_)
        if (known.span.begin == suspicion.span.begin) return;
    suspicions_.push_back(std::move(suspicion));
}

void Builder::suspect_if_alone(std::uint32_t at, DiagnosticCode code, std::string_view kind,
                               std::string_view lack, std::string_view hint) {
    const std::uint32_t name_end = end_before(at);
    if (is_same_line(name_end, at)) return;
    std::uint32_t name_begin = name_end;
    while (name_begin > 0 && (is_name_part(text_[name_begin - 1]) || text_[name_begin - 1] == '`'))
        --name_begin;
    // What is read amiss behind the first that is alone takes its second part from the next line,
    // and so on.
    const std::uint32_t line_crossed_to = std::exchange(crossed_to_, at).value_or(at);
    const bool is_read_amiss =
        line_crossed_to < name_begin && is_same_line(line_crossed_to, name_begin);
    if (is_read_amiss) return;
    const Span name = span(name_begin, name_end);
    const std::string quoted = in_quotes(text_.substr(name_begin, name_end - name_begin));
    if (begins_line(name_begin))
        return suspect(
            {code, name,
             std::string(kind) + quoted + " has no " + std::string(lack) + " on its line",
             std::string(hint)});
    suspect({DiagnosticCode::unexpected_text, name,
             quoted + " fits nothing here, behind what stands before it on its line",
             "leave it out, or write before it the sign or the word that joins it"});
}

void Builder::suspect_end_of_line(std::uint32_t at, std::string_view due) {
    const std::uint32_t after = end_before(at);
    if (is_same_line(after, at)) return;
    suspect({DiagnosticCode::unexpected_text, span(after, after),
             "found the end of the line where " + std::string(due) + " is due"});
}

void Builder::suspect_if_keyword(const Name& name, std::string_view due) {
    const auto is = [&](WordClass word_class) { return is_of_class(name.text, word_class); };
    const bool begins_something = is(WordClass::statement) || is(WordClass::clause) ||
                                  is(WordClass::guard) || is(WordClass::declaration);
    if (name.quoted || !begins_something || !begins_line(name.span.begin)) return;
    // An item of a block may have any name.
    if (!blocks_.empty() && blocks_.back().last_item == name.span.begin) return;
    const Span word = name.span;
    const std::uint32_t after = end_before(word.begin);
    word_suspicion_ = std::pair(
        word.end, Diagnostic{DiagnosticCode::unexpected_text, span(after, after),
                             "found the end of the line where a " + std::string(due) + " is due",
                             "write the " + std::string(due) + " before " +
                                 in_quotes(text_.substr(word.begin, word.end - word.begin))});
}

void Builder::fail_if_suspected(std::uint32_t at) {
    if (word_suspicion_ && word_suspicion_->first == end_before(at))
        fail(std::move(word_suspicion_->second));
    // Who writes the types of several fields on lines of their own does so on purpose.
    if (suspicions_.size() == 1) fail(std::move(suspicions_.front()));
}

void Builder::refuse_character(std::uint32_t at) {
    if (at >= text_.size()) return;
    const auto byte = static_cast<unsigned char>(text_[at]);
    if (byte < 0x80 && byte >= 0x20) return;
    const Span place = token_span(at);
    const std::string_view bytes = text_.substr(place.begin, place.end - place.begin);
    for (const Character& character : known_characters) {
        if (character.bytes != bytes) continue;
        fail({DiagnosticCode::unreadable_character, place,
              "found " + std::string(character.what) + ", which is no part of the language",
              std::string(character.hint)});
    }
    fail({DiagnosticCode::unreadable_character, place,
          "found " + quote_for_message(bytes) +
              "; outside texts and comments a rule has the "
              "letters a to z, digits and signs only"});
}

// Words that are known slips wherever they are found.
void Builder::refuse_word_of_language(std::uint32_t at, std::string_view expected) {
    const std::string_view word = word_at(at);
    const Span place = token_span(at);
    if (word == "elseif" || word == "elif" || word == "elsif") {
        fail({DiagnosticCode::else_if_spelling, place, in_quotes(word) + " is two words here",
              "write `else if`"});
    }
    if (is_reserved(word) && contains(expected, "name")) {
        fail({DiagnosticCode::reserved_name, place,
              in_quotes(word) + " is a word of the language; " + std::string(expected) +
                  " is due here",
              "for a name that is spelled so, use back quotes: `` `" + std::string(word) + "` ``"});
    }
    constexpr std::pair<std::string_view, std::string_view> signs[] = {
        {"&&", "and"}, {"||", "or"}, {"==", "is"}, {"!=", "is not"}};
    for (const auto& [sign, meant] : signs) {
        if (text_.substr(at, 2) != sign) continue;
        fail({DiagnosticCode::foreign_operator, place,
              in_quotes(sign) + " is written " + in_quotes(meant) + " here",
              "write " + in_quotes(meant)});
    }
    if (at < text_.size() && text_[at] == '\'') {
        fail({DiagnosticCode::foreign_operator, place,
              "a text stands in double quotes, not in single ones", "write `\"`"});
    }
}

void Builder::refuse_time_slip(std::uint32_t at, std::string_view expected) {
    if (is_template_) return;
    const std::uint32_t before = end_before(at);
    const auto line_of = [&](std::uint32_t place) {
        const std::size_t newline =
            place == 0 ? std::string_view::npos : text_.rfind('\n', place - 1);
        return newline == std::string_view::npos ? 0 : static_cast<std::uint32_t>(newline + 1);
    };
    SlipPlace place{text_, line_of(at), at, before, {}, expected};
    if (!blocks_.empty()) place.block = blocks_.back().word;
    std::optional<TimeSlip> slip = find_time_slip(place);
    if (!slip && line_of(before) != place.line) {
        place.line = line_of(before);
        slip = find_time_slip(place);
    }
    if (!slip) return;
    fail({slip->is_length ? DiagnosticCode::unknown_unit : DiagnosticCode::unexpected_text,
          span(slip->begin, slip->end), std::move(slip->message), std::move(slip->hint)});
}

void Builder::refuse_general(std::uint32_t at, std::string_view expected) {
    const std::uint32_t after = end_before(at);
    const std::string due = " where " + std::string(expected) + " is due";
    const std::string hint = near_word(word_at(at), expected);
    const DiagnosticCode code = code_of(expected, hint);
    // A sign that begins nothing: what is due is missing before it, on its own line.
    constexpr std::string_view going_on = ":,.)]}*/<>=|";
    const bool is_before_sign = at < text_.size() && going_on.find(text_[at]) != going_on.npos;
    // Inside brackets such a word goes on with the line before it, if not as it stands.
    const bool is_inside = contains(expected, "`)`") &&
                           std::find(std::begin(continuing_words), std::end(continuing_words),
                                     word_at(at)) != std::end(continuing_words);
    if (at < text_.size() && hint.empty() && !is_same_line(after, at) && !is_before_sign &&
        !is_inside)
        fail({code, span(after, after), "found the end of the line" + due});
    fail({code, token_span(at), "found " + describe(at) + due, hint});
}

// A line that goes on with what cannot follow: what is missing belongs to the end of the line
// before it.
void Builder::refuse_if_cut_off(std::uint32_t at) {
    const std::string_view word = word_at(at);
    if (at >= text_.size()) return;
    const std::uint32_t after = end_before(at);
    auto behind = static_cast<std::uint32_t>(at + word.size());
    while (behind < text_.size() && text_[behind] == ' ') ++behind;
    if (!word.empty() && begins_line(at) && behind < text_.size() && text_[behind] == ':') {
        fail({DiagnosticCode::unexpected_text,
              span(after, after),
              "here a `,` is missing before the field " + in_quotes(word),
              "write `,` at the end of this line",
              {{token_span(at), "the field on the next line"}}});
    }
    // `by editor,` and then the next transition: its first state was taken for a name that is
    // missing at the end of the line.
    if (const std::uint32_t name = first_of_line(at); text_.substr(at, 2) == "->" && name < at) {
        const std::uint32_t end = end_before(name);
        if (end > 0 && text_[end - 1] == ',')
            fail({DiagnosticCode::unexpected_text, span(end, end),
                  "found the end of the line where a name after the comma is due"});
    }
    if (!goes_on(at)) return;
    const std::vector<std::string> words(std::begin(continuing_words), std::end(continuing_words));
    const std::vector<std::string> near = suggest(word, words, 1);
    if (!word.empty() && !near.empty() && near[0] != word) {
        fail({DiagnosticCode::unexpected_text, token_span(at),
              "found " + in_quotes(word) + ", which does not go on with the line before it",
              "did you mean " + list_names(near) + "?"});
    }
    fail({DiagnosticCode::unexpected_text,
          span(after, after),
          "something is missing here: " + describe(at) + " on the next line does not follow it",
          "write at the end of this line the word or the sign, such as `,`, that joins them",
          {{token_span(at), "the next line goes on with this"}}});
}

// A rule whose `then` was left out takes its first statements, when they are a `let` or an `if`,
// for clauses of its own: they stand further right.
void Builder::refuse_without_then(const OpenBlock& rule, std::uint32_t at) {
    const std::uint32_t place = place_of_word_before(at, rule.clause_indent.value_or(0));
    fail({DiagnosticCode::missing_then,
          span(place, place),
          "here the `then` is missing, behind which the rule's statements stand",
          "write `then` before " + describe(at),
          {{token_span(at), "the first statement"}}});
}
void Builder::refuse_if_without_then(const OpenBlock& rule) {
    if (rule.word == "rule" && rule.deep_clause) refuse_without_then(rule, *rule.deep_clause);
}

void Builder::refuse(std::uint32_t at, std::string_view expected) {
    stop_at(at);
    refuse_time_slip(at, expected);
    fail_if_suspected(at);
    refuse_character(at);
    refuse_word_of_language(at, expected);
    const std::string_view word = word_at(at);
    const bool is_over =
        at >= text_.size() || (begins_line(at) && is_of_class(word, WordClass::declaration));
    if (is_over && contains(expected, "`end`")) refuse_missing_end(at);
    const std::string_view line = text_.substr(at, text_.find('\n', at) - at);
    const std::size_t open = text_.substr(0, at).rfind("{{");
    if (expected.starts_with("`}}`") && line.starts_with('"') && !contains(line, "}}") &&
        open != std::string_view::npos) {
        const auto begin = static_cast<std::uint32_t>(open);
        fail({DiagnosticCode::unclosed_text, span(begin, begin + 2), "this `{{` is not closed",
              "write `}}` behind the value"});
    }
    refuse_general(at, expected);
}

// The line behind the last word is where it belongs, when it holds nothing else.
std::uint32_t Builder::place_of_word_before(std::uint32_t at, std::uint32_t indent_due) const {
    const std::uint32_t after = end_before(at);
    const std::size_t line_end = text_.find('\n', after);
    if (line_end == std::string_view::npos || line_end >= at) return after;
    const std::size_t next_end = std::min(text_.find('\n', line_end + 1), text_.size());
    if (next_end >= at && at != text_.size()) return after;
    const std::size_t begin = line_end + 1;
    const std::string_view line = text_.substr(begin, next_end - begin);
    if (!trim(line).empty()) return after;
    return static_cast<std::uint32_t>(begin + std::min<std::size_t>(indent_due, line.size()));
}

std::uint32_t Builder::first_of_line(std::uint32_t at) const {
    const std::size_t line = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
    const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
    return static_cast<std::uint32_t>(
        std::min<std::size_t>(std::min(text_.find_first_not_of(" \t", begin), text_.size()), at));
}

void Builder::refuse_missing_end(std::uint32_t at) {
    if (blocks_.empty()) refuse_general(at, "`end`");
    OpenBlock block = blocks_.back();
    if (dedent_) {
        block = dedent_->first;
        at = dedent_->second;
    }
    const std::uint32_t place = place_of_word_before(at, block.indent);
    const std::string word = in_quotes(block.word);
    fail({DiagnosticCode::missing_end,
          span(place, place),
          "here the `end` is missing that closes " + word,
          "write `end` before " + describe(at),
          {{block.span, "this " + word + " is not closed"}}});
}

void Builder::refuse_in_block(std::uint32_t at, std::string_view what) {
    stop_at(at);
    refuse_time_slip(at, what);
    fail_if_suspected(at);
    refuse_character(at);
    const std::string_view word = word_at(at);
    const bool is_rule = !blocks_.empty() && blocks_.back().word == "rule";
    if (at >= text_.size() || (is_of_class(word, WordClass::declaration) && begins_line(at)))
        refuse_missing_end(at);
    const bool lacks_then = is_rule && contains(what, "`then`");
    if (is_rule && (lacks_then || word == "else")) refuse_if_without_then(blocks_.back());
    if (lacks_then && begins_line(at) && is_of_class(word, WordClass::statement))
        refuse_without_then(blocks_.back(), at);
    if (word == "else" && is_rule) {
        fail({DiagnosticCode::else_of_rule, token_span(at),
              "a rule's own `if` has no `else`: the rule runs or it does not",
              "write the `if` among the statements behind `then`, with an `end` of its own"});
    }
    refuse_word_of_language(at, what);
    const bool takes_statements = contains(what, "statement");
    const bool belongs_outside =
        is_of_class(word, WordClass::guard) || word == "came" || word == "timeout" ||
        (takes_statements && (word == "step" || word == "approved" || word == "refused"));
    if (!is_rule && blocks_.size() > 1 && belongs_outside) refuse_missing_end(at);
    if (takes_statements && dedent_ && (word == "else" || word == "end")) refuse_missing_end(at);
    if (!lacks_then) refuse_if_cut_off(at);
    if (!takes_statements || word.empty()) refuse_general_in_block(at, what);

    std::vector<std::string> fitting(words_of(WordClass::statement).begin(),
                                     words_of(WordClass::statement).end());
    fitting.emplace_back("end");
    if (contains(what, "guard")) {
        const auto guards = words_of(WordClass::guard);
        fitting.insert(fitting.end(), guards.begin(), guards.end());
    }
    if (contains(what, "else")) fitting.emplace_back("else");
    const std::vector<std::string> near = suggest(word, fitting);
    const bool is_known = std::find(fitting.begin(), fitting.end(), word) != fitting.end();
    if (is_known) refuse_general_in_block(at, what);
    const std::size_t fits_end = what.ends_with(',') ? what.size() - 1 : what.size();
    fail({DiagnosticCode::unknown_statement, token_span(at),
          in_quotes(word) + " begins no statement; here fits " +
              std::string(what.substr(0, fits_end)),
          near.empty() ? "a statement begins with a word such as `set`, `create`, `send` or `log`"
                       : "did you mean " + list_names(near) + "?"});
}

void Builder::refuse_general_in_block(std::uint32_t at, std::string_view what) {
    std::string hint = near_word(word_at(at), what);
    // What follows a `wait for` or an `ask` says when it is done.
    const bool has_answers = what.starts_with("`came`") || what.starts_with("`approved`");
    if (has_answers && hint.empty() && is_of_class(word_at(at), WordClass::statement))
        hint =
            what.starts_with("`came`")
                ? "write `came` or `timeout` before it, and `end` behind the last of them"
                : "write `approved`, `refused` or `timeout` before it, and `end` behind the last";
    fail({code_of(what, hint), token_span(at),
          "found " + describe(at) + " where " + std::string(what) + " fits", hint});
}

void Builder::refuse_declaration(std::uint32_t at) {
    stop_at(at);
    refuse_time_slip(at, "a declaration");
    refuse_character(at);
    const std::string_view word = word_at(at);
    const bool is_of_rule = word == "end" || word == "else" ||
                            is_of_class(word, WordClass::guard) ||
                            is_of_class(word, WordClass::statement);
    if (is_of_rule && last_closed_ && last_closed_->first.span.file == file_) {
        const auto& [block, end_at] = *last_closed_;
        refuse_if_without_then(block);
        const std::string opener = in_quotes(block.word);
        const bool is_early =
            block.begins_line && begins_line(end_at) && indent(end_at) > block.indent;
        if (is_early || word != "end") {
            const bool is_if = block.word == "rule";
            fail({DiagnosticCode::surplus_end,
                  span(end_at, end_at + 3),
                  "this `end` closes " + opener + ", and " + describe(at) + " comes behind it" +
                      (is_if ? "; a rule's own `if` takes no `end`" : ""),
                  "leave this `end` out",
                  {{block.span, "this " + opener + " is closed there"}}});
        }
        fail({DiagnosticCode::surplus_end,
              token_span(at),
              "this `end` closes nothing: " + opener + " was closed before",
              "leave this `end` out",
              {{span(end_at, end_at + 3), "here " + opener + " was closed"}}});
    }
    // `end datetime`: a field that has the name of a word closes its entity.
    if (last_closed_ && last_closed_->first.span.file == file_ &&
        begins_line(last_closed_->second) && is_same_line(last_closed_->second, at)) {
        fail({DiagnosticCode::reserved_name, span(last_closed_->second, last_closed_->second + 3),
              "`end` is a word of the language, and closes the " +
                  in_quotes(last_closed_->first.word),
              "for a name that is spelled so, use back quotes: `` `end` ``"});
    }
    if (word == "end") {
        fail({DiagnosticCode::surplus_end, token_span(at), "this `end` closes nothing",
              "leave it out"});
    }
    refuse_word_of_language(at, "");
    refuse_if_cut_off(at);
    if (word.empty()) {
        fail({DiagnosticCode::unknown_declaration, token_span(at),
              "found " + describe(at) + " where a declaration begins, such as `rule` or `entity`"});
    }
    if (word == "when" || word == "whenever" || word == "every") {
        fail({DiagnosticCode::unknown_declaration, token_span(at),
              in_quotes(word) + " belongs to a rule, and no rule begins before it",
              "write `rule` and a name of yours on the line before"});
    }
    const std::vector<std::string> near = suggest(word, words_of(WordClass::declaration));
    if (!near.empty()) {
        fail({DiagnosticCode::unknown_declaration, token_span(at),
              in_quotes(word) + " begins no declaration",
              "did you mean " + list_names(near) + "?"});
    }
    fail({DiagnosticCode::unknown_declaration, token_span(at),
          in_quotes(word) + " begins no declaration; one begins with " +
              list_names(words_of(WordClass::declaration), 21)});
}

}  // namespace pawl::dsl
