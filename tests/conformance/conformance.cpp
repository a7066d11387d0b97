#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>

#include "scenario.h"

// Runs every scenario of a folder, or those whose name has a text: `conformance FOLDER [TEXT]
// [--update]`. With --update it writes what came out into the files, to be read.

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

// True when it came out as written.
bool run_file(const fs::path& path, bool update) {
    const std::string text = read_file(path);
    const pawl::conformance::Scenario scenario = pawl::conformance::parse_scenario(text);
    if (!scenario.problem.empty()) {
        std::printf("FAIL %s\n  %s\n", path.filename().c_str(), scenario.problem.c_str());
        return false;
    }
    const std::string observed = pawl::conformance::run_scenario(scenario);
    if (observed == scenario.expect) return true;
    if (update) {
        std::ofstream out(path, std::ios::binary);
        out << pawl::conformance::with_expectation(text, observed);
        std::printf("updated %s\n", path.filename().c_str());
        return true;
    }
    std::printf("FAIL %s: %s\n", path.filename().c_str(), scenario.title.c_str());
    print_difference(scenario.expect, observed);
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    bool update = false;
    std::string folder, filter;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--update")
            update = true;
        else if (folder.empty())
            folder = argument;
        else
            filter = argument;
    }
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (entry.path().extension() == ".scenario" &&
            entry.path().filename().string().find(filter) != std::string::npos)
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    if (files.empty()) {
        std::fprintf(stderr, "usage: conformance FOLDER [TEXT] [--update]: no scenario there\n");
        return 2;
    }
    int failed = 0;
    for (const fs::path& file : files)
        if (!run_file(file, update)) ++failed;
    std::printf("%zu passed, %d failed\n", files.size() - static_cast<std::size_t>(failed), failed);
    return failed == 0 ? 0 : 1;
}
