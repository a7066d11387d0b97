#include "base/json.h"

// Conversions that nobody asked for are off, and nothing reads or writes streams.
#define JSON_USE_IMPLICIT_CONVERSIONS 0
#define JSON_NO_IO 1
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"

// Reading. nlohmann's event interface builds our tree: its own tree would round numbers, take a
// name twice and be slow to free. The only file that sees that library; nothing it throws gets out.

namespace pawl {

namespace {

// Walks over the text and tells how far the parser has read.
class Cursor {
 public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Cursor(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}

    reference operator*() const { return *at_; }
    Cursor& operator++() {
        *furthest_ = ++at_;
        return *this;
    }
    friend bool operator==(const Cursor& left, const Cursor& right) {
        return left.at_ == right.at_;
    }

 private:
    const char* at_;
    const char** furthest_;
};

struct Mistake {
    std::size_t offset = 0;
    std::string message;
};

std::string place_of(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t line_break = before.rfind('\n');
    const std::size_t begin = line_break == std::string_view::npos ? 0 : line_break + 1;
    // What lies before a byte that is not UTF-8 is, so code points can be counted.
    const std::size_t column = 1 + count_code_points(before.substr(begin));
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// nlohmann ends its message with what would have fit, "...; expected string literal": said again in
// plain words.
std::string_view expectation(std::string_view what) {
    constexpr std::string_view mark = "; expected ";
    const std::size_t at = what.rfind(mark);
    if (at == std::string_view::npos) return {};
    const std::string_view expected = what.substr(at + mark.size());
    if (expected == "'[', '{', or a literal") return "a value";
    if (expected == "string literal") return "a name in double quotes";
    if (expected == "end of input") return "nothing more";
    return expected;
}

class TreeBuilder {
 public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    TreeBuilder(std::string_view text, std::size_t depth_max)
        : text_(text), depth_max_(depth_max), furthest_(text.data()) {}

    Cursor begin() { return {text_.data(), &furthest_}; }
    Cursor end() { return {text_.data() + text_.size(), &furthest_}; }
    const std::optional<Mistake>& mistake() const { return mistake_; }
    Json take() { return std::move(root_); }

    // What nlohmann calls.
    bool null() { return add(Json{}); }
    bool boolean(bool value) {
        Json json;
        json.kind = JsonKind::boolean;
        json.boolean = value;
        return add(std::move(json));
    }
    // Called for what begins with a minus: a zero was written "-0".
    bool number_integer(number_integer_t value) {
        return add_number(value == 0 ? "-0" : std::to_string(value));
    }
    bool number_unsigned(number_unsigned_t value) { return add_number(std::to_string(value)); }
    bool number_float(number_float_t, const string_t& digits) { return add_number(digits); }
    bool string(string_t& value) {
        Json json;
        json.kind = JsonKind::string;
        json.text = std::move(value);
        return add(std::move(json));
    }
    bool binary(binary_t&) { return refuse(offset(), "binary data does not fit here"); }
    bool start_object(std::size_t) { return open(JsonKind::object); }
    bool start_array(std::size_t) { return open(JsonKind::array); }
    bool key(string_t& name) {
        open_.back().json.members.emplace_back(std::move(name), Json{});
        // The place of the closing quote, which the parser has just read.
        open_.back().name_offsets.push_back(offset() - 1);
        return true;
    }
    bool end_object() { return check_names() && close(); }
    bool end_array() { return close(); }

    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& exception) {
        const std::size_t place = position == 0 ? 0 : position - 1;
        const std::string_view expected = expectation(exception.what());
        std::string message;
        if (dynamic_cast<const nlohmann::detail::out_of_range*>(&exception) != nullptr) {
            message = "a number is larger than any that can be read";
        } else if (place >= text_.size() || trim(text_.substr(place)).empty()) {
            message = "the text ends too early";
        } else {
            const CodePoint found = first_code_point(text_.substr(place));
            message = quote_for_message(text_.substr(place, found.bytes)) + " does not fit here";
        }
        if (!expected.empty()) message += ", expected " + std::string(expected);
        return refuse(std::min(place, text_.size()), std::move(message));
    }

 private:
    struct Open {
        Json json;
        std::vector<std::size_t> name_offsets;  // of an object's members
    };

    std::size_t offset() const { return static_cast<std::size_t>(furthest_ - text_.data()); }

    bool refuse(std::size_t place, std::string message) {
        mistake_ = Mistake{place, std::move(message)};
        return false;
    }

    bool add_number(std::string digits) {
        Json json;
        json.kind = JsonKind::number;
        json.text = std::move(digits);
        return add(std::move(json));
    }

    bool add(Json json) {
        if (open_.empty()) {
            root_ = std::move(json);
        } else if (open_.back().json.kind == JsonKind::object) {
            open_.back().json.members.back().second = std::move(json);
        } else {
            open_.back().json.items.push_back(std::move(json));
        }
        return true;
    }

    bool open(JsonKind kind) {
        if (open_.size() >= depth_max_) {
            return refuse(offset() - 1,
                          "brackets are more than " + std::to_string(depth_max_) + " deep");
        }
        open_.emplace_back().json.kind = kind;
        return true;
    }

    bool close() {
        Json json = std::move(open_.back().json);
        open_.pop_back();
        return add(std::move(json));
    }

    // By sorting, since a table of hashes would be slow for names that were chosen to collide.
    bool check_names() {
        const Open& object = open_.back();
        const auto& members = object.json.members;
        std::vector<std::uint32_t> order(members.size());
        for (std::uint32_t index = 0; index < order.size(); ++index) order[index] = index;
        std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
            const int compared = members[left].first.compare(members[right].first);
            return compared != 0 ? compared < 0 : left < right;
        });
        std::optional<std::uint32_t> second;
        for (std::size_t index = 1; index < order.size(); ++index) {
            const bool is_again = members[order[index]].first == members[order[index - 1]].first;
            if (is_again && (!second || order[index] < *second)) second = order[index];
        }
        if (!second) return true;
        return refuse(
            object.name_offsets[*second],
            "the name " + quote_for_message(members[*second].first) + " is given a second time");
    }

