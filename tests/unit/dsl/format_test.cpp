#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "dsl/format.h"
#include "dsl/parser.h"
#include "format_tree_equal.h"

namespace {

using namespace pawl;
namespace fs = std::filesystem;

std::string formatted(const std::string& text) {
    const Result<std::string> result = dsl::format("book.pawl", text);
    return result ? *result : "refused: " + result.error().message;
}

struct Parsed {
    SourceSet sources;
    dsl::Tree tree;
    bool has_mistakes = false;
};

Parsed parsed(const std::string& text) {
    Parsed result;
    const FileIndex file = result.sources.add("book.pawl", text);
    std::vector<Diagnostic> diagnostics;
    result.tree = dsl::parse_one(result.sources, file, diagnostics);
    result.has_mistakes = !diagnostics.empty();
    return result;
}

std::vector<std::string> comments_of(const Parsed& parsed) {
    std::vector<std::string> texts;
    for (const dsl::Comment& comment : parsed.tree.comments) {
        std::string text(parsed.sources.text(comment.span));
        text.erase(text.find_last_not_of(" \t\r") + 1);
        texts.push_back(std::move(text));
    }
    return texts;
}

std::vector<fs::path> every_rule_file() {
    std::vector<fs::path> files;
    for (const char* folder : {"rulebooks", "examples", "integrations", "tests"}) {
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            if (entry.path().extension() == ".pawl") files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("every rule file of the repository is the same rulebook after formatting") {
    const std::vector<fs::path> files = every_rule_file();
    REQUIRE(files.size() > 20);
    for (const fs::path& path : files) {
        const std::string text = read(path);
        const Parsed before = parsed(text);
        if (before.has_mistakes) continue;  // the cases of tests/language/fail
        INFO(path.string());
        const std::string once = formatted(text);
        const Parsed after = parsed(once);
        CHECK_FALSE(after.has_mistakes);
        CHECK(dsl::test::equal_trees(before.tree, after.tree));
        CHECK(comments_of(before) == comments_of(after));
        CHECK(formatted(once) == once);
    }
}

TEST_CASE("tree equality sees a difference of one word") {
    const std::string text = "rule a when x then set a.b to first p in q where p.c is 1 end";
    const Parsed left = parsed(text);
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"rule a", "rule c"},
                                                          {"is 1", "is 2"},
                                                          {"is 1", "is not 1"},
                                                          {"a.b", "a.c"},
                                                          {"first p", "first 2 p"},
                                                          {"when x", "when y"},
                                                          {"to first", "to -first"}}) {
        std::string other = text;
        other.replace(other.find(from), from.size(), to);
        INFO(other);
        const Parsed right = parsed(other);
        CHECK(right.has_mistakes == (to == "to -first" ? right.has_mistakes : false));
        CHECK_FALSE(dsl::test::equal_trees(left.tree, right.tree));
    }
    CHECK(dsl::test::equal_trees(left.tree, parsed("rule a\n when x\nthen\nset a.b to ((first p in "
                                                   "q where ((p.c is 1))))\nend # x")
                                                .tree));
}

TEST_CASE("a rule is laid out with its clauses two steps in") {
    CHECK(
        formatted("rule a \"A\" draft when e as x let y = x.z if y is 1 unless y is 2 then if y is "
                  "3 then stop else log \"n\" end once per y end") ==
        "rule a \"A\" draft\n"
        "  when e as x\n"
        "  let y = x.z\n"
        "  if y is 1\n"
        "  unless y is 2\n"
        "  then\n"
        "    if y is 3 then\n"
        "      stop\n"
        "    else\n"
        "      log \"n\"\n"
        "    end\n"
        "  once per y\n"
        "end\n");
}

TEST_CASE("fields stand in columns, the values of a choice go on below the first") {
    CHECK(formatted("entity e a text long_name one of aaaaaaaaaaaaaaaaaaaaaaaaaaaaa, "
                    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccccccc, d = d "
                    "unique (a, long_name) end") ==
          "entity e\n"
          "  a          text\n"
          "  long_name  one of aaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n"
          "                    cccccccccccccccccccccccccccc, d = d\n"
          "  unique (a, long_name)\n"
          "end\n");
}

TEST_CASE("comments keep their place: above what they precede, behind what they follow") {
    const std::string text =
        "# the file\n"
        "\n"
        "# the entity\n"
        "entity e  # behind its head\n"
        "  # the field\n"
        "  a  text  # behind the field\n"
        "  # before the end\n"
        "end  # behind the end\n"
        "\n"
        "rule r\n"
        "  # why\n"
        "  when e\n"
        "  then  # now\n"
        "    if x then\n"
        "      # nothing yet\n"
        "    else\n"
        "      stop\n"
        "      # after stop\n"
        "    end\n"
        "    # after the if\n"
        "  # of the guard\n"
        "  once per e\n"
        "end\n"
        "# the last word\n";
    // What stands between the statements and the guards belongs to what follows it.
    std::string expected = text;
    const std::string moved = "    # after the if\n";
    expected.replace(expected.find(moved), moved.size(), "  # after the if\n");
    CHECK(formatted(text) == expected);
    CHECK(formatted(expected) == expected);
}

