#include "dsl/parser.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace {

using namespace pawl;
using namespace pawl::dsl;

struct Parsed {
    SourceSet sources;
    Tree tree;
    std::vector<Diagnostic> mistakes;

    std::string text(Span span) const { return std::string(sources.text(span)); }
    template <class Form>
    const Form& only() const {
        REQUIRE(mistakes.empty());
        REQUIRE(tree.declarations.size() == 1);
        return std::get<Form>(tree.declarations[0].form);
    }
    // "PW0103 at 2:5" of each mistake.
    std::vector<std::string> places() const {
        std::vector<std::string> out;
        for (const Diagnostic& mistake : mistakes) {
            const Position at = sources.file(mistake.span.file).position(mistake.span.begin);
            out.push_back(diagnostic_code_text(mistake.code) + " at " + std::to_string(at.line) +
                          ":" + std::to_string(at.column));
        }
        return out;
    }
};

Parsed parsed(std::vector<std::pair<std::string, std::string>> files) {
    Parsed result;
    for (auto& [path, text] : files) result.sources.add(path, std::move(text));
    result.tree = parse(result.sources, result.mistakes);
    return result;
}
Parsed parsed(std::string text) { return parsed({{"book.pawl", std::move(text)}}); }

using Places = std::vector<std::string>;

// An expression with every part in brackets, to show what binds to what.
std::string shape(const Parsed& p, ExpressionIndex index) {
    const Expression& expression = p.tree.at(index);
    const auto of = [&](ExpressionIndex child) { return shape(p, child); };
    if (const auto* binary = std::get_if<Binary>(&expression.form))
        return "(" + of(binary->left) + " " + p.text(binary->operator_span) + " " +
               of(binary->right) + ")";
    if (const auto* unary = std::get_if<Unary>(&expression.form))
        return std::string(unary->op == UnaryOperator::not_ ? "(not " : "(-") + of(unary->operand) +
               ")";
    if (const auto* fallback = std::get_if<OrDefault>(&expression.form))
        return "(" + of(fallback->value) + " or default " + of(fallback->fallback) + ")";
    if (const auto* presence = std::get_if<Presence>(&expression.form))
        return "(" + of(presence->value) + (presence->present ? " is present)" : " is missing)");
    if (const auto* query = std::get_if<QueryExpression>(&expression.form))
        return "[" + query->variable.text + " in " + of(query->source) +
               (is_none(query->where) ? "" : " where " + of(query->where)) + "]";
    if (const auto* between = std::get_if<Between>(&expression.form))
        return "(" + of(between->value) + " between " + of(between->low) + " and " +
               of(between->high) + ")";
    return p.text(expression.span);
}

std::string shape(const std::string& text) {
    const Parsed p = parsed("define d = " + text);
    return shape(p, p.only<DefineDeclaration>().value);
}

}  // namespace

TEST_CASE("operators bind as the language says") {
    CHECK(shape("a or b and not c is d + e * -f") ==
          "(a or (b and (not (c is (d + (e * (-f)))))))");
    CHECK(shape("a - b - c") == "((a - b) - c)");
    CHECK(shape("a is b or default c") == "(a is (b or default c))");
    CHECK(shape("a or default b + c is d") == "((a or default (b + c)) is d)");
    CHECK(shape("a between b and c and d") == "((a between b and c) and d)");
    CHECK(shape("a is not missing and b is missing") == "((a is present) and (b is missing))");
    CHECK(shape("a not in b or c in d") == "((a not in b) or (c in d))");
}

TEST_CASE("`where` reaches as far as it can, and brackets end it") {
    CHECK(shape("exists x in e where x.a is 1 and b") == "[x in e where ((x.a is 1) and b)]");
    CHECK(shape("(exists x in e where x.a is 1) and b") == "([x in e where (x.a is 1)] and b)");
    CHECK(shape("count(x in e where x.a or x.b) > 3") == "([x in e where (x.a or x.b)] > 3)");
}

TEST_CASE("a name's span is the name, a statement's reaches from its word to its end") {
    const Parsed p = parsed("rule r\n  when e as lead\n  then\n    set lead.a to 1  # why\n\nend");
    const auto& rule = p.only<RuleDeclaration>();
    CHECK(p.text(p.tree.declarations[0].name_span) == "r");
    CHECK(p.text(rule.triggers[0].as.span) == "lead");
    CHECK(p.text(rule.triggers[0].span) == "when e as lead");
    CHECK(p.text(p.tree.at(rule.body[0]).span) == "set lead.a to 1");
    CHECK(p.text(p.tree.declarations[0].span).ends_with("end"));
    REQUIRE(p.tree.comments.size() == 1);
    CHECK(p.text(p.tree.comments[0].span) == "# why");
    CHECK_FALSE(p.tree.comments[0].own_line);
}

