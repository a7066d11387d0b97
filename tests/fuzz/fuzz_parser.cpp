#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/diagnostic_render.h"
#include "dsl/format.h"
#include "dsl/parser.h"
#include "unit/dsl/format_tree_equal.h"

// The parser takes any bytes. Each mistake has a place that can be shown; what is taken means the
// same after formatting, keeps its comments, and is formatted once for all.

namespace {

using namespace pawl;

struct Parsed {
    SourceSet sources;
    dsl::Tree tree;
    std::vector<Diagnostic> mistakes;
};

Parsed parsed(std::string text) {
    Parsed result;
    const FileIndex file = result.sources.add("book.pawl", std::move(text));
    result.tree = dsl::parse_one(result.sources, file, result.mistakes);
    return result;
}

void check_round_trip(const std::string& text) {
    const Parsed before = parsed(text);
    for (const Diagnostic& mistake : before.mistakes) {
        PAWL_CHECK(mistake.span.begin <= mistake.span.end);
        PAWL_CHECK(mistake.span.end <= text.size());
        PAWL_CHECK(!mistake.message.empty());
        PAWL_CHECK(!render_diagnostic(mistake, before.sources, Color::off).empty());
    }
    const Result<std::string> once = dsl::format("book.pawl", text);
    PAWL_CHECK(once.has_value() == before.mistakes.empty());
    if (!once) return;
    const Parsed after = parsed(*once);
    PAWL_CHECK(after.mistakes.empty());
    PAWL_CHECK(dsl::test::equal_trees(before.tree, after.tree));
    PAWL_CHECK(before.tree.comments.size() == after.tree.comments.size());
    PAWL_CHECK(dsl::format("book.pawl", *once).value() == *once);
}

// As a template's file too, which is read by rules of its own.
void check_template(std::string text) {
    SourceSet sources;
    sources.add("book.pawl", "template sms t body file \"t.txt\" end");
    sources.add("t.txt", std::move(text));
    std::vector<Diagnostic> mistakes;
    (void)dsl::parse(sources, mistakes);
    for (const Diagnostic& mistake : mistakes)
        PAWL_CHECK(!render_diagnostic(mistake, sources, Color::off).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_round_trip(text);
    check_template(text);
    return 0;
}
