#include "engine/internal/schedule.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/check.h"
#include "base/limits.h"
#include "engine/internal/context.h"
#include "engine/internal/layer.h"

namespace pawl::engine {

using rules::RecordKey;
using rules::Value;

namespace {

constexpr std::size_t timers_at_once = 4'096;
constexpr std::size_t dates_at_once = 1'024;
// What is held of one kind in memory; above, the later half goes.
constexpr std::size_t held_max = 32'768;
constexpr Instant end_of_time{std::numeric_limits<std::int64_t>::max()};

// What a date is moved by in days or months depends on the calendar: a month's end clamps, a day
// may have 23 hours. So far two dues may stand in another order than the dates they come from.
constexpr std::int64_t calendar_slack_micros = 4 * micros_per_day;

Instant moved(Instant instant, std::int64_t micros) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(instant.micros, micros, &sum))
        return micros < 0 ? Instant{std::numeric_limits<std::int64_t>::min()} : end_of_time;
    return {sum};
}

std::optional<std::int64_t> read_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string use_name(const Context& context, TriggerUse use) {
    return context.program.rules[use.rule].id + "." + std::to_string(use.trigger);
}

// Rules by the name they had before come after their own.
std::optional<std::string> read_mark(Context& context, std::string_view what, TriggerUse use) {
    const rules::Rule& rule = context.program.rules[use.rule];
    const std::string place = "." + std::to_string(use.trigger);
    const std::string prefix = std::string(what) + "/";
    if (auto mark = context.store.mark(prefix + rule.id + place, context.counters.now)) return mark;
    if (rule.renamed_from.empty()) return std::nullopt;
    return context.store.mark(prefix + rule.renamed_from + place, context.counters.now);
}

}  // namespace

Schedule::Schedule(Context& context) : context_(context) {}

std::string Schedule::since_mark(TriggerUse use) const {
    return "since/" + use_name(context_, use);
}

std::string Schedule::handled_mark(TriggerUse use, RecordKey record, Instant due) const {
    return "handled/" + use_name(context_, use) + "/" + std::to_string(record) + "/" +
           std::to_string(due.micros);
}

std::string Schedule::sweep_mark(TriggerUse use) const {
    return "sweep/" + use_name(context_, use);
}

Value Schedule::stated(TriggerUse use, const rules::Stated& stated) {
    rules::Budget budget;
    Layer none(context_.program, context_.store);
    rules::Outcome outcome =
        context_.evaluator.evaluate(context_.program.rules[use.rule].unit, stated, none,
                                    {context_.counters.now, context_.counters.now}, budget);
    return outcome.failure ? Value() : std::move(outcome.value);
}

// ---- The beginning ----------------------------------------------------------------------------

std::vector<MarkWrite> Schedule::begin(Instant now) {
    PAWL_CHECK(!has_begun_);
    has_begun_ = true;
    std::vector<MarkWrite> marks;
    const auto since = [&](TriggerUse use) {
        if (const auto mark = read_mark(context_, "since", use))
            if (const auto micros = read_number(*mark)) return Instant{*micros};
        marks.push_back({since_mark(use), std::to_string(now.micros), std::nullopt, now});
        return now;
    };
    for (const TriggerUse use : context_.triggers.anchors()) {
        Near near;
        near.use = use;
        near.since = since(use);
        near.known_until = near.since;
        read(near);
        anchors_.push_back(std::move(near));
    }
    for (const TriggerUse use : context_.triggers.clocks()) {
        Clock clock{use, context_.zone, {}, since(use), std::nullopt, std::nullopt};
        const rules::Clock& written = *context_.triggers.trigger(use).clock;
        if (!written.zone.empty()) clock.zone = Zone::find(written.zone).value_or(context_.zone);
        // Under the rule's own name: of one that was renamed meanwhile, or sweeps no more, what was
        // left is let go.
        const auto mark = context_.store.mark(sweep_mark(use), context_.counters.now);
        if (mark && !written.sweep) {
            marks.push_back({sweep_mark(use), std::nullopt, std::nullopt, now});
        } else if (mark) {
            const std::size_t gap = mark->find(' ');
            const auto at = read_number(std::string_view(*mark).substr(0, gap));
            const auto after = gap == std::string::npos
                                   ? std::nullopt
                                   : read_number(std::string_view(*mark).substr(gap + 1));
            if (at && after) clock.sweep = {Instant{*at}, *after};
        }
        read(clock);
        clocks_.push_back(std::move(clock));
    }
    return marks;
}

