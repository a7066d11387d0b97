#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The text of a rulebook, and places in it. Places are byte offsets; line and column are worked
// out only when a place is shown.

namespace pawl {

using FileIndex = std::uint32_t;

// The bytes [begin, end) of one file of a SourceSet.
struct Span {
    FileIndex file = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    friend bool operator==(const Span&, const Span&) = default;
};

// The smallest span that covers both, which must lie in one file.
Span cover(Span first, Span last);

// Counted from 1. A column is a Unicode code point, a tab counts as one.
struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
};

class SourceFile {
 public:
    SourceFile(std::string path, std::string text);

    const std::string& path() const { return path_; }
    std::string_view text() const { return text_; }

    // An offset past the end counts as the end.
    Position position(std::uint32_t offset) const;
    // The line's text without its line break; empty for a line that is not there.
    std::string_view line(std::uint32_t number) const;
    std::uint32_t line_count() const { return static_cast<std::uint32_t>(line_begins_.size()); }

 private:
    std::string path_;
    std::string text_;
    std::vector<std::uint32_t> line_begins_;
};

// Every file of a rulebook, in bytewise order of path: `.pawl` files, and the files that
// declarations name (`file "templates/receipt.md"`). Immutable once loaded.
class SourceSet {
 public:
    FileIndex add(std::string path, std::string text);

    const SourceFile& file(FileIndex index) const;
    const std::vector<SourceFile>& files() const { return files_; }
    // The file of that path, relative to the rulebook's root, or nothing.
    const SourceFile* find(std::string_view path) const;

    std::string_view text(Span span) const;

 private:
    std::vector<SourceFile> files_;
};

}  // namespace pawl
