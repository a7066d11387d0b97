#include "engine/internal/running_engine.h"

#include <algorithm>

#include "base/check.h"
#include "base/diagnostic.h"
#include "engine/happening_json.h"

// What goes through the core: inputs from the door into the list, their turns, what is due, what is
// told of them; and what a stop left behind.

namespace pawl::engine {

namespace {

constexpr std::size_t recovered_at_once = 1'024;

}  // namespace

// Whoever looks after the engine is told once of a clock that jumped.
void RunningEngine::tell_of_clock() {
    const std::optional<std::int64_t> jump = clock_.jump_micros();
    const bool had_jumped = std::exchange(clock_has_jumped_, jump.has_value());
    if (!jump || had_jumped) return;
    TurnResult result = engine_.alert_admins(
        clock_.now(), "The clock of the machine jumped by " + std::to_string(*jump / 60'000'000) +
                          " min: time goes on as before until `pawl clock accept`");
    tell(result);
}

// What is due, as far as the group takes it: in a storm inputs come in between.
void RunningEngine::run_due(Instant until) {
    while (room_for_due() > 0 && !is_awaited()) {
        const std::optional<Instant> due = engine_.next_due();
        if (!due || *due > until || !keep_before_due()) return;
        const std::uint64_t name = engine_.due_name(until);
        const bool has_stopped = name != 0 && name == stopped_at_due_;
        const std::int32_t stops = has_stopped ? stops_ : 0;
        store_.mark_turn({.stops = stops, .due = name});
        const bool had_turn = run_due_turn(*due, until, stops);
        store_.mark_turn({});
        if (!had_turn) return;
        count_lateness(*due);
    }
}

bool RunningEngine::run_due_turn(Instant due, Instant until, std::int32_t stops) {
    const bool is_set_aside = stops >= options_.stops_until_parked;
    if (options_.before_due_turn) options_.before_due_turn(due, stops);
    std::optional<TurnResult> result =
        is_set_aside ? engine_.park_due(until, stops, stops > options_.stops_until_parked)
                     : engine_.process_due(until);
    if (!result) return false;
    ++group_due_turns_;
    ++counted_.due_turns;
    if (is_set_aside) ++counted_.due_parked;
    tell(*result);
    answer_calls(*result);
    return true;
}

// After a stop in such a turn what is due is on disk before it has its turn, so that it has the
// name that it had. False: the store cannot go on.
bool RunningEngine::keep_before_due() {
    if (careful_dues_left_ == 0) return true;
    --careful_dues_left_;
    return groups_.is_empty() || flush();
}

void RunningEngine::count_lateness(Instant due) {
    const double seconds = static_cast<double>(clock_.now().micros - due.micros) / 1e6;
    const auto bound = std::lower_bound(lateness_bounds.begin(), lateness_bounds.end(), seconds);
    ++counted_.lateness.within[static_cast<std::size_t>(bound - lateness_bounds.begin())];
    counted_.lateness.seconds += std::max(seconds, 0.0);
}

// Requests for the group at hand; a large one is taken in pieces by append_taken.
void RunningEngine::take_from_door(bool stops) {
    if (backlog_.size() >= backlog_max && !stops) return;
    std::size_t inputs = group_inputs_;
    for (const RequestPointer& each : taken_) inputs += each->inputs.size();
    while (!door_.empty() && inputs < options_.group_inputs_max) {
        inputs += door_.front()->inputs.size();
        taken_.push_back(std::move(door_.front()));
        door_.pop_front();
    }
}

void RunningEngine::append_taken() {
    std::size_t appended = 0;
    const std::size_t room = room_for(group_inputs_);
    while (!taken_.empty() && appended < room) {
        const RequestPointer request = taken_.front();
        std::size_t bytes = 0;
        while (next_of_taken_ < request->inputs.size() && appended < room) {
            bytes += request->inputs[next_of_taken_].size();
            append_one(request, next_of_taken_++);
            ++appended;
        }
        if (next_of_taken_ == request->inputs.size()) {
            taken_.pop_front();
            next_of_taken_ = 0;
            if (request->inputs.empty()) answer(request);
        }
        const std::lock_guard lock(mutex_);
        queued_bytes_ -= bytes;
    }
    group_inputs_ += appended;
    const std::lock_guard lock(mutex_);
    queued_inputs_ -= appended;
}

void RunningEngine::append_one(const RequestPointer& request, std::size_t index) {
    Receipt& receipt = request->receipts[index];
    Appended appended = engine_.append(std::move(request->inputs[index]), request->arrival);
    receipt.id = std::move(appended.id);
    if (appended.refused) {
        refuse(receipt, *appended.refused);
        ++(receipt.status == ReceiptStatus::conflict ? counted_.conflicts : counted_.refused);
        if (options_.on_refused) options_.on_refused(receipt);
    } else if (appended.is_duplicate) {
        receipt.status = ReceiptStatus::duplicate;
        ++counted_.duplicates;
    } else {
        ++counted_.accepted;
    }
    const bool waits_for_turn = request->wait == WaitFor::turn;
    if (appended.input)
        backlog_.push_back({std::move(*appended.input), waits_for_turn ? request : nullptr, index});
    if (!waits_for_turn || receipt.status != ReceiptStatus::accepted) answer_one(request);
}

void RunningEngine::refuse(Receipt& receipt, const Refused& refused) {
    const bool is_conflict = refused.code == diagnostic_code_text(DiagnosticCode::event_conflict);
    receipt.status = is_conflict ? ReceiptStatus::conflict : ReceiptStatus::refused;
    receipt.code = refused.code;
    receipt.field = refused.field;
    receipt.message = refused.message;
}

void RunningEngine::answer_one(const RequestPointer& request) {
    PAWL_CHECK(request->open > 0);
    if (--request->open == 0) answer(request);
}

// With the group that is open: whatever it was that the request waited for is in it, or in one
// before.
void RunningEngine::answer(const RequestPointer& request) {
    answered_.push_back([request] { request->done(std::move(request->receipts)); });
}

void RunningEngine::run_turns() {
    while (room_for(group_turns_) > 0 && !backlog_.empty() && !is_awaited()) {
        // What was due before an input came has its turn before it.
        run_due(backlog_.front().input.arrival);
        Waiting waiting = std::move(backlog_.front());
        backlog_.pop_front();
        const InputNumber number = waiting.input.number;
        const std::int32_t stops = number == stopped_at_ ? stops_ : 0;
        if (stops >= options_.stops_until_parked) {
            park(waiting, stops);
        } else {
            store_.mark_turn({number, stops});
            run_turn(waiting);
            store_.mark_turn({});
        }
        refill_backlog();
        if (careful_left_ > 0) --careful_left_;
    }
}

void RunningEngine::run_turn(Waiting& waiting) {
    if (options_.before_turn) options_.before_turn(waiting.input);
    TurnResult result = engine_.process(waiting.input);
    ++counted_.turns;
    if (result.refused) ++counted_.turns_refused;
    ++group_turns_;
    if (waiting.request != nullptr) {
        if (result.refused)
            for (const Happening& happening : result.happenings)
                if (const auto* refused = std::get_if<Refused>(&happening.form))
                    refuse(waiting.request->receipts[waiting.index], *refused);
        answer_one(waiting.request);
    }
    tell(result);
    answer_calls(result);
}

// Calls are answered in the order in which they left, each in a turn of its own.
void RunningEngine::answer_calls(const TurnResult& result) {
    if (!options_.answer) return;
    std::deque<AnswerInput> answers;
    const auto queue_answers = [&](const TurnResult& of) {
        for (const OutgoingCall& call : of.calls)
            if (auto answer = options_.answer(call, engine_.records()))
                answers.push_back(std::move(*answer));
    };
    queue_answers(result);
    while (!answers.empty()) {
        const Input input{engine_.now(), std::move(answers.front())};
        answers.pop_front();
        TurnResult next = engine_.process(input);
        tell(next);
        queue_answers(next);
    }
}

// Takes the happenings.
void RunningEngine::tell(TurnResult& result) {
    for (Happening& happening : result.happenings) {
        if (std::holds_alternative<Fired>(happening.form)) ++counted_.runs;
        if (const auto* ended = std::get_if<Ended>(&happening.form))
            if (ended->status == EndStatus::failed) ++counted_.runs_failed;
        if (!options_.on_happening) continue;
        const bool is_written = !options_.wants_json || options_.wants_json(happening);
        std::string json =
            is_written ? happening_json(happening, program_, engine_.records()) : std::string();
        told_.emplace_back(std::move(json), std::move(happening));
    }
}

bool RunningEngine::recover() {
    const Counters& counters = engine_.counters();
    const TurnMark found = store_.found_turn_mark();
    if (!counters.is_clean) {
        careful_left_ = options_.careful_inputs;
        // An input that never came to the disk gave its number back.
        if (found.input > counters.position && found.input < counters.next_input)
            stopped_at_ = found.input;
        stopped_at_due_ = found.due;
        stops_ = found.stops + 1;
        // What the stop took with it are two groups, with the power some ten.
        if (found.due != 0) careful_dues_left_ = 12 * options_.group_inputs_max;
    }
    last_read_ = counters.position;
    has_more_stored_ = counters.next_input > counters.position + 1;
    (void)engine_.mark_clean(false);
    (void)engine_.begin(clock_.now());
    refill_backlog();
    return flush();
}

// Inputs that were appended before the last stop, a piece at a time. New ones come behind them.
void RunningEngine::refill_backlog() {
    while (has_more_stored_ && backlog_.size() < recovered_at_once / 2) {
        const auto stored = groups_.inputs(last_read_, recovered_at_once);
        std::vector<Waiting> read;
        for (const StoredInput& input : stored) {
            if (input.number > recovered_until_) break;
            read.push_back({engine_.read_appended(input), nullptr, 0});
        }
        has_more_stored_ = !read.empty() && read.back().input.number < recovered_until_;
        if (read.empty()) return;
        last_read_ = read.back().input.number;
        // Behind what was recovered before, in front of what came since.
        const auto place =
            std::find_if(backlog_.begin(), backlog_.end(),
                         [this](const Waiting& each) { return each.input.number > last_read_; });
        backlog_.insert(place, std::make_move_iterator(read.begin()),
                        std::make_move_iterator(read.end()));
    }
}

void RunningEngine::park(Waiting& waiting, std::int32_t stops) {
    const std::string id = waiting.input.origin ? waiting.input.origin->id : std::string();
    TurnResult result = engine_.park(
        waiting.input,
        "Input " + std::to_string(waiting.input.number) + (id.empty() ? "" : " (id `" + id + "`)") +
            " was set aside: the engine stopped at it " + std::to_string(stops) + " times");
    ++counted_.parked;
    tell(result);
    if (waiting.request != nullptr) answer_one(waiting.request);
}

}  // namespace pawl::engine
