#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/process/process.h"
#include "tests/process/served.h"

// The commands of README.md and of docs/ are run as a reader would run them. In a document,
//     ```sh              runs and answers 0
//     ```sh fails        runs and answers 1
//     ```sh serves       one `pawl serve`: runs beside those that follow, on a port of its own,
//                        until the next of its kind or the document's end; then it is stopped and
//                        answers 0
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

// The words behind `pawl serve`.
std::vector<std::string> serve_words(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    REQUIRE(words.size() > 2);
    REQUIRE((words[0].ends_with("pawl") && words[1] == "serve"));
    words.erase(words.begin(), words.begin() + 2);
    return words;
}

// The engine that a document serves at the moment.
class Engine {
 public:
    explicit Engine(const pawl::process::Workplace& place) : place_(place) {}
    void begin(const std::string& text) {
        end();
        served_ = std::make_unique<pawl::process::Served>(place_, serve_words(text));
    }
    void end() {
        if (served_) CHECK(served_->end(SIGTERM) == 0);
        served_.reset();
    }
    std::string environment() const {
        return served_ ? "export PAWL_URL=" + served_->url() + "\n" : "";
    }

 private:
    const pawl::process::Workplace& place_;
    std::unique_ptr<pawl::process::Served> served_;
};

}  // namespace

TEST_CASE("the commands of README.md and docs do what the text says") {
    std::size_t run = 0;
    for (const fs::path& document : documents()) {
        const std::vector<CodeBlock> blocks = blocks_of(document);
        if (std::none_of(blocks.begin(), blocks.end(), is_shell)) continue;
        const pawl::process::Workplace place;
        lay_out(place);
        Engine engine(place);
        for (const CodeBlock& block : blocks) {
            if (const std::string file = file_of(block.head); !file.empty()) {
                place.write(file, block.text);
            }
            if (!is_shell(block) || needs_machine(block.text)) continue;
            INFO(document.string() << ":" << block.line << "\n" << block.text);
            ++run;
            if (block.head == "sh serves") {
                engine.begin(block.text);
                continue;
            }
            const auto done = place.shell("set -e\n" + engine.environment() + block.text);
            INFO(done.out << done.err);
            CHECK(done.exit == (block.head.find("fails") == std::string::npos ? 0 : 1));
        }
        engine.end();
    }
    CHECK(run > 0);
}

TEST_CASE("the examples of --help do what they say") {
    const pawl::process::Workplace place;
    lay_out(place);
    place.write("payment.json", R"({"amount": 7000})");
    std::size_t run = 0;
    for (const std::string command :
         {"check", "fmt", "compile", "test", "dry-run", "next", "eval", "explain"}) {
        const std::string help = place.shell("pawl " + command + " --help").out;
        const std::size_t begin = help.find("\n  pawl " + command);
        INFO(help);
        REQUIRE(begin != std::string::npos);
        std::string lines = std::regex_replace(help.substr(begin), std::regex(R"(\\\n)"), " ");
        std::istringstream in(lines);
        for (std::string line; std::getline(in, line);) {
            if (line.find_first_not_of(' ') == std::string::npos) continue;
            INFO(line);
            const auto done = place.shell(line);
            INFO(done.out << done.err);
            CHECK(done.exit == 0);
            CHECK_FALSE(done.out.starts_with("0 "));  // an example shows something
            ++run;
        }
    }
    CHECK(run > 12);
}

TEST_CASE("every link of a document leads to something") {
    std::vector<fs::path> documents = {fs::path(PAWL_ROOT) / "README.md",
                                       fs::path(PAWL_ROOT) / "CONTRIBUTING.md"};
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(PAWL_ROOT) / "docs"))
        if (entry.path().extension() == ".md") documents.push_back(entry.path());
    const std::regex link(R"(\]\(([^)#:]+)(#[^)]*)?\))");
    std::size_t links = 0;
    for (const fs::path& document : documents) {
        std::ifstream in(document);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        for (std::sregex_iterator each(text.begin(), text.end(), link), end; each != end; ++each) {
            ++links;
            INFO(document << " links to " << (*each)[1]);
            CHECK(fs::exists(document.parent_path() / (*each)[1].str()));
        }
    }
    CHECK(links > 10);
}