TEST_CASE("one blank line stands between declarations, and single ones inside are kept") {
    CHECK(formatted("setting a = 1\nsetting b = 2\n\n\n\nsetting c = 3\nrule r\n\n  when x\n\n\n  "
                    "then\n\n    stop\n\n\n    stop\n\n  once per x\n\nend\nflow f\nend") ==
          "setting a = 1\nsetting b = 2\n\nsetting c = 3\n\nrule r\n  when x\n\n  then\n"
          "    stop\n\n    stop\n\n  once per x\nend\n\nflow f\nend\n");
}

TEST_CASE("a blank line inside a block stays, whatever kind of item it stands before") {
    const std::string text = R"(channel whatsapp
  quiet from 21:00 to 07:00 in recipient.timezone

  sender "x"

  retry 3 times from 2s up to 1min

  fall back to email
end

notification welcome (client: profile)
  critical

  email     welcome

  dashboard "Welcome"
end

action pick(project: project) -> profile
  reads profile

  pure

  lua   "actions/assignment.lua"
end

journey program of client
  pauses while client.is_paused

  starts client.started_at

  step hello at start
    log "x"
  end
end

service bank
  needs key: text

  event paid
    amount  money
  end

  event returned
    amount  money
  end

  action pay(amount: money)
    answers id text

    sample id: "x"
  end
end
)";
    // The options of a block stand in a column, each kind for itself.
    std::string expected = text;
    expected.replace(expected.find("lua   "), 6, "lua ");
    CHECK(formatted(text) == expected);
}

TEST_CASE("parentheses stand where the meaning needs them, and nowhere else") {
    const auto expression = [](const std::string& text) {
        const std::string out = formatted("define d = " + text);
        return out.substr(11, out.size() - 12);
    };
    CHECK(expression("((a)) + (b * c)") == "a + b * c");
    CHECK(expression("(a + b) * c") == "(a + b) * c");
    CHECK(expression("a - (b - c)") == "a - (b - c)");
    CHECK(expression("(a - b) - c") == "a - b - c");
    CHECK(expression("(a or b) and (c)") == "(a or b) and c");
    CHECK(expression("not (a and b)") == "not (a and b)");
    CHECK(expression("not (a is b)") == "not a is b");
    CHECK(expression("(not a) is b") == "(not a) is b");
    CHECK(expression("(a is b) is c") == "(a is b) is c");
    CHECK(expression("(a or default b) + c") == "(a or default b) + c");
    CHECK(expression("a or default b + c") == "a or default b + c");
    CHECK(expression("(a as int) as text") == "a as int as text");
    CHECK(expression("(a + b) as int") == "(a + b) as int");
    CHECK(expression("-(a + b)") == "-(a + b)");
    CHECK(expression("(exists x in e where x.a) and b") == "(exists x in e where x.a) and b");
    CHECK(expression("b and exists x in e where x.a") == "b and exists x in e where x.a");
    CHECK(expression("a is not missing") == "a is present");
}

TEST_CASE("texts are written with the escapes they need") {
    const std::string log =
        R"(log "a\"b\\c\n\t\{{d}} {e} {{f | upper | round: 2}} {{"in {{g}}"}}")";
    CHECK(formatted("flow f " + log + " end") == "flow f\n  " + log + "\nend\n");
}

TEST_CASE("long lines are broken where a list allows it, and texts never") {
    const std::string name = "a_rather_long_name_of_a_field";
    const std::string out =
        formatted("flow f create e with " + name + "_1: 1, " + name + "_2: 2, " + name + "_3: 3, " +
                  name + "_4: \"" + std::string(120, 'x') + "\" end");
    CHECK(out == "flow f\n  create e with " + name + "_1: 1, " + name + "_2: 2,\n      " + name +
                     "_3: 3,\n      " + name + "_4: \"" + std::string(120, 'x') + "\"\nend\n");
}

TEST_CASE("what people do to a journey keeps its words") {
    const std::string text = R"(test "t"
  when ann starts journey care for p
  when ann pauses care for p until 2026-04-01
  when ann pauses care for p.client
  when ann resumes care for p
  when ann shifts care for p by 14d
  when ann skips step write(4, "a") of care for p
  when ann triggers step greet of care for p
  when ann stops journey care for p
end
)";
    CHECK(formatted(text) == text);
}

TEST_CASE("text with a mistake is refused with its place, never changed") {
    const Result<std::string> result = dsl::format("book.pawl", "rule r\n  whn x\nend\n");
    REQUIRE_FALSE(result);
    CHECK(result.error().message.starts_with("book.pawl:2:3: "));
    CHECK(result.error().code == "PW0103");
}
