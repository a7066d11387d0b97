#include <algorithm>

#include "model.h"

// Timetables hung on a date of a record: planned when it starts, planned anew when the date, or the
// length of a pause, is another.

namespace pawl::sim {

namespace {

Value field_of(const Record* record, const std::string& field) {
    if (record == nullptr) return {};
    const auto found = record->fields.find(field);
    return found == record->fields.end() ? Value{} : found->second;
}

Duration sum(Duration left, Duration right) {
    return {left.months + right.months, left.days + right.days, left.micros + right.micros};
}

Duration times(Duration length, std::int64_t factor) {
    return {0, static_cast<std::int32_t>(length.days * factor), length.micros * factor};
}

bool is_over(const StepRow& row) {
    return row.state == "done" || row.state == "failed" || row.state == "skipped";
}

bool is_ahead(const StepRow& row) { return !is_over(row) && !row.is_running && !row.is_queued; }

}  // namespace

void Model::tell_step(const JourneyRow& journey, const StepRow& step, const std::string& reason) {
    tell("step " + journey.journey->id + " client/" + journey.record + " " + step.name + " " +
         step.state + " at " + format_instant(step.at) +
         (reason.empty() ? "" : " (" + reason + ")") + told_by_);
}

void Model::tell_journey(const JourneyRow& journey, const std::string& state) {
    tell("journey " + journey.journey->id + " client/" + journey.record + " " + state + told_by_);
}

void Model::move_journeys(const std::string& id, const Record* before, const Record* after_) {
    (void)before;
    for (const Journey& written : scenario_.journeys) {
        const std::string key = written.id + "/" + id;
        const auto found = state_.journeys.find(key);
        if (after_ == nullptr) {
            end_journey(key);
            continue;
        }
        const Value start = field_of(after_, written.starts);
        if (found == state_.journeys.end()) {
            if (start.is_missing()) continue;
            JourneyRow& row = state_.journeys[key];
            row.journey = &written;
            row.record = id;
            row.start = start;
            begin(row);
        } else if (!found->second.is_start_given && found->second.start != start) {
            found->second.start = start;
            found->second.is_stopped = false;
            replan(found->second);
        }
        JourneyRow& row = state_.journeys[key];
        if (!row.is_stopped) follow_pause(row, *after_);
    }
}

void Model::begin(JourneyRow& row) {
    tell_journey(row, "started");
    replan(row);
}

void Model::follow_pause(JourneyRow& row, const Record& record) {
    if (row.journey->paused_while.empty()) return;
    if (field_of(&record, row.journey->paused_while) != truth(true)) {
        if (row.by_condition.holds) resume(row, &JourneyRow::by_condition);
        return;
    }
    const Value value = field_of(&record, row.journey->paused_until);
    std::optional<Instant> until;
    if (value.kind == Kind::moment) until = Instant{value.number};
    if (!row.by_condition.holds || row.by_condition.until != until)
        pause(row, &JourneyRow::by_condition, until);
}

// What is ahead moves at once by the length that is planned.
void Model::pause(JourneyRow& row, Holder JourneyRow::*holder, std::optional<Instant> until) {
    if (!row.by_condition.holds && !row.by_hand.holds) row.paused_at = now_;
    row.*holder = {true, until};
    tell_journey(row, "paused");
    replan(row);
}

// And when nobody holds it any more by the true one.
void Model::resume(JourneyRow& row, Holder JourneyRow::*holder) {
    row.*holder = {};
    if (row.by_condition.holds || row.by_hand.holds) {
        tell_journey(row, "paused");
        return replan(row);
    }
    row.shift = sum(row.shift, between(row.paused_at, now_));
    tell_journey(row, "resumed");
    replan(row);
}

// Whole days on the clock of the zone, and what is left: such a length keeps the time of day.
Duration Model::between(Instant from, Instant to) const {
    const LocalTime first = zone_.local(from), last = zone_.local(to);
    return {0, last.date.days - first.date.days, last.time.micros - first.time.micros};
}

Duration Model::shift_of(const JourneyRow& row) const {
    std::optional<Instant> until;
    for (const Holder* holder : {&row.by_condition, &row.by_hand})
        if (holder->holds && holder->until && (!until || *until < *holder->until))
            until = holder->until;
    if (!row.by_condition.holds && !row.by_hand.holds) return row.shift;
    // So long it has lasted already, whatever was planned.
    return sum(row.shift, between(row.paused_at, std::max(until.value_or(now_), now_)));
}

Instant Model::time_of(const JourneyRow& row, const StepRow& each) const {
    const Step& step = *each.step;
    // A pause of whole days keeps the time of day that the step has without it.
    const Duration length = sum(times(step.each, each.value), step.offset);
    return after(after({row.start.number}, length), shift_of(row));
}

bool Model::would_be_past(const StepRow& each, Instant at) const {
    const auto& catch_up = each.step->catch_up;
    return at < now_ && !(catch_up && now_ <= after(at, *catch_up));
}

// Whether a step is ahead, or comes back when all of them move.
bool Model::has_ahead(JourneyRow row, Duration length) const {
    row.shift = sum(row.shift, length);
    return std::any_of(row.steps.begin(), row.steps.end(), [&](const StepRow& each) {
        return is_ahead(each) ||
               (is_over(each) && each.is_past && !would_be_past(each, time_of(row, each)));
    });
}

void Model::replan(JourneyRow& row) {
    planned_.insert(row.journey->id + "/" + row.record);
    const bool is_new = row.steps.empty();
    if (is_new) {
        for (const Step& step : row.journey->steps)
            for (std::int64_t value = step.last > 0 ? 1 : 0; value <= step.last; ++value) {
                const std::string loop = step.last > 0 ? "(" + std::to_string(value) + ")" : "";
                StepRow each;
                each.name = step.name + loop;
                each.step = &step;
                each.value = value;
                row.steps.push_back(each);
            }
    }
    std::vector<std::pair<StepRow*, std::string>> told;
    for (StepRow& each : row.steps) {
        if (is_over(each) && !each.is_past) continue;
        if (each.is_running || each.is_queued) continue;
        const Instant at = time_of(row, each);
        const bool is_same = !is_new && at == each.at;
        each.at = at;
        const bool is_past = would_be_past(each, at);
        if (is_same && is_past == each.is_past) continue;
        each.is_past = is_past;
        each.state = is_past ? "skipped" : is_new ? "planned" : "moved";
        told.emplace_back(&each, is_past ? "past" : "");
    }
    std::stable_sort(told.begin(), told.end(), [](const auto& left, const auto& right) {
        return left.first->at < right.first->at;
    });
    for (const auto& [step, reason] : told) tell_step(row, *step, reason);
    complete(row);
    set_journey_timer(row);
}

// One that is to come at another instant than before takes its place behind what is due then. The
// one before stays, and is none where the journey is due at another instant by then.
void Model::set_journey_timer(JourneyRow& row) {
    std::optional<Instant> next;
    if (row.by_condition.holds || row.by_hand.holds) {
        if (row.by_hand.holds) next = row.by_hand.until;
    } else {
        for (const StepRow& each : row.steps)
            if (is_ahead(each) && (!next || each.at < *next)) next = each.at;
    }
    if (next == row.due) return;
    row.due = next;
    if (next) add_timer(*next, {Timer::Form::journey, 0, row.journey->id + "/" + row.record});
}

void Model::journey_due(const std::string& key, Instant due_at) {
    const auto found = state_.journeys.find(key);
    if (found == state_.journeys.end() || found->second.due != due_at) return;
    JourneyRow& row = found->second;
    row.due.reset();
    if (row.by_hand.holds || row.by_condition.holds) return resume(row, &JourneyRow::by_hand);
    enqueue_steps_until(row, due_at);
}

void Model::enqueue_steps_until(JourneyRow& row, Instant until) {
    std::vector<StepRow*> due;
    for (StepRow& each : row.steps)
        if (is_ahead(each) && each.at <= until) due.push_back(&each);
    std::stable_sort(due.begin(), due.end(), [](const StepRow* left, const StepRow* right) {
        return left->at < right->at;
    });
    for (StepRow* each : due) {
        each->is_queued = true;
        Pending pending;
        pending.form = Pending::Form::step;
        pending.journey = row.journey->id + "/" + row.record;
        pending.step = each->name;
        queue_.push_back(pending);
    }
    set_journey_timer(row);
}

// Steps that should have had their turn before whatever comes now have it now, before they are
// moved.
void Model::take_overdue_steps(const std::string& key) {
    const auto found = state_.journeys.find(key);
    if (found == state_.journeys.end() || planned_.contains(key)) return;
    JourneyRow& row = found->second;
    if (!row.due || *row.due >= now_ || row.by_hand.holds || row.by_condition.holds) return;
    enqueue_steps_until(row, {now_.micros - 1});
}

void Model::run_step(const Pending& pending) {
    const auto found = state_.journeys.find(pending.journey);
    if (found == state_.journeys.end()) return;
    JourneyRow& row = found->second;
    StepRow& step = *step_of(row, pending.step);
    if (!step.is_queued) return;
    step.is_queued = false;
    Run run;
    run.names["client"] = {row.record, {}};
    run.subject = row.record;
    if (step.step->unless && holds(run.names, *step.step->unless) == true) {
        step.state = "skipped";
        step.is_past = false;
        tell_step(row, step, "unless");
        complete(row);
        return set_journey_timer(row);
    }
    step.is_running = true;
    run.number = state_.next_run++;
    run.journey = pending.journey;
    run.step = pending.step;
    run.places.push_back({&step.step->body, 0});
    act(std::move(run), 0, "fire " + row.journey->id + " client/" + row.record, {});
}

void Model::step_ended(const Run& run, const std::string& status) {
    const auto found = state_.journeys.find(run.journey);
    if (found == state_.journeys.end()) return;
    StepRow& step = *step_of(found->second, run.step);
    step.is_running = false;
    step.is_past = false;
    step.state = status == "failed" ? "failed" : "done";
    tell_step(found->second, step, "");
    complete(found->second);
    set_journey_timer(found->second);
}

StepRow* Model::step_of(JourneyRow& row, const std::string& name) const {
    return &*std::find_if(row.steps.begin(), row.steps.end(),
                          [&](const StepRow& each) { return each.name == name; });
}

void Model::complete(JourneyRow& row) {
    if (row.is_stopped) return;
    bool is_done = !row.steps.empty();
    for (const StepRow& each : row.steps)
        is_done = is_done && is_over(each) && !each.is_running && !each.is_queued;
    if (is_done && !row.is_over) tell_journey(row, "completed");
    row.is_over = is_done;  // one that is moved may have steps ahead again
}

void Model::end_steps(JourneyRow& row, const std::string& reason) {
    std::vector<StepRow*> left;
    for (StepRow& each : row.steps)
        if (is_ahead(each) || each.is_queued) left.push_back(&each);
    std::sort(left.begin(), left.end(),
              [](const StepRow* one, const StepRow* other) { return one->name < other->name; });
    for (StepRow* each : left) {
        each->state = "skipped";
        each->is_queued = each->is_past = false;
        each->is_stopped = true;
        tell_step(row, *each, reason);
    }
    tell_journey(row, "stopped");
}

// The record is gone, and its timetable with it.
void Model::end_journey(const std::string& key) {
    const auto found = state_.journeys.find(key);
    if (found == state_.journeys.end()) return;
    end_steps(found->second, "deleted");
    state_.journeys.erase(found);
}

}  // namespace pawl::sim
