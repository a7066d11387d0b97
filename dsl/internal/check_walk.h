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

// A call, alone or as the value of a `let`; or null.
const CallForm* call_of(const Statement& statement);
// Likewise of a flow that is waited for.
const RunForm* run_of(const Statement& statement);
// `wait`, `wait until`, `wait for`, `ask`.
bool is_wait(const Statement& statement);
// Whether one of the block's statements makes the run stand still, or runs a flow.
bool goes_away(const Tree& tree, const Block& block);
// `retry` belongs to what stands before it where that is a call or a send.
bool takes_retry(const Statement& statement);
// What says how often the `try` with this body is tried again as a whole; or null.
const RetryClause* try_retry(const Tree& tree, const Block& body);

// Whether a name stands for itself anywhere in the expression.
bool uses_name(const Tree& tree, ExpressionIndex root, std::string_view name);

}  // namespace pawl::dsl::internal
