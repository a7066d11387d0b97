#include "base/json.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/load_rulebook.h"
#include "simulation/test_runner.h"

namespace pawl::cli {

namespace {

std::string painted(Color color, std::string_view code, std::string_view text) {
    if (color == Color::off) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

void tell_json(const rules::Test& test, const simulation::TestReport& report, Output& out) {
    JsonWriter line;
    line.begin_object();
    line.member("title", test.title);
    line.member("file", test.file);
    line.key("line");
    line.integer(test.line);
    line.member("result", report.passed() ? "passed" : "failed");
    line.key("failures");
    line.begin_array();
    for (const simulation::StepFailure& failure : report.failures) {
        line.begin_object();
        line.key("line");
        line.integer(failure.line);
        line.member("step", failure.step);
        line.key("observed");
        line.begin_array();
        for (const std::string& observed : failure.observed) line.string(observed);
        line.end_array();
        line.end_object();
    }
    line.end_array();
    line.end_object();
    out.write(line.text() + "\n");
}

void tell(const rules::Test& test, const simulation::TestReport& report, Output& out) {
    if (report.passed()) {
        out.write(painted(out.color, "32", "ok") + "    " + test.title + "\n");
        return;
    }
    out.write(painted(out.color, "31", "FAIL") + "  " + test.title + "\n");
    for (const simulation::StepFailure& failure : report.failures) {
        out.write("        " + test.file + ":" + std::to_string(failure.line) + ": " +
                  failure.step + "\n");
        for (const std::string& observed : failure.observed) {
            out.write("          " + observed + "\n");
        }
    }
}

std::string no_such_title(const std::string& filter, const std::vector<rules::Test>& tests) {
    std::vector<std::string> titles;
    for (const rules::Test& test : tests) titles.push_back(test.title);
    std::string message = "no test's title contains " + quote_for_message(filter);
    const std::vector<std::string> near = suggest_titles(filter, titles);
    if (near.empty()) {
        return message + "; the first of " + counted(titles.size(), "test", "tests") + " is " +
               quote_for_message(titles.front(), 200);
    }
    for (std::size_t i = 0; i < near.size(); ++i) {
        message += (i == 0 ? "; the closest: " : ", ") + quote_for_message(near[i], 200);
    }
    return message;
}

}  // namespace

Exit test(const TestOptions& options, Terminal& terminal) {
    const Form form = options.json ? Form::json : Form::text;
    Exit exit = Exit::done;
    const std::optional<rules::Program> program = load_program(options.book, terminal, exit, form);
    if (!program) return exit;
    std::size_t passed = 0;
    std::size_t failed = 0;
    for (const rules::Test& test : program->tests) {
        if (test.title.find(options.filter) == std::string::npos) continue;
        const simulation::TestReport report = simulation::run_test(*program, test);
        ++(report.passed() ? passed : failed);
        if (options.json) {
            tell_json(test, report, terminal.out);
        } else {
            tell(test, report, terminal.out);
        }
    }
    if (program->tests.empty()) {
        terminal.complain(quote_for_message(options.book, 200) + " has no tests");
        if (!options.filter.empty()) return Exit::usage;
    } else if (passed + failed == 0) {
        return refuse(terminal, Exit::usage, no_such_title(options.filter, program->tests));
    }
    const std::string summary =
        std::to_string(passed) + " passed, " + std::to_string(failed) + " failed";
    if (options.json) {
        terminal.out.write("{\"passed\":" + std::to_string(passed) +
                           ",\"failed\":" + std::to_string(failed) + "}\n");
    } else {
        terminal.out.write(summary + "\n");
    }
    return failed == 0 ? Exit::done : Exit::no;
}

}  // namespace pawl::cli
