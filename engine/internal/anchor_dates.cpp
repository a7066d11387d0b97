#include "engine/internal/anchor_dates.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

#include "engine/internal/context.h"

namespace pawl::engine {

using rules::RecordKey;
using rules::Value;

namespace {

constexpr std::size_t read_at_once = 1'024;
// What is held in memory; above, the later half goes.
constexpr std::size_t held_max = 32'768;
constexpr Instant end_of_time{std::numeric_limits<std::int64_t>::max()};
constexpr RecordKey last_record = std::numeric_limits<RecordKey>::max();

// What a date is moved by in days or months depends on the calendar: a month's end clamps, a day
// may have 23 hours. So far two dues may stand in another order than the dates they come from.
constexpr std::int64_t calendar_slack_micros = 4 * micros_per_day;

Instant moved(Instant instant, std::int64_t micros) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(instant.micros, micros, &sum))
        return micros < 0 ? Instant{std::numeric_limits<std::int64_t>::min()} : end_of_time;
    return {sum};
}

}  // namespace

AnchorDates::AnchorDates(Context& context, TriggerUse use, Instant since)
    : context_(context), use_(use), since_(since), known_until_(since) {
    const rules::Trigger& trigger = context.triggers.trigger(use);
    entity_ = trigger.entity;
    field_ = trigger.field;
    read_settings();
}

void AnchorDates::read_settings() {
    const rules::Anchor& anchor = *context_.triggers.trigger(use_).anchor;
    offset_ = {};
    at_.reset();
    const Value offset = context_.schedule.stated(use_, anchor.offset);
    if (offset.kind() == rules::Kind::duration) offset_ = offset.as_duration();
    if (anchor.is_before) offset_ = scale(offset_, -1).value_or(Duration{});
    const Value at = context_.schedule.stated(use_, anchor.at);
    if (at.kind() == rules::Kind::time) at_ = at.as_time();
    forget_all();
}

void AnchorDates::forget_all() {
    near_.clear();
    known_until_ = since_;
}

// ---- From dates to dues -----------------------------------------------------------------------

// The dues stand in the order of their dates.
bool AnchorDates::is_exact() const { return offset_.months == 0 && offset_.days == 0 && !at_; }

std::optional<Instant> AnchorDates::due_of(const Value& date) const {
    std::optional<Instant> due;
    if (date.kind() == rules::Kind::date) {
        // Days are added to the day: it may have no midnight.
        auto day = add_months(date.as_date(), offset_.months);
        if (day) day = add_days(*day, offset_.days);
        if (!day) return std::nullopt;
        const Instant midnight = context_.zone.instant(*day, TimeOfDay{});
        due = context_.zone.add(midnight, {0, 0, offset_.micros});
    } else if (date.kind() == rules::Kind::datetime) {
        due = context_.zone.add(date.as_datetime(), offset_);
    }
    if (!due || !at_) return due;
    return context_.zone.instant(context_.zone.local(*due).date, *at_);
}

// A date below every one that is due later than `due`; missing: below all.
Value AnchorDates::date_below(Instant due) const {
    Instant low = moved(due, -offset_.micros);
    if (!is_exact()) {
        // Months have 28 to 31 days; the difference counts on either side.
        const std::int64_t days = offset_.days + static_cast<std::int64_t>(offset_.months) *
                                                     (offset_.months > 0 ? 31 : 28);
        low = moved(moved(low, -days * micros_per_day), -calendar_slack_micros);
    }
    if (!is_in_calendar(low)) return Value();
    const rules::Schema& schema = context_.program.schema;
    const rules::Field& field = schema.entities[entity_].fields[field_];
    if (schema.type(field.type).kind != rules::TypeKind::date) return Value::datetime(low);
    return Value::date(Date{context_.zone.local(low).date.days - 1});
}

// ---- What is near -----------------------------------------------------------------------------

std::optional<std::pair<Instant, RecordKey>> AnchorDates::first() {
    // What is known is the earliest only where all before it is known, too.
    const auto is_known = [this] {
        return known_until_ == end_of_time ||
               (!near_.empty() && near_.begin()->first <= known_until_);
    };
    OrderedRecord after;
    if (!is_known()) after = {date_below(known_until_), last_record};
    while (!is_known()) {
        const std::vector<OrderedRecord> page =
            context_.store.ordered(entity_, field_, after, read_at_once);
        for (const OrderedRecord& record : page) {
            const auto due = due_of(record.value);
            if (due && *due > since_) near_.emplace(*due, record.key);
        }
        if (page.size() < read_at_once) {
            known_until_ = end_of_time;
            break;
        }
        after = page.back();
        // Of the last date there may be more records.
        if (const auto due = due_of(after.value))
            known_until_ =
                std::max(known_until_, moved(*due, is_exact() ? -1 : -calendar_slack_micros));
    }
    return near_.empty() ? std::nullopt : std::optional(*near_.begin());
}

bool AnchorDates::is_settled(Instant until) const {
    return until <= known_until_ && (near_.empty() || until < near_.begin()->first);
}

void AnchorDates::note(RecordKey record, const Value& date) {
    const auto due = due_of(date);
    if (!due || *due <= since_ || *due > known_until_) return;
    near_.emplace(*due, record);
    if (near_.size() > held_max) drop_later_half();
}

void AnchorDates::drop_later_half() {
    const auto middle = std::next(near_.begin(), held_max / 2);
    // All of the first instant stay, however many: without them nothing would be known.
    if (middle->first == near_.begin()->first) return;
    near_.erase(middle, near_.end());
    // Of the last instant some may be among those that went.
    known_until_ = moved(near_.rbegin()->first, -1);
}

void AnchorDates::had_turns_until(Instant since) {
    const bool goes_back = since < since_;
    since_ = since;
    // Where a state is loaded that got less far, dates that were let go are ahead again.
    if (goes_back) return forget_all();
    near_.erase(near_.begin(), near_.upper_bound({since, last_record}));
    known_until_ = std::max(known_until_, since);
}

}  // namespace pawl::engine
