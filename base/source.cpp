#include "base/source.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace pawl {

Span cover(Span first, Span last) {
    PAWL_CHECK(first.file == last.file);
    return {first.file, std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

SourceFile::SourceFile(std::string path, std::string text)
    : path_(std::move(path)), text_(std::move(text)) {
    // Whoever loads files has refused one of this size (limits::source_file_bytes_max).
    PAWL_CHECK(text_.size() < std::numeric_limits<std::uint32_t>::max());
    line_begins_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
        line_begins_.push_back(static_cast<std::uint32_t>(at + 1));
}

Position SourceFile::position(std::uint32_t offset) const {
    const std::uint32_t place = std::min(offset, static_cast<std::uint32_t>(text_.size()));
    const auto next = std::upper_bound(line_begins_.begin(), line_begins_.end(), place);
    const auto line = static_cast<std::uint32_t>(next - line_begins_.begin());
    const std::uint32_t begin = line_begins_[line - 1];
    const std::string_view before = text().substr(begin, place - begin);
    std::size_t column = count_code_points(before) + 1;
    // A place inside a character is that character, whose first byte has been counted already.
    const bool is_inside =
        place < text_.size() && (static_cast<unsigned char>(text_[place]) & 0xC0u) == 0x80u;
    if (is_inside && column > 1) --column;
    return {line, static_cast<std::uint32_t>(column)};
}

std::string_view SourceFile::line(std::uint32_t number) const {
    if (number == 0 || number > line_count()) return {};
    const std::uint32_t begin = line_begins_[number - 1];
    const std::size_t end = number < line_count() ? line_begins_[number] - 1 : text_.size();
    std::string_view line = text().substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

FileIndex SourceSet::add(std::string path, std::string text) {
    files_.emplace_back(std::move(path), std::move(text));
    return static_cast<FileIndex>(files_.size() - 1);
}

const SourceFile& SourceSet::file(FileIndex index) const {
    PAWL_CHECK(index < files_.size());
    return files_[index];
}

const SourceFile* SourceSet::find(std::string_view path) const {
    const auto found = std::find_if(files_.begin(), files_.end(),
                                    [&](const SourceFile& file) { return file.path() == path; });
    return found == files_.end() ? nullptr : &*found;
}

std::string_view SourceSet::text(Span span) const {
    const std::string_view text = file(span.file).text();
    const std::size_t begin = std::min<std::size_t>(span.begin, text.size());
    const std::size_t end = std::clamp<std::size_t>(span.end, begin, text.size());
    return text.substr(begin, end - begin);
}

}  // namespace pawl
