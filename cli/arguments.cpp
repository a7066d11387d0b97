// The only file that sees CLI11, which is slow to compile.

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <map>
#include <new>
#include <vector>

#include "base/suggest.h"
#include "base/text.h"
#include "cli/command_options.h"

namespace pawl::cli {

namespace {

// Commands of the contract that a later version brings. Named, so that somebody who read about
// them learns why they are not here.
constexpr std::array<std::string_view, 14> later_commands = {
    "what-if", "why", "why-not", "next", "plan",    "apply",    "serve",
    "send",    "get", "export",  "runs", "journey", "override", "clock"};
constexpr std::array<std::string_view, 2> later_benches = {"turns", "timers"};

template <std::size_t count>
bool is_one_of(const std::array<std::string_view, count>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string example(std::string_view lines) {
    std::string text = "Example:\n";
    text += lines;
    return text;
}

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
        add_eval();
        add_explain();
        add_bench();
    }
    Grammar(const Grammar&) = delete;
    Grammar& operator=(const Grammar&) = delete;

    CLI::App& app() { return app_; }
    const std::function<Exit()>& run() const { return run_; }

    std::vector<std::string> command_names() const {
        std::vector<std::string> names;
        for (const CLI::App* command : app_.get_subcommands({}))
            names.push_back(command->get_name());
        return names;
    }

 private:
    CLI::App& command(const std::string& name, const std::string& does, std::string_view lines) {
        CLI::App& added = *app_.add_subcommand(name, does);
        added.footer(example(lines));
        return added;
    }

    static void add_book(CLI::App& command, std::string& book) {
        command.add_option("BOOK", book, "A rulebook's folder, a .pawl file, or a .pawlc")
            ->required();
    }

    static void add_json(CLI::App& command, bool& json) {
        command.add_flag("--json", json, "One JSON object a line");
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
        CLI::App& bench = command("bench", "Measure speed on rules and events of yours",
                                  "  pawl bench match rulebooks/studio --events day.ndjson");
        bench.require_subcommand(1);
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

    Terminal& terminal_;
    CLI::App app_{"Pawl: rules that read like sentences, and the engine that runs them.", "pawl"};
    std::function<Exit()> run_;
    CheckOptions check_;
    FmtOptions fmt_;
    CompileOptions compile_;
    TestOptions test_;
    DryRunOptions dry_run_;
    EvalOptions eval_;
    ExplainOptions explain_;
    BenchMatchOptions bench_match_;
};

std::string not_yet(std::string_view command) {
    return "`" + std::string(command) + "` is not in this version yet";
}

// A word in the command's place that is no command; CLI11 would only count what it did not take.
std::optional<std::string> problem_of_command(std::span<const std::string> words,
                                              const std::vector<std::string>& commands) {
    if (words.empty() || words[0].starts_with('-')) return std::nullopt;
    if (words[0] == "bench" && words.size() > 1 && !words[1].starts_with('-')) {
        if (is_one_of(later_benches, words[1])) return not_yet("bench " + words[1]);
        if (words[1] == "match") return std::nullopt;
        return "`bench` measures no " + quote_for_message(words[1]) + "; it measures `match`";
    }
    if (std::find(commands.begin(), commands.end(), words[0]) != commands.end()) {
        return std::nullopt;
    }
    if (is_one_of(later_commands, words[0])) return not_yet(words[0]);
    std::string message = "there is no command " + quote_for_message(words[0]);
    const std::vector<std::string> near = suggest(words[0], commands, 1);
    if (!near.empty()) return message + "; did you mean `" + near.front() + "`?";
    return message + "; the commands are " + list_names(commands, commands.size());
}

// The help of the innermost command that was named.
std::string help_of(CLI::App& app, const std::string& before) {
    const auto named = app.get_subcommands();
    if (named.empty()) return app.help(before);
    const std::string path = before.empty() ? app.get_name() : before + " " + app.get_name();
    return help_of(*named.front(), path);
}

Exit parse_and_run(std::span<const std::string> words, Terminal& terminal) {
    Grammar grammar(terminal);
    if (const auto problem = problem_of_command(words, grammar.command_names())) {
        return refuse(terminal, Exit::usage, *problem);
    }
    if (words.empty()) {
        terminal.err.write(grammar.app().help());
        return Exit::usage;
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
                      std::string(problem.what()) + " (`" + ask + " --help` tells more)");
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