    std::string_view text_;
    std::size_t depth_max_;
    const char* furthest_;
    Json root_;
    std::vector<Open> open_;
    std::optional<Mistake> mistake_;
};

Error not_json(std::string message) { return {"not_json", std::move(message)}; }

}  // namespace

const Json* Json::find(std::string_view name) const {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const JsonMember& member) { return member.first == name; });
    return found == members.end() ? nullptr : &found->second;
}

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
    if (text.size() > limits.bytes_max) {
        return not_json("the JSON has " + std::to_string(text.size()) + " bytes, at most " +
                        std::to_string(limits.bytes_max) + " are read");
    }
    if (const auto malformed = find_malformed_utf8(text))
        return not_json(place_of(text, *malformed) + ": this byte is not UTF-8");
    // nlohmann skips a byte order mark, RFC 8259 (8.1) wants none; and it takes a zero byte for the
    // text's end.
    if (text.starts_with("\xEF\xBB\xBF"))
        return not_json("line 1, column 1: the JSON begins with a byte order mark");
    if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
        return not_json(place_of(text, zero) + ": a zero byte does not fit here");
    TreeBuilder builder(text, limits.depth_max);
    try {
        const bool is_read = nlohmann::json::sax_parse(builder.begin(), builder.end(), &builder);
        if (is_read) return builder.take();
    } catch (const std::exception&) {
        return not_json("the JSON cannot be read");
    }
    if (!builder.mistake()) return not_json("the JSON cannot be read");
    return not_json(place_of(text, builder.mistake()->offset) + ": " + builder.mistake()->message);
}

}  // namespace pawl
