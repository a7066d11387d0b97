#pragma once

#include <string>
#include <string_view>

#include "rules/schema.h"
#include "rules/value.h"

// A record or event has its values by position, and fields are moved, put in and taken out while
// runs wait that hold one. So what lasts has the names of what it has beside it. Not so yet:
// records inside records, whose values stay where they stood.

namespace pawl::engine {

inline rules::Type type_of_event(rules::EventIndex event) {
    return {rules::TypeKind::event, false, event};
}

// Of the type's fields, or of those of a list's elements, in their order, with a space between.
// Empty: it is no record or event.
std::string field_names(const rules::Type& type, const rules::Schema& schema);

// The same for this value: one that is missing in a record has no name.
std::string names_of(const rules::Value& value, const rules::Type& type,
                     const rules::Schema& schema);

// With each field at the place that it has in this rulebook; one that is there no more is gone. As
// it is where there are no names.
rules::Value with_places(const rules::Value& value, std::string_view names, const rules::Type& type,
                         const rules::Schema& schema);

}  // namespace pawl::engine
