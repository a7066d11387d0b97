#include "base/diagnostic_render.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/json.h"

using namespace pawl;

namespace {

DiagnosticCode first_of(Severity severity) {
    const auto& registry = diagnostic_registry();
    const auto found =
        std::find_if(registry.begin(), registry.end(),
                     [&](const DiagnosticInfo& info) { return info.severity == severity; });
    REQUIRE(found != registry.end());
    return found->code;
}

// The span of the nth occurrence of `marked`, from 0.
Span find(const SourceSet& sources, FileIndex file, std::string_view marked, int nth = 0) {
    const std::string_view text = sources.file(file).text();
    std::size_t at = text.find(marked);
    while (nth-- > 0) at = text.find(marked, at + 1);
    REQUIRE(at != std::string_view::npos);
    return {file, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + marked.size())};
}

Diagnostic error_at(Span span, std::string message) {
    return {.code = first_of(Severity::error), .span = span, .message = std::move(message)};
}

// Which code it is depends on the registry, and is of no matter here.
std::string render(const Diagnostic& diagnostic, const SourceSet& sources) {
    std::string text = render_diagnostic(diagnostic, sources, Color::off);
    const std::string code = diagnostic_code_text(diagnostic.code);
    return text.replace(text.find(code), code.size(), "PW0000");
}

std::string repeat(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t index = 0; index < count; ++index) out += text;
    return out;
}

}  // namespace

TEST_CASE("a mistake is shown with its line, its mark and the hint") {
    SourceSet sources;
    const FileIndex file =
        sources.add("rules/orders.pawl", "\n\n\n\n\n\n\n\n\n\n\n  set project.clinet to x\n");
    Diagnostic diagnostic =
        error_at(find(sources, file, "clinet"), "nothing here is called `clinet`");
    diagnostic.hint = "did you mean `client`?";
    CHECK(render(diagnostic, sources) ==
          "error PW0000: nothing here is called `clinet`\n"
          "  --> rules/orders.pawl:12:15\n"
          "   |\n"
          "12 |   set project.clinet to x\n"
          "   |               ^^^^^^\n"
          "   = hint: did you mean `client`?\n");
}

TEST_CASE("a warning says so, and a hint of two lines is indented") {
    SourceSet sources;
    sources.add("a.pawl", "when x");
    const Diagnostic diagnostic{.code = first_of(Severity::warning),
                                .span = {0, 5, 6},
                                .message = "never true",
                                .hint = "first\nsecond"};
    CHECK(render(diagnostic, sources) ==
          "warning PW0000: never true\n"
          " --> a.pawl:1:6\n"
          "  |\n"
          "1 | when x\n"
          "  |      ^\n"
          "  = hint: first\n"
          "          second\n");
}

TEST_CASE("labels are marked in the order of lines, with a gap where lines are left out") {
    SourceSet sources;
    sources.add("a.pawl", "client: -> profile\ntitle: text\nprice: money\nclient: text\n");
    Diagnostic diagnostic = error_at(find(sources, 0, "client", 1), "`client` is declared twice");
    diagnostic.labels = {{find(sources, 0, "client"), "first declared here"},
                         {find(sources, 0, "title"), "and a neighbour"},
                         {find(sources, 0, "text", 1), "of this type"}};
    CHECK(render(diagnostic, sources) ==
          "error PW0000: `client` is declared twice\n"
          " --> a.pawl:4:1\n"
          "  |\n"
          "1 | client: -> profile\n"
          "  | ------ first declared here\n"
          "2 | title: text\n"
          "  | ----- and a neighbour\n"
          "...\n"
          "4 | client: text\n"
          "  | ^^^^^^\n"
          "  |         ---- of this type\n");
}

