#include "engine/runtime.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/diagnostic.h"
#include "engine/happening_json.h"
#include "engine/internal/clock_guard.h"
#include "engine/internal/writer.h"
#include "engine/store/group_store.h"

namespace pawl::engine {

namespace {

// What was submitted together is answered together.
struct Request {
    std::vector<std::string> inputs;
    std::size_t bytes = 0;
    WaitFor wait = WaitFor::append;
    Instant arrival;
    std::function<void(std::vector<Receipt>)> done;
    std::vector<Receipt> receipts;
    std::size_t open = 0;  // inputs of which something is still waited for
};
using RequestPointer = std::shared_ptr<Request>;

// An input that stands in the store's list and waits for its turn.
struct Waiting {
    Input input;
    RequestPointer request;  // none: nobody waits for the turn
    std::size_t index = 0;   // in the request
};

// How many inputs that wait for their turn are held in memory; then no more are taken from the
// door.
constexpr std::size_t backlog_max = 4'096;
constexpr std::size_t recovered_at_once = 1'024;
// The wall may be set while the core waits; so often it is looked at.
constexpr std::int64_t look_at_clock_micros = 1'000'000;

// Whether a full disk is waited for. Who asks from outside is told instead.
enum class Patience : std::uint8_t { none, full };

class RunningEngine final : public Runtime {
 public:
    RunningEngine(const rules::Program& program, SqliteStore& store, RuntimeOptions options)
        : program_(program),
          store_(store),
          options_(std::move(options)),
          clock_(options_.clock, options_.steady_clock),
          groups_(program, store),
          engine_(program, groups_,
                  {.keeps_history = true,
                   .simulates = options_.answer != nullptr,
                   .former = options_.former}),
          writer_options_(options_for_writer()),
          writer_(store, writer_options_, [this](bool is_on_disk) { writer_changed(is_on_disk); }) {
        core_ = std::thread([this] { loop(); });
    }

    ~RunningEngine() override { stop(); }

    Admission submit(std::vector<std::string> inputs, WaitFor wait,
                     std::function<void(std::vector<Receipt>)> done) override {
        auto request = std::make_shared<Request>();
        for (const std::string& input : inputs) request->bytes += input.size();
        if (inputs.size() > options_.queued_inputs_max ||
            request->bytes > options_.queued_bytes_max)
            return Admission::too_large;
        request->inputs = std::move(inputs);
        request->wait = wait;
        request->done = std::move(done);
        request->receipts.resize(request->inputs.size());
        request->open = request->inputs.size();
        const std::lock_guard lock(mutex_);
        if (is_stopping_ || writer_.has_failed()) return Admission::stopping;
        if (writer_.is_waiting()) return Admission::waiting;
        if (queued_inputs_ + request->inputs.size() > options_.queued_inputs_max ||
            queued_bytes_ + request->bytes > options_.queued_bytes_max)
            return Admission::full;
        request->arrival = clock_.now();
        queued_inputs_ += request->inputs.size();
        queued_bytes_ += request->bytes;
        door_.push_back(std::move(request));
        core_wakes_.notify_one();
        return Admission::taken;
    }

    Status load_state(const Json& state) override {
        Status loaded = Error{"stopping", "the engine is stopping"};
        on_core([&] {
            if (engine_.counters().turn != 0) {
                loaded = Error{"used",
                               "the store holds something already: a state is loaded into "
                               "an empty one only"};
                return;
            }
            loaded = engine_.load_state(state, clock_.now());
            if (loaded && !flush(Patience::none))
                loaded = Error{"unavailable", "the store cannot be written"};
        });
        return loaded;
    }

    bool with_store(const std::function<void(SqliteStore&)>& work) override {
        bool was_run = false;
        on_core([&] {
            was_run = flush(Patience::none) && writer_.run(work);
            groups_.forget_recent();
        });
        return was_run;
    }

