#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <vector>

#include "cli/argument_parts.h"
#include "cli/command_options.h"
#include "cli/engine_arguments.h"
#include "cli/word_problems.h"

namespace pawl::cli {

namespace {

// The grammar of the command line. `run` is the command that was named, with its options filled in.
class Grammar {
 public:
    explicit Grammar(Terminal& terminal) : terminal_(terminal) {
        app_.set_help_flag("-h,--help", "Show this and end");
        app_.set_version_flag("--version", "pawl " PAWL_VERSION, "Show the version and end");
        app_.require_subcommand(1);
        app_.footer(
            "BOOK is a rulebook's folder, one .pawl file, or a compiled .pawlc.\n"
            "`pawl COMMAND --help` tells more.\n\n"
            "Exit codes: 0 done, 1 the answer is no, 2 wrong usage or unreadable input,\n"
            "3 the engine failed.");
        add_check();
        add_fmt();
        add_compile();
        add_test();
        add_dry_run();
        add_next();
        add_eval();
        add_explain();
        add_bench();
        add_serve();
        engine_commands_ = std::make_unique<EngineCommands>(app_, terminal_, run_);
        add_backup();
    }
    Grammar(const Grammar&) = delete;
    Grammar& operator=(const Grammar&) = delete;

    CLI::App& app() { return app_; }
    const std::function<Exit()>& run() const { return run_; }

 private:
    CLI::App& command(const std::string& name, const std::string& does, std::string_view lines) {
        return add_command(app_, name, does, lines);
    }

    void add_check() {
        CLI::App& added = command("check", "Report every mistake of a rulebook",
                                  "  pawl check rulebooks/studio\n"
                                  "  pawl check rulebooks/studio --json");
        add_book(added, check_.book);
        add_json(added, check_.json);
        added.callback([this] { run_ = [this] { return check(check_, terminal_); }; });
    }

    void add_fmt() {
        CLI::App& added = command("fmt", "Put rule files into canonical form, in place",
                                  "  pawl fmt rulebooks/studio\n"
                                  "  pawl fmt --check rulebooks/studio/payments.pawl");
        added.add_option("PATH", fmt_.paths, "Files, or folders of .pawl files")->required();
        added.add_flag("--check", fmt_.only_check, "List what would change; change nothing");
        add_json(added, fmt_.json);
        added.callback([this] { run_ = [this] { return fmt(fmt_, terminal_); }; });
    }

    void add_compile() {
        CLI::App& added = command("compile", "Make one program of a rulebook",
                                  "  pawl compile rulebooks/studio -o studio.pawlc\n"
                                  "  pawl compile rulebooks/studio --show");
        add_book(added, compile_.book);
        added.add_option("-o", compile_.output, "The program's file; else BOOK.pawlc here")
            ->type_name("FILE");
        added.add_flag("--show", compile_.show, "Show the program in readable form");
        add_json(added, compile_.json);
        added.callback([this] { run_ = [this] { return compile(compile_, terminal_); }; });
    }

    void add_test() {
        CLI::App& added = command("test", "Run the test blocks of a rulebook",
                                  "  pawl test rulebooks/studio\n"
                                  "  pawl test rulebooks/studio --filter payment");
        add_book(added, test_.book);
        added.add_option("--filter", test_.filter, "Only tests whose title contains it")
            ->type_name("TEXT");
        add_json(added, test_.json);
        added.callback([this] { run_ = [this] { return test(test_, terminal_); }; });
    }

