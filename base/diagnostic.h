#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

// A mistake of a rule's author, as data. The registry is `base/diagnostic.def`: one line a code.
// A message says what was observed and what fits there, in lower case and without a full stop,
// names in back quotes; the hint is one ready edit.

namespace pawl {

enum class Severity : std::uint8_t { error, warning };

enum class DiagnosticCode : std::uint16_t {
#define PAWL_DIAGNOSTIC(number, severity, name, title) name = number,
#include "base/diagnostic.def"
#undef PAWL_DIAGNOSTIC
};

struct DiagnosticInfo {
    DiagnosticCode code;
    Severity severity;
    std::string_view name;   // as in the enum
    std::string_view title;  // what kind of mistake this is, one short sentence
};

// Every registered code, ascending.
const std::vector<DiagnosticInfo>& diagnostic_registry();
const DiagnosticInfo& diagnostic_info(DiagnosticCode code);
// "PW0123" for 123.
std::string diagnostic_code_text(DiagnosticCode code);
std::optional<DiagnosticCode> parse_diagnostic_code(std::string_view text);

// A second place that explains the first: "declared here".
struct Label {
    Span span;
    std::string message;
};

struct Diagnostic {
    DiagnosticCode code;
    Span span;
    std::string message;
    std::string hint = {};
    std::vector<Label> labels = {};

    Severity severity() const { return diagnostic_info(code).severity; }
};

// Sorts by file, place, code and message, and drops exact repetitions.
void sort_diagnostics(std::vector<Diagnostic>& diagnostics);
// Keeps the first limits::diagnostics_max; returns how many were cut, for the reader to be told.
std::size_t cut_diagnostics(std::vector<Diagnostic>& diagnostics);

bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace pawl
