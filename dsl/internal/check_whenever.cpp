#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_walk.h"
#include "dsl/internal/check_watched.h"

// `whenever`: a condition over one record and what it refers to directly (meaning.md 18).

namespace pawl::dsl::internal {

namespace {

constexpr std::string_view mend =
    "hang the rule on a date, as in `when 1h after order.due_at`, or look by the clock: `every day "
    "at 09:00 for each …`";

}  // namespace

// The first name in the condition that is an entity: the record watched.
std::optional<Name> Triggers::whenever_entity(const WheneverTrigger& whenever) {
    std::vector<ExpressionIndex> open{whenever.condition};
    std::optional<Name> found;
    while (!open.empty()) {
        const ExpressionIndex index = open.back();
        open.pop_back();
        if (const auto* use = std::get_if<NameUse>(&context_.tree.at(index).form)) {
            const bool is_earlier = !found || use->name.span.begin < found->span.begin;
            if (is_earlier && context_.space(Space::entity).find(use->name.text) != nullptr)
                found = use->name;
        }
        // A query is told about later; its source is no record to watch.
        if (std::holds_alternative<QueryExpression>(context_.tree.at(index).form)) continue;
        for_each_child(context_.tree, index, [&](ExpressionIndex child) { open.push_back(child); });
    }
    return found;
}

void Triggers::form(const WheneverTrigger& whenever, const Trigger& trigger, rules::Trigger& made) {
    made.kind = rules::TriggerKind::whenever;
    const auto entity = whenever_entity(whenever);
    const Span span = context_.tree.at(whenever.condition).span;
    if (!entity) {
        const std::size_t told = context_.told_count();
        expressions_.check(whenever.condition);
        if (context_.told_count() == told)
            context_.report(DiagnosticCode::whenever_reads_beyond, span,
                            "`whenever` watches the fields of one record, and here is none",
                            "name an entity's field, as in `account.health_score < 60`");
        return;
    }
    const Named* named = context_.lookup(Space::entity, *entity);
    Type type;
    if (named != nullptr) {
        made.entity = static_cast<EntityIndex>(named->index);
        type = {TypeKind::reference, false, made.entity};
    }
    const Name name = trigger.as.empty() ? *entity : trigger.as;
    bind(name, type);
    // The record goes by its entity's name inside the condition.
    Scope& scope = expressions_.scope();
    const Scope::Mark mark = scope.enter();
    const std::uint16_t slot = slot_for(name.text, type);
    scope.show({entity->text, type, slot, entity->span, LocalOrigin::trigger, true});
    const Watched watched{"`whenever`", entity->text, std::string(mend)};
    ReadWatch watch;
    watch.on_query = [&](Span place, std::string_view what) {
        report_unwatched(context_, watched, place, what);
    };
    expressions_.watch = &watch;
    expressions_.condition(whenever.condition, Expressions::Unknown::quiet);
    expressions_.watch = nullptr;
    scope.leave(mark);
    if (named != nullptr)
        collect_watched(context_, watched, whenever.condition, made.watched, made.watched_through);
}

}  // namespace pawl::dsl::internal
