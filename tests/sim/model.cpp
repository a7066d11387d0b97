#include "model.h"

#include <algorithm>

#include "base/limits.h"

namespace pawl::sim {

Outcome run_model(const Scenario& scenario) { return Model(scenario).run(); }

Model::Model(const Scenario& scenario)
    : scenario_(scenario), zone_(Zone::find(scenario.zone).value_or(Zone::utc())) {
    for (const Rule& rule : scenario.rules) rules_[rule.id] = &rule;
}

Outcome Model::run() {
    if (!scenario_.inputs.empty()) {
        now_ = wall_ = scenario_.inputs.front().at;
        for (const auto& [id, rule] : rules_)
            if (rule->trigger.form == Trigger::Form::every) struck_[id] = now_;
        std::size_t outage = 0, storm = 0;
        const auto pass = [&](Instant at) {
            for (; storm < scenario_.storms.size() && scenario_.storms[storm].first <= at;
                 ++storm) {
                advance_to(scenario_.storms[storm].first);
                is_storm_ = scenario_.storms[storm].second > at;
                if (is_storm_) break;
                wall_ = scenario_.storms[storm].second;
                advance_to(wall_);
            }
            for (; outage < scenario_.outages.size() && scenario_.outages[outage].first <= at;
                 ++outage) {
                advance_to(scenario_.outages[outage].first);
                wall_ = std::max(wall_, scenario_.outages[outage].second);
            }
            advance_to(std::max(at, wall_));
        };
        for (const Input& input : scenario_.inputs) {
            pass(input.at);
            now_ = wall_;
            take(input);
            advance_to(wall_);
        }
        pass(scenario_.until);
    }
    // Runs are numbered as they appear.
    std::map<std::string, std::size_t> names;
    for (std::string& line : lines_) {
        const std::size_t place = line.rfind(" r");
        if (place == std::string::npos || place + 2 == line.size() ||
            line.find_first_not_of("0123456789", place + 2) != std::string::npos)
            continue;
        const auto name = names.emplace(line.substr(place + 2), names.size() + 1).first;
        line.resize(place + 2);
        line += std::to_string(name->second);
    }
    return {std::move(lines_), {}};
}

void Model::tell(const std::string& line) { lines_.push_back(format_instant(now_) + " " + line); }

Instant Model::after(Instant at, Duration length) const {
    return zone_.add(at, length).value_or(at);
}

TimerKey Model::add_timer(Instant due, Timer timer) {
    const TimerKey key{due, state_.next_timer++};
    state_.timers[key] = std::move(timer);
    return key;
}

void Model::remove_timers(const Timer& timer) {
    std::erase_if(state_.timers, [&](const auto& each) { return each.second == timer; });
}

std::string Model::shown_record(const std::string& id) const {
    const auto found = state_.records.find(id);
    // One that is gone tells by its name whose it was: t1, task-2.
    const bool is_task = found == state_.records.end() && id.front() == 't';
    const std::string entity = found != state_.records.end() ? found->second.entity
                               : is_task                     ? "task"
                                                             : "client";
    return entity + "/" + id;
}

// ---- Time ---------------------------------------------------------------------------------------

void Model::advance_to(Instant at) {
    while (!is_storm_ && take_due(at)) {
    }
    wall_ = std::max(wall_, at);
}

// One turn of the earliest that is due. Nothing rules on the order of what is due at one instant:
// waits and patterns as they began, then dates, then clocks, as the engine has it.
bool Model::take_due(Instant until) {
    std::optional<Instant> due;
    const Rule* rule = nullptr;
    std::string id;
    const auto offer = [&](Instant at, const Rule* of, const std::string& record) {
        if (at > until || (due && *due <= at)) return;
        due = at;
        rule = of;
        id = record;
    };
    if (!state_.timers.empty()) offer(state_.timers.begin()->first.first, nullptr, "");
    std::map<std::pair<std::string, std::int64_t>, std::pair<std::string, Instant>> anchors;
    for (const auto& [key, at] : state_.anchors)
        anchors[{key.first, state_.records.at(key.second).key}] = {key.second, at};
    for (const auto& [key, anchor] : anchors) offer(anchor.second, rules_[key.first], anchor.first);
    for (const auto& [key, since] : struck_)
        offer(next_strike(*rules_[key], since), rules_[key], "");
    if (!due) return false;
    // What comes late comes when it comes.
    const bool is_late = wall_.micros - due->micros > limits::timer_late_micros;
    now_ = std::max(now_, is_late ? wall_ : *due);
    if (rule == nullptr) {
        const Timer timer = state_.timers.begin()->second;
        state_.timers.erase(state_.timers.begin());
        if (timer.form == Timer::Form::run) {
            Pending pending;
            pending.form = Pending::Form::wake;
            pending.run = timer.run;
            queue_.push_back(pending);
        } else if (timer.form == Timer::Form::debounce) {
            Pending pending = state_.held.at(timer.key);
            if (pending.due > now_) {
                add_timer(pending.due, timer);
            } else {
                state_.held.erase(timer.key);
                pending.is_released = true;
                if (is_gone(pending))
                    skip(pending, "debounce");
                else
                    queue_.push_back(pending);
            }
        } else if (timer.form == Timer::Form::journey) {
            journey_due(timer.key, *due);
        } else {
            pattern_due(timer.key, *due);
        }
    } else if (rule->trigger.form == Trigger::Form::anchor) {
        anchor_due(*rule, id, *due);
    } else {
        clock_due(*rule, *due);
    }
    drain();
    wall_ = std::max(wall_, now_);
    return true;
}

// ---- Turns --------------------------------------------------------------------------------------

void Model::take(const Input& input) {
    const State before = state_;
    Advance advance;
    if (input.form == Input::Form::event) {
        tell("event " + input.name);
        Occurred event{input.name, input.values};
        Value& client = event.fields["client"];
        if (!state_.records.contains(client.text)) client = {};
        advance.emitted.push_back(event);
    } else if (input.form == Input::Form::create) {
        if (state_.records.contains(input.record)) return tell("refuse pawl.create");
        if (!create_record(input.record, input.name, input.values, advance, ""))
            return tell("refuse pawl.create");
    } else if (!state_.records.contains(input.record)) {
        const bool is_change = input.form == Input::Form::change;
        return tell(is_change ? "refuse pawl.change" : "refuse pawl.delete");
    } else if (input.form == Input::Form::change) {
        for (const auto& [field, value] : input.values)
            set_field(input.record, field, value, advance, "");
    } else {
        remove_record(input.record, advance, "");
    }
    commit(before, advance, 0);
    drain();
}

void Model::drain() {
    while (!queue_.empty()) {
        Pending pending = std::move(queue_.front());
        queue_.pop_front();
        if (pending.form == Pending::Form::fire) {
            const std::string queue = pending.queue;
            fire(std::move(pending));
            if (!queue.empty()) next_of_queue(queue);
        }
        if (pending.form == Pending::Form::step) run_step(pending);
        if (pending.form == Pending::Form::wake) wake(std::move(pending));
    }
    planned_.clear();
}

// Changes, then emitted events, set off rules.
void Model::commit(const State& before, Advance& advance, int depth, int by) {
    struct Change {
        const std::string& id;
        const Record *from, *to;
    };
    std::vector<Change> changes;
    for (const std::string& id : advance.touched) {
        const auto old_one = before.records.find(id);
        const auto new_one = state_.records.find(id);
        const Record* from = old_one == before.records.end() ? nullptr : &old_one->second;
        const Record* to = new_one == state_.records.end() ? nullptr : &new_one->second;
        if (from == nullptr && to == nullptr) continue;
        if (from != nullptr && to != nullptr && *from == *to) continue;
        changes.push_back({id, from, to});
    }
    for (const Change& each : changes)
        if (each.to != nullptr)
            for (const Journey& journey : scenario_.journeys)
                take_overdue_steps(journey.id + "/" + each.id);
    for (const Change& each : changes) {
        changed(each.id, each.from, each.to, depth + 1);
        move_journeys(each.id, each.from, each.to);
    }
    for (const Occurred& event : advance.emitted) happened(event, depth + 1, by);
}

// ---- Runs ---------------------------------------------------------------------------------------

void Model::fire(Pending pending) {
    // What it is about may be gone by now: one that ran before it deleted it.
    const Trigger& trigger = pending.rule->trigger;
    const bool is_by_time =
        trigger.form == Trigger::Form::absence || trigger.form == Trigger::Form::sequence_missing;
    const bool is_of_record =
        is_by_time || (trigger.event.empty() && trigger.form != Trigger::Form::removed);
    if (pending.is_missed) return skip(pending, "missed");
    if (is_of_record && is_gone(pending)) return skip(pending, "deleted");
    if (is_put_off(pending)) return;
    for (const Test& test : pending.rule->ifs)
        if (holds(pending.names, test) != true) return;
    if (pending.rule->unless && holds(pending.names, *pending.rule->unless) == true) return;
    Run run;
    Taken taken;
    if (!is_admitted(pending, run.queue, taken)) return;
    run.number = state_.next_run++;
    run.rule = pending.rule;
    run.names = pending.names;
    if (!pending.is_of_gone) run.subject = pending.subject;
    run.places.push_back({&pending.rule->body, 0});
    const std::string about = run.subject.empty() ? "" : " " + shown_record(run.subject);
    act(std::move(run), pending.depth, "fire " + pending.rule->id + about, taken);
}

void Model::wake(Pending pending) {
    const auto found = state_.runs.find(pending.run);
    if (found == state_.runs.end() || !found->second.is_waiting) return;
    Run run = found->second;
    remove_timers({Timer::Form::run, run.number, {}});
    run.is_waiting = false;
    const Statement* wait = std::exchange(run.wait, nullptr);
    state_.runs.erase(run.number);
    if (!run.subject.empty() && !state_.records.contains(run.subject))
        return end_run(run, "cancelled");
    if (is_held_back(run)) return end_run(run, "stopped");
    if (wait != nullptr && wait->form == Statement::Form::wait_for) {
        if (run.came) run.names["came"] = {{}, run.came->fields};
        run.places.push_back({run.came ? &wait->first : &wait->second, 0});
        run.came.reset();
    }
    act(std::move(run), pending.depth, "", {});
}

// One advance, whole or not at all.
void Model::act(Run run, int depth, const std::string& intro, const Taken& taken) {
    const State before = state_;
    const std::size_t mark = lines_.size();
    const std::string name = " r" + std::to_string(run.number);
    for (const auto& take : taken) take(state_);
    if (!intro.empty()) tell(intro + name);
    Advance advance;
    const Ending ending = execute(run, advance);
    if (ending == Ending::failed) {
        state_ = before;
        lines_.resize(mark);
        return end_run(run, "failed");
    }
    told_by_ = name;
    commit(before, advance, depth, run.number);
    told_by_.clear();
    if (ending == Ending::waits || ending == Ending::goes_on) {
        run.is_waiting = true;
        if (!run.queue.empty()) state_.running[run.queue].insert(run.number);
        state_.runs[run.number] = run;
    } else {
        tell_end(run, ending == Ending::stopped ? "stopped" : "success");
    }
    if (ending == Ending::waits) {
        add_timer(run.until, {Timer::Form::run, run.number, {}});
        const bool is_event = run.wait->form == Statement::Form::wait_for;
        tell("wait until " + format_instant(run.until) +
             (is_event ? " for " + run.wait->name : "") + name);
    }
    if (ending == Ending::goes_on) {
        Pending pending;
        pending.form = Pending::Form::wake;
        pending.run = run.number;
        pending.depth = depth;
        queue_.push_back(pending);
    }
    for (const int number : advance.cancelled) {
        const auto found = state_.runs.find(number);
        if (found == state_.runs.end()) continue;
        const Run cancelled = found->second;
        remove_timers({Timer::Form::run, number, {}});
        end_run(cancelled, "cancelled");
    }
    if (ending == Ending::done || ending == Ending::stopped) leave_queue(run);
}

void Model::tell_end(const Run& run, const std::string& status) {
    tell("end " + status + " r" + std::to_string(run.number));
    state_.runs.erase(run.number);
    if (!run.step.empty()) step_ended(run, status);
}

void Model::leave_queue(const Run& run) {
    if (run.queue.empty()) return;
    state_.running[run.queue].erase(run.number);
    next_of_queue(run.queue);
}

void Model::end_run(const Run& run, const std::string& status) {
    tell_end(run, status);
    leave_queue(run);
}

}  // namespace pawl::sim
