#include "engine/internal/schedule.h"

#include <algorithm>

#include "base/check.h"
#include "engine/internal/context.h"
#include "engine/internal/layer.h"
#include "engine/internal/mark_number.h"

namespace pawl::engine {

using rules::RecordKey;
using rules::Value;

// Of a context under construction, whose store is there already.
Store& Schedule::store_of(Context& context) { return context.store; }

// ---- Names ------------------------------------------------------------------------------------

std::string Schedule::name_of(TriggerUse use) const {
    return context_.program.rules[use.rule].id + "." + std::to_string(use.trigger);
}

std::string Schedule::former_name_of(TriggerUse use) const {
    const std::string& former = context_.program.rules[use.rule].renamed_from;
    return former.empty() ? std::string() : former + "." + std::to_string(use.trigger);
}

std::string Schedule::since_mark(TriggerUse use) const { return "since/" + name_of(use); }

std::string Schedule::sweep_mark(TriggerUse use) const { return "sweep/" + name_of(use); }

namespace {

std::string handled(const std::string& name, RecordKey record, Instant due) {
    return "handled/" + name + "/" + std::to_string(record) + "/" + std::to_string(due.micros);
}

}  // namespace

std::string Schedule::handled_mark(TriggerUse use, RecordKey record, Instant due) const {
    return handled(name_of(use), record, due);
}

std::string Schedule::former_handled_mark(TriggerUse use, RecordKey record, Instant due) const {
    const std::string former = former_name_of(use);
    return former.empty() ? former : handled(former, record, due);
}

Value Schedule::stated(TriggerUse use, const rules::Stated& stated) const {
    rules::Budget budget;
    Layer none(context_.program, context_.store);
    rules::Outcome outcome =
        context_.evaluator.evaluate(context_.program.rules[use.rule].unit, stated, none,
                                    {context_.counters.now, context_.counters.now}, budget);
    return outcome.failure ? Value() : std::move(outcome.value);
}

// ---- The beginning ----------------------------------------------------------------------------

// The mark of a trigger; one that stands under the rule's former name moves to its own.
std::optional<std::string> Schedule::take_mark(std::string_view what, TriggerUse use, Instant now,
                                               std::vector<MarkWrite>& marks) {
    const std::string key = std::string(what) + "/" + name_of(use);
    if (auto mark = context_.store.mark(key, context_.counters.now)) return mark;
    const std::string former = former_name_of(use);
    if (former.empty()) return std::nullopt;
    const std::string former_key = std::string(what) + "/" + former;
    auto mark = context_.store.mark(former_key, context_.counters.now);
    if (!mark) return std::nullopt;
    marks.push_back({former_key, std::nullopt, std::nullopt, now});
    marks.push_back({key, mark, std::nullopt, now});
    return mark;
}

Instant Schedule::take_since(TriggerUse use, Instant now, std::vector<MarkWrite>& marks) {
    if (const auto mark = take_mark("since", use, now, marks))
        if (const auto micros = read_mark_number(*mark)) return Instant{*micros};
    marks.push_back({since_mark(use), std::to_string(now.micros), std::nullopt, now});
    return now;
}

std::vector<MarkWrite> Schedule::begin(Instant now) {
    PAWL_CHECK(!has_begun_);
    has_begun_ = true;
    next_key_ = context_.counters.next_key;
    std::vector<MarkWrite> marks;
    for (const TriggerUse use : context_.triggers.anchors()) {
        anchors_.emplace_back(context_, use, take_since(use, now, marks));
        by_field_[{anchors_.back().entity(), anchors_.back().field()}].push_back(anchors_.size() -
                                                                                 1);
    }
    for (const TriggerUse use : context_.triggers.clocks()) add_clock(use, now, marks);
    for (std::size_t i = 0; i < anchors_.size(); ++i)
        add_place(anchors_[i].use(), place_of_anchor(i));
    for (std::size_t i = 0; i < clocks_.size(); ++i) add_place(clocks_[i].use(), place_of_clock(i));
    in_order_.resize(1 + anchors_.size() + clocks_.size());
    for (Place place = 0; place < in_order_.size(); ++place) changed_.insert(place);
    return marks;
}

void Schedule::add_place(TriggerUse use, Place place) {
    places_.emplace(std::pair(use.rule, use.trigger), place);
    places_by_name_.emplace(name_of(use), place);
}

void Schedule::add_clock(TriggerUse use, Instant now, std::vector<MarkWrite>& marks) {
    RuleClock& clock = clocks_.emplace_back(context_, use, take_since(use, now, marks));
    const auto mark = take_mark("sweep", use, now, marks);
    if (!mark) return;
    if (clock.sweeps()) {
        clock.set_sweep(SweepProgress::decode(*mark));
        if (clock.sweep()) sweeping_.insert(clocks_.size() - 1);
    } else {
        // A rule that sweeps no more: what was left of it is let go.
        marks.push_back({sweep_mark(use), std::nullopt, std::nullopt, now});
    }
}

void Schedule::read_anew() {
    for (AnchorDates& anchor : anchors_) anchor.read_settings();
    for (RuleClock& clock : clocks_) clock.read_settings();
    for (Place place = 0; place < in_order_.size(); ++place) changed_.insert(place);
}

// ---- What is asked of one trigger --------------------------------------------------------------

std::optional<Schedule::Place> Schedule::find(TriggerUse use) const {
    const auto found = places_.find({use.rule, use.trigger});
    return found == places_.end() ? std::nullopt : std::optional(found->second);
}

const AnchorDates* Schedule::find_anchor(TriggerUse use) const {
    const auto place = find(use);
    return place && *place <= anchors_.size() ? &anchors_[*place - 1] : nullptr;
}

std::optional<Instant> Schedule::anchor_due(TriggerUse use, const rules::Record& record) const {
    const AnchorDates* anchor = find_anchor(use);
    return anchor == nullptr ? std::nullopt : anchor->due_of(record.fields[anchor->field()]);
}

bool Schedule::is_settled(TriggerUse use, Instant until) const {
    const AnchorDates* anchor = find_anchor(use);
    return anchor == nullptr || anchor->is_settled(until);
}

void Schedule::settled(const AnchorDue& anchor, Instant due) {
    const auto place = find(anchor.use);
    if (!place || *place > anchors_.size()) return;
    anchors_[*place - 1].settle(due, anchor.record.key);
    changed_.insert(*place);
}

std::optional<Instant> Schedule::last_strike(TriggerUse use, Instant until) const {
    const auto place = find(use);
    if (!place || *place <= anchors_.size()) return std::nullopt;
    return clocks_[*place - place_of_clock(0)].last_strike(until);
}

// ---- What is next -----------------------------------------------------------------------------

std::optional<Instant> Schedule::earliest_of(Place place) {
    if (place == place_of_timers) {
        const StoredTimer* timer = timers_.first();
        return timer == nullptr ? std::nullopt : std::optional(timer->key.due);
    }
    if (place <= anchors_.size()) {
        const auto first = anchors_[place - 1].first();
        return first ? std::optional(first->first) : std::nullopt;
    }
    const RuleClock& clock = clocks_[place - place_of_clock(0)];
    return clock.sweep() ? std::nullopt : clock.next();
}

void Schedule::put_in_order() {
    for (const Place place : changed_) {
        std::optional<Instant>& stands = in_order_[place];
        const std::optional<Instant> is = earliest_of(place);
        if (stands == is) continue;
        if (stands) order_.erase({*stands, place});
        if (is) order_.emplace(*is, place);
        stands = is;
    }
    changed_.clear();
}

std::optional<std::pair<Instant, Schedule::Place>> Schedule::earliest() {
    if (in_order_.empty()) in_order_.resize(1);  // before the beginning there are only timers
    put_in_order();
    std::optional<std::pair<Instant, Place>> first;
    if (!order_.empty()) first = *order_.begin();
    for (const std::size_t index : sweeping_) {
        // Behind what was due meanwhile: a long one holds up nothing else.
        const Instant at = std::max(clocks_[index].sweep()->struck, context_.counters.now);
        const std::pair offered{at, place_of_clock(index)};
        if (!first || offered < *first) first = offered;
    }
    return first;
}

Due Schedule::due_of(Instant at, Place place) {
    if (place == place_of_timers) return {at, *timers_.first()};
    if (place <= anchors_.size()) {
        AnchorDates& anchor = anchors_[place - 1];
        const RecordKey record = anchor.first()->second;
        return {at, AnchorDue{anchor.use(), {anchor.entity(), record}}};
    }
    const RuleClock& clock = clocks_[place - place_of_clock(0)];
    return {at, ClockDue{clock.use(), clock.sweep()}};
}

std::optional<Due> Schedule::first(Instant until) {
    const auto first = earliest();
    if (!first || first->first > until) return std::nullopt;
    return due_of(first->first, first->second);
}

std::optional<Instant> Schedule::next() {
    const auto first = earliest();
    return first ? std::optional(first->first) : std::nullopt;
}

// ---- What turns change ------------------------------------------------------------------------

void Schedule::note(const WriteBatch& batch) {
    if (!batch.timers.empty()) {
        timers_.note(batch.timers);
        changed_.insert(place_of_timers);
    }
    if (places_.empty()) return;
    for (const MarkWrite& mark : batch.marks) note(mark);
    if (by_field_.empty()) return;
    for (const RecordWrite& write : batch.records)
        if (write.record != nullptr) note(write);
    next_key_ = batch.counters.next_key;
}

// Of fields that stayed as they were nothing changes.
void Schedule::note(const RecordWrite& write) {
    const rules::EntityIndex entity = write.reference.entity;
    auto group = by_field_.lower_bound({entity, 0});
    if (group == by_field_.end() || group->first.first != entity) return;
    const bool is_new = write.reference.key >= next_key_;
    const rules::RecordPointer before = is_new ? nullptr : context_.store.get(write.reference);
    for (; group != by_field_.end() && group->first.first == entity; ++group) {
        const rules::FieldIndex field = group->first.second;
        const Value& date = write.record->fields[field];
        if (before != nullptr && before->fields[field] == date) continue;
        for (const std::size_t index : group->second) {
            anchors_[index].note(write.reference.key, date);
            changed_.insert(place_of_anchor(index));
        }
    }
}

void Schedule::note(const MarkWrite& mark) {
    const std::string_view key = mark.key;
    const bool is_since = key.starts_with("since/");
    if (!is_since && !key.starts_with("sweep/")) return;
    const auto found = places_by_name_.find(key.substr(key.find('/') + 1));
    if (found == places_by_name_.end()) return;
    const Place place = found->second;
    changed_.insert(place);
    const auto since = is_since ? read_mark_number(mark.value.value_or("")) : std::nullopt;
    if (place <= anchors_.size()) {
        if (since) anchors_[place - 1].had_turns_until({*since});
        return;
    }
    const std::size_t index = place - place_of_clock(0);
    if (since) clocks_[index].has_struck({*since});
    if (is_since) return;
    clocks_[index].set_sweep(mark.value ? SweepProgress::decode(*mark.value) : std::nullopt);
    if (clocks_[index].sweep())
        sweeping_.insert(index);
    else
        sweeping_.erase(index);
}

}  // namespace pawl::engine
