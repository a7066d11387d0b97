#include <algorithm>

#include "base/suggest.h"
#include "dsl/internal/check_logic.h"

// Flows that run flows: none may come back to itself, and none may be deeper than a run can stand.
// And runs that are cancelled: of a rule that can be about the record named.

namespace pawl::dsl::internal {

namespace {

class FlowGraph {
 public:
    explicit FlowGraph(Context& context)
        : context_(context),
          state_(context.program().flows.size(), State::open),
          depth_(state_.size(), 1) {}

    void check() {
        for (std::uint32_t flow = 0; flow < state_.size(); ++flow)
            if (state_[flow] == State::open) visit(flow);
    }

 private:
    enum class State : std::uint8_t { open, on_path, done };
    struct Step {
        std::uint32_t flow = 0;
        std::size_t next = 0;
    };

    const std::vector<FlowRun>& runs(std::uint32_t flow) const {
        return context_.effects[context_.program().flows[flow].unit].runs;
    }
    const std::string& name(std::uint32_t flow) const {
        return context_.program().flows[flow].name;
    }

    // A flow that is started anew stands on its own; only when it is started in any case does the
    // ring never end.
    static bool counts(const FlowRun& run) { return !run.start || run.always; }

    void visit(std::uint32_t first) {
        path_ = {{first, 0}};
        state_[first] = State::on_path;
        while (!path_.empty()) {
            Step& step = path_.back();
            if (step.next == runs(step.flow).size()) {
                finish();
                continue;
            }
            const FlowRun& run = runs(step.flow)[step.next++];
            if (!counts(run)) continue;
            if (state_[run.flow] == State::on_path) {
                tell(run);
            } else if (state_[run.flow] == State::open) {
                state_[run.flow] = State::on_path;
                path_.push_back({run.flow, 0});
            } else if (!run.start) {
                deepen(step.flow, run);
            }
        }
    }

    void finish() {
        const std::uint32_t flow = path_.back().flow;
        state_[flow] = State::done;
        path_.pop_back();
        if (path_.empty()) return;
        const Step& caller = path_.back();
        const FlowRun& run = runs(caller.flow)[caller.next - 1];
        if (!run.start) deepen(caller.flow, run);
    }

    void deepen(std::uint32_t caller, const FlowRun& run) {
        const std::uint32_t depth = depth_[run.flow] + 1;
        if (depth_[caller] <= limits::call_depth_max && depth > limits::call_depth_max)
            context_.report(DiagnosticCode::too_many, run.span,
                            "more than " + std::to_string(limits::call_depth_max) +
                                " flows run inside one another here",
                            "use `start`, which stands on its own, for one of them");
        depth_[caller] = std::max(depth_[caller], depth);
    }

    void tell(const FlowRun& run) {
        const auto begin = std::find_if(path_.begin(), path_.end(),
                                        [&](const Step& step) { return step.flow == run.flow; });
        std::string story = quoted(name(run.flow));
        std::vector<Label> labels;
        for (auto step = begin; step != path_.end(); ++step) {
            const FlowRun& each = runs(step->flow)[step->next - 1];
            if (step != begin) story += ", which";
            story += " runs " + quoted(name(each.flow));
            if (&each != &run)
                labels.push_back({each.span, quoted(name(step->flow)) + " runs " +
                                                 quoted(name(each.flow)) + " here"});
        }
        context_.report(DiagnosticCode::calls_itself, run.span, story + ": that never ends",
                        "go through a list with `for each` instead", std::move(labels));
    }

    Context& context_;
    std::vector<State> state_;
    std::vector<std::uint32_t> depth_;
    std::vector<Step> path_;
};

// Of which entities the records are that runs of the rule are about. Nothing: that is not known.
std::optional<std::vector<EntityIndex>> subjects(Context& context, const rules::Rule& rule) {
    using rules::TriggerKind;
    std::vector<EntityIndex> found;
    for (const rules::Trigger& trigger : rule.triggers) {
        switch (trigger.kind) {
            case TriggerKind::event: {
                const rules::EventType& event = context.schema().events[trigger.event];
                if (!event.about) break;
                const Type about = context.type(event.fields[*event.about].type);
                if (about.kind != TypeKind::reference) return std::nullopt;
                found.push_back(about.index);
                break;
            }
            case TriggerKind::clock:
                if (trigger.clock && trigger.clock->sweep)
                    found.push_back(trigger.clock->sweep->entity);
                break;
            case TriggerKind::requested:
            case TriggerKind::absence:
            case TriggerKind::count:
            case TriggerKind::sequence: return std::nullopt;
            default: found.push_back(trigger.entity);
        }
    }
    return found;
}

void check_cancelled(Context& context, const RunsCancelled& cancelled) {
    const rules::Rule& rule = context.program().rules[cancelled.rule];
    const auto entities = subjects(context, rule);
    if (!entities || rule.triggers.empty()) return;
    if (std::find(entities->begin(), entities->end(), cancelled.entity) != entities->end()) return;
    const auto name = [&](EntityIndex entity) { return context.schema().entities[entity].name; };
    std::vector<std::string> names;
    for (const EntityIndex entity : *entities) names.push_back(name(entity));
    const Declaration& declaration =
        context.tree.declarations[context.checked.units[rule.unit].declaration];
    context.report(
        DiagnosticCode::type_mismatch, cancelled.span,
        "no run of " + quoted(rule.id) + " is about a record of " + quoted(name(cancelled.entity)),
        names.empty() ? "its event is `about` nothing: say what it is about, or leave "
                        "out `for …`, which ends all of them"
                      : "they are about a record of " + list_names(names),
        {{declaration.name_span, "the rule is here"}});
}

}  // namespace

void check_flows(Context& context) {
    FlowGraph(context).check();
    for (const UnitEffects& unit : context.effects)
        for (const RunsCancelled& cancelled : unit.cancels) check_cancelled(context, cancelled);
}

}  // namespace pawl::dsl::internal
