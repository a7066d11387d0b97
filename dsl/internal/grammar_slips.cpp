#include <array>

#include "dsl/internal/grammar_base.h"

// Signs that other languages write for what Pawl says in words: each is reported with its mend and
// then read as what it means, so that the rest of the declaration is looked at too.

namespace pawl::dsl::grammar {

namespace {

bool read_foreign(Input& in, Builder& b, std::string_view sign, std::string_view word) {
    if (!std::string_view(in.current(), in.size()).starts_with(sign)) return false;
    b.report({DiagnosticCode::foreign_operator, b.span(in.current(), in.current() + sign.size()),
              "`" + std::string(sign) + "` is written `" + std::string(word) + "` here",
              "write `" + std::string(word) + "`"});
    in.bump(sign.size());
    skip_space(in, b);
    return true;
}

bool read_foreign(Input& in, Builder& b, std::string_view sign, std::string_view word,
                  BinaryOperator op) {
    const char* const begin = in.current();
    if (!read_foreign(in, b, sign, word)) return false;
    b.push(b.span(begin, begin + sign.size()), OperatorPart{op}, Tag::kind);
    return true;
}

}  // namespace

bool match_foreign_is(Input& in, Builder& b) {
    return read_foreign(in, b, "===", "is", BinaryOperator::is) ||
           read_foreign(in, b, "==", "is", BinaryOperator::is) ||
           read_foreign(in, b, "!=", "is not", BinaryOperator::is_not) ||
           read_foreign(in, b, "<>", "is not", BinaryOperator::is_not) ||
           read_foreign(in, b, "=", "is", BinaryOperator::is);
}
bool match_foreign_and(Input& in, Builder& b) {
    return read_foreign(in, b, "&&", "and", BinaryOperator::and_);
}
bool match_foreign_or(Input& in, Builder& b) {
    return read_foreign(in, b, "||", "or", BinaryOperator::or_);
}
bool match_foreign_not(Input& in, Builder& b) {
    if (std::string_view(in.current(), in.size()).starts_with("!=")) return false;
    return read_foreign(in, b, "!", "not");
}

bool match_no_chain(Input& in, Builder& b) {
    constexpr std::array<std::string_view, 5> words = {"is", "in", "contains", "matches",
                                                       "between"};
    const std::uint32_t at = b.offset(in.current());
    const std::string_view next = b.word_at(at);
    bool is_comparison = false;
    for (const std::string_view word : words) is_comparison = is_comparison || word == next;
    if (!in.empty() && next.empty()) {
        const char c = in.peek_char();
        is_comparison = c == '<' || c == '>' || c == '=';
    }
    if (!is_comparison) return true;
    const std::string sign = next.empty() ? std::string(1, in.peek_char()) : std::string(next);
    b.fail({DiagnosticCode::chained_comparison,
            b.span(at, at + static_cast<std::uint32_t>(sign.size())),
            "`" + sign + "` compares the answer of a comparison; each comparison stands for itself",
            "join two with `and`: `a < b and b < c`"});
}

bool match_as_and_at(Input&, Builder& b) { return b.takes_as_and_at; }
bool match_each(Input& in, Builder& b) { return match_word(in, b, "each"); }
bool match_space(Input& in, Builder& b) {
    skip_space(in, b);
    return true;
}

}  // namespace pawl::dsl::grammar
