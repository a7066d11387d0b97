#include "rules/matcher.h"

#include <algorithm>
#include <array>

#include "rules/internal/match_index.h"

namespace pawl::rules {

using internal::EventProbes;
using internal::MatchIndex;
using internal::Symbol;

namespace {

// Memory for the fields that rules look at, on the stack unless they are very many.
class ProbeMemory {
 public:
    explicit ProbeMemory(std::size_t fields) {
        if (fields <= near_fields) return;
        far_keys_.resize(2 * fields + 1);
        far_symbols_.resize(fields);
    }
    internal::ProbedEvent event(const EventView& view) {
        if (far_keys_.empty()) return {keys_.data(), symbols_.data(), &view, false};
        return {far_keys_.data(), far_symbols_.data(), &view, false};
    }

 private:
    static constexpr std::size_t near_fields = 32;
    std::array<std::int64_t, 2 * near_fields + 1> keys_;
    std::array<Symbol, near_fields> symbols_;
    std::vector<std::int64_t> far_keys_;
    std::vector<Symbol> far_symbols_;
};

// A match speaks of the fields of one event.
bool has_one_event(const Rule& rule) {
    return std::all_of(rule.triggers.begin(), rule.triggers.end(), [&](const Trigger& trigger) {
        return trigger.kind == TriggerKind::event && trigger.event == rule.triggers.front().event;
    });
}

}  // namespace

struct Matcher::Data {
    struct OfEvent {
        EventProbes probes;
        MatchIndex index;
    };
    internal::TextSymbols texts;
    internal::NumberSymbols numbers;
    std::vector<OfEvent> events;
};

Matcher::Matcher(const Program& program) : data_(std::make_unique<Data>()) {
    const std::size_t event_count = program.schema.events.size();
    std::vector<std::vector<RuleIndex>> rules(event_count);
    for (RuleIndex i = 0; i < program.rules.size(); ++i) {
        if (program.rules[i].mode != RuleMode::live) continue;
        for (const Trigger& trigger : program.rules[i].triggers) {
            if (trigger.kind != TriggerKind::event) continue;
            std::vector<RuleIndex>& of_event = rules[trigger.event];
            if (of_event.empty() || of_event.back() != i) of_event.push_back(i);
        }
    }
    for (std::size_t event = 0; event < event_count; ++event) {
        EventProbes probes(program.schema.events[event], program);
        std::vector<internal::MatchPlan> plans;
        plans.reserve(rules[event].size());
        for (const RuleIndex rule : rules[event]) {
            static const RuleMatch any;
            // `debounce` keeps the last event, whatever its conditions say: they are read later.
            const bool narrows =
                has_one_event(program.rules[rule]) && !program.rules[rule].debounce;
            const RuleMatch& match = narrows ? program.rules[rule].match : any;
            plans.push_back(plan_match(rule, match, probes, data_->texts, data_->numbers));
        }
        MatchIndex index(std::move(plans));
        probes.set_early(index.early_fields(probes.field_count()));
        data_->events.push_back({std::move(probes), std::move(index)});
    }
}

Matcher::~Matcher() = default;

void Matcher::match(const EventView& event, std::vector<RuleIndex>& out) const {
    const Data::OfEvent& of_event = data_->events[event.event];
    ProbeMemory memory(of_event.probes.field_count());
    internal::ProbedEvent probed = memory.event(event);
    of_event.probes.read_early(probed, data_->texts, data_->numbers);
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    of_event.index.match(probed, {of_event.probes, data_->texts, data_->numbers}, out);
    if (!std::is_sorted(out.begin() + begin, out.end())) {
        std::sort(out.begin() + begin, out.end());
    }
}

}  // namespace pawl::rules
