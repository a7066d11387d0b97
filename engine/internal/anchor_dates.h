#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "engine/internal/trigger_index.h"
#include "engine/ports/store.h"

// When the records of one anchored trigger (`24h before session.starts_at`) are due. Nothing of it
// is stored but how far it got: the store has the records in the order of their dates, and a due is
// worked out from the date. Here are the next ones.
//
// For every record, with the due D that its date gives, one of these holds:
//
//   D <= since()              it had its turn, or was past when time began to count
//   since() < D <= known      it is in `near_`, or had its turn out of order, of which a mark
//                             `handled/…` tells
//   known < D                 the store has it; it is in `near_` or is found there later
//
// since() is the mark `since/RULE.N`; it goes back only where an exported state is loaded. What is
// in `near_` may have been moved or deleted since: the turn that it leads to looks again.

namespace pawl::engine {

struct Context;

class AnchorDates {
 public:
    // The context outlives it.
    AnchorDates(Context& context, TriggerUse use, Instant since);

    TriggerUse use() const { return use_; }
    rules::EntityIndex entity() const { return entity_; }
    rules::FieldIndex field() const { return field_; }
    Instant since() const { return since_; }

    // The instant at which that date is due; nothing: it is missing, or beyond the calendar.
    std::optional<Instant> due_of(const rules::Value& date) const;

    // The earliest that did not have its turn, and its record. Reads on in the store as far as it
    // must.
    std::optional<std::pair<Instant, rules::RecordKey>> first();
    // Of that instant or before none is left.
    bool is_settled(Instant until) const;

    // A record's date was set. One that was past then had its turn already, of which a mark tells;
    // one that came with a loaded state did not.
    void note(rules::RecordKey record, const rules::Value& date);
    // That one had its turn, or is not what it was any more.
    void settle(Instant due, rules::RecordKey record) { near_.erase({due, record}); }
    // All up to then had their turn.
    void had_turns_until(Instant since);
    // Settings changed: offset and time of day are read anew.
    void read_settings();

 private:
    bool is_exact() const;
    rules::Value date_below(Instant due) const;
    void drop_later_half();
    void forget_all();

    Context& context_;
    TriggerUse use_;
    rules::EntityIndex entity_ = 0;
    rules::FieldIndex field_ = 0;
    Duration offset_;  // signed
    std::optional<TimeOfDay> at_;
    Instant since_;
    Instant known_until_;
    std::set<std::pair<Instant, rules::RecordKey>> near_;
};

}  // namespace pawl::engine
