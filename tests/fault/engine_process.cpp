// An engine to be killed: a store and a Runtime over the till's rulebook, or that of the clockwork,
// driven through pipes.
//
//     fault_engine serve FOLDER first|second|clockwork|alarms [--stop-at ID] [--kill-at-turn N]
//                  [--kill-at N] [--stops-until-parked N] [--careful-inputs N] [--group-inputs N]
//                  [--log-piece BYTES] [--clock MICROS] [--stop-at-due MICROS --stop-times N]
//     fault_engine open FOLDER first|second [--kill-at N]
//     fault_engine backup FOLDER TARGET [--kill-at N]
//
// `serve` reads a request a line, events with tabs between them, answers each event with a line
// "ID STATUS" (once it is on disk; behind a `!`, once its turn is), and stops in order at the end
// of its input. Clockwork and alarms go by the clock they are given: a line `@MICROS` sets it, and
// `?` is answered with `drained` when all is done that is due by it. `--stop-at` ends the process
// before the turn of that event, `--stop-at-due` N times before that of what is due at that
// instant, `--kill-at-turn` kills it before its N-th turn, `--kill-at` at the N-th operation that
// changes a file. With `--log-piece` the log is moved in pieces so small. `open` and `backup` tell
// how many of those there were.

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "engine/runtime.h"
#include "engine/store/sqlite_store.h"
#include "tests/fault/alarms.h"
#include "tests/fault/clockwork.h"
#include "tests/fault/deadly_vfs.h"
#include "tests/fault/till.h"

namespace {

using namespace pawl;         // NOLINT: a program
using namespace pawl::fault;  // NOLINT

[[noreturn]] void give_up(const Error& error) {
    std::fprintf(stderr, "%s: %s\n", error.code.c_str(), error.message.c_str());
    ::_exit(3);
}

// At once, and whole: who reads a line may count on it.
void say(const std::string& lines) {
    std::size_t written = 0;
    while (written < lines.size()) {
        const ssize_t count = ::write(1, lines.data() + written, lines.size() - written);
        if (count <= 0) ::_exit(4);
        written += static_cast<std::size_t>(count);
    }
}

std::string_view status_text(engine::ReceiptStatus status) {
    switch (status) {
        case engine::ReceiptStatus::accepted: return "accepted";
        case engine::ReceiptStatus::duplicate: return "duplicate";
        case engine::ReceiptStatus::conflict: return "conflict";
        case engine::ReceiptStatus::refused: return "refused";
    }
    return "";
}

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t tab; (tab = line.find('\t', begin)) != std::string::npos; begin = tab + 1)
        parts.push_back(line.substr(begin, tab - begin));
    parts.push_back(line.substr(begin));
    return parts;
}

struct Options {
    std::string command, folder, word;
    std::map<std::string, std::string> rest;

    std::uint64_t number(const std::string& name) const {
        const auto found = rest.find(name);
        return found == rest.end() ? 0 : std::stoull(found->second);
    }
    bool has_clock() const { return word == "clockwork" || word == "alarms"; }
    rules::Program program() const {
        if (word == "clockwork") return compile_clockwork();
        if (word == "alarms") return compile_alarms();
        return compile_till(word == "second" ? Edition::second : Edition::first);
    }
};

// Of the clockwork.
std::atomic<std::int64_t> clock_micros{0};

// A gate that is closed until it opens.
std::optional<engine::AnswerInput> answer_call(const engine::OutgoingCall& call, rules::Records&) {
    engine::AnswerInput answer{call.run, call.intent, std::nullopt, std::nullopt, true};
    std::int64_t number = 0;
    Instant opens_at;
    for (const engine::NamedValue& each : call.arguments)
        if (each.name == "number")
            number = each.value.as_integer();
        else
            opens_at = each.value.as_datetime();
    if (clock_micros < opens_at.micros)
        answer.failure = rules::Failure{"", "call", "it is closed", call.action, true, true};
    else
        answer.answer = parse_json("{\"number\":" + std::to_string(number) + "}").value();
    return answer;
}

std::unique_ptr<engine::SqliteStore> open_or_give_up(const Options& options,
                                                     const rules::Program& program) {
    engine::SqliteStoreOptions store_options;
    if (const auto piece = options.number("--log-piece"); piece != 0) {
        store_options.log_piece_bytes = piece;
        store_options.log_bytes_most = 8 * piece;
    }
    auto store = engine::open_sqlite_store(options.folder, store_options);
    if (!store) give_up(store.error());
    if (const Status opened = (*store)->open(program); !opened) give_up(opened.error());
    return std::move(*store);
}

