#pragma once

#include "rules/event_reader.h"

namespace pawl::rules::internal {

// Reads slot.text, which begins with a digit or a minus, as a JSON number; false when it is none.
// A number beyond every double becomes infinite and is refused where its value is asked for.
bool read_number(Slot& slot);

}  // namespace pawl::rules::internal
