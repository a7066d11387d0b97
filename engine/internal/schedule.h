#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/internal/trigger_index.h"
#include "engine/ports/store.h"
#include "rules/cadence.h"

// What is to come, in the order in which it is due. Only the near part is in memory: the rest is in
// the store, as timers, as dates of records (an anchored trigger is derived from the field it hangs
// on), as the clocks of rules. A cache and nothing else: whatever it says is looked at again by the
// turn that it leads to.

namespace pawl::engine {

struct Context;

// A date of a record has come: `24h before session.starts_at`.
struct AnchorDue {
    TriggerUse use;
    rules::Reference record;
};
// The clock of a rule strikes. Of a sweep under way: when it struck, and the last record taken.
struct ClockDue {
    TriggerUse use;
    rules::RecordKey after = 0;
    std::optional<Instant> struck = {};
};

struct Due {
    Instant at;  // when it was, or is, due
    std::variant<StoredTimer, AnchorDue, ClockDue> what;
};

class Schedule {
 public:
    // The context outlives it.
    explicit Schedule(Context& context);

    // Time begins to count at `now`, or goes on: marks that say since when each clock and each date
    // is watched are made where there are none. To be called once, before the rest.
    std::vector<MarkWrite> begin(Instant now);
    bool has_begun() const { return has_begun_; }

    // The earliest instant at which something may be due.
    std::optional<Instant> next();
    // The earliest of what is due at `until` or before. The same again until a turn has settled it.
    std::optional<Due> first(Instant until);

    // What a turn is about to commit.
    void note(const WriteBatch& batch);
    // A setting changed: offsets and times are read anew.
    void read_anew();

    // A date has had its turn, or is not what it was any more.
    void settled(const AnchorDue& anchor, Instant due);
    // Of that instant or before no date of the trigger is left.
    bool is_settled(TriggerUse use, Instant until) const;

    // The instant at which a date of a record is due; nothing: it has none.
    std::optional<Instant> anchor_due(TriggerUse use, const rules::Record& record);

    // The last time the clock of a rule strikes at `until` or before, since it last did.
    std::optional<Instant> last_strike(TriggerUse use, Instant until) const;

    // Keys of marks.
    std::string since_mark(TriggerUse use) const;  // handled up to then: "since/rule.0"
    std::string handled_mark(TriggerUse use, rules::RecordKey record, Instant due) const;
    std::string sweep_mark(TriggerUse use) const;

 private:
    struct Near {
        TriggerUse use;
        Instant since;                                       // handled up to then
        std::set<std::pair<Instant, rules::RecordKey>> due;  // later than `since`
        Instant known_until;                                 // all up to then are in `due`
        bool knows_all = false;
        Duration offset;  // signed
        std::optional<TimeOfDay> at;
    };
    struct Clock {
        TriggerUse use;
        Zone zone;
        rules::Cadence cadence;
        Instant since;
        std::optional<Instant> next;
        std::optional<std::pair<Instant, rules::RecordKey>> sweep;  // under way
    };

    const std::optional<Due>& earliest();
    void load_timers();
    void load(Near& near);
    void read(Near& near);
    void read(Clock& clock);
    void note(const RecordWrite& write, Instant now);
    void note(const MarkWrite& mark);
    std::optional<Instant> due_of(const Near& near, const rules::Value& value) const;
    rules::Value date_below(const Near& near, Instant since) const;
    rules::Value stated(TriggerUse use, const rules::Stated& stated);

    Context& context_;
    bool has_begun_ = false;
    std::map<TimerKey, StoredTimer> timers_;
    TimerKey timers_known_until_;
    bool knows_all_timers_ = false;
    std::vector<Near> anchors_;
    std::vector<Clock> clocks_;
    std::optional<Due> earliest_;
    bool is_stale_ = true;  // earliest_ is to be found anew
};

}  // namespace pawl::engine
