#pragma once

#include <compare>
#include <string>
#include <vector>

#include "base/diagnostic.h"

// One mistake that shows in many places is told once: a declaration that was renamed, and every
// place that uses the old name; a field that became required, and every record made without it.

namespace pawl::dsl::internal {

class Context;

enum class CauseKind : std::uint8_t {
    name,    // of a Space; first: the space
    local,   // first: the UnitIndex
    field,   // first: the kind of its owner, second: its index
    option,  // first: the choice
    absent,  // of a record that is made; first and second as of field
    due,     // a value that may be missing where one is due; first: file, second: place
};

struct Cause {
    CauseKind kind = CauseKind::name;
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    std::string name;
    friend auto operator<=>(const Cause&, const Cause&) = default;
};

struct Grouped {
    Cause cause;
    Diagnostic diagnostic;
    Span declared;  // where the field is declared that is due
    bool has_declared = false;
    bool may_be_group = false;  // an unknown recipient
    std::string declared_note;  // "`order.title` is declared here"
};

// Reports what was collected, each cause once. A name used in several places that is near to a
// declaration which nothing uses is told at the declaration.
void tell_grouped(Context& context);

}  // namespace pawl::dsl::internal
