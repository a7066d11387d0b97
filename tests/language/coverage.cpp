// Every code of the registry (base/diagnostic.def) has a page docs/errors/PWnnnn.md, for
// `pawl explain`, and a case that shows it: in tests/language/fail or tests/language/run, named
// pwnnnn_<mistake>; or, where a case would be too large to read, a test that names the code. And no
// page or case is of a code that there is not.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "base/diagnostic.h"

namespace {

namespace fs = std::filesystem;
using namespace pawl;

struct TestOfCode {
    const char* code;
    const char* file;
};
constexpr TestOfCode tests_of_codes[] = {
    {"PW0903", "tests/process/dry_run_test.cpp"},  // a line of more than a megabyte
    // Only a store that forgets ids of events refuses so.
    {"PW0967", "tests/unit/engine/runtime_test.cpp"},
    // `check` refuses all that goes so deep; only a program file made by hand gets there.
    {"PW1007", "tests/unit/rules/evaluator_test.cpp"},
    // In a dry-run no rulebook is edited while a run waits.
    {"PW1061", "tests/unit/engine/former_texts_test.cpp"},
};

bool has_test(const std::string& code) {
    for (const TestOfCode& test : tests_of_codes) {
        if (code != test.code) continue;
        std::ifstream file(test.file);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        return text.find(code) != std::string::npos;
    }
    return false;
}

std::set<std::string> codes_of_cases() {
    std::set<std::string> codes;
    for (const char* folder : {"tests/language/fail", "tests/language/run"}) {
        std::error_code problem;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder, problem)) {
            if (entry.path().extension() == ".err") continue;
            const std::string name = entry.path().filename().string();
            if (name.size() > 6 && name.starts_with("pw") && name[6] == '_')
                codes.insert("PW" + name.substr(2, 4));
        }
    }
    return codes;
}

// By its code, the first line of each page.
std::map<std::string, std::string> pages() {
    std::map<std::string, std::string> found;
    std::error_code problem;
    for (const fs::directory_entry& entry : fs::directory_iterator("docs/errors", problem)) {
        const std::string stem = entry.path().stem().string();
        if (!stem.starts_with("PW") || entry.path().extension() != ".md") continue;
        std::ifstream file(entry.path());
        std::string line;
        std::getline(file, line);
        found[stem] = line;
    }
    return found;
}

}  // namespace

int main() {
    const std::set<std::string> cases = codes_of_cases();
    const std::map<std::string, std::string> all_pages = pages();
    std::set<std::string> known;
    int passed = 0;
    int failed = 0;
    const auto check = [&](bool is_right, const std::string& problem) {
        if (!is_right) std::printf("MISSING %s\n", problem.c_str());
        is_right ? ++passed : ++failed;
    };
    for (const DiagnosticInfo& info : diagnostic_registry()) {
        const std::string code = diagnostic_code_text(info.code);
        const std::string name = code + " (" + std::string(info.name) + ")";
        known.insert(code);
        const auto page = all_pages.find(code);
        check(page != all_pages.end(), name + ": the page docs/errors/" + code + ".md");
        if (page != all_pages.end())
            check(page->second.starts_with("# " + code + ": "),
                  name + ": the first line `# " + code + ": …` of its page");
        check(cases.count(code) != 0 || has_test(code),
              name + ": a case pw" + code.substr(2) +
                  "_… in tests/language/fail or tests/language/run");
    }
    for (const auto& [code, line] : all_pages)
        check(known.count(code) != 0, "a code for the page docs/errors/" + code + ".md");
    for (const std::string& code : cases)
        check(known.count(code) != 0, "the code " + code + ", of which there is a case");
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
