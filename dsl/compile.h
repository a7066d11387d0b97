#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "rules/program.h"

// The door of the language: text in, a program or mistakes out. Reads no file: the caller loads
// the rulebook's folder (base's SourceSet) and the declarations of the services it ships.

namespace pawl::dsl {

struct Compilation {
    std::optional<rules::Program> program;  // only when there was no error
    std::vector<Diagnostic> diagnostics;    // sorted; warnings too
};

// Parses, checks and compiles. The set holds the rulebook's files and the shipped services'
// declarations, whose paths begin with "integrations/" and of which mistakes are our own.
Compilation compile(const SourceSet& sources);

// The same without making a program.
std::vector<Diagnostic> check_rulebook(const SourceSet& sources);

// A field of the record that `pawl eval` works on, with the type of its value: text, number (also
// for a whole one: integer), boolean, list of json as json, json for what is nested, none for null.
struct ExpressionName {
    std::string name;
    rules::TypeKind kind = rules::TypeKind::json;
};

// `text` as an expression over these names, in a rulebook without declarations, in UTC and without
// a currency. The program has one define, `expression` (unit 0), whose parameters are the names in
// this order; its only file is "expression". For `pawl eval`.
struct ExpressionCompilation {
    std::optional<rules::Program> program;
    std::vector<Diagnostic> diagnostics;
    SourceSet sources;  // what the diagnostics point into
};
ExpressionCompilation compile_expression(std::string text, std::span<const ExpressionName> names);

}  // namespace pawl::dsl
