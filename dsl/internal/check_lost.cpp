#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "dsl/internal/check_declarations.h"
#include "dsl/internal/keyword.h"

// The parser leaves a declaration with a syntax mistake out of the tree. The mistake was told; what
// refers to the declaration must not be told again. So its kind and name are read from the text.

namespace pawl::dsl::internal {

namespace {

constexpr unsigned syntax_codes_end = 200;

bool is_syntax_error(const Diagnostic& diagnostic) {
    return static_cast<unsigned>(diagnostic.code) < syntax_codes_end &&
           diagnostic.severity() == Severity::error;
}

std::string_view take_word(std::string_view& text) {
    text = trim(text);
    std::size_t end = 0;
    const auto is_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '`';
    };
    while (end < text.size() && is_name(text[end])) ++end;
    std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    while (!word.empty() && word.front() == '`') word.remove_prefix(1);
    while (!word.empty() && word.back() == '`') word.remove_suffix(1);
    return word;
}

class LossNoter {
 public:
    explicit LossNoter(Context& context) : context_(context) {}

    // A line that begins no declaration mostly is one whose keyword has a slip: every word of it
    // may be the name of what is lost.
    void note_unknown_line(Span place) {
        const SourceFile& file = context_.sources.file(place.file);
        std::string_view rest = file.line(file.position(place.begin).line);
        constexpr std::size_t words_max = 3;
        std::string before;
        context_.has_lost_declarations = true;
        for (std::size_t i = 0; i < words_max; ++i) {
            const std::string word(take_word(rest));
            if (word.empty()) return;
            for (std::size_t space = 0; space < space_count; ++space)
                lose(static_cast<Space>(space), word);
            if (!before.empty()) lose(Space::template_, template_key(before, word));
            before = word;
        }
    }

    void note(Span place) {
        const SourceFile& file = context_.sources.file(place.file);
        if (!file.path().ends_with(".pawl")) return note_template_file(file.path());
        const std::uint32_t mistake_line =
            std::min(file.position(place.begin).line, file.line_count());
        for (std::uint32_t line = mistake_line; line >= 1; --line) {
            if (!note_line(file.line(line))) continue;
            // A mistake at a declaration's own line is mostly a missing `end` of the one before.
            if (line != mistake_line) break;
        }
        // What the parser skipped before it could start anew.
        const std::uint32_t next = next_declaration_line(place);
        // Another mistake may have gone through these lines: each is looked at once.
        std::uint32_t& seen = seen_up_to_[place.file];
        for (std::uint32_t line = std::max(mistake_line + 1, seen); line < next; ++line)
            note_line(file.line(line));
        seen = std::max(seen, next);
    }

 private:
    std::uint32_t next_declaration_line(Span place) const {
        const SourceFile& file = context_.sources.file(place.file);
        std::uint32_t next = static_cast<std::uint32_t>(file.text().size());
        for (const Declaration& declaration : context_.tree.declarations)
            if (declaration.span.file == place.file && declaration.span.begin > place.begin)
                next = std::min(next, declaration.span.begin);
        return next == file.text().size() ? file.line_count() + 1 : file.position(next).line;
    }

    // A mistake in a template's text: the template that names the file is lost.
    void note_template_file(const std::string& path) {
        const std::string quoted_path = "\"" + path + "\"";
        for (const SourceFile& file : context_.sources.files()) {
            if (!file.path().ends_with(".pawl")) continue;
            const std::size_t at = file.text().find(quoted_path);
            if (at == std::string_view::npos) continue;
            std::uint32_t line = file.position(static_cast<std::uint32_t>(at)).line;
            while (line >= 1 && !note_line(file.line(line))) --line;
        }
    }

    bool note_line(std::string_view line) {
        if (line.empty() || line.front() == ' ' || line.front() == '\t') return false;
        std::string_view rest = line;
        const std::string_view keyword = take_word(rest);
        if (!is_of_class(keyword, WordClass::declaration)) return false;
        context_.has_lost_declarations = true;
        const std::string_view name = take_word(rest);
        note_declaration(keyword, name, rest);
        return true;
    }

    void lose(Space space, std::string_view name) {
        if (name.empty()) {
            context_.space(space).has_nameless_loss = true;
            return;
        }
        Named named;
        named.lost = true;
        named.used = true;
        context_.space(space).add(name, named);
    }

    void note_declaration(std::string_view keyword, std::string_view name, std::string_view rest) {
        if (keyword == "entity") lose(Space::entity, name);
        if (keyword == "record") lose(Space::record, name);
        if (keyword == "event") lose(Space::event, name);
        if (keyword == "define" || keyword == "action") lose(Space::function, name);
        if (keyword == "flow") lose(Space::flow, name);
        if (keyword == "rule") lose(Space::rule, name);
        if (keyword == "setting") lose(Space::setting, name);
        if (keyword == "notification") lose(Space::notification, name);
        if (keyword == "journey") lose(Space::journey, name);
        if (keyword == "channel") lose(Space::channel, name);
        if (keyword == "calendar") lose(Space::calendar, name);
        if (keyword == "template") {
            const std::string_view own = take_word(rest);
            const std::string key = own.empty() ? std::string() : template_key(name, own);
            lose(Space::template_, key);
        }
        if (keyword == "service") {
            lose(Space::service, name);
            lose(Space::event, {});
            lose(Space::function, {});
        }
        if (keyword == "roles") {
            context_.has_people_loss = true;
            lose(Space::role, {});
            lose(Space::group, {});
        }
    }

    Context& context_;
    std::map<FileIndex, std::uint32_t> seen_up_to_;
};

}  // namespace

void note_lost_declarations(Context& context, const std::vector<Diagnostic>& told) {
    LossNoter noter(context);
    for (const Diagnostic& diagnostic : told) {
        if (!is_syntax_error(diagnostic)) continue;
        if (diagnostic.code == DiagnosticCode::unknown_declaration)
            noter.note_unknown_line(diagnostic.span);
        noter.note(diagnostic.span);
    }
}

void drop_what_syntax_explains(Context& context, const std::vector<Diagnostic>& told,
                               std::vector<Diagnostic>& diagnostics) {
    // Declarations that a syntax mistake follows at once: they ended where they could not go on,
    // or took in what was no part of them. One that holds a mistake ended too early.
    std::vector<Span> doubtful;
    for (const Diagnostic& diagnostic : told) {
        if (!is_syntax_error(diagnostic)) continue;
        const Span place = diagnostic.span;
        const std::string_view text = context.sources.file(place.file).text();
        for (const Declaration& declaration : context.tree.declarations) {
            const Span span = declaration.span;
            if (span.file != place.file || place.begin < span.begin) continue;
            if (place.begin < span.end) doubtful.push_back(span);
            if (place.begin < span.end) continue;
            if (trim(text.substr(span.end, place.begin - span.end)).empty())
                doubtful.push_back(span);
        }
    }
    if (doubtful.empty()) return;
    std::erase_if(diagnostics, [&](const Diagnostic& diagnostic) {
        if (static_cast<unsigned>(diagnostic.code) < syntax_codes_end) return false;
        return std::any_of(doubtful.begin(), doubtful.end(), [&](Span span) {
            return span.file == diagnostic.span.file && span.begin <= diagnostic.span.begin &&
                   diagnostic.span.end <= span.end;
        });
    });
}

}  // namespace pawl::dsl::internal
