#include "cases.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

#include "base/diagnostic_render.h"
#include "cli/command_options.h"
#include "dsl/format.h"
#include "dsl/parser.h"

namespace pawl::language {

namespace {

namespace fs = std::filesystem;

struct Folder {
    const char* name;
    CaseKind kind;
};
constexpr Folder folders[] = {
    {"parse", CaseKind::parse}, {"ok", CaseKind::ok}, {"fail", CaseKind::fail}};

Outcome run_parse(const Case& each) {
    Outcome outcome;
    SourceSet sources;
    const std::string text = read_text(each.book);
    sources.add(each.book.filename().string(), text);
    std::vector<Diagnostic> diagnostics;
    const dsl::Tree tree = dsl::parse(sources, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics)
        outcome.diagnostics += render_diagnostic(diagnostic, sources, Color::off);
    if (!diagnostics.empty()) return outcome;
    if (tree.declarations.empty()) outcome.problem = "it has no declaration";
    const Result<std::string> once = dsl::format(each.book.string(), text);
    if (!once) {
        outcome.problem = "the formatter refuses it: " + once.error().message;
        return outcome;
    }
    const Result<std::string> twice = dsl::format(each.book.string(), *once);
    if (!twice) {
        outcome.problem = "its formatted text cannot be read: " + twice.error().message;
    } else if (*once != *twice) {
        outcome.problem = "formatting it twice gives another text than once";
    }
    return outcome;
}

// "PW0109" of a case named pw0109_equals_sign; empty where the name has no code.
std::string code_of(const Case& each) {
    std::string code = each.name.substr(each.name.rfind('/') + 1, 6);
    const bool has_code = code.size() == 6 && code.starts_with("pw") &&
                          std::all_of(code.begin() + 2, code.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!has_code) return {};
    return "PW" + code.substr(2);
}

std::vector<Diagnostic> mistakes_of(const std::string& text) {
    SourceSet sources;
    sources.add("book.pawl", text);
    std::vector<Diagnostic> mistakes;
    (void)dsl::parse(sources, mistakes);
    return mistakes;
}

// Where a message says "`a` is written `b` here", that edit must mend the text.
std::string edit_that_fails(const std::string& text) {
    constexpr std::string_view begin = "write `";
    const std::vector<Diagnostic> mistakes = mistakes_of(text);
    for (const Diagnostic& mistake : mistakes) {
        const bool has_edit = mistake.message.find("` is written `") != std::string::npos;
        if (!has_edit || !mistake.hint.starts_with(begin)) continue;
        const std::string meant =
            mistake.hint.substr(begin.size(), mistake.hint.size() - begin.size() - 1);
        std::string mended = text;
        mended.replace(mistake.span.begin, mistake.span.end - mistake.span.begin, meant);
        if (mistakes_of(mended).size() >= mistakes.size())
            return "writing `" + meant + "`, as it says, mends nothing";
    }
    return {};
}

Outcome run_check(const Case& each) {
    cli::TextOutput out, err;
    cli::Terminal terminal{out, err};
    const cli::Exit exit = cli::check({.book = each.book.string(), .json = false}, terminal);
    Outcome outcome;
    outcome.diagnostics = err.text();
    const bool has_mistakes = exit == cli::Exit::no;
    if (exit != cli::Exit::done && exit != cli::Exit::no) outcome.problem = "it cannot be read";
    if (each.kind == CaseKind::ok && has_mistakes) outcome.problem = "it must have no mistake";
    if (each.kind != CaseKind::fail) return outcome;
    const std::string code = code_of(each);
    if (code.empty()) {
        outcome.problem = "its name must begin with the code that it shows, as in pw0109_equals";
    } else if (outcome.diagnostics.find(code) == std::string::npos) {
        outcome.problem = "it must be told " + code;
    } else if (each.book.extension() == ".pawl") {
        outcome.problem = edit_that_fails(read_text(each.book));
    }
    return outcome;
}

}  // namespace

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Case> find_cases(const fs::path& root) {
    std::vector<Case> cases;
    for (const Folder& folder : folders) {
        std::error_code problem;
        for (const fs::directory_entry& entry :
             fs::directory_iterator(root / folder.name, problem)) {
            const fs::path path = entry.path();
            const bool is_file = path.extension() == ".pawl";
            if (!is_file && !entry.is_directory()) continue;
            Case each{folder.kind, std::string(folder.name) + "/" + path.stem().string(), path,
                      path / "expected.err"};
            if (is_file) each.expected = fs::path(path).replace_extension(".err");
            cases.push_back(std::move(each));
        }
    }
    std::sort(cases.begin(), cases.end(),
              [](const Case& left, const Case& right) { return left.name < right.name; });
    return cases;
}

Outcome run_case(const Case& each) {
    return each.kind == CaseKind::parse ? run_parse(each) : run_check(each);
}

}  // namespace pawl::language
