// Each rule is seen to find what it is for, and to leave alone what is right.
#include "checks.h"

#include <catch2/catch.hpp>

#include "code_text.h"

using namespace pawl::tidy;

namespace {

// How many findings the rule has for one file.
std::size_t found(std::string_view rule, std::string path, std::string text) {
    return check(rule, {make_file(std::move(path), std::move(text))}).size();
}

}  // namespace

TEST_CASE("only code is left when comments and literals are taken out") {
    CHECK(code_only("a; // b\nc;") == "a;     \nc;");
    CHECK(code_only("a /* b\nc */ d") == "a     \n     d");
    CHECK(code_only(R"(f("x//y", 'z', "\"q"); g)") == "f(      ,    ,      ); g");
    CHECK(code_only("n = 10'000 + f('x');") == "n = 10'000 + f(   );");
    CHECK(code_only("R\"x(a\" // )x\" b") == "              b");
    CHECK(code_only("\"unclosed\nnext") == "         \nnext");
}

TEST_CASE("a word is found between others and not within one") {
    CHECK(has_word("x = rand();", "rand"));
    CHECK_FALSE(has_word("x = operand();", "rand"));
    CHECK_FALSE(has_word("x = rand_max;", "rand"));
    CHECK(has_word("operand rand", "rand"));
}

TEST_CASE("an include that the architecture forbids is found") {
    CHECK(found("include law", "base/a.cpp", "#include \"rules/value.h\"\n") == 1);
    CHECK(found("include law", "dsl/a.cpp", "#include \"engine/turn.h\"\n") == 1);
    CHECK(found("include law", "engine/a.cpp", "#include \"dsl/compile.h\"\n") == 1);
    CHECK(found("include law", "rules/a.cpp", "#include \"a.h\"\n") == 1);
    CHECK(found("include law", "rules/a.cpp", "#include \"../engine/turn.h\"\n") == 1);
    CHECK(found("include law", "engine/a.cpp", "#include \"rules/internal/a.h\"\n") == 1);
    CHECK(found("include law", "wonders/a.cpp", "\n") == 1);

    CHECK(found("include law", "rules/a.cpp", "#include \"rules/internal/a.h\"\n") == 0);
    CHECK(found("include law", "dsl/a.cpp", "#include \"rules/program.h\"\n") == 0);
    CHECK(found("include law", "cli/a.cpp", "#include \"embedded/error_pages.h\"\n") == 0);
    CHECK(found("include law", "tests/unit/base/a.cpp", "#include \"engine/turn.h\"\n") == 0);
    CHECK(found("include law", "base/a.cpp", "// #include \"rules/value.h\"\n") == 0);
}

TEST_CASE("a library outside its home is found") {
    CHECK(found("libraries", "base/text.cpp", "#include <nlohmann/json.hpp>\n") == 1);
    CHECK(found("libraries", "rules/a.cpp", "#include <tao/pegtl.hpp>\n") == 1);
    CHECK(found("libraries", "rules/a.cpp", "#include <unistd.h>\n") == 1);
    CHECK(found("libraries", "rules/a.cpp", "#include <fancy/new.h>\n") == 1);
    CHECK(found("libraries", "base/json.cpp", "#include <nlohmann/json.hpp>\n") == 0);
    CHECK(found("libraries", "rules/a.cpp", "#include <vector>\n#include <re2/re2.h>\n") == 0);
}

TEST_CASE("a wide line is found, by characters and not bytes") {
    CHECK(found("width", "a.cpp", std::string(101, 'x') + "\n") == 1);
    CHECK(found("width", "a.cpp", std::string(100, 'x') + "\n") == 0);
    std::string accented;
    for (int column = 0; column < 100; ++column) accented += "č";
    CHECK(found("width", "a.cpp", accented) == 0);
}

TEST_CASE("a table that is kept from the formatter may be wider") {
    const std::string table = "// clang-format off\n" + std::string(140, 'x') + "\n";
    CHECK(found("width", "a.cpp", table) == 0);
    CHECK(found("width", "a.cpp", table + std::string(141, 'x')) == 1);
    CHECK(found("width", "a.cpp", table + "// clang-format on\n" + std::string(101, 'x')) == 1);
}

TEST_CASE("a long file is found") {
    CHECK(found("length", "a.cpp", std::string(801, '\n')) == 1);
    CHECK(found("length", "a.cpp", std::string(800, '\n')) == 0);
}

TEST_CASE("what was left for later is found") {
    CHECK(found("leftovers", "a.cpp",
                "// TO"
                "DO: later\n") == 1);
    CHECK(found("leftovers", "a.h",
                "int x;  // FIX"
                "ME\n") == 1);
    CHECK(found("leftovers", "a.cpp",
                "// TO"
                "DOS\n") == 0);
}

TEST_CASE("reading clock, chance or surroundings is found outside the edges") {
    CHECK(found("outside reads", "engine/a.cpp", "std::chrono::system_clock::now();\n") == 1);
    CHECK(found("outside reads", "rules/a.cpp", "std::getenv(\"X\");\n") == 1);
    CHECK(found("outside reads", "rules/a.cpp", "std::random_device device;\n") == 1);
    CHECK(found("outside reads", "cli/a.cpp", "std::getenv(\"X\");\n") == 0);
    CHECK(found("outside reads", "bench/a.cpp", "steady_clock::now();\n") == 0);
    CHECK(found("outside reads", "rules/a.cpp", "// no getenv here\n") == 0);
    CHECK(found("outside reads", "rules/a.cpp", "operand();\n") == 0);
}

TEST_CASE("a name that tells nothing is found") {
    CHECK(found("names", "base/string_utils.h", "") == 1);
    CHECK(found("names", "common/a.h", "") == 1);
    CHECK(found("names", "engine/timer_manager.cpp", "") == 1);
    CHECK(found("names", "engine/uncommon.cpp", "") == 0);
}

TEST_CASE("two files of one name are found") {
    const auto twice = [](const std::string& name) {
        return check("duplicate names",
                     {make_file("base/" + name, ""), make_file("dsl/" + name, "")})
            .size();
    };
    CHECK(twice("timer.h") == 1);
    CHECK(twice("main.cpp") == 0);
    CHECK(twice("README.md") == 0);
}

TEST_CASE("a page without one title is found") {
    CHECK(found("page titles", "docs/a.md", "text\n") == 1);
    CHECK(found("page titles", "docs/a.md", "# One\n# Two\n") == 1);
    CHECK(found("page titles", "README.md", "text\n") == 1);
    CHECK(found("page titles", "rulebooks/studio/templates/receipt.md", "Hello\n") == 0);
    CHECK(found("page titles", "docs/a.md", "# One\n```\n# a comment\n```\n## Part\n") == 0);
}

TEST_CASE("an order tag without its other side is found") {
    const File side = make_file("a.cpp",
                                "// ORD"
                                "ER opcode\n");
    CHECK(check("order tags", {side}).size() == 1);
    CHECK(check("order tags", {side, make_file("b.def",
                                               "// ORD"
                                               "ER opcode\n")})
              .empty());
    CHECK(check("order tags", {side, make_file("b.cpp",
                                               "// ORD"
                                               "ER other\n")})
              .size() == 2);
}

TEST_CASE("a header that opens a namespace or lacks its guard is found") {
    CHECK(found("headers", "a.h", "#pragma once\nusing namespace std;\n") == 1);
    CHECK(found("headers", "a.h", "// first a comment\n#pragma once\n") == 1);
    CHECK(found("headers", "a.h", "#pragma once\n// no using namespace here\n") == 0);
}

TEST_CASE("a path of one machine is found") {
    CHECK(found("machine paths", "docs/a.md", "see /home/someone\n") == 1);
    CHECK(found("machine paths", "cli/a.cpp", "open(\"/tmp/x\");\n") == 1);
    CHECK(found("machine paths", "docs/a.md", "`examples/home/x`, /var/lib\n") == 0);
    CHECK(found("machine paths", "tests/a.cpp", "\"/tmp/x\"\n") == 0);
}
