#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <tao/pegtl/contrib/analyze.hpp>

#include "base/limits.h"
#include "dsl/internal/builder_declarations.h"
#include "dsl/internal/builder_expressions.h"
#include "dsl/internal/builder_statements.h"
#include "dsl/internal/builder_triggers.h"
#include "dsl/internal/grammar_base.h"

// PEGTL's own analysis of the grammar: no rule may come back to itself, and no repetition go round,
// without having read something. It needs the rules as types, which the grammar's files keep to
// themselves: so each of them is read here once more, in a namespace of its own, with a `run` that
// makes no code of them.

#define PAWL_GRAMMAR_FILE_BEGINS(file)                 \
    namespace file::pawl::dsl::grammar {               \
    using namespace ::pawl;               /* NOLINT */ \
    using namespace ::pawl::dsl;          /* NOLINT */ \
    using namespace ::pawl::dsl::grammar; /* NOLINT */ \
    template <class Rule>                              \
    bool run(Input&, Builder&) {                       \
        return false;                                  \
    }                                                  \
    }

PAWL_GRAMMAR_FILE_BEGINS(of_declarations)
namespace of_declarations {
#include "dsl/internal/grammar_declarations.cpp"
}
PAWL_GRAMMAR_FILE_BEGINS(of_expressions)
namespace of_expressions {
#include "dsl/internal/grammar_expressions.cpp"
}
PAWL_GRAMMAR_FILE_BEGINS(of_literals)
namespace of_literals {
#include "dsl/internal/grammar_literals.cpp"
}
PAWL_GRAMMAR_FILE_BEGINS(of_rules)
namespace of_rules {
#include "dsl/internal/grammar_rules.cpp"
}
PAWL_GRAMMAR_FILE_BEGINS(of_statements)
namespace of_statements {
#include "dsl/internal/grammar_statements.cpp"
}
PAWL_GRAMMAR_FILE_BEGINS(of_tests)
namespace of_tests {
#include "dsl/internal/grammar_tests.cpp"
}
PAWL_GRAMMAR_FILE_BEGINS(of_triggers)
namespace of_triggers {
#include "dsl/internal/grammar_triggers.cpp"
}
PAWL_GRAMMAR_FILE_BEGINS(of_types)
namespace of_types {
#include "dsl/internal/grammar_types.cpp"
}

namespace pawl::dsl::grammar {

// What a gate leads to: a rule, where its function runs one. A rule of the characters it reads
// stands for a function that is written out, and `p::success` for one that may read nothing.
template <bool (*Match)(Input&, Builder&)>
struct behind {
    using rule = p::success;
};

#define PAWL_BEHIND(function, ...) \
    template <>                    \
    struct behind<function> {      \
        using rule = __VA_ARGS__;  \
    };

PAWL_BEHIND(match_name, p::any)
PAWL_BEHIND(match_member_name, p::any)
PAWL_BEHIND(match_any_word, p::any)
PAWL_BEHIND(match_dotted_name, p::any)
PAWL_BEHIND(match_plain_text, p::any)
PAWL_BEHIND(match_text, p::seq<p::any, p::star<expression>>)
PAWL_BEHIND(match_template_text, p::seq<p::any, p::star<expression>>)
PAWL_BEHIND(match_zone_name, p::any)
PAWL_BEHIND(match_size, p::any)
PAWL_BEHIND(match_block_end, p::any)
PAWL_BEHIND(match_foreign_is, p::any)
PAWL_BEHIND(match_foreign_and, p::any)
PAWL_BEHIND(match_foreign_or, p::any)
PAWL_BEHIND(match_foreign_not, p::any)
PAWL_BEHIND(match_each, p::any)

namespace declarations = of_declarations::pawl::dsl::grammar;
namespace expressions = of_expressions::pawl::dsl::grammar;
namespace statements_ = of_statements::pawl::dsl::grammar;
namespace triggers_ = of_triggers::pawl::dsl::grammar;
namespace types = of_types::pawl::dsl::grammar;

PAWL_BEHIND(match_rule, of_rules::pawl::dsl::grammar::any_of_them)
PAWL_BEHIND(match_test, of_tests::pawl::dsl::grammar::test)
PAWL_BEHIND(match_declaration,
            p::sor<gate<match_rule>, declarations::any_declaration, gate<match_test>>)
PAWL_BEHIND(match_expression, expressions::whole)
PAWL_BEHIND(match_operand, deeper<expressions::value>)
PAWL_BEHIND(match_plain_operand, deeper<expressions::value>)
PAWL_BEHIND(match_zone, p::sor<zone_name, operand>)
PAWL_BEHIND(match_path, expressions::plain_path)
PAWL_BEHIND(match_call, p::sor<expressions::secret_call, expressions::plain_call>)
PAWL_BEHIND(match_query_tail, expressions::tail)
PAWL_BEHIND(match_loop_head, expressions::head)
PAWL_BEHIND(match_arguments, expressions::argument_list)
PAWL_BEHIND(match_with_fields, list<"another field after the comma", expressions::with_field>)
PAWL_BEHIND(match_literal, of_literals::pawl::dsl::grammar::any_literal)
PAWL_BEHIND(match_statement, deeper_block<statements_::any_statement>)
PAWL_BEHIND(match_statements, statements_::block)
PAWL_BEHIND(match_set_list, statements_::set_items)
PAWL_BEHIND(match_clear_list, statements_::clear_items)
PAWL_BEHIND(match_retry, statements_::retry_times)
PAWL_BEHIND(match_triggers, triggers_::all_triggers)
PAWL_BEHIND(match_guards, triggers_::all_guards)
PAWL_BEHIND(match_weekdays, triggers_::weekday_names)
PAWL_BEHIND(match_type, types::type_form)
PAWL_BEHIND(match_optional_type, types::type_or_none)
PAWL_BEHIND(match_parameters, types::in_brackets)
PAWL_BEHIND(match_parameter_list, types::all_parameters)
PAWL_BEHIND(match_fields, types::field_list)
PAWL_BEHIND(match_one_field, types::field)

// Rules that the test below must find fault with.
struct goes_round : p::star<gate<match_item>> {};
struct begins_with_itself : p::sor<p::seq<gate<match_space>, begins_with_itself>, name> {};

}  // namespace pawl::dsl::grammar

