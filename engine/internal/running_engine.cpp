#include "engine/internal/running_engine.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"

// Who is let in, when the core works and when it waits, and how groups go to the writer.

namespace pawl::engine {

namespace {

// The wall may be set while the core waits; so often it is looked at.
constexpr std::int64_t look_at_clock_micros = 1'000'000;

// So many turns, of inputs or of what is due, are worth a commit of their own.
constexpr std::size_t turns_worth_a_commit = 32;

}  // namespace

RunningEngine::RunningEngine(const rules::Program& program, SqliteStore& store,
                             RuntimeOptions options)
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
      writer_(store, writer_options_, [this](bool is_committed) { writer_changed(is_committed); }) {
    core_ = std::thread([this] { loop(); });
}

RunningEngine::~RunningEngine() { stop(); }

Admission RunningEngine::submit(std::vector<std::string> inputs, WaitFor wait,
                                std::function<void(std::vector<Receipt>)> done) {
    auto request = std::make_shared<Request>();
    for (const std::string& input : inputs) request->bytes += input.size();
    if (inputs.size() > options_.queued_inputs_max || request->bytes > options_.queued_bytes_max)
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

Status RunningEngine::load_state(const Json& state) {
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

bool RunningEngine::with_store(const std::function<void(SqliteStore&)>& work) {
    bool was_run = false;
    on_core([&] {
        was_run = flush(Patience::none) && writer_.run(work);
        groups_.forget_recent();
    });
    return was_run;
}

std::optional<Preview> RunningEngine::preview(std::string json) {
    std::optional<Preview> preview;
    on_core([&] { preview = engine_.preview(std::move(json), clock_.now()); });
    return preview;
}

RuntimeStats RunningEngine::stats() const {
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

void RunningEngine::clock_changed() {
    const std::lock_guard lock(mutex_);
    core_wakes_.notify_one();
}

bool RunningEngine::accept_clock() {
    if (!clock_.jump_micros()) return false;
    clock_.accept();
    clock_changed();
    return true;
}

void RunningEngine::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        core_wakes_.notify_one();
    }
    if (core_.joinable()) core_.join();
    writer_.stop();
}

// What is no longer kept goes by the time the engine goes by, not by a wall that jumped.
RuntimeOptions RunningEngine::options_for_writer() {
    RuntimeOptions options = options_;
    options.clock = [this] { return clock_.now(); };
    return options;
}

void RunningEngine::loop() {
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

void RunningEngine::wait_for_work(std::unique_lock<std::mutex>& lock) {
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
std::size_t RunningEngine::room_for(std::size_t taken) const {
    return options_.group_inputs_max - std::min(taken, options_.group_inputs_max);
}

// In a storm of what is due groups are small, so that an input is on disk soon. Hardly more is
// written: each wake changes pages of its own. Among many inputs it takes its share.
std::size_t RunningEngine::room_for_due() const {
    const std::size_t most =
        std::min(options_.group_inputs_max, turns_worth_a_commit + 2 * group_turns_);
    return most - std::min(group_due_turns_, most);
}

// The writer has nothing to do, and the open group is worth a commit.
bool RunningEngine::is_awaited() const {
    return (!is_group_committing_ || is_group_finished_) &&
           std::max(group_turns_, group_due_turns_) >= turns_worth_a_commit;
}

// Nothing more fits before the group that commits has done so.
bool RunningEngine::is_group_full() const {
    const bool is_full =
        room_for(std::max(group_inputs_, group_turns_)) == 0 || room_for_due() == 0;
    return is_full && is_group_committing_ && !is_group_finished_;
}

// Jobs that nobody will do any more are told so.
void RunningEngine::end() {
    std::unique_lock lock(mutex_);
    has_ended_ = true;
    jobs_.clear();
    job_done_.notify_all();
}

bool RunningEngine::has_something_to_do() const {
    if (is_stopping_ || writer_.has_failed() || !jobs_.empty() || is_group_finished_) return true;
    // A group that has all it takes of what is due may still take inputs and their turns: in a
    // storm they are on disk a group earlier.
    const bool is_asked = !taken_.empty() || (!door_.empty() && backlog_.size() < backlog_max);
    if (is_asked && (room_for(std::max(group_inputs_, group_turns_)) > 0 || !is_group_full()))
        return true;
    if (is_group_full()) return false;
    const bool has_group = !groups_.is_empty() || !answered_.empty();
    return !backlog_.empty() || (has_group && !is_group_committing_ && !is_better_larger());
}

// What is still to be done before the engine stops: inputs that were taken are appended, and
// whoever waits for a turn gets it.
bool RunningEngine::is_anything_owed() {
    const std::lock_guard lock(mutex_);
    if (!door_.empty() || !taken_.empty()) return true;
    return std::any_of(backlog_.begin(), backlog_.end(), [](const Waiting& waiting) {
        return waiting.request != nullptr && waiting.request->wait == WaitFor::turn;
    });
}

// On one of the writer's threads.
void RunningEngine::writer_changed(bool is_committed) {
    const std::lock_guard lock(mutex_);
    if (is_committed) is_group_finished_ = true;
    core_wakes_.notify_one();
}

void RunningEngine::release_finished() {
    {
        const std::lock_guard lock(mutex_);
        if (!is_group_finished_) return;
        is_group_finished_ = false;
        is_group_committing_ = false;
    }
    groups_.release();
}

// Gives the open group to the writer, if that has nothing else. False: the store cannot go on.
bool RunningEngine::hand_over() {
    release_finished();
    if (writer_.has_failed()) return false;
    if (is_group_committing_ || is_better_larger()) return true;
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
bool RunningEngine::is_small_group() const {
    constexpr std::size_t few = 4;
    return std::max({group_inputs_, group_turns_, group_due_turns_}) <= few;
}

// The disk still takes the group before. Meanwhile a small one grows: each costs all of the pages
// that it touches.
bool RunningEngine::is_better_larger() const {
    const std::size_t enough = std::min(turns_worth_a_commit, options_.group_inputs_max);
    return writer_.is_syncing() &&
           std::max({group_inputs_, group_turns_, group_due_turns_}) < enough;
}

bool RunningEngine::has_more_to_do() const {
    return is_stopping_ || !jobs_.empty() || !door_.empty() || !taken_.empty() || !backlog_.empty();
}

bool RunningEngine::is_due(Instant now) {
    const std::optional<Instant> due = engine_.next_due();
    return due && *due <= now;
}

void RunningEngine::publish_stats() {
    stats_ = counted_;
    stats_.backlog = backlog_.size();
}

// Everything that was done so far is on disk when it returns; false: the store cannot go on.
bool RunningEngine::flush(Patience patience) {
    do {
        if (!writer_.wait_until_synced() || !hand_over()) return false;
        if (!wait_for_writer(patience)) return false;
    } while (!groups_.is_empty() || !answered_.empty());
    return writer_.wait_until_synced();
}

bool RunningEngine::wait_for_writer(Patience patience) {
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

// Runs `job` on the core's thread, between two groups, and waits for it.
void RunningEngine::on_core(std::function<void()> job) {
    std::unique_lock lock(mutex_);
    if (has_ended_ || is_stopping_) return;
    const std::uint64_t ticket = ++jobs_given_;
    jobs_.push_back(std::move(job));
    core_wakes_.notify_one();
    job_done_.wait(lock, [&] { return jobs_finished_ >= ticket || has_ended_; });
}

void RunningEngine::finish_job() {
    const std::lock_guard lock(mutex_);
    ++jobs_finished_;
    job_done_.notify_all();
}

}  // namespace pawl::engine
