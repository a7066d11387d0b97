#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/schema.h"
#include "rules/value.h"

// Values as bytes, in two forms. A *key* compares bytewise as its values do, one kind after the
// other, and is never read back: indexes and unique sets are made of it. A *durable* form is read
// back, and names entities, so that it outlives the program that wrote it.

namespace pawl::engine {

// Appends the key of a value. No key is the beginning of another, so keys may follow one another.
void append_value_key(std::string& out, const rules::Value& value);
std::string value_key(const rules::Value& value);
// The key of several values together; nothing when one of them is missing.
std::optional<std::string> values_key(const std::vector<rules::Value>& values);

std::string encode_value(const rules::Value& value, const rules::Schema& schema);
// Appends what encode_value gives.
void append_value(std::string& out, const rules::Value& value, const rules::Schema& schema);
// Nothing for bytes that encode_value did not write, or that name what the schema does not have.
std::optional<rules::Value> decode_value(std::string_view bytes, const rules::Schema& schema);

// The durable form names a record's type by its place in the schema that it was written with. The
// type of what holds the value says which one it is now.
rules::Value with_record_types(const rules::Value& value, const rules::Type& type,
                               const rules::Schema& schema);

}  // namespace pawl::engine
