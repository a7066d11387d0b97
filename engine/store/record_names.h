#pragma once

#include <string>
#include <string_view>

#include "rules/schema.h"
#include "rules/value.h"

// A record or event has its values by position, and fields are moved, put in and taken out while
// runs wait that hold one. So what lasts has the names of what it has beside it.

namespace pawl::engine {

inline rules::Type type_of_event(rules::EventIndex event) {
    return {rules::TypeKind::event, false, event};
}

// In the order of the values, with a space between; one that is missing has none. Empty: the value
// is no record or event, or the type is of none.
std::string names_of(const rules::Value& value, const rules::Type& type,
                     const rules::Schema& schema);

// With each field at the place that it has in this rulebook; one that is there no more is gone. As
// it is where there are no names.
rules::Value with_places(const rules::Value& value, std::string_view names, const rules::Type& type,
                         const rules::Schema& schema);

}  // namespace pawl::engine
