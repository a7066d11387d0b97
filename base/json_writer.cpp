#include <array>
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"

namespace pawl {

namespace {

// ASCII that stands in a JSON string as it is: nearly all of nearly every text.
constexpr std::array<bool, 256> is_plain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;  // where the bytes begin that go out as they are
    std::size_t at = 0;
    const auto replace = [&](std::string_view with) {
        out += text.substr(plain, at - plain);
        out += with;
        plain = ++at;
    };
    while (at < text.size()) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (is_plain[byte]) {
            ++at;
            continue;
        }
        if (byte >= 0x80) {
            const CodePoint next = first_code_point(text.substr(at));
            if (next.is_well_formed) {
                at += next.bytes;
            } else {
                replace("\xEF\xBF\xBD");  // JSON is UTF-8 whatever we were given
            }
            continue;
        }
        switch (text[at]) {
            case '"': replace("\\\""); break;
            case '\\': replace("\\\\"); break;
            case '\b': replace("\\b"); break;
            case '\f': replace("\\f"); break;
            case '\n': replace("\\n"); break;
            case '\r': replace("\\r"); break;
            case '\t': replace("\\t"); break;
            default:
                if (byte < 0x20) {
                    const std::array<char, 6> escape = {
                        '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15u]};
                    replace({escape.data(), escape.size()});
                } else {
                    ++at;
                }
        }
    }
    out += text.substr(plain);
    out += '"';
}

void append_json_number(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    // As JavaScript does it: an exponent only where the digits would not be read by people.
    const double magnitude = std::fabs(number);
    const bool is_plain = magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21);
    std::array<char, 40> buffer{};
    const auto written =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                      is_plain ? std::chars_format::fixed : std::chars_format::scientific);
    PAWL_CHECK(written.ec == std::errc{});
    out.append(buffer.data(), written.ptr);
}

// As deep as parse_json's limit let it become.
void append_json(std::string& out, const Json& json) {
    switch (json.kind) {
        case JsonKind::null: out += "null"; break;
        case JsonKind::boolean: out += json.boolean ? "true" : "false"; break;
        case JsonKind::number: out += json.text; break;
        case JsonKind::string: append_json_string(out, json.text); break;
        case JsonKind::array:
            out += '[';
            for (const Json& item : json.items) {
                if (&item != &json.items.front()) out += ',';
                append_json(out, item);
            }
            out += ']';
            break;
        case JsonKind::object:
            out += '{';
            for (const JsonMember& member : json.members) {
                if (&member != &json.members.front()) out += ',';
                append_json_string(out, member.first);
                out += ':';
                append_json(out, member.second);
            }
            out += '}';
            break;
    }
}

std::string write_json(const Json& json) {
    std::string out;
    append_json(out, json);
    return out;
}

void JsonWriter::separate() {
    if (needs_comma_) out_ += ',';
    needs_comma_ = true;
}

void JsonWriter::begin_object() {
    separate();
    out_ += '{';
    needs_comma_ = false;
}

void JsonWriter::end_object() {
    out_ += '}';
    needs_comma_ = true;
}

void JsonWriter::begin_array() {
    separate();
    out_ += '[';
    needs_comma_ = false;
}

void JsonWriter::end_array() {
    out_ += ']';
    needs_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    needs_comma_ = false;
}

void JsonWriter::string(std::string_view text) {
    separate();
    append_json_string(out_, text);
}

void JsonWriter::integer(std::int64_t number) {
    separate();
    out_ += std::to_string(number);
}

void JsonWriter::number(double number) {
    separate();
    append_json_number(out_, number);
}

void JsonWriter::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
}

void JsonWriter::null() {
    separate();
    out_ += "null";
}

void JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
}

void JsonWriter::json(const Json& value) {
    separate();
    append_json(out_, value);
}

}  // namespace pawl
