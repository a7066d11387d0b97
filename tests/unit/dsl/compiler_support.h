#pragma once

#include <catch2/catch.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/diagnostic_render.h"
#include "dsl/compile.h"
#include "rules/program_file.h"

// Rulebooks of a few lines, compiled.

namespace pawl::dsl {

// What most small rulebooks here talk about.
constexpr std::string_view common_text = R"(
rulebook sample
  pawl 1
  timezone Africa/Nairobi
  currency KES
end

roles client, admin (admins) of profile.role

entity profile
  full_name text
  email     email ? unique
  role      one of client, admin = client
  score     int = 0
end

entity project
  title   text
  client  -> profile ?
  status  one of open, closed = open
  amount  money
  due     date ?
  tags    list of text
end

event order
  kind     text
  segment  one of small, medium, large
  count    int
  weight   number
  urgent   bool
  fragile  bool = false
  note     text ?
  client   -> profile
end
)";

struct SourceText {
    std::string_view path;
    std::string text;
};

inline rules::Program compiled(std::initializer_list<SourceText> files) {
    SourceSet sources;
    for (const SourceText& file : files) sources.add(std::string(file.path), file.text);
    Compilation compilation = compile(sources);
    std::string told;
    for (const Diagnostic& diagnostic : compilation.diagnostics)
        if (diagnostic.severity() == Severity::error)
            told += render_diagnostic(diagnostic, sources, Color::off);
    INFO(told);
    REQUIRE(compilation.program.has_value());
    const Status verified = rules::verify_program(*compilation.program);
    INFO((verified ? "" : verified.error().message));
    REQUIRE(verified.has_value());
    return std::move(*compilation.program);
}

// The common declarations and these, as one rulebook.
inline rules::Program compiled(const std::string& text) {
    return compiled({{"a_common.pawl", std::string(common_text)}, {"b_rules.pawl", text}});
}

inline const rules::Unit& unit_of(const rules::Program& program, std::string_view id) {
    for (const rules::Unit& unit : program.units)
        if (unit.id == id) return unit;
    FAIL("no unit is named " << id);
    return program.units.front();
}

}  // namespace pawl::dsl
