#include <algorithm>

#include "dsl/internal/check_rules.h"
#include "dsl/internal/check_walk.h"

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

void Triggers::watch_path(ExpressionIndex index, const std::string& record, rules::Trigger& made) {
    std::vector<const Member*> members;
    ExpressionIndex at = index;
    while (const auto* member = std::get_if<Member>(&context_.tree.at(at).form)) {
        members.push_back(member);
        at = member->base;
    }
    const auto* use = std::get_if<NameUse>(&context_.tree.at(at).form);
    if (use == nullptr || use->name.text != record) return;
    const auto field_at = [&](std::size_t from_base) {
        const Name& name = members[members.size() - 1 - from_base]->name;
        const auto found = context_.checked.names.find(name.span);
        return found == context_.checked.names.end() ? FieldIndex{0}
                                                     : static_cast<FieldIndex>(found->second.index);
    };
    if (members.size() > 2) {
        context_.report(DiagnosticCode::whenever_reads_beyond, context_.tree.at(index).span,
                        "`whenever` watches the fields of " + quoted(record) +
                            " and of what it refers to directly, and this goes further",
                        std::string(mend));
        return;
    }
    if (members.empty()) return;
    made.watched.push_back(field_at(0));
    if (members.size() == 2) made.watched_through.emplace_back(field_at(0), field_at(1));
}

void Triggers::watch_fields(const WheneverTrigger& whenever, const std::string& record,
                            rules::Trigger& made) {
    std::vector<ExpressionIndex> open{whenever.condition};
    while (!open.empty()) {
        const ExpressionIndex index = open.back();
        open.pop_back();
        const auto& form = context_.tree.at(index).form;
        if (std::holds_alternative<Member>(form)) {
            watch_path(index, record, made);
            continue;
        }
        const auto* call = std::get_if<CallExpression>(&form);
        const Binding binding = context_.info(index).binding;
        if (call != nullptr && binding.kind == BindingKind::define) {
            const DefineInfo& define = context_.defines[binding.index];
            const bool takes_record = std::any_of(
                define.parameters.begin(), define.parameters.end(), [&](const auto& parameter) {
                    return context_.type(parameter.type).kind == TypeKind::reference;
                });
            if (define.reads_beyond || takes_record)
                context_.report(
                    DiagnosticCode::whenever_reads_beyond, call->callee.span,
                    quoted(call->callee.text) + " reads more than the fields of " + quoted(record),
                    std::string(mend));
        }
        if (std::holds_alternative<QueryExpression>(form)) continue;
        for_each_child(context_.tree, index, [&](ExpressionIndex child) { open.push_back(child); });
    }
    const auto tidy = [](auto& list) {
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
    };
    tidy(made.watched);
    tidy(made.watched_through);
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
    ReadWatch watch;
    watch.on_query = [&](Span place, std::string_view what) {
        context_.report(DiagnosticCode::whenever_reads_beyond, place,
                        "`whenever` looks again when a field of " + quoted(entity->text) +
                            " changes, and " + std::string(what) + " changes without one",
                        std::string(mend));
    };
    expressions_.watch = &watch;
    expressions_.condition(whenever.condition, Expressions::Unknown::quiet);
    expressions_.watch = nullptr;
    scope.leave(mark);
    if (named != nullptr) watch_fields(whenever, entity->text, made);
}

}  // namespace pawl::dsl::internal
