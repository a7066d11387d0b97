#include "model.h"

// What rules do to journeys. What does not fit how one stands fails; what would change nothing is
// told, and the rule goes on.

namespace pawl::sim {

bool Model::steer(const Run& run, const Statement& statement) {
    using Form = Statement::Form;
    const std::string id = read(run.names, statement.path).text;
    if (!state_.records.contains(id)) return false;
    const std::string key = statement.name + "/" + id;
    take_overdue_steps(key);
    told_by_ = " r" + std::to_string(run.number);
    const auto found = state_.journeys.find(key);
    const bool runs = found != state_.journeys.end() && !found->second.is_stopped;
    const bool begins = statement.form == Form::start_journey;
    bool fits = runs != begins;
    if (fits && begins) {
        fits = start_journey(key, statement);
    } else if (fits) {
        JourneyRow& row = found->second;
        const Value until = statement.value.form == Expression::Form::literal
                                ? Value{}
                                : evaluate(run.names, statement.value);
        if (is_unchanged(row, statement, until)) {
            tell_journey(row, "unchanged");
        } else if (statement.form == Form::pause) {
            pause(row, &JourneyRow::by_hand,
                  until.is_missing() ? std::nullopt : std::optional(Instant{until.number}));
        } else if (statement.form == Form::resume) {
            resume(row, &JourneyRow::by_hand);
        } else if (statement.form == Form::shift) {
            row.shift.days += statement.length.days;
            row.shift.micros += statement.length.micros;
            tell_journey(row, "shifted");
            replan(row);
        } else if (statement.form == Form::stop_journey) {
            end_steps(row, "stopped");
            row.is_stopped = true;
            row.by_hand = row.by_condition = {};
            set_journey_timer(row);
        } else {
            fits = steer_step(row, run, statement);
        }
    }
    told_by_.clear();
    return fits;
}

// From the date of the record, or from now on.
bool Model::start_journey(const std::string& key, const Statement& statement) {
    const std::string id = key.substr(key.find('/') + 1);
    const Record& record = state_.records.at(id);
    JourneyRow& row = state_.journeys[key];
    for (const Journey& written : scenario_.journeys)
        if (written.id == statement.name) row.journey = &written;
    row.record = id;
    row.start = record.fields.at(row.journey->starts);
    row.is_start_given = row.start.is_missing();
    if (row.start.is_missing()) row.start = moment(now_);
    row.is_stopped = false;
    // Begun again, what was stopped is ahead again.
    for (StepRow& each : row.steps)
        if (std::exchange(each.is_stopped, false)) each.is_past = true;
    begin(row);
    follow_pause(row, record);
    return true;
}

bool Model::is_unchanged(JourneyRow& row, const Statement& statement, const Value& until) {
    using Form = Statement::Form;
    switch (statement.form) {
        case Form::pause:
            if (until.kind == Kind::moment && until.number <= now_.micros) return true;
            return row.by_hand.holds &&
                   (until.is_missing() || row.by_hand.until == Instant{until.number});
        case Form::resume: return !row.by_hand.holds;
        case Form::shift:
            return statement.length == Duration{} || !has_ahead(row, statement.length);
        case Form::skip_step: {
            const StepRow& step = *step_of(row, statement.text);
            return step.is_running || step.is_queued ||
                   (step.state != "planned" && step.state != "moved");
        }
        default: return false;
    }
}

bool Model::steer_step(JourneyRow& row, const Run& run, const Statement& statement) {
    StepRow& step = *step_of(row, statement.text);
    if (statement.form == Statement::Form::skip_step) {
        step.state = "skipped";
        tell_step(row, step,
                  "skipped by " + (run.rule != nullptr ? run.rule->id : row.journey->id));
        complete(row);
    } else {
        if (step.is_running || step.is_queued || step.state == "done") return false;
        step.is_queued = true;
        Pending pending;
        pending.form = Pending::Form::step;
        pending.journey = row.journey->id + "/" + row.record;
        pending.step = step.name;
        queue_.push_back(pending);
    }
    set_journey_timer(row);
    return true;
}

}  // namespace pawl::sim
