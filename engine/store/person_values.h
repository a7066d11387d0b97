#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "engine/store/sqlite_store.h"
#include "rules/program.h"
#include "rules/value.h"

// By what a person is known, to find it in texts and to put something in its place.

namespace pawl::engine {

// Whether a field's value is text, or holds any: what is blanked of the person's own record.
bool is_blanked(const rules::Schema& schema, rules::TypeIndex type);

// What stands for a value of an own field afterwards: missing where that may be, else what its type
// takes. `key` is the record's: blanks of unique fields differ by it.
rules::Value blank_value(const rules::Value& value, rules::TypeIndex type,
                         const rules::Program& program, rules::RecordKey key);

class PersonValues {
 public:
    // What the erasure collected; outlives this.
    explicit PersonValues(const Erasure& erasure) : erasure_(erasure) {}

    // Notes a value of one of the record's own fields. Of e-mail, phone and URL fields and of the
    // person's name those that are long enough to be looked for.
    static void collect(Erasure& erasure, rules::FieldIndex field, const rules::Value& value,
                        const rules::Program& program);

    // Says any of them. Whole words: "Asha" is not in "Ashanti". Addresses are the same in either
    // case, phone numbers however they are written.
    bool are_in(std::string_view text) const;
    // Texts and numbers within it.
    bool are_in(const Json& json) const;
    bool are_in(const rules::Value& value) const;
    // JSON text: decoded first.
    bool are_in_json(std::string_view text) const;

    // The value with every text that says any of them blanked, or blanked where it says them;
    // nothing when none does.
    enum class Extent : std::uint8_t { text, mention };
    std::optional<rules::Value> without(const rules::Value& value, Extent extent) const;

 private:
    struct Place {
        std::size_t begin = 0, end = 0;
    };
    std::optional<Place> find_in(std::string_view text) const;
    std::optional<Place> find_phone(std::string_view text) const;
    std::string blanked(std::string_view text, Extent extent) const;
    Json blanked(const Json& json, Extent extent) const;

    const Erasure& erasure_;
};

}  // namespace pawl::engine
