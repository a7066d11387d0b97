#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/http_client.h"
#include "cli/terminal.h"

// What `pawl` can do: one function a command, each in a file of its own, with what the command line
// asked of it. arguments.h makes these from words.

namespace pawl::cli {

struct CheckOptions {
    std::string book;
    bool json = false;
};
Exit check(const CheckOptions& options, Terminal& terminal);

struct FmtOptions {
    std::vector<std::string> paths;  // files or folders
    bool only_check = false;
    bool json = false;
};
Exit fmt(const FmtOptions& options, Terminal& terminal);

struct CompileOptions {
    std::string book;
    std::string output;  // empty: the book's name with `.pawlc`, in the current folder
    bool show = false;
    bool json = false;
};
Exit compile(const CompileOptions& options, Terminal& terminal);

struct TestOptions {
    std::string book;
    std::string filter;  // part of a test's title; empty: every test
    bool json = false;
};
Exit test(const TestOptions& options, Terminal& terminal);

struct DryRunOptions {
    std::string book;
    std::string events;   // a file; "-" is standard input
    std::string state;    // empty: no records
    std::string answers;  // empty: every call gets its sample
    std::string from;     // as written; empty: the first event's time
    std::string until;    // an instant or a duration, as written; empty: the last event
    std::string store = "memory";
    bool all = false;
    bool json = false;
};
Exit dry_run(const DryRunOptions& options, Terminal& terminal);

struct EvalOptions {
    std::string expression;
    std::string data;  // a file; "-" is standard input; empty: no names
};
Exit eval(const EvalOptions& options, Terminal& terminal);

struct ExplainOptions {
    std::string code;  // empty: the list of all
    bool json = false;
};
Exit explain(const ExplainOptions& options, Terminal& terminal);

struct BenchMatchOptions {
    std::string book;
    std::string events;
    bool list = false;
    bool json = false;
};
Exit bench_match(const BenchMatchOptions& options, Terminal& terminal);

struct BenchTurnsOptions {
    std::uint64_t runs = 100'000;
    std::uint32_t in_flight = 64;
    std::string through = "core";  // or "http"
    double rate = 0;               // events a second; 0: as fast as they are acknowledged
    std::uint64_t accounts = 1'000;
    std::string data;  // empty: a folder that is gone afterwards
    unsigned ready_rounds = 3;
    bool no_wait = false;  // the run has no timer in it
    bool json = false;
};
Exit bench_turns(const BenchTurnsOptions& options, Terminal& terminal);

struct BenchTimersOptions {
    std::uint64_t pending = 1'000'000;
    std::uint64_t due_in_one_second = 100'000;
    std::string data;  // empty: a folder that is gone afterwards
    unsigned ready_rounds = 3;
    bool json = false;
};
Exit bench_timers(const BenchTimersOptions& options, Terminal& terminal);

struct BenchReadyOptions {
    std::string book;
    std::string data = "pawl-data";
    unsigned rounds = 5;
    bool json = false;
};
Exit bench_ready(const BenchReadyOptions& options, Terminal& terminal);

struct ServeOptions {
    std::string book;
    std::string data = "pawl-data";
    std::string listen = "127.0.0.1:8080";
    bool simulate = false;
    std::string state;       // empty: no records are brought
    std::string answers;     // with `simulate`; empty: every call gets its sample
    std::string token_file;  // empty: `token`
    std::string token;       // asked of every request; empty: none
    std::string log = "text";
    std::string log_level = "info";
    std::string log_file;  // empty: standard error
};
Exit serve(const ServeOptions& options, Terminal& terminal);

struct SendOptions {
    EngineAddress engine;
    std::string events;  // a file; "-" is standard input
    std::string wait;    // "processed": answered after the turns, not after the append
    bool json = false;
};
Exit send(const SendOptions& options, Terminal& terminal);

struct GetOptions {
    EngineAddress engine;
    std::string what;                // "project", "project/o1001"; empty: which entities there are
    std::vector<std::string> where;  // "status=paid"
    std::size_t limit = 100;
    bool all = false;
    bool json = false;
};
Exit get(const GetOptions& options, Terminal& terminal);

struct RunsOptions {
    EngineAddress engine;
    std::string run;  // "r12"; empty: the list
    std::string rule, status;
    std::string of;        // "client/c1"
    bool cancels = false;  // the run
    bool preview = false;
    std::string by;
    std::size_t limit = 100;
    bool all = false;
    bool json = false;
};
Exit runs(const RunsOptions& options, Terminal& terminal);

struct AnswerOptions {
    EngineAddress engine;
    std::string run;     // "r12", which asks
    std::string answer;  // "approved" or "refused"
    std::string by;
    bool preview = false;
    bool json = false;
};
Exit answer(const AnswerOptions& options, Terminal& terminal);

struct JourneyOptions {
    EngineAddress engine;
    std::string verb;  // "show", "shift", …
    std::string journey;
    std::string record;    // "client/c1"; of `show` empty: of all
    std::string step;      // "generate(4)"
    std::string duration;  // of `shift`
    std::string date;      // of `start` and `adjust`, and until when it pauses
    std::string state;     // of `show`: only of this one
    std::string by, because;
    bool preview = false;
    std::size_t limit = 1'000;
    bool all = false;
    bool json = false;
};
Exit journey(const JourneyOptions& options, Terminal& terminal);

struct ClockOptions {
    EngineAddress engine;
    bool accept = false;
    bool json = false;
};
Exit clock(const ClockOptions& options, Terminal& terminal);

struct NextOptions {
    std::string book;
    std::string rule;    // or a journey; empty: all
    std::string state;   // a file; empty: no records
    std::string events;  // a file; empty: none
    std::string length = "30d";
    std::string from;  // as written; empty: now
    bool json = false;
};
Exit next(const NextOptions& options, Terminal& terminal);

struct ExportOptions {
    EngineAddress engine;
    std::string what;          // "events" or "state"
    std::string at, from, to;  // as written; empty: now, the first, the last
    std::string output;        // empty: standard output
};
Exit export_history(const ExportOptions& options, Terminal& terminal);

struct OverrideOptions {
    EngineAddress engine;
    std::string record;            // "project/o1001"
    std::vector<std::string> set;  // "status=completed"
    std::string because, by;
    bool json = false;
};
Exit override_fields(const OverrideOptions& options, Terminal& terminal);

struct EraseOptions {
    EngineAddress engine;
    std::string record;  // "profile/asha"
    bool yes = false;    // without asking
    bool json = false;
};
Exit erase(const EraseOptions& options, Terminal& terminal);

struct BackupOptions {
    std::string data = "pawl-data";
    std::string to;
    bool json = false;
};
Exit backup(const BackupOptions& options, Terminal& terminal);

// Runs the command that the words name; `words` are those after the program's name. Never throws.
Exit run_command_line(std::span<const std::string> words, Terminal& terminal);

}  // namespace pawl::cli