TEST_CASE("line breaks carry no meaning") {
    const std::string text =
        "rule r when e as x let a = x.b if a is 1 then set x.c to 2 alert admins \"t\" once per a "
        "end";
    std::string broken = text;
    std::replace(broken.begin(), broken.end(), ' ', '\n');
    const Parsed one = parsed(text);
    const Parsed other = parsed(broken);
    const auto& left = one.only<RuleDeclaration>();
    const auto& right = other.only<RuleDeclaration>();
    CHECK(left.body.size() == 2);
    CHECK(right.body.size() == 2);
    CHECK(right.clauses.size() == 2);
    CHECK(right.guards.size() == 1);
}

TEST_CASE("words of the language are names where only a name can stand") {
    for (const char* word :
         {"order", "status", "to", "email", "first", "when", "rule", "if", "then", "set", "one",
          "list", "with", "of", "as", "where", "by", "at", "on"}) {
        const std::string name = word;
        const Parsed p = parsed("entity " + name + " " + name + " text end\nrule x when " + name +
                                " is created then log \"{{a." + name + "}}\" set a." + name +
                                " to b." + name + " create " + name + " with " + name + ": 1 end");
        INFO(name);
        CHECK(p.places().empty());
        CHECK(p.tree.declarations.size() == 2);
    }
    for (const char* word : {"end", "unique", "secret", "missing", "present", "true", "false",
                             "now", "today", "and", "or", "not", "is", "in"}) {
        const std::string name = word;
        INFO(name);
        CHECK_FALSE(parsed("entity x " + name + " text end").mistakes.empty());
        CHECK(parsed("entity x `" + name + "` text end define d = a." + name).mistakes.empty());
    }
}

TEST_CASE("a text nests in the expressions of a text") {
    const Parsed p = parsed(R"(define d = "a {{upper("b {{c}}") | trim}} \"d\" \{{e}} {f}")");
    const auto& text = std::get<Text>(p.tree.at(p.only<DefineDeclaration>().value).form);
    REQUIRE(text.pieces.size() == 3);
    CHECK(text.pieces[0].text == "a ");
    CHECK(text.pieces[1].filters.size() == 1);
    CHECK(text.pieces[2].text == " \"d\" {{e}} {f}");
}

TEST_CASE("each declaration with a mistake tells one, and the others are read") {
    const Parsed p = parsed(
        "rule a\n  when e\n  then\n    set x.y 1\nend\n"
        "rule b when e then stop end\n"
        "entity c\n  name\n  age int\nend\n"
        "rule d when e then log \"x end\n"
        "rule f when e then stop end\n");
    CHECK(p.places() == Places{"PW0103 at 4:13", "PW0123 at 8:3", "PW0102 at 11:24"});
    REQUIRE(p.tree.declarations.size() == 2);
    CHECK(std::get<RuleDeclaration>(p.tree.declarations[0].form).name.text == "b");
    CHECK(std::get<RuleDeclaration>(p.tree.declarations[1].form).name.text == "f");
}

TEST_CASE("signs of other languages are told, every one, and read as what they mean") {
    const Parsed p = parsed("define d = a == 1 && b != 2 || !c");
    CHECK(p.places() == Places{"PW0109 at 1:14", "PW0109 at 1:19", "PW0109 at 1:24",
                               "PW0109 at 1:29", "PW0109 at 1:32"});
}

TEST_CASE("the missing `end` is told where it is missing, and the next declaration is read") {
    CHECK(parsed("entity a\n  b text\n\nentity c\n  d text\nend\n").places() ==
          Places{"PW0104 at 3:1"});
    CHECK(parsed("entity a\n  b text\n\nentity c\n  d text\nend\n").tree.declarations.size() == 1);
    const Parsed inner = parsed(
        "rule r\n  when e\n  then\n    if a then\n      stop\n    \n    set a.b to 1\n"
        "  once per e\nend\n");
    CHECK(inner.places() == Places{"PW0104 at 6:5"});
    CHECK(parsed("rule r when e then stop").places().size() == 1);
}

