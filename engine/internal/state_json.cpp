#include "engine/internal/state_json.h"

#include <charconv>
#include <utility>

#include "engine/store/record_names.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Value;

void StateWriter::number(std::string_view name, std::int64_t value) {
    if (value == 0) return;
    json_.key(name);
    json_.integer(value);
}

void StateWriter::instant(std::string_view name, std::optional<Instant> value) {
    if (!value) return;
    json_.key(name);
    json_.integer(value->micros);
}

void StateWriter::text(std::string_view name, std::string_view value) {
    if (!value.empty()) json_.member(name, value);
}

void StateWriter::value(std::string_view name, const Value& value) {
    if (!value.is_missing()) json_.member(name, encode_value(value, schema_));
}

void StateWriter::values(std::string_view name, const std::vector<Value>& values) {
    if (values.empty()) return;
    json_.key(name);
    json_.begin_array();
    for (const Value& each : values) json_.string(encode_value(each, schema_));
    json_.end_array();
}

void StateWriter::raw(std::string_view name, std::string_view json) {
    if (json.empty()) return;
    json_.key(name);
    json_.raw(json);
}

std::string StateWriter::take() {
    json_.end_object();
    return json_.take();
}

void StateWriter::record(const std::string& name, const Value& of, const rules::Type& type) {
    if (of.is_missing()) return;
    value(name, of);
    text(name + "_names", field_names(type, schema_));
}

void StateWriter::records(const std::string& name, const std::vector<Value>& of,
                          const rules::Type& type) {
    if (of.empty()) return;
    values(name, of);
    text(name + "_names", field_names(type, schema_));
}

StateReader::StateReader(std::string_view text, const rules::Schema& schema) : schema_(schema) {
    // Bounded already by what was written.
    auto parsed = parse_json(text, {.bytes_max = text.size()});
    is_good_ = parsed && parsed->kind == JsonKind::object;
    if (is_good_) json_ = std::move(*parsed);
}

std::int64_t StateReader::number(std::string_view name) {
    const Json* found = json_.find(name);
    if (found == nullptr) return 0;
    std::int64_t number = 0;
    const char* end = found->text.data() + found->text.size();
    const auto [at, error] = std::from_chars(found->text.data(), end, number);
    if (found->kind != JsonKind::number || error != std::errc{} || at != end) is_good_ = false;
    return number;
}

std::optional<Instant> StateReader::instant(std::string_view name) {
    if (json_.find(name) == nullptr) return std::nullopt;
    return Instant{number(name)};
}

std::string StateReader::text(std::string_view name) {
    const Json* found = json_.find(name);
    if (found == nullptr) return {};
    if (found->kind != JsonKind::string) is_good_ = false;
    return found->text;
}

Value StateReader::value(std::string_view name) {
    const Json* found = json_.find(name);
    return found == nullptr ? Value() : decoded(*found);
}

std::vector<Value> StateReader::values(std::string_view name) {
    std::vector<Value> values;
    const Json* found = json_.find(name);
    if (found == nullptr) return values;
    if (found->kind != JsonKind::array) is_good_ = false;
    for (const Json& item : found->items) values.push_back(decoded(item));
    return values;
}

Value StateReader::record(const std::string& name, const rules::Type& type) {
    return with_places(value(name), text(name + "_names"), type, schema_);
}

std::vector<Value> StateReader::records(const std::string& name, const rules::Type& type) {
    std::vector<Value> found = values(name);
    const std::string names = text(name + "_names");
    for (Value& each : found) each = with_places(each, names, type, schema_);
    return found;
}

std::string StateReader::raw(std::string_view name) {
    const Json* found = json_.find(name);
    return found == nullptr ? std::string() : write_json(*found);
}

Value StateReader::decoded(const Json& json) {
    auto value =
        json.kind == JsonKind::string ? decode_value(json.text, schema_) : std::optional<Value>();
    if (value) return std::move(*value);
    is_good_ = false;
    return Value();
}

}  // namespace pawl::engine
