#include "rules/value.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"

namespace pawl::rules {

// The bytes of the text follow the box in the same allocation.
struct Value::TextBox : Value::Box {
    std::size_t size = 0;

    char* text() { return reinterpret_cast<char*>(this + 1); }
    const char* text() const { return reinterpret_cast<const char*>(this + 1); }
};

struct Value::DurationBox : Value::Box {
    Duration duration;
};

struct Value::ListBox : Value::Box {
    std::vector<Value> items;
};

struct Value::JsonBox : Value::Box {
    Json json;
};

namespace {

struct JsonSize {
    std::size_t bytes = 0;
    std::uint32_t depth = 1;
};

// Depth of what is measured is bounded by whoever read or made it.
JsonSize measure(const Json& json) {
    JsonSize size{sizeof(Json) + json.text.size(), 1};
    for (const Json& item : json.items) {
        const JsonSize inner = measure(item);
        size.bytes += inner.bytes;
        size.depth = std::max(size.depth, inner.depth + 1);
    }
    for (const auto& [name, member] : json.members) {
        const JsonSize inner = measure(member);
        size.bytes += name.size() + inner.bytes;
        size.depth = std::max(size.depth, inner.depth + 1);
    }
    return size;
}

bool equal_json(const Json& left, const Json& right) {
    if (left.kind != right.kind || left.boolean != right.boolean || left.text != right.text ||
        left.items.size() != right.items.size() || left.members.size() != right.members.size()) {
        return false;
    }
    for (std::size_t i = 0; i < left.items.size(); ++i) {
        if (!equal_json(left.items[i], right.items[i])) return false;
    }
    for (const auto& [name, member] : left.members) {
        const Json* other = right.find(name);
        if (other == nullptr || !equal_json(member, *other)) return false;
    }
    return true;
}

}  // namespace

void Value::release() {
    Box* box = payload_.box;
    if (!box->let_go()) return;
    switch (kind_) {
        case Kind::list:
        case Kind::record: delete static_cast<ListBox*>(box); break;
        case Kind::json: delete static_cast<JsonBox*>(box); break;
        case Kind::duration: delete static_cast<DurationBox*>(box); break;
        default: {
            auto* text = static_cast<TextBox*>(box);
            text->~TextBox();
            ::operator delete(text);
        }
    }
}

Value Value::of_text(Kind kind, std::string_view text) {
    auto* box = new (::operator new(sizeof(TextBox) + text.size())) TextBox;
    box->size = text.size();
    box->bytes = sizeof(TextBox) + text.size();
    if (!text.empty()) std::memcpy(box->text(), text.data(), text.size());
    Value value;
    value.payload_.box = box;
    value.kind_ = kind;
    return value;
}

Value Value::lasting(Value value) {
    PAWL_CHECK(value.kind_ == Kind::text || value.kind_ == Kind::choice ||
               value.kind_ == Kind::group);
    // Whoever has a value counts for at least one, so that no count is ever that by itself.
    const std::uint32_t held = value.payload_.box->references.exchange(Box::lasting);
    PAWL_CHECK(held == 1);
    return value;
}

Value Value::of_items(Kind kind, std::uint16_t tag, std::vector<Value> items) {
    auto* box = new ListBox;
    box->bytes = sizeof(ListBox);
    box->depth = 1;
    for (const Value& item : items) {
        box->bytes += item.size_bytes();
        box->depth = std::max(box->depth, static_cast<std::uint32_t>(item.depth()) + 1);
    }
    box->items = std::move(items);
    Value value;
    value.payload_.box = box;
    value.tag_ = tag;
    value.kind_ = kind;
    return value;
}

Value Value::boolean(bool of) {
    Value value;
    value.kind_ = Kind::boolean;
    value.payload_.integer = of ? 1 : 0;
    return value;
}

Value Value::integer(std::int64_t of) {
    Value value;
    value.kind_ = Kind::integer;
    value.payload_.integer = of;
    return value;
}

Value Value::number(double of) {
    Value value;
    value.kind_ = Kind::number;
    value.payload_.number = of + 0.0;  // there is one zero, without a minus
    return value;
}

Value Value::money(Money of) {
    Value value;
    value.kind_ = Kind::money;
    value.tag_ = of.currency.code;
    value.payload_.integer = of.minor;
    return value;
}

Value Value::text(std::string_view of) { return of_text(Kind::text, of); }
Value Value::secret(std::string_view of) { return of_text(Kind::secret, of); }
Value Value::choice(std::string_view option) { return of_text(Kind::choice, option); }
Value Value::group(std::string_view name) { return of_text(Kind::group, name); }

Value Value::date(Date of) {
    Value value;
    value.kind_ = Kind::date;
    value.payload_.integer = of.days;
    return value;
}

Value Value::time(TimeOfDay of) {
    Value value;
    value.kind_ = Kind::time;
    value.payload_.integer = of.micros;
    return value;
}

Value Value::datetime(Instant of) {
    Value value;
    value.kind_ = Kind::datetime;
    value.payload_.integer = of.micros;
    return value;
}

Value Value::duration(Duration of) {
    auto* box = new DurationBox;
    box->bytes = sizeof(DurationBox);
    box->duration = of;
    Value value;
    value.payload_.box = box;
    value.kind_ = Kind::duration;
    return value;
}

Value Value::reference(Reference of) {
    Value value;
    value.kind_ = Kind::reference;
    value.tag_ = of.entity;
    value.payload_.integer = of.key;
    return value;
}

Value Value::list(std::vector<Value> items) { return of_items(Kind::list, 0, std::move(items)); }

Value Value::record(std::uint16_t record_type, std::vector<Value> fields) {
    return of_items(Kind::record, record_type, std::move(fields));
}

Value Value::json(Json of) {
    const JsonSize size = measure(of);
    auto* box = new JsonBox;
    box->bytes = sizeof(JsonBox) + size.bytes;
    box->depth = size.depth;
    box->json = std::move(of);
    Value value;
    value.payload_.box = box;
    value.kind_ = Kind::json;
    return value;
}

bool Value::as_boolean() const {
    PAWL_CHECK(kind_ == Kind::boolean);
    return payload_.integer != 0;
}

std::int64_t Value::as_integer() const {
    PAWL_CHECK(kind_ == Kind::integer);
    return payload_.integer;
}

double Value::as_number() const {
    if (kind_ == Kind::integer) return static_cast<double>(payload_.integer);
    PAWL_CHECK(kind_ == Kind::number);
    return payload_.number;
}

Money Value::as_money() const {
    PAWL_CHECK(kind_ == Kind::money);
    return {payload_.integer, Currency{tag_}};
}

std::string_view Value::as_text() const {
    PAWL_CHECK(kind_ == Kind::text || kind_ == Kind::choice || kind_ == Kind::secret ||
               kind_ == Kind::group);
    const auto* box = static_cast<const TextBox*>(payload_.box);
    return {box->text(), box->size};
}

Date Value::as_date() const {
    PAWL_CHECK(kind_ == Kind::date);
    return {static_cast<std::int32_t>(payload_.integer)};
}

TimeOfDay Value::as_time() const {
    PAWL_CHECK(kind_ == Kind::time);
    return {payload_.integer};
}

Instant Value::as_datetime() const {
    PAWL_CHECK(kind_ == Kind::datetime);
    return {payload_.integer};
}

Duration Value::as_duration() const {
    PAWL_CHECK(kind_ == Kind::duration);
    return static_cast<const DurationBox*>(payload_.box)->duration;
}

Reference Value::as_reference() const {
    PAWL_CHECK(kind_ == Kind::reference);
    return {tag_, payload_.integer};
}

const std::vector<Value>& Value::as_list() const {
    PAWL_CHECK(kind_ == Kind::list);
    return static_cast<const ListBox*>(payload_.box)->items;
}

std::uint16_t Value::record_type() const {
    PAWL_CHECK(kind_ == Kind::record);
    return tag_;
}

const std::vector<Value>& Value::as_record() const {
    PAWL_CHECK(kind_ == Kind::record);
    return static_cast<const ListBox*>(payload_.box)->items;
}

const Json& Value::as_json() const {
    PAWL_CHECK(kind_ == Kind::json);
    return static_cast<const JsonBox*>(payload_.box)->json;
}

std::size_t Value::size_bytes() const {
    return sizeof(Value) + (is_boxed() ? payload_.box->bytes : 0);
}

std::size_t Value::depth() const { return is_boxed() ? payload_.box->depth : 0; }

bool operator==(const Value& left, const Value& right) {
    if (left.kind_ != right.kind_) return false;
    switch (left.kind_) {
        case Kind::missing: return true;
        case Kind::number: return left.payload_.number == right.payload_.number;
        case Kind::text:
        case Kind::secret:
        case Kind::choice:
        case Kind::group:
            return left.payload_.box == right.payload_.box || left.as_text() == right.as_text();
        case Kind::duration: return left.as_duration() == right.as_duration();
        case Kind::list:
        case Kind::record:
            if (left.payload_.box == right.payload_.box) return true;
            return left.tag_ == right.tag_ &&
                   static_cast<const Value::ListBox*>(left.payload_.box)->items ==
                       static_cast<const Value::ListBox*>(right.payload_.box)->items;
        case Kind::json:
            return left.payload_.box == right.payload_.box ||
                   equal_json(left.as_json(), right.as_json());
        case Kind::boolean:
        case Kind::integer:
        case Kind::money:
        case Kind::date:
        case Kind::time:
        case Kind::datetime:
        case Kind::reference:
            return left.tag_ == right.tag_ && left.payload_.integer == right.payload_.integer;
    }
    return false;
}

}  // namespace pawl::rules