TEST_CASE("without indentation a field may be called like a declaration") {
    const Parsed p = parsed("entity a\nevent text\nrule int\nend");
    CHECK(p.only<EntityDeclaration>().fields.size() == 2);
}

TEST_CASE("files are read in the order of their paths, others than .pawl only where named") {
    const Parsed p = parsed({{"z.pawl", "setting z = 1"},
                             {"a.pawl", "template sms t (x: text) body file \"t/t.txt\" end"},
                             {"t/t.txt", "Hello {{x}}\n{{if x is \"a\"}}\n  yes\n{{end}}\nbye"},
                             {"notes.md", "rule broken"}});
    REQUIRE(p.places().empty());
    REQUIRE(p.tree.declarations.size() == 2);
    const auto& form = std::get<TemplateDeclaration>(p.tree.declarations[0].form);
    const auto& nodes = form.parts.at(0).nodes;
    REQUIRE(nodes.size() == 5);
    CHECK(std::get<TextPiece>(nodes[0].form).text == "Hello ");
    // A tag alone on its line takes the line's break with it.
    CHECK(std::get<TextPiece>(nodes[2].form).text == "\n");
    const auto& branch = std::get<TemplateIf>(nodes[3].form).branches.at(0);
    CHECK(std::get<TextPiece>(branch.body.at(0).form).text == "  yes\n");
    CHECK(std::get<TextPiece>(nodes[4].form).text == "bye");
    // Places in it are places of that file.
    const ExpressionIndex x = std::get<TextPiece>(nodes[1].form).expression;
    CHECK(p.text(p.tree.at(x).span) == "x");
    CHECK(p.sources.file(p.tree.at(x).span.file).path() == "t/t.txt");
}

TEST_CASE("a mistake in a template's file is placed there, and what follows is read") {
    const Parsed p = parsed({{"a.pawl", "template sms t body file \"t.txt\" end\nsetting z = 1"},
                             {"t.txt", "Hello\n{{if }}"}});
    CHECK(p.places() == Places{"PW0103 at 2:6"});
    CHECK(p.sources.file(p.mistakes[0].span.file).path() == "t.txt");
    CHECK(p.tree.declarations.size() == 1);
}

TEST_CASE("a path that leaves the rulebook is refused before it is looked for") {
    for (const char* path : {"../x.md", "/etc/passwd", "a/../../x.md", "..", "a\\\\x.md"}) {
        const Parsed p =
            parsed({{"a.pawl", "template sms t body file \"" + std::string(path) + "\" end"},
                    {"../x.md", "secret"}});
        INFO(path);
        CHECK(p.places() == Places{"PW0120 at 1:26"});
    }
}

TEST_CASE("an expression alone is read for eval") {
    SourceSet sources;
    const FileIndex good = sources.add("good", " 1 + a.b # done");
    const FileIndex bad = sources.add("bad", "1 + ");
    const FileIndex more = sources.add("more", "1 2");
    std::vector<Diagnostic> mistakes;
    CHECK_FALSE(is_none(parse_expression(sources, good, mistakes).expression));
    CHECK(mistakes.empty());
    CHECK(is_none(parse_expression(sources, bad, mistakes).expression));
    CHECK(is_none(parse_expression(sources, more, mistakes).expression));
    CHECK(mistakes.size() == 2);
}

TEST_CASE("numbers, dates and durations keep what was written") {
    const Parsed p = parsed(
        "define d = [1, 2.50, 1h30min, 3mo, 2026-12-25, 09:00, 2026-03-02T09:00, 50000   KES, "
        "1..8, true, missing]");
    const auto& list = std::get<ListLiteral>(p.tree.at(p.only<DefineDeclaration>().value).form);
    const std::vector<std::pair<LiteralKind, std::string>> expected = {
        {LiteralKind::integer, "1"},
        {LiteralKind::number, "2.50"},
        {LiteralKind::duration, "1h30min"},
        {LiteralKind::duration, "3mo"},
        {LiteralKind::date, "2026-12-25"},
        {LiteralKind::time, "09:00"},
        {LiteralKind::datetime, "2026-03-02T09:00"},
        {LiteralKind::money, "50000 KES"}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto& literal = std::get<Literal>(p.tree.at(list.items.at(i)).form);
        CHECK(literal.kind == expected[i].first);
        CHECK(literal.text == expected[i].second);
    }
    CHECK(std::holds_alternative<RangeExpression>(p.tree.at(list.items.at(8)).form));
}
