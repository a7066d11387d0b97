#pragma once

#include "engine/internal/context.h"
#include "engine/internal/layer.h"

// Timers are no part of an exported state: those that marks speak of are made from them.

namespace pawl::engine {

// The timer of a mark that a guard holds or a pattern waits with; nothing for other marks.
void restore_timer(Context& context, Layer& layer, const MarkWrite& mark);

}  // namespace pawl::engine
