#include "engine/store/person_values.h"

#include <algorithm>
#include <utility>

namespace pawl::engine {

using rules::Kind;
using rules::TypeKind;
using rules::Value;

namespace {

constexpr std::size_t searched_bytes_min = 4;  // shorter ones stand in every text
constexpr std::size_t phone_digits_min = 7;

constexpr std::string_view blank = "erased";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bytes above ASCII belong to letters of other alphabets.
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Where the word stands in the text; npos: nowhere.
std::size_t find_word(std::string_view text, std::string_view word, bool ignoring_case) {
    const auto same = [ignoring_case](char left, char right) {
        return ignoring_case ? lower(left) == lower(right) : left == right;
    };
    for (auto from = text.begin();;) {
        const auto found = std::search(from, text.end(), word.begin(), word.end(), same);
        if (found == text.end()) return std::string_view::npos;
        const auto end = found + static_cast<std::ptrdiff_t>(word.size());
        const bool begins = found == text.begin() || !is_word(*(found - 1)) || !is_word(*found);
        const bool ends = end == text.end() || !is_word(*end) || !is_word(*(end - 1));
        if (begins && ends) return static_cast<std::size_t>(found - text.begin());
        from = found + 1;
    }
}

std::string digits_of(std::string_view text) {
    std::string digits;
    for (const char c : text)
        if (is_digit(c)) digits.push_back(c);
    return digits;
}

// The same number, with its country's code or without: 0712 345 678 and +254 712 345678.
bool is_same_phone(std::string_view left, std::string_view right) {
    while (left.starts_with('0')) left.remove_prefix(1);
    while (right.starts_with('0')) right.remove_prefix(1);
    if (std::min(left.size(), right.size()) < phone_digits_min) return false;
    return left.ends_with(right) || right.ends_with(left);
}

bool may_stand_in_phone(char c) {
    return is_digit(c) || c == ' ' || c == '-' || c == '(' || c == ')' || c == '.' || c == '+';
}

void add(std::vector<std::string>& values, std::string_view value) {
    if (std::find(values.begin(), values.end(), value) == values.end()) values.emplace_back(value);
}

std::string padded(rules::RecordKey key) {
    std::string digits = std::to_string(key);
    return std::string(digits.size() < 9 ? 9 - digits.size() : 0, '0') + digits;
}

}  // namespace

bool is_blanked(const rules::Schema& schema, rules::TypeIndex index) {
    const rules::Type& type = schema.type(index);
    switch (type.kind) {
        case TypeKind::text:
        case TypeKind::email:
        case TypeKind::phone:
        case TypeKind::url:
        case TypeKind::file:
        case TypeKind::secret:
        case TypeKind::json: return true;
        case TypeKind::list: return is_blanked(schema, type.index);
        case TypeKind::record: {
            const auto& fields = schema.records[type.index].fields;
            return std::any_of(fields.begin(), fields.end(), [&schema](const rules::Field& field) {
                return is_blanked(schema, field.type);
            });
        }
        default: return false;
    }
}

Value blank_value(const Value& value, rules::TypeIndex index, const rules::Program& program,
                  rules::RecordKey key) {
    const rules::Schema& schema = program.schema;
    const rules::Type& type = schema.type(index);
    if (value.is_missing() || !is_blanked(schema, index)) return value;
    if (type.optional) return Value();
    const std::string own = std::string(blank) + "-" + std::to_string(key);
    switch (type.kind) {
        case TypeKind::email: return Value::text(own + "@erased.invalid");
        case TypeKind::phone: return Value::text("+999" + padded(key));  // no country's
        case TypeKind::url: return Value::text("https://erased.invalid/" + std::to_string(key));
        case TypeKind::secret: return Value::secret(own);
        case TypeKind::json:
            return Value::json(Json{JsonKind::string, false, std::string(blank), {}, {}});
        case TypeKind::list: return Value::list({});
        case TypeKind::record: {
            std::vector<Value> fields = value.as_record();
            const auto& types = schema.records[type.index].fields;
            for (std::size_t i = 0; i < fields.size() && i < types.size(); ++i)
                fields[i] = blank_value(fields[i], types[i].type, program, key);
            return Value::record(value.record_type(), std::move(fields));
        }
        default: return Value::text(blank);
    }
}

void PersonValues::collect(Erasure& erasure, rules::FieldIndex field, const Value& value,
                           const rules::Program& program) {
    if (value.kind() != Kind::text) return;
    const rules::Schema& schema = program.schema;
    const rules::Field& of = schema.entities[erasure.record.entity].fields[field];
    const TypeKind kind = schema.type(of.type).kind;
    const rules::People& people = schema.people;
    const bool is_person = people.entity == erasure.record.entity;
    const bool is_phone = kind == TypeKind::phone ||
                          (is_person && (people.phone == field || people.whatsapp == field));
    const bool is_address =
        kind == TypeKind::email || kind == TypeKind::url || (is_person && people.email == field);
    const bool is_name = is_person && people.name == field;
    if (!is_phone && !is_address && !is_name) return;
    if (value == blank_value(value, of.type, program, erasure.record.key)) return;
    const std::string_view text = value.as_text();
    if (text.size() < searched_bytes_min || (is_phone && digits_of(text).size() < phone_digits_min))
        return add(erasure.too_short, of.name);
    if (is_phone) return add(erasure.phones, digits_of(text));
    add(is_address ? erasure.addresses : erasure.names, text);
}

std::optional<PersonValues::Place> PersonValues::find_phone(std::string_view text) const {
    if (erasure_.phones.empty()) return std::nullopt;
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        if (!is_digit(text[begin]) && text[begin] != '+') continue;
        std::size_t end = begin, last = begin;
        for (; end < text.size() && may_stand_in_phone(text[end]); ++end)
            if (is_digit(text[end])) last = end + 1;
        const std::string digits = digits_of(text.substr(begin, end - begin));
        for (const std::string& phone : erasure_.phones)
            if (is_same_phone(digits, phone)) return Place{begin, last};
        begin = end;
    }
    return std::nullopt;
}