void Schedule::read_anew() {
    is_stale_ = true;
    for (Near& near : anchors_) {
        near.due.clear();
        near.known_until = near.since;
        near.knows_all = false;
        read(near);
    }
    for (Clock& clock : clocks_) read(clock);
}

void Schedule::read(Near& near) {
    const rules::Anchor& anchor = *context_.triggers.trigger(near.use).anchor;
    near.offset = {};
    near.at.reset();
    const Value offset = stated(near.use, anchor.offset);
    if (offset.kind() == rules::Kind::duration) near.offset = offset.as_duration();
    if (anchor.is_before) near.offset = scale(near.offset, -1).value_or(Duration{});
    const Value at = stated(near.use, anchor.at);
    if (at.kind() == rules::Kind::time) near.at = at.as_time();
}

void Schedule::read(Clock& clock) {
    const rules::Clock& written = *context_.triggers.trigger(clock.use).clock;
    clock.cadence = written.cadence;
    if (written.at_entry) {
        clock.cadence.at.clear();
        const Value times = stated(clock.use, {Value(), written.at_entry});
        if (times.kind() == rules::Kind::list)
            for (const Value& time : times.as_list())
                if (time.kind() == rules::Kind::time) clock.cadence.at.push_back(time.as_time());
        std::sort(clock.cadence.at.begin(), clock.cadence.at.end());
        // Settings that say no time leave the clock without one; empty would mean midnight.
        clock.next.reset();
        if (clock.cadence.at.empty()) return;
    }
    clock.next = rules::next_occurrence(clock.cadence, clock.since, clock.zone);
}

// ---- Timers -----------------------------------------------------------------------------------

void Schedule::load_timers() {
    if (knows_all_timers_ || !timers_.empty()) return;
    const std::vector<StoredTimer> loaded =
        context_.store.timers(timers_known_until_, timers_at_once);
    for (const StoredTimer& timer : loaded) timers_.emplace(timer.key, timer);
    if (loaded.size() < timers_at_once)
        knows_all_timers_ = true;
    else
        timers_known_until_ = loaded.back().key;
}

// ---- Dates of records -------------------------------------------------------------------------

std::optional<Instant> Schedule::anchor_due(TriggerUse use, const rules::Record& record) {
    const rules::Trigger& trigger = context_.triggers.trigger(use);
    const auto near = std::find_if(anchors_.begin(), anchors_.end(), [use](const Near& each) {
        return each.use.rule == use.rule && each.use.trigger == use.trigger;
    });
    if (near == anchors_.end()) return std::nullopt;
    return due_of(*near, record.fields[trigger.field]);
}

std::optional<Instant> Schedule::due_of(const Near& near, const Value& value) const {
    std::optional<Instant> due;
    if (value.kind() == rules::Kind::date) {
        // Days are added to the day: it may have no midnight.
        auto date = add_months(value.as_date(), near.offset.months);
        if (date) date = add_days(*date, near.offset.days);
        if (!date) return std::nullopt;
        const Instant midnight = context_.zone.instant(*date, TimeOfDay{});
        due = context_.zone.add(midnight, {0, 0, near.offset.micros});
    } else if (value.kind() == rules::Kind::datetime) {
        due = context_.zone.add(value.as_datetime(), near.offset);
    }
    if (!due || !near.at) return due;
    return context_.zone.instant(context_.zone.local(*due).date, *near.at);
}