    void add_dry_run() {
        CLI::App& added =
            command("dry-run", "Show what a rulebook would do with events; nothing leaves",
                    "  pawl dry-run rulebooks/studio --events examples/studio/day.ndjson \\\n"
                    "      --state examples/studio/state.json");
        add_book(added, dry_run_.book);
        added
            .add_option("--events", dry_run_.events,
                        "Events, one JSON object a line; - is standard input")
            ->type_name("FILE")
            ->required();
        added.add_option("--state", dry_run_.state, "The records before the first event")
            ->type_name("FILE");
        added.add_option("--answers", dry_run_.answers, "What calls of outside services answer")
            ->type_name("FILE");
        added.add_option("--from", dry_run_.from, "When to begin; else at the first event")
            ->type_name("TIME");
        added.add_option("--until", dry_run_.until, "When to end; else at the last event")
            ->type_name("TIME|DURATION");
        added.add_option("--store", dry_run_.store, "Where records are kept: memory")
            ->type_name("STORE");
        added.add_flag("--all", dry_run_.all, "Also each rule whose condition was false");
        add_json(added, dry_run_.json);
        added.callback([this] { run_ = [this] { return dry_run(dry_run_, terminal_); }; });
    }

    void add_next() {
        CLI::App& added =
            command("next", "Show what fires as time passes, and nothing else happens",
                    "  pawl next rulebooks/learning --from 2026-03-01 \\\n"
                    "      --state examples/learning/state.json\n"
                    "  pawl next rulebooks/learning remind_of_session --from 2026-03-01 \\\n"
                    "      --for 7d --state examples/learning/state.json");
        add_book(added, next_.book);
        added.add_option("RULE", next_.rule, "Only of this rule or journey");
        added.add_option("--state", next_.state, "The records that are there")->type_name("FILE");
        added.add_option("--events", next_.events, "What happens, or has happened, besides")
            ->type_name("FILE");
        added.add_option("--for", next_.length, "How long to look ahead")
            ->capture_default_str()
            ->type_name("DURATION");
        added.add_option("--from", next_.from, "When to begin; else now")->type_name("TIME");
        add_json(added, next_.json);
        added.callback([this] { run_ = [this] { return next(next_, terminal_); }; });
    }

    void add_eval() {
        CLI::App& added = command("eval", "The value of an expression, as JSON",
                                  "  pawl eval '2 * 3 + 1'\n"
                                  "  pawl eval 'amount > 5000' --data payment.json");
        added.add_option("EXPR", eval_.expression, "An expression of the language")->required();
        added
            .add_option("--data", eval_.data,
                        "A JSON object whose members are names; - is standard input")
            ->type_name("FILE");
        added.callback([this] { run_ = [this] { return eval(eval_, terminal_); }; });
    }

    void add_explain() {
        CLI::App& added = command("explain", "Tell more about a mistake's code; all of them alone",
                                  "  pawl explain PW0201\n"
                                  "  pawl explain");
        added.add_option("CODE", explain_.code, "Such as PW0201, pw0201 or 201");
        add_json(added, explain_.json);
        added.callback([this] { run_ = [this] { return explain(explain_, terminal_); }; });
    }

    void add_bench() {
        CLI::App& bench = command("bench", "Measure the speed of this machine",
                                  "  pawl bench match rulebooks/studio --events day.ndjson\n"
                                  "  pawl bench turns --runs 100000 --in-flight 64");
        bench.require_subcommand(1);
        add_bench_match(bench);
        add_bench_turns(bench);
        add_bench_timers(bench);
        add_bench_ready(bench);
    }

    void add_bench_match(CLI::App& bench) {
        CLI::App& added = *bench.add_subcommand("match", "From events to the rules that match");
        added.footer(
            example("  pawl bench match rulebooks/studio --events day.ndjson\n"
                    "  pawl bench match rulebooks/studio --events day.ndjson --list"));
        add_book(added, bench_match_.book);
        added
            .add_option("--events", bench_match_.events,
                        "Events, one JSON object a line; - is standard input")
            ->type_name("FILE")
            ->required();
        added.add_flag("--list", bench_match_.list,
                       "Each match, as EVENT-INDEX RULE; no measuring");
        add_json(added, bench_match_.json);
        added.callback([this] { run_ = [this] { return bench_match(bench_match_, terminal_); }; });
    }

