#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "dsl/internal/check_logic.h"

// Rules that set each other off for ever, and rules that disagree. Only what is certain is told: a
// rule counts when it runs whenever its trigger fires, and a statement when it runs whenever its
// rule does.

namespace pawl::dsl::internal {

namespace {

const RuleDeclaration& form_of(const Context& context, const rules::Rule& rule) {
    const auto declaration = context.checked.units[rule.unit].declaration;
    return std::get<RuleDeclaration>(context.tree.declarations[declaration].form);
}

bool runs_always(const Context& context, const rules::Rule& rule) {
    if (rule.mode != rules::RuleMode::live) return false;
    const RuleDeclaration& form = form_of(context, rule);
    const bool has_condition =
        std::any_of(form.clauses.begin(), form.clauses.end(),
                    [](const RuleClause& clause) { return clause.kind != ClauseKind::let; });
    return !has_condition && form.guards.empty();
}

std::string field_name(const Context& context, EntityIndex entity, FieldIndex field) {
    const auto& owner = context.checked.program.schema.entities[entity];
    return owner.name + "." + owner.fields[field].name;
}

// As it is written; empty where that is not clear.
std::string value_text(const rules::Value& value) {
    switch (value.kind()) {
        case rules::Kind::choice:
        case rules::Kind::text: return std::string(value.as_text());
        case rules::Kind::integer: return std::to_string(value.as_integer());
        case rules::Kind::boolean: return value.as_boolean() ? "true" : "false";
        default: return {};
    }
}

// What a rule does that fires others, as the key that triggers are found by.
struct Firing {
    std::string key;
    const Effect* effect = nullptr;
};

std::string key(std::string_view kind, std::uint32_t first, std::uint32_t second = 0,
                std::string_view value = {}) {
    return std::string(kind) + ":" + std::to_string(first) + ":" + std::to_string(second) + ":" +
           std::string(value);
}

class RuleGraph {
 public:
    explicit RuleGraph(Context& context) : context_(context) {
        for (std::uint32_t i = 0; i < rules().size(); ++i)
            if (runs_always(context, rules()[i])) add_rule(i);
    }

    void check() {
        for (const auto& [rule, firings] : firings_) {
            if (told_.contains(rule)) continue;
            if (const auto ring = find_ring(rule); !ring.empty()) tell(ring);
        }
    }

 private:
    struct Step {
        std::uint32_t rule = 0;
        const Effect* effect = nullptr;  // which fires the next one
    };

    const std::vector<rules::Rule>& rules() const { return context_.checked.program.rules; }

    void add_rule(std::uint32_t index) {
        const rules::Rule& rule = rules()[index];
        for (const rules::Trigger& trigger : rule.triggers)
            for (const std::string& each : trigger_keys(trigger)) listeners_[each].push_back(index);
        std::vector<Firing> firings;
        for (const Effect& effect : context_.effects[rule.unit].effects)
            if (effect.always) add_firings(rule, effect, firings);
        if (!firings.empty()) firings_.emplace(index, std::move(firings));
    }

    static std::vector<std::string> trigger_keys(const rules::Trigger& trigger) {
        switch (trigger.kind) {
            case rules::TriggerKind::event: return {key("event", trigger.event)};
            case rules::TriggerKind::created: return {key("created", trigger.entity)};
            case rules::TriggerKind::updated: return {key("updated", trigger.entity)};
            case rules::TriggerKind::becomes:
                if (value_text(trigger.value).empty()) return {};
                return {key("becomes", trigger.entity, trigger.field, value_text(trigger.value))};
            case rules::TriggerKind::changes:
                if (trigger.from.is_missing() && trigger.value.is_missing())
                    return {key("changes", trigger.entity, trigger.field)};
                if (trigger.from.is_missing())
                    return {
                        key("becomes", trigger.entity, trigger.field, value_text(trigger.value))};
                return {};
            default: return {};
        }
    }