TEST_CASE("labels of other files follow under their own path") {
    SourceSet sources;
    sources.add("a.pawl", "set client to 1\n");
    sources.add("b.pawl", repeat("\n", 99) + "client: -> profile\n");
    Diagnostic diagnostic = error_at(find(sources, 0, "1"), "1 is a number");
    diagnostic.labels = {{find(sources, 1, "client"), "declared here"}};
    CHECK(render(diagnostic, sources) ==
          "error PW0000: 1 is a number\n"
          "   --> a.pawl:1:15\n"
          "    |\n"
          "  1 | set client to 1\n"
          "    |               ^\n"
          "   ::: b.pawl:100:1\n"
          "    |\n"
          "100 | client: -> profile\n"
          "    | ------ declared here\n");
}

TEST_CASE("an empty span and one at the text's end get one mark") {
    SourceSet sources;
    sources.add("a.pawl", "when");
    CHECK(render(error_at({0, 4, 4}, "the rule ends here"), sources) ==
          "error PW0000: the rule ends here\n"
          " --> a.pawl:1:5\n"
          "  |\n"
          "1 | when\n"
          "  |     ^\n");
    sources.add("empty.pawl", "");
    CHECK(render(error_at({1, 0, 0}, "nothing is written here"), sources) ==
          "error PW0000: nothing is written here\n"
          " --> empty.pawl:1:1\n"
          "  |\n"
          "1 |\n"
          "  | ^\n");
    CHECK(render(error_at({0, 900, 999}, "beyond"), sources) ==
          "error PW0000: beyond\n"
          " --> a.pawl:1:5\n"
          "  |\n"
          "1 | when\n"
          "  |     ^\n");
}

TEST_CASE("a span of several lines is marked to the end of its first") {
    SourceSet sources;
    sources.add("a.pawl", "rule x\r\n  when y\r\nend\r\n");
    CHECK(render(error_at({0, 5, 17}, "never ends"), sources) ==
          "error PW0000: never ends\n"
          " --> a.pawl:1:6\n"
          "  |\n"
          "1 | rule x\n"
          "  |      ^\n");
}

TEST_CASE("tabs stay, and characters are counted and not bytes") {
    SourceSet sources;
    sources.add("a.pawl", "\tset č🦉\tto clinet");
    CHECK(render(error_at(find(sources, 0, "clinet"), "m"), sources) ==
          "error PW0000: m\n"
          " --> a.pawl:1:12\n"
          "  |\n"
          "1 | \tset č🦉\tto clinet\n"
          "  | \t      \t   ^^^^^^\n");
    CHECK(render(error_at(find(sources, 0, "č🦉"), "m"), sources) ==
          "error PW0000: m\n"
          " --> a.pawl:1:6\n"
          "  |\n"
          "1 | \tset č🦉\tto clinet\n"
          "  | \t    ^^\n");
}

TEST_CASE("what would play with the terminal is replaced") {
    SourceSet sources;
    sources.add("a.pawl", "a\x1b[31m \u202E \xFF z\r b");
    CHECK(render(error_at(find(sources, 0, "z"), "m"), sources) ==
          "error PW0000: m\n"
          " --> a.pawl:1:12\n"
          "  |\n"
          "1 | a\uFFFD[31m \uFFFD \uFFFD z\uFFFD b\n"
          "  |            ^\n");
}

TEST_CASE("a long line is cut around the mark") {
    SourceSet sources;
    sources.add("a.pawl", repeat("č", 200) + "clinet" + repeat("ž", 200));
    CHECK(render(error_at(find(sources, 0, "clinet"), "m"), sources) ==
          "error PW0000: m\n"
          " --> a.pawl:1:201\n"
          "  |\n"
          "1 | …" +
              repeat("č", 40) + "clinet" + repeat("ž", 72) +
              "…\n"
              "  |  " +
              repeat(" ", 40) + "^^^^^^\n");
    // Near the beginning and near the end, the window ends with the line.
    CHECK(render(error_at({0, 4, 6}, "m"), sources) ==
          "error PW0000: m\n"
          " --> a.pawl:1:3\n"
          "  |\n"
          "1 | " +
              repeat("č", 118) +
              "…\n"
              "  |   ^\n");
    CHECK(render(error_at({0, 804, 806}, "m"), sources) ==
          "error PW0000: m\n"
          " --> a.pawl:1:406\n"
          "  |\n"
          "1 | …" +
              repeat("ž", 118) +
              "\n"
              "  |  " +
              repeat(" ", 117) + "^\n");
    // A mark longer than the window ends with the window.
    CHECK(render(error_at({0, 0, 806}, "m"), sources) ==
          "error PW0000: m\n"
          " --> a.pawl:1:1\n"
          "  |\n"
          "1 | " +
              repeat("č", 118) +
              "…\n"
              "  | " +
              repeat("^", 118) + "\n");
}

