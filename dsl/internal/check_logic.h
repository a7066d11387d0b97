#pragma once

#include "dsl/internal/check_context.h"

// What is found by looking at all rules together, once each of them is right by itself.

namespace pawl::dsl::internal {

// Status changes that no arrow allows; statuses that nothing leads to or out of.
void check_transitions(Context& context);

// Conditions of a rule that exclude each other.
void check_conditions(Context& context);

// Flows that run themselves, rules that set each other off for ever, rules that disagree.
void check_flows(Context& context);
void check_loops(Context& context);
void check_disagreements(Context& context);

// Calls that cost money and that nothing keeps from being made twice.
void check_paid_calls(Context& context);

// Declarations that nobody uses.
void check_unused(Context& context);

void check_logic(Context& context);

}  // namespace pawl::dsl::internal
