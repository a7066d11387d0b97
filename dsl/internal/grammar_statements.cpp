#include "dsl/internal/builder_statements.h"
#include "dsl/internal/grammar_base.h"

// What rules, flows and journey steps do.

namespace pawl::dsl::grammar {

namespace {

struct block;

struct because : p::opt<word<"because">,
                        tagged<Tag::because, need<"the reason after `because`", expression>>> {};
struct set_item
    : node<build_set_item,
           tagged<Tag::target, need<"the field to set, such as `project.status`", path>>,
           need<"`to` and the new value", word<"to">>,
           tagged<Tag::value, need<"the new value after `to`", expression>>> {};
struct set_items : p::seq<set_item, p::star<comma, set_item>, because> {};
struct clear_item
    : tagged<Tag::target, need<"the field to clear, such as `project.deadline_at`", path>> {};
struct clear_items : p::seq<clear_item, p::star<comma, clear_item>, because> {};

struct with
    : p::opt<word<"with">, tagged<Tag::with, need<"a field's name after `with`", with_fields>>> {};
struct up_to : p::opt<ahead<word<"up">, word<"to">>, word<"up">, word<"to">,
                      tagged<Tag::up_to, need<"a duration after `up to`", operand>>> {};
struct for_whom : p::seq<need<"`for` and the record", word<"for">>,
                         tagged<Tag::of, need<"the record after `for`", operand>>> {};

// ---- The four forms that give a value ----------------------------------------------------------

struct create_form : node<build_create_form, word<"create">,
                          tagged<Tag::entity, need<"the entity to create", name>>, with> {};
struct find_form : node<build_find_form, word<"find">,
                        need<"`or create` after `find`", word<"or">, word<"create">>,
                        tagged<Tag::entity, need<"the entity to find or create", name>>,
                        need<"`by` and the fields to find it by", word<"by">>,
                        tagged<Tag::by, need<"a field's name after `by`", with_fields>>, with> {};
struct once_as : p::opt<ahead<word<"once">, word<"as">>, word<"once">, word<"as">,
                        tagged<Tag::as, need<"the key after `once as`", operand>>> {};
struct call_form
    : node<
          build_call_form, word<"call">,
          tagged<Tag::action, need<"the name of an action, such as `mpesa.stk_push`", dotted_name>>,
          need<"`(` and the arguments", arguments>, once_as> {};
struct flow_call : p::seq<tagged<Tag::action, need<"the name of a flow", name>>,
                          need<"`(` and the arguments", arguments>> {};
struct run_form : node<build_run_form<false>, word<"run">, flow_call> {};
struct start_form : node<build_run_form<true>, word<"start">, flow_call> {};

struct form_begins
    : p::sor<ahead<word<"create">, name>, ahead<word<"find">, word<"or">>,
             ahead<word<"call">, name>, ahead<p::sor<word<"run">, word<"start">>, name>> {};
struct any_form : p::sor<create_form, find_form, call_form, run_form, start_form> {};
struct let_value : p::sor<p::seq<form_begins, any_form>, expression> {};
struct let : node<build_let, word<"let">, tagged<Tag::name, need<"a name after `let`", name>>,
                  need<"`=` and a value", sign<"=">>,
                  tagged<Tag::value, need<"a value after `=`", let_value>>> {};

// ---- Changes -----------------------------------------------------------------------------------

struct set : node<build_set, word<"set">, set_items> {};
struct clear : node<build_clear, word<"clear">, clear_items> {};
struct add
    : node<build_add<false>, word<"add">, tagged<Tag::value, need<"what to add", expression>>,
           need<"`to` and the list", word<"to">>,
           tagged<Tag::target, need<"the list to add to", path>>> {};
struct remove
    : node<build_add<true>, word<"remove">, tagged<Tag::value, need<"what to remove", expression>>,
           need<"`from` and the list", word<"from">>,
           tagged<Tag::target, need<"the list to remove from", path>>> {};
struct form : node<build_form_statement, any_form> {};
struct delete_ : node<build_delete, word<"delete">,
                      tagged<Tag::target, need<"the record to delete", operand>>> {};

// ---- What goes out -----------------------------------------------------------------------------

struct emit : node<build_emit, word<"emit">,
                   tagged<Tag::name, need<"the name of an event", dotted_name>>, with> {};
struct attaching
    : p::opt<word<"attaching">, tagged<Tag::file, need_list<"a file to attach", operand>>> {};
struct send : node<build_send, word<"send">,
                   tagged<Tag::channel, need<"a channel's name, such as `email`", name>>,
                   tagged<Tag::template_, need<"a template's name", name>>,
                   need<"`to` and a recipient", word<"to">>,
                   tagged<Tag::to, need<"a recipient after `to`", operand>>, with, attaching> {};
struct notify : node<build_notify, word<"notify">, tagged<Tag::to, need<"a recipient", operand>>,
                     need<"`of` and a notification", word<"of">>,
                     tagged<Tag::of, need<"a notification's name", name>>, with> {};
struct alert : node<build_alert, word<"alert">,
                    tagged<Tag::to, need<"who is alerted, such as `admins`", operand>>,
                    tagged<Tag::value, need<"the text of the alert", expression>>> {};
struct log : node<build_log, word<"log">, tagged<Tag::value, need<"the text to log", expression>>> {
};

// ---- Waiting -----------------------------------------------------------------------------------

struct as : p::opt<word<"as">, tagged<Tag::as, need<"a name after `as`", name>>> {};
template <class... Words>
struct branch
    : node<build_branch, ahead<p::sor<Words...>>, tagged<Tag::name, any_word>, as, block> {};
struct came_branches : p::star<branch<word<"came">, word<"timeout">>> {};
struct ask_branches : p::star<branch<word<"approved">, word<"refused">, word<"timeout">>> {};
struct wait_where
    : p::opt<word<"where">, tagged<Tag::where, need<"a condition after `where`", expression>>> {};
struct wait_for : node<build_wait_for, ahead<word<"wait">, word<"for">>, opens<"wait">, word<"for">,
                       tagged<Tag::name, need<"the name of an event", dotted_name>>, as, wait_where,
                       up_to, came_branches, closed<"`came`, `timeout`, a statement or `end`">> {};
struct wait_until : node<build_wait, ahead<word<"wait">, word<"until">>, word<"wait">,
                         flag<Tag::until, word<"until">>,
                         tagged<Tag::value, need<"a moment after `until`", operand>>> {};
struct wait : node<build_wait, word<"wait">,
                   tagged<Tag::value, need<"a duration, `until` or `for`", operand>>> {};
struct ask : node<build_ask, opens<"ask">,
                  tagged<Tag::to, need<"who is asked, such as `admins`", operand>>,
                  tagged<Tag::value, need<"the text of the question", expression>>, up_to,
                  ask_branches, closed<"`approved`, `refused`, `timeout`, a statement or `end`">> {
};
struct cancel
    : node<build_cancel, word<"cancel">, need<"`runs of` and a rule", word<"runs">, word<"of">>,
           tagged<Tag::name, need<"the name of a rule", name>>,
           p::opt<not_ahead<word<"for">, word<"each">>, word<"for">,
                  tagged<Tag::of, need<"the record after `for`", operand>>>> {};

// ---- Journeys ----------------------------------------------------------------------------------

struct journey_name : tagged<Tag::name, need<"the name of a journey", name>> {};
struct pause_until
    : p::opt<word<"until">, tagged<Tag::until, need<"a date after `until`", operand>>> {};
struct pause : node<build_journey_statement<JourneyVerb::pause>, word<"pause">, journey_name,
                    for_whom, pause_until> {};
struct resume
    : node<build_journey_statement<JourneyVerb::resume>, word<"resume">, journey_name, for_whom> {};
struct shift : node<build_journey_statement<JourneyVerb::shift>, word<"shift">, journey_name,
                    for_whom, need<"`by` and a duration", word<"by">>,
                    tagged<Tag::until, need<"a duration after `by`", operand>>> {};
struct step_of : p::seq<need<"`step` and a step's name", word<"step">>,
                        tagged<Tag::step, need<"a step's name", name>>, p::opt<arguments>,
                        need<"`of` and a journey", word<"of">>, journey_name, for_whom> {};
struct skip_step : node<build_journey_statement<JourneyVerb::skip_step>, word<"skip">, step_of> {};
struct trigger_step
    : node<build_journey_statement<JourneyVerb::trigger_step>, word<"trigger">, step_of> {};
struct start_journey
    : node<build_journey_statement<JourneyVerb::start>, ahead<word<"start">, word<"journey">>,
           word<"start">, word<"journey">, journey_name, for_whom> {};
struct stop_journey
    : node<build_journey_statement<JourneyVerb::stop>, ahead<word<"stop">, word<"journey">>,
           word<"stop">, word<"journey">, journey_name, for_whom> {};

// ---- Blocks ------------------------------------------------------------------------------------

struct block : node<build_block, p::star<statement_item, statement>> {};
struct then : need<"`then` behind the condition", block_word<"then">> {};
struct condition : tagged<Tag::value, need<"a condition after `if`", expression>> {};
struct first_branch : node<build_conditional, condition, then, block> {};
struct else_if : node<build_conditional, ahead<word<"else">, word<"if">>, block_word<"else">,
                      word<"if">, condition, then, block> {};
struct otherwise : p::opt<block_word<"else">, tagged<Tag::otherwise, block>> {};
struct if_ : node<build_if, opens<"if">, first_branch, p::star<else_if>, otherwise,
                  closed<"a statement, `else` or `end`">> {};
struct for_each
    : node<build_for_each, opens<"for">, need<"`each` after `for`", word<"each">>, loop_head,
           need<"`do` behind the list", block_word<"do">>, block, closed<"a statement or `end`">> {
};
struct next : node<build_next, word<"next">> {};
struct on_failure
    : need_in_block<"a statement or `on failure`", block_word<"on">, word<"failure">> {};
struct try_ : node<build_try, opens<"try">, tagged<Tag::body, block>, on_failure, as,
                   tagged<Tag::fail, block>, closed<"a statement or `end`">> {};

struct retry_times
    : node<build_retry, tagged<Tag::times, need<"how many times", operand>>,
           need<"`times`", word<"times">>,
           p::opt<word<"from">, tagged<Tag::first, need<"the first pause after `from`", operand>>>,
           p::opt<ahead<word<"up">, word<"to">>, word<"up">, word<"to">,
                  tagged<Tag::limit, need<"the longest pause after `up to`", operand>>>> {};
struct retry_statement : node<build_retry_statement, word<"retry">, retry_times> {};
struct stop : node<build_stop, word<"stop">,
                   p::opt<flag<Tag::forget, word<"and">, need<"`forget`", word<"forget">>>>> {};
struct return_ : node<build_return, word<"return">,
                      tagged<Tag::value, need<"the value to return", expression>>> {};

struct any_statement
    : p::sor<let, set, if_, alert, send, notify, start_journey, form, emit, log, stop_journey, stop,
             add, remove, clear, delete_, for_each, next, wait_for, wait_until, wait, ask, cancel,
             pause, resume, shift, skip_step, trigger_step, try_, retry_statement, return_> {};

}  // namespace

bool match_statement(Input& in, Builder& b) { return run<deeper_block<any_statement>>(in, b); }
bool match_statements(Input& in, Builder& b) { return run<block>(in, b); }
bool match_set_list(Input& in, Builder& b) { return run<set_items>(in, b); }
bool match_clear_list(Input& in, Builder& b) { return run<clear_items>(in, b); }
bool match_steered(Input& in, Builder& b) { return run<p::seq<journey_name, for_whom>>(in, b); }
bool match_steered_step(Input& in, Builder& b) { return run<step_of>(in, b); }
bool match_retry(Input& in, Builder& b) { return run<retry_times>(in, b); }

}  // namespace pawl::dsl::grammar
