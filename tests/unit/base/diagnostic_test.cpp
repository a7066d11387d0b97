#include "base/diagnostic.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/limits.h"

using namespace pawl;

TEST_CASE("every code is registered once, with a title and a known family") {
    const auto& registry = diagnostic_registry();
    REQUIRE_FALSE(registry.empty());
    for (std::size_t index = 0; index < registry.size(); ++index) {
        const DiagnosticInfo& info = registry[index];
        CAPTURE(info.name);
        if (index > 0) CHECK(registry[index - 1].code < info.code);
        const auto number = static_cast<unsigned>(info.code);
        CHECK((number >= 101 && number < 1100));
        CHECK_FALSE(info.title.empty());
        CHECK_FALSE(info.title.ends_with('.'));
        CHECK(&diagnostic_info(info.code) == &info);
    }
}

TEST_CASE("a code is written with four digits and read back") {
    for (const DiagnosticInfo& info : diagnostic_registry()) {
        const std::string text = diagnostic_code_text(info.code);
        CHECK(text.size() == 6);
        CHECK(parse_diagnostic_code(text) == info.code);
    }
    CHECK(diagnostic_code_text(static_cast<DiagnosticCode>(7)) == "PW0007");
    const std::string first = diagnostic_code_text(diagnostic_registry().front().code);
    CHECK(parse_diagnostic_code("pw" + first.substr(2)));
    for (const char* text : {"", "PW", "PW0000", "PW9999", "PW12", "0101", "PW01011", "PW-101",
                             "PW+101", "PW 101", "PX0101"})
        CHECK_FALSE(parse_diagnostic_code(text));
}

TEST_CASE("diagnostics are sorted by place and repetitions dropped") {
    const DiagnosticCode code = diagnostic_registry().front().code;
    const Diagnostic here{.code = code, .span = {0, 5, 6}, .message = "b"};
    const Diagnostic same_place{.code = code, .span = {0, 5, 6}, .message = "a"};
    const Diagnostic hinted{.code = code, .span = {0, 5, 6}, .message = "b", .hint = "h"};
    const Diagnostic before{.code = code, .span = {0, 1, 9}, .message = "z"};
    const Diagnostic other_file{.code = code, .span = {1, 0, 1}, .message = "a"};
    std::vector<Diagnostic> all = {other_file, here, hinted, before, same_place, here};
    sort_diagnostics(all);
    REQUIRE(all.size() == 5);
    CHECK(all[0].message == "z");
    CHECK(all[1].message == "a");
    CHECK(all[2].message == "b");
    CHECK(all[3].hint == "h");
    CHECK(all[4].span.file == 1);
}

TEST_CASE("what is past the limit is cut and counted") {
    const Diagnostic one{.code = diagnostic_registry().front().code, .span = {}, .message = ""};
    std::vector<Diagnostic> all(limits::diagnostics_max, one);
    CHECK(cut_diagnostics(all) == 0);
    all.push_back(one);
    all.push_back(one);
    CHECK(cut_diagnostics(all) == 2);
    CHECK(all.size() == limits::diagnostics_max);
}

TEST_CASE("only errors count as errors") {
    const auto& registry = diagnostic_registry();
    for (const DiagnosticInfo& info : registry) {
        const Diagnostic diagnostic{.code = info.code, .span = {}, .message = ""};
        CHECK(has_errors({diagnostic}) == (info.severity == Severity::error));
    }
    CHECK_FALSE(has_errors({}));
}
