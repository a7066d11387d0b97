#include "engine/internal/rule_clock.h"

#include <algorithm>

#include "engine/internal/context.h"
#include "engine/internal/mark_number.h"

namespace pawl::engine {

using rules::Value;

std::string SweepProgress::encode() const {
    return std::to_string(struck.micros) + " " + std::to_string(after);
}

std::optional<SweepProgress> SweepProgress::decode(std::string_view text) {
    const std::size_t gap = text.find(' ');
    if (gap == std::string_view::npos) return std::nullopt;
    const auto struck = read_mark_number(text.substr(0, gap));
    const auto after = read_mark_number(text.substr(gap + 1));
    if (!struck || !after) return std::nullopt;
    return SweepProgress{{*struck}, *after};
}

RuleClock::RuleClock(Context& context, TriggerUse use, Instant since)
    : context_(context), use_(use), zone_(context.zone), since_(since) {
    const rules::Clock& written = *context.triggers.trigger(use).clock;
    if (!written.zone.empty()) zone_ = Zone::find(written.zone).value_or(context.zone);
    read_settings();
}

bool RuleClock::sweeps() const { return context_.triggers.trigger(use_).clock->sweep.has_value(); }

void RuleClock::read_settings() {
    const rules::Clock& written = *context_.triggers.trigger(use_).clock;
    cadence_ = written.cadence;
    if (written.at_entry) {
        cadence_.at.clear();
        const Value times = context_.schedule.stated(use_, {Value(), written.at_entry});
        if (times.kind() == rules::Kind::list)
            for (const Value& time : times.as_list())
                if (time.kind() == rules::Kind::time) cadence_.at.push_back(time.as_time());
        std::sort(cadence_.at.begin(), cadence_.at.end());
        // Settings that say no time leave the clock without one; empty would mean midnight.
        has_times_ = !cadence_.at.empty();
    }
    find_next();
}

void RuleClock::has_struck(Instant since) {
    since_ = since;
    find_next();
}

void RuleClock::find_next() {
    next_ = has_times_ ? rules::next_occurrence(cadence_, since_, zone_) : std::nullopt;
}

std::optional<Instant> RuleClock::last_strike(Instant until) const {
    if (!next_ || *next_ > until) return std::nullopt;
    // Each probe starts twice as far back as the one before, until it finds a strike: a clock that
    // strikes every minute is not walked through a year.
    for (std::int64_t back = 60 * micros_per_second;; back *= 2) {
        const Instant from{std::max(until.micros - back, next_->micros - 1)};
        std::optional<Instant> found;
        for (auto strike = rules::next_occurrence(cadence_, from, zone_);
             strike && *strike <= until; strike = rules::next_occurrence(cadence_, *strike, zone_))
            found = strike;
        if (found) return found;
        if (from < *next_) return next_;
    }
}

}  // namespace pawl::engine
