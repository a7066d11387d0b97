#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "dsl/checked.h"
#include "dsl/tree.h"
#include "rules/program.h"

namespace pawl::dsl {

// A checked tree as a program: code, trigger atoms, hashes. The checker refused what could not be
// compiled; only a declaration too large for the tables of a unit is found here, and the program
// is then unfit.
rules::Program generate(const Tree& tree, Checked checked, const SourceSet& sources,
                        std::vector<Diagnostic>& diagnostics);

}  // namespace pawl::dsl