    // The record that set the rule off, and no other.
    static bool is_own_record(const rules::Rule& rule, const Effect& effect) {
        return std::all_of(rule.triggers.begin(), rule.triggers.end(), [&](const auto& trigger) {
            return trigger.record_local && effect.path == std::to_string(*trigger.record_local);
        });
    }

    static void add_firings(const rules::Rule& rule, const Effect& effect,
                            std::vector<Firing>& firings) {
        if (effect.kind == EffectKind::emit)
            firings.push_back({key("event", effect.event), &effect});
        if (effect.kind == EffectKind::create)
            firings.push_back({key("created", effect.entity), &effect});
        if (effect.kind != EffectKind::set || !is_own_record(rule, effect)) return;
        if (effect.is_step) {
            firings.push_back({key("changes", effect.entity, effect.field), &effect});
            firings.push_back({key("updated", effect.entity), &effect});
        }
        if (!effect.constant.empty())
            firings.push_back(
                {key("becomes", effect.entity, effect.field, plain_text(effect.constant)),
                 &effect});
    }

    static std::string plain_text(const std::string& written) {
        if (written.size() >= 2 && written.front() == '"')
            return written.substr(1, written.size() - 2);
        return written;
    }

    // The shortest way from the rule back to itself.
    std::vector<Step> find_ring(std::uint32_t start) {
        std::unordered_map<std::uint32_t, Step> came_from;
        std::deque<std::uint32_t> open{start};
        std::set<std::string> asked;
        while (!open.empty()) {
            const std::uint32_t rule = open.front();
            open.pop_front();
            const auto firings = firings_.find(rule);
            if (firings == firings_.end()) continue;
            for (const Firing& firing : firings->second) {
                if (!asked.insert(firing.key).second) continue;
                const auto listeners = listeners_.find(firing.key);
                if (listeners == listeners_.end()) continue;
                for (const std::uint32_t next : listeners->second) {
                    if (!came_from.emplace(next, Step{rule, firing.effect}).second) continue;
                    if (next == start) return ring_of(came_from, start);
                    open.push_back(next);
                }
            }
            if (asked.size() > ring_keys_max) return {};
        }
        return {};
    }

    static std::vector<Step> ring_of(const std::unordered_map<std::uint32_t, Step>& came_from,
                                     std::uint32_t start) {
        std::vector<Step> ring;
        std::uint32_t at = start;
        do {
            ring.push_back(came_from.at(at));
            at = ring.back().rule;
        } while (at != start);
        std::reverse(ring.begin(), ring.end());
        return moves(ring) ? ring : std::vector<Step>{};
    }

    // A field that is only ever set to one value changes once: then the ring comes to rest.
    static bool moves(const std::vector<Step>& ring) {
        std::map<std::pair<EntityIndex, FieldIndex>, std::set<std::string>> values;
        for (const Step& step : ring)
            if (step.effect->kind == EffectKind::set && !step.effect->is_step)
                values[{step.effect->entity, step.effect->field}].insert(step.effect->constant);
        return std::all_of(values.begin(), values.end(),
                           [](const auto& entry) { return entry.second.size() > 1; });
    }

    std::string deed(const Effect& effect) const {
        const auto& schema = context_.checked.program.schema;
        switch (effect.kind) {
            case EffectKind::emit: return "emits " + quoted(schema.events[effect.event].name);
            case EffectKind::create:
                return "creates a record of " + quoted(schema.entities[effect.entity].name);
            default: break;
        }
        const std::string field = quoted(field_name(context_, effect.entity, effect.field));
        return effect.is_step ? "changes " + field
                              : "sets " + field + " to " + quoted(effect.constant);
    }