namespace tao::pegtl {

namespace g = ::pawl::dsl::grammar;

template <class Name, bool (*Match)(g::Input&, ::pawl::dsl::Builder&)>
struct analyze_traits<Name, g::gate<Match>> : analyze_seq_traits<typename g::behind<Match>::rule> {
};
template <class Name, g::Fixed Word>
struct analyze_traits<Name, g::word<Word>> : analyze_any_traits<> {};
template <class Name, g::Fixed Word>
struct analyze_traits<Name, g::block_word<Word>> : analyze_any_traits<> {};
template <class Name, g::Fixed Word>
struct analyze_traits<Name, g::opens<Word>> : analyze_any_traits<> {};
template <class Name, g::Fixed Sign>
struct analyze_traits<Name, g::sign<Sign>> : analyze_any_traits<> {};
template <class Name, void (*Build)(::pawl::dsl::Builder&, ::pawl::dsl::Parts&), class... Rules>
struct analyze_traits<Name, g::node<Build, Rules...>> : analyze_seq_traits<Rules...> {};
template <class Name, void (*Build)(::pawl::dsl::Builder&, ::pawl::dsl::Parts&), class... Rules>
struct analyze_traits<Name, g::extend<Build, Rules...>> : analyze_seq_traits<Rules...> {};
template <class Name, ::pawl::dsl::Tag Of, class... Rules>
struct analyze_traits<Name, g::tagged<Of, Rules...>> : analyze_seq_traits<Rules...> {};
template <class Name, ::pawl::dsl::Tag Of, class... Rules>
struct analyze_traits<Name, g::flag<Of, Rules...>> : analyze_seq_traits<Rules...> {};
template <class Name, class... Rules>
struct analyze_traits<Name, g::deeper<Rules...>> : analyze_seq_traits<Rules...> {};
template <class Name, class... Rules>
struct analyze_traits<Name, g::deeper_block<Rules...>> : analyze_seq_traits<Rules...> {};
// They look ahead: whatever they read is given back.
template <class Name, class... Rules>
struct analyze_traits<Name, g::ahead<Rules...>> : analyze_opt_traits<Rules...> {};
template <class Name, class... Rules>
struct analyze_traits<Name, g::not_ahead<Rules...>> : analyze_opt_traits<Rules...> {};

}  // namespace tao::pegtl

TEST_CASE("PEGTL's analysis finds no rule of the grammar that goes round without reading") {
    using namespace pawl::dsl::grammar;
    CHECK(p::analyze<gate<match_declaration>>() == 0);
    CHECK(p::analyze<expression>() == 0);

    // And it would: -1 keeps it from printing what it finds.
    CHECK(p::analyze<goes_round>(-1) > 0);
    CHECK(p::analyze<begins_with_itself>(-1) > 0);
}
