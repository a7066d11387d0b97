#include "cli/files.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace pawl::cli {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "pawl_files_XXXXXX").string();
        path_ = mkdtemp(name.data()) == nullptr ? fs::path() : fs::path(name);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    void add(const std::string& name) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << "x";
    }
    std::string path() const { return path_.string(); }

 private:
    fs::path path_;
};

std::string told(const Folder& folder, const FolderBounds& bounds) {
    const auto found = find_files(folder.path(), {".pawl"}, bounds);
    return found ? std::to_string(found->size()) + " found" : found.error().message;
}

}  // namespace

// With fewer of them: a hundred thousand files take long to make.
TEST_CASE("a folder has at most so many files of a rulebook") {
    CHECK(FolderBounds{}.files == limits::source_files_max);
    const Folder folder;
    for (const char* name : {"a.pawl", "b.pawl", "c/d.pawl", "notes.txt"}) folder.add(name);
    CHECK(told(folder, {.files = 3}) == "3 found");
    CHECK(told(folder, {.files = 2}).find("holds more than 2 files of a rulebook") !=
          std::string::npos);
}

TEST_CASE("a folder has at most so many entries, whatever they are") {
    CHECK(FolderBounds{}.entries == limits::folder_entries_max);
    const Folder folder;
    for (const char* name : {"a.pawl", "c/d.txt", "c/.hidden", "notes.txt"}) folder.add(name);
    CHECK(told(folder, {.entries = 5}) == "1 found");
    CHECK(told(folder, {.entries = 4}).find("holds more than 4 files and folders") !=
          std::string::npos);
}

}  // namespace pawl::cli
