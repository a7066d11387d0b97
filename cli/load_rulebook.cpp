#include "cli/load_rulebook.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "cli/files.h"
#include "dsl/compile.h"
#include "integrations/services.h"
#include "rules/program_file.h"

namespace pawl::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view rule_ending = ".pawl";
constexpr std::string_view shipped_prefix = "integrations/";

struct LoadedFile {
    std::string path;
    std::string text;
};

// What a declaration may name with `file "…"` or `lua "…"`, besides the rules themselves.
const std::vector<std::string_view>& all_endings() {
    static const std::vector<std::string_view> endings = {rule_ending, ".md",  ".html",
                                                          ".txt",      ".csv", ".lua"};
    return endings;
}

Result<std::vector<LoadedFile>> load_folder(const std::string& folder) {
    PAWL_TRY(const std::vector<FoundFile> found, find_files(folder, all_endings()));
    std::vector<LoadedFile> files;
    bool has_rules = false;
    for (const FoundFile& each : found) {
        const bool is_rules = each.relative_path.ends_with(rule_ending);
        Result<std::string> text = read_file(each.path, limits::source_file_bytes_max);
        if (!text) return text.error();
        has_rules = has_rules || is_rules;
        const bool is_disguised = is_rules && each.relative_path.starts_with(shipped_prefix);
        files.push_back({(is_disguised ? "./" : "") + each.relative_path, std::move(*text)});
    }
    if (!has_rules) {
        return Error{
            .code = "unreadable",
            .message = quote_for_message(folder, 200) + " holds no file that ends in `.pawl`"};
    }
    return files;
}

// Texts within quotes that could name a file: a single rulebook file may lie in a folder of
// anything, of which nothing else is read.
std::vector<std::string> quoted_paths(std::string_view text) {
    std::vector<std::string> paths;
    for (std::size_t open = text.find('"'); open != std::string_view::npos;) {
        const std::size_t close = text.find_first_of("\"\n", open + 1);
        if (close == std::string_view::npos) break;
        const std::string_view inside = text.substr(open + 1, close - open - 1);
        const bool fits = text[close] == '"' && inside.size() < 1'000 && !inside.empty() &&
                          std::any_of(all_endings().begin() + 1, all_endings().end(),
                                      [&](std::string_view end) { return inside.ends_with(end); });
        if (fits) paths.emplace_back(inside);
        open = fits ? text.find('"', close + 1) : text.find('"', open + 1);
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
}

bool stays_inside(const fs::path& relative) {
    return !relative.is_absolute() &&
           std::none_of(relative.begin(), relative.end(),
                        [](const fs::path& part) { return part == ".."; });
}

Result<std::vector<LoadedFile>> load_single(const std::string& book) {
    PAWL_TRY(std::string text, read_file(book, limits::source_file_bytes_max));
    const fs::path folder = fs::path(book).parent_path();
    std::vector<LoadedFile> files;
    for (const std::string& named : quoted_paths(text)) {
        std::error_code problem;
        const fs::path path = folder / named;
        if (!stays_inside(named) || !fs::is_regular_file(path, problem)) continue;
        Result<std::string> named_text = read_file(path.string(), limits::source_file_bytes_max);
        if (!named_text) return named_text.error();
        files.push_back({named, std::move(*named_text)});
    }
    files.push_back({fs::path(book).filename().string(), std::move(text)});
    return files;
}

Result<LoadedBook> load_compiled(const std::string& book) {
    // A program is smaller than its rulebook's text.
    PAWL_TRY(const std::string bytes, read_file(book, limits::source_file_bytes_max * 16));
    PAWL_TRY(rules::Program program, rules::read_program(bytes));
    LoadedBook loaded;
    loaded.program = std::move(program);
    return loaded;
}

}  // namespace

bool is_compiled(const std::string& book) { return book.ends_with(".pawlc"); }

Result<SourceSet> load_sources(const std::string& book) {
    std::error_code problem;
    const fs::file_status status = fs::status(book, problem);
    if (status.type() == fs::file_type::not_found) {
        return Error{.code = "unreadable",
                     .message = quote_for_message(book, 200) +
                                " is not there: a rulebook is a folder of `.pawl` files"};
    }
    PAWL_TRY(std::vector<LoadedFile> files,
             fs::is_directory(status) ? load_folder(book) : load_single(book));
    for (const integrations::ServiceSource& service : integrations::service_sources()) {
        files.push_back({std::string(service.path), std::string(service.text)});
    }
    std::sort(files.begin(), files.end(), [](const LoadedFile& left, const LoadedFile& right) {
        return left.path < right.path;
    });
    SourceSet sources;
    for (LoadedFile& file : files) sources.add(std::move(file.path), std::move(file.text));
    return sources;
}

Result<LoadedBook> load_book(const std::string& book) {
    if (is_compiled(book)) return load_compiled(book);
    LoadedBook loaded;
    Result<SourceSet> sources = load_sources(book);
    if (!sources) return sources.error();
    loaded.sources = std::move(*sources);
    dsl::Compilation compilation = dsl::compile(loaded.sources);
    loaded.diagnostics = std::move(compilation.diagnostics);
    loaded.program = std::move(compilation.program);
    return loaded;
}

std::optional<rules::Program> load_program(const std::string& book, Terminal& terminal, Exit& exit,
                                           Form form) {
    Result<LoadedBook> loaded = load_book(book);
    if (!loaded) {
        exit = refuse(terminal, Exit::usage, loaded.error(), book, form);
        return std::nullopt;
    }
    if (!loaded->program) {
        print_diagnostics(loaded->diagnostics, loaded->sources, Show::errors, terminal);
        terminal.complain(quote_for_message(book, 200) + " has " +
                          count_diagnostics(loaded->diagnostics));
        exit = Exit::no;
        return std::nullopt;
    }
    return std::move(loaded->program);
}

void print_diagnostics(const std::vector<Diagnostic>& diagnostics, const SourceSet& sources,
                       Show show, Terminal& terminal) {
    std::size_t shown = 0;
    std::size_t more = 0;
    for (const Diagnostic& diagnostic : diagnostics) {
        if (show == Show::errors && diagnostic.severity() != Severity::error) continue;
        if (shown == limits::diagnostics_max) {
            ++more;
            continue;
        }
        if (shown++ != 0) terminal.err.write("\n");
        terminal.err.write(render_diagnostic(diagnostic, sources, terminal.err.color));
    }
    if (more != 0) terminal.err.write("\n… and " + std::to_string(more) + " more\n");
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string count_diagnostics(const std::vector<Diagnostic>& diagnostics) {
    const auto errors = static_cast<std::size_t>(
        std::count_if(diagnostics.begin(), diagnostics.end(),
                      [](const Diagnostic& each) { return each.severity() == Severity::error; }));
    const std::size_t warnings = diagnostics.size() - errors;
    std::string text = errors == 0 ? "no mistakes" : counted(errors, "mistake", "mistakes");
    if (warnings != 0) text += ", " + counted(warnings, "warning", "warnings");
    return text;
}

}  // namespace pawl::cli
