#include <algorithm>

#include "cli/command_options.h"
#include "cli/load_rulebook.h"

namespace pawl::cli {

namespace {

// "14 rules, 9 entities, 12 tests": what a person would look for first when it is not what they
// thought they had checked.
std::string contents(const rules::Program& program) {
    const auto entities = static_cast<std::size_t>(
        std::count_if(program.schema.entities.begin(), program.schema.entities.end(),
                      [](const rules::Entity& each) { return !each.read_only; }));
    return counted(program.rules.size(), "rule", "rules") + ", " +
           counted(entities, "entity", "entities") + ", " +
           counted(program.flows.size(), "flow", "flows") + ", " +
           counted(program.tests.size(), "test", "tests");
}

}  // namespace

Exit check(const CheckOptions& options, Terminal& terminal) {
    const Result<LoadedBook> loaded = load_book(options.book);
    if (!loaded) {
        if (!options.json || !has_code(loaded.error()))
            return refuse(terminal, Exit::usage, loaded.error(), options.book, Form::text);
        terminal.out.write(error_json(loaded.error(), options.book) + "\n");
        return Exit::usage;
    }
    const bool found = has_errors(loaded->diagnostics);
    if (options.json) {
        for (const Diagnostic& diagnostic : loaded->diagnostics) {
            terminal.out.write(diagnostic_json(diagnostic, loaded->sources) + "\n");
        }
        return found ? Exit::no : Exit::done;
    }
    print_diagnostics(loaded->diagnostics, loaded->sources, Show::everything, terminal);
    std::string summary = count_diagnostics(loaded->diagnostics);
    if (loaded->program) summary += ": " + contents(*loaded->program);
    terminal.err.flush();
    terminal.out.write(summary + "\n");
    return found ? Exit::no : Exit::done;
}

}  // namespace pawl::cli
