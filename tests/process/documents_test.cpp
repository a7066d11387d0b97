#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/process/process.h"

// The commands of README.md and of docs/ are run as a reader would run them. In a document,
//     ```sh              runs and answers 0
//     ```sh fails        runs and answers 1
//     ```pawl file=NAME  (or json, …) writes the file NAME first
// in the order written, in one folder a document.

namespace {

namespace fs = std::filesystem;

struct CodeBlock {
    std::string head;  // behind the three back-quotes
    std::string text;
    std::size_t line = 0;
};

std::vector<CodeBlock> blocks_of(const fs::path& document) {
    std::ifstream in(document);
    std::vector<CodeBlock> blocks;
    std::string line;
    bool is_inside = false;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.starts_with("```")) {
            is_inside = !is_inside;
            if (is_inside) blocks.push_back({line.substr(3), "", number});
        } else if (is_inside) {
            blocks.back().text += line + "\n";
        }
    }
    return blocks;
}

std::string file_of(const std::string& head) {
    const std::size_t at = head.find(" file=");
    return at == std::string::npos ? "" : head.substr(at + 6);
}

bool is_shell(const CodeBlock& block) {
    return block.head == "sh" || block.head.starts_with("sh ");
}

// The scripts install, build and test: a test of theirs is a fresh machine, not this one.
bool needs_machine(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        for (const std::string_view start : {"scripts/", "git ", "sudo ", "cmake ", "ninja "}) {
            if (line.starts_with(start)) return true;
        }
    }
    return false;
}

std::vector<fs::path> documents() {
    const fs::path root = PAWL_ROOT;
    std::vector<fs::path> found = {root / "README.md"};
    for (const auto& entry : fs::recursive_directory_iterator(root / "docs")) {
        if (entry.path().extension() == ".md") found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

void lay_out(const pawl::process::Workplace& place) {
    const fs::path root = PAWL_ROOT;
    for (const char* folder : {"rulebooks", "examples"}) {
        if (fs::exists(root / folder)) {
            fs::copy(root / folder, fs::path(place.path()) / folder, fs::copy_options::recursive);
        }
    }
    fs::create_directories(fs::path(place.path()) / "build" / "release");
    fs::create_symlink(PAWL_PROGRAM, fs::path(place.path()) / "build" / "release" / "pawl");
}

}  // namespace

TEST_CASE("the commands of README.md and docs do what the text says") {
    std::size_t run = 0;
    for (const fs::path& document : documents()) {
        const std::vector<CodeBlock> blocks = blocks_of(document);
        if (std::none_of(blocks.begin(), blocks.end(), is_shell)) continue;
        const pawl::process::Workplace place;
        lay_out(place);
        for (const CodeBlock& block : blocks) {
            if (const std::string file = file_of(block.head); !file.empty()) {
                place.write(file, block.text);
            }
            if (!is_shell(block) || needs_machine(block.text)) continue;
            INFO(document.string() << ":" << block.line << "\n" << block.text);
            const auto done = place.shell("set -e\n" + block.text);
            INFO(done.out << done.err);
            CHECK(done.exit == (block.head.find("fails") == std::string::npos ? 0 : 1));
            ++run;
        }
    }
    CHECK(run > 0);
}
