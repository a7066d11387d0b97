#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <optional>

#include "rules/internal/match_index.h"

// How the index over the rules of an event type is made.

namespace pawl::rules::internal {

namespace {

// Cells pay where an event meets few of many: below so many rules, or when a rule's range holds
// more than this part of the others' bounds, going through them in a row is quicker.
constexpr std::size_t cell_rules_min = 64;
constexpr double narrow_part = 1.0 / 6;
// Fewer cells are longer ones, more are more copies of each rule.
constexpr std::size_t rules_per_cell = 8;
constexpr double copies_max = 8;

bool is_from(Probe probe) { return probe % 2 == 1; }

void combine(const std::vector<KeyPart>& parts, std::size_t at, std::vector<Symbol>& key,
             const auto& take) {
    if (at == parts.size()) return take(key);
    for (const Symbol symbol : parts[at].symbols) {
        key.push_back(symbol);
        combine(parts, at + 1, key, take);
        key.pop_back();
    }
}

}  // namespace

// A rule's values of one field, from `first` to `last`, both included.
struct MatchIndex::Range {
    const MatchPlan* plan = nullptr;
    std::int64_t first = std::numeric_limits<std::int64_t>::min() + 1;
    std::int64_t last = std::numeric_limits<std::int64_t>::max();
    bool is_bounded = false;
    double part = 1;  // of the bounds that rules have
};

MatchIndex::MatchIndex(std::vector<MatchPlan> plans) {
    std::map<std::vector<std::uint16_t>, std::vector<const MatchPlan*>> groups;
    for (const MatchPlan& plan : plans) {
        if (plan.never) continue;
        std::vector<std::uint16_t> fields;
        for (const KeyPart& part : plan.key) fields.push_back(part.field);
        groups[std::move(fields)].push_back(&plan);
    }
    for (auto& [fields, members] : groups) {
        groups_.push_back({fields, {}, {}, 0});
        add_group(members);
    }
    known_rests_ = {};
}

void MatchIndex::add_group(std::span<const MatchPlan*> plans) {
    std::vector<KeyedPlan> keyed;
    for (const MatchPlan* plan : plans) {
        std::vector<Symbol> key;
        combine(plan->key, 0, key, [&](const std::vector<Symbol>& symbols) {
            keyed.push_back({symbols, plan});
        });
    }
    std::stable_sort(keyed.begin(), keyed.end(), [](const KeyedPlan& left, const KeyedPlan& right) {
        return left.key < right.key;
    });
    Group& group = groups_.back();
    group.first_bucket = static_cast<std::uint32_t>(buckets_.size());
    std::vector<std::uint64_t> keys;
    for (std::size_t begin = 0; begin < keyed.size();) {
        std::size_t end = begin + 1;
        while (end < keyed.size() && keyed[end].key == keyed[begin].key) ++end;
        const std::vector<Symbol>& key = keyed[begin].key;
        keys.push_back(key_of(key.data(), key.size()));
        if (key.size() > fields_in_key) {
            group.symbols.insert(group.symbols.end(), key.begin(), key.end());
        }
        add_bucket({keyed.data() + begin, end - begin});
        begin = end;
    }
    group.table.resize(std::bit_ceil(keys.size() * 2 + 1));
    for (std::uint32_t bucket = 0; bucket < keys.size(); ++bucket) {
        const std::size_t mask = group.table.size() - 1;
        std::size_t place = place_of(keys[bucket], mask);
        while (group.table[place].bucket != 0) place = (place + 1) & mask;
        group.table[place] = {keys[bucket], bucket + 1};
    }
}

void MatchIndex::add_bucket(std::span<const KeyedPlan> plans) {
    std::vector<const MatchPlan*> members;
    for (const KeyedPlan& plan : plans) members.push_back(plan.plan);
    Bucket bucket;
    bucket.cells_begin = static_cast<std::uint32_t>(cells_.size());
    if (members.size() >= cell_rules_min) add_cells(members);
    bucket.cells_end = static_cast<std::uint32_t>(cells_.size());
    bucket.begin = static_cast<std::uint32_t>(candidates_.size());
    for (const MatchPlan* plan : members) add_candidate(*plan);
    bucket.end = static_cast<std::uint32_t>(candidates_.size());
    buckets_.push_back(bucket);
}

namespace {

using Bounds = std::map<std::size_t, std::vector<std::int64_t>>;

std::int64_t bound_of(const MatchTest& test) { return is_from(test.probe) ? test.key : ~test.key; }

// Every bound of the rules' ranges, by field, ascending.
Bounds bounds_of(const std::vector<const MatchPlan*>& plans) {
    Bounds bounds;
    for (const MatchPlan* plan : plans) {
        for (const MatchTest& test : plan->tests) {
            if (test.kind != MatchTest::Kind::at_least) continue;
            bounds[field_of(test.probe)].push_back(bound_of(test));
        }
    }
    for (auto& [field, keys] : bounds) std::sort(keys.begin(), keys.end());
    return bounds;
}

// How many of the field's bounds lie between the two, as a measure of the events there.
double part_between(std::int64_t first, std::int64_t last, const std::vector<std::int64_t>& keys) {
    const auto begin = std::lower_bound(keys.begin(), keys.end(), first);
    const auto end = std::upper_bound(keys.begin(), keys.end(), last);
    if (begin >= end) return 0;
    return static_cast<double>(end - begin) / static_cast<double>(keys.size());
}

}  // namespace

MatchIndex::Range MatchIndex::range_of(const MatchPlan& plan, std::size_t field) {
    Range range;
    range.plan = &plan;
    for (const MatchTest& test : plan.tests) {
        if (test.kind != MatchTest::Kind::at_least || field_of(test.probe) != field) continue;
        (is_from(test.probe) ? range.first : range.last) = bound_of(test);
        range.is_bounded = true;
    }
    return range;
}

// Takes the rules that cells serve better out of `plans`: each goes by its narrowest range.
void MatchIndex::add_cells(std::vector<const MatchPlan*>& plans) {
    const Bounds bounds = bounds_of(plans);
    std::map<std::size_t, std::vector<Range>> by_field;
    std::vector<const MatchPlan*> others;
    for (const MatchPlan* plan : plans) {
        Range best;
        std::size_t best_field = 0;
        best.part = narrow_part;
        for (const auto& [field, keys] : bounds) {
            Range range = range_of(*plan, field);
            if (!range.is_bounded) continue;
            range.part = part_between(range.first, range.last, keys);
            if (range.part >= best.part) continue;
            best = range;
            best_field = field;
        }
        if (best.plan != nullptr) {
            by_field[best_field].push_back(best);
        } else {
            others.push_back(plan);
        }
    }
    plans = std::move(others);
    for (const auto& [field, ranges] : by_field) {
        if (ranges.size() >= cell_rules_min) {
            add_cells_of(field, ranges);
        } else {
            for (const Range& range : ranges) plans.push_back(range.plan);
        }
    }
    std::sort(plans.begin(), plans.end(), [](const MatchPlan* left, const MatchPlan* right) {
        return left->rule < right->rule;
    });
}

void MatchIndex::add_cells_of(std::size_t field, const std::vector<Range>& ranges) {
    Cells cells;
    cells.probe = probe_from(field);
    std::vector<std::int64_t> bounds;
    double parts = 0;
    for (const Range& range : ranges) {
        bounds.push_back(range.first);
        bounds.push_back(range.last);
        parts += range.part;
    }
    std::sort(bounds.begin(), bounds.end());
    const auto count = static_cast<double>(ranges.size());
    const double copies = parts > 0 ? (copies_max - 1) * count / parts : count;
    const auto cell_count =
        static_cast<std::size_t>(std::max(1.0, std::min(count / rules_per_cell, copies)));
    for (std::size_t i = 1; i < cell_count; ++i) {
        const std::int64_t bound = bounds[i * bounds.size() / cell_count];
        if (cells.bounds.empty() || cells.bounds.back() < bound) cells.bounds.push_back(bound);
    }
    std::vector<std::vector<Pair>> pairs(cells.bounds.size() + 1);
    const auto cell_of = [&](std::int64_t key) {
        const auto above = std::upper_bound(cells.bounds.begin(), cells.bounds.end(), key);
        return static_cast<std::size_t>(above - cells.bounds.begin());
    };
    for (const Range& range : ranges) {
        if (range.first > range.last) continue;  // holds nothing
        const Pair pair = make_pair(range, field);
        for (std::size_t i = cell_of(range.first); i <= cell_of(range.last); ++i) {
            pairs[i].push_back(pair);
        }
    }
    for (const std::vector<Pair>& cell : pairs) {
        cells.begins.push_back(static_cast<std::uint32_t>(cells.pairs.size()));
        cells.pairs.insert(cells.pairs.end(), cell.begin(), cell.end());
    }
    cells.begins.push_back(static_cast<std::uint32_t>(cells.pairs.size()));
    cells_.push_back(std::move(cells));
}

// Comparisons of other fields first: those of the cell's own field hold for most of its rules.
MatchIndex::Pair MatchIndex::make_pair(const Range& range, std::size_t field) {
    std::vector<const MatchTest*> tests;
    for (const MatchTest& test : range.plan->tests) {
        if (test.kind == MatchTest::Kind::at_least) tests.push_back(&test);
    }
    std::stable_partition(tests.begin(), tests.end(),
                          [&](const MatchTest* test) { return field_of(test->probe) != field; });
    Pair pair;
    pair.first_probe = tests[0]->probe;
    pair.first_key = tests[0]->key;
    const MatchTest* const second = tests.size() > 1 ? tests[1] : nullptr;
    if (second != nullptr) {
        pair.second_probe = second->probe;
        pair.second_key = second->key;
    }
    pair.rule = add_rest(*range.plan, tests[0], second);
    return pair;
}

void MatchIndex::add_candidate(const MatchPlan& plan) {
    const MatchTest* first = nullptr;
    for (const MatchTest& test : plan.tests) {
        if (test.kind == MatchTest::Kind::at_least && first == nullptr) first = &test;
    }
    Candidate candidate;
    if (first != nullptr) {
        candidate.probe = first->probe;
        candidate.key = first->key;
    }
    candidate.rule = add_rest(plan, first, nullptr);
    candidates_.push_back(candidate);
}

// The rule, or what is left of it besides the two given tests. A rule of several keys comes here
// several times, and its cells may have taken other tests off it than a row.
MatchIndex::RuleOrRest MatchIndex::add_rest(const MatchPlan& plan, const MatchTest* first,
                                            const MatchTest* second) {
    const std::size_t taken = (first != nullptr ? 1u : 0u) + (second != nullptr ? 1u : 0u);
    if (plan.tests.size() == taken && plan.any_of.empty()) return plan.rule;
    std::vector<KnownRest>& known_rests = known_rests_[&plan];
    for (const KnownRest& known : known_rests) {
        if (known.first == first && known.second == second) return known.rest | has_rest;
    }
    const auto number = static_cast<std::uint32_t>(rests_.size());
    known_rests.push_back({first, second, number});
    Rest rest;
    rest.rule = plan.rule;
    rest.tests = add_tests(plan.tests, first, second);
    rest.any_of.begin = static_cast<std::uint32_t>(any_of_.size());
    std::vector<Span32> any_of;
    for (const std::vector<MatchTests>& alternatives : plan.any_of) {
        std::vector<Span32> made;
        for (const MatchTests& tests : alternatives) {
            made.push_back(add_tests(tests, nullptr, nullptr));
        }
        const auto begin = static_cast<std::uint32_t>(alternatives_.size());
        alternatives_.insert(alternatives_.end(), made.begin(), made.end());
        any_of.push_back({begin, static_cast<std::uint32_t>(alternatives_.size())});
    }
    any_of_.insert(any_of_.end(), any_of.begin(), any_of.end());
    rest.any_of.end = static_cast<std::uint32_t>(any_of_.size());
    rests_.push_back(rest);
    return number | has_rest;
}

MatchIndex::Span32 MatchIndex::add_tests(const MatchTests& tests, const MatchTest* first,
                                         const MatchTest* second) {
    Span32 span{static_cast<std::uint32_t>(tests_.size()), 0};
    for (const MatchTest& test : tests) {
        if (&test == first || &test == second) continue;
        Test made;
        made.kind = test.kind;
        made.probe = test.probe;
        made.field = test.field;
        made.key = test.key;
        if (test.kind == MatchTest::Kind::symbol_in && test.symbols.size() == 1) {
            made.kind = MatchTest::Kind::symbol_is;
            made.key = test.symbols.front();
        } else if (test.kind == MatchTest::Kind::symbol_in) {
            made.begin = static_cast<std::uint32_t>(test_symbols_.size());
            test_symbols_.insert(test_symbols_.end(), test.symbols.begin(), test.symbols.end());
            made.end = static_cast<std::uint32_t>(test_symbols_.size());
        }
        tests_.push_back(made);
    }
    span.end = static_cast<std::uint32_t>(tests_.size());
    return span;
}

}  // namespace pawl::rules::internal
