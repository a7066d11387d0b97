// language_mutants [--seed N]... [--count N] [--show] [RULEBOOK...]
//
// Renames or deletes one word of a shipped rulebook, again and again, and looks at the report: it
// should be one error, at the line that was changed, or with a label there. What still checks is
// no mistake and is not counted. At least 95 of 100 must be so.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "base/diagnostic_render.h"
#include "dsl/compile.h"

namespace {

namespace fs = std::filesystem;
using namespace pawl;

struct File {
    std::string path;
    std::string text;
};

struct Token {
    std::size_t file = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct Mutant {
    std::string what;
    Token token;
    std::string with;
};

struct Options {
    std::vector<std::uint64_t> seeds;
    std::size_t count = 300;
    bool shows = false;
    std::vector<std::string> books;
};

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void add_files(const fs::path& root, const std::string& prefix, std::vector<File>& files) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
        const std::string kind = entry.path().extension().string();
        const bool is_text =
            kind == ".pawl" || kind == ".md" || kind == ".html" || kind == ".txt" || kind == ".csv";
        if (!entry.is_regular_file() || !is_text) continue;
        files.push_back(
            {prefix + fs::relative(entry.path(), root).generic_string(), read_text(entry.path())});
    }
}

std::vector<File> load(const fs::path& book) {
    std::vector<File> files;
    add_files(book, "", files);
    add_files("integrations", "integrations/", files);
    std::sort(files.begin(), files.end(),
              [](const File& left, const File& right) { return left.path < right.path; });
    return files;
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Words and signs outside comments and texts.
void find_tokens(const File& file, std::size_t index, std::vector<Token>& tokens) {
    const std::string& text = file.text;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        std::size_t end = at + 1;
        if (c == '#') {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        if (c == '"') {  // quotes nest inside {{ }}
            int depth = 0;
            while (end < text.size() && (depth > 0 || text[end] != '"')) {
                if (text.compare(end, 2, "{{") == 0) ++depth;
                if (text.compare(end, 2, "}}") == 0) --depth;
                end += text[end] == '\\' ? 2 : 1;
            }
            at = end + 1;
            continue;
        }
        if (is_word(c)) {
            while (end < text.size() && is_word(text[end])) ++end;
        } else if (c == ' ' || c == '\n' || c == '\t') {
            at = end;
            continue;
        } else if (text.compare(at, 2, "->") == 0) {
            end = at + 2;
        }
        tokens.push_back({index, at, end});
        at = end;
    }
}

// A slip of the fingers: two letters swapped, one left out, one doubled.
std::string misspelled(const std::string& word, std::mt19937_64& random) {
    std::string slip = word;
    const std::size_t at = random() % word.size();
    switch (random() % 3) {
        case 0:
            if (at + 1 < slip.size() && slip[at] != slip[at + 1]) {
                std::swap(slip[at], slip[at + 1]);
                break;
            }
            [[fallthrough]];
        case 1:
            if (slip.size() > 3) {
                slip.erase(at, 1);
                break;
            }
            [[fallthrough]];
        default: slip.insert(at, 1, slip[at]); break;
    }
    return slip;
}

Mutant make_mutant(const std::vector<File>& files, const std::vector<Token>& tokens,
                   std::mt19937_64& random) {
    const Token token = tokens[random() % tokens.size()];
    const std::string word = files[token.file].text.substr(token.begin, token.end - token.begin);
    const bool is_name = (word[0] >= 'a' && word[0] <= 'z') || word[0] == '_';
    if (is_name && random() % 2 == 0) {
        const std::string slip = misspelled(word, random);
        return {"`" + word + "` renamed to `" + slip + "`", token, slip};
    }
    return {"`" + word + "` deleted", token, ""};
}

std::uint32_t line_at(const SourceSet& sources, Span span) {
    return sources.file(span.file).position(span.begin).line;
}

struct Verdict {
    bool counts = false;
    bool is_right = false;
    std::string report;
};

Verdict judge(const std::vector<File>& files, const Mutant& mutant) {
    SourceSet sources;
    FileIndex changed = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        std::string text = files[i].text;
        if (i == mutant.token.file)
            text.replace(mutant.token.begin, mutant.token.end - mutant.token.begin, mutant.with);
        const FileIndex index = sources.add(files[i].path, std::move(text));
        if (i == mutant.token.file) changed = index;
    }
    const auto line =
        sources.file(changed).position(static_cast<std::uint32_t>(mutant.token.begin)).line;
    std::vector<Diagnostic> errors;
    for (Diagnostic& diagnostic : dsl::check_rulebook(sources))
        if (diagnostic.severity() == Severity::error) errors.push_back(std::move(diagnostic));
    Verdict verdict;
    verdict.counts = !errors.empty();
    const auto is_there = [&](Span span) {
        return span.file == changed && line_at(sources, span) == line;
    };
    if (errors.size() == 1) {
        verdict.is_right = is_there(errors.front().span);
        for (const Label& label : errors.front().labels)
            verdict.is_right = verdict.is_right || is_there(label.span);
    }
    if (!verdict.is_right)
        for (const Diagnostic& diagnostic : errors)
            verdict.report += render_diagnostic(diagnostic, sources, Color::off);
    return verdict;
}

