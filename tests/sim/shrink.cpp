#include <algorithm>

#include "book.h"

namespace pawl::sim {

namespace {

using Fails = std::function<bool(const Scenario&)>;

class Shrinker {
 public:
    Shrinker(Scenario scenario, const Fails& fails)
        : scenario_(std::move(scenario)), fails_(fails) {}

    Scenario shrink() {
        do {
            is_smaller_ = false;
            drop_inputs();
            drop_each(&Scenario::rules);
            drop_each(&Scenario::journeys);
            drop_each(&Scenario::outages);
            drop_each(&Scenario::storms);
            for (std::size_t rule = 0; rule < scenario_.rules.size(); ++rule) {
                const auto part = [rule](Scenario& in) -> Rule& { return in.rules[rule]; };
                drop_items([&](Scenario & in) -> auto& { return part(in).guards; });
                drop_items([&](Scenario & in) -> auto& { return part(in).ifs; });
                attempt([&](Scenario& in) { part(in).unless.reset(); },
                        scenario_.rules[rule].unless.has_value());
                attempt([&](Scenario& in) { part(in).trigger.where.reset(); },
                        scenario_.rules[rule].trigger.where.has_value() &&
                            scenario_.rules[rule].trigger.form != Trigger::Form::whenever);
                shrink_block([&](Scenario & in) -> auto& { return part(in).body; });
            }
            for (std::size_t each = 0; each < scenario_.journeys.size(); ++each) {
                drop_items([each](Scenario & in) -> auto& { return in.journeys[each].steps; });
                for (std::size_t step = 0; step < scenario_.journeys[each].steps.size(); ++step)
                    shrink_block([ each, step ](Scenario & in) -> auto& {
                        return in.journeys[each].steps[step].body;
                    });
            }
        } while (is_smaller_);
        return std::move(scenario_);
    }

 private:
    template <class Change>
    bool attempt(const Change& change, bool applies = true) {
        if (!applies) return false;
        Scenario smaller = scenario_;
        change(smaller);
        if (!fails_(smaller)) return false;
        scenario_ = std::move(smaller);
        is_smaller_ = true;
        return true;
    }

    template <class Items>
    void drop_items(const Items& items) {
        for (std::size_t each = items(scenario_).size(); each-- > 0;)
            attempt([&](Scenario& in) {
                auto& list = items(in);
                list.erase(list.begin() + static_cast<std::ptrdiff_t>(each));
            });
    }

    template <class Member>
    void drop_each(Member member) {
        drop_items([member](Scenario & in) -> auto& { return in.*member; });
    }

    // The latter half first: most of what came after the difference is not needed.
    void drop_inputs() {
        for (std::size_t length = scenario_.inputs.size() / 2; length > 0; length /= 2)
            for (std::size_t end = scenario_.inputs.size(); end >= length; end -= length) {
                attempt([&](Scenario& in) {
                    const auto begin = in.inputs.begin() + static_cast<std::ptrdiff_t>(end);
                    in.inputs.erase(begin - static_cast<std::ptrdiff_t>(length), begin);
                });
                if (end < length + length) break;
            }
        drop_each(&Scenario::inputs);
    }

    template <class Block>
    void shrink_block(const Block& block) {
        drop_items(block);
        for (std::size_t each = 0; each < block(scenario_).size(); ++each) {
            for (const bool takes_first : {true, false}) {
                if (each >= block(scenario_).size()) break;
                const Statement& nested = block(scenario_)[each];
                const auto inner = takes_first ? nested.first : nested.second;
                if (nested.form != Statement::Form::branch) continue;
                attempt([&](Scenario& in) {
                    auto& list = block(in);
                    const auto place = list.begin() + static_cast<std::ptrdiff_t>(each);
                    list.insert(list.erase(place), inner.begin(), inner.end());
                });
            }
        }
    }

    Scenario scenario_;
    const Fails& fails_;
    bool is_smaller_ = false;
};

}  // namespace

Scenario shrink(Scenario scenario, const Fails& fails) {
    return Shrinker(std::move(scenario), fails).shrink();
}

}  // namespace pawl::sim