    void add_bench_turns(CLI::App& bench) {
        CLI::App& added = *bench.add_subcommand(
            "turns",
            "The durable path: an event starts a run of three steps that each record a\n"
            "result, then a timer of one second, then a fourth step; all of it on disk. Only\n"
            "events that are not acknowledged are in flight, not runs that wait. Beside it, in\n"
            "turn: the same rows written by SQLite alone, and through http a server that only\n"
            "answers. All of it, the client too, shares this machine.");
        added.footer(
            example("  pawl bench turns --runs 100000 --in-flight 64\n"
                    "  pawl bench turns --runs 1000 --through http --rate 50"));
        added.add_option("--runs", bench_turns_.runs, "Events to feed in (100000)");
        added.add_flag("--no-wait", bench_turns_.no_wait,
                       "No timer: each event sets a field and leaves three log rows");
        added.add_option("--in-flight", bench_turns_.in_flight,
                         "Events, or connections, under way at once (64)");
        added.add_option("--through", bench_turns_.through, "core (as it is) or http");
        added
            .add_option("--rate", bench_turns_.rate,
                        "Events a second, whatever is acknowledged; times count from when each "
                        "was due")
            ->type_name("R");
        added.add_option("--accounts", bench_turns_.accounts, "Records they are about (1000)");
        added.add_option("--data", bench_turns_.data, "A new folder for the store, which stays")
            ->type_name("DIR");
        added.add_option("--ready-rounds", bench_turns_.ready_rounds,
                         "How often `pawl serve` is started on it afterwards (3)");
        add_json(added, bench_turns_.json);
        added.callback([this] { run_ = [this] { return bench_turns(bench_turns_, terminal_); }; });
    }

    void add_bench_timers(CLI::App& bench) {
        CLI::App& added = *bench.add_subcommand(
            "timers",
            "Timers, pending and due. The pending ones are timers alone, put into the store in\n"
            "groups of 1000 for random moments an hour or two ahead, without a run each. Runs\n"
            "that wait are real: started by events, 1000 by one. Among all of them: ready,\n"
            "memory, how late 1000 runs of one second go on, and a storm.");
        added.footer(example("  pawl bench timers --pending 1000000 --due-in-one-second 100000"));
        added
            .add_option("--pending", bench_timers_.pending, "Timers an hour or two ahead (1000000)")
            ->type_name("N");
        added
            .add_option("--due-in-one-second", bench_timers_.due_in_one_second,
                        "Runs of the storm (100000)")
            ->type_name("M");
        added.add_option("--data", bench_timers_.data, "A new folder for the store, which stays")
            ->type_name("DIR");
        added.add_option("--ready-rounds", bench_timers_.ready_rounds,
                         "How often `pawl serve` is started on it (3)");
        add_json(added, bench_timers_.json);
        added.callback(
            [this] { run_ = [this] { return bench_timers(bench_timers_, terminal_); }; });
    }

    void add_bench_ready(CLI::App& bench) {
        CLI::App& added =
            *bench.add_subcommand("ready", "From start to ready on a store, and idle memory");
        added.footer(example("  pawl bench ready rulebooks/studio --data pawl-data"));
        add_book(added, bench_ready_.book);
        added.add_option("--data", bench_ready_.data, "The store's folder (pawl-data)")
            ->type_name("DIR");
        added.add_option("--rounds", bench_ready_.rounds, "How often; the middle is told (5)");
        add_json(added, bench_ready_.json);
        added.callback([this] { run_ = [this] { return bench_ready(bench_ready_, terminal_); }; });
    }

