#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/internal/clock_guard.h"
#include "engine/internal/writer.h"
#include "engine/runtime.h"
#include "engine/store/group_store.h"

// The runtime as it is: a door that any thread knocks at, the core's thread, which runs turns and
// closes groups, and the writer. running_engine.cpp is the thread with its groups and jobs,
// running_engine_turns.cpp what goes through it.

namespace pawl::engine {

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

// Whether a full disk is waited for. Who asks from outside is told instead.
enum class Patience : std::uint8_t { none, full };

class RunningEngine final : public Runtime {
 public:
    RunningEngine(const rules::Program& program, SqliteStore& store, RuntimeOptions options);
    ~RunningEngine() override;
    Admission submit(std::vector<std::string> inputs, WaitFor wait,
                     std::function<void(std::vector<Receipt>)> done) override;
    Status load_state(const Json& state) override;
    bool with_store(const std::function<void(SqliteStore&)>& work) override;
    std::optional<Preview> preview(std::string json) override;
    RuntimeStats stats() const override;
    void clock_changed() override;
    bool accept_clock() override;
    void stop() override;

 private:
    RuntimeOptions options_for_writer();

    // ---- The core's thread ---------------------------------------------------------------------
    void loop();
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    std::size_t room_for(std::size_t taken) const;
    std::size_t room_for_due() const;
    bool is_awaited() const;
    bool is_group_full() const;
    void tell_of_clock();
    void run_due(Instant until);
    bool run_due_turn(Instant due, Instant until, std::int32_t stops);
    bool keep_before_due();
    void count_lateness(Instant due);
    void end();
    bool has_something_to_do() const;
    bool is_anything_owed();
    void take_from_door(bool stops);
    void append_taken();
    void append_one(const RequestPointer& request, std::size_t index);
    void refuse(Receipt& receipt, const Refused& refused);
    void answer_one(const RequestPointer& request);
    void answer(const RequestPointer& request);
    void run_turns();
    void run_turn(Waiting& waiting);
    void answer_calls(const TurnResult& result);
    void tell(TurnResult& result);

    // ---- Groups --------------------------------------------------------------------------------
    void writer_changed(bool is_committed);
    void release_finished();
    bool hand_over();
    bool is_small_group() const;
    bool is_better_larger() const;
    bool has_more_to_do() const;
    bool is_due(Instant now);
    void publish_stats();
    bool flush(Patience patience = Patience::full);
    bool wait_for_writer(Patience patience);

    // ---- After a stop --------------------------------------------------------------------------
    bool recover();
    void refill_backlog();
    void park(Waiting& waiting, std::int32_t stops);

    // ---- Jobs ----------------------------------------------------------------------------------
    void on_core(std::function<void()> job);
    void finish_job();

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

}  // namespace pawl::engine
