#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "base/diagnostic_render.h"
#include "dsl/compile.h"
#include "rules/program.h"

namespace pawl::engine {

// A rulebook of that text, with lines of its header; a mistake in it fails the test, and is shown.
inline rules::Program compiled(const std::string& text, const std::string& header = "") {
    SourceSet sources;
    sources.add("book.pawl",
                "rulebook shop\n  pawl 1\n  timezone Africa/Nairobi\n" + header + "end\n" + text);
    dsl::Compilation made = dsl::compile(sources);
    std::string mistakes;
    for (const Diagnostic& each : made.diagnostics)
        mistakes += render_diagnostic(each, sources, Color::off);
    INFO(mistakes);
    REQUIRE(made.program);
    return std::move(*made.program);
}

}  // namespace pawl::engine
