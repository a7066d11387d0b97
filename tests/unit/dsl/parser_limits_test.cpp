#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/limits.h"
#include "dsl/format.h"
#include "dsl/parser.h"

// Nothing in a text may crash the parser, keep it busy for ever, or pass without a word.

namespace {

using namespace pawl;

std::size_t count_mistakes(std::string text, DiagnosticCode code) {
    SourceSet sources;
    sources.add("book.pawl", std::move(text));
    std::vector<Diagnostic> mistakes;
    (void)dsl::parse(sources, mistakes);
    std::size_t count = 0;
    for (const Diagnostic& mistake : mistakes) {
        if (mistake.code == code) ++count;
    }
    return count;
}

std::string repeated(const std::string& text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

const std::size_t many = 100'000;

}  // namespace

// Found by fuzzing: what is too deep was looked for one byte behind the text.
TEST_CASE("a text may end just where it is nested too deep") {
    for (std::size_t blocks = limits::block_depth_max - 3; blocks < limits::block_depth_max + 3;
         ++blocks)
        for (const std::string end : {"", "\n", "\n    "})
            (void)count_mistakes("rule r\n  when e\n  then\n" +
                                     repeated("    if a then\n", blocks - 1) + "    if a then" +
                                     end,
                                 DiagnosticCode::nested_too_deep);
    SUCCEED("the parser came back each time");
}

TEST_CASE("nesting without end is refused with its place, whatever nests") {
    const auto too_deep = [](const std::string& text) {
        return count_mistakes(text, DiagnosticCode::nested_too_deep);
    };
    CHECK(too_deep("define d = " + repeated("(", many)) == 1);
    CHECK(too_deep("define d = " + repeated("[", many)) == 1);
    CHECK(too_deep("define d = " + repeated("{a: ", many)) == 1);
    CHECK(too_deep("define d = " + repeated("not ", many) + "a") == 1);
    CHECK(too_deep("define d = " + repeated("-", many) + "1") == 1);
    CHECK(too_deep("define d = " + repeated("f(", many)) == 1);
    CHECK(too_deep("define d = " + repeated("\"{{", many)) == 1);
    CHECK(too_deep("define d = 1" + repeated(" + 1", many)) == 1);
    CHECK(too_deep("define d = a" + repeated(".a", many)) == 1);
    CHECK(too_deep("define d = a" + repeated(" and a", many)) == 1);
    CHECK(too_deep("define d = a" + repeated(" as int", many)) == 1);
    CHECK(too_deep("define d = a" + repeated(" or default a", many)) == 1);
    CHECK(too_deep("define d = " + repeated("first x in ", many) + "e") == 1);
    CHECK(too_deep("entity e f " + repeated("list of ", many) + "text end") == 1);
    CHECK(too_deep("flow f " + repeated("if a then ", many)) == 1);
    CHECK(too_deep("flow f " + repeated("for each x in y do ", many)) == 1);
    CHECK(too_deep("flow f " + repeated("try ", many)) == 1);
    CHECK(too_deep("journey j of e " + repeated("for each x in y do ", many)) == 1);
    CHECK(too_deep("template sms t body \"" + repeated("{{if a}}", many)) == 1);
    CHECK(too_deep("template sms t body \"" + repeated("{{for each x in y}}", many)) == 1);
}

TEST_CASE("expressions and blocks are read up to their limits and refused one beyond") {
    const auto chain = [](std::size_t depth) {
        return count_mistakes("define d = 1" + repeated(" + 1", depth - 1),
                              DiagnosticCode::nested_too_deep);
    };
    CHECK(chain(limits::expression_depth_max) == 0);
    CHECK(chain(limits::expression_depth_max + 1) == 1);
    const auto blocks = [](std::size_t depth) {
        return count_mistakes(
            "flow f " + repeated("if a then ", depth - 1) + "stop " + repeated("end ", depth),
            DiagnosticCode::nested_too_deep);
    };
    CHECK(blocks(limits::block_depth_max) == 0);
    CHECK(blocks(limits::block_depth_max + 1) == 1);
}

TEST_CASE("a name has at most its limit of letters") {
    const auto names = [](std::size_t length) {
        return count_mistakes("setting " + std::string(length, 'a') + " = 1",
                              DiagnosticCode::name_too_long);
    };
    CHECK(names(limits::name_bytes_max) == 0);
    CHECK(names(limits::name_bytes_max + 1) == 1);
    CHECK(names(10'000'000) == 1);
}

TEST_CASE("long lines, and many of anything, are read in a time that grows with their length") {
    const std::string long_text(10'000'000, 'x');
    CHECK(count_mistakes("define d = \"" + long_text, DiagnosticCode::unclosed_text) == 1);
    CHECK(count_mistakes("define d = \"" + long_text + "\"", DiagnosticCode::unclosed_text) == 0);
    CHECK(count_mistakes("# " + long_text, DiagnosticCode::unclosed_text) == 0);
    CHECK(count_mistakes("define d = " + std::string(10'000'000, '1') + "x",
                         DiagnosticCode::unknown_unit) == 1);
    CHECK(count_mistakes(std::string(10'000'000, ' ') + "x", DiagnosticCode::unknown_declaration) ==
          1);
    CHECK(count_mistakes(repeated("# c\n", 1'000'000) + "x", DiagnosticCode::unknown_declaration) ==
          1);
    CHECK(count_mistakes("define d = [" + repeated("1, ", 1'000'000) + "1]",
                         DiagnosticCode::unexpected_text) == 0);
    CHECK(count_mistakes("flow f if a then " + repeated("else if a then ", 1'000'000) + "end",
                         DiagnosticCode::missing_end) == 1);
}

TEST_CASE("a file of nothing but mistakes tells a bounded number of them") {
    CHECK(count_mistakes(repeated("rule\n", 200'000), DiagnosticCode::unexpected_text) <=
          10 * limits::diagnostics_max);
    CHECK(count_mistakes("flow f " + repeated(";", 1'000'000), DiagnosticCode::stray_semicolon) <=
          10 * limits::diagnostics_max);
}

TEST_CASE("what is no text is refused with the place of the first such byte") {
    for (const std::string& bad : {std::string("\xFF"), std::string("\xC3"), std::string(1, '\0'),
                                   std::string("\x1B[31m"), std::string("\x7F")}) {
        SourceSet sources;
        sources.add("book.pawl", "setting a = 1\n# " + bad + "\nsetting b = 2\n" + bad);
        std::vector<Diagnostic> mistakes;
        (void)dsl::parse(sources, mistakes);
        REQUIRE(mistakes.size() == 1);
        CHECK(mistakes[0].code == DiagnosticCode::unreadable_character);
        CHECK(mistakes[0].span.begin == 16);
    }
}

TEST_CASE("every beginning of a rulebook is refused or read, and formatting it never fails") {
    const std::string text =
        "rule r \"t\" draft\n  when a.b becomes c as d\n  let e = first f in g where f.h is "
        "\"i {{j | k: 1}} l\"\n  if e is present\n  then\n    for each m in 1..8 do\n      set a.b "
        "to -1.5 or default 09:00, c.d to [1, {e: 2}] because \"x\"\n    end\n  once per e for "
        "30d\nend\nentity n\n  o one of p, q = p\n  r -> s (deleted with it) ?\nend\n";
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const std::string part = text.substr(0, length);
        const Result<std::string> formatted = dsl::format("book.pawl", part);
        if (formatted) CHECK(dsl::format("book.pawl", *formatted).value() == *formatted);
    }
}
