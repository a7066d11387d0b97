#include "engine/store/value_key.h"

#include <bit>
#include <charconv>

#include "base/check.h"
#include "engine/store/sized_text.h"

namespace pawl::engine {

using rules::Kind;
using rules::Value;

namespace {

void append_unsigned(std::string& out, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>((number >> shift) & 0xff));
}

// With the sign's bit turned, negative numbers come before the others.
void append_integer(std::string& out, std::int64_t number) {
    append_unsigned(out, static_cast<std::uint64_t>(number) ^ (1ull << 63));
}

void append_number(std::string& out, double number) {
    if (number == 0) number = 0;  // -0 is 0
    const auto bits = std::bit_cast<std::uint64_t>(number);
    append_unsigned(out, (bits >> 63) != 0 ? ~bits : bits | (1ull << 63));
}

// A zero byte becomes 00 ff and the end is 00 00, so that "a" comes before "a\0" and before "ab".
void append_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        out.push_back(c);
        if (c == '\0') out.push_back('\xff');
    }
    out.append(2, '\0');
}

template <class Items>
void append_items(std::string& out, const Items& items) {
    for (const Value& item : items) append_value_key(out, item);
    out.push_back('\0');  // below every kind's byte
}

}  // namespace

void append_value_key(std::string& out, const Value& value) {
    out.push_back(static_cast<char>(static_cast<int>(value.kind()) + 1));
    switch (value.kind()) {
        case Kind::missing: return;
        case Kind::boolean: out.push_back(value.as_boolean() ? '\1' : '\0'); return;
        case Kind::integer: return append_integer(out, value.as_integer());
        case Kind::number: return append_number(out, value.as_number());
        case Kind::money:
            out.push_back(static_cast<char>(value.as_money().currency.code >> 8));
            out.push_back(static_cast<char>(value.as_money().currency.code & 0xff));
            return append_integer(out, value.as_money().minor);
        case Kind::text:
        case Kind::secret:
        case Kind::choice:
        case Kind::group: return append_text(out, value.as_text());
        case Kind::date: return append_integer(out, value.as_date().days);
        case Kind::time: return append_integer(out, value.as_time().micros);
        case Kind::datetime: return append_integer(out, value.as_datetime().micros);
        case Kind::duration:
            append_integer(out, value.as_duration().months);
            append_integer(out, value.as_duration().days);
            return append_integer(out, value.as_duration().micros);
        case Kind::reference:
            out.push_back(static_cast<char>(value.as_reference().entity >> 8));
            out.push_back(static_cast<char>(value.as_reference().entity & 0xff));
            return append_integer(out, value.as_reference().key);
        case Kind::list: return append_items(out, value.as_list());
        case Kind::record: return append_items(out, value.as_record());
        case Kind::json: return append_text(out, write_json(value.as_json()));
    }
}

std::string value_key(const Value& value) {
    std::string out;
    append_value_key(out, value);
    return out;
}

std::optional<std::string> values_key(const std::vector<Value>& values) {
    std::string out;
    for (const Value& value : values) {
        if (value.is_missing()) return std::nullopt;
        append_value_key(out, value);
    }
    return out;
}

// The durable form is a letter for the kind and plain text behind it; a list's items carry their
// length.

namespace {

std::string digits(double number) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    return std::string(buffer, end);
}

template <class Number>
std::optional<Number> parse_digits(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<Value> decode_reference(std::string_view text, const rules::Schema& schema) {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto entity = schema.find_entity(text.substr(0, slash));
    const auto key = parse_digits<std::int64_t>(text.substr(slash + 1));
    if (!entity || !key) return std::nullopt;
    return Value::reference({*entity, *key});
}

std::optional<Value> decode_money(std::string_view text) {
    if (text.size() < 4) return std::nullopt;
    const auto currency = Currency::parse(text.substr(0, 3));
    const auto minor = parse_digits<std::int64_t>(text.substr(3));
    if (!currency || !minor) return std::nullopt;
    return Value::money({*minor, *currency});
}

std::optional<std::vector<Value>> decode_items(std::string_view text, const rules::Schema& schema) {
    std::vector<Value> items;
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        const auto size = parse_digits<std::size_t>(text.substr(0, colon));
        text.remove_prefix(colon + 1);
        if (!size || *size > text.size()) return std::nullopt;
        auto item = decode_value(text.substr(0, *size), schema);
        if (!item) return std::nullopt;
        items.push_back(std::move(*item));
        text.remove_prefix(*size);
    }
    return items;
}

template <class Number, class Make>
std::optional<Value> decode_number(std::string_view text, Make make) {
    const auto number = parse_digits<Number>(text);
    if (!number) return std::nullopt;
    return make(*number);
}

std::optional<Value> decode_record(std::string_view text, const rules::Schema& schema) {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto type = parse_digits<std::uint16_t>(text.substr(0, comma));
    auto fields = decode_items(text.substr(comma + 1), schema);
    if (!type || !fields) return std::nullopt;
    return Value::record(*type, std::move(*fields));
}

