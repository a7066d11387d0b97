// Runs a fuzz target without libFuzzer: over every file of a corpus, then over mutations of them.
//
//     fuzz_parser [--seed N] [--mutations N] [--dictionary FILE] FILE-OR-FOLDER...
//
// The same seed tries the same texts. A text that stops the program is left in
// <program>.failed, beside the program; to repeat: <program> <program>.failed

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::string current;  // the text being tried, for when it stops the program
std::string failed_path;

void keep_current(int) {
    std::ofstream(failed_path, std::ios::binary) << current;
    std::fprintf(stderr, "the text is in %s\n", failed_path.c_str());
    std::_Exit(1);
}

void try_text(std::string text) {
    current = std::move(text);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void add_files(const fs::path& path, std::vector<fs::path>& files) {
    if (fs::is_regular_file(path)) files.push_back(path);
    if (!fs::is_directory(path)) return;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
}

// What a dictionary of libFuzzer's lists: one word in quotes a line.
std::vector<std::string> words_of(const fs::path& dictionary) {
    std::vector<std::string> words;
    std::ifstream file(dictionary);
    for (std::string line; std::getline(file, line);) {
        if (line.size() > 2 && line.front() == '"')
            words.push_back(line.substr(1, line.size() - 2));
    }
    return words;
}

class Mutator {
 public:
    Mutator(std::uint64_t seed, const std::vector<std::string>& corpus,
            const std::vector<std::string>& words)
        : random_(seed), corpus_(corpus), words_(words) {}

    std::string next() {
        std::string text = corpus_.empty() ? std::string() : any_of(corpus_);
        for (std::size_t i = 1 + below(4); i > 0; --i) mutate(text);
        return text;
    }

 private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
    const std::string& any_of(const std::vector<std::string>& list) {
        return list[below(list.size())];
    }
    void mutate(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        const std::size_t length = below(std::min<std::size_t>(text.size() - at, 40) + 1);
        switch (below(6)) {
            case 0: text.erase(at, length); break;
            case 1: text.insert(at, text.substr(at, length)); break;
            case 2: text.insert(at, 1, static_cast<char>(below(256))); break;
            case 3: text.resize(at); break;
            case 4:
                if (!words_.empty()) text.insert(at, " " + any_of(words_) + " ");
                break;
            default: splice(text, at);
        }
    }
    void splice(std::string& text, std::size_t at) {
        if (corpus_.empty()) return;
        const std::string& other = any_of(corpus_);
        text.insert(at, other.substr(below(other.size() + 1), below(200)));
    }

    std::mt19937_64 random_;
    const std::vector<std::string>& corpus_;
    const std::vector<std::string>& words_;
};

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t seed = 1;
    std::size_t mutations = 0;
    std::vector<std::string> words;
    std::vector<fs::path> files;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const char* const value = i + 1 < argc ? argv[i + 1] : "";
        if (word == "--seed") {
            seed = std::strtoull(value, nullptr, 10), ++i;
        } else if (word == "--mutations") {
            mutations = std::strtoull(value, nullptr, 10), ++i;
        } else if (word == "--dictionary") {
            words = words_of(value), ++i;
        } else {
            add_files(word, files);
        }
    }
    failed_path = std::string(argv[0]) + ".failed";
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE}) std::signal(signal, keep_current);

    std::sort(files.begin(), files.end());
    std::vector<std::string> corpus;
    for (const fs::path& file : files) {
        corpus.push_back(read(file));
        try_text(corpus.back());
    }
    std::printf("%zu files, %zu mutations, seed %llu\n", files.size(), mutations,
                static_cast<unsigned long long>(seed));
    Mutator mutator(seed, corpus, words);
    for (std::size_t i = 0; i < mutations; ++i) try_text(mutator.next());
    std::printf("%zu passed, 0 failed\n", files.size() + mutations);
    return 0;
}
