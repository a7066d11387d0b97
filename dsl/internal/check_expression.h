#pragma once

#include <span>
#include <vector>

#include "dsl/checked.h"
#include "dsl/compile.h"

namespace pawl::dsl::internal {

// Checks one expression by itself, over names of given types, as the body of a define that is
// added to the tree.
Checked check_expression_alone(Tree& tree, ExpressionIndex expression, const SourceSet& sources,
                               std::span<const ExpressionName> names,
                               std::vector<Diagnostic>& diagnostics);

}  // namespace pawl::dsl::internal
