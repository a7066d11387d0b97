#include "dsl/internal/text_template.h"

#include <algorithm>

#include "base/text.h"
#include "dsl/internal/builder_expressions.h"
#include "dsl/internal/grammar_base.h"

namespace pawl::dsl {

namespace grammar {

namespace {

struct filter_arguments : p::seq<sign<":">, need_list<"a value after `:`", operand>> {};
struct filter : node<build_filter, p::one<'|'>, p::not_at<p::one<'|'>>, gate<match_space>,
                     need<"a filter's name, such as `upper`", name>, p::opt<filter_arguments>> {};
struct braces_end : p::string<'}', '}'> {};
struct text_expression : node<build_text_expression, p::string<'{', '{'>, gate<match_space>,
                              need<"a value after `{{`", expression>, p::star<filter>,
                              need<"`}}`, or `|` and a filter", braces_end>> {};

struct tag_end : need<"`}}`", braces_end> {};
struct if_tag
    : p::seq<word<"if">, tagged<Tag::value, need<"a condition after `if`", expression>>, tag_end> {
};
struct for_tag : p::seq<word<"for">, need<"`each`", word<"each">>, loop_head, tag_end> {};
struct else_tag : p::seq<word<"else">, braces_end> {};
struct else_if_tag : p::seq<word<"else">, if_tag> {};
struct end_tag : p::seq<word<"end">, tag_end> {};

// What stands between expressions, in a text in quotes: up to a quote, `{{` or the line's end.
void read_quoted_run(Input& in, Builder& b) {
    const char* const begin = in.current();
    const char* at = begin;
    std::string text;
    while (at != in.end() && *at != '"' && *at != '\n') {
        const char next = at + 1 != in.end() ? at[1] : '\0';
        if (*at == '{' && next == '{') break;
        if (*at != '\\') {
            text += *at++;
            continue;
        }
        std::size_t length = 2;
        switch (next) {
            case 'n': text += '\n'; break;
            case 't': text += '\t'; break;
            case '"': text += '"'; break;
            case '\\': text += '\\'; break;
            case '{':
                text += '{';
                if (at + 2 != in.end() && at[2] == '{') {
                    text += '{';
                    length = 3;
                }
                break;
            default:
                b.report({DiagnosticCode::unknown_escape, b.span(at, at + 1),
                          "a backslash stands only before `n`, `t`, `\"`, `\\` and `{{`",
                          "for the backslash itself write `\\\\`"});
                text += '\\';
                length = 1;
        }
        at += length;
    }
    in.iterator() = at;
    TextPiece piece;
    piece.text = std::move(text);
    piece.span = b.span(begin, at);
    const Span span = piece.span;
    b.push(span, std::move(piece));
}

[[noreturn]] void refuse_unclosed(Input& in, Builder& b, const char* begin) {
    const char* line_end = begin;
    while (line_end != in.end() && *line_end != '\n') ++line_end;
    b.fail({DiagnosticCode::unclosed_text, b.span(begin, line_end),
            "this text has no closing `\"` on its line",
            "a text ends on its line; for a line break in it write `\\n`"});
}

void read_expression(Input& in, Builder& b) {
    const char* const begin = in.current();
    if (!run<text_expression>(in, b)) b.refuse(b.offset(begin), "an expression");
    const std::string_view written(begin, static_cast<std::size_t>(in.current() - begin));
    if (written.find('\n') == std::string_view::npos || *begin != '{') return;
    b.report({DiagnosticCode::unclosed_text, b.span(begin, begin + 2),
              "this `{{` is not closed on its line", "write `}}` behind the expression"});
}

bool is_at(const Input& in, std::string_view text) {
    return std::string_view(in.current(), in.size()).starts_with(text);
}

}  // namespace

bool match_text(Input& in, Builder& b) {
    if (in.empty() || in.peek_char() != '"') return false;
    const char* const begin = in.current();
    const Builder::Nesting nesting(b, b.offset(begin), Builder::Depth::expression);
    const std::size_t first = b.part_count();
    in.bump(1);
    while (!in.empty() && in.peek_char() != '"') {
        if (in.peek_char() == '\n') refuse_unclosed(in, b, begin);
        if (is_at(in, "{{")) {
            read_expression(in, b);
        } else {
            read_quoted_run(in, b);
        }
    }
    if (in.empty()) refuse_unclosed(in, b, begin);
    in.bump(1);
    b.close(first, b.span(begin, in.current()), build_text);
    skip_space(in, b);
    return true;
}

bool match_plain_text(Input& in, Builder& b) {
    if (in.empty() || in.peek_char() != '"') return false;
    const char* const begin = in.current();
    in.bump(1);
    std::string text;
    while (!in.empty() && in.peek_char() != '"') {
        if (in.peek_char() == '\n') refuse_unclosed(in, b, begin);
        if (is_at(in, "{{")) {
            text += "{{";
            in.bump(2);
            continue;
        }
        read_quoted_run(in, b);
        text += b.take_last<TextPiece>().text;
    }
    if (in.empty()) refuse_unclosed(in, b, begin);
    in.bump(1);
    b.push(b.span(begin, in.current()), std::move(text), Tag::title);
    skip_space(in, b);
    return true;
}

namespace {

// Reads a template's text: of a part in quotes, whose end is a quote, or of a whole file.
class TemplateReader {
 public:
    TemplateReader(Input& in, Builder& b, bool in_file) : in_(in), b_(b), in_file_(in_file) {}

