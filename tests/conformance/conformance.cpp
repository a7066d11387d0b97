#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>

#include "cells.h"
#include "scenario.h"

// Runs every scenario of a folder and of those in it, or those whose path in it has a text:
// `conformance FOLDER [TEXT] [--update]`. Each runs once more with restarts of the engine on the
// way. With --update it writes what came out into the files, to be read.
//
// `conformance --table FOLDER` prints the page that the folder's scenarios answer (table.h), as a
// file of docs/reference; `conformance --table FOLDER PAGE` says whether that file is it.

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// The first line in which they differ, with its number.
void print_difference(const std::string& expected, const std::string& observed) {
    std::istringstream left(expected), right(observed);
    std::string expected_line, observed_line;
    for (int number = 1;; ++number) {
        const bool has_expected = static_cast<bool>(std::getline(left, expected_line));
        const bool has_observed = static_cast<bool>(std::getline(right, observed_line));
        if (!has_expected && !has_observed) return;
        if (has_expected && has_observed && expected_line == observed_line) continue;
        std::printf("  line %d\n    expected: %s\n    observed: %s\n", number,
                    has_expected ? expected_line.c_str() : "(nothing more)",
                    has_observed ? observed_line.c_str() : "(nothing more)");
        return;
    }
}

// Whatever waits, is held or lies in a window is in the store: a restart changes nothing.
bool survives_restarts(const std::string& name, const pawl::conformance::Scenario& scenario) {
    const std::string observed =
        pawl::conformance::run_scenario(pawl::conformance::with_restarts(scenario));
    if (observed == scenario.expect) return true;
    std::printf("FAIL %s: with a restart before each event\n", name.c_str());
    print_difference(scenario.expect, observed);
    return false;
}

// True when it came out as written.
bool run_file(const fs::path& path, const std::string& name, bool update) {
    const std::string text = read_file(path);
    const pawl::conformance::Scenario scenario = pawl::conformance::parse_scenario(text);
    if (!scenario.problem.empty()) {
        std::printf("FAIL %s\n  %s\n", name.c_str(), scenario.problem.c_str());
        return false;
    }
    const std::string observed = pawl::conformance::run_scenario(scenario);
    if (observed == scenario.expect) return survives_restarts(name, scenario);
    if (update) {
        std::ofstream out(path, std::ios::binary);
        out << pawl::conformance::with_expectation(text, observed);
        std::printf("updated %s\n", name.c_str());
        return true;
    }
    std::printf("FAIL %s: %s\n", name.c_str(), scenario.title.c_str());
    print_difference(scenario.expect, observed);
    return false;
}

// Prints the page of a table or, where one is given, whether it is that.
int print_table(const fs::path& folder, const std::string& expected) {
    // As the page, in docs/reference, finds it.
    const pawl::conformance::TablePage page =
        pawl::conformance::read_table(folder, "../../" + folder.generic_string());
    for (const std::string& problem : page.problems) std::fprintf(stderr, "%s\n", problem.c_str());
    if (!page.problems.empty()) return 1;
    if (expected.empty()) {
        std::fwrite(page.markdown.data(), 1, page.markdown.size(), stdout);
        return 0;
    }
    if (read_file(expected) == page.markdown) return 0;
    std::printf("FAIL %s is not what `conformance --table %s` prints\n", expected.c_str(),
                folder.c_str());
    print_difference(page.markdown, read_file(expected));
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    bool update = false, table = false;
    std::string folder, filter;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--update")
            update = true;
        else if (argument == "--table")
            table = true;
        else if (folder.empty())
            folder = argument;
        else
            filter = argument;
    }
    if (table) return print_table(folder, filter);
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
        const std::string name = entry.path().lexically_relative(folder).generic_string();
        if (entry.path().extension() == ".scenario" && name.find(filter) != std::string::npos)
            names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    if (names.empty()) {
        std::fprintf(stderr, "usage: conformance FOLDER [TEXT] [--update]: no scenario there\n");
        return 2;
    }
    int failed = 0;
    for (const std::string& name : names)
        if (!run_file(fs::path(folder) / name, name, update)) ++failed;
    std::printf("%zu passed, %d failed\n", names.size() - static_cast<std::size_t>(failed), failed);
    return failed == 0 ? 0 : 1;
}
