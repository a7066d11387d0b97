#pragma once

#include <functional>
#include <string_view>

#include "dsl/tree.h"

// Ways through the tree that need no types.

namespace pawl::dsl::internal {

// Every expression directly inside one; none of them twice. Absent ones are left out.
void for_each_child(const Tree& tree, ExpressionIndex index,
                    const std::function<void(ExpressionIndex)>& visit);

// Every expression directly in a statement, and every block directly in it.
void for_each_expression(const Statement& statement,
                         const std::function<void(ExpressionIndex)>& visit);
void for_each_block(const Statement& statement, const std::function<void(const Block&)>& visit);

// Every statement of a block and of the blocks inside it, in the order written.
void for_each_statement(const Tree& tree, const Block& block,
                        const std::function<void(StatementIndex)>& visit);

// Whether a name stands for itself anywhere in the expression.
bool uses_name(const Tree& tree, ExpressionIndex root, std::string_view name);

}  // namespace pawl::dsl::internal
