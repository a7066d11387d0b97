#pragma once

#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// The files of a command: read whole, written whole or not at all.

namespace pawl::cli {

// The whole file; "-" is standard input. An error tells why it cannot be read, or that it has more
// than `bytes_max` bytes.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

// The file as a stream, for what may be larger than memory; "-" is standard input.
Result<std::unique_ptr<std::istream>> open_stream(const std::string& path);

// Replaces the file at once: after a crash it is the old one or the new one. Keeps its permissions,
// and writes to where a link leads.
Status write_file(const std::string& path, std::string_view bytes);

// A file below a folder.
struct FoundFile {
    std::string relative_path;  // with "/", whatever the platform
    std::string path;
};

// The files below `folder` whose name ends with one of `endings`, in bytewise order of their
// relative path. Names that begin with a dot are passed over. A link to a folder is not followed
// (inside, the folder is read where it lies); a link that leads out of `folder` is an error.
Result<std::vector<FoundFile>> find_files(const std::string& folder,
                                          const std::vector<std::string_view>& endings);

}  // namespace pawl::cli