void append_items(std::string& out, const std::vector<Value>& items, const rules::Schema& schema) {
    for (const Value& item : items) append_sized(out, [&] { append_value(out, item, schema); });
}

void append_reference(std::string& out, rules::Reference reference, const rules::Schema& schema) {
    out += schema.entities[reference.entity].name;
    out += '/';
    append_decimal(out, reference.key);
}

}  // namespace

void append_value(std::string& out, const Value& value, const rules::Schema& schema) {
    switch (value.kind()) {
        case Kind::missing: out += '-'; return;
        case Kind::boolean: out += value.as_boolean() ? "b1" : "b0"; return;
        case Kind::integer: out += 'i'; return append_decimal(out, value.as_integer());
        case Kind::number: (out += 'n') += digits(value.as_number()); return;
        case Kind::money:
            (out += 'm') += value.as_money().currency.letters();
            return append_decimal(out, value.as_money().minor);
        case Kind::text: (out += 't') += value.as_text(); return;
        case Kind::secret: (out += 's') += value.as_text(); return;
        case Kind::choice: (out += 'c') += value.as_text(); return;
        case Kind::group: (out += 'g') += value.as_text(); return;
        case Kind::date: out += 'd'; return append_decimal(out, value.as_date().days);
        case Kind::time: out += 'o'; return append_decimal(out, value.as_time().micros);
        case Kind::datetime: out += 'a'; return append_decimal(out, value.as_datetime().micros);
        case Kind::duration: (out += 'p') += format_duration_iso(value.as_duration()); return;
        case Kind::reference:
            out += 'r';
            return append_reference(out, value.as_reference(), schema);
        case Kind::list: out += 'l'; return append_items(out, value.as_list(), schema);
        case Kind::record:
            out += 'k';
            append_decimal(out, value.record_type());
            out += ',';
            return append_items(out, value.as_record(), schema);
        case Kind::json: out += 'j'; return append_json(out, value.as_json());
    }
    PAWL_CHECK(!"a value of no kind");
}

std::string encode_value(const Value& value, const rules::Schema& schema) {
    std::string out;
    append_value(out, value, schema);
    return out;
}

std::optional<Value> decode_value(std::string_view bytes, const rules::Schema& schema) {
    if (bytes.empty()) return std::nullopt;
    const std::string_view text = bytes.substr(1);
    switch (bytes[0]) {
        case '-': return Value();
        case 'b': return Value::boolean(text == "1");
        case 'i': return decode_number<std::int64_t>(text, Value::integer);
        case 'n': return decode_number<double>(text, Value::number);
        case 'm': return decode_money(text);
        case 't': return Value::text(text);
        case 's': return Value::secret(text);
        case 'c': return Value::choice(text);
        case 'g': return Value::group(text);
        case 'd':
            return decode_number<std::int32_t>(
                text, [](std::int32_t days) { return Value::date({days}); });
        case 'o':
            return decode_number<std::int64_t>(
                text, [](std::int64_t micros) { return Value::time({micros}); });
        case 'a':
            return decode_number<std::int64_t>(
                text, [](std::int64_t micros) { return Value::datetime({micros}); });
        case 'p': {
            const auto duration = parse_duration(text);
            if (!duration) return std::nullopt;
            return Value::duration(*duration);
        }
        case 'r': return decode_reference(text, schema);
        case 'l': {
            auto items = decode_items(text, schema);
            if (!items) return std::nullopt;
            return Value::list(std::move(*items));
        }
        case 'k': return decode_record(text, schema);
        case 'j': {
            auto json = parse_json(text);
            if (!json) return std::nullopt;
            return Value::json(std::move(*json));
        }
        default: return std::nullopt;
    }
}

Value with_record_types(const Value& value, const rules::Type& type, const rules::Schema& schema) {
    std::vector<Value> items;
    if (value.kind() == Kind::list && type.kind == rules::TypeKind::list) {
        const rules::Type& element = schema.type(type.index);
        const bool holds_records = element.kind == rules::TypeKind::record ||
                                   element.kind == rules::TypeKind::event ||
                                   element.kind == rules::TypeKind::list;
        if (!holds_records) return value;
        for (const Value& item : value.as_list())
            items.push_back(with_record_types(item, element, schema));
        return Value::list(std::move(items));
    }
    const bool is_event = type.kind == rules::TypeKind::event;
    if (value.kind() != Kind::record || (type.kind != rules::TypeKind::record && !is_event))
        return value;
    const auto& fields =
        is_event ? schema.events[type.index].fields : schema.records[type.index].fields;
    for (std::size_t i = 0; i < value.as_record().size(); ++i) {
        const Value& item = value.as_record()[i];
        items.push_back(i < fields.size()
                            ? with_record_types(item, schema.type(fields[i].type), schema)
                            : item);
    }
    // An event's record has no type of its own.
    return Value::record(is_event ? value.record_type() : type.index, std::move(items));
}

}  // namespace pawl::engine
