#include "simulation/line_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pawl::simulation {

namespace {

constexpr std::size_t chunk_bytes = 256u << 10;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

LineReader::LineReader(std::istream& in, std::size_t bytes_max) : in_(in), bytes_max_(bytes_max) {}

bool LineReader::fill() {
    buffer_.resize(chunk_bytes);
    in_.read(buffer_.data(), static_cast<std::streamsize>(chunk_bytes));
    if (in_.bad()) has_failed_ = true;
    buffer_.resize(static_cast<std::size_t>(in_.gcount()));
    at_ = 0;
    return !buffer_.empty();
}

bool LineReader::read_line(Line& line) {
    bool has_begun = false;
    while (at_ < buffer_.size() || fill()) {
        has_begun = true;
        const std::size_t line_break = buffer_.find('\n', at_);
        const std::size_t end = std::min(line_break, buffer_.size());
        const std::size_t room = bytes_max_ - std::min(bytes_max_, line.text.size());
        line.text.append(buffer_, at_, std::min(room, end - at_));
        line.bytes += end - at_;
        at_ = end;
        if (line_break != std::string::npos) {
            ++at_;
            break;
        }
    }
    line.is_too_long = line.bytes > bytes_max_;
    return has_begun;
}

std::optional<Line> LineReader::next() {
    for (;;) {
        Line line;
        if (!read_line(line)) return std::nullopt;
        line.number = ++number_;
        if (line.number == 1 && line.text.starts_with(byte_order_mark)) {
            line.text.erase(0, byte_order_mark.size());
        }
        if (!line.is_too_long && line.text.ends_with('\r')) line.text.pop_back();
        if (!is_blank(line.text)) return line;
    }
}

}  // namespace pawl::simulation
