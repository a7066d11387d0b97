#include <charconv>
#include <utility>

#include "base/limits.h"
#include "engine/internal/patterns.h"
#include "engine/internal/state_json.h"
#include "engine/store/record_names.h"

// Patterns that wait for their time: absence, and sequences that were opened. The mark says when
// that is; a timer that comes too early is set anew, so that what moves with each event costs one
// timer a key.

namespace pawl::engine {

using rules::Kind;
using rules::TriggerKind;
using rules::Value;

// ---- What is kept -----------------------------------------------------------------------------

RuleMark Patterns::read_mark(TriggerUse use, std::string_view what, const Value& key) {
    std::string rest = "." + std::to_string(use.trigger) + "/";
    if (!key.is_missing()) rest += mark_part(key, context_.program.schema);
    RuleMark mark = read_rule_mark(layer_, now(), what, rule(use), rest);
    if (recalled_ != nullptr && recalled_->insert(mark.key).second) begin_anew(mark, what);
    return mark;
}

// What another text of the rule left there, or a recall that was cut short.
void Patterns::begin_anew(RuleMark& mark, std::string_view what) {
    if (!mark.value) return;
    const bool is_absence = what == "absence";
    forget(mark, what == "count" ? std::nullopt : decode(mark.value),
           is_absence ? TimerKind::absence : TimerKind::sequence);
    mark.value.reset();
    mark.former_key.clear();
}

std::string Patterns::encode(const Open& open) const {
    StateWriter out(context_.program.schema);
    out.instant("due", open.due);
    if (open.timer) {
        out.instant("timer", open.timer->due);
        out.number("timer_number", open.timer->number);
    }
    out.value("key", open.key);
    // By its event's name, since the mark is read without its rule, too.
    if (open.event) out.text("event", context_.program.schema.events[*open.event].name);
    out.record("bound", open.bound, open.event ? type_of_event(*open.event) : rules::Type{});
    out.text("entity", open.entity);
    out.text("id", open.id);
    if (open.subject) out.value("subject", Value::reference(*open.subject));
    return out.take();
}

std::optional<Patterns::Open> Patterns::decode(const std::optional<std::string>& text) const {
    if (!text) return std::nullopt;
    StateReader in(*text, context_.program.schema);
    Open open;
    const auto due = in.instant("due"), timer = in.instant("timer");
    if (due) open.due = *due;
    if (timer) open.timer = TimerKey{*timer, in.number("timer_number")};
    open.key = in.value("key");
    if (const std::string event = in.text("event"); !event.empty())
        open.event = context_.program.schema.find_event(event);
    open.bound = in.record("bound", open.event ? type_of_event(*open.event) : rules::Type{});
    open.entity = in.text("entity");
    open.id = in.text("id");
    const Value subject = in.value("subject");
    if (subject.kind() == Kind::reference) open.subject = subject.as_reference();
    if (!in.is_good() || !due) return std::nullopt;
    return open;
}

std::optional<rules::EventIndex> Patterns::event_of(TriggerUse use) const {
    const rules::PatternPart& first = trigger(use).pattern->first;
    if (first.kind != rules::PatternPartKind::event) return std::nullopt;
    return first.event;
}

Patterns::Open Patterns::open_of(const Occurrence& occurrence, Instant due) const {
    Open open;
    open.due = due;
    open.key = occurrence.key;
    open.bound = occurrence.bound;
    open.event = event_of(occurrence.use);
    if (open.key.kind() == Kind::reference) return open;
    open.entity = occurrence.by->entity;
    open.id = occurrence.by->id;
    open.subject = occurrence.by->subject;
    return open;
}

namespace {

StoredTimer timer_of(const TimerKey& key, TimerKind kind, const RuleMark& mark) {
    return {key, kind, mark.former_key.empty() ? mark.key : mark.former_key};
}

}  // namespace

void Patterns::keep(const RuleMark& mark, const std::optional<Open>& before, Open open,
                    TimerKind kind) {
    if (before && before->timer) {
        // A timer's target is the key under which the mark was written.
        if (mark.former_key.empty() && before->timer->due <= open.due)
            open.timer = before->timer;
        else
            layer_.put_timer({timer_of(*before->timer, kind, mark), true});
    }
    if (!open.timer) open.timer = turn_.set_timer(layer_, open.due, kind, mark.key);
    write_rule_mark(layer_, mark, encode(open));
}

void Patterns::forget(const RuleMark& mark, const std::optional<Open>& open, TimerKind kind) {
    if (open && open->timer) layer_.put_timer({timer_of(*open->timer, kind, mark), true});
    write_rule_mark(layer_, mark, std::nullopt);
}

// ---- What comes -------------------------------------------------------------------------------

// In a storm an input may come before the turn of what was due when it came. What waits for its
// time has that turn now: what came would take its place.
void Patterns::take_overdue(TriggerUse use, RuleMark& mark, std::optional<Open>& open,
                            TimerKind kind) {
    if (!open || !open->timer || open->due > now()) return;
    forget(mark, open, kind);
    auto pending = end_of(use, *open);
    if (pending) overdue_.push_back(std::move(*pending));
    mark.value.reset();
    open.reset();
}

// The absence counts from there.
void Patterns::came_at(Occurrence& occurrence, Instant instant) {
    RuleMark mark = read_mark(occurrence.use, "absence", occurrence.key);
    auto open = decode(mark.value);
    take_overdue(occurrence.use, mark, open, TimerKind::absence);
    const auto within = stated(occurrence, trigger(occurrence.use).pattern->within, Kind::duration);
    if (!within) return;
    const auto due = context_.zone.add(instant, within->as_duration());
    // Beyond the calendar, or past when it was set, it never comes to that.
    if (!due || *due <= now()) return forget(mark, open, TimerKind::absence);
    keep(mark, open, open_of(occurrence, *due), TimerKind::absence);
}

// The first one of a key stays until its window ends, or it is closed.
void Patterns::open_sequence(Occurrence& occurrence) {
    const rules::Pattern& pattern = *trigger(occurrence.use).pattern;
    RuleMark mark = read_mark(occurrence.use, "sequence", occurrence.key);
    auto open = decode(mark.value);
    take_overdue(occurrence.use, mark, open, TimerKind::sequence);
    if (open && open->due >= now()) return;
    const auto within = stated(occurrence, pattern.within, Kind::duration);
    if (!within) return;
    const auto due = context_.zone.add(now(), within->as_duration());
    if (!due && pattern.is_negated) return;
    const Open opened = open_of(occurrence, due.value_or(Instant{INT64_MAX}));
    if (pattern.is_negated) return keep(mark, open, opened, TimerKind::sequence);
    // Its end is part of the window.
    std::optional<Instant> expires;
    if (due) expires = Instant{due->micros + 1};
    write_rule_mark(layer_, mark, encode(opened), expires);
}

void Patterns::close_sequence(Occurrence& occurrence) {
    const rules::Pattern& pattern = *trigger(occurrence.use).pattern;
    RuleMark mark = read_mark(occurrence.use, "sequence", occurrence.key);
    auto open = decode(mark.value);
    take_overdue(occurrence.use, mark, open, TimerKind::sequence);
    if (!open || open->due < now() || !fits(occurrence, open->bound)) return;
    forget(mark, open, TimerKind::sequence);
    if (pattern.is_negated) return;
    // Where both go by one name, the later one has it.
    fire(occurrence,
         {{pattern.first.local, open->bound}, {pattern.second.local, occurrence.bound}});
}

void Patterns::record_deleted(rules::Reference record) {
    const Value key = Value::reference(record);
    for (const TriggerUse use : context_.triggers.entity(record.entity).pattern_keys) {
        const bool is_absence = trigger(use).kind == TriggerKind::absence;
        const bool is_count = trigger(use).kind == TriggerKind::count;
        const RuleMark mark = read_mark(use,
                                        is_absence ? "absence"
                                        : is_count ? "count"
                                                   : "sequence",
                                        key);
        if (!mark.value) continue;
        forget(mark, is_count ? std::nullopt : decode(mark.value),
               is_absence ? TimerKind::absence : TimerKind::sequence);
    }
}

// ---- Time -------------------------------------------------------------------------------------

// Of "absence/rule.0/key".
std::optional<TriggerUse> Patterns::use_of(const StoredTimer& timer) const {
    const std::string& target = timer.target;
    const std::size_t slash = target.find('/');
    const std::size_t dot = target.find('.', slash);
    if (slash == std::string::npos || dot == std::string::npos) return std::nullopt;
    const auto rule = find_live_rule(context_.program, target.substr(slash + 1, dot - slash - 1));
    std::uint16_t place = 0;
    std::from_chars(target.data() + dot + 1, target.data() + target.size(), place);
    if (!rule || place >= context_.program.rules[*rule].triggers.size()) return std::nullopt;
    const TriggerUse use{*rule, place};
    const rules::Trigger& found = trigger(use);
    const bool is_same = timer.kind == TimerKind::absence
                             ? found.kind == TriggerKind::absence
                             : found.kind == TriggerKind::sequence && found.pattern->is_negated;
    return is_same ? std::optional(use) : std::nullopt;
}

std::shared_ptr<SetOff> Patterns::set_off_by_time(TriggerUse use, const Open& open) const {
    auto by = std::make_shared<SetOff>();
    by->cause = {CauseKind::timer, trigger(use).text};
    by->trigger = trigger(use).text;
    by->entity = open.entity;
    by->id = open.id;
    by->subject = open.subject;
    if (open.key.kind() != Kind::reference) return by;
    const rules::Reference record = open.key.as_reference();
    by->entity = context_.schema.entity_name(record.entity);
    by->id = id_of(layer_.get(record));
    by->subject = record;
    return by;
}

// What it sets off when its time has come; nothing: its record is gone.
std::optional<Pending> Patterns::end_of(TriggerUse use, const Open& open) {
    const bool is_gone =
        open.key.kind() == Kind::reference && layer_.get(open.key.as_reference()) == nullptr;
    if (is_gone) return std::nullopt;
    Pending pending;
    pending.by = set_off_by_time(use, open);
    pending.use = use;
    pending.also_bound = {{trigger(use).pattern->first.local, open.bound}};
    // Of `including never`: the record that is counted by, which has a name of its own.
    if (trigger(use).record_local) pending.bound = open.key;
    if (turn_.is_missed(use.rule, open.due)) pending.missed = open.due;
    return pending;
}

void Patterns::timer_due(const StoredTimer& timer, std::vector<Pending>& out) {
    auto open = decode(layer_.mark(timer.target, now()));
    // Another timer took its place, or nothing waits any more.
    if (!open || !open->timer || *open->timer != timer.key) return;
    const auto use = use_of(timer);
    // Earlier releases did not say what it is of.
    if (use && !open->event) open->event = event_of(*use);
    if (use && open->due > now()) {
        open->timer = turn_.set_timer(layer_, open->due, timer.kind, timer.target);
        return layer_.put_mark({timer.target, encode(*open), std::nullopt, {}});
    }
    layer_.put_mark({timer.target, std::nullopt, std::nullopt, {}});
    if (!use) return;
    if (auto pending = end_of(*use, *open)) out.push_back(std::move(*pending));
}

}  // namespace pawl::engine