// A date below every one that is due later than `since`.
Value Schedule::date_below(const Near& near, Instant since) const {
    const bool is_exact = near.offset.months == 0 && near.offset.days == 0 && !near.at;
    Instant low = moved(since, -near.offset.micros);
    if (!is_exact) {
        // Months have 28 to 31 days; the difference counts on either side.
        const std::int64_t days = near.offset.days + static_cast<std::int64_t>(near.offset.months) *
                                                         (near.offset.months > 0 ? 31 : 28);
        low = moved(moved(low, -days * micros_per_day), -calendar_slack_micros);
    }
    const rules::Trigger& trigger = context_.triggers.trigger(near.use);
    const rules::Field& field =
        context_.program.schema.entities[trigger.entity].fields[trigger.field];
    if (context_.program.schema.type(field.type).kind != rules::TypeKind::date)
        return is_in_calendar(low) ? Value::datetime(low) : Value();
    if (!is_in_calendar(low)) return Value();
    return Value::date(Date{context_.zone.local(low).date.days - 1});
}

// Reads on until something is due that is sure to be the earliest, or nothing is left.
void Schedule::load(Near& near) {
    const auto is_known = [&near] {
        return near.knows_all || (!near.due.empty() && near.due.begin()->first <= near.known_until);
    };
    if (is_known()) return;
    const rules::Trigger& trigger = context_.triggers.trigger(near.use);
    const bool is_exact = near.offset.months == 0 && near.offset.days == 0 && !near.at;
    OrderedRecord after{date_below(near, std::max(near.since, near.known_until)),
                        std::numeric_limits<RecordKey>::max()};
    while (!is_known()) {
        const std::vector<OrderedRecord> page =
            context_.store.ordered(trigger.entity, trigger.field, after, dates_at_once);
        for (const OrderedRecord& record : page) {
            const auto due = due_of(near, record.value);
            if (due && *due > near.since) near.due.emplace(*due, record.key);
        }
        if (page.size() < dates_at_once) {
            near.knows_all = true;
            return;
        }
        after = page.back();
        if (const auto due = due_of(near, after.value))
            // Of the last date there may be more records.
            near.known_until =
                std::max(near.known_until, moved(*due, is_exact ? -1 : -calendar_slack_micros));
    }
}

// ---- What is next -----------------------------------------------------------------------------

const std::optional<Due>& Schedule::earliest() {
    if (!is_stale_) return earliest_;
    is_stale_ = false;
    earliest_.reset();
    const auto offer = [this](Instant at, auto what) {
        if (!earliest_ || at < earliest_->at) earliest_ = Due{at, std::move(what)};
    };
    load_timers();
    if (!timers_.empty()) offer(timers_.begin()->first.due, timers_.begin()->second);
    for (Near& near : anchors_) {
        load(near);
        if (near.due.empty()) continue;
        const rules::EntityIndex entity = context_.triggers.trigger(near.use).entity;
        offer(near.due.begin()->first, AnchorDue{near.use, {entity, near.due.begin()->second}});
    }
    for (const Clock& clock : clocks_) {
        if (clock.sweep)
            // Behind what was due meanwhile: a long one holds up nothing else.
            offer(std::max(clock.sweep->first, context_.counters.now),
                  ClockDue{clock.use, clock.sweep->second, clock.sweep->first});
        else if (clock.next)
            offer(*clock.next, ClockDue{clock.use, 0});
    }
    return earliest_;
}

std::optional<Due> Schedule::first(Instant until) {
    const std::optional<Due>& due = earliest();
    return due && due->at <= until ? due : std::nullopt;
}

std::optional<Instant> Schedule::next() {
    const std::optional<Due>& due = earliest();
    return due ? std::optional(due->at) : std::nullopt;
}

// ---- What turns change ------------------------------------------------------------------------

void Schedule::note(const WriteBatch& batch) {
    if (!batch.timers.empty()) is_stale_ = true;
    for (const TimerWrite& write : batch.timers) {
        if (write.is_removed)
            timers_.erase(write.timer.key);
        else if (knows_all_timers_ || write.timer.key <= timers_known_until_)
            timers_.emplace(write.timer.key, write.timer);
    }
    if (timers_.size() > held_max) {
        timers_.erase(std::next(timers_.begin(), held_max / 2), timers_.end());
        timers_known_until_ = std::prev(timers_.end())->first;
        knows_all_timers_ = false;
    }
    for (const MarkWrite& mark : batch.marks) note(mark);
    if (anchors_.empty()) return;
    for (const RecordWrite& write : batch.records)
        if (write.record != nullptr &&
            !context_.triggers.entity(write.reference.entity).anchors.empty())
            note(write, batch.counters.now);
}