std::optional<PersonValues::Place> PersonValues::find_in(std::string_view text) const {
    const auto find = [text](const std::vector<std::string>& words,
                             bool ignoring_case) -> std::optional<Place> {
        for (const std::string& word : words) {
            const std::size_t found = find_word(text, word, ignoring_case);
            if (found != std::string_view::npos) return Place{found, found + word.size()};
        }
        return std::nullopt;
    };
    if (const auto address = find(erasure_.addresses, true)) return address;
    if (const auto name = find(erasure_.names, false)) return name;
    return find_phone(text);
}

bool PersonValues::are_in(std::string_view text) const { return find_in(text).has_value(); }

bool PersonValues::are_in(const Json& json) const {
    if (json.kind == JsonKind::string || json.kind == JsonKind::number) return are_in(json.text);
    for (const Json& item : json.items)
        if (are_in(item)) return true;
    for (const auto& [name, value] : json.members)
        if (are_in(name) || are_in(value)) return true;
    return false;
}

bool PersonValues::are_in_json(std::string_view text) const {
    const auto json = parse_json(text);
    return json ? are_in(*json) : are_in(text);
}

bool PersonValues::are_in(const Value& value) const {
    return without(value, Extent::text).has_value();
}

std::string PersonValues::blanked(std::string_view text, Extent extent) const {
    if (extent == Extent::text) return std::string(blank);
    std::string rest(text);
    while (const auto found = find_in(rest))
        rest.replace(found->begin, found->end - found->begin, blank);
    return rest;
}

Json PersonValues::blanked(const Json& json, Extent extent) const {
    if (extent == Extent::text) return Json{JsonKind::string, false, std::string(blank), {}, {}};
    Json rest = json;
    if (json.kind == JsonKind::string) rest.text = blanked(json.text, extent);
    if (json.kind == JsonKind::number && are_in(json.text)) rest.text = "0";
    for (Json& item : rest.items) item = blanked(item, extent);
    for (std::size_t i = 0; i < rest.members.size(); ++i) {
        JsonMember& member = rest.members[i];
        // Names stay different from one another.
        if (are_in(member.first)) member.first = std::string(blank) + "-" + std::to_string(i);
        member.second = blanked(member.second, extent);
    }
    return rest;
}

std::optional<Value> PersonValues::without(const Value& value, Extent extent) const {
    const auto rest_of = [this, extent](const std::vector<Value>& items) {
        std::optional<std::vector<Value>> rest;
        for (std::size_t i = 0; i < items.size(); ++i) {
            auto changed = without(items[i], extent);
            if (!changed) continue;
            if (!rest) rest = items;
            (*rest)[i] = std::move(*changed);
        }
        return rest;
    };
    switch (value.kind()) {
        case Kind::text:
            if (!are_in(value.as_text())) return std::nullopt;
            return Value::text(blanked(value.as_text(), extent));
        case Kind::secret:
            if (!are_in(value.as_text())) return std::nullopt;
            return Value::secret(blank);
        case Kind::json:
            if (!are_in(value.as_json())) return std::nullopt;
            return Value::json(blanked(value.as_json(), extent));
        case Kind::list:
            if (auto rest = rest_of(value.as_list())) return Value::list(std::move(*rest));
            return std::nullopt;
        case Kind::record:
            if (auto rest = rest_of(value.as_record()))
                return Value::record(value.record_type(), std::move(*rest));
            return std::nullopt;
        default: return std::nullopt;
    }
}

}  // namespace pawl::engine
