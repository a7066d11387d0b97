#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "rules/internal/match_probes.h"
#include "rules/program.h"

// The rules of one event type, by key. Rules whose equalities are over the same fields form a
// group; a group's table leads from the symbols of these fields to a bucket. A bucket holds its
// rules' most selective comparison in one of two ways: in a row, in the order of the rules, which
// is best where many match; or, when it is large and the rules ask for narrow ranges, in cells: the
// values of one field are cut into intervals, each with the rules whose range touches it, so that
// an event goes through one cell. What is left of a rule are tests.

namespace pawl::rules::internal {

// A rule's condition as the index uses it, made by match_plan.cpp.
struct MatchTest {
    enum class Kind : std::uint8_t { at_least, symbol_is, symbol_in };
    Kind kind = Kind::at_least;
    Probe probe = 0;          // of at_least
    std::uint16_t field = 0;  // of symbol_is and symbol_in
    Symbol symbol = no_symbol;
    std::int64_t key = 0;
    std::vector<Symbol> symbols;  // ascending
};

struct KeyPart {
    std::uint16_t field = 0;
    std::vector<Symbol> symbols;  // ascending, not empty
};

using MatchTests = std::vector<MatchTest>;  // all of them

struct MatchPlan {
    RuleIndex rule = 0;
    bool never = false;
    std::vector<KeyPart> key;  // ascending by field
    MatchTests tests;
    std::vector<std::vector<MatchTests>> any_of;  // of each, one alternative
};

// Symbols and probes are taken down as they are needed.
MatchPlan plan_match(RuleIndex index, const RuleMatch& match, EventProbes& probes,
                     TextSymbols& texts, NumberSymbols& numbers);

class MatchIndex {
 public:
    explicit MatchIndex(std::vector<MatchPlan> plans);

    // The fields, by their place in EventProbes, that are looked at for each event.
    std::vector<bool> early_fields(std::size_t field_count) const;

    // What tests need to read of an event when the first of them is asked.
    struct Source {
        const EventProbes& probes;
        const TextSymbols& texts;
        const NumberSymbols& numbers;
    };
    // Appends, in no order.
    void match(ProbedEvent& event, const Source& source, std::vector<RuleIndex>& out) const;

 private:
    // A rule; with the highest bit, one of rests_: what is left to look at, and whose it is.
    using RuleOrRest = std::uint32_t;
    static constexpr RuleOrRest has_rest = 1u << 31;

    struct Candidate {
        std::int64_t key = 0;
        RuleOrRest rule = 0;
        Probe probe = probe_always;
    };

    // The cells of one field, from value to value; the first begins at the least. A rule stands in
    // each cell that its range touches, with two comparisons that its cell does not make needless.
    struct Pair {
        std::int64_t first_key = 0;
        std::int64_t second_key = 0;
        RuleOrRest rule = 0;
        Probe first_probe = probe_always;
        Probe second_probe = probe_always;
    };
    struct Cells {
        Probe probe = 0;                    // probe_from of the field
        std::vector<std::int64_t> bounds;   // ascending; cell i begins at bounds[i - 1]
        std::vector<std::uint32_t> begins;  // in pairs, by cell; one more behind
        std::vector<Pair> pairs;
    };
    struct Bucket {
        std::uint32_t begin = 0;  // in candidates_
        std::uint32_t end = 0;
        std::uint32_t cells_begin = 0;
        std::uint32_t cells_end = 0;
    };
    struct Group {
        struct Place {
            std::uint64_t key = 0;
            std::uint32_t bucket = 0;  // one more; 0: none
        };
        std::vector<std::uint16_t> fields;
        std::vector<Place> table;
        std::vector<Symbol> symbols;  // of the buckets, for keys of more than two fields
        std::uint32_t first_bucket = 0;
    };
    struct Test {
        MatchTest::Kind kind = MatchTest::Kind::at_least;
        Probe probe = 0;
        std::uint16_t field = 0;
        std::uint32_t begin = 0;  // in test_symbols_
        std::uint32_t end = 0;
        std::int64_t key = 0;  // or the symbol
    };
    struct Span32 {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };
    struct Rest {
        Span32 tests;
        Span32 any_of;
        RuleIndex rule = 0;
    };
    struct KeyedPlan {
        std::vector<Symbol> key;
        const MatchPlan* plan = nullptr;
    };
    struct Range;
    struct KnownRest {
        const MatchTest* first = nullptr;
        const MatchTest* second = nullptr;
        std::uint32_t rest = 0;
    };
    using KnownRests = std::unordered_map<const MatchPlan*, std::vector<KnownRest>>;

    // Two symbols are the key themselves; more are mixed, and compared one by one.
    static constexpr std::size_t fields_in_key = 2;
    static std::uint64_t key_of(const Symbol* symbols, std::size_t count) {
        if (count == 0) return 0;
        if (count == 1) return symbols[0];
        if (count == 2) return symbols[0] | std::uint64_t{symbols[1]} << 32;
        std::uint64_t key = count;
        for (std::size_t i = 0; i < count; ++i) key = mix_bits(key, symbols[i]);
        return key;
    }
    static std::size_t place_of(std::uint64_t key, std::size_t mask) {
        return mix_bits(key, 0) & mask;
    }

    void add_group(std::span<const MatchPlan*> plans);
    void add_bucket(std::span<const KeyedPlan> plans);
    void add_cells(std::vector<const MatchPlan*>& plans);
    void add_cells_of(std::size_t field, const std::vector<Range>& ranges);
    Pair make_pair(const Range& range, std::size_t field);
    static Range range_of(const MatchPlan& plan, std::size_t field);
    void add_candidate(const MatchPlan& plan);
    RuleOrRest add_rest(const MatchPlan& plan, const MatchTest* first, const MatchTest* second);
    Span32 add_tests(const MatchTests& tests, const MatchTest* first, const MatchTest* second);

    struct Search {
        ProbedEvent& event;
        const Source& source;
        std::vector<RuleIndex>& out;
    };
    const Bucket* find(const Group& group, const Symbol* symbols) const;
    void scan(const Bucket& bucket, Search& search) const;
    void scan(const Cells& cells, Search& search) const;
    void take(RuleOrRest rule, Search& search) const;
    bool passes(const Rest& rest, Search& search) const;
    bool all_hold(Span32 tests, const ProbedEvent& event) const;

    std::vector<Group> groups_;
    std::vector<Bucket> buckets_;
    std::vector<Candidate> candidates_;
    std::vector<Cells> cells_;
    std::vector<Rest> rests_;
    KnownRests known_rests_;  // while the index is made
    std::vector<Test> tests_;
    std::vector<Symbol> test_symbols_;
    std::vector<Span32> alternatives_;
    std::vector<Span32> any_of_;
};

}  // namespace pawl::rules::internal