    void add_serve() {
        CLI::App& added = command("serve", "Run a rulebook: the engine and its HTTP API",
                                  "  pawl serve rulebooks/studio --data studio-data\n"
                                  "  pawl serve rulebooks/studio --simulate \\\n"
                                  "      --state examples/studio/state.json");
        add_book(added, serve_.book);
        added.add_option("--data", serve_.data, "The folder of what the engine keeps")
            ->capture_default_str()
            ->type_name("DIR");
        added.add_option("--listen", serve_.listen, "Where the API is; port 0: any that is free")
            ->capture_default_str()
            ->type_name("HOST:PORT");
        added.add_flag("--simulate", serve_.simulate,
                       "Nothing leaves; calls are answered with samples");
        added.add_option("--state", serve_.state, "Records to begin with, into a new data folder")
            ->type_name("FILE");
        added.add_option("--answers", serve_.answers, "With --simulate: what calls answer")
            ->type_name("FILE");
        added
            .add_option("--token-file", serve_.token_file,
                        "The token asked of every request; else PAWL_TOKEN, else none")
            ->type_name("FILE");
        added.add_option("--token", serve_.token)->envname("PAWL_TOKEN")->group("");
        added.add_option("--log", serve_.log, "Log lines as text or json")
            ->capture_default_str()
            ->type_name("FORM");
        added
            .add_option("--log-level", serve_.log_level,
                        "error, warn, info, or debug: all that happens")
            ->capture_default_str()
            ->type_name("LEVEL");
        added.add_option("--log-file", serve_.log_file, "Where log lines go; else standard error")
            ->type_name("FILE");
        added.callback([this] { run_ = [this] { return serve(serve_, terminal_); }; });
    }

    void add_backup() {
        CLI::App& added = command("backup", "Copy a data folder, also while an engine works on it",
                                  "  pawl backup --data studio-data --to backup-monday");
        added.add_option("--data", backup_.data, "The data folder")
            ->capture_default_str()
            ->type_name("DIR");
        added.add_option("--to", backup_.to, "A folder that is not there yet")
            ->required()
            ->type_name("DIR");
        add_json(added, backup_.json);
        added.callback([this] { run_ = [this] { return backup(backup_, terminal_); }; });
    }

    Terminal& terminal_;
    CLI::App app_{"Pawl: rules that read like sentences, and the engine that runs them.", "pawl"};
    std::function<Exit()> run_;
    CheckOptions check_;
    FmtOptions fmt_;
    CompileOptions compile_;
    TestOptions test_;
    DryRunOptions dry_run_;
    NextOptions next_;
    EvalOptions eval_;
    ExplainOptions explain_;
    BenchMatchOptions bench_match_;
    BenchTurnsOptions bench_turns_;
    BenchTimersOptions bench_timers_;
    BenchReadyOptions bench_ready_;
    ServeOptions serve_;
    BackupOptions backup_;
    std::unique_ptr<EngineCommands> engine_commands_;
};

// The help of the innermost command that was named.
std::string help_of(CLI::App& app, const std::string& before) {
    const auto named = app.get_subcommands();
    if (named.empty()) return app.help(before);
    const std::string path = before.empty() ? app.get_name() : before + " " + app.get_name();
    return help_of(*named.front(), path);
}

Exit parse_and_run(std::span<const std::string> words, Terminal& terminal) {
    Grammar grammar(terminal);
    if (words.empty()) {
        terminal.err.write(grammar.app().help());
        return Exit::usage;
    }
    if (const auto problem = problem_of_words(grammar.app(), words)) {
        return refuse(terminal, Exit::usage, *problem);
    }
    try {
        // CLI11 takes the words from the back.
        grammar.app().parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp&) {
        terminal.out.write(help_of(grammar.app(), ""));
        return Exit::done;
    } catch (const CLI::CallForVersion& version) {
        terminal.out.write(std::string(version.what()) + "\n");
        return Exit::done;
    } catch (const CLI::ParseError& problem) {
        const std::string ask = words.empty() ? "pawl" : "pawl " + words[0];
        return refuse(terminal, Exit::usage,
                      value_problem(problem) + " (`" + ask + " --help` tells more)");
    }
    return grammar.run()();
}

}  // namespace

Exit run_command_line(std::span<const std::string> words, Terminal& terminal) {
    try {
        return parse_and_run(words, terminal);
    } catch (const std::bad_alloc&) {
        return refuse(terminal, Exit::failed, "the memory is used up");
    } catch (const std::exception& surprise) {
        return refuse(terminal, Exit::failed, std::string("failed: ") + surprise.what());
    }
}

}  // namespace pawl::cli