    void tell(const std::vector<Step>& ring) {
        std::string story;
        std::vector<Label> labels;
        for (std::size_t i = 0; i < ring.size(); ++i) {
            const std::string& id = rules()[ring[i].rule].id;
            const std::string& next = rules()[ring[(i + 1) % ring.size()].rule].id;
            told_.insert(ring[i].rule);
            const bool is_self = ring.size() == 1;
            story += (i == 0 ? quoted(id) + " " : ", which ") + deed(*ring[i].effect) +
                     ", which fires " + (is_self ? "it again" : quoted(next));
            if (i > 0)
                labels.push_back(
                    {ring[i].effect->span, quoted(id) + " " + deed(*ring[i].effect) + " here"});
        }
        context_.report(DiagnosticCode::endless_rules, ring.front().effect->span,
                        story + ", and so on for ever",
                        ring.size() == 1
                            ? "give it a condition with `if`, or the guard `once per …`"
                            : "give one of them a condition with `if`, or the guard `once per …`",
                        std::move(labels));
    }

    // A search that would go through the whole rulebook for each rule is given up.
    static constexpr std::size_t ring_keys_max = 1'000;

    Context& context_;
    std::unordered_map<std::string, std::vector<std::uint32_t>> listeners_;
    std::map<std::uint32_t, std::vector<Firing>> firings_;
    std::set<std::uint32_t> told_;
};

// ---- Two rules, one trigger, one field, two values ---------------------------------------------

// The trigger, as text that is equal for equal ones.
std::string trigger_text(const rules::Trigger& trigger) {
    switch (trigger.kind) {
        case rules::TriggerKind::event: return key("event", trigger.event);
        case rules::TriggerKind::created: return key("created", trigger.entity);
        case rules::TriggerKind::updated: return key("updated", trigger.entity);
        case rules::TriggerKind::becomes:
            if (value_text(trigger.value).empty()) return {};
            return key("becomes", trigger.entity, trigger.field, value_text(trigger.value));
        case rules::TriggerKind::changes:
            if (trigger.from.is_missing() && trigger.value.is_missing())
                return key("changes", trigger.entity, trigger.field);
            return {};
        default: return {};
    }
}

// The conditions of a rule as written: rules with the same ones run together.
std::string conditions_text(const Context& context, const rules::Rule& rule) {
    std::string text;
    for (const RuleClause& clause : form_of(context, rule).clauses)
        if (clause.kind != ClauseKind::let)
            text += context.source_text(clause.span, Context::whole) + "\n";
    return text;
}

}  // namespace

void check_loops(Context& context) { RuleGraph(context).check(); }

void check_disagreements(Context& context) {
    struct Saying {
        const rules::Rule* rule;
        const Effect* effect;
    };
    std::unordered_map<std::string, Saying> sayings;
    for (const rules::Rule& rule : context.program().rules) {
        if (rule.mode != rules::RuleMode::live || rule.triggers.size() != 1) continue;
        const rules::Trigger& trigger = rule.triggers.front();
        const std::string cause = trigger_text(trigger);
        if (cause.empty() || !trigger.record_local) continue;
        const std::string record = std::to_string(*trigger.record_local);
        const std::string conditions = conditions_text(context, rule);
        // The last one of a rule stands.
        std::map<std::string, const Effect*> last;
        for (const Effect& effect : context.effects[rule.unit].effects) {
            const bool is_from_record =
                effect.path == record || effect.path.starts_with(record + ".");
            if (effect.kind != EffectKind::set || !effect.always || !is_from_record) continue;
            const std::string place =
                effect.path.substr(record.size()) + "." + std::to_string(effect.field);
            last[place] = &effect;
        }
        for (const auto& [place, effect] : last) {
            if (effect->constant.empty()) continue;
            const auto [found, is_new] =
                sayings.emplace(cause + "\n" + place + "\n" + conditions, Saying{&rule, effect});
            if (is_new || found->second.effect->constant == effect->constant) continue;
            const std::string field = quoted(field_name(context, effect->entity, effect->field));
            context.report(
                DiagnosticCode::rules_disagree, effect->span,
                quoted(found->second.rule->id) + " and " + quoted(rule.id) +
                    " fire on the same trigger, and set " + field + " to " +
                    quoted(found->second.effect->constant) + " and to " + quoted(effect->constant),
                "join them into one rule, or tell them apart with `if`",
                {{found->second.effect->span, quoted(found->second.rule->id) + " sets it here"}});
        }
    }
}

}  // namespace pawl::dsl::internal
