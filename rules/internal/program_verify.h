#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/program.h"

// The verifier's two halves: the tables, which tell where code is entered, and the code itself.

namespace pawl::rules {

// What an entry is for, and so what may stand in its code and what it leaves.
enum class Purpose : std::uint8_t {
    conditions,  // expressions, require, exclude; ends with conditions_end
    value,       // expressions; leaves one value
    list,        // likewise; the value is a list made last, of `list_size` items
    body,        // statements; leaves nothing
    flow,        // statements, may return a value
    step,        // statements of a test's step: none that waits or stops
    plan,        // expressions and the steps of a journey; leaves nothing
};

struct Entry {
    UnitIndex unit = 0;
    std::uint32_t instruction = 0;
    Purpose purpose = Purpose::value;
    std::uint32_t list_size = 0;
};

// Looks at everything but code. Empty when all is well; `entries` are then those of all units,
// ascending by unit.
std::string verify_tables(const Program& program, std::vector<Entry>& entries);

// Looks at the code of all units, whose tables are sound. `heights` gets the greatest stack height
// of each. Empty when all is well.
std::string verify_code(const Program& program, const std::vector<Entry>& entries,
                        std::vector<std::uint32_t>& heights);

bool is_currency(Currency currency);
// Empty when the value can be in a program.
std::string verify_value(const Value& value, const Schema& schema);

}  // namespace pawl::rules