    std::vector<TemplateNode> read() {
        std::vector<TemplateNode> nodes = read_nodes();
        if (stop_ == Stop::end) return nodes;
        b_.fail({DiagnosticCode::template_tag_alone, tag_,
                 "this tag has no `{{if …}}` or `{{for each …}}` before it",
                 "leave it out, or open the part that it belongs to"});
    }

 private:
    enum class Stop : std::uint8_t { end, end_tag, else_tag, else_if_tag };

    bool is_over() const { return in_.empty() || (!in_file_ && in_.peek_char() == '"'); }

    std::vector<TemplateNode> read_nodes() {
        std::vector<TemplateNode> nodes;
        stop_ = Stop::end;
        while (!is_over()) {
            if (!in_file_ && in_.peek_char() == '\n') break;  // unclosed: told by the caller
            if (!is_at(in_, "{{")) {
                read_run(nodes);
            } else if (!read_tag(nodes)) {
                return nodes;
            }
        }
        stop_ = Stop::end;
        return nodes;
    }

    void read_run(std::vector<TemplateNode>& nodes) {
        if (in_file_) {
            read_file_run();
        } else {
            read_quoted_run(in_, b_);
        }
        TextPiece piece = b_.take_last<TextPiece>();
        if (!piece.text.empty()) nodes.push_back({std::move(piece)});
    }

    void read_file_run() {
        const char* const begin = in_.current();
        const char* at = begin;
        TextPiece piece;
        while (at != in_.end()) {
            const std::string_view rest(at, static_cast<std::size_t>(in_.end() - at));
            if (rest.starts_with("{{")) break;
            if (rest.starts_with("\\{{")) {
                piece.text += "{{";
                at += 3;
            } else {
                piece.text += *at++;
            }
        }
        in_.iterator() = at;
        piece.span = b_.span(begin, at);
        const Span span = piece.span;
        b_.push(span, std::move(piece));
    }

    // False at a tag that ends the nodes, with `stop_` saying which.
    bool read_tag(std::vector<TemplateNode>& nodes) {
        const char* const begin = in_.current();
        in_.bump(2);
        skip_space(in_, b_);
        const std::string_view word = b_.word_at(b_.offset(in_.current()));
        const Builder::Nesting nesting(b_, b_.offset(begin), Builder::Depth::block);
        if (word == "if" && !is_a_name("if")) {
            read_if(nodes, begin);
        } else if (word == "for" && !is_a_name("for")) {
            read_for(nodes, begin);
        } else if (word == "end") {
            run<end_tag>(in_, b_);
            return stop(Stop::end_tag, nodes, begin);
        } else if (word == "else" && run<else_tag>(in_, b_)) {
            return stop(Stop::else_tag, nodes, begin);
        } else if (word == "else" && run<else_if_tag>(in_, b_)) {
            condition_ = take_value();
            return stop(Stop::else_if_tag, nodes, begin);
        } else {
            in_.iterator() = begin;
            read_expression(in_, b_);
            nodes.push_back({b_.take_last<TextPiece>()});
        }
        return true;
    }

