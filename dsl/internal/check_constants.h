#pragma once

#include <optional>
#include <string>

#include "dsl/internal/check_context.h"

// Values that must be known before anything runs: defaults, settings, samples, thresholds.

namespace pawl::dsl::internal {

// The type a constant has of itself; kind none for what is no constant.
Type constant_type(Context& context, ExpressionIndex expression);

// The value of a literal, a text without expressions, an option of `wanted`, a minus before a
// number, or a list of these. `what` names the place in messages ("the default of `title`").
// `wanted` of kind none takes the constant's own type. Nothing after a mistake, which is reported.
std::optional<rules::Value> constant_value(Context& context, ExpressionIndex expression,
                                           Type wanted, const std::string& what);

// Whether the expression is a literal, a text without expressions, or a minus before a number.
bool is_constant(const Tree& tree, ExpressionIndex expression);

// Checks the literal against what is due there and reports what cannot be held, the missing
// currency and the missing zone, the last two once.
std::optional<rules::Value> checked_literal(Context& context, const Literal& literal, Span span,
                                            TypeKind wanted);

// Says once that no time zone is in force. True when one is.
bool require_zone(Context& context, Span span, std::string_view what);

// "`title` takes text, and this is an int"
void report_mismatch(Context& context, Span span, const std::string& what, Type have, Type wanted,
                     std::string hint = {});

}  // namespace pawl::dsl::internal
