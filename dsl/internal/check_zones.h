#pragma once

#include "dsl/internal/check_context.h"

// Fields that name a time zone: what a rulebook itself writes into one must be a zone. What comes
// from outside is told by the engine, in the turn that sets it.

namespace pawl::dsl::internal {

// `in account.timezone`: what a guard reads its zone from.
void note_zone_source(Context& context, ExpressionIndex zone);

// A value that is given to a field of an entity.
void note_zone_text(Context& context, EntityIndex entity, FieldIndex field, ExpressionIndex value);

// When all is checked: a text written into such a field is no zone.
void tell_unknown_zones(Context& context);

}  // namespace pawl::dsl::internal