TEST_CASE("120 columns are shown whole and 121 are cut") {
    SourceSet sources;
    sources.add("a.pawl", repeat("x", 120));
    sources.add("b.pawl", repeat("x", 121));
    CHECK(render(error_at({0, 119, 120}, "m"), sources) ==
          "error PW0000: m\n --> a.pawl:1:120\n  |\n1 | " + repeat("x", 120) + "\n  | " +
              repeat(" ", 119) + "^\n");
    CHECK(render(error_at({1, 0, 1}, "m"), sources) ==
          "error PW0000: m\n --> b.pawl:1:1\n  |\n1 | " + repeat("x", 118) + "…\n  | ^\n");
}

TEST_CASE("a long line with two marks is shown once for each") {
    SourceSet sources;
    sources.add("a.pawl", "first" + repeat(" ", 10'000) + "second");
    Diagnostic diagnostic = error_at(find(sources, 0, "second"), "m");
    diagnostic.labels = {{find(sources, 0, "first"), "here"}};
    CHECK(render(diagnostic, sources) ==
          "error PW0000: m\n"
          " --> a.pawl:1:10006\n"
          "  |\n"
          "1 | …" +
              repeat(" ", 112) +
              "second\n"
              "  |  " +
              repeat(" ", 112) +
              "^^^^^^\n"
              "1 | first" +
              repeat(" ", 113) +
              "…\n"
              "  | ----- here\n");
}

TEST_CASE("a mistake without a file is shown without a place") {
    CHECK(render(error_at({0, 0, 0}, "there is no file here"), SourceSet{}) ==
          "error PW0000: there is no file here\n");
    CHECK(diagnostic_json(error_at({0, 0, 0}, "m"), SourceSet{}).find(R"("file":"","line":0)") !=
          std::string::npos);
}

TEST_CASE("colour is on only where it is asked for") {
    SourceSet sources;
    sources.add("a.pawl", "x");
    Diagnostic diagnostic = error_at({0, 0, 1}, "m");
    diagnostic.hint = "h";
    const std::string coloured = render_diagnostic(diagnostic, sources, Color::on);
    std::string bare;
    for (std::size_t at = 0; at < coloured.size(); ++at) {
        if (coloured[at] == '\x1b') {
            at = coloured.find('m', at);
        } else {
            bare += coloured[at];
        }
    }
    CHECK(coloured != bare);
    CHECK(bare == render_diagnostic(diagnostic, sources, Color::off));
}

TEST_CASE("a diagnostic is one JSON object with the names of cli.md") {
    SourceSet sources;
    sources.add("a.pawl", "one\ntwo three\n");
    Diagnostic diagnostic = error_at({0, 4, 7}, "not \"so\"");
    diagnostic.hint = "h";
    const std::string head =
        "{\"code\":\"" + diagnostic_code_text(diagnostic.code) +
        "\",\"severity\":\"error\",\"file\":\"a.pawl\",\"line\":2,\"column\":1,"
        "\"end_line\":2,\"end_column\":4,\"message\":\"not \\\"so\\\"\","
        "\"hint\":\"h\"";
    CHECK(diagnostic_json(diagnostic, sources) == head + "}");
    diagnostic.labels = {{{0, 8, 14}, "here"}};
    CHECK(diagnostic_json(diagnostic, sources) ==
          head +
              ",\"labels\":[{\"file\":\"a.pawl\",\"line\":2,\"column\":5,\"end_line\":3,"
              "\"end_column\":1,\"message\":\"here\"}]}");
    CHECK(parse_json(diagnostic_json(diagnostic, sources)));
}
