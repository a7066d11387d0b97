#include "checks.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <regex>

#include "base/text.h"
#include "code_text.h"

namespace pawl::tidy {

namespace {

constexpr std::size_t columns_max = 100;
constexpr std::size_t table_columns_max = 140;  // where the formatter is off: grammars, tables
constexpr std::size_t lines_max = 800;

// What a person reads as documentation; a rulebook's templates are Markdown too and have no title.
bool is_page(const File& file) {
    const bool is_markdown = file.path.ends_with(".md");
    const bool is_above = file.path.find('/') == std::string::npos;
    return is_markdown &&
           (is_above || file.path.starts_with("docs/") || file.path.ends_with("/README.md"));
}

std::string_view name_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Calls `look` for each line of each C++ file: with its code, or with its whole text.
template <class Look>
Findings for_each_line(const Files& files, bool only_code, Look look) {
    Findings findings;
    for (const File& file : files) {
        if (!is_cpp(file)) continue;
        const auto lines = lines_of(only_code ? file.code : file.text);
        for (std::size_t index = 0; index < lines.size(); ++index) {
            if (const std::optional<std::string> message = look(file, lines[index]))
                findings.push_back({file.path, index + 1, *message});
        }
    }
    return findings;
}

Findings check_width(const Files& files) {
    Findings findings;
    for (const File& file : files) {
        if (!is_cpp(file)) continue;
        std::size_t allowed = columns_max;
        const auto lines = lines_of(file.text);
        for (std::size_t index = 0; index < lines.size(); ++index) {
            if (lines[index].starts_with("// clang-format off")) allowed = table_columns_max;
            if (lines[index].starts_with("// clang-format on")) allowed = columns_max;
            const std::size_t columns = count_code_points(lines[index]);
            if (columns <= allowed) continue;
            findings.push_back(
                {file.path, index + 1,
                 std::to_string(columns) + " columns, at most " + std::to_string(allowed)});
        }
    }
    return findings;
}

Findings check_length(const Files& files) {
    Findings findings;
    for (const File& file : files) {
        const std::size_t count = lines_of(file.text).size();
        if (!is_cpp(file) || count <= lines_max) continue;
        findings.push_back({file.path, 0,
                            std::to_string(count) + " lines, at most " + std::to_string(lines_max) +
                                ": it holds two ideas"});
    }
    return findings;
}

Findings check_leftovers(const Files& files) {
    // Written in two halves, so that this line is not found.
    static const std::array<std::string, 3> words = {
        "FIX"
        "ME",
        "TO"
        "DO",
        "XX"
        "X"};
    return for_each_line(files, false,
                         [](const File&, std::string_view line) -> std::optional<std::string> {
                             for (const std::string& word : words) {
                                 if (has_word(line, word))
                                     return word + " is for working copies: mend it, or test it";
                             }
                             return std::nullopt;
                         });
}

// What makes a run depend on when and where it is. Time, chance and surroundings come in as inputs;
// tests/process starts the real program in real surroundings.
Findings check_outside_reads(const Files& files) {
    static const std::array<std::string_view, 12> calls = {"system_clock::now",
                                                           "steady_clock::now",
                                                           "high_resolution_clock",
                                                           "getenv",
                                                           "secure_getenv",
                                                           "rand",
                                                           "random_device",
                                                           "gettimeofday",
                                                           "clock_gettime",
                                                           "localtime",
                                                           "sleep_for",
                                                           "sleep_until"};
    return for_each_line(
        files, true, [](const File& file, std::string_view line) -> std::optional<std::string> {
            const bool is_edge = file.path.starts_with("cli/") || file.path.starts_with("bench/") ||
                                 file.path.starts_with("base/log") ||
                                 // Connections that stand still are cut; requests are timed.
                                 file.path == "server/internal/http_server.cpp" ||
                                 file.path == "engine/internal/writer.cpp" ||  // commits are timed
                                 file.path.starts_with("tests/process/");
            if (is_edge) return std::nullopt;
            for (const std::string_view call : calls) {
                if (has_word(line, call))
                    return "`" + std::string(call) +
                           "` is read only at the edges: cli/, bench/, base/log";
            }
            return std::nullopt;
        });
}

Findings check_names(const Files& files) {
    static const std::array<std::string_view, 9> vague = {
        "util", "utils", "common", "helper", "helpers", "misc", "manager", "managers", "stuff"};
    Findings findings;
    for (const File& file : files) {
        std::string words = file.path;
        std::replace_if(
            words.begin(), words.end(), [](char letter) { return letter == '_' || letter == '-'; },
            '/');
        for (const std::string_view word : vague) {
            if (has_word(words, word)) {
                findings.push_back(
                    {file.path, 0,
                     "`" + std::string(word) + "` tells nothing: name the idea, or find its room"});
            }
        }
    }
    return findings;
}

// A name that is in two rooms sends a reader, and a grep, to the wrong one. Every program has a
// main; `check` is both PAWL_CHECK and the door of the checker, and no other word says either.
Findings check_duplicate_names(const Files& files) {
    std::map<std::string_view, std::string_view> first;
    Findings findings;
    for (const File& file : files) {
        const std::string_view name = name_of(file.path);
        if (!is_cpp(file) || name == "main.cpp" || name.starts_with("check.")) continue;
        const auto [found, is_new] = first.emplace(name, file.path);
        if (!is_new) findings.push_back({file.path, 0, "named like " + std::string(found->second)});
    }
    return findings;
}

Findings check_page_titles(const Files& files) {
    Findings findings;
    for (const File& file : files) {
        if (!is_page(file)) continue;
        std::size_t titles = 0;
        bool is_code = false;
        for (const std::string_view line : lines_of(file.text)) {
            if (line.starts_with("```")) is_code = !is_code;
            if (!is_code && line.starts_with("# ")) ++titles;
        }
        if (titles != 1) {
            findings.push_back(
                {file.path, 0, std::to_string(titles) + " titles (`# `), a page has one"});
        }
    }
    return findings;
}

// Two tables that must stay in one order both say `ORDER name`: whoever changes one finds the
// other.
Findings check_order_tags(const Files& files) {
    struct Place {
        std::string path;
        std::size_t line = 0;
        std::size_t count = 0;
    };
    std::map<std::string, Place> tags;
    for (const File& file : files) {
        const bool is_source = is_cpp(file) || file.path.ends_with(".def");
        const auto lines = lines_of(file.text);
        for (std::size_t index = 0; is_source && index < lines.size(); ++index) {
            static const std::regex tag(R"(// ORDER (\w+))");
            std::cmatch match;
            const char* end = lines[index].data() + lines[index].size();
            if (!std::regex_search(lines[index].data(), end, match, tag)) continue;
            Place& place = tags[match[1].str()];
            if (place.count++ == 0) {
                place.path = file.path;
                place.line = index + 1;
            }
        }
    }
    Findings findings;
    for (const auto& [tag, place] : tags) {
        if (place.count < 2) {
            findings.push_back(
                {place.path, place.line, "ORDER " + tag + " has no other side that says it too"});
        }
    }
    return findings;
}

Findings check_headers(const Files& files) {
    Findings findings;
    for (const File& file : files) {
        if (!file.path.ends_with(".h")) continue;
        if (!file.text.starts_with("#pragma once\n"))
            findings.push_back({file.path, 1, "a header begins with `#pragma once`"});
        const auto lines = lines_of(file.code);
        for (std::size_t index = 0; index < lines.size(); ++index) {
            if (has_word(lines[index], "using namespace"))
                findings.push_back({file.path, index + 1, "`using namespace` in a header"});
        }
    }
    return findings;
}

Findings check_machine_paths(const Files& files) {
    static const std::regex path(R"((^|[^\w])/(tmp/[a-z]|home/[a-z]|root/|work/))");
    Findings findings;
    for (const File& file : files) {
        const bool is_text = is_cpp(file) || is_page(file) || file.path.ends_with(".pawl");
        if (!is_text || file.path.starts_with("tests/")) continue;
        const auto lines = lines_of(file.text);
        for (std::size_t index = 0; index < lines.size(); ++index) {
            const char* end = lines[index].data() + lines[index].size();
            if (std::regex_search(lines[index].data(), end, path))
                findings.push_back({file.path, index + 1, "a path of one machine"});
        }
    }
    return findings;
}

}  // namespace

const std::vector<Rule>& rules() {
    static const std::vector<Rule> all = {
        {"include law", check_include_law},
        {"libraries", check_libraries},
        {"width", check_width},
        {"length", check_length},
        {"leftovers", check_leftovers},
        {"outside reads", check_outside_reads},
        {"names", check_names},
        {"duplicate names", check_duplicate_names},
        {"page titles", check_page_titles},
        {"order tags", check_order_tags},
        {"headers", check_headers},
        {"machine paths", check_machine_paths},
    };
    return all;
}

Findings check(std::string_view rule, const Files& files) {
    const auto found = std::find_if(rules().begin(), rules().end(),
                                    [&](const Rule& one) { return one.name == rule; });
    if (found == rules().end()) return {{std::string(rule), 0, "there is no such rule"}};
    return found->check(files);
}

bool is_cpp(const File& file) { return file.path.ends_with(".h") || file.path.ends_with(".cpp"); }

File make_file(std::string path, std::string text) {
    File file{std::move(path), std::move(text)};
    if (is_cpp(file)) file.code = code_only(file.text);
    return file;
}

}  // namespace pawl::tidy
