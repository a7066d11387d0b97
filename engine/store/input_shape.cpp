#include "engine/store/input_shape.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace pawl::engine {

namespace {

constexpr char value_place = '\x01';
constexpr char value_end = '\n';
constexpr std::size_t shape_bytes_max = 2'000;
constexpr std::size_t name_bytes_max = 64;
constexpr int deepest = 2;  // the input itself, and its `data`

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool ends_word(char c) {
    return c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}' || c == '"' ||
           is_space(c);
}

bool is_name(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    return text.size() <= name_bytes_max && std::all_of(text.begin(), text.end(), fits);
}

// "1.0", "deposit", "pawl.create"
bool is_common_text(std::string_view text) {
    const auto fits = [](char c) { return c == '.' || is_name({&c, 1}); };
    return text.size() <= name_bytes_max && std::all_of(text.begin(), text.end(), fits);
}

class Splitter {
 public:
    explicit Splitter(std::string_view text) : text_(text) {
        split_.shape.reserve(text.size());
        split_.values.reserve(text.size());
    }

    std::optional<ShapedText> run() {
        if (!text_.starts_with('{')) return std::nullopt;
        while (at_ < text_.size())
            if (!take_next()) return std::nullopt;
        if (value_count_ == 0 || split_.shape.size() > shape_bytes_max) return std::nullopt;
        return std::move(split_);
    }

 private:
    bool take_next() {
        switch (text_[at_]) {
            case value_place: return false;
            case '"': return take_text();
            case '[': return take_composite();
            case '{':
                if (depth_ == deepest) return take_composite();
                ++depth_;
                return take_common(1);
            case '}': --depth_; return take_common(1);
            case ',':
            case ':':
            case ']':
            case ' ':
            case '\t':
            case '\r':
            case '\n': return take_common(1);
            default: return take_value(end_of_word());
        }
    }

    bool take_common(std::size_t bytes) {
        split_.shape.append(text_.substr(at_, bytes));
        at_ += bytes;
        return true;
    }

    bool take_value(std::size_t end) {
        const std::string_view value = text_.substr(at_, end - at_);
        if (value.find(value_end) != std::string_view::npos ||
            value.find(value_place) != std::string_view::npos)
            return false;
        if (value_count_++ > 0) split_.values.push_back(value_end);
        split_.values.append(value);
        split_.shape.push_back(value_place);
        at_ = end;
        return true;
    }

    // A name, or a value without its quotes.
    bool take_text() {
        const std::size_t end = end_of_text(at_);
        if (end == std::string_view::npos) return false;
        const std::string_view text = text_.substr(at_ + 1, end - at_ - 1);
        std::size_t next = end + 1;
        while (next < text_.size() && is_space(text_[next])) ++next;
        if (next < text_.size() && text_[next] == ':') {
            is_common_ = depth_ == 1 && (text == "type" || text == "specversion");
            return is_name(text) && take_common(end + 1 - at_);
        }
        if (std::exchange(is_common_, false) && is_common_text(text))
            return take_common(end + 1 - at_);
        return take_common(1) && take_value(end) && take_common(1);
    }

    bool take_composite() {
        int open = 0;
        for (std::size_t end = at_; end < text_.size(); ++end) {
            const char c = text_[end];
            if (c == '"') {
                end = end_of_text(end);
                if (end == std::string_view::npos) return false;
            } else if (c == '[' || c == '{') {
                ++open;
            } else if ((c == ']' || c == '}') && --open == 0) {
                return take_value(end + 1);
            }
        }
        return false;
    }

    std::size_t end_of_word() const {
        std::size_t end = at_;
        while (end < text_.size() && !ends_word(text_[end])) ++end;
        return end;
    }

    // Of the quote that closes what the one at `begin` opens.
    std::size_t end_of_text(std::size_t begin) const {
        for (std::size_t end = text_.find('"', begin + 1);; end = text_.find('"', end + 1)) {
            if (end == std::string_view::npos) return end;
            std::size_t slashes = end;
            while (text_[slashes - 1] == '\\') --slashes;
            if ((end - slashes) % 2 == 0) return end;
        }
    }

    const std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    bool is_common_ = false;  // the value that comes is every such input's
    std::size_t value_count_ = 0;
    ShapedText split_;
};

}  // namespace

std::optional<ShapedText> split_text(std::string_view text) { return Splitter(text).run(); }

std::string join_text(std::string_view shape, std::string_view values) {
    std::string text;
    text.reserve(shape.size() + values.size());
    for (;;) {
        const std::size_t place = shape.find(value_place);
        text.append(shape.substr(0, place));
        if (place == std::string_view::npos) return text;
        shape.remove_prefix(place + 1);
        const std::size_t end = values.find(value_end);
        text.append(values.substr(0, end));
        values.remove_prefix(end == std::string_view::npos ? values.size() : end + 1);
    }
}

}  // namespace pawl::engine
