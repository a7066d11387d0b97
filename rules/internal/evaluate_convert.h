#pragma once

#include "rules/program.h"
#include "rules/records.h"

// `convert` and `cast`: from one kind of value to another, missing where it does not fit.

namespace pawl::rules::internal {

// Within the language: a whole number to a number, a number to money, a text to an address.
Value convert_value(const Value& value, TypeIndex type, const Program& program);

// `as`: a part of JSON to a type; a text to a reference by the record's id.
Value cast_value(const Value& value, TypeIndex type, const Program& program, Records& records);

// The record of that id, by an index of the store.
std::optional<RecordKey> find_record(Records& records, EntityIndex entity, std::string_view id);

}  // namespace pawl::rules::internal