struct Tally {
    std::size_t counted = 0;
    std::size_t right = 0;
};

Tally run(const std::string& book, std::uint64_t seed, const Options& options) {
    const std::vector<File> files = load(book);
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < files.size(); ++i)
        if (files[i].path.ends_with(".pawl") && !files[i].path.starts_with("integrations/"))
            find_tokens(files[i], i, tokens);
    std::mt19937_64 random(seed);
    Tally tally;
    if (tokens.empty()) return tally;
    while (tally.counted < options.count) {
        const Mutant mutant = make_mutant(files, tokens, random);
        const Verdict verdict = judge(files, mutant);
        if (!verdict.counts) continue;
        ++tally.counted;
        if (verdict.is_right) {
            ++tally.right;
            continue;
        }
        if (!options.shows) continue;
        const SourceFile file(files[mutant.token.file].path, files[mutant.token.file].text);
        const auto place = file.position(static_cast<std::uint32_t>(mutant.token.begin));
        std::printf("---- %s:%u:%u %s\n%s", file.path().c_str(), place.line, place.column,
                    mutant.what.c_str(), verdict.report.c_str());
    }
    return tally;
}

Options read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--show")
            options.shows = true;
        else if (word == "--seed" && i + 1 < argc)
            options.seeds.push_back(std::strtoull(argv[++i], nullptr, 10));
        else if (word == "--count" && i + 1 < argc)
            options.count = std::strtoull(argv[++i], nullptr, 10);
        else
            options.books.push_back(word);
    }
    if (options.seeds.empty()) options.seeds = {20260302, 1};
    if (!options.books.empty()) return options;
    for (const fs::directory_entry& entry : fs::directory_iterator("rulebooks"))
        if (entry.is_directory()) options.books.push_back(entry.path().string());
    std::sort(options.books.begin(), options.books.end());
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = read_options(argc, argv);
    bool is_enough = !options.books.empty();
    for (const std::string& book : options.books) {
        for (const std::uint64_t seed : options.seeds) {
            const Tally tally = run(book, seed, options);
            const auto number = static_cast<unsigned long long>(seed);
            std::printf(
                "%s: %zu of %zu mutants are told by one error at the right line (seed %llu)\n",
                book.c_str(), tally.right, tally.counted, number);
            if (tally.right * 100 >= tally.counted * 95) continue;
            is_enough = false;
            std::printf("at least 95 of 100 must be; again: %s --show --seed %llu\n", argv[0],
                        number);
        }
    }
    return is_enough ? 0 : 1;
}
