#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/internal/waits.h"

// How a run that was woken goes on: by a place in the turn's queue, since others were woken before
// it. Whatever its wait was, it is looked at again when the place comes.

namespace pawl::engine {

using rules::Failure;
using rules::Value;
using rules::WaitKind;

namespace {

std::vector<OvertakingEvent>::iterator find_kept(std::vector<OvertakingEvent>& kept,
                                                 rules::EventIndex event, const Value& fields) {
    return std::find_if(kept.begin(), kept.end(), [&](const OvertakingEvent& each) {
        return each.event == event && each.fields == fields;
    });
}

}  // namespace

bool is_between_attempts(const StoredRun& stored) {
    return stored.state == RunState::calling && stored.timer.has_value();
}

bool waits_for(const StoredRun& stored, WaitKind kind) {
    return !stored.is_stale() && stored.state == RunState::waiting && stored.wait.kind == kind;
}

// ---- Into the queue ---------------------------------------------------------------------------

void Waits::enqueue(const StoredRun& stored, Pending pending) {
    pending.kind = PendingKind::wake;
    pending.run = stored.number;
    pending.wait = stored.timer->number;
    turn_.note_woken(pending.wait);
    turn_.enqueue(std::move(pending));
}

void Waits::wake_by_timer(RunNumber number) {
    const auto stored = turn_.layer().run(number);
    PAWL_CHECK(stored != nullptr && stored->timer);
    Pending pending;
    // An event is kept for one that goes on a turn late.
    if (waits_for(*stored, WaitKind::event))
        pending.answer = answer_of_kept(*stored, pending.failure).value_or(Value());
    if (waits_for(*stored, WaitKind::answer)) pending.answer = Value();
    if (pending.answer) pending.bound = *pending.answer;
    enqueue(*stored, std::move(pending));
}

std::optional<Value> Waits::answer_of_kept(const StoredRun& stored,
                                           std::optional<Failure>& failure) {
    const rules::EventIndex event = wait_for_of(stored).event;
    for (const OvertakingEvent& each : stored.overtaking)
        if (each.event == event && matches(stored, each.fields, turn_.layer(), failure))
            return each.fields;
    return std::nullopt;
}

// ---- Out of it --------------------------------------------------------------------------------

// Nothing: its wait ended by what stood before in the queue.
std::shared_ptr<const StoredRun> Waits::woken_run(const Pending& pending) {
    auto stored = turn_.layer().run(pending.run);
    const bool is_it = stored != nullptr && stored->timer && stored->timer->number == pending.wait;
    return is_it ? stored : nullptr;
}

void Waits::wake(Pending& pending) {
    const auto stored = woken_run(pending);
    if (stored == nullptr) return;
    if (stored->is_stale()) return end_stale(*stored);
    if (!turn_.take_advance() && stored->wait.kind != WaitKind::answer) return postpone(pending);
    Turn::Run run = turn_.run_of(*stored);
    Advance advance(context_, turn_.layer(), turn_.options(run, nullptr));
    if (is_between_attempts(*stored)) return wake_call(*stored, advance, run);
    forget(turn_.layer(), *stored);
    if (pending.failure) return fail_at_its_place(advance, run, std::move(*pending.failure));
    if (waits_for(*stored, WaitKind::event) && !pending.bound.is_missing()) {
        run.taken = {wait_for_of(*stored).event, pending.bound};
        // What it takes is not kept for another `wait for`.
        const auto taken = find_kept(run.overtaking, run.taken->event, run.taken->fields);
        if (taken != run.overtaking.end()) run.overtaking.erase(taken);
    }
    if (is_over(advance, run)) return;
    turn_.go_on(advance, run, pending.answer);
}

// It does not go on, but leaves once more.
void Waits::wake_call(const StoredRun& stored, Advance& advance, Turn::Run& run) {
    if (is_over(advance, run)) return forget_call(stored);
    call_again(stored);
}

void Waits::fail_at_its_place(Advance& advance, Turn::Run& run, Failure failure) {
    const rules::Frame& frame = run.frames.back();
    const std::uint32_t line = context_.program.line_of(frame.unit, frame.instruction - 1);
    turn_.fail(advance, run, failed_outcome(std::move(failure), frame.unit, line));
}

void Waits::postpone(const Pending& pending) {
    Layer& layer = turn_.layer();
    const auto stored = woken_run(pending);
    if (stored == nullptr) return;
    forget(layer, *stored);
    StoredRun copy = *stored;
    if (waits_for(copy, WaitKind::event)) {
        // No other event wakes it now; it may still be cancelled.
        std::erase_if(copy.waits_for,
                      [](const auto& key) { return !key.first.starts_with(cancel_waiter); });
        const rules::EventIndex event = wait_for_of(copy).event;
        if (!pending.bound.is_missing() &&
            find_kept(copy.overtaking, event, pending.bound) == copy.overtaking.end())
            copy.overtaking.push_back({event, pending.bound});
    }
    for (const auto& [event, key] : copy.waits_for)
        layer.put_waiter({event, key, copy.number, false});
    copy.timer = turn_.set_timer(layer, turn_.now(), TimerKind::run, std::to_string(copy.number));
    layer.put_run(copy.number, std::make_shared<const StoredRun>(std::move(copy)));
}

}  // namespace pawl::engine
