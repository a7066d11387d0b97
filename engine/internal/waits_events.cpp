#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "engine/internal/kept_events.h"
#include "engine/internal/rule_mark.h"
#include "engine/internal/waits.h"

// By which keys a run that stands still is found, and what becomes of the events that find it: one
// that it waits for wakes it, one that it may come to wait for next is kept (meaning.md 27).

namespace pawl::engine {

using rules::Failure;
using rules::Value;
using rules::WaitKind;

const rules::WaitFor& Waits::wait_for_of(const StoredRun& stored) const {
    return context_.program.units[stored.frames.back().unit].waits[stored.wait.wait_for];
}

rules::Moment Waits::moment_of(const StoredRun& stored) const {
    return {turn_.now(), stored.firing, static_cast<std::uint64_t>(stored.number)};
}

// ---- Keys -------------------------------------------------------------------------------------

// Nothing: the key is missing.
std::optional<std::string> Waits::evaluate_key(const StoredRun& stored, const rules::Frame& frame,
                                               const rules::WaitFor& wait,
                                               rules::Records& records) {
    std::vector<Value> locals = frame.locals;
    locals.resize(context_.program.units[frame.unit].local_count);
    rules::Budget budget;
    const rules::Outcome outcome = context_.evaluator.evaluate(frame.unit, *wait.key_entry, locals,
                                                               records, moment_of(stored), budget);
    // What cannot be worked out is told by the `where`, when an event comes.
    if (outcome.failure) return std::string();
    if (outcome.value.is_missing()) return std::nullopt;
    return mark_part(outcome.value, context_.program.schema);
}

// Of a `wait for` that is yet to begin the key is worked out now where the run has all that it is
// made of. Where it has not, the run is not looked at for every event of the type: they are kept
// elsewhere (kept_events.h).
void Waits::add_next_keys(const StoredRun& stored, rules::Records& records, Keys& keys) {
    for (auto frame = stored.frames.rbegin(); frame != stored.frames.rend(); ++frame) {
        const WaitIndex::Reach& reach = context_.waits.reach(frame->unit, frame->instruction);
        for (const WaitIndex::Next& next : reach.waits) {
            const rules::WaitFor& wait = context_.program.units[next.unit].waits[next.wait];
            std::optional<std::string> key = "";
            if (wait.key_field)
                key = next.has_key ? evaluate_key(stored, *frame, wait, records) : std::nullopt;
            if (key) keys.emplace_back(context_.program.schema.events[wait.event].name, *key);
        }
        if (!reach.may_end) return;
    }
}

void Waits::register_keys(Advance& advance, StoredRun& stored) {
    Keys keys;
    if (waits_for(stored, WaitKind::event)) {
        const rules::WaitFor& wait = wait_for_of(stored);
        // What must equal something missing never comes.
        std::optional<std::string> key = "";
        if (wait.key_entry) key = evaluate_key(stored, stored.frames.back(), wait, advance);
        if (key) keys.emplace_back(context_.program.schema.events[wait.event].name, *key);
    }
    if (waits_for(stored, WaitKind::answer)) keys.emplace_back(question_waiter, "");
    add_next_keys(stored, advance, keys);
    if (!stored.is_flow && context_.waits.is_cancelled(stored.rule)) {
        const std::string name =
            std::string(cancel_waiter) + context_.program.rules[stored.rule].id;
        keys.emplace_back(name, "");
        if (!stored.entity.empty()) keys.emplace_back(name, stored.entity);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const auto& [event, key] : keys)
        advance.layer().put_waiter({event, key, stored.number, false});
    stored.waits_for = std::move(keys);
}

void Waits::forget(Layer& layer, const StoredRun& stored) {
    if (stored.timer)
        layer.put_timer({{*stored.timer, TimerKind::run, std::to_string(stored.number)}, true});
    for (const auto& [event, key] : stored.waits_for)
        layer.put_waiter({event, key, stored.number, true});
}

// ---- The event that it waits for --------------------------------------------------------------

bool Waits::holds(const StoredRun& stored, const rules::Frame& frame, const rules::WaitFor& wait,
                  const Value& fields, rules::Records& records, std::optional<Failure>& failure) {
    if (!wait.where_entry) return true;
    std::vector<Value> locals = frame.locals;
    locals.resize(context_.program.units[frame.unit].local_count);
    locals[wait.local] = fields;
    rules::Budget budget;
    rules::Outcome outcome = context_.evaluator.evaluate(frame.unit, *wait.where_entry, locals,
                                                         records, moment_of(stored), budget);
    if (outcome.failure) failure = std::move(outcome.failure);
    return failure.has_value() || outcome.value.is_true();
}

// Whether the run, which stands at a `wait for`, waits for this event. A condition that fails is
// true: the run fails with it.
bool Waits::matches(const StoredRun& stored, const Value& fields, rules::Records& records,
                    std::optional<Failure>& failure) {
    return holds(stored, stored.frames.back(), wait_for_of(stored), fields, records, failure);
}

bool Waits::is_woken_by(const StoredRun& stored, rules::EventIndex event, const Value& fields,
                        Layer& layer) {
    if (!waits_for(stored, WaitKind::event) || !stored.timer ||
        wait_for_of(stored).event != event || turn_.was_woken(stored.timer->number))
        return false;
    Pending pending;
    if (!matches(stored, fields, layer, pending.failure)) return false;
    pending.bound = fields;
    pending.answer = fields;
    enqueue(stored, std::move(pending));
    return true;
}

void Waits::wake_by_event(rules::EventIndex event, const Value& fields, Layer& layer) {
    if (!context_.waits.is_waited_for(event)) return;
    KeptEvents(context_, layer, turn_.now()).keep(event, fields);
    const std::string& name = context_.program.schema.events[event].name;
    std::vector<RunNumber> runs = layer.waiters(name, "");
    for (const rules::FieldIndex field : context_.waits.key_fields(event)) {
        const Value& value = fields.as_record()[field];
        if (value.is_missing()) continue;
        for (const RunNumber run : layer.waiters(name, mark_part(value, context_.program.schema)))
            runs.push_back(run);
    }
    std::sort(runs.begin(), runs.end());
    runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
    for (const RunNumber run : runs) {
        const auto stored = layer.run(run);
        if (stored == nullptr || stored->is_stale() || is_woken_by(*stored, event, fields, layer))
            continue;
        if (is_for_next(*stored, event, fields, layer)) keep_event(layer, *stored, event, fields);
    }
}

// ---- Events that overtake it ------------------------------------------------------------------

// Whether the run may come to a `wait for` that this event is for, as far as that is known now.
bool Waits::is_for_next(const StoredRun& stored, rules::EventIndex event, const Value& fields,
                        rules::Records& records) {
    for (auto frame = stored.frames.rbegin(); frame != stored.frames.rend(); ++frame) {
        const WaitIndex::Reach& reach = context_.waits.reach(frame->unit, frame->instruction);
        for (const WaitIndex::Next& next : reach.waits) {
            const rules::WaitFor& wait = context_.program.units[next.unit].waits[next.wait];
            if (wait.event != event) continue;
            if (wait.key_field) {
                if (!next.has_key) continue;
                const auto key = evaluate_key(stored, *frame, wait, records);
                const Value& value = fields.as_record()[*wait.key_field];
                if (key && (key->empty() || (!value.is_missing() &&
                                             *key == mark_part(value, context_.program.schema))))
                    return true;
                continue;
            }
            // Of a flow that is yet to begin no variable is known: what reads one is not true.
            const rules::Frame inside{next.unit, 0, {}};
            std::optional<Failure> failure;
            if (holds(stored, next.unit == frame->unit ? *frame : inside, wait, fields, records,
                      failure))
                return true;
        }
        if (!reach.may_end) return false;
    }
    return false;
}

void Waits::keep_event(Layer& layer, const StoredRun& stored, rules::EventIndex event,
                       const Value& fields) {
    if (stored.overtaking.size() >= limits::overtaking_events_max) return;
    StoredRun copy = stored;
    copy.overtaking.push_back({event, fields});
    layer.put_run(stored.number, std::make_shared<const StoredRun>(std::move(copy)));
}

// Of what was kept since the run last stood still, a `wait for` looks at what it waits for. What
// of that it does not take stays for another one right behind it; the rest came before the wait
// that stands just before whatever comes next.
void Waits::take_kept(Advance& advance, const Turn::Run& run, StoredRun& stored) {
    if (!waits_for(stored, WaitKind::event)) return stored.overtaking.clear();
    const rules::WaitFor& wait = wait_for_of(stored);
    std::erase_if(stored.overtaking, [&](const OvertakingEvent& each) {
        std::optional<Failure> failure;  // is found again when it is taken
        return each.event != wait.event || !matches(stored, each.fields, advance, failure);
    });
    if (!wait.key_field || run.stands_since == 0) return;
    const auto key = evaluate_key(stored, stored.frames.back(), wait, advance);
    if (!key) return;
    // Some of them the run has already, and one it may have been woken by.
    std::vector<Value> known;
    if (run.taken && run.taken->event == wait.event) known.push_back(run.taken->fields);
    for (const OvertakingEvent& each : stored.overtaking) known.push_back(each.fields);
    KeptEvents kept(context_, advance.layer(), turn_.now());
    for (auto& [place, fields] : kept.since(run.stands_since, wait.event, *wait.key_field, *key)) {
        // What it said itself before it began to wait is not for it.
        if (run.spoke_from <= place && place < run.spoke_until) continue;
        const auto same = std::find(known.begin(), known.end(), fields);
        if (same != known.end()) {
            known.erase(same);
            continue;
        }
        if (stored.overtaking.size() >= limits::overtaking_events_max) return;
        stored.overtaking.push_back({wait.event, std::move(fields)});
    }
}

}  // namespace pawl::engine
