#pragma once

#include <tao/pegtl/ascii.hpp>
#include <tao/pegtl/config.hpp>
#include <tao/pegtl/memory_input.hpp>
#include <tao/pegtl/normal.hpp>
#include <tao/pegtl/nothing.hpp>
#include <tao/pegtl/parse.hpp>
#include <tao/pegtl/rules.hpp>
#include <tao/pegtl/type_list.hpp>

#include "dsl/internal/builder.h"
#include "dsl/internal/keyword.h"

// What the grammar's files share: PEGTL's input and the rules of our own that join its rules to the
// Builder. Conventions: a rule eats the white space behind it, never before it; after the word that
// tells what is meant, everything is `need`ed, so that no alternative is read far and given up.

namespace pawl::dsl::grammar {

namespace p = tao::pegtl;

// Lazy: places are byte offsets, no line is counted while reading.
using Input = p::memory_input<p::tracking_mode::lazy, p::eol::lf, const char*>;

// A text as a template argument.
template <std::size_t Size>
struct Fixed {
    char text[Size] = {};
    constexpr Fixed(const char (&from)[Size]) {  // NOLINT: a literal is one
        for (std::size_t i = 0; i < Size; ++i) text[i] = from[i];
    }
    constexpr std::string_view view() const { return {text, Size - 1}; }
};

// White space and comments.
void skip_space(Input& in, Builder& b);

// ---- The rules of our own, in PEGTL's form -----------------------------------------------------

#define PAWL_MATCH                                                                 \
    template <p::apply_mode A, p::rewind_mode M, template <class...> class Action, \
              template <class...> class Control>                                   \
    static bool match

// `need<>` raises through this control, as PEGTL's must<> does; what is due there is part of the
// rule, so none can be without its words. Nothing else of a control is used.
template <class Rule>
struct control : p::normal<Rule> {
    static constexpr bool enable = false;
    [[noreturn]] static void raise(const Input& in, Builder& b) {
        Rule::refuse(b, b.offset(in.current()));
    }
};

template <Fixed Expected, class... Rules>
struct due : p::seq<Rules...> {
    [[noreturn]] static void refuse(Builder& b, std::uint32_t at) { b.refuse(at, Expected.view()); }
};
template <Fixed Expected, class... Rules>
struct due_in_block : p::seq<Rules...> {
    [[noreturn]] static void refuse(Builder& b, std::uint32_t at) {
        b.refuse_in_block(at, Expected.view());
    }
};
// The rules, or a mistake: "found `x` where <Expected> is due".
template <Fixed Expected, class... Rules>
struct need : p::must<due<Expected, Rules...>> {};
// The same where a block could go on: a missing `end` shows itself here.
template <Fixed Expected, class... Rules>
struct need_in_block : p::must<due_in_block<Expected, Rules...>> {};

bool match_word(Input& in, Builder& b, std::string_view word);
bool match_sign(Input& in, Builder& b, std::string_view sign);

// A word of the language; no other name goes on behind it.
template <Fixed Word>
struct word {
    static_assert(is_keyword(Word.view()), "a word that dsl/keyword.def does not have");
    using rule_t = word;
    using subs_t = p::empty_list;
    PAWL_MATCH(Input& in, Builder& b) { return match_word(in, b, Word.view()); }
};
// A word that begins, goes on with or closes a block: comments find their place by it.
template <Fixed Word>
struct block_word {
    static_assert(is_keyword(Word.view()), "a word that dsl/keyword.def does not have");
    using rule_t = block_word;
    using subs_t = p::empty_list;
    PAWL_MATCH(Input& in, Builder& b) {
        const std::uint32_t begin = b.offset(in.current());
        if (!match_word(in, b, Word.view())) return false;
        b.note_block_word(begin, begin + static_cast<std::uint32_t>(Word.view().size()));
        return true;
    }
};
template <Fixed Sign>
struct sign {
    using rule_t = sign;
    using subs_t = p::empty_list;
    PAWL_MATCH(Input& in, Builder& b) { return match_sign(in, b, Sign.view()); }
};

// One rule whose body is a function of another file; false leaves the input where it was.
template <bool (*Match)(Input&, Builder&)>
struct gate {
    using rule_t = gate;
    using subs_t = p::empty_list;
    PAWL_MATCH(Input& in, Builder& b) { return Match(in, b); }
};

// The rules' parts become what `Build` makes of them. Its span ends where the last word ends.
template <void (*Build)(Builder&, Parts&), class... Rules>
struct node {
    using rule_t = node;
    using subs_t = p::type_list<p::seq<Rules...>>;
    PAWL_MATCH(Input& in, Builder& b) {
        const Builder::Mark mark = b.mark();
        const std::uint32_t begin = b.offset(in.current());
        using sequence = p::seq<Rules...>;
        if (!Control<sequence>::template match<A, p::rewind_mode::required, Action, Control>(in,
                                                                                             b)) {
            b.rewind(mark);
            return false;
        }
        b.close(mark.parts, b.span_up_to(begin, b.offset(in.current())), Build);
        return true;
    }
};
// The same with the part before it as its first: for what follows a value.
template <void (*Build)(Builder&, Parts&), class... Rules>
struct extend {
    using rule_t = extend;
    using subs_t = p::type_list<p::seq<Rules...>>;
    PAWL_MATCH(Input& in, Builder& b) {
        const Builder::Mark mark = b.mark();
        using sequence = p::seq<Rules...>;
        if (!Control<sequence>::template match<A, p::rewind_mode::required, Action, Control>(in,
                                                                                             b)) {
            b.rewind(mark);
            return false;
        }
        const std::uint32_t begin = b.part(mark.parts - 1).span.begin;
        b.close(mark.parts - 1, b.span_up_to(begin, b.offset(in.current())), Build);
        return true;
    }
};
// The same without parts of its own: the parts stay, each with this tag where it has none.
template <Tag Of, class... Rules>
struct tagged {
    using rule_t = tagged;
    using subs_t = p::type_list<p::seq<Rules...>>;
    PAWL_MATCH(Input& in, Builder& b) {
        const Builder::Mark mark = b.mark();
        using sequence = p::seq<Rules...>;
        if (!Control<sequence>::template match<A, p::rewind_mode::required, Action, Control>(in,
                                                                                             b)) {
            b.rewind(mark);
            return false;
        }
        b.tag_since(mark.parts, Of);
        return true;
    }
};
// Leaves a part that says no more than that the rules were there.
template <Tag Of, class... Rules>
struct flag {
    using rule_t = flag;
    using subs_t = p::type_list<p::seq<Rules...>>;
    PAWL_MATCH(Input& in, Builder& b) {
        const Builder::Mark mark = b.mark();
        const std::uint32_t begin = b.offset(in.current());
        using sequence = p::seq<Rules...>;
        if (!Control<sequence>::template match<A, p::rewind_mode::required, Action, Control>(in,
                                                                                             b)) {
            b.rewind(mark);
            return false;
        }
        b.rewind(mark);
        b.push_flag(b.span_up_to(begin, b.offset(in.current())), Of);
        return true;
    }
};
// Looks ahead, and leaves nothing behind.
template <class... Rules>
struct ahead {
    using rule_t = ahead;
    using subs_t = p::type_list<p::seq<Rules...>>;
    PAWL_MATCH(Input& in, Builder& b) {
        const Builder::Mark mark = b.mark();
        const char* const begin = in.current();
        using sequence = p::seq<Rules...>;
        const bool found =
            Control<sequence>::template match<A, p::rewind_mode::required, Action, Control>(in, b);
        b.rewind(mark);
        in.iterator() = begin;
        return found;
    }
};
template <class... Rules>
struct not_ahead {
    using rule_t = not_ahead;
    using subs_t = p::type_list<ahead<Rules...>>;
    PAWL_MATCH(Input& in, Builder& b) {
        return !ahead<Rules...>::template match<A, M, Action, Control>(in, b);
    }
};
// One level deeper inside an expression, or inside a block.
template <class... Rules>
struct deeper {
    using rule_t = deeper;
    using subs_t = p::type_list<p::seq<Rules...>>;
    PAWL_MATCH(Input& in, Builder& b) {
        const Builder::Nesting nesting(b, b.offset(in.current()), Builder::Depth::expression);
        using sequence = p::seq<Rules...>;
        return Control<sequence>::template match<A, M, Action, Control>(in, b);
    }
};
template <class... Rules>
struct deeper_block {
    using rule_t = deeper_block;
    using subs_t = p::type_list<p::seq<Rules...>>;
    PAWL_MATCH(Input& in, Builder& b) {
        const Builder::Nesting nesting(b, b.offset(in.current()), Builder::Depth::block);
        using sequence = p::seq<Rules...>;
        return Control<sequence>::template match<A, M, Action, Control>(in, b);
    }
};
// A word that opens a block, which `block_end` closes: for messages about a missing `end`.
template <Fixed Word>
struct opens {
    using rule_t = opens;
    using subs_t = p::empty_list;
    PAWL_MATCH(Input& in, Builder& b) {
        const std::uint32_t begin = b.offset(in.current());
        if (!match_word(in, b, Word.view())) return false;
        b.open_block(Word.view(), begin, begin + static_cast<std::uint32_t>(Word.view().size()));
        return true;
    }
};
bool match_block_end(Input& in, Builder& b);
bool match_item(Input& in, Builder& b);
bool match_statement_item(Input& in, Builder& b);
using block_end = gate<match_block_end>;
// Stands before each item of a block. False where another declaration begins.
using item = gate<match_item>;
using statement_item = gate<match_statement_item>;
// `end`, which nothing else may stand for.
template <Fixed Fits>
struct closed : need_in_block<Fits, block_end> {};

// ---- Names -------------------------------------------------------------------------------------

bool match_name(Input& in, Builder& b);         // an unreserved word, or any in back quotes
bool match_member_name(Input& in, Builder& b);  // any word: stands after a dot
bool match_dotted_name(Input& in, Builder& b);  // mpesa.stk_callback as one Name
bool match_any_word(Input& in, Builder& b);     // reserved ones too
bool match_plain_text(Input& in, Builder& b);   // "…" without expressions
bool match_zone_name(Input& in, Builder& b);    // Africa/Nairobi, as one Name
bool match_size(Input& in, Builder& b);         // 50ms, 8MB, as one Name
bool match_same_line(Input& in, Builder& b);    // no line break before what comes
struct name : gate<match_name> {};
struct member_name : gate<match_member_name> {};
struct dotted_name : gate<match_dotted_name> {};
struct any_word : gate<match_any_word> {};
struct plain_text : gate<match_plain_text> {};
struct zone_name : gate<match_zone_name> {};
struct size : gate<match_size> {};
struct same_line : gate<match_same_line> {};

// Signs of other languages, reported and read as what they mean there.
bool match_foreign_is(Input& in, Builder& b);   // = == != <>
bool match_foreign_and(Input& in, Builder& b);  // &&
bool match_foreign_or(Input& in, Builder& b);   // ||
bool match_foreign_not(Input& in, Builder& b);  // !
bool match_no_chain(Input& in, Builder& b);     // refuses a comparison behind one
bool match_as_and_at(Input& in, Builder& b);    // where they belong to the value before them
bool match_each(Input& in, Builder& b);
bool match_space(Input& in, Builder& b);

struct comma : sign<","> {};

// One or more with commas between. `Expected` is what is due after a comma.
template <Fixed Expected, class Rule>
struct list : p::seq<Rule, p::star<comma, need<Expected, Rule>>> {};
// The same where the first is due too.
template <Fixed Expected, class Rule>
struct need_list : p::seq<need<Expected, Rule>, p::star<comma, need<Expected, Rule>>> {};

// ---- The gates between the grammar's files -----------------------------------------------------

bool match_expression(Input& in, Builder& b);     // whole: conditions, comprehensions
bool match_operand(Input& in, Builder& b);        // without comparisons, `and` and `or`
bool match_plain_operand(Input& in, Builder& b);  // the same where `as` and `at` are the trigger's
bool match_path(Input& in, Builder& b);           // project.client.email: names and dots
bool match_literal(Input& in, Builder& b);
bool match_zone(Input& in, Builder& b);  // Africa/Nairobi or account.timezone, as a value
bool match_text(Input& in, Builder& b);
bool match_call(Input& in, Builder& b);        // name(arguments)
bool match_query_tail(Input& in, Builder& b);  // where … order by …, each or none
bool match_type(Input& in, Builder& b);
bool match_optional_type(Input& in, Builder& b);   // with a `?` behind it where there is one
bool match_parameters(Input& in, Builder& b);      // (name: type, …)
bool match_parameter_list(Input& in, Builder& b);  // without the brackets
bool match_arguments(Input& in, Builder& b);       // (name: value, value, …)
bool match_with_fields(Input& in, Builder& b);     // name: value, name: value
bool match_fields(Input& in, Builder& b);          // name type … of entities, events, records
bool match_one_field(Input& in, Builder& b);       // one of them
bool match_statements(Input& in, Builder& b);      // a Block; may be empty
bool match_statement(Input& in, Builder& b);
bool match_set_list(Input& in, Builder& b);  // a to b, c to d because …: the parts of a set
bool match_clear_list(Input& in, Builder& b);
bool match_steered(Input& in, Builder& b);       // a journey `for` a record
bool match_steered_step(Input& in, Builder& b);  // step name(…) of a journey `for` a record
bool match_loop_head(Input& in, Builder& b);     // x in E where …, of `for each`
bool match_triggers(Input& in, Builder& b);      // when …, every …
bool match_guards(Input& in, Builder& b);
bool match_weekdays(Input& in, Builder& b);  // monday, friday, weekdays: names
bool match_retry(Input& in, Builder& b);     // 3 times from 1s up to 1min, after its word
bool match_rule(Input& in, Builder& b);      // a rule, flow or journey
bool match_test(Input& in, Builder& b);
bool match_template_text(Input& in, Builder& b);  // "…" with tags, as template nodes
bool match_declaration(Input& in, Builder& b);

struct expression : gate<match_expression> {};
struct operand : gate<match_operand> {};
struct plain_operand : gate<match_plain_operand> {};
struct path : gate<match_path> {};
struct literal : gate<match_literal> {};
struct zone : gate<match_zone> {};
struct text : gate<match_text> {};
struct call : gate<match_call> {};
struct query_tail : gate<match_query_tail> {};
struct type : gate<match_type> {};
struct optional_type : gate<match_optional_type> {};
struct parameters : gate<match_parameters> {};
struct parameter_list : gate<match_parameter_list> {};
struct arguments : gate<match_arguments> {};
struct with_fields : gate<match_with_fields> {};
struct fields : gate<match_fields> {};
struct one_field : gate<match_one_field> {};
struct statements : gate<match_statements> {};
struct statement : gate<match_statement> {};
struct set_list : gate<match_set_list> {};
struct clear_list : gate<match_clear_list> {};
struct steered : gate<match_steered> {};
struct steered_step : gate<match_steered_step> {};
struct loop_head : gate<match_loop_head> {};
struct triggers : gate<match_triggers> {};
struct guards : gate<match_guards> {};
struct weekdays : gate<match_weekdays> {};
struct retry : gate<match_retry> {};
struct template_text : gate<match_template_text> {};

// The rule as the body of a gate.
template <class Rule>
bool run(Input& in, Builder& b) {
    const Builder::Mark mark = b.mark();
    if (control<Rule>::template match<p::apply_mode::nothing, p::rewind_mode::required, p::nothing,
                                      control>(in, b))
        return true;
    b.rewind(mark);
    return false;
}

}  // namespace pawl::dsl::grammar
