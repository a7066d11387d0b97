#include "rules/internal/match_index.h"

#include <algorithm>
#include <array>

namespace pawl::rules::internal {

namespace {

constexpr std::ptrdiff_t block_size = 128;  // of candidates between two looks at what holds

}  // namespace

const MatchIndex::Bucket* MatchIndex::find(const Group& group, const Symbol* symbols) const {
    const std::size_t count = group.fields.size();
    const std::uint64_t key = key_of(symbols, count);
    const std::size_t mask = group.table.size() - 1;
    for (std::size_t place = place_of(key, mask);; place = (place + 1) & mask) {
        const Group::Place& found = group.table[place];
        if (found.bucket == 0) return nullptr;
        if (found.key != key) continue;
        const std::uint32_t bucket = found.bucket - 1;
        if (count > fields_in_key &&
            !std::equal(symbols, symbols + count, group.symbols.data() + bucket * count)) {
            continue;
        }
        return &buckets_[group.first_bucket + bucket];
    }
}

std::vector<bool> MatchIndex::early_fields(std::size_t field_count) const {
    std::vector<bool> early(field_count, false);
    const auto add = [&](Probe probe) {
        if (probe != probe_always) early[field_of(probe)] = true;
    };
    for (const Group& group : groups_) {
        for (const std::uint16_t field : group.fields) early[field] = true;
    }
    for (const Candidate& candidate : candidates_) add(candidate.probe);
    for (const Cells& cells : cells_) {
        add(cells.probe);
        for (const Pair& pair : cells.pairs) {
            add(pair.first_probe);
            add(pair.second_probe);
        }
    }
    return early;
}

void MatchIndex::match(ProbedEvent& event, const Source& source,
                       std::vector<RuleIndex>& out) const {
    Search search{event, source, out};
    std::array<Symbol, 64> near;
    std::vector<Symbol> far;
    for (const Group& group : groups_) {
        Symbol* symbols = near.data();
        if (group.fields.size() > near.size()) {
            far.resize(group.fields.size());
            symbols = far.data();
        }
        bool known = true;
        for (std::size_t i = 0; i < group.fields.size(); ++i) {
            symbols[i] = event.symbols[group.fields[i]];
            known = known && symbols[i] != no_symbol;
        }
        const Bucket* const bucket = known ? find(group, symbols) : nullptr;
        if (bucket == nullptr) continue;
        scan(*bucket, search);
        for (std::uint32_t i = bucket->cells_begin; i < bucket->cells_end; ++i) {
            scan(cells_[i], search);
        }
    }
}

inline void MatchIndex::take(RuleOrRest rule, Search& search) const {
    if ((rule & has_rest) == 0) return search.out.push_back(rule);
    const Rest& rest = rests_[rule & ~has_rest];
    if (passes(rest, search)) search.out.push_back(rest.rule);
}

// Half of the comparisons hold in no order that a processor could foresee, so nothing branches on
// them: each candidate is written down, and the place moves on only when it holds.
void MatchIndex::scan(const Bucket& bucket, Search& search) const {
    const ProbedEvent& event = search.event;
    std::array<RuleOrRest, block_size> holding;
    const Candidate* const end = candidates_.data() + bucket.end;
    for (const Candidate* at = candidates_.data() + bucket.begin; at < end;) {
        const Candidate* const stop = end - at > block_size ? at + block_size : end;
        std::size_t count = 0;
        for (; at < stop; ++at) {
            holding[count] = at->rule;
            count += event.keys[at->probe] >= at->key ? 1 : 0;
        }
        for (std::size_t i = 0; i < count; ++i) {
            take(holding[i], search);
        }
    }
}

void MatchIndex::scan(const Cells& cells, Search& search) const {
    const ProbedEvent& event = search.event;
    const std::int64_t value = event.keys[cells.probe];
    const auto above = std::upper_bound(cells.bounds.begin(), cells.bounds.end(), value);
    const auto cell = static_cast<std::size_t>(above - cells.bounds.begin());
    std::array<RuleOrRest, block_size> holding;
    const Pair* const end = cells.pairs.data() + cells.begins[cell + 1];
    for (const Pair* at = cells.pairs.data() + cells.begins[cell]; at < end;) {
        const Pair* const stop = end - at > block_size ? at + block_size : end;
        std::size_t count = 0;
        for (; at < stop; ++at) {
            holding[count] = at->rule;
            const auto first = static_cast<unsigned>(event.keys[at->first_probe] >= at->first_key);
            count += first & static_cast<unsigned>(event.keys[at->second_probe] >= at->second_key);
        }
        for (std::size_t i = 0; i < count; ++i) take(holding[i], search);
    }
}

bool MatchIndex::passes(const Rest& rest, Search& search) const {
    ProbedEvent& event = search.event;
    if (!event.is_whole) {
        search.source.probes.read_late(event, search.source.texts, search.source.numbers);
    }
    if (!all_hold(rest.tests, event)) return false;
    for (std::uint32_t i = rest.any_of.begin; i < rest.any_of.end; ++i) {
        bool any = false;
        for (std::uint32_t j = any_of_[i].begin; j < any_of_[i].end && !any; ++j) {
            any = all_hold(alternatives_[j], event);
        }
        if (!any) return false;
    }
    return true;
}

bool MatchIndex::all_hold(Span32 tests, const ProbedEvent& event) const {
    for (std::uint32_t i = tests.begin; i < tests.end; ++i) {
        const Test& test = tests_[i];
        switch (test.kind) {
            case MatchTest::Kind::at_least:
                if (event.keys[test.probe] < test.key) return false;
                break;
            case MatchTest::Kind::symbol_is:
                if (event.symbols[test.field] != static_cast<Symbol>(test.key)) return false;
                break;
            case MatchTest::Kind::symbol_in: {
                const Symbol* const begin = test_symbols_.data() + test.begin;
                const Symbol* const end = test_symbols_.data() + test.end;
                if (!std::binary_search(begin, end, event.symbols[test.field])) return false;
                break;
            }
        }
    }
    return true;
}

}  // namespace pawl::rules::internal
