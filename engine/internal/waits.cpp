#include "engine/internal/waits.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "engine/internal/messages.h"
#include "engine/internal/rule_mark.h"

// How a run goes to sleep: its timer, and the keys by which events, people and other rules find it.

namespace pawl::engine {

using rules::Failure;
using rules::Value;
using rules::WaitKind;

namespace {

const rules::WaitFor& wait_for_of(const StoredRun& stored, const rules::Program& program) {
    return program.units[stored.frames.back().unit].waits[stored.wait.wait_for];
}

}  // namespace

Waits::Waits(Turn& turn) : turn_(turn), context_(turn.context()) {}

void Waits::tell(RunNumber run, HappeningForm form) {
    turn_.result().happenings.push_back({turn_.now(), run, std::move(form)});
}

std::string Waits::text_of_wait(const StoredRun& stored) const {
    switch (stored.wait.kind) {
        case WaitKind::time: return "time";
        case WaitKind::event:
            return context_.program.schema.events[wait_for_of(stored, context_.program).event].name;
        case WaitKind::answer: return "answer";
        case WaitKind::retry: return "retry";
    }
    return {};
}

void Waits::sleep(Advance& advance, Turn::Run& run, rules::Wait wait) {
    Layer& layer = advance.layer();
    StoredRun stored = turn_.stored_of(run, advance);
    stored.state = RunState::waiting;
    stored.wait = std::move(wait);
    drop_kept(stored);
    const Instant until = stored.wait.until;
    std::string waits_for = text_of_wait(stored);
    Pending at_once;
    // Kept in the store with a timer all the same, in case the turn ends before its place comes.
    const bool goes_on = goes_on_at_once(advance, stored, at_once);
    stored.timer = turn_.set_timer(layer, goes_on ? turn_.now() : until, TimerKind::run,
                                   std::to_string(run.number));
    if (goes_on) {
        // Others may have their turn before it: what they emit for its next wait is not lost.
        if (stored.wait.kind == WaitKind::time) register_keys(advance, stored);
        at_once.kind = PendingKind::wake;
        at_once.run = run.number;
        at_once.wait = stored.timer->number;
        turn_.enqueue(std::move(at_once));
    } else {
        register_keys(advance, stored);
        switch (stored.wait.kind) {
            case WaitKind::time: advance.tell(Waited{until, {}}); break;
            case WaitKind::event: advance.tell(Waited{until, waits_for}); break;
            case WaitKind::retry:
                advance.tell(Retried{stored.wait.attempt, until, stored.wait.error});
                break;
            case WaitKind::answer: {
                std::string to =
                    Messenger(advance).ask(stored.wait.recipient, stored.wait.question);
                advance.tell(Asked{stored.wait.question, to, until});
                waits_for += " of " + (to.empty() ? "nobody" : to);
                break;
            }
        }
    }
    turn_.write_run_row(advance, run, "waiting", false, waits_for, until);
    layer.put_run(run.number, std::make_shared<const StoredRun>(std::move(stored)));
}

// Of what was kept since the run last stood still, a `wait for` looks at its own events. What it
// does not take stays for another one right behind it.
void Waits::drop_kept(StoredRun& stored) const {
    const bool is_event = stored.wait.kind == WaitKind::event;
    std::erase_if(stored.overtaking, [&](const OvertakingEvent& each) {
        return !is_event || each.event != wait_for_of(stored, context_.program).event;
    });
}

// Past: of time; of an event, one that came since the run last stood still.
bool Waits::goes_on_at_once(Advance& advance, const StoredRun& stored, Pending& pending) {
    if (stored.wait.kind == WaitKind::time) return stored.wait.until <= turn_.now();
    if (stored.wait.kind != WaitKind::event) return false;
    for (const OvertakingEvent& each : stored.overtaking) {
        if (!matches(stored, each.fields, advance, pending.failure)) continue;
        pending.bound = each.fields;
        pending.answer = each.fields;
        return true;
    }
    return false;
}

// ---- Keys -------------------------------------------------------------------------------------

// Nothing: the key is missing.
std::optional<std::string> Waits::evaluate_key(const StoredRun& stored, const rules::Frame& frame,
                                               const rules::WaitFor& wait,
                                               rules::Records& records) {
    std::vector<Value> locals = frame.locals;
    locals.resize(context_.program.units[frame.unit].local_count);
    rules::Budget budget;
    const rules::Outcome outcome = context_.evaluator.evaluate(
        frame.unit, *wait.key_entry, locals, records,
        {turn_.now(), stored.firing, static_cast<std::uint64_t>(stored.number)}, budget);
    // What cannot be worked out is told by the `where`, when an event comes.
    if (outcome.failure) return std::string();
    if (outcome.value.is_missing()) return std::nullopt;
    return mark_part(outcome.value, context_.program.schema);
}

// Of a `wait for` that is yet to begin the key is known only where nothing can change it any more:
// records are read afresh after a wait.
void Waits::add_next_keys(const StoredRun& stored, rules::Records& records, Keys& keys) {
    for (auto frame = stored.frames.rbegin(); frame != stored.frames.rend(); ++frame) {
        const WaitIndex::Reach& reach = context_.waits.reach(frame->unit, frame->instruction);
        for (const WaitIndex::Next& next : reach.waits) {
            const rules::WaitFor& wait = context_.program.units[next.unit].waits[next.wait];
            std::optional<std::string> key;
            if (next.has_key) key = evaluate_key(stored, *frame, wait, records);
            keys.emplace_back(context_.program.schema.events[wait.event].name, key.value_or(""));
        }
        if (!reach.may_end) return;
    }
}

void Waits::register_keys(Advance& advance, StoredRun& stored) {
    Keys keys;
    const bool is_waiting = stored.state == RunState::waiting;
    if (is_waiting && stored.wait.kind == WaitKind::event) {
        const rules::WaitFor& wait = wait_for_of(stored, context_.program);
        // What must equal something missing never comes.
        std::optional<std::string> key = "";
        if (wait.key_entry) key = evaluate_key(stored, stored.frames.back(), wait, advance);
        if (key) keys.emplace_back(context_.program.schema.events[wait.event].name, *key);
    } else {
        add_next_keys(stored, advance, keys);
    }
    if (is_waiting && stored.wait.kind == WaitKind::answer) keys.emplace_back(question_waiter, "");
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

// ---- Events -----------------------------------------------------------------------------------

// Whether the run, which stands at a `wait for`, waits for this event. A condition that fails is
// true: the run fails with it.
bool Waits::matches(const StoredRun& stored, const Value& fields, rules::Records& records,
                    std::optional<Failure>& failure) {
    const rules::Frame& frame = stored.frames.back();
    const rules::WaitFor& wait = wait_for_of(stored, context_.program);
    if (!wait.where_entry) return true;
    std::vector<Value> locals = frame.locals;
    locals.resize(context_.program.units[frame.unit].local_count);
    locals[wait.local] = fields;
    rules::Budget budget;
    rules::Outcome outcome = context_.evaluator.evaluate(
        frame.unit, *wait.where_entry, locals, records,
        {turn_.now(), stored.firing, static_cast<std::uint64_t>(stored.number)}, budget);
    if (outcome.failure) failure = std::move(outcome.failure);
    return failure.has_value() || outcome.value.is_true();
}

void Waits::keep_event(Layer& layer, const StoredRun& stored, rules::EventIndex event,
                       const Value& fields) {
    if (stored.overtaking.size() >= limits::overtaking_events_max) return;
    StoredRun copy = stored;
    copy.overtaking.push_back({event, fields});
    layer.put_run(stored.number, std::make_shared<const StoredRun>(std::move(copy)));
}

void Waits::wake_by_event(rules::EventIndex event, const Value& fields, Layer& layer) {
    if (!context_.waits.is_waited_for(event)) return;
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
        if (stored == nullptr || stored->is_stale()) continue;
        if (stored->state != RunState::waiting || stored->wait.kind != WaitKind::event) {
            keep_event(layer, *stored, event, fields);
            continue;
        }
        Pending pending;
        if (!stored->timer || wait_for_of(*stored, context_.program).event != event ||
            !matches(*stored, fields, layer, pending.failure))
            continue;
        pending.kind = PendingKind::wake;
        pending.run = run;
        pending.wait = stored->timer->number;
        pending.bound = fields;
        pending.answer = fields;
        turn_.enqueue(std::move(pending));
    }
}

// ---- Calls that are tried again ---------------------------------------------------------------

bool Waits::retry_call(const StoredRun& stored, const Failure& failure) {
    const auto& plan = stored.call.retry;
    if (!plan || !failure.retry || stored.attempts >= plan->times) return false;
    const rules::Moment moment{turn_.now(), stored.firing,
                               static_cast<std::uint64_t>(stored.number)};
    const auto due = rules::next_attempt(*plan, stored.attempts + 1, moment, context_.zone);
    if (!due) return false;
    StoredRun copy = stored;
    ++copy.attempts;
    Layer& layer = turn_.layer();
    copy.timer = turn_.set_timer(layer, *due, TimerKind::run, std::to_string(stored.number));
    tell(stored.number, Retried{copy.attempts, *due, failure.message});
    const Turn::Run run = turn_.run_of(stored);
    Advance advance(context_, layer, turn_.options(run, nullptr));
    turn_.write_run_row(advance, run, "waiting", false, failure.action, due);
    advance.layer().merge_down();
    layer.put_run(stored.number, std::make_shared<const StoredRun>(std::move(copy)));
    return true;
}

// It leaves once more, with the key that it had.
void Waits::call_again(const StoredRun& stored) {
    Layer& layer = turn_.layer();
    StoredRun copy = stored;
    copy.timer.reset();
    const Turn::Run run = turn_.run_of(stored);
    Advance advance(context_, layer, turn_.options(run, nullptr));
    const rules::ServiceAction& action = context_.program.actions[stored.call.action];
    turn_.write_run_row(advance, run, "waiting", false, action.integration + "." + action.name);
    advance.layer().merge_down();
    turn_.call(turn_.outgoing(copy, layer));
    layer.put_run(stored.number, std::make_shared<const StoredRun>(std::move(copy)));
}

}  // namespace pawl::engine
