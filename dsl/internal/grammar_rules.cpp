#include "dsl/internal/builder_declarations.h"
#include "dsl/internal/grammar_base.h"

// Rules, flows and journeys.

namespace pawl::dsl::grammar {

bool match_clause_place(Input& in, Builder& b);

namespace {

struct clause_place : gate<match_clause_place> {};

struct needed_name : tagged<Tag::name, need<"a name", name>> {};
struct title : p::opt<plain_text> {};
struct renamed : p::opt<ahead<word<"renamed">, word<"from">>, word<"renamed">, word<"from">,
                        tagged<Tag::renamed, need<"the name it had", name>>> {};
struct mode : p::opt<tagged<Tag::mode, ahead<p::sor<word<"paused">, word<"draft">>>, any_word>> {};

struct let
    : node<build_clause<ClauseKind::let>, word<"let">,
           tagged<Tag::name, need<"a name after `let`", name>>, need<"`=` and a value", sign<"=">>,
           tagged<Tag::value, need<"a value after `=`", expression>>> {};
struct if_ : node<build_clause<ClauseKind::if_>, word<"if">,
                  tagged<Tag::value, need<"a condition after `if`", expression>>> {};
struct unless : node<build_clause<ClauseKind::unless>, word<"unless">,
                     tagged<Tag::value, need<"a condition after `unless`", expression>>> {};
struct then : need_in_block<"`let`, `if`, `unless` or `then`", block_word<"then">> {};
struct rule : node<build_rule, opens<"rule">, needed_name, title, mode, renamed, clause_place,
                   need_in_block<"a trigger: `when`, `whenever`, `every` or `cron`", triggers>,
                   p::star<clause_place, p::sor<let, if_, unless>>, then, statements, guards,
                   closed<"a statement, a guard such as `once per` or `end`">> {};

struct result : p::opt<sign<"->">, need<"a type after `->`", optional_type>> {};
struct flow : node<build_flow, opens<"flow">, needed_name, p::opt<parameters>, result, statements,
                   closed<"a statement or `end`">> {};

struct catch_up : p::opt<ahead<word<"catch">, word<"up">>, word<"catch">, word<"up">,
                         need<"`within` and a duration", word<"within">>,
                         tagged<Tag::catch_up, need<"a duration after `within`", operand>>> {};
struct step_unless
    : p::opt<word<"unless">, tagged<Tag::unless, need<"a condition after `unless`", expression>>> {
};
struct step_parameters : p::opt<sign<"(">, tagged<Tag::parameters, need_list<"a name", name>>,
                                need<"`,` or `)`", sign<")">>> {};
struct step : node<build_journey_step, opens<"step">, needed_name, step_parameters,
                   p::opt<tagged<Tag::title, text>>, need<"`at` and when it is due", word<"at">>,
                   tagged<Tag::at, need<"when it is due, such as `start + 30d`", operand>>,
                   catch_up, step_unless, statements, closed<"a statement or `end`">> {};
struct items;
struct loop : node<build_journey_loop, opens<"for">, need<"`each` after `for`", word<"each">>,
                   loop_head, need<"`do` behind the list", block_word<"do">>, deeper_block<items>,
                   closed<"`step`, `for each` or `end`">> {};
struct items : p::star<p::sor<step, loop>> {};
struct starts : p::seq<word<"starts">, tagged<Tag::start, need<"the date it starts", operand>>> {};
struct pauses
    : p::seq<word<"pauses">, need<"`while` and a condition", word<"while">>,
             tagged<Tag::while_, need<"a condition after `while`", expression>>,
             p::opt<word<"until">, tagged<Tag::until, need<"a date after `until`", operand>>>> {};
struct journey : node<build_journey, opens<"journey">, needed_name, title,
                      need<"`of` and an entity", word<"of">>,
                      tagged<Tag::of, need<"the entity it accompanies", name>>, renamed,
                      p::star<p::sor<starts, pauses>>, items,
                      closed<"`starts`, `pauses`, `step`, `for each` or `end`">> {};

struct any_of_them : p::sor<rule, flow, journey> {};

}  // namespace

bool match_clause_place(Input& in, Builder& b) {
    const std::uint32_t at = b.offset(in.current());
    if (const std::string_view word = b.word_at(at); word != "then" && !word.empty())
        b.note_clause(at);
    return true;
}

bool match_rule(Input& in, Builder& b) { return run<any_of_them>(in, b); }

}  // namespace pawl::dsl::grammar
