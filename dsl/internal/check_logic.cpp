#include "dsl/internal/check_logic.h"

#include <algorithm>
#include <unordered_set>

namespace pawl::dsl::internal {

namespace {

// Whether running the flow may make a call that costs money, however deep.
class PaidFlows {
 public:
    explicit PaidFlows(Context& context) : context_(context) {}

    const PaidCall* find(std::uint32_t unit) {
        std::vector<std::uint32_t> open{unit};
        std::unordered_set<std::uint32_t> seen{unit};
        while (!open.empty()) {
            const UnitEffects& effects = context_.effects[open.back()];
            open.pop_back();
            for (const PaidCall& call : effects.paid_calls)
                if (!call.has_key) return &call;
            for (const FlowRun& run : effects.runs) {
                const std::uint32_t inner = context_.program().flows[run.flow].unit;
                if (seen.insert(inner).second) open.push_back(inner);
            }
        }
        return nullptr;
    }

 private:
    Context& context_;
};

bool is_unused(const Context& context, const Named& named) {
    return !named.used && !named.lost && !context.is_shipped(named.span);
}

void tell_unused(Context& context, Space space, std::string_view hint) {
    std::vector<std::pair<std::string, Span>> unused;
    for (const auto& [key, named] : context.space(space).map())
        if (is_unused(context, named)) unused.emplace_back(key, named.span);
    std::sort(unused.begin(), unused.end(),
              [](const auto& left, const auto& right) { return left.first < right.first; });
    for (const auto& [key, span] : unused) {
        const std::string name = key.substr(key.rfind(' ') + 1);
        std::string word(space_word(space));
        if (space == Space::function) word = "define";
        context.report(DiagnosticCode::never_used, span,
                       "nothing uses the " + word + " " + quoted(name), std::string(hint));
    }
}

}  // namespace

void check_paid_calls(Context& context) {
    PaidFlows flows(context);
    for (std::size_t unit = 0; unit < context.effects.size(); ++unit) {
        const CheckedUnit& checked = context.checked.units[unit];
        if (checked.kind != rules::UnitKind::rule) continue;
        const auto& form =
            std::get<RuleDeclaration>(context.tree.declarations[checked.declaration].form);
        const bool is_once =
            std::any_of(form.guards.begin(), form.guards.end(),
                        [](const Guard& guard) { return guard.kind == GuardKind::once_per; });
        if (is_once) continue;
        const auto tell = [&](Span span, const PaidCall& call) {
            std::vector<Label> labels;
            if (span != call.span) labels.push_back({call.span, "it is called here"});
            context.report(
                DiagnosticCode::paid_twice, span,
                quoted(call.action) + " costs money, and nothing keeps it from being done twice",
                "add the guard `once per …`, or write `call " + call.action + "(…) once as …`",
                std::move(labels));
        };
        for (const PaidCall& call : context.effects[unit].paid_calls)
            if (!call.has_key) tell(call.span, call);
        for (const FlowRun& run : context.effects[unit].runs)
            if (const PaidCall* call = flows.find(context.program().flows[run.flow].unit))
                tell(run.span, *call);
    }
}

void check_unused(Context& context) {
    if (context.has_lost_declarations) return;
    tell_unused(context, Space::setting, "remove it, or use it in a rule");
    tell_unused(context, Space::function, "remove it, or use it in a rule");
    tell_unused(context, Space::flow, "remove it, or `run` it in a rule");
    tell_unused(context, Space::template_, "remove it, or `send` it in a rule");
    tell_unused(context, Space::notification, "remove it, or `notify` somebody of it");
    tell_unused(context, Space::record, "remove it, or give a field this type");
    tell_unused(context, Space::calendar, "remove it, or name it in a guard");
    tell_unused(context, Space::event, "remove it, or write a rule `when` it comes");
}

void check_logic(Context& context) {
    check_conditions(context);
    check_flows(context);
    check_loops(context);
    check_disagreements(context);
    check_paid_calls(context);
    if (!context.has_lost_declarations) check_transitions(context);
    check_unused(context);
}

}  // namespace pawl::dsl::internal
