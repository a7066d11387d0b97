#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

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

// Runs the command that the words name; `words` are those after the program's name. Never throws.
Exit run_command_line(std::span<const std::string> words, Terminal& terminal);

}  // namespace pawl::cli
