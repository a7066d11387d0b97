#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

// JSON as a plain tree, and a writer that gives the same bytes for the same calls. Numbers keep
// their digits, so that money stays exact.

namespace pawl {

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonMember;

struct Json {
    JsonKind kind = JsonKind::null;
    bool boolean = false;
    std::string text;                 // a string's value, a number's digits
    std::vector<Json> items;          // of an array
    std::vector<JsonMember> members;  // of an object, in the order written

    const Json* find(std::string_view name) const;
};

// Not std::pair: clang 14 cannot make a pair of a type that holds vectors of such pairs.
struct JsonMember {
    JsonMember() = default;
    JsonMember(std::string name, Json value) : first(std::move(name)), second(std::move(value)) {}

    std::string first;
    Json second;
};

struct JsonLimits {
    std::size_t bytes_max = 64u << 20;
    std::size_t depth_max = 100;
};

// Refuses malformed UTF-8, trailing text, a name given twice and what exceeds the limits; the
// message names line and column.
Result<Json> parse_json(std::string_view text, JsonLimits limits = {});

std::string write_json(const Json& json);
void append_json(std::string& out, const Json& json);
void append_json_string(std::string& out, std::string_view text);
// The shortest digits that read back as the same double; "null" when not finite.
void append_json_number(std::string& out, double number);

// Writes one value without line breaks. Calls must nest; keys come in the order given.
class JsonWriter {
 public:
    void begin_object();
    void end_object();
    void begin_array();
    void end_array();
    void key(std::string_view name);
    void string(std::string_view text);
    void integer(std::int64_t number);
    void number(double number);
    void boolean(bool value);
    void null();
    void raw(std::string_view json);  // one value that is JSON already
    void json(const Json& value);

    void member(std::string_view name, std::string_view text) {
        key(name);
        string(text);
    }

    const std::string& text() const { return out_; }
    std::string take() { return std::move(out_); }

 private:
    void separate();
    std::string out_;
    bool needs_comma_ = false;
};

}  // namespace pawl
