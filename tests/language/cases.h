#pragma once

#include <filesystem>
#include <string>
#include <vector>

// The cases below tests/language: which there are, what each must say, and what it says now.

namespace pawl::language {

enum class CaseKind : std::uint8_t {
    parse,  // the parser takes it, and the formatter gives it back whole
    ok,     // has no mistake; its warnings are expected
    fail,   // has mistakes: exactly those expected
};

struct Case {
    CaseKind kind = CaseKind::ok;
    std::string name;                // "fail/pw0109_equals_sign"
    std::filesystem::path book;      // a .pawl file or a folder
    std::filesystem::path expected;  // of its diagnostics; need not exist
};

// In bytewise order of their names.
std::vector<Case> find_cases(const std::filesystem::path& root);

struct Outcome {
    std::string diagnostics;  // as `pawl check` prints them
    std::string problem;      // what is wrong besides them; empty: nothing
};
Outcome run_case(const Case& each);

std::string read_text(const std::filesystem::path& path);

}  // namespace pawl::language