engine::RuntimeOptions runtime_options(const Options& options) {
    engine::RuntimeOptions runtime;
    if (options.has_clock()) {
        clock_micros = static_cast<std::int64_t>(options.number("--clock"));
        runtime.clock = [] { return Instant{clock_micros}; };
        runtime.answer = answer_call;
    } else {
        // Every look at the clock is a millisecond after the last one.
        static std::atomic<std::int64_t> millisecond{1'772'409'600'000};
        runtime.clock = [] { return Instant{++millisecond * 1'000}; };
    }
    runtime.on_fatal = [](const Error& error) { give_up(error); };
    if (options.rest.count("--careful-inputs") != 0)
        runtime.careful_inputs = options.number("--careful-inputs");
    if (const auto inputs = options.number("--group-inputs"); inputs != 0)
        runtime.group_inputs_max = inputs;
    if (const auto stops = options.number("--stops-until-parked"); stops != 0)
        runtime.stops_until_parked = static_cast<int>(stops);
    const std::uint64_t last_turn = options.number("--kill-at-turn");
    const auto stop = options.rest.find("--stop-at");
    const std::string stop_at = stop == options.rest.end() ? "" : stop->second;
    static std::uint64_t turns = 0;
    runtime.before_turn = [last_turn, stop_at](const engine::Input& input) {
        if (!stop_at.empty() && input.origin && input.origin->id == stop_at) ::_exit(9);
        if (++turns == last_turn) ::kill(::getpid(), SIGKILL);
    };
    const auto stop_at_due = static_cast<std::int64_t>(options.number("--stop-at-due"));
    const auto times = static_cast<std::int32_t>(options.number("--stop-times"));
    if (stop_at_due != 0)
        runtime.before_due_turn = [stop_at_due, times](Instant due, std::int32_t stops) {
            if (due.micros == stop_at_due && stops < times) ::_exit(9);
        };
    return runtime;
}

// What waits for a turn gets one, and so does what is due: until a whole group found nothing, and
// another one neither.
void drain(engine::Runtime& runtime) {
    for (int quiet = 0; quiet < 2;) {
        const std::uint64_t before = runtime.stats().due_turns;
        std::promise<void> passed;
        const auto taken =
            runtime.submit({}, engine::WaitFor::turn,
                           [&](const std::vector<engine::Receipt>&) { passed.set_value(); });
        if (taken != engine::Admission::taken) give_up({"not taken", "drain"});
        passed.get_future().wait();
        const engine::RuntimeStats stats = runtime.stats();
        quiet = stats.due_turns == before && stats.backlog == 0 ? quiet + 1 : 0;
    }
    say("drained\n");
}

void serve(const Options& options) {
    const rules::Program program = options.program();
    const auto store = open_or_give_up(options, program);
    const auto runtime = engine::Runtime::start(program, *store, runtime_options(options));
    say("ready\n");
    std::mutex open_mutex;
    std::condition_variable closed;
    std::size_t open = 0;  // requests that are not answered yet
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.starts_with('@')) {
            clock_micros = std::stoll(line.substr(1));
            runtime->clock_changed();
            continue;
        }
        if (line == "?") {
            drain(*runtime);
            continue;
        }
        {
            const std::lock_guard lock(open_mutex);
            ++open;
        }
        const bool waits_for_turn = line.starts_with('!');
        const auto taken = runtime->submit(
            split(line.substr(waits_for_turn ? 1 : 0)),
            waits_for_turn ? engine::WaitFor::turn : engine::WaitFor::append,
            [&](const std::vector<engine::Receipt>& receipts) {
                std::string lines;
                for (const engine::Receipt& each : receipts)
                    lines += each.id + " " + std::string(status_text(each.status)) + "\n";
                say(lines);
                const std::lock_guard lock(open_mutex);
                --open;
                closed.notify_all();
            });
        // Whoever drives this keeps fewer in flight than the queue holds.
        if (taken != engine::Admission::taken) give_up({"not taken", line});
    }
    {
        std::unique_lock lock(open_mutex);
        closed.wait(lock, [&open] { return open == 0; });
    }
    runtime->stop();
    const engine::RuntimeStats stats = runtime->stats();
    say("stopped " + std::to_string(stats.turns) + " " + std::to_string(stats.commits) + "\n");
}

void tell_operations() { say(std::to_string(counted_operations()) + "\n"); }

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4 || argc % 2 != 0) {
        std::fputs(
            "usage: fault_engine serve|open|backup FOLDER EDITION-or-TARGET [OPTION VALUE]\n",
            stderr);
        return 2;
    }
    Options options{argv[1], argv[2], argv[3], {}};
    for (int i = 4; i + 1 < argc; i += 2) options.rest[argv[i]] = argv[i + 1];
    install_deadly_layer(options.number("--kill-at"));
    if (options.command == "serve") {
        serve(options);
    } else if (options.command == "open") {
        const rules::Program program = options.program();
        open_or_give_up(options, program).reset();
        tell_operations();
    } else if (options.command == "backup") {
        if (const Status done = engine::backup_store(options.folder, options.word); !done)
            give_up(done.error());
        tell_operations();
    }
    return 0;
}
