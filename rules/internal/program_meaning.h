#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/program.h"

// What a program means, written out by names instead of places, so that the order of files and
// tables does not matter: the bytes that are hashed.

namespace pawl::rules {

// Text that is hashed: every part is told apart from its neighbours by a length or a fixed width.
class Meaning {
 public:
    explicit Meaning(const Schema& schema) : schema_(schema) {}

    void number(std::uint64_t number) {
        for (int shift = 0; shift < 64; shift += 8)
            bytes_.push_back(static_cast<char>((number >> shift) & 0xff));
    }
    void text(std::string_view text) {
        number(text.size());
        bytes_.append(text);
    }
    void texts(const std::vector<std::string>& list) {
        number(list.size());
        for (const std::string& item : list) text(item);
    }
    void hash(const Hash& hash) {
        for (const std::uint8_t byte : hash.bytes) bytes_.push_back(static_cast<char>(byte));
    }
    void flag(bool value) { bytes_.push_back(value ? 1 : 0); }
    template <class E>
    requires std::is_enum_v<E>
    void kind(E value) { number(static_cast<std::uint64_t>(value)); }

    void value(const Value& value);
    void values(const std::vector<Value>& items) {
        number(items.size());
        for (const Value& item : items) value(item);
    }
    void duration(const Duration& duration) {
        number(static_cast<std::uint64_t>(duration.months));
        number(static_cast<std::uint64_t>(duration.days));
        number(static_cast<std::uint64_t>(duration.micros));
    }
    void type(TypeIndex index);
    void entity(EntityIndex index) { text(schema_.entities[index].name); }
    void event(EventIndex index) { text(schema_.events[index].name); }
    void field(EntityIndex entity, FieldIndex field) {
        text(schema_.entities[entity].fields[field].name);
    }
    void event_field(EventIndex event, FieldIndex field) {
        text(schema_.events[event].fields[field].name);
    }
    void fields(const std::vector<Field>& fields);
    void parameters(const std::vector<Parameter>& parameters) {
        number(parameters.size());
        for (const Parameter& parameter : parameters) {
            text(parameter.name);
            type(parameter.type);
        }
    }

    const std::string& bytes() const { return bytes_; }
    std::string take() { return std::move(bytes_); }

 private:
    const Schema& schema_;
    std::string bytes_;
};

// A unit without what it calls, which it names by kind and id. `row`: its place in its table.
std::string write_unit_meaning(const Program& program, UnitIndex unit, std::uint32_t row);

// What is live beside the units, in parts whose order does not matter: the schema and whatever is
// declared without code.
std::vector<std::string> write_schema_meaning(const Program& program);

}  // namespace pawl::rules
