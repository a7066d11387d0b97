#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/engine.h"
#include "engine/store/sqlite_store.h"
#include "rules/program.h"

// The engine at work: takes inputs from any thread, keeps them, runs their turns one by one on the
// core's thread and commits them in groups on the writer's: while one commits, the next computes
// over it, and the disk takes those before. Nothing is told to anybody before it is on disk.

namespace pawl::engine {

enum class ReceiptStatus : std::uint8_t { accepted, duplicate, conflict, refused };

// What becomes of one input: an item of `results` (cli.md). The rest is empty unless refused or in
// conflict.
struct Receipt {
    std::string id;
    ReceiptStatus status = ReceiptStatus::accepted;
    std::string code, field, message;
};

enum class WaitFor : std::uint8_t {
    append,  // the inputs are on disk
    turn,    // and what they set off is, too; a refusal by the turn is told then
};

enum class Admission : std::uint8_t {
    taken,
    full,       // try again in a second (429)
    too_large,  // more inputs, or bytes, than the queue ever holds (413)
    waiting,    // for the disk: nothing can be kept now (503)
    stopping,   // (503)
};

struct RuntimeOptions {
    // The instant of the wall. Called on any thread.
    std::function<Instant()> clock;
    // Microseconds that only grow, by which the wall is watched: a jump of more than an hour holds
    // time until `accept_clock` (meaning.md 6). None: the wall is believed. Called on any thread.
    std::function<std::int64_t()> steady_clock;
    // Answers a call at once, in the turn's own group (`--simulate`). None: calls wait.
    std::function<std::optional<AnswerInput>(const OutgoingCall&, rules::Records&)> answer;
    // Told of what happened once it is on disk, in order, on a thread of the runtime, one at a
    // time; it waits for nothing that the core does (preview, with_store, load_state): a line of
    // happening_json.h and what it tells of. None: nothing is written.
    std::function<void(const std::string& json, const Happening& happening)> on_happening;
    // Whether on_happening needs the line of this one; the others come without. None: all of them.
    // On the core's thread.
    std::function<bool(const Happening&)> wants_json;
    // An input that did not come in at all: refused or in conflict. On the core's thread.
    std::function<void(const Receipt&)> on_refused;
    // The store cannot go on (a failed fsync, a damaged file). Nothing more is committed or told;
    // the process should end, and be started again. On the writer's or the core's thread.
    std::function<void(const Error&)> on_fatal;
    // Called on the core's thread before an input's turn; for tests that stop the process there.
    std::function<void(const Input&)> before_turn;
    // The same before something that was due at `due` has its turn, or is set aside; the process
    // stopped there so often.
    std::function<void(Instant due, std::int32_t stops)> before_due_turn;

    // Of SqliteStore::take_former_texts.
    std::vector<rules::FormerText> former = {};

    std::size_t queued_inputs_max = 4'096;
    std::size_t queued_bytes_max = 64u << 20;
    std::size_t group_inputs_max = 64;
    // After an unclean stop so many inputs are on disk before their turns begin, so that one that
    // stops the process in its turn is there to be found.
    std::size_t careful_inputs = 10'000;
    int stops_until_parked = 2;           // in the turn of one input, or of one thing due
    unsigned retry_milliseconds = 1'000;  // between attempts to commit while the disk is full
};

// How late what was due had its turn: how often within so many seconds (and later than the bound
// before), the last one later than all; and the seconds in all.
constexpr std::array<double, 9> lateness_bounds = {0.001, 0.0025, 0.005, 0.01, 0.1,
                                                   1,     10,     60,    3'600};
struct Lateness {
    std::array<std::uint64_t, lateness_bounds.size() + 1> within{};
    double seconds = 0;
};

// What was counted since the start; `queued` and `backlog` are of this moment.
struct RuntimeStats {
    std::uint64_t accepted = 0, duplicates = 0, conflicts = 0, refused = 0;
    std::uint64_t turns_refused = 0;  // of what was accepted
    std::uint64_t turns = 0, runs = 0, runs_failed = 0, parked = 0;
    std::uint64_t commits = 0, commit_failures = 0;
    double commit_seconds = 0;  // summed
    // Steps that were to move the log into the file, or take away what is no longer kept.
    std::uint64_t tidying_failures = 0;
    std::size_t queued = 0;   // inputs that are not appended yet
    std::size_t backlog = 0;  // appended, their turn still to come
    bool is_waiting_for_disk = false;
    std::uint64_t due_turns = 0;   // of timers, dates and clocks
    std::uint64_t due_parked = 0;  // of these, set aside
    Lateness lateness;             // of these
    Instant now;                   // the time that the engine goes by
    // How far the wall is ahead of the time the engine goes by; nothing: it is believed.
    std::optional<std::int64_t> clock_jump_micros;
};

class Runtime {
 public:
    // Program and store outlive it; the store was opened with the program. Begins at once with what
    // was appended and not processed.
    static std::unique_ptr<Runtime> start(const rules::Program& program, SqliteStore& store,
                                          RuntimeOptions options);
    virtual ~Runtime() = default;

    // JSON texts of inputs, in order. `done` is called once, when they are on disk, with a receipt
    // each, where and as `on_happening` is; not at all unless `taken`. Any thread.
    virtual Admission submit(std::vector<std::string> inputs, WaitFor wait,
                             std::function<void(std::vector<Receipt>)> done) = 0;
    // Records that simply are, into a store that nothing came into yet (Engine::load_state). Waits
    // for the commit. Error "used" where something did.
    virtual Status load_state(const Json& state) = 0;
    // Runs `work` on the writer's thread while no turn runs and all that ran is on disk, and waits
    // for it. False when the runtime has stopped.
    virtual bool with_store(const std::function<void(SqliteStore&)>& work) = 0;

    // What an input, as its JSON text, would do now (Engine::preview): nothing is kept. Waits for
    // the core. Nothing when the runtime has stopped.
    virtual std::optional<Preview> preview(std::string json) = 0;

    virtual RuntimeStats stats() const = 0;

    // The clock was set: what is due is looked at anew. Time that passes is seen without.
    virtual void clock_changed() = 0;
    // The wall is right, however far it jumped. False when it was believed already.
    virtual bool accept_clock() = 0;

    // Takes nothing more, finishes the groups that are begun, and marks the store as stopped in
    // order. What was appended and not processed stays for the next start. Called once.
    virtual void stop() = 0;
};

}  // namespace pawl::engine