    // `{{if | upper}}` and `{{for.x}}` name a value that happens to be called so.
    bool is_a_name(std::string_view word) const {
        const char* at = in_.current() + word.size();
        while (at != in_.end() && (*at == ' ' || *at == '\t')) ++at;
        return at != in_.end() && (*at == '|' || *at == '.');
    }

    bool stop(Stop kind, std::vector<TemplateNode>& nodes, const char* begin) {
        stop_ = kind;
        tag_ = b_.span(begin, in_.current());
        finish_tag(nodes, begin);
        return false;
    }

    // A control tag alone on its line of a file takes its line break, and the space before it, with
    // it. `nodes` are those that end with what stands before the tag.
    void finish_tag(std::vector<TemplateNode>& nodes, const char* begin) {
        if (!in_file_) return;
        const char* line = begin;
        while (line != in_.begin() && (line[-1] == ' ' || line[-1] == '\t')) --line;
        if (line != in_.begin() && line[-1] != '\n') return;
        const char* end = in_.current();
        while (end != in_.end() && (*end == ' ' || *end == '\t' || *end == '\r')) ++end;
        if (end != in_.end() && *end != '\n') return;
        in_.iterator() = end == in_.end() ? end : end + 1;
        if (nodes.empty()) return;
        TextPiece* piece = std::get_if<TextPiece>(&nodes.back().form);
        if (piece == nullptr || !is_none(piece->expression)) return;
        const auto space = static_cast<std::size_t>(begin - line);
        piece->text.resize(piece->text.size() - std::min(space, piece->text.size()));
        if (piece->text.empty()) nodes.pop_back();
    }

    ExpressionIndex take_value() { return b_.take_last<ExpressionIndex>(); }

    void read_if(std::vector<TemplateNode>& nodes, const char* begin) {
        run<if_tag>(in_, b_);
        const Span opening = b_.span(begin, in_.current());
        TemplateIf form;
        ExpressionIndex condition = take_value();
        finish_tag(nodes, begin);
        for (bool is_last = false;;) {
            TemplateBranch branch{condition, read_nodes()};
            form.branches.push_back(std::move(branch));
            if (stop_ == Stop::end) refuse_open(opening, "{{if}}");
            if (stop_ == Stop::end_tag) break;
            if (is_last) {
                b_.fail({DiagnosticCode::template_tag_alone, tag_,
                         "nothing comes behind `{{else}}` but `{{end}}`"});
            }
            is_last = stop_ == Stop::else_tag;
            condition = is_last ? ExpressionIndex::none : condition_;
        }
        nodes.push_back({std::move(form)});
    }

    void read_for(std::vector<TemplateNode>& nodes, const char* begin) {
        run<for_tag>(in_, b_);
        const Span opening = b_.span(begin, in_.current());
        TemplateFor form;
        form.source = take_value();
        form.variable = b_.take_last<Name>();
        finish_tag(nodes, begin);
        form.body = read_nodes();
        if (stop_ == Stop::end) refuse_open(opening, "{{for each}}");
        if (stop_ != Stop::end_tag) {
            b_.fail({DiagnosticCode::template_tag_alone, tag_,
                     "`{{else}}` belongs to an `{{if}}`, not to a `{{for each}}`"});
        }
        nodes.push_back({std::move(form)});
    }

    [[noreturn]] void refuse_open(Span opening, std::string_view tag) {
        b_.fail({DiagnosticCode::template_tag_open, opening,
                 "this `" + std::string(tag) + "` has no `{{end}}`",
                 "write `{{end}}` where the part ends"});
    }

