#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>

// Lines of a file that may be larger than memory, one at a time.

namespace pawl::simulation {

struct Line {
    std::uint64_t number = 0;  // from 1
    std::string text;          // without its line break; of a line too long, its beginning
    std::uint64_t bytes = 0;   // of the whole line
    bool is_too_long = false;  // longer than the reader's bound: `text` is cut there
};

class LineReader {
 public:
    // The stream outlives the reader. A line is kept up to `bytes_max` bytes; what follows of it is
    // read past and not held.
    LineReader(std::istream& in, std::size_t bytes_max);

    // The next line that is not blank; nothing at the end. A byte order mark before the first line
    // and a carriage return at a line's end are dropped.
    std::optional<Line> next();

    // True when reading stopped because the file could not be read on.
    bool has_failed() const { return has_failed_; }

 private:
    bool fill();
    bool read_line(Line& line);

    std::istream& in_;
    std::size_t bytes_max_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::uint64_t number_ = 0;
    bool has_failed_ = false;
};

}  // namespace pawl::simulation
