#include "dsl/internal/builder_declarations.h"
#include "dsl/internal/builder_statements.h"
#include "dsl/internal/grammar_base.h"

// Tests that live beside rules.

namespace pawl::dsl::grammar {

namespace {

struct with
    : p::opt<word<"with">, tagged<Tag::with, need<"a field's name after `with`", with_fields>>> {};
struct times : p::opt<ahead<literal, word<"times">>, tagged<Tag::times, literal>, word<"times">> {};
struct needed_name : tagged<Tag::name, need<"a name", name>> {};

struct given_now
    : node<build_given_now, ahead<word<"given">, word<"now">>, word<"given">, word<"now">,
           tagged<Tag::value, need<"a moment, such as `2026-03-02T09:00`,", literal>>> {};
struct given_setting
    : node<build_given_setting, ahead<word<"given">, word<"setting">, name, sign<"=">>,
           word<"given">, word<"setting">, needed_name, sign<"=">,
           tagged<Tag::value, need<"a value after `=`", operand>>> {};
struct given_record : node<build_given_record, word<"given">,
                           p::opt<ahead<name, sign<"=">>, tagged<Tag::name, name>, sign<"=">>,
                           tagged<Tag::entity, need<"`now`, `setting` or an entity", name>>, with> {
};

template <class... Words>
struct verb : tagged<Tag::verb, ahead<p::sor<Words...>>, any_word> {};
struct sets : p::seq<verb<word<"sets">, word<"overrides">>, need<"what is set", set_list>> {};
struct clears : p::seq<verb<word<"clears">>, need<"what is cleared", clear_list>> {};
struct creates : p::seq<verb<word<"creates">>, tagged<Tag::entity, need<"an entity", name>>, with> {
};
struct deletes : p::seq<verb<word<"deletes">>, tagged<Tag::value, need<"a record", operand>>> {};
struct requests : p::seq<verb<word<"requests">>, needed_name, with> {};
struct answers : p::seq<verb<word<"answers">>,
                        tagged<Tag::name, need<"the answer: `approved` or `refused`", any_word>>> {
};
struct journey : need<"`journey` and its name", word<"journey">> {};
struct starts : p::seq<verb<word<"starts">, word<"stops">>, journey, steered> {};
struct pauses
    : p::seq<verb<word<"pauses">>, steered,
             p::opt<word<"until">, tagged<Tag::until, need<"a date after `until`", operand>>>> {};
struct resumes : p::seq<verb<word<"resumes">>, steered> {};
struct shifts : p::seq<verb<word<"shifts">>, steered, need<"`by` and a duration", word<"by">>,
                       tagged<Tag::until, need<"a duration after `by`", operand>>> {};
struct skips : p::seq<verb<word<"skips">, word<"triggers">>, steered_step> {};
struct steers : p::sor<starts, pauses, resumes, shifts, skips> {};
struct when : node<build_when, word<"when">,
                   tagged<Tag::subject, need<"an event, or who acts", dotted_name>>,
                   p::sor<sets, clears, creates, deletes, requests, answers, steers, with>> {};

struct after : node<build_after, word<"after">, tagged<Tag::value, need<"a duration", operand>>> {};

// `expect email …` expects an effect; whatever else begins a condition.
struct effect_word
    : p::sor<word<"email">, word<"whatsapp">, word<"sms">, word<"dashboard">, word<"alert">,
             word<"call">, word<"notify">, word<"log">, word<"run">, word<"event">> {};
struct operator_word
    : p::sor<word<"is">, word<"and">, word<"or">, word<"not">, word<"in">, word<"contains">,
             word<"between">, p::one<'.', '(', '<', '>', '=', '+', '-', '*', '/'>> {};
struct effect_begins : p::sor<ahead<word<"no">, name>,
                              p::seq<ahead<effect_word>, not_ahead<effect_word, operator_word>>> {};
struct step_word : p::sor<word<"given">, word<"when">, word<"after">, word<"expect">,
                          word<"answer">, word<"fail">, word<"to">, word<"containing">> {};
struct effect_name
    : p::opt<p::opt<word<"of">>, not_ahead<step_word>, tagged<Tag::name, dotted_name>> {};
struct effect
    : node<build_expect_effect, word<"expect">, effect_begins,
           p::opt<flag<Tag::negated, word<"no">>>, tagged<Tag::channel, name>, effect_name,
           p::opt<word<"to">, tagged<Tag::to, need<"a recipient after `to`", operand>>>,
           p::opt<word<"containing">,
                  tagged<Tag::containing, need<"a text after `containing`", operand>>>,
           times> {};
struct condition
    : node<build_expect_condition, word<"expect">,
           tagged<Tag::value,
                  need<"a condition or an effect, such as `email` or `alert`,", expression>>> {};

struct answer : node<build_answer, word<"answer">,
                     tagged<Tag::name, need<"an action's name", dotted_name>>, with> {};
struct fail : node<build_fail, word<"fail">,
                   tagged<Tag::name, need<"the name of an action or a channel", dotted_name>>,
                   need<"`with` and an error's code", word<"with">>,
                   tagged<Tag::code, need<"an error's code", text>>, times> {};

struct step : p::seq<item, p::sor<given_now, given_setting, given_record, when, after, effect,
                                  condition, answer, fail>> {};
struct test
    : node<build_test, opens<"test">, need<"what it shows, in quotes,", plain_text>, p::star<step>,
           closed<"`given`, `when`, `after`, `expect`, `answer`, `fail` or `end`">> {};

}  // namespace

bool match_test(Input& in, Builder& b) { return run<test>(in, b); }

}  // namespace pawl::dsl::grammar
