#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "rules/schema.h"
#include "rules/value.h"

// Small durable states as JSON objects: what a guard or a pattern keeps in a mark. What is empty or
// zero is left out; what is read and is not there is empty.

namespace pawl::engine {

class StateWriter {
 public:
    explicit StateWriter(const rules::Schema& schema) : schema_(schema) { json_.begin_object(); }

    void number(std::string_view name, std::int64_t value);
    void flag(std::string_view name, bool value) { number(name, value ? 1 : 0); }
    void instant(std::string_view name, std::optional<Instant> value);
    void text(std::string_view name, std::string_view value);
    void value(std::string_view name, const rules::Value& value);
    void values(std::string_view name, const std::vector<rules::Value>& values);
    // Of that type each; of an event or record the names of its fields stand beside it.
    void record(const std::string& name, const rules::Value& value, const rules::Type& type);
    void records(const std::string& name, const std::vector<rules::Value>& values,
                 const rules::Type& type);
    // What is JSON already.
    void raw(std::string_view name, std::string_view json);
    std::string take();

 private:
    const rules::Schema& schema_;
    JsonWriter json_;
};

class StateReader {
 public:
    // Of a text that is no object everything is empty, and is_good is false.
    StateReader(std::string_view text, const rules::Schema& schema);

    std::int64_t number(std::string_view name);
    bool flag(std::string_view name) { return number(name) != 0; }
    std::optional<Instant> instant(std::string_view name);
    std::string text(std::string_view name);
    rules::Value value(std::string_view name);
    std::vector<rules::Value> values(std::string_view name);
    // With each field where it is in this schema.
    rules::Value record(const std::string& name, const rules::Type& type);
    std::vector<rules::Value> records(const std::string& name, const rules::Type& type);
    // The JSON that stands there; empty: none.
    std::string raw(std::string_view name);
    // False once something was found that StateWriter does not write, or that names what the schema
    // does not have any more.
    bool is_good() const { return is_good_; }

 private:
    rules::Value decoded(const Json& json);

    const rules::Schema& schema_;
    Json json_;
    bool is_good_ = true;
};

}  // namespace pawl::engine
