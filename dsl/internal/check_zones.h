#pragma once

#include <optional>

#include "dsl/internal/check_context.h"
#include "dsl/internal/check_scope.h"

// Fields that name a time zone: what a rulebook itself writes into one must be a zone. What comes
// from outside is told by the engine, in the turn that sets it.

namespace pawl::dsl::internal {

// `in account.timezone`: what a guard reads its zone from, by way of a `let` or not.
void note_zone_source(Context& context, Scope& scope, ExpressionIndex zone);

// A value that is given to a field of an entity: a text, or what Scope::written_text finds behind
// it.
void note_zone_text(Context& context, Scope& scope, EntityIndex entity, FieldIndex field,
                    ExpressionIndex value);

// The text is told where it is written when it names no zone; answers whether the value is such a
// text at all.
bool check_zone_text(Context& context, Scope& scope, ExpressionIndex value);

// When all is checked: a text written into such a field is no zone.
void tell_unknown_zones(Context& context);

}  // namespace pawl::dsl::internal
