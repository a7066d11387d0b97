#include "dsl/internal/check_rules.h"

// Journeys parse, their names are known to the rest, and they are refused: this version cannot run
// them yet.

namespace pawl::dsl::internal {

void check_journey(Context& context, const JourneyDeclaration& journey) {
    if (!journey.of.empty()) {
        const Named* entity = context.lookup(Space::entity, journey.of);
        if (entity == nullptr) return;
        context.bind(journey.of, BindingKind::entity, entity->index);
    }
    context.report(DiagnosticCode::journey_not_yet, journey.name.span,
                   "the journey " + quoted(journey.name.text) +
                       " is a timetable, which this version cannot run yet");
}

}  // namespace pawl::dsl::internal
