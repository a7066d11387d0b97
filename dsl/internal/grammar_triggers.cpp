#include "dsl/internal/builder_expressions.h"
#include "dsl/internal/builder_triggers.h"
#include "dsl/internal/grammar_base.h"

// What sets a rule off, and the small print that holds it back.

namespace pawl::dsl::grammar {

namespace {

template <Fixed Word>
struct named_word : p::seq<ahead<word<Word>>, any_word> {};

struct dot : p::seq<p::one<'.'>, p::not_at<p::one<'.'>>> {};
struct subject
    : node<build_names, name, p::star<dot, need<"a field's name after the dot", member_name>>> {};
struct within : p::seq<word<"within">,
                       tagged<Tag::within, need<"a duration after `within`", plain_operand>>> {};
struct per : p::seq<word<"per">,
                    tagged<Tag::per, need<"a key after `per`, such as `client`", plain_operand>>> {
};
struct weekday_name : p::sor<named_word<"monday">, named_word<"tuesday">, named_word<"wednesday">,
                             named_word<"thursday">, named_word<"friday">, named_word<"saturday">,
                             named_word<"sunday">, named_word<"weekdays">, named_word<"weekends">> {
};
struct weekday_names : list<"another day after the comma", weekday_name> {};

// ---- Changes of a field, events ----------------------------------------------------------------

struct created
    : p::seq<word<"is">,
             tagged<Tag::verb, need<"`created`, `updated` or `deleted` (for a value: `becomes`)",
                                    p::sor<named_word<"created">, named_word<"updated">,
                                           named_word<"deleted">>>>> {};
struct becomes
    : p::seq<word<"becomes">, tagged<Tag::value, need<"a value after `becomes`", plain_operand>>> {
};
struct changes
    : p::seq<word<"changes">,
             p::opt<word<"from">, tagged<Tag::from, need<"a value after `from`", plain_operand>>>,
             p::opt<word<"to">, tagged<Tag::to, need<"a value after `to`", plain_operand>>>> {};
struct by_at_least : p::opt<word<"by">, need<"`at least`", word<"at">, word<"least">>,
                            tagged<Tag::by, need<"how much", plain_operand>>> {};
struct below
    : p::seq<tagged<Tag::verb, named_word<"drops">>, need<"`below` after `drops`", word<"below">>> {
};
struct above
    : p::seq<ahead<word<"rises">, word<"above">>, tagged<Tag::verb, any_word>, word<"above">> {};
struct crosses
    : p::seq<p::sor<below, above>, tagged<Tag::threshold, need<"a threshold", plain_operand>>,
             by_at_least, p::opt<within>> {};
struct moves
    : p::seq<
          tagged<Tag::verb, p::sor<named_word<"falls">, named_word<"rises">, named_word<"moves">>>,
          need<"`by` (or, with `rises`, `above`)", word<"by">>,
          tagged<Tag::by, need<"how much", plain_operand>>,
          need<"`within` and a duration", within>> {};

// ---- Dates -------------------------------------------------------------------------------------

struct relation : tagged<Tag::word, p::sor<named_word<"before">, named_word<"after">>> {};
struct at_time
    : p::opt<word<"at">, tagged<Tag::at, need<"a time of day after `at`", plain_operand>>> {};
struct anchor_field
    : tagged<Tag::target,
             need<"the date it hangs on, such as `session.starts_at`", plain_operand>> {};
struct anchored : p::seq<relation, anchor_field, at_time> {};
// `24h`: what begins so is no count.
struct length_ahead : p::at<p::plus<p::digit>, p::alpha> {};
struct offset_anchor
    : node<build_anchor_trigger, p::sor<length_ahead, ahead<literal, relation>, p::at<p::one<'('>>>,
           tagged<Tag::interval, operand>, need<"`before` or `after`", anchored>> {};
struct at_anchor : node<build_anchor_trigger, ahead<word<"at">, name>,
                        tagged<Tag::word, named_word<"at">>, anchor_field, at_time> {};

// ---- Patterns of events ------------------------------------------------------------------------

struct pattern_part
    : node<build_pattern_part, need<"the name of an event, or a change of a field", subject>,
           p::opt<becomes>> {};
struct all_as : p::opt<ahead<word<"all">, word<"as">>, word<"all">, word<"as">,
                       tagged<Tag::all, need<"a name after `all as`", name>>> {};
// Neither `09:00` nor `2026-03-02`.
struct number_ahead : p::at<p::plus<p::digit>, p::not_at<p::one<':', '-'>>> {};
struct count : node<build_count_trigger, number_ahead, tagged<Tag::count, literal>, pattern_part,
                    p::opt<per>, need<"`within` and a duration", within>, all_as> {};
struct followed : p::seq<p::opt<flag<Tag::not_, word<"not">>>, word<"followed">,
                         need<"`by` after `followed`", word<"by">>, pattern_part, p::opt<per>,
                         need<"`within` and a duration", within>> {};
struct absence
    : node<build_absence_trigger, ahead<word<"no">, name>, word<"no">,
           tagged<Tag::subject, dotted_name>,
           p::opt<word<"as">, tagged<Tag::named, need<"a name after `as`", name>>>,
           p::opt<word<"where">, tagged<Tag::where, need<"a condition after `where`", expression>>>,
           p::opt<per>, need<"`for` and a duration", word<"for">>,
           tagged<Tag::period, need<"a duration after `for`", plain_operand>>,
           p::opt<flag<Tag::count, ahead<word<"including">, word<"never">>, word<"including">,
                       word<"never">>>> {};

struct request
    : node<build_request_trigger, ahead<word<"requested">, word<"by">>, word<"requested">,
           word<"by">, tagged<Tag::roles, need_list<"a role's name", name>>,
           p::opt<word<"asking">,
                  need<"a name and its type, such as `reason: text`", parameter_list>>> {};

// What begins with a name is told by the word behind it.
struct by_subject
    : p::sor<extend<build_sequence_trigger, becomes, followed>,
             extend<build_becomes_trigger, becomes>, extend<build_sequence_trigger, followed>,
             extend<build_record_trigger, created>, extend<build_changes_trigger, changes>,
             extend<build_crosses_trigger, crosses>, extend<build_moves_trigger, moves>,
             extend<build_anchor_trigger, anchored>, extend<build_event_trigger, p::success>> {};
struct including_first : flag<Tag::including, ahead<word<"including">, word<"first">>,
                              word<"including">, word<"first">> {};
struct as : p::seq<word<"as">, tagged<Tag::as, need<"a name after `as`", name>>> {};
struct when_form
    : p::sor<request, absence, offset_anchor, count, at_anchor, p::seq<subject, by_subject>> {};
struct when : node<build_trigger, word<"when">,
                   need<"an event, or a change of an entity or its field", when_form>,
                   p::star<p::sor<including_first, as>>> {};

// ---- Conditions, the clock ---------------------------------------------------------------------

struct whenever_form : node<build_whenever_trigger,
                            tagged<Tag::value, need<"a condition after `whenever`", expression>>> {
};
struct whenever : node<build_trigger, word<"whenever">, whenever_form, p::opt<including_first>> {};

struct unit
    : p::sor<named_word<"minutes">, named_word<"minute">, named_word<"hours">, named_word<"hour">,
             named_word<"day">, named_word<"weekday">, named_word<"weekend">, named_word<"week">,
             named_word<"months">, named_word<"month">, named_word<"years">, named_word<"year">> {};
struct interval : p::sor<p::seq<tagged<Tag::interval, literal>, p::opt<tagged<Tag::unit, unit>>>,
                         tagged<Tag::unit, unit>> {};
struct on_day
    : p::opt<ahead<p::sor<p::seq<word<"on">, word<"day">>, p::seq<word<"on">, weekday_name>>>,
             word<"on">,
             p::sor<p::seq<word<"day">,
                           tagged<Tag::on_day, need<"the day of the month", plain_operand>>>,
                    tagged<Tag::weekdays, weekday_names>>> {};
struct rhythm : p::sor<tagged<Tag::weekdays, weekday_names>, p::seq<interval, on_day>> {};
struct at_times : p::opt<word<"at">, tagged<Tag::at, need_list<"a time of day", plain_operand>>> {};
struct zone_of_clock
    : p::opt<word<"in">, tagged<Tag::zone, need<"a time zone, such as `Africa/Nairobi`",
                                                p::sor<zone_name, dotted_name>>>> {};
struct each_record
    : p::opt<
          ahead<word<"for">, word<"each">>,
          tagged<Tag::for_,
                 node<build_every_record, word<"for">, word<"each">,
                      tagged<Tag::variable, need<"a name for each record", name>>,
                      p::opt<word<"in">, tagged<Tag::source, need<"an entity or a list", operand>>>,
                      query_tail>>> {};
struct every_form : node<build_every_trigger, word<"every">,
                         need<"a duration, a unit such as `day`, or weekdays", rhythm>, at_times,
                         zone_of_clock, each_record> {};
struct cron_form : node<build_every_trigger, word<"cron">,
                        need<"five fields in quotes, such as \"0 9 * * 1\"", plain_text>,
                        zone_of_clock, each_record> {};
struct every : node<build_trigger, p::sor<every_form, cron_form>> {};
struct all_triggers : p::plus<p::sor<when, whenever, every>> {};

// ---- Guards ------------------------------------------------------------------------------------

struct period_for
    : p::seq<word<"for">, tagged<Tag::period, need<"a duration after `for`", operand>>> {};
struct once_per
    : node<build_guard<GuardKind::once_per>, word<"once">, need<"`per` and a key", word<"per">>,
           tagged<Tag::value, need<"a key after `per`, such as `project`", operand>>,
           p::opt<period_for>> {};
struct calendar_unit : p::seq<p::sor<named_word<"minute">, named_word<"hour">, named_word<"day">,
                                     named_word<"week">, named_word<"month">, named_word<"year">>,
                              p::not_at<p::one<'.'>>> {};
struct per_key
    : p::seq<word<"per">, not_ahead<calendar_unit>,
             tagged<Tag::per, need<"a key or a unit such as `day` after `per`", operand>>> {};
struct per_unit
    : p::seq<word<"per">,
             tagged<Tag::word,
                    need<"`minute`, `hour`, `day`, `week`, `month` or `year`", calendar_unit>>> {};
struct number_of : tagged<Tag::value, need<"a number", operand>> {};
struct at_most
    : node<build_guard<GuardKind::at_most>, word<"at">, need<"`most` after `at`", word<"most">>,
           number_of, p::star<per_key>, need<"`per` and a unit such as `day`", per_unit>> {};
struct while_running
    : node<build_guard<GuardKind::while_running>, word<"while">,
           need<"`running` after `while`", word<"running">>,
           tagged<Tag::word, need<"`skip`, `restart`, `queue` or `parallel`",
                                  p::sor<named_word<"skip">, named_word<"restart">,
                                         named_word<"queue">, named_word<"parallel">>>>,
           p::star<per>> {};
struct only_every
    : node<build_guard<GuardKind::only_every>, ahead<word<"only">, word<"every">>, word<"only">,
           word<"every">, tagged<Tag::period, need<"a duration after `every`", operand>>,
           p::star<per>> {};
struct or_else
    : p::opt<ahead<comma, word<"else">>, comma, word<"else">,
             tagged<Tag::otherwise,
                    need<"`hold` or `skip`", p::sor<named_word<"hold">, named_word<"skip">>>>> {};
// `on weekdays, else hold`: this comma ends the days.
struct days_of_guard
    : p::seq<weekday_name, p::star<not_ahead<comma, word<"else">>, comma,
                                   need<"another day or `else` after the comma", weekday_name>>> {};
struct only_between
    : node<build_guard<GuardKind::only_between>, word<"only">,
           need<"`between` or `every` after `only`", word<"between">>,
           tagged<Tag::from, need<"a time of day", operand>>,
           need<"`and` and a time of day", word<"and">>,
           tagged<Tag::to, need<"a time of day", operand>>,
           p::opt<word<"on">, tagged<Tag::days, need<"`weekdays`, `weekends` or weekdays by name",
                                                     days_of_guard>>>,
           p::opt<word<"except">, tagged<Tag::calendar, need<"the name of a calendar", name>>>,
           p::opt<word<"in">, tagged<Tag::zone, need<"a time zone", zone>>>, or_else> {};
struct debounce : node<build_guard<GuardKind::debounce>, word<"debounce">,
                       need<"`for` and a duration", period_for>, p::star<per>> {};
struct rearm
    : node<build_guard<GuardKind::rearm>, word<"rearm">,
           tagged<Tag::word,
                  need<"`above` or `below`", p::sor<named_word<"above">, named_word<"below">>>>,
           number_of> {};
struct missed_runs
    : p::seq<
          word<"runs">,
          p::sor<tagged<Tag::word, named_word<"all">>,
                 p::seq<tagged<Tag::word, need<"`once` or `all`", named_word<"once">>>,
                        p::opt<word<"within">,
                               tagged<Tag::period, need<"a duration after `within`", operand>>>>>> {
};
struct missed : node<build_guard<GuardKind::missed>, word<"missed">,
                     need<"`runs once`, `runs all` or `skips`",
                          p::sor<tagged<Tag::word, named_word<"skips">>, missed_runs>>> {};
struct on_change
    : node<build_guard<GuardKind::on_change>, ahead<word<"on">, word<"change">>, word<"on">,
           word<"change">,
           need<"`finish old`, `move` or `cancel`",
                p::sor<p::seq<tagged<Tag::word, named_word<"finish">>,
                              need<"`old` after `finish`", word<"old">>>,
                       tagged<Tag::word, p::sor<named_word<"move">, named_word<"cancel">>>>>> {};
struct then_pause
    : p::opt<ahead<comma, word<"then">>, comma, word<"then">, need<"`pause`", word<"pause">>> {};
struct budget : node<build_guard<GuardKind::budget>, word<"budget">, number_of,
                     need<"`per` and a unit such as `day`", per_unit>, then_pause> {};
struct all_guards : p::star<p::sor<once_per, at_most, while_running, only_every, only_between,
                                   debounce, rearm, missed, on_change, budget>> {};

}  // namespace

bool match_triggers(Input& in, Builder& b) { return run<all_triggers>(in, b); }
bool match_guards(Input& in, Builder& b) { return run<all_guards>(in, b); }
bool match_weekdays(Input& in, Builder& b) { return run<weekday_names>(in, b); }

}  // namespace pawl::dsl::grammar
