#include <algorithm>

#include "base/limits.h"
#include "rules/internal/match_index.h"

// From a rule's atoms to what the index keeps of them.

namespace pawl::rules::internal {

namespace {

class Planner {
 public:
    Planner(EventProbes& probes, TextSymbols& texts, NumberSymbols& numbers)
        : probes_(probes), texts_(texts), numbers_(numbers) {}

    // False when the atom can hold for no event.
    bool add(const MatchAtom& atom, MatchTests& tests) {
        const std::optional<std::size_t> field = probes_.field(atom.field);
        if (!field) return true;
        if (atom.op == MatchOperator::equal || atom.op == MatchOperator::in_set) {
            return add_set(atom, *field, tests);
        }
        const std::optional<Threshold> threshold =
            probes_.threshold(*field, atom.op, atom.values.front());
        if (!threshold) return true;
        if (threshold->never) return false;
        const auto known = std::find_if(tests.begin(), tests.end(), [&](const MatchTest& test) {
            return test.kind == MatchTest::Kind::at_least && test.probe == threshold->probe;
        });
        if (known != tests.end()) {
            known->key = std::max(known->key, threshold->key);
            return true;
        }
        MatchTest test;
        test.kind = MatchTest::Kind::at_least;
        test.probe = threshold->probe;
        test.key = threshold->key;
        tests.push_back(std::move(test));
        return true;
    }

 private:
    bool add_set(const MatchAtom& atom, std::size_t field, MatchTests& tests) {
        MatchTest test;
        test.kind = MatchTest::Kind::symbol_in;
        test.field = static_cast<std::uint16_t>(field);
        for (const Value& value : atom.values) {
            if (value.is_missing()) continue;  // equals nothing
            const std::optional<Symbol> symbol = probes_.symbol(field, value, texts_, numbers_);
            if (!symbol) return true;
            test.symbols.push_back(*symbol);
        }
        std::sort(test.symbols.begin(), test.symbols.end());
        test.symbols.erase(std::unique(test.symbols.begin(), test.symbols.end()),
                           test.symbols.end());
        const auto known = std::find_if(tests.begin(), tests.end(), [&](const MatchTest& other) {
            return other.kind == MatchTest::Kind::symbol_in && other.field == test.field;
        });
        if (known == tests.end()) {
            const bool possible = !test.symbols.empty();
            tests.push_back(std::move(test));
            return possible;
        }
        std::vector<Symbol> both;
        std::set_intersection(known->symbols.begin(), known->symbols.end(), test.symbols.begin(),
                              test.symbols.end(), std::back_inserter(both));
        known->symbols = std::move(both);
        return !known->symbols.empty();
    }

    EventProbes& probes_;
    TextSymbols& texts_;
    NumberSymbols& numbers_;
};

// The smallest sets first, as long as all combinations are few.
void take_key(MatchPlan& plan) {
    std::vector<MatchTest*> sets;
    for (MatchTest& test : plan.tests) {
        if (test.kind == MatchTest::Kind::symbol_in) sets.push_back(&test);
    }
    std::sort(sets.begin(), sets.end(), [](const MatchTest* left, const MatchTest* right) {
        if (left->symbols.size() != right->symbols.size()) {
            return left->symbols.size() < right->symbols.size();
        }
        return left->field < right->field;
    });
    std::size_t combinations = 1;
    for (MatchTest* set : sets) {
        combinations *= set->symbols.size();
        if (combinations > limits::set_expansion_max) break;
        plan.key.push_back({set->field, std::move(set->symbols)});
        set->symbols.clear();
    }
    std::erase_if(plan.tests, [](const MatchTest& test) {
        return test.kind == MatchTest::Kind::symbol_in && test.symbols.empty();
    });
    std::sort(plan.key.begin(), plan.key.end(),
              [](const KeyPart& left, const KeyPart& right) { return left.field < right.field; });
}

}  // namespace

MatchPlan plan_match(RuleIndex index, const RuleMatch& match, EventProbes& probes,
                     TextSymbols& texts, NumberSymbols& numbers) {
    MatchPlan plan;
    plan.rule = index;
    Planner planner(probes, texts, numbers);
    for (const MatchAtom& atom : match.atoms) {
        if (!planner.add(atom, plan.tests)) plan.never = true;
    }
    for (const MatchAnyOf& any_of : match.any_of) {
        std::vector<MatchTests> alternatives;
        bool always = false;
        for (const std::vector<MatchAtom>& atoms : any_of.alternatives) {
            MatchTests tests;
            bool possible = true;
            for (const MatchAtom& atom : atoms) possible = planner.add(atom, tests) && possible;
            if (!possible) continue;
            always = always || tests.empty();
            alternatives.push_back(std::move(tests));
        }
        if (alternatives.empty()) plan.never = true;
        if (!always) plan.any_of.push_back(std::move(alternatives));
    }
    take_key(plan);
    return plan;
}

}  // namespace pawl::rules::internal