    Input& in_;
    Builder& b_;
    const bool in_file_;
    Stop stop_ = Stop::end;
    Span tag_;
    ExpressionIndex condition_ = ExpressionIndex::none;
};

}  // namespace

bool match_template_text(Input& in, Builder& b) {
    if (in.empty() || in.peek_char() != '"') return false;
    const char* const begin = in.current();
    // An unclosed text would be told as an unclosed tag in it.
    in.bump(1);
    TemplateReader reader(in, b, false);
    std::vector<TemplateNode> nodes = reader.read();
    if (in.empty() || in.peek_char() != '"') refuse_unclosed(in, b, begin);
    in.bump(1);
    b.push(b.span(begin, in.current()), std::move(nodes));
    skip_space(in, b);
    return true;
}

}  // namespace grammar

namespace {

bool leaves_rulebook(std::string_view path) {
    if (path.empty() || path.front() == '/' || path.find('\\') != std::string_view::npos)
        return true;
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        if (path.substr(0, slash) == "..") return true;
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return false;
}

}  // namespace

std::vector<TemplateNode> read_template_file(Builder& b, std::string_view path, Span place) {
    if (leaves_rulebook(path)) {
        b.fail({DiagnosticCode::template_file_outside, place,
                quote_for_message(path) + " leads out of the rulebook",
                "name a file inside it, from its root: \"templates/receipt.md\""});
    }
    const SourceFile* file = b.sources().find(path);
    if (file == nullptr) {
        b.fail({DiagnosticCode::template_file_missing, place,
                "the rulebook has no file " + quote_for_message(path),
                "paths begin at the rulebook's root"});
    }
    const auto index = static_cast<FileIndex>(file - b.sources().files().data());
    if (const auto malformed = find_malformed_utf8(file->text())) {
        const auto at = static_cast<std::uint32_t>(*malformed);
        b.fail({DiagnosticCode::unreadable_character, Span{index, at, at + 1},
                "this byte is no UTF-8 text"});
    }
    const Builder::Excursion excursion(b, index, file->text());
    grammar::Input in(file->text().data(), file->text().size(), "");
    return grammar::TemplateReader(in, b, true).read();
}

namespace {

// ISO 639-1, so that a slip in a file's name is told instead of passed over.
constexpr std::string_view languages =
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da "
    "de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy "
    "hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg "
    "li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or "
    "os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta "
    "te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

bool is_small(char c) { return c >= 'a' && c <= 'z'; }

// "sw", "pt-BR": has the form of a language's code.
bool has_form_of_language(std::string_view text) {
    const auto is_large = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (text.size() != 2 && text.size() != 5) return false;
    if (!is_small(text[0]) || !is_small(text[1])) return false;
    return text.size() == 2 || (text[2] == '-' && is_large(text[3]) && is_large(text[4]));
}

// What stands between the name and the ending of a file beside it: "sw" of welcome.sw.md beside
// welcome.md. Empty of any other file.
std::string_view mark_of(std::string_view path, std::string_view of) {
    const std::size_t dot = of.rfind('.');
    if (dot == std::string_view::npos) return {};
    const std::string_view stem = of.substr(0, dot + 1);
    const std::string_view ending = of.substr(dot);
    if (path.size() <= stem.size() + ending.size()) return {};
    if (!path.starts_with(stem) || !path.ends_with(ending)) return {};
    return path.substr(stem.size(), path.size() - stem.size() - ending.size());
}

}  // namespace

bool is_language(std::string_view text) {
    if (!has_form_of_language(text)) return false;
    const std::size_t at = languages.find(text.substr(0, 2));
    return at != std::string_view::npos && at % 3 == 0;
}

std::vector<TemplateVersion> read_template_versions(Builder& b, std::string_view path, Span place) {
    std::vector<TemplateVersion> versions;
    const auto& files = b.sources().files();
    for (std::size_t i = 0; i < files.size(); ++i) {
        std::string_view mark = mark_of(files[i].path(), path);
        TemplateVersion version;
        version.file = static_cast<FileIndex>(i);
        bool is_version = !mark.empty();
        while (is_version && !mark.empty()) {
            const std::string_view piece = mark.substr(0, mark.find('.'));
            mark.remove_prefix(std::min(piece.size() + 1, mark.size()));
            if (version.variant.empty() && piece.size() == 1 && is_small(piece[0])) {
                version.variant = piece;
            } else if (version.language.empty() && has_form_of_language(piece)) {
                version.language = piece;
            } else {
                is_version = false;
            }
        }
        if (!is_version) continue;
        version.nodes = read_template_file(b, files[i].path(), place);
        versions.push_back(std::move(version));
    }
    std::sort(versions.begin(), versions.end(),
              [&](const TemplateVersion& left, const TemplateVersion& right) {
                  return files[left.file].path() < files[right.file].path();
              });
    return versions;
}

}  // namespace pawl::dsl
