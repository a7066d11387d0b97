#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/internal/turn.h"

// Runs that wait (meaning.md 26, 27, 29): how one goes to sleep, what wakes it, and how it goes on.
// A waiting run is one row, with a timer and the keys by which events find it; nothing is replayed.

namespace pawl::engine {

// Waiters (store.h) that wait for no event: questions, and the runs of a rule that some
// `cancel runs` names, with the rule's id behind it and the record "project/p1" as key.
constexpr std::string_view question_waiter = "pawl.answer";
constexpr std::string_view cancel_waiter = "pawl.cancel/";

// "r7", and what is told of another name.
std::optional<RunNumber> run_number(std::string_view name);
std::string not_a_run(std::string_view name);

// Whether the run stands at a wait of that kind, with the text that it began with.
bool waits_for(const StoredRun& stored, rules::WaitKind kind);
// At a call that failed and is to be tried again.
bool is_between_attempts(const StoredRun& stored);

class Waits {
 public:
    explicit Waits(Turn& turn);

    // The run's advance ended in a wait: it goes to sleep, in the advance's layer. One whose time
    // is past, or whose event overtook it, goes on at once, by a place in the turn's queue.
    void sleep(Advance& advance, Turn::Run& run, rules::Wait wait);
    // The run is about to stand still, at a call or a wait: fills StoredRun::waits_for with the
    // keys by which it is found, and registers them. Where it may come to a `wait for` next whose
    // key is known already, events for that are kept for it from now on.
    void register_keys(Advance& advance, StoredRun& stored);
    // Takes away the timer and the keys of a run that goes on or ends.
    void forget(Layer& layer, const StoredRun& stored);

    // The call failed and is to be tried again: the run stands still at it until then. False when
    // there is no attempt left, or it is not of the kind that is worth one.
    bool retry_call(const StoredRun& stored, const rules::Failure& failure);
    // The run, about to go on, ends instead, since what set it off was deleted. True: it has ended.
    bool is_cancelled(const Turn::Run& run);
    // The same after a wait: its `unless` may be true by now, too (meaning.md 26).
    bool is_over(Advance& advance, Turn::Run& run);
    // A run whose rule or flow was edited while it waited cannot go on: it fails.
    void end_stale(const StoredRun& stored);
    // One that cannot go on for another reason, if it still waits.
    void end_failed(RunNumber run, const std::string& why);

    // Its timer is due: the wait is over, nobody came, or a call or a `try` is tried again.
    void wake_by_timer(RunNumber run);
    // Queues the runs that wait for the event; of those that are not ready for it, it is kept.
    // `layer`: what the event may speak of; of the advance that emitted it, or of the turn.
    void wake_by_event(rules::EventIndex event, const rules::Value& fields, Layer& layer);
    // From the queue: goes on, if it still waits.
    void wake(Pending& pending);
    // The turn has had its last advance: a run of its queue goes on in the next one.
    void postpone(const Pending& pending);

    // A run of another store goes on waiting here: it is kept with its timer, its keys and its row.
    void restore(StoredRun stored);

    // The answer to an `ask`. The refusal's message; nothing when it was taken.
    std::optional<std::string> reply(const ReplyCommand& command, const Actor& actor);
    // Ends a run that waits; `why` is shown. The refusal's message.
    std::optional<std::string> cancel(std::string_view run, const std::string& why);
    // The statement: those of a rule, about a record or all. They end with the advance.
    std::optional<rules::Failure> cancel_runs(Advance& advance, rules::RuleIndex rule,
                                              const std::optional<rules::Reference>& about);
    // Those that a successful advance cancelled.
    void end_cancelled(const std::vector<CancelledRun>& runs);

 private:
    using Keys = std::vector<std::pair<std::string, std::string>>;

    // waits.cpp
    bool goes_on_at_once(Advance& advance, const StoredRun& stored, Pending& pending);
    void call_again(const StoredRun& stored);
    std::string text_of_wait(const StoredRun& stored) const;
    void tell(RunNumber run, HappeningForm form);

    // waits_events.cpp
    const rules::WaitFor& wait_for_of(const StoredRun& stored) const;
    rules::Moment moment_of(const StoredRun& stored) const;
    std::optional<std::string> evaluate_key(const StoredRun& stored, const rules::Frame& frame,
                                            const rules::WaitFor& wait, rules::Records& records);
    void add_next_keys(const StoredRun& stored, rules::Records& records, Keys& keys);
    bool holds(const StoredRun& stored, const rules::Frame& frame, const rules::WaitFor& wait,
               const rules::Value& fields, rules::Records& records,
               std::optional<rules::Failure>& failure);
    bool matches(const StoredRun& stored, const rules::Value& fields, rules::Records& records,
                 std::optional<rules::Failure>& failure);
    bool is_woken_by(const StoredRun& stored, rules::EventIndex event, const rules::Value& fields,
                     Layer& layer);
    bool is_for_next(const StoredRun& stored, rules::EventIndex event, const rules::Value& fields,
                     rules::Records& records);
    void keep_event(Layer& layer, const StoredRun& stored, rules::EventIndex event,
                    const rules::Value& fields);
    void take_kept(Advance& advance, const Turn::Run& run, StoredRun& stored);

    // waits_wake.cpp
    void enqueue(const StoredRun& stored, Pending pending);
    std::optional<rules::Value> answer_of_kept(const StoredRun& stored,
                                               std::optional<rules::Failure>& failure);
    std::shared_ptr<const StoredRun> woken_run(const Pending& pending);
    void wake_call(const StoredRun& stored, Advance& advance, Turn::Run& run);
    void fail_at_its_place(Advance& advance, Turn::Run& run, rules::Failure failure);

    // waits_end.cpp
    void end(const StoredRun& stored, EndStatus status, const std::string& why,
             const std::string& code = {});
    void forget_call(const StoredRun& stored);

    // waits_question.cpp
    bool is_asked(const rules::Value& recipient, const Actor& actor);
    std::string names_of(const StoredRun& stored);
    std::string text_of_end(const std::string& run);
    std::shared_ptr<const StoredRun> find_question(const ReplyCommand& command, const Actor& actor,
                                                   std::string& refusal);

    Turn& turn_;
    Context& context_;
};

}  // namespace pawl::engine
