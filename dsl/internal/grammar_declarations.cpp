#include "dsl/internal/builder_declarations.h"
#include "dsl/internal/grammar_base.h"

// The declarations of a rulebook other than rules, flows, journeys and tests.

namespace pawl::dsl::grammar {

bool match_name_place(Input& in, Builder& b);
bool match_option_place(Input& in, Builder& b);
bool match_channel_place(Input& in, Builder& b);
bool match_state_place(Input& in, Builder& b);
bool match_setting_end(Input& in, Builder& b);

namespace {

struct file : p::seq<word<"file">, need<"a path in quotes after `file`", plain_text>> {};
// Each stands where something is due on the line of the word before it.
struct name_place : gate<match_name_place> {};
struct option_place : gate<match_option_place> {};
struct channel_place : gate<match_channel_place> {};
struct state_place : gate<match_state_place> {};
struct needed_name : tagged<Tag::name, name_place, need<"a name", name>> {};

// ---- The rulebook, settings --------------------------------------------------------------------

struct keep_pair : p::seq<tagged<Tag::word, need<"`events`, `log` or `runs`", name>>,
                          tagged<Tag::value, need<"how long, such as `90d`", literal>>> {};
struct keep : node<build_option, tagged<Tag::name, ahead<word<"keep">>, any_word>, keep_pair,
                   p::star<comma, keep_pair>> {};
struct timezone
    : node<build_option, tagged<Tag::name, ahead<word<"timezone">>, any_word>,
           tagged<Tag::word,
                  need<"a time zone, such as `Africa/Nairobi`", p::sor<zone_name, name>>>> {};
struct named_option : node<build_option, tagged<Tag::name, name>, option_place,
                           p::sor<tagged<Tag::value, p::sor<literal, text>>,
                                  tagged<Tag::word, need<"the option's value", name>>>> {};
struct rulebook_option : p::seq<item, p::sor<keep, timezone, named_option>> {};
struct rulebook : node<build_rulebook, opens<"rulebook">, needed_name, p::star<rulebook_option>,
                       closed<"an option such as `timezone` or `end`">> {};

struct title : p::opt<plain_text> {};
struct setting
    : node<build_setting, word<"setting">, needed_name, need<"`=` and a value", sign<"=">>,
           tagged<Tag::value, need<"a value after `=`", operand>>, gate<match_setting_end>, title> {
};

// ---- Data --------------------------------------------------------------------------------------

struct fields_end : closed<"another field or `end`"> {};
struct entity : node<build_entity, opens<"entity">, needed_name, fields, fields_end> {};
struct record : node<build_record, opens<"record">, needed_name, fields, fields_end> {};
struct about
    : p::opt<word<"about">, tagged<Tag::about, need<"a field's name after `about`", name>>> {};
struct event_body : p::seq<about, fields, fields_end> {};
struct event : node<build_event, opens<"event">, tagged<Tag::name, need<"a name", dotted_name>>,
                    event_body> {};

struct entity_field
    : p::seq<tagged<Tag::entity, need<"an entity", name>>, need<"`.` and a field", p::one<'.'>>,
             tagged<Tag::entity_field, need<"a field's name after the dot", member_name>>> {};
struct state_names : need_list<"the name of a state", name> {};
struct transition
    : node<build_transition, item, tagged<Tag::from, list<"the name of a state", name>>,
           need<"`->` and where it leads", sign<"->">>, state_place, tagged<Tag::to, state_names>,
           p::opt<word<"by">, state_place, tagged<Tag::by, need_list<"a role's name", name>>>> {};
struct states : node<build_states, opens<"states">, entity_field,
                     need<"`starts` and the first state", word<"starts">>,
                     tagged<Tag::starts, need<"the first state", name>>, p::star<transition>,
                     closed<"another state or `end`">> {};

struct define : node<build_define, word<"define">, needed_name, p::opt<parameters>,
                     need<"`=` and what it stands for", sign<"=">>,
                     tagged<Tag::value, need<"what it stands for", expression>>> {};

// ---- What goes out -----------------------------------------------------------------------------

struct template_part
    : node<build_template_part, item, tagged<Tag::name, name>,
           p::sor<template_text, need<"a text in quotes, or `file` and a path", file>>> {};
struct template_
    : node<build_template, opens<"template">,
           tagged<Tag::channel,
                  need<"what it is for: `email`, `whatsapp`, `sms`, `dashboard` or `pdf`", name>>,
           needed_name, p::opt<parameters>, p::star<template_part>,
           closed<"another part, such as `body`, or `end`">> {};

struct critical : flag<Tag::kind, word<"critical">> {};
struct notification_channel
    : node<build_notification_channel, tagged<Tag::channel, name>, channel_place,
           p::sor<tagged<Tag::value, text>,
                  tagged<Tag::template_, need<"a template's name, or a text", name>>>> {};
struct notification
    : node<build_notification, opens<"notification">, needed_name, p::opt<parameters>,
           p::star<item, p::sor<critical, notification_channel>>,
           closed<"a channel with its template, `critical` or `end`">> {};

struct fall_back : p::seq<ahead<word<"fall">, word<"back">>, word<"fall">, word<"back">,
                          need<"`to` and a channel", word<"to">>,
                          tagged<Tag::otherwise, need<"a channel's name", name>>> {};
struct quiet : p::seq<ahead<word<"quiet">, word<"from">>, word<"quiet">, word<"from">,
                      tagged<Tag::from, need<"a time of day", operand>>,
                      need<"`to` and a time of day", word<"to">>,
                      tagged<Tag::to, need<"a time of day", operand>>,
                      p::opt<word<"in">, tagged<Tag::zone, need<"a time zone", zone>>>> {};
struct channel_retry
    : p::seq<ahead<word<"retry">, literal>, word<"retry">, tagged<Tag::times, retry>> {};

// An option's value or values; the sizes of an action's limits (50ms, 8MB) are words.
struct option_value
    : p::sor<tagged<Tag::word, size>, tagged<Tag::value, p::sor<literal, text, call>>,
             tagged<Tag::word, p::sor<zone_name, name>>> {};
struct option : node<build_option, tagged<Tag::name, name>, option_place,
                     need_list<"the option's value", option_value>> {};
struct channel : node<build_channel, opens<"channel">, needed_name,
                      p::star<item, p::sor<channel_retry, fall_back, quiet, option>>,
                      closed<"`retry`, `fall back to`, `quiet`, an option or `end`">> {};
struct integration : node<build_integration, opens<"integration">, needed_name,
                          p::star<item, option>, closed<"another option or `end`">> {};

// ---- Services ----------------------------------------------------------------------------------

struct needs
    : p::seq<word<"needs">,
             need<"an option's name and type, such as `shortcode: text`", parameter_list>> {};
struct service_event : node<build_event_form, opens<"event">, needed_name, event_body> {};
struct costs
    : p::opt<flag<Tag::costs, ahead<word<"costs">, word<"money">>, word<"costs">, word<"money">>> {
};
struct answers : p::seq<word<"answers">, need_list<"a field's name and its type", one_field>> {};
struct sample : p::seq<word<"sample">,
                       tagged<Tag::sample, need<"a field's name and its value", with_fields>>> {};
struct service_action
    : node<build_service_action, opens<"action">, needed_name, p::opt<parameters>, costs,
           p::star<p::sor<answers, sample>>, closed<"`answers`, `sample` or `end`">> {};
struct service : node<build_service, opens<"service">, needed_name,
                      p::star<p::sor<needs, service_event, service_action>>,
                      closed<"`needs`, `event`, `action` or `end`">> {};

// ---- Who may do what ---------------------------------------------------------------------------

struct role : node<build_role, tagged<Tag::name, name>,
                   p::opt<sign<"(">, tagged<Tag::group, need<"the group's name", name>>,
                          need<"`)`", sign<")">>>> {};
struct roles : node<build_roles, word<"roles">, need_list<"a role's name", role>,
                    p::opt<word<"of">, entity_field>> {};
struct person_option : node<build_option, tagged<Tag::name, name>,
                            tagged<Tag::word, need<"the field that holds it", name>>> {};
struct person : node<build_person, word<"person">, needed_name,
                     p::opt<ahead<name, name>,
                            need_list<"what it is, such as `email`, and the field that holds it",
                                      person_option>>> {};

struct allow_verb
    : p::sor<ahead<p::sor<word<"read">, word<"create">, word<"update">, word<"delete">>>> {};
struct allow_verbs
    : tagged<Tag::verbs, need_list<"`read`, `create`, `update`, `delete` or `manage everything`",
                                   p::seq<allow_verb, any_word>>> {};
struct everything : flag<Tag::everything, word<"everything">> {};
struct allow_fields : p::seq<ahead<list<"a field's name", name>, word<"of">>,
                             tagged<Tag::fields, list<"a field's name", name>>, word<"of">> {};
struct allow_what
    : p::sor<everything,
             p::seq<p::opt<allow_fields>, tagged<Tag::entity, need<"an entity", name>>,
                    p::opt<word<"where">,
                           tagged<Tag::where, need<"a condition after `where`", expression>>>>> {};
struct manage : p::seq<tagged<Tag::verbs, ahead<word<"manage">>, any_word>,
                       need<"`everything` after `manage`", everything>> {};
struct allow
    : node<build_allow, word<"allow">, tagged<Tag::roles, need_list<"a role's name", name>>,
           need<"`to` and what is allowed", word<"to">>,
           p::sor<manage, p::seq<allow_verbs, allow_what>>> {};

// ---- Lua, calendars ----------------------------------------------------------------------------

struct lua : p::seq<word<"lua">, need<"the path of the Lua file in quotes", plain_text>> {};
struct pure : flag<Tag::pure, word<"pure">> {};
struct result : p::opt<sign<"->">, need<"a type after `->`", optional_type>> {};
struct action : node<build_action, opens<"action">, needed_name, p::opt<parameters>, result,
                     p::star<item, p::sor<lua, pure, option>>,
                     closed<"`lua`, `reads`, `limit`, another option or `end`">> {};

struct calendar_day : node<build_calendar_day, p::sor<file, literal>> {};
struct calendar : node<build_calendar, opens<"calendar">, needed_name,
                       p::opt<list<"a date, or `file` and a path", calendar_day>>,
                       closed<"a date, `file` and a path, or `end`">> {};

struct any_declaration
    : p::sor<entity, record, event, states, define, template_, notification, channel, integration,
             service, roles, person, allow, action, calendar, setting, rulebook> {};

}  // namespace

bool match_name_place(Input& in, Builder& b) {
    b.suspect_if_alone(b.offset(in.current()), DiagnosticCode::unexpected_text, "", "name",
                       "write the name behind it");
    return true;
}
bool match_option_place(Input& in, Builder& b) {
    b.suspect_if_alone(b.offset(in.current()), DiagnosticCode::unexpected_text, "the option ",
                       "value", "write the value behind it");
    return true;
}
bool match_channel_place(Input& in, Builder& b) {
    b.suspect_if_alone(b.offset(in.current()), DiagnosticCode::unexpected_text, "the channel ",
                       "template", "write the template's name, or a text, behind the channel");
    return true;
}
bool match_state_place(Input& in, Builder& b) {
    b.suspect_end_of_line(b.offset(in.current()), "a name");
    return true;
}

// `setting patience = 3 days`: it would be whole with its 3.
bool match_setting_end(Input& in, Builder& b) {
    const std::uint32_t at = b.offset(in.current());
    if (!in.empty() && in.peek_char() != '"' && b.is_same_line(b.end_before(at), at))
        b.refuse_time_slip(at, "a title");
    return true;
}

bool match_declaration(Input& in, Builder& b) {
    return match_rule(in, b) || run<any_declaration>(in, b) || match_test(in, b);
}

}  // namespace pawl::dsl::grammar
