#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "base/source.h"
#include "cli/terminal.h"
#include "rules/program.h"

// From what a person names as BOOK to a program: a rulebook's folder, one `.pawl` file, or a
// compiled `.pawlc`.

namespace pawl::cli {

bool is_compiled(const std::string& book);

// The rulebook's files, sorted by path, with the declarations of the shipped services. A folder's
// own files below `integrations/` are named "./integrations/…": the bare name is the services'.
Result<SourceSet> load_sources(const std::string& book);

// What became of a BOOK. Mistakes are data here; printing them is print_diagnostics. An error with
// a code, of a compiled one, does not name the file.
struct LoadedBook {
    SourceSet sources;  // empty of a compiled one
    std::vector<Diagnostic> diagnostics;
    std::optional<rules::Program> program;  // only without errors
};
Result<LoadedBook> load_book(const std::string& book);

// The program, or nothing after its mistakes were told on standard error; `exit` then says what
// the command answers.
// A compiled one that is refused is told in that form.
std::optional<rules::Program> load_program(const std::string& book, Terminal& terminal, Exit& exit,
                                           Form form = Form::text);

// Each in readable form on standard error, then how many more there are than are shown.
enum class Show : std::uint8_t { errors, everything };
void print_diagnostics(const std::vector<Diagnostic>& diagnostics, const SourceSet& sources,
                       Show show, Terminal& terminal);

// "3 mistakes, 1 warning"; "no mistakes" when there is none.
std::string count_diagnostics(const std::vector<Diagnostic>& diagnostics);

// "1 rule", "14 rules"
std::string counted(std::size_t count, std::string_view one, std::string_view many);

}  // namespace pawl::cli
