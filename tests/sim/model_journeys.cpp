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
    for (const Journey& written : scenario_.journeys) {
        const std::string key = written.id + "/" + id;
        const Value start = field_of(after_, written.starts);
        if (after_ == nullptr) {
            end_journey(key);
        } else if (!state_.journeys.contains(key)) {
            if (start.is_missing()) continue;
            JourneyRow& row = state_.journeys[key];
            row.journey = &written;
            row.record = id;
            row.start = start;
            tell_journey(row, "started");
            replan(row, true);
            if (field_of(after_, written.paused_while) == truth(true)) pause(row, *after_);
        } else {
            JourneyRow& row = state_.journeys[key];
            const Value was = field_of(before, written.paused_while);
            const Value is = field_of(after_, written.paused_while);
            const bool is_moved = row.start != start;
            row.start = start;
            if (is_moved) replan(row, false);
            const bool is_until_moved =
                field_of(before, written.paused_until) != field_of(after_, written.paused_until);
            if (is == truth(true) && (was != is || is_until_moved)) pause(row, *after_);
            if (was != is && is == truth(false)) resume(row);
        }
    }
}

// What is ahead moves at once by the length that is planned.
void Model::pause(JourneyRow& row, const Record& record) {
    if (!row.is_paused) row.paused_at = now_;
    row.is_paused = true;
    row.planned_pause = {};
    const Value until = field_of(&record, row.journey->paused_until);
    if (until.kind == Kind::moment && until.number > row.paused_at.micros)
        row.planned_pause = between(row.paused_at, {until.number});
    tell_journey(row, "paused");
    replan(row, false);
}

// And when it ends by the true one.
void Model::resume(JourneyRow& row) {
    if (!row.is_paused) return;
    row.is_paused = false;
    row.paused = sum(row.paused, between(row.paused_at, now_));
    row.planned_pause = {};
    tell_journey(row, "resumed");
    replan(row, false);
}

// Whole days on the clock of the zone, and what is left: such a length keeps the time of day.
Duration Model::between(Instant from, Instant to) const {
    const LocalTime first = zone_.local(from), last = zone_.local(to);
    return {0, last.date.days - first.date.days, last.time.micros - first.time.micros};
}

void Model::replan(JourneyRow& row, bool is_new) {
    if (is_new) {
        for (const Step& step : row.journey->steps)
            for (std::int64_t value = step.last > 0 ? 1 : 0; value <= step.last; ++value) {
                const std::string loop = step.last > 0 ? "(" + std::to_string(value) + ")" : "";
                row.steps.push_back({step.name + loop, &step, value, {}, ""});
            }
    }
    std::vector<std::pair<StepRow*, std::string>> told;
    for (StepRow& each : row.steps) {
        if (is_over(each) && !each.is_past) continue;
        if (each.is_running) continue;
        const Step& step = *each.step;
        // A pause of whole days keeps the time of day that the step has without it.
        const Duration length = sum(times(step.each, each.value), step.offset);
        const Instant at =
            after(after({row.start.number}, length), sum(row.paused, row.planned_pause));
        const bool is_same = !is_new && at == each.at;
        each.at = at;
        const bool catches_up = step.catch_up && now_ <= after(at, *step.catch_up);
        const bool is_past = at < now_ && !catches_up;
        if (is_same && is_past == each.is_past) continue;
        each.is_past = is_past;
        each.state = is_past ? "skipped" : is_new ? "planned" : "moved";
        told.emplace_back(&each, is_past ? "past" : "");
    }
    std::stable_sort(told.begin(), told.end(), [](const auto& left, const auto& right) {
        return left.first->at < right.first->at;
    });
    for (const auto& [step, reason] : told) tell_step(row, *step, reason);
    set_journey_timer(row);
    complete(row);
}

void Model::set_journey_timer(JourneyRow& row) {
    const std::string key = row.journey->id + "/" + row.record;
    remove_timers({Timer::Form::journey, 0, key});
    if (row.is_paused) return;
    std::optional<Instant> next;
    for (const StepRow& each : row.steps)
        if (!is_over(each) && !each.is_running && (!next || each.at < *next)) next = each.at;
    if (next) add_timer(*next, {Timer::Form::journey, 0, key});
}

void Model::journey_due(const std::string& key) {
    JourneyRow& row = state_.journeys.at(key);
    std::vector<StepRow*> due;
    for (StepRow& each : row.steps)
        if (!is_over(each) && !each.is_running && each.at <= now_) due.push_back(&each);
    std::stable_sort(due.begin(), due.end(), [](const StepRow* left, const StepRow* right) {
        return left->at < right->at;
    });
    for (const StepRow* each : due) {
        Pending pending;
        pending.form = Pending::Form::step;
        pending.journey = key;
        pending.step = each->name;
        queue_.push_back(pending);
    }
}

void Model::run_step(const Pending& pending) {
    const auto found = state_.journeys.find(pending.journey);
    if (found == state_.journeys.end()) return;
    JourneyRow& row = found->second;
    StepRow& step = *step_of(row, pending.step);
    if (row.is_paused || is_over(step) || step.at > now_) return;
    Run run;
    run.names["client"] = {row.record, {}};
    run.subject = row.record;
    if (step.step->unless && holds(run.names, *step.step->unless) == true) {
        step.state = "skipped";
        tell_step(row, step, "unless");
        set_journey_timer(row);
        return complete(row);
    }
    step.is_running = true;
    set_journey_timer(row);
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
    step.state = status == "failed" ? "failed" : "done";
    tell_step(found->second, step, "");
    set_journey_timer(found->second);
    complete(found->second);
}

StepRow* Model::step_of(JourneyRow& row, const std::string& name) const {
    return &*std::find_if(row.steps.begin(), row.steps.end(),
                          [&](const StepRow& each) { return each.name == name; });
}

void Model::complete(JourneyRow& row) {
    const bool is_done =
        !row.steps.empty() && std::all_of(row.steps.begin(), row.steps.end(), is_over);
    if (is_done && !row.is_over) tell_journey(row, "completed");
    row.is_over = is_done;  // one that is moved may have steps ahead again
}

// The record is gone, and its timetable with it.
void Model::end_journey(const std::string& key) {
    const auto found = state_.journeys.find(key);
    if (found == state_.journeys.end()) return;
    JourneyRow& row = found->second;
    remove_timers({Timer::Form::journey, 0, key});
    std::vector<StepRow*> left;
    for (StepRow& each : row.steps)
        if (!is_over(each) && !each.is_running) left.push_back(&each);
    std::sort(left.begin(), left.end(),
              [](const StepRow* one, const StepRow* other) { return one->name < other->name; });
    for (StepRow* each : left) {
        each->state = "skipped";
        tell_step(row, *each, "deleted");
    }
    tell_journey(row, "stopped");
    state_.journeys.erase(found);
}

}  // namespace pawl::sim
