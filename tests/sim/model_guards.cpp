#include <algorithm>

#include "base/limits.h"
#include "model.h"

// The small print of a rule: what a guard puts off, passes over, or counts.

namespace pawl::sim {

void Model::skip(const Pending& pending, const std::string& guard) {
    tell(
        "skip " + pending.rule->id + " " + guard +
        (pending.subject.empty() || pending.is_of_gone ? "" : " " + shown_record(pending.subject)));
}

// By the record that set the rule off, unless the guard says otherwise; missing is nothing.
std::optional<std::string> Model::guard_key(const Pending& pending, const Guard& guard) const {
    if (guard.key.empty()) return pending.rule->id + "/" + pending.subject;
    const Value value = read(pending.names, guard.key);
    if (value.is_missing()) return std::nullopt;
    return pending.rule->id + "/" + shown(value);
}

// `debounce`: the newest is kept, and put off anew.
bool Model::is_put_off(const Pending& pending) {
    for (const Guard& guard : pending.rule->guards) {
        if (guard.form != Guard::Form::debounce) continue;
        if (pending.is_released) return false;
        const auto key = guard_key(pending, guard);
        if (!key) {
            skip(pending, "debounce");
            return true;
        }
        // A look that is under way is enough: it looks again.
        const Instant until = after(now_, guard.length);
        const bool is_under_way = state_.held.contains(*key);
        state_.held[*key] = pending;
        state_.held[*key].depth = 0;
        state_.held[*key].due = until;
        if (!is_under_way) add_timer(until, {Timer::Form::debounce, 0, *key});
        tell("hold " + pending.rule->id + " debounce" +
             (pending.subject.empty() ? "" : " " + shown_record(pending.subject)) + " until " +
             format_instant(until));
        return true;
    }
    return false;
}

bool Model::is_admitted(const Pending& pending, std::string& queue, Taken& taken) {
    using Form = Guard::Form;
    for (const Guard& guard : pending.rule->guards) {
        const bool is_counted = guard.form == Form::once_per || guard.form == Form::at_most ||
                                guard.form == Form::only_every;
        const bool is_running = guard.form == Form::running_skip ||
                                guard.form == Form::running_restart ||
                                guard.form == Form::running_queue;
        if (!is_counted && !is_running) continue;
        const char* const names[] = {"once", "at most", "only every"};
        const std::string name =
            is_running ? "while running" : names[static_cast<std::size_t>(guard.form)];
        auto key = guard_key(pending, guard);
        if (!key) return skip(pending, name), false;
        if (guard.form == Form::once_per) {
            if (state_.once.contains(*key)) return skip(pending, name), false;
            taken.push_back([key](State& state) { state.once.insert(*key); });
        } else if (guard.form == Form::at_most) {
            const LocalTime local = zone_.local(now_);
            *key += "/" + format_date(local.date);
            if (guard.unit == "hour")
                *key += "/" + std::to_string(local.time.micros / (3600 * micros_per_second));
            if (state_.counted[*key] >= guard.number) return skip(pending, name), false;
            taken.push_back([key](State& state) { ++state.counted[*key]; });
        } else if (guard.form == Form::only_every) {
            const auto last = state_.last_ran.find(*key);
            if (last != state_.last_ran.end() && now_ < after(last->second, guard.length))
                return skip(pending, name), false;
            taken.push_back([key, now = now_](State& state) { state.last_ran[*key] = now; });
        } else {
            queue = *key;
            const std::set<int> running = state_.running[*key];
            if (running.empty() && state_.queues[*key].empty()) continue;
            if (guard.form == Form::running_skip) return skip(pending, name), false;
            if (guard.form == Form::running_queue) {
                if (running.empty() && pending.is_released) continue;
                if (state_.queues[*key].size() >= limits::queued_runs_max)
                    return skip(pending, name), false;
                state_.queues[*key].push_back(pending);
                tell("hold " + pending.rule->id + " while running" +
                     (pending.subject.empty() ? "" : " " + shown_record(pending.subject)));
                return false;
            }
            for (const int number : running) {
                const Run cancelled = state_.runs.at(number);
                remove_timers({Timer::Form::run, number, {}});
                end_run(cancelled, "cancelled");
            }
        }
    }
    return true;
}

// Those whose record is gone meanwhile are passed over.
void Model::next_of_queue(const std::string& queue) {
    // One that has left it is about to begin.
    for (const Pending& each : queue_)
        if (each.queue == queue) return;
    auto& waiting = state_.queues[queue];
    while (!waiting.empty() && state_.running[queue].empty()) {
        Pending pending = waiting.front();
        waiting.pop_front();
        if (is_gone(pending)) {
            skip(pending, "while running");
            continue;
        }
        pending.is_released = true;
        pending.queue = queue;
        pending.depth = 0;
        queue_.push_back(pending);
        return;
    }
}

bool Model::is_gone(const Pending& pending) const {
    return !pending.subject.empty() && !state_.records.contains(pending.subject);
}

}  // namespace pawl::sim