    std::optional<Preview> preview(std::string json) override {
        std::optional<Preview> preview;
        on_core([&] { preview = engine_.preview(std::move(json), clock_.now()); });
        return preview;
    }

    RuntimeStats stats() const override {
        const Writer::Stats writer = writer_.stats();
        const std::lock_guard lock(mutex_);
        RuntimeStats stats = stats_;
        stats.commits = writer.commits;
        stats.commit_failures = writer.failures;
        stats.commit_seconds = writer.seconds;
        stats.tidying_failures = writer.tidying_failures;
        stats.queued = queued_inputs_;
        stats.is_waiting_for_disk = writer_.is_waiting();
        stats.clock_jump_micros = clock_.jump_micros();
        stats.now = clock_.now();
        return stats;
    }

    void clock_changed() override {
        const std::lock_guard lock(mutex_);
        core_wakes_.notify_one();
    }

    bool accept_clock() override {
        if (!clock_.jump_micros()) return false;
        clock_.accept();
        clock_changed();
        return true;
    }

    void stop() override {
        {
            const std::lock_guard lock(mutex_);
            is_stopping_ = true;
            core_wakes_.notify_one();
        }
        if (core_.joinable()) core_.join();
        writer_.stop();
    }

 private:
    // What is no longer kept goes by the time the engine goes by, not by a wall that jumped.
    RuntimeOptions options_for_writer() {
        RuntimeOptions options = options_;
        options.clock = [this] { return clock_.now(); };
        return options;
    }

    // ---- The core's thread ---------------------------------------------------------------------

    void loop() {
        if (!recover()) return end();
        for (;;) {
            std::function<void()> job;
            bool stops = false;
            wakes_at_ = engine_.next_due();
            tell_of_clock();
            {
                std::unique_lock lock(mutex_);
                wait_for_work(lock);
                if (writer_.has_failed()) break;
                publish_stats();
                stops = is_stopping_;
                if (!jobs_.empty()) {
                    job = std::move(jobs_.front());
                    jobs_.pop_front();
                } else {
                    take_from_door(stops);
                }
            }
            if (job) {
                job();
                finish_job();
                continue;
            }
            // What is ready goes to the writer before anything more is computed.
            if (!hand_over()) break;
            append_taken();
            if (careful_left_ > 0 && !flush()) break;
            run_turns();
            if (!stops) run_due(clock_.now());
            if (!hand_over()) break;
            if (stops && (writer_.is_waiting() || !is_anything_owed())) break;
        }
        if (flush()) {
            (void)engine_.mark_clean(true);
            (void)flush();
        }
        end();
    }

    void wait_for_work(std::unique_lock<std::mutex>& lock) {
        while (!has_something_to_do()) {
            if (!wakes_at_) {
                core_wakes_.wait(lock);
                continue;
            }
            const std::int64_t left = wakes_at_->micros - clock_.now().micros;
            if (left <= 0 && !is_group_full()) return;
            const std::int64_t wait =
                left <= 0 ? look_at_clock_micros : std::min(left, look_at_clock_micros);
            core_wakes_.wait_for(lock, std::chrono::microseconds(wait));
        }
    }

    // How many more of a kind the open group takes, which has that many.
    std::size_t room_for(std::size_t taken) const {
        return options_.group_inputs_max - std::min(taken, options_.group_inputs_max);
    }

    // The writer has nothing to do, and the open group is worth a commit.
    bool is_awaited() const {
        constexpr std::size_t enough = 32;
        return (!is_group_committing_ || is_group_finished_) &&
               std::max(group_turns_, group_due_turns_) >= enough;
    }

    // Nothing more fits before the group that commits has done so.
    bool is_group_full() const {
        return room_for(std::max({group_inputs_, group_turns_, group_due_turns_})) == 0 &&
               is_group_committing_ && !is_group_finished_;
    }

