// language_tests [--update] [NAME-PART...]
//
// Checks every rulebook below tests/language (a .pawl file, or a folder of them) and compares what
// `pawl check` tells with the expectation beside it: X.err for X.pawl, X/expected.err for a folder.
//
//   parse/  taken by the parser, and given back whole by the formatter
//   ok/     without mistakes; an expectation holds its warnings
//   fail/   pw0109_….pawl shows PW0109; the expectation is the exact text
//
// `--update` writes the expectations anew. Then read what it wrote: is it what an admin needs?

#include <cstdio>
#include <fstream>

#include "cases.h"
#include "text_diff.h"

namespace {

using namespace pawl::language;

bool is_chosen(const Case& each, const std::vector<std::string>& parts) {
    if (parts.empty()) return true;
    for (const std::string& part : parts) {
        if (each.name.find(part) != std::string::npos) return true;
    }
    return false;
}

void update(const Case& each, const Outcome& outcome) {
    if (outcome.diagnostics.empty()) {
        std::filesystem::remove(each.expected);
    } else {
        std::ofstream(each.expected, std::ios::binary) << outcome.diagnostics;
    }
}

bool passes(const Case& each, const Outcome& outcome, const char* program) {
    const std::string expected = read_text(each.expected);
    const std::string difference = text_diff(expected, outcome.diagnostics);
    if (difference.empty() && outcome.problem.empty()) return true;
    std::printf("FAILED %s\n", each.name.c_str());
    if (!outcome.problem.empty()) std::printf("    %s\n", outcome.problem.c_str());
    std::printf("%s    again: %s %s\n", difference.c_str(), program, each.name.c_str());
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    bool updates = false;
    std::vector<std::string> parts;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--update") {
            updates = true;
        } else {
            parts.push_back(word);
        }
    }
    const std::vector<Case> cases = find_cases("tests/language");
    int passed = 0;
    int failed = 0;
    for (const Case& each : cases) {
        if (!is_chosen(each, parts)) continue;
        const Outcome outcome = run_case(each);
        if (updates) update(each, outcome);
        passes(each, outcome, argv[0]) ? ++passed : ++failed;
    }
    if (cases.empty()) std::printf("no cases: run this from the repository's root\n");
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
