#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/zone.h"
#include "engine/internal/trigger_index.h"
#include "rules/cadence.h"

// The clock of one `every …` or `cron`, and the sweep over records that its last strike began. It
// strikes at every time of its cadence that is later than since(), which is the mark
// `since/RULE.N`: the last time that it struck, or the moment in which time began to count.

namespace pawl::engine {

struct Context;

// How far the work over many records got that one strike set off (meaning.md 5): kept as the mark
// `sweep/RULE.N`.
struct SweepProgress {
    Instant struck;
    rules::RecordKey after = 0;  // the last record that was taken

    std::string encode() const;
    static std::optional<SweepProgress> decode(std::string_view text);
};

class RuleClock {
 public:
    // The context outlives it.
    RuleClock(Context& context, TriggerUse use, Instant since);

    TriggerUse use() const { return use_; }
    bool sweeps() const;

    // When it strikes next; nothing: never.
    std::optional<Instant> next() const { return next_; }
    // The last of the times at which it strikes up to `until`; nothing: it does not.
    std::optional<Instant> last_strike(Instant until) const;
    void has_struck(Instant since);

    const std::optional<SweepProgress>& sweep() const { return sweep_; }
    void set_sweep(std::optional<SweepProgress> sweep) { sweep_ = sweep; }

    // Settings changed: the times of day are read anew.
    void read_settings();

 private:
    void find_next();

    Context& context_;
    TriggerUse use_;
    Zone zone_;
    rules::Cadence cadence_;
    bool has_times_ = true;
    Instant since_;
    std::optional<Instant> next_;
    std::optional<SweepProgress> sweep_;  // under way
};

}  // namespace pawl::engine