void Schedule::note(const RecordWrite& write, Instant now) {
    for (Near& near : anchors_) {
        const rules::Trigger& trigger = context_.triggers.trigger(near.use);
        if (trigger.entity != write.reference.entity) continue;
        const auto due = due_of(near, write.record->fields[trigger.field]);
        // One that is past had its say when it was set.
        if (!due || *due <= now || (!near.knows_all && *due > near.known_until)) continue;
        near.due.emplace(*due, write.reference.key);
        is_stale_ = true;
        if (near.due.size() <= held_max) continue;
        // All of the first instant stay, however many: without them nothing would be known.
        if (std::next(near.due.begin(), held_max / 2)->first == near.due.begin()->first) continue;
        near.due.erase(std::next(near.due.begin(), held_max / 2), near.due.end());
        near.known_until = moved(near.due.rbegin()->first, -1);
        near.knows_all = false;
    }
}

void Schedule::note(const MarkWrite& mark) {
    const bool is_since = mark.key.starts_with("since/");
    if (!is_since && !mark.key.starts_with("sweep/")) return;
    is_stale_ = true;
    for (Near& near : anchors_) {
        if (!is_since || mark.key != since_mark(near.use)) continue;
        near.since = Instant{read_number(mark.value.value_or("")).value_or(near.since.micros)};
        near.due.erase(near.due.begin(),
                       near.due.upper_bound({near.since, std::numeric_limits<RecordKey>::max()}));
    }
    for (Clock& clock : clocks_) {
        if (is_since && mark.key == since_mark(clock.use)) {
            clock.since =
                Instant{read_number(mark.value.value_or("")).value_or(clock.since.micros)};
            read(clock);
        }
        if (is_since || mark.key != sweep_mark(clock.use)) continue;
        clock.sweep.reset();
        if (!mark.value) continue;
        const std::size_t gap = mark.value->find(' ');
        clock.sweep = {Instant{read_number(mark.value->substr(0, gap)).value_or(0)},
                       read_number(mark.value->substr(gap + 1)).value_or(0)};
    }
}

std::optional<Instant> Schedule::last_strike(TriggerUse use, Instant until) const {
    const auto clock = std::find_if(clocks_.begin(), clocks_.end(), [use](const Clock& each) {
        return each.use.rule == use.rule && each.use.trigger == use.trigger;
    });
    if (clock == clocks_.end() || !clock->next || *clock->next > until) return std::nullopt;
    // Each probe starts twice as far back as the one before, until it finds a strike: a clock that
    // strikes every minute is not walked through a year.
    Instant found = *clock->next;
    for (std::int64_t back = 60 * micros_per_second;; back *= 2) {
        const Instant from{std::max(until.micros - back, clock->next->micros - 1)};
        std::optional<Instant> next = rules::next_occurrence(clock->cadence, from, clock->zone);
        if (next && *next <= until) {
            for (; next && *next <= until;
                 next = rules::next_occurrence(clock->cadence, *next, clock->zone))
                found = *next;
            return found;
        }
        if (from.micros < clock->next->micros) return found;
    }
}

bool Schedule::is_settled(TriggerUse use, Instant until) const {
    return std::all_of(anchors_.begin(), anchors_.end(), [&](const Near& near) {
        if (near.use.rule != use.rule || near.use.trigger != use.trigger) return true;
        const bool knows = near.knows_all || until <= near.known_until;
        return knows && (near.due.empty() || until < near.due.begin()->first);
    });
}

void Schedule::settled(const AnchorDue& anchor, Instant due) {
    is_stale_ = true;
    for (Near& near : anchors_)
        if (near.use.rule == anchor.use.rule && near.use.trigger == anchor.use.trigger)
            near.due.erase({due, anchor.record.key});
}

}  // namespace pawl::engine
