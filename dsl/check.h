#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "dsl/checked.h"
#include "dsl/tree.h"

namespace pawl::dsl {

// Resolves names, finds types, and reports every mistake of the rulebook, root causes only: what
// hangs on a mistake already told is silent. The result is fit for the compiler only when no error
// was reported.
Checked check(const Tree& tree, const SourceSet& sources, std::vector<Diagnostic>& diagnostics);

}  // namespace pawl::dsl
