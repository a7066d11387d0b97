#include "engine/internal/waits.h"

#include <algorithm>
#include <utility>

#include "engine/internal/kept_events.h"
#include "engine/internal/messages.h"

// How a run goes to sleep, and a call that failed is tried again.

namespace pawl::engine {

using rules::Failure;
using rules::WaitKind;

Waits::Waits(Turn& turn) : turn_(turn), context_(turn.context()) {}

void Waits::tell(RunNumber run, HappeningForm form) {
    turn_.result().happenings.push_back({turn_.now(), run, std::move(form)});
}

std::string Waits::text_of_wait(const StoredRun& stored) const {
    if (stored.is_stale()) return "its turn to end, since it was edited";
    if (stored.state == RunState::calling) {
        const rules::ServiceAction& action = context_.program.actions[stored.call.action];
        return "the answer of " + action.integration + "." + action.name;
    }
    switch (stored.wait.kind) {
        case WaitKind::time: return "time";
        case WaitKind::event: return context_.program.schema.events[wait_for_of(stored).event].name;
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
    take_kept(advance, run, stored);
    stored.stands_since = KeptEvents(context_, layer, turn_.now()).place();
    const Instant until = stored.wait.until;
    std::string waits_for = text_of_wait(stored);
    Pending at_once;
    // Kept in the store with a timer all the same, in case the turn ends before its place comes.
    const bool goes_on = goes_on_at_once(advance, stored, at_once);
    stored.timer = turn_.set_timer(layer, goes_on ? turn_.now() : until, TimerKind::run,
                                   std::to_string(run.number));
    if (goes_on) {
        // Others may have their turn before it: what they emit for its next wait is not lost.
        register_keys(advance, stored);
        enqueue(stored, std::move(at_once));
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
    turn_.write_run_row(advance, run, "waiting", false, waits_for, until, stored.wait.question);
    layer.put_run(run.number, std::make_shared<const StoredRun>(std::move(stored)));
}

void Waits::restore(StoredRun stored) {
    Layer& layer = turn_.layer();
    const std::string waits_for = text_of_wait(stored);
    const Turn::Run run = turn_.run_of(stored);
    Advance advance(context_, layer, turn_.options(run, nullptr));
    turn_.write_run_row(advance, run, "waiting", false, waits_for,
                        stored.timer ? std::optional(stored.timer->due) : std::nullopt,
                        stored.wait.question);
    advance.layer().merge_down();
    if (stored.timer)
        layer.put_timer({{*stored.timer, TimerKind::run, std::to_string(stored.number)}, false});
    for (const auto& [event, key] : stored.waits_for)
        layer.put_waiter({event, key, stored.number, false});
    layer.put_run(stored.number, std::make_shared<const StoredRun>(std::move(stored)));
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
