#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "compiler_support.h"

namespace pawl::dsl {

namespace {

std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// The unit's part of the disassembly, without its heading, whose hash changes with every format.
std::string code_of(const rules::Program& program, std::string_view unit) {
    const std::string text = rules::disassemble(program);
    const std::size_t heading = text.find("\n" + std::string(unit) + "  ");
    REQUIRE(heading != std::string::npos);
    const std::size_t begin = text.find('\n', heading + 1) + 1;
    const std::size_t end = std::min(text.find("\n\n", begin), text.size() - 1);
    return text.substr(begin, end - begin) + "\n";
}

std::string body_of(const std::string& statements) {
    const std::string code =
        code_of(compiled("rule r\n  when order as o\n  then\n" + statements + "\nend\n"), "rule r");
    const std::size_t body = code.find("  body:\n");
    return "\n" + code.substr(body + 8);
}

}  // namespace

TEST_CASE("a rule is laid out as conditions, body, key and triggers") {
    const rules::Program program = compiled(R"(
setting least = 40
rule r "R" draft
  when profile.score drops below least by at least 5
  let worth = profile.score * 2
  if profile.role is client and worth > 3
  unless worth is 7 or profile.email is missing
  then
    log "low: {{profile.full_name | upper}}"
  once per profile for 30d
  rearm above least + 5
end
)");
    CHECK("\n" + code_of(program, "rule r") == R"(
  locals profile, worth
  draft
  when drops below profile.score by at least 5 as profile
  clause 0 if profile.role is client
  clause 1 if worth > 3
  clause 2 unless worth is 7
  clause 3 unless profile.email is missing
  conditions:
       0      5  load_local            profile
       1         load_field            profile.score
       2         push_constant         2
       3         multiply
       4         store_local           worth
       5      6  load_local            profile
       6         load_field            profile.role
       7         push_constant         client
       8         equal
       9         require               0
      10         load_local            worth
      11         push_constant         3
      12         greater
      13         require               1
      14      7  load_local            worth
      15         push_constant         7
      16         equal
      17         exclude               2
      18         load_local            profile
      19         load_field            profile.email
      20         is_missing
      21         exclude               3
      22         conditions_end
  body:
      23      9  push_constant         "low: "
      24         load_local            profile
      25         load_field            profile.full_name
      26         call_builtin          upper 1
      27         join_text             2
      28         log
      29         end
  once per, for 30d:
      30     10  load_local            profile
      31         end
  rearm above:
      32     11  load_setting          least
      33         push_constant         5
      34         add
      35         end
  value of trigger 1:
      36      4  load_setting          least
      37         end
  unless, read again:
      38      5  load_local            profile
      39         load_field            profile.score
      40         push_constant         2
      41         multiply
      42         store_local           worth
      43      7  load_local            worth
      44         push_constant         7
      45         equal
      46         exclude               2
      47         load_local            profile
      48         load_field            profile.email
      49         is_missing
      50         exclude               3
      51         conditions_end
)");
}

TEST_CASE("`and`, `or` and `or default` decide early and keep the three truth values") {
    CHECK(
        body_of(
            "    log \"{{o.urgent or (o.fragile and o.count > 1)}}{{o.note or default \"-\"}}\"") ==
        R"(
       1      4  load_local            o
       2         load_member           order.urgent
       3         jump_if_true_keep     → L2
       4         load_local            o
       5         load_member           order.fragile
       6         jump_if_false_keep    → L1
       7         load_local            o
       8         load_member           order.count
       9         push_constant         1
      10         greater
      11         and
  L1:
      12         or
  L2:
      13         load_local            o
      14         load_member           order.note
      15         jump_if_present_keep  → L3
      16         pop
      17         push_constant         "-"
  L3:
      18         join_text             2
      19         log
      20         end
)");
}

TEST_CASE("`next`, `stop` and the end of a loop leave a try properly") {
    CHECK(body_of(R"(    for each p in (all p in project) do
      try
        if p.status is closed then next end
        delete p
        stop
      on failure as error
        log error.message
      end
    end)") == R"(
       1      4  query_begin           all p in project
  L1:
       2         query_next            p → L2
       3         query_take            p
       4         jump                  → L1
  L2:
       5         query_end             p
       6         iterate_begin         #2
  L3:
       7         iterate_next          #2 → L7
       8         store_local           p
       9      5  try_begin
      10      6  load_local            p
      11         load_field            project.status
      12         push_constant         closed
      13         equal
      14         jump_unless_true      → L4
      15         try_end
      16         jump                  → L3
  L4:
      17      7  load_local            p
      18         delete_record
      19      8  try_end
      20         stop
      21         try_end
      22         jump                  → L6
  L5:
      23     10  load_local            error
      24         load_member           error.message
      25         log
  L6:
      26         jump                  → L3
  L7:
      27         end
  try 10 to 21, on failure L5 as error
)");
}

// meaning.md 12: the end of a month must not clamp at each step.
TEST_CASE("durations are added up before they move a date") {
    CHECK(body_of("    log \"{{now + 1mo - 3d}}\"") == R"(
       1      4  push_now
       2         push_constant         1mo
       3         push_constant         3d
       4         subtract
       5         add
       6         join_text             1
       7         log
       8         end
)");
}

TEST_CASE("literals are constants of the type that is due, each kept once") {
    const rules::Program program = compiled(R"(
rule r
  when order as o
  then
    create project with title: "a", amount: -12.5, due: 2026-12-25
    create project with title: "a", amount: 12, due: 2026-12-25
    log "{{[1, 2] contains o.count}}{{o.weight > 2}}{{o.count > 2}}{{24h}}{{-3}}"
end
)");
    using rules::Value;
    const Currency kes = *Currency::parse("KES");
    const auto& constants = unit_of(program, "r").constants;
    const auto has = [&](const Value& value) {
        return std::count(constants.begin(), constants.end(), value);
    };
    CHECK(has(Value::text("a")) == 1);
    CHECK(has(Value::money({-1250, kes})) == 1);
    CHECK(has(Value::money({1200, kes})) == 1);
    CHECK(has(Value::date(*parse_date("2026-12-25"))) == 1);
    CHECK(has(Value::list({Value::integer(1), Value::integer(2)})) == 1);
    CHECK(has(Value::number(2)) == 1);
    CHECK(has(Value::integer(2)) == 1);
    CHECK(has(Value::integer(-3)) == 1);
    CHECK(has(Value::duration({.micros = 24 * 3600 * micros_per_second})) == 1);
    CHECK(constants.size() == 9);
}

TEST_CASE("a template in HTML escapes what it is given, unless it is plain") {
    SourceSet sources;
    sources.add("book.pawl", R"(
template email hello (who: text)
  subject "Hello {{who}}"
  body file "hello.html"
end
rule r
  when visit
  then
    send email hello to "a@example.org" with who: visit.who
end
event visit
  who text
end
)");
    sources.add("hello.html", "<p>{{who}} {{who | plain}}</p>\n");
    const Compilation compilation = compile(sources);
    REQUIRE(compilation.program.has_value());
    CHECK("\n" + code_of(*compilation.program, "template email hello") == R"(
  locals who: text
  subject:
       0      3  text_begin
       1         push_constant         "Hello "
       2         text_append           as it is
       3         load_local            who
       4         text_append
       5         text_end
       6         end
  body:
       7      4  text_begin            as HTML
       8         push_constant         "<p>"
       9         text_append           as it is
      10         load_local            who
      11         text_append
      12         push_constant         " "
      13         text_append           as it is
      14         load_local            who
      15         call_builtin          plain 1
      16         text_append           as it is
      17         push_constant         "</p>\n"
      18         text_append           as it is
      19         text_end
      20         end
)");
}

TEST_CASE("every language test compiles to code that is verified and comes back from its file") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/language/ok")) {
        SourceSet sources;
        if (entry.is_directory()) {
            std::vector<std::filesystem::path> paths;
            for (const auto& file : std::filesystem::recursive_directory_iterator(entry.path()))
                if (file.is_regular_file()) paths.push_back(file.path());
            std::sort(paths.begin(), paths.end());
            for (const auto& path : paths)
                sources.add(std::filesystem::relative(path, entry.path()).string(),
                            read_text(path));
        } else if (entry.path().extension() == ".pawl") {
            sources.add(entry.path().filename().string(), read_text(entry.path()));
        } else {
            continue;
        }
        INFO(entry.path().string());
        const Compilation compilation = compile(sources);
        // That it is accepted is the language runner's test; shipped services are not here.
        if (!compilation.program) continue;
        ++count;
        const Status verified = rules::verify_program(*compilation.program);
        INFO((verified ? "" : verified.error().message));
        REQUIRE(verified.has_value());
        const std::string bytes = rules::write_program(*compilation.program);
        const Result<rules::Program> read = rules::read_program(bytes);
        REQUIRE(read.has_value());
        CHECK(rules::write_program(*read) == bytes);
        CHECK(rules::disassemble(*read) == rules::disassemble(*compilation.program));
    }
    CHECK(count >= 30);
}

TEST_CASE("a declaration too large for its tables is told, not cut off") {
    std::string items;
    for (int at = 0; at < 70'000; ++at) items += at == 0 ? "o.kind" : ", o.kind";
    SourceSet sources;
    sources.add("a_common.pawl", std::string(common_text));
    sources.add("b_rules.pawl",
                "rule r\n  when order as o\n  then\n    log join([" + items + "])\nend\n");
    const Compilation compilation = compile(sources);
    CHECK_FALSE(compilation.program.has_value());
    REQUIRE(compilation.diagnostics.size() == 1);
    CHECK(compilation.diagnostics[0].code == DiagnosticCode::declaration_too_large);
    CHECK(sources.text(compilation.diagnostics[0].span) == "r");
}

}  // namespace pawl::dsl
