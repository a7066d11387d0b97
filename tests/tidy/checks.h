#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

// The house rules that a machine can check and that neither the compiler nor clang-tidy does. A
// rule looks at all files at once and says what it found.

namespace pawl::tidy {

struct File {
    std::string path;  // from the repository's root, with /
    std::string text;
    std::string code = {};  // text without comments and literals, of C++ files
};

struct Finding {
    std::string path;
    std::size_t line = 0;  // 0 where it is of the whole file
    std::string message;
};

using Files = std::vector<File>;
using Findings = std::vector<Finding>;

struct Rule {
    std::string_view name;
    std::function<Findings(const Files&)> check;
};

const std::vector<Rule>& rules();
// Of the rule of that name.
Findings check(std::string_view rule, const Files& files);

// A file with its code worked out.
File make_file(std::string path, std::string text);
bool is_cpp(const File& file);

// The includes, in include_rules.cpp.
Findings check_include_law(const Files& files);
Findings check_libraries(const Files& files);

}  // namespace pawl::tidy
