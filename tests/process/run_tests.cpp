// Runs every folder of tests/language/run and compares what `dry-run --json` prints with its
// expected.txt. A folder holds book/, events.ndjson, and where needed state.json, answers.ndjson
// and options (words for the command line, one a line).
//
//     run_tests FOLDER [--update] [PART-OF-A-NAME…]

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command_options.h"
#include "cli/terminal.h"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<fs::path> folders_of(const fs::path& root) {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(root)) {
        if (entry.is_directory()) folders.push_back(entry.path());
    }
    std::sort(folders.begin(), folders.end());
    return folders;
}

// What the dry-run of a folder prints; a failure of the command itself is told in the text too.
std::string run(const fs::path& folder) {
    std::vector<std::string> words = {"dry-run", (folder / "book").string(), "--events",
                                      (folder / "events.ndjson").string(), "--json"};
    for (const auto& [option, name] :
         {std::pair{"--state", "state.json"}, std::pair{"--answers", "answers.ndjson"}}) {
        if (!fs::exists(folder / name)) continue;
        words.emplace_back(option);
        words.push_back((folder / name).string());
    }
    std::istringstream options(read(folder / "options"));
    for (std::string word; std::getline(options, word);) {
        if (!word.empty()) words.push_back(word);
    }
    pawl::cli::TextOutput out;
    pawl::cli::TextOutput err;
    pawl::cli::Terminal terminal{out, err};
    const auto exit = pawl::cli::run_command_line(words, terminal);
    if (exit == pawl::cli::Exit::done) return out.text();
    std::string told = err.text();
    // Where the folder lies is no matter of the test.
    const std::string place = folder.string() + "/";
    for (std::size_t at = told.find(place); at != std::string::npos; at = told.find(place, at))
        told.erase(at, place.size());
    return out.text() + "exit " + std::to_string(static_cast<int>(exit)) + "\n" + told;
}

bool matches(const fs::path& folder, bool update) {
    const std::string printed = run(folder);
    const fs::path golden = folder / "expected.txt";
    if (update) {
        std::ofstream(golden, std::ios::binary) << printed;
        return true;
    }
    if (!fs::exists(golden)) {
        std::printf("FAILED %s: it has no expected.txt\n", folder.filename().c_str());
        return false;
    }
    const std::string expected = read(golden);
    if (printed == expected && run(folder) == printed) return true;
    if (printed == expected) {
        std::printf("FAILED %s: a second run prints something else\n", folder.filename().c_str());
        return false;
    }
    std::printf("FAILED %s: expected\n%sbut it prints\n%s", folder.filename().c_str(),
                expected.c_str(), printed.c_str());
    return false;
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> words(values + 1, values + count);
    if (words.empty()) {
        std::printf("usage: run_tests FOLDER [--update] [PART-OF-A-NAME...]\n");
        return 2;
    }
    const bool update = std::find(words.begin(), words.end(), "--update") != words.end();
    const auto is_wanted = [&](const std::string& name) {
        bool has_parts = false;
        for (std::size_t at = 1; at < words.size(); ++at) {
            if (words[at] == "--update") continue;
            if (name.find(words[at]) != std::string::npos) return true;
            has_parts = true;
        }
        return !has_parts;
    };
    int passed = 0;
    int failed = 0;
    for (const fs::path& folder : folders_of(words[0])) {
        if (!is_wanted(folder.filename().string())) continue;
        ++(matches(folder, update) ? passed : failed);
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
