// Usage: tidy ROOT. Checks every file below ROOT against the house rules, one test case a rule.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "checks.h"

namespace {

namespace fs = std::filesystem;
using namespace pawl::tidy;

// Hidden folders are tools' own, build/ is not ours to judge.
bool is_left_out(const fs::path& path, const fs::path& root) {
    return path.filename().string().starts_with('.') || path == root / "build";
}

bool is_wanted(const fs::path& path) {
    const std::string ending = path.extension().string();
    return ending == ".h" || ending == ".cpp" || ending == ".def" || ending == ".md" ||
           ending == ".pawl";
}

Files read_tree(const fs::path& root) {
    Files files;
    for (auto entry = fs::recursive_directory_iterator(root);
         entry != fs::recursive_directory_iterator(); ++entry) {
        if (entry->is_directory() && is_left_out(entry->path(), root)) {
            entry.disable_recursion_pending();
        } else if (entry->is_regular_file() && is_wanted(entry->path())) {
            std::ifstream stream(entry->path(), std::ios::binary);
            std::string text{std::istreambuf_iterator<char>(stream), {}};
            files.push_back(
                make_file(entry->path().lexically_relative(root).generic_string(), text));
        }
    }
    std::sort(files.begin(), files.end(),
              [](const File& left, const File& right) { return left.path < right.path; });
    return files;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: tidy ROOT\n");
        return 2;
    }
    const Files files = read_tree(fs::path(argv[1]).lexically_normal());
    std::size_t failed = files.empty() ? 1 : 0;
    if (files.empty()) std::printf("no file below %s\n", argv[1]);
    for (const Rule& rule : rules()) {
        const Findings findings = rule.check(files);
        for (const Finding& finding : findings) {
            std::printf("%s:%zu: %.*s: %s\n", finding.path.c_str(), finding.line,
                        static_cast<int>(rule.name.size()), rule.name.data(),
                        finding.message.c_str());
        }
        failed += findings.empty() ? 0 : 1;
    }
    std::printf("%zu passed, %zu failed\n", rules().size() + (files.empty() ? 1 : 0) - failed,
                failed);
    return failed == 0 ? 0 : 1;
}
