#include <algorithm>
#include <map>
#include <set>

#include "base/suggest.h"
#include "dsl/internal/check_logic.h"

namespace pawl::dsl::internal {

namespace {

using Place = std::pair<EntityIndex, FieldIndex>;

// What the rulebook does with one status field.
struct Use {
    std::set<std::string> set_to;
    bool is_set_freely = false;  // to a value that is worked out
};

const rules::ChoiceType& choice_of(Context& context, const rules::StateMachine& machine) {
    const auto& field = context.schema().entities[machine.entity].fields[machine.field];
    return context.schema().choices[context.type(field.type).index];
}

std::string field_name(Context& context, const rules::StateMachine& machine) {
    const rules::Entity& entity = context.schema().entities[machine.entity];
    return entity.name + "." + entity.fields[machine.field].name;
}

std::uint16_t option_of(const rules::ChoiceType& choice, const std::string& name) {
    const auto found = std::find(choice.options.begin(), choice.options.end(), name);
    return static_cast<std::uint16_t>(found - choice.options.begin());
}

bool has(const std::vector<std::uint16_t>& options, std::uint16_t wanted) {
    return std::binary_search(options.begin(), options.end(), wanted);
}

std::vector<std::string> arrows_from(const rules::StateMachine& machine,
                                     const rules::ChoiceType& choice, std::uint16_t from) {
    std::set<std::uint16_t> targets;
    for (const rules::Transition& arrow : machine.transitions)
        if (has(arrow.from, from)) targets.insert(arrow.to.begin(), arrow.to.end());
    targets.erase(from);
    std::vector<std::string> names;
    for (const std::uint16_t target : targets) names.push_back(choice.options[target]);
    return names;
}

std::vector<std::string> arrows_to(const rules::StateMachine& machine,
                                   const rules::ChoiceType& choice, std::uint16_t to) {
    std::set<std::uint16_t> sources;
    for (const rules::Transition& arrow : machine.transitions)
        if (has(arrow.to, to)) sources.insert(arrow.from.begin(), arrow.from.end());
    sources.erase(to);
    std::vector<std::string> names;
    for (const std::uint16_t source : sources) names.push_back(choice.options[source]);
    return names;
}

void check_change(Context& context, const rules::StateMachine& machine, const Effect& effect) {
    const rules::ChoiceType& choice = choice_of(context, machine);
    const std::uint16_t to = option_of(choice, effect.constant);
    if (to >= choice.options.size()) return;
    const std::string field = quoted(field_name(context, machine));
    const std::vector<std::string> sources = arrows_to(machine, choice, to);
    if (sources.empty()) {
        context.report(DiagnosticCode::transition_not_listed, effect.span,
                       "no arrow of " + field + " leads to " + quoted(effect.constant),
                       "add one to its `states`, as in `… -> " + effect.constant + "`");
        return;
    }
    if (effect.from.empty() || effect.from == effect.constant) return;
    const std::uint16_t from = option_of(choice, effect.from);
    if (from >= choice.options.size()) return;
    const std::vector<std::string> targets = arrows_from(machine, choice, from);
    if (std::find(targets.begin(), targets.end(), effect.constant) != targets.end()) return;
    const std::string leads = targets.empty() ? "no arrow leads out of " + quoted(effect.from)
                                              : "from " + quoted(effect.from) +
                                                    " the arrows lead to " + list_names(targets);
    context.report(DiagnosticCode::transition_not_listed, effect.span,
                   field + " is " + quoted(effect.from) + " here and cannot become " +
                       quoted(effect.constant) + ": " + leads,
                   "add `" + effect.from + " -> " + effect.constant + "` to its `states`");
}

// Statuses whose arrows are for rules only, and no rule takes any of them.
void check_left(Context& context, const StatesDeclaration& form, const rules::StateMachine& machine,
                const Use& use) {
    const rules::ChoiceType& choice = choice_of(context, machine);
    if (use.is_set_freely) return;
    std::set<std::string> told;
    for (const TransitionForm& written : form.transitions) {
        for (const Name& from : written.from) {
            if (from.text == "any" || !told.insert(from.text).second) continue;
            const std::uint16_t option = option_of(choice, from.text);
            bool is_left = false;
            for (const rules::Transition& arrow : machine.transitions) {
                if (!has(arrow.from, option)) continue;
                const bool is_taken =
                    std::any_of(arrow.to.begin(), arrow.to.end(), [&](std::uint16_t to) {
                        return to != option && use.set_to.contains(choice.options[to]);
                    });
                is_left = is_left || !arrow.by.empty() || is_taken;
            }
            if (is_left) continue;
            const std::vector<std::string> targets = arrows_from(machine, choice, option);
            context.report(DiagnosticCode::status_never_left, from.span,
                           "nobody leaves " + quoted(from.text) +
                               ": its arrows name no role, and no rule sets " +
                               quoted(field_name(context, machine)) + " to " + list_names(targets),
                           "let people take the arrow with `by …`, or write the rule");
        }
    }
}

void check_reached(Context& context, const rules::StateMachine& machine, const Use& use,
                   const std::vector<Name>& options) {
    const rules::ChoiceType& choice = choice_of(context, machine);
    for (const Name& name : options) {
        const std::uint16_t option = option_of(choice, name.text);
        const bool begins = machine.start && *machine.start == option;
        if (begins || use.set_to.contains(name.text)) continue;
        if (!arrows_to(machine, choice, option).empty()) continue;
        context.report(DiagnosticCode::status_never_reached, name.span,
                       "no arrow of " + quoted(field_name(context, machine)) + " leads to " +
                           quoted(name.text),
                       "add one to its `states`, or remove the status");
    }
}

std::map<Place, Use> collect_uses(Context& context) {
    std::map<Place, Use> uses;
    for (std::size_t unit = 0; unit < context.effects.size(); ++unit) {
        if (context.checked.units[unit].kind == rules::UnitKind::test) continue;
        for (const Effect& effect : context.effects[unit].effects) {
            if (effect.kind != EffectKind::set && effect.kind != EffectKind::give) continue;
            Use& use = uses[{effect.entity, effect.field}];
            if (effect.constant.empty())
                use.is_set_freely = true;
            else
                use.set_to.insert(effect.constant);
        }
    }
    return uses;
}

}  // namespace

void check_transitions(Context& context) {
    std::map<Place, const rules::StateMachine*> machines;
    for (const rules::StateMachine& machine : context.schema().states)
        if (!context.damaged_states.contains({machine.entity, machine.field}))
            machines[{machine.entity, machine.field}] = &machine;
    for (std::size_t unit = 0; unit < context.effects.size(); ++unit) {
        if (context.checked.units[unit].kind == rules::UnitKind::test) continue;
        for (const Effect& effect : context.effects[unit].effects) {
            if (effect.kind != EffectKind::set || effect.constant.empty()) continue;
            const auto machine = machines.find({effect.entity, effect.field});
            if (machine != machines.end()) check_change(context, *machine->second, effect);
        }
    }
    std::map<Place, Use> uses = collect_uses(context);
    std::map<std::string, std::pair<Place, const rules::StateMachine*>> by_name;
    for (const auto& [place, machine] : machines)
        by_name[field_name(context, *machine)] = {place, machine};
    for (const Declaration& declaration : context.tree.declarations) {
        if (const auto* states = std::get_if<StatesDeclaration>(&declaration.form)) {
            const auto found = by_name.find(states->entity.text + "." + states->field.text);
            if (found == by_name.end()) continue;
            check_left(context, *states, *found->second.second, uses[found->second.first]);
        }
        const auto* entity = std::get_if<EntityDeclaration>(&declaration.form);
        if (entity == nullptr) continue;
        for (const FieldForm& field : entity->fields) {
            const auto found = by_name.find(entity->name.text + "." + field.name.text);
            if (found == by_name.end() || field.type.kind != TypeFormKind::choice) continue;
            check_reached(context, *found->second.second, uses[found->second.first],
                          field.type.options);
        }
    }
}

}  // namespace pawl::dsl::internal
