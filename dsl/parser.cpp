#include "dsl/parser.h"

#include <algorithm>
#include <numeric>

#include "base/limits.h"
#include "base/text.h"
#include "dsl/internal/grammar_base.h"

namespace pawl::dsl {

namespace {

using grammar::Input;

// A character that no rule file holds, wherever it stands: told once, and the file is not read.
std::optional<Diagnostic> find_unreadable(FileIndex file, std::string_view text) {
    const auto place = [&](std::size_t at) {
        return Span{file, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + 1)};
    };
    if (const auto malformed = find_malformed_utf8(text)) {
        return Diagnostic{DiagnosticCode::unreadable_character, place(*malformed),
                          "this byte is no UTF-8 text", "save the file as UTF-8"};
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x20 && byte != 0x7F) continue;
        if (byte == '\n' || byte == '\t' || byte == '\r') continue;
        return Diagnostic{DiagnosticCode::unreadable_character, place(at),
                          "found a control character, number " + std::to_string(byte)};
    }
    return std::nullopt;
}

// Where the next line begins with a declaration's keyword, at or left of `indent_max`; else the
// end. What lies between belongs to the declaration that could not be read.
const char* next_declaration(const Input& in, const Builder& b, std::uint32_t indent_max) {
    const char* at = in.current();
    for (;;) {
        while (at != in.end() && *at != '\n') ++at;
        if (at == in.end()) return at;
        ++at;
        const char* word = at;
        while (word != in.end() && (*word == ' ' || *word == '\t')) ++word;
        const auto indent = static_cast<std::uint32_t>(word - at);
        if (indent <= indent_max && is_of_class(b.word_at(b.offset(word)), WordClass::declaration))
            return word;
    }
}

class FileParser {
 public:
    FileParser(Builder& builder, const SourceFile& file)
        : b_(builder), in_(file.text().data(), file.text().size(), "") {}

    void parse() {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (std::string_view(in_.current(), in_.size()).starts_with(byte_order_mark))
            in_.bump(byte_order_mark.size());
        skip();
        while (!in_.empty()) parse_declaration();
    }

 private:
    void skip() { grammar::skip_space(in_, b_); }

    void parse_declaration() {
        const std::uint32_t begin = b_.offset(in_.current());
        b_.begin_declaration(begin);
        const Builder::Mark mark = b_.mark();
        const std::size_t declarations = b_.tree().declarations.size();
        try {
            if (!grammar::match_declaration(in_, b_)) b_.refuse_declaration(begin);
        } catch (const Mistake&) {
            // A keyword at the left of the broken declaration's own begins another one.
            const std::uint32_t indent = b_.begins_line(begin) ? b_.indent(begin) : 0;
            recover(begin, indent);
        }
        if (!b_.is_broken()) return;
        b_.rewind(mark);
        b_.tree().declarations.resize(declarations);
    }

    void recover(std::uint32_t begin, std::uint32_t indent) {
        // PEGTL has set the input back while the mistake went up.
        const std::uint32_t at = std::max(b_.stopped_at(), begin);
        in_.iterator() = in_.begin() + at;
        // Found where another declaration begins: that one is whole.
        const bool is_there = at > begin && b_.begins_line(at) && b_.indent(at) <= indent &&
                              is_of_class(b_.word_at(at), WordClass::declaration);
        if (!is_there) in_.iterator() = next_declaration(in_, b_, indent);
        skip();
    }

    Builder& b_;
    Input in_;
};

std::vector<FileIndex> by_path(const SourceSet& sources) {
    std::vector<FileIndex> order(sources.files().size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](FileIndex left, FileIndex right) {
        return sources.file(left).path() < sources.file(right).path();
    });
    return order;
}

}  // namespace

Tree parse(const SourceSet& sources, std::vector<Diagnostic>& diagnostics) {
    Tree tree;
    Builder builder(tree, sources, diagnostics);
    for (const FileIndex index : by_path(sources)) {
        const SourceFile& file = sources.file(index);
        if (!file.path().ends_with(".pawl")) continue;
        if (auto unreadable = find_unreadable(index, file.text())) {
            diagnostics.push_back(std::move(*unreadable));
            continue;
        }
        builder.begin_file(index, file.text());
        FileParser(builder, file).parse();
    }
    return tree;
}

Tree parse_one(const SourceSet& sources, FileIndex file, std::vector<Diagnostic>& diagnostics) {
    Tree tree;
    const std::string_view text = sources.file(file).text();
    if (auto unreadable = find_unreadable(file, text)) {
        diagnostics.push_back(std::move(*unreadable));
        return tree;
    }
    Builder builder(tree, sources, diagnostics);
    builder.reads_template_files = false;
    builder.begin_file(file, text);
    FileParser(builder, sources.file(file)).parse();
    return tree;
}

ParsedExpression parse_expression(const SourceSet& sources, FileIndex file,
                                  std::vector<Diagnostic>& diagnostics) {
    ParsedExpression parsed;
    const std::string_view text = sources.file(file).text();
    if (auto unreadable = find_unreadable(file, text)) {
        diagnostics.push_back(std::move(*unreadable));
        return parsed;
    }
    Builder b(parsed.tree, sources, diagnostics);
    b.begin_file(file, text);
    Input in(text.data(), text.size(), "");
    try {
        grammar::skip_space(in, b);
        if (!grammar::match_expression(in, b)) b.refuse(b.offset(in.current()), "a value");
        if (!in.empty()) b.refuse(b.offset(in.current()), "an operator, or the end,");
        const auto expression = b.take_last<ExpressionIndex>();
        if (!b.is_broken()) parsed.expression = expression;
    } catch (const Mistake&) {
        parsed.expression = ExpressionIndex::none;
    }
    return parsed;
}

}  // namespace pawl::dsl
