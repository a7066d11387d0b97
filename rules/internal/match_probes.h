#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rules/event_reader.h"
#include "rules/internal/match_symbols.h"
#include "rules/program.h"

// The fields of one event type that rules look at, each made into whole numbers once an event: a
// symbol for equalities, and a key in the order of its type for comparisons. Every comparison then
// is `key of a probe >= threshold`:
//
//     x >= k   key(x) >= key(k)            x > k    key(x) >= key(k) + 1
//     x <= k  ~key(x) >= ~key(k)           x < k   ~key(x) >= ~(key(k) - 1)
//
// so field i has the probes 2 i + 1 (key) and 2 i + 2 (~key). A missing field has the least key on
// both sides, below every threshold: it meets nothing. Probe 0 is always 0.

namespace pawl::rules::internal {

using Probe = std::uint16_t;
constexpr Probe probe_always = 0;
constexpr Probe probe_from(std::size_t field) { return static_cast<Probe>(2 * field + 1); }
constexpr std::size_t field_of(Probe probe) { return (probe - 1u) / 2; }
constexpr Probe probe_to(std::size_t field) { return static_cast<Probe>(2 * field + 2); }

struct Threshold {
    Probe probe = probe_always;
    std::int64_t key = 0;
    bool never = false;
};

class EventProbes;

// What one event gave. Fields that only tests look at are read when the first test asks.
struct ProbedEvent {
    std::int64_t* keys = nullptr;
    Symbol* symbols = nullptr;
    const EventView* view = nullptr;
    bool is_whole = false;
};

class EventProbes {
 public:
    EventProbes(const EventType& event, const Program& program)
        : event_(event), program_(program) {}

    // While the index is built. Nothing where the index cannot decide the atom from the slot alone:
    // the rule then stays a candidate whatever the field holds.
    std::optional<std::size_t> field(FieldIndex field);
    std::optional<Symbol> symbol(std::size_t field, const Value& value, TextSymbols& texts,
                                 NumberSymbols& numbers);
    std::optional<Threshold> threshold(std::size_t field, MatchOperator op, const Value& value);

    std::size_t field_count() const { return fields_.size(); }
    // Once the index is made: the fields that it looks at for each event.
    void set_early(const std::vector<bool>& early);
    void read_early(ProbedEvent& event, const TextSymbols& texts,
                    const NumberSymbols& numbers) const;
    void read_late(ProbedEvent& event, const TextSymbols& texts,
                   const NumberSymbols& numbers) const;

 private:
    struct Probed {
        FieldIndex field = 0;
        TypeKind type = TypeKind::none;
        bool has_symbol = false;
        bool has_key = false;
    };
    std::optional<std::int64_t> key_of(const Probed& probed, const Value& value) const;
    std::optional<std::int64_t> key_of(const Probed& probed, const Slot& slot) const;
    void read(std::size_t field, const ProbedEvent& event, const TextSymbols& texts,
              const NumberSymbols& numbers) const;
    Symbol symbol_of_text(TypeKind type, const Slot& slot, const TextSymbols& texts) const;

    const EventType& event_;
    const Program& program_;
    std::vector<Probed> fields_;
    std::vector<std::size_t> early_, late_;  // of fields_
};

}  // namespace pawl::rules::internal
