#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/internal/advance.h"
#include "engine/internal/rule_mark.h"
#include "engine/internal/turn.h"

// Patterns over time (meaning.md 21): absence, counts, sequences. Each key's state is one mark; a
// restart in the middle of a window changes nothing. What comes late or out of order counts by its
// arrival.

namespace pawl::engine {

class Patterns {
 public:
    // `layer`: where marks and timers go: of the advance that changed something, or of the turn.
    Patterns(Turn& turn, Layer& layer);

    // For patterns that are new: what came before they were there (pattern_history.h). `recalled`
    // has the keys of the marks that were begun anew, and outlives it.
    Patterns(Turn& turn, Layer& layer, std::set<std::string>& recalled);
    // An event came at `at`, not before any that was recalled. Windows fill, open and close, of
    // `uses` alone; nothing is set off.
    void recall_event(const std::vector<TriggerUse>& uses, rules::EventIndex event,
                      const rules::Value& fields, Instant at);
    // A record was created, of an absence that counts from there.
    void recall_creation(TriggerUse use, rules::Reference record, Instant at);

    // What was due already when something of its key came, and did not have its turn yet: it goes
    // before whatever that sets off. To be asked for after each of the calls below.
    std::vector<Pending> overdue() { return std::exchange(overdue_, {}); }

    // An event came in, or was emitted.
    void event_came(rules::EventIndex event, const rules::Value& fields,
                    const std::shared_ptr<const SetOff>& by, std::vector<Pending>& out);
    // A record was created or changed: `field` became its value. `from` is the last known one;
    // missing: none is known, and it is no edge.
    void record_created(rules::Reference record, const std::shared_ptr<const SetOff>& by,
                        std::vector<Pending>& out);
    void field_changed(rules::Reference record, rules::FieldIndex field, const rules::Value& from,
                       const rules::Value& to, const std::shared_ptr<const SetOff>& by,
                       std::vector<Pending>& out);
    // Records that the layer loaded, as if they had always been there: an absence that counts from
    // their creation begins, unless its time is past.
    void records_loaded();
    // What was kept by the record as a key goes, with its timers.
    void record_deleted(rules::Reference record);
    // A timer of kind absence or sequence is due.
    void timer_due(const StoredTimer& timer, std::vector<Pending>& out);

 private:
    using Bindings = std::vector<std::pair<std::uint16_t, rules::Value>>;

    // Something that a part of a pattern looks for.
    struct Occurrence {
        TriggerUse use;
        const rules::PatternPart& part;
        const rules::Value& bound;  // the event or record
        const std::shared_ptr<const SetOff>& by;
        std::vector<Pending>& out;
        rules::Value key = {};  // missing: the pattern has none
    };
    // What waits for its time: an absence, or a sequence that was opened.
    struct Open {
        Instant due;
        std::optional<TimerKey> timer;
        rules::Value key;
        rules::Value bound;  // the last event, or the first of a sequence; missing: there was none
        std::optional<rules::EventIndex> event;  // that it is of; none: a record's reference
        // What it is about where its key is no record.
        std::string entity, id;
        std::optional<rules::Reference> subject;
    };

    Instant now() const { return recalled_at_.value_or(turn_.now()); }
    const rules::Trigger& trigger(TriggerUse use) const { return context_.triggers.trigger(use); }
    const rules::Rule& rule(TriggerUse use) const { return context_.program.rules[use.rule]; }

    void look(const std::vector<PatternUse>& uses, const rules::Value& bound,
              const std::shared_ptr<const SetOff>& by, std::vector<Pending>& out);
    void look(PatternUse use, Occurrence& occurrence);
    void came_at(Occurrence& occurrence, Instant instant);  // absence
    void count(Occurrence& occurrence);
    void open_sequence(Occurrence& occurrence);
    void close_sequence(Occurrence& occurrence);

    // False: it does not count, or failed, which `out` has then.
    bool find_key(Occurrence& occurrence);
    bool fits(Occurrence& occurrence, const rules::Value& first = {});
    std::optional<rules::Value> evaluate(Occurrence& occurrence, std::uint32_t entry,
                                         const Bindings& bindings);
    std::optional<rules::Value> stated(const Occurrence& occurrence, const rules::Stated& stated,
                                       rules::Kind kind);
    void fail(const Occurrence& occurrence, rules::Failure failure);
    void fire(const Occurrence& occurrence, Bindings bindings);

    RuleMark read_mark(TriggerUse use, std::string_view what, const rules::Value& key);
    std::optional<rules::EventIndex> event_of(TriggerUse use) const;
    std::string encode(const Open& open) const;
    std::optional<Open> decode(const std::optional<std::string>& text) const;
    Open open_of(const Occurrence& occurrence, Instant due) const;
    // Writes what waits; a timer of `kind` moves with it.
    void keep(const RuleMark& mark, const std::optional<Open>& before, Open open, TimerKind kind);
    void forget(const RuleMark& mark, const std::optional<Open>& open, TimerKind kind);
    void begin_anew(RuleMark& mark, std::string_view what);
    void take_overdue(TriggerUse use, RuleMark& mark, std::optional<Open>& open, TimerKind kind);
    std::optional<Pending> end_of(TriggerUse use, const Open& open);
    std::optional<TriggerUse> use_of(const StoredTimer& timer) const;
    std::shared_ptr<SetOff> set_off_by_time(TriggerUse use, const Open& open) const;

    Turn& turn_;
    Context& context_;
    Layer& layer_;
    std::vector<Pending> overdue_;
    std::set<std::string>* recalled_ = nullptr;
    std::optional<Instant> recalled_at_;
};

}  // namespace pawl::engine
