#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"

namespace pawl {

enum class Color : std::uint8_t { off, on };

// The readable form: a headline with code and place, the source line exactly as written with the
// span marked, labels, and the hint. Ends with a line break.
std::string render_diagnostic(const Diagnostic& diagnostic, const SourceSet& sources, Color color);

// One JSON object without a line break: code severity file line column end_line end_column
// message hint (cli.md).
std::string diagnostic_json(const Diagnostic& diagnostic, const SourceSet& sources);

}  // namespace pawl