    // Whoever looks after the engine is told once of a clock that jumped.
    void tell_of_clock() {
        const std::optional<std::int64_t> jump = clock_.jump_micros();
        const bool had_jumped = std::exchange(clock_has_jumped_, jump.has_value());
        if (!jump || had_jumped) return;
        TurnResult result = engine_.alert_admins(
            clock_.now(), "The clock of the machine jumped by " +
                              std::to_string(*jump / 60'000'000) +
                              " min: time goes on as before until `pawl clock accept`");
        tell(result);
    }

    // What is due, as far as the group takes it: in a storm inputs come in between.
    void run_due(Instant until) {
        while (room_for(group_due_turns_) > 0 && !is_awaited()) {
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

    bool run_due_turn(Instant due, Instant until, std::int32_t stops) {
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
    bool keep_before_due() {
        if (careful_dues_left_ == 0) return true;
        --careful_dues_left_;
        return groups_.is_empty() || flush();
    }

    void count_lateness(Instant due) {
        const double seconds = static_cast<double>(clock_.now().micros - due.micros) / 1e6;
        const auto bound =
            std::lower_bound(lateness_bounds.begin(), lateness_bounds.end(), seconds);
        ++counted_.lateness.within[static_cast<std::size_t>(bound - lateness_bounds.begin())];
        counted_.lateness.seconds += std::max(seconds, 0.0);
    }

    // Jobs that nobody will do any more are told so.
    void end() {
        std::unique_lock lock(mutex_);
        has_ended_ = true;
        jobs_.clear();
        job_done_.notify_all();
    }

    bool has_something_to_do() const {
        if (is_stopping_ || writer_.has_failed() || !jobs_.empty() || is_group_finished_)
            return true;
        if (is_group_full()) return false;
        if (!taken_.empty()) return true;
        if (!door_.empty() && backlog_.size() < backlog_max) return true;
        return !backlog_.empty() || (!groups_.is_empty() && !is_group_committing_);
    }

    // What is still to be done before the engine stops: inputs that were taken are appended, and
    // whoever waits for a turn gets it.
    bool is_anything_owed() {
        const std::lock_guard lock(mutex_);
        if (!door_.empty() || !taken_.empty()) return true;
        return std::any_of(backlog_.begin(), backlog_.end(), [](const Waiting& waiting) {
            return waiting.request != nullptr && waiting.request->wait == WaitFor::turn;
        });
    }

    // Requests for the group at hand; a large one is taken in pieces by append_taken.
    void take_from_door(bool stops) {
        if (backlog_.size() >= backlog_max && !stops) return;
        std::size_t inputs = group_inputs_;
        for (const RequestPointer& each : taken_) inputs += each->inputs.size();
        while (!door_.empty() && inputs < options_.group_inputs_max) {
            inputs += door_.front()->inputs.size();
            taken_.push_back(std::move(door_.front()));
            door_.pop_front();
        }
    }

    void append_taken() {
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

    void append_one(const RequestPointer& request, std::size_t index) {
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
            backlog_.push_back(
                {std::move(*appended.input), waits_for_turn ? request : nullptr, index});
        if (!waits_for_turn || receipt.status != ReceiptStatus::accepted) answer_one(request);
    }

    void refuse(Receipt& receipt, const Refused& refused) {
        const bool is_conflict =
            refused.code == diagnostic_code_text(DiagnosticCode::event_conflict);
        receipt.status = is_conflict ? ReceiptStatus::conflict : ReceiptStatus::refused;
        receipt.code = refused.code;
        receipt.field = refused.field;
        receipt.message = refused.message;
    }

    void answer_one(const RequestPointer& request) {
        PAWL_CHECK(request->open > 0);
        if (--request->open == 0) answer(request);
    }

    // With the group that is open: whatever it was that the request waited for is in it, or in one
    // before.
    void answer(const RequestPointer& request) {
        answered_.push_back([request] { request->done(std::move(request->receipts)); });
    }

    void run_turns() {
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

    void run_turn(Waiting& waiting) {
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
    void answer_calls(const TurnResult& result) {
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
    void tell(TurnResult& result) {
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

    // ---- Groups --------------------------------------------------------------------------------

    // On the writer's thread.
    void writer_changed(bool is_on_disk) {
        const std::lock_guard lock(mutex_);
        if (is_on_disk) is_group_finished_ = true;
        core_wakes_.notify_one();
    }

    void release_finished() {
        {
            const std::lock_guard lock(mutex_);
            if (!is_group_finished_) return;
            is_group_finished_ = false;
            is_group_committing_ = false;
        }
        groups_.release();
    }

    // Gives the open group to the writer, if that has nothing else. False: the store cannot go on.
    bool hand_over() {
        release_finished();
        if (writer_.has_failed()) return false;
        if (is_group_committing_) return true;
        if (groups_.is_empty() && answered_.empty()) {
            // Duplicates alone leave nothing behind.
            group_inputs_ = 0;
            return true;
        }
        // What is answered without a change of its own still waits for what it read to be on disk,
        // and that is so once the writer comes to it.
        if (groups_.is_empty()) (void)engine_.mark_clean(false);
        SealedGroup group;
        group.batch = groups_.seal();
        group.told = std::exchange(told_, {});
        group.releases = std::exchange(answered_, {});
        const bool is_small = is_small_group() && !is_due(clock_.now());
        group_inputs_ = group_turns_ = group_due_turns_ = 0;
        bool is_lone = false;
        {
            // Before it is told: who was answered finds itself counted.
            const std::lock_guard lock(mutex_);
            publish_stats();
            is_lone = is_small && !has_more_to_do();
        }
        if (is_lone && writer_.commit_here(group)) {
            groups_.release();
            return !writer_.has_failed();
        }
        is_group_committing_ = true;
        writer_.commit(std::move(group));
        return true;
    }

    // So small that nothing is gained by computing the next one while it commits.
    bool is_small_group() const {
        constexpr std::size_t few = 4;
        return std::max({group_inputs_, group_turns_, group_due_turns_}) <= few;
    }

    bool has_more_to_do() const {
        return is_stopping_ || !jobs_.empty() || !door_.empty() || !taken_.empty() ||
               !backlog_.empty();
    }

    bool is_due(Instant now) {
        const std::optional<Instant> due = engine_.next_due();
        return due && *due <= now;
    }

    void publish_stats() {
        stats_ = counted_;
        stats_.backlog = backlog_.size();
    }

    // Everything that was done so far is on disk when it returns; false: the store cannot go on.
    bool flush(Patience patience = Patience::full) {
        do {
            if (!hand_over()) return false;
            if (!wait_for_writer(patience)) return false;
        } while (!groups_.is_empty() || !answered_.empty());
        return true;
    }

    bool wait_for_writer(Patience patience) {
        {
            std::unique_lock lock(mutex_);
            core_wakes_.wait(lock, [this, patience] {
                return !is_group_committing_ || is_group_finished_ || writer_.has_failed() ||
                       ((is_stopping_ || patience == Patience::none) && writer_.is_waiting());
            });
            if (is_group_committing_ && !is_group_finished_) return false;
        }
        release_finished();
        return true;
    }

    // ---- After a stop --------------------------------------------------------------------------

    bool recover() {
        const Counters& counters = engine_.counters();
        const TurnMark found = store_.found_turn_mark();
        if (!counters.is_clean) {
            careful_left_ = options_.careful_inputs;
            // An input that never came to the disk gave its number back.
            if (found.input > counters.position && found.input < counters.next_input)
                stopped_at_ = found.input;
            stopped_at_due_ = found.due;
            stops_ = found.stops + 1;
            // What the stop took with it are two groups at most.
            if (found.due != 0) careful_dues_left_ = 4 * options_.group_inputs_max;
        }
        last_read_ = counters.position;
        has_more_stored_ = counters.next_input > counters.position + 1;
        (void)engine_.mark_clean(false);
        (void)engine_.begin(clock_.now());
        refill_backlog();
        return flush();
    }

    // Inputs that were appended before the last stop, a piece at a time. New ones come behind them.
    void refill_backlog() {
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
            const auto place = std::find_if(
                backlog_.begin(), backlog_.end(),
                [this](const Waiting& each) { return each.input.number > last_read_; });
            backlog_.insert(place, std::make_move_iterator(read.begin()),
                            std::make_move_iterator(read.end()));
        }
    }

    void park(Waiting& waiting, std::int32_t stops) {
        const std::string id = waiting.input.origin ? waiting.input.origin->id : std::string();
        TurnResult result =
            engine_.park(waiting.input, "Input " + std::to_string(waiting.input.number) +
                                            (id.empty() ? "" : " (id `" + id + "`)") +
                                            " was set aside: the engine stopped at it " +
                                            std::to_string(stops) + " times");
        ++counted_.parked;
        tell(result);
        if (waiting.request != nullptr) answer_one(waiting.request);
    }

    // ---- Jobs ----------------------------------------------------------------------------------

    // Runs `job` on the core's thread, between two groups, and waits for it.
    void on_core(std::function<void()> job) {
        std::unique_lock lock(mutex_);
        if (has_ended_ || is_stopping_) return;
        const std::uint64_t ticket = ++jobs_given_;
        jobs_.push_back(std::move(job));
        core_wakes_.notify_one();
        job_done_.wait(lock, [&] { return jobs_finished_ >= ticket || has_ended_; });
    }

    void finish_job() {
        const std::lock_guard lock(mutex_);
        ++jobs_finished_;
        job_done_.notify_all();
    }

    const rules::Program& program_;
    SqliteStore& store_;
    const RuntimeOptions options_;
    mutable ClockGuard clock_;
    GroupStore groups_;
    Engine engine_;
    const InputNumber recovered_until_ = engine_.counters().next_input - 1;

    // The core's own.
    std::deque<RequestPointer> taken_;  // from the door, not appended yet
    std::size_t next_of_taken_ = 0;     // of the first of them
    std::deque<Waiting> backlog_;
    std::vector<std::function<void()>> answered_;
    std::vector<std::pair<std::string, Happening>> told_;
    std::size_t group_inputs_ = 0, group_turns_ = 0, group_due_turns_ = 0;  // in the open group
    RuntimeStats counted_;
    std::size_t careful_left_ = 0;
    InputNumber last_read_ = 0;
    InputNumber stopped_at_ = 0;        // in whose turn the process ended, `stops_` times
    std::uint64_t stopped_at_due_ = 0;  // or in whose, by Engine::due_name
    std::int32_t stops_ = 0;
    std::size_t careful_dues_left_ = 0;
    bool has_more_stored_ = false;
    bool is_group_committing_ = false;
    std::optional<Instant> wakes_at_;  // something is due then
    bool clock_has_jumped_ = false;

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable core_wakes_, job_done_;
    std::deque<RequestPointer> door_;
    std::size_t queued_inputs_ = 0, queued_bytes_ = 0;
    std::deque<std::function<void()>> jobs_;
    std::uint64_t jobs_given_ = 0, jobs_finished_ = 0;
    std::atomic<bool> is_group_finished_ = false;  // read without it, too
    bool is_stopping_ = false;
    bool has_ended_ = false;
    RuntimeStats stats_;

    const RuntimeOptions writer_options_;
    Writer writer_;
    std::thread core_;  // last: it begins when all the rest is there
};

}  // namespace

std::unique_ptr<Runtime> Runtime::start(const rules::Program& program, SqliteStore& store,
                                        RuntimeOptions options) {
    PAWL_CHECK(options.clock != nullptr);
    return std::make_unique<RunningEngine>(program, store, std::move(options));
}

}  // namespace pawl::engine
