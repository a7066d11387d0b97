#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/internal/anchor_dates.h"
#include "engine/internal/near_timers.h"
#include "engine/internal/rule_clock.h"

// What is to come, in the order in which it is due: stored timers, dates of records, clocks of
// rules. Each of these sources knows its own earliest; the schedule keeps them in order and passes
// on what turns change, to those concerned alone.
//
// A cache and nothing else: it never says less than the store (what is due is in it), but may say
// more. The turn that it leads to looks again: a timer may be stale, a date may have moved.

namespace pawl::engine {

struct Context;

// A date of a record has come: `24h before session.starts_at`.
struct AnchorDue {
    TriggerUse use;
    rules::Reference record;
};
// The clock of a rule strikes; or its sweep goes on.
struct ClockDue {
    TriggerUse use;
    std::optional<SweepProgress> sweep = {};  // under way
};

struct Due {
    Instant at;  // when it was, or is, due
    std::variant<StoredTimer, AnchorDue, ClockDue> what;
};

class Schedule {
 public:
    // The context outlives it.
    explicit Schedule(Context& context) : context_(context), timers_(store_of(context)) {}

    // Time begins to count at `now`, or goes on: marks that say since when each clock and each date
    // is watched are made where there are none, and those of rules that were renamed get their new
    // names. To be called once, before the rest.
    std::vector<MarkWrite> begin(Instant now);
    bool has_begun() const { return has_begun_; }

    // The earliest instant at which something may be due.
    std::optional<Instant> next();
    // The earliest of what is due at `until` or before. The same again until a turn has settled it.
    std::optional<Due> first(Instant until);

    // What a turn is about to commit; the store does not have it yet.
    void note(const WriteBatch& batch);
    // A setting changed: offsets and times are read anew.
    void read_anew();

    // A date has had its turn, or is not what it was any more.
    void settled(const AnchorDue& anchor, Instant due);
    // Of that instant or before no date of the trigger is left.
    bool is_settled(TriggerUse use, Instant until) const;
    // The instant at which a date of a record is due; nothing: it has none.
    std::optional<Instant> anchor_due(TriggerUse use, const rules::Record& record) const;
    // The last time the clock of a rule strikes at `until` or before, since it last did.
    std::optional<Instant> last_strike(TriggerUse use, Instant until) const;

    // Keys of marks.
    std::string since_mark(TriggerUse use) const;  // AnchorDates, RuleClock: "since/rule.0"
    std::string sweep_mark(TriggerUse use) const;
    // That one date had its turn, while others before it may not have had theirs.
    std::string handled_mark(TriggerUse use, rules::RecordKey record, Instant due) const;
    // The same under the name that the rule had before; empty: it had none.
    std::string former_handled_mark(TriggerUse use, rules::RecordKey record, Instant due) const;

    // What a trigger says of itself, as the settings are now; missing where they do not say it.
    rules::Value stated(TriggerUse use, const rules::Stated& stated) const;

 private:
    // A source's place among those that are due at one instant: timers, then dates, then clocks,
    // each in the order of the rules.
    using Place = std::size_t;
    static constexpr Place place_of_timers = 0;
    Place place_of_anchor(std::size_t index) const { return 1 + index; }
    Place place_of_clock(std::size_t index) const { return 1 + anchors_.size() + index; }

    static Store& store_of(Context& context);
    std::string name_of(TriggerUse use) const;
    std::string former_name_of(TriggerUse use) const;
    std::optional<std::string> take_mark(std::string_view what, TriggerUse use, Instant now,
                                         std::vector<MarkWrite>& marks);
    Instant take_since(TriggerUse use, Instant now, std::vector<MarkWrite>& marks);
    void add_clock(TriggerUse use, Instant now, std::vector<MarkWrite>& marks);
    void add_place(TriggerUse use, Place place);
    std::optional<Place> find(TriggerUse use) const;
    const AnchorDates* find_anchor(TriggerUse use) const;

    void note(const RecordWrite& write);
    void note(const MarkWrite& mark);
    std::optional<Instant> earliest_of(Place place);
    void put_in_order();
    std::optional<std::pair<Instant, Place>> earliest();
    Due due_of(Instant at, Place place);

    Context& context_;
    bool has_begun_ = false;
    NearTimers timers_;
    std::vector<AnchorDates> anchors_;
    std::vector<RuleClock> clocks_;
    // Of anchors and clocks; by the names of their marks, too: "rule.0".
    std::map<std::pair<rules::RuleIndex, std::uint16_t>, Place> places_;
    std::map<std::string, Place, std::less<>> places_by_name_;
    // Anchors that hang on the same field of an entity.
    std::map<std::pair<rules::EntityIndex, rules::FieldIndex>, std::vector<std::size_t>> by_field_;
    // Of the last commit: a record with this key or above is new.
    rules::RecordKey next_key_ = 0;

    // The earliest of each source, in order; of those that changed since it is to be found anew.
    std::set<std::pair<Instant, Place>> order_;
    std::vector<std::optional<Instant>> in_order_;  // by place, as it stands in `order_`
    std::set<Place> changed_{place_of_timers};
    std::set<std::size_t> sweeping_;  // clocks with a sweep under way: their turn depends on now
};

}  // namespace pawl::engine
