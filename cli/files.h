#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

// The files of a command: read whole, written whole or not at all.

namespace pawl::cli {

// The whole file; "-" is standard input. An error tells why it cannot be read, or that it has more
// than `bytes_max` bytes.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

// The file as a stream, for what may be larger than memory; "-" is standard input.
Result<std::unique_ptr<std::istream>> open_stream(const std::string& path);

// Bytes of a file; 0 of what has no end to be known, such as a pipe.
std::uint64_t size_of(const std::string& path);

// Replaces the file at once: after a crash it is the old one or the new one. Keeps its permissions,
// and writes to where a link leads.
Status write_file(const std::string& path, std::string_view bytes);

// Replaces a file by what is written piece by piece, as write_file does: what is there is the old
// one until `finish`, and without it nothing is left behind.
class FileWriter {
 public:
    FileWriter() = default;
    ~FileWriter();
    FileWriter(const FileWriter&) = delete;
    FileWriter& operator=(const FileWriter&) = delete;

    Status open(const std::string& path);
    Status write(std::string_view bytes);
    Status finish();

 private:
    Error unwritable() const;

    std::string path_, target_, temporary_;  // no temporary: what is there cannot be replaced
    unsigned mode_ = 0;
    int descriptor_ = -1;
};

// A file below a folder.
struct FoundFile {
    std::string relative_path;  // with "/", whatever the platform
    std::string path;
};

// What a walk over a folder takes at most; the bounds of a rulebook, unless a test has less.
struct FolderBounds {
    std::size_t entries = limits::folder_entries_max;  // whatever their names
    std::size_t files = limits::source_files_max;
};

// The files below `folder` whose name ends with one of `endings`, in bytewise order of their
// relative path. Names that begin with a dot are passed over. A link to a folder is not followed
// (inside, the folder is read where it lies); a link that leads out of `folder` is an error.
Result<std::vector<FoundFile>> find_files(const std::string& folder,
                                          const std::vector<std::string_view>& endings,
                                          const FolderBounds& bounds = {});

}  // namespace pawl::cli
