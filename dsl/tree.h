#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"

// The syntax tree of a rulebook, exactly as written: names are text, nothing is resolved. Nodes
// live in the Tree's vectors and are named by index; every node knows its span. Printed back by
// format.h, given meaning by check.h.

namespace pawl::dsl {

// A name as written; `a.b` in a name position (mpesa.stk_callback) is one Name with the dot.
struct Name {
    std::string text;  // back quotes removed
    Span span;
    bool quoted = false;
    bool empty() const { return text.empty(); }
};

enum class ExpressionIndex : std::uint32_t { none = 0xffffffff };
enum class StatementIndex : std::uint32_t { none = 0xffffffff };

// ---- Expressions ------------------------------------------------------------------------------

enum class LiteralKind : std::uint8_t {
    integer, number, duration, date, time, datetime, boolean, missing,
    money,  // 50000 KES: digits, one space, three capital letters
};
struct Literal {
    LiteralKind kind = LiteralKind::integer;
    std::string text;  // as written
};

// "Receipt {{receipt | upper}}": pieces of text between expressions.
struct TextFilter {
    Name name;
    std::vector<ExpressionIndex> arguments;  // {{x | round: 2}} has one
};
struct TextPiece {
    std::string text;                                    // unescaped, when `expression` is none
    ExpressionIndex expression = ExpressionIndex::none;
    std::vector<TextFilter> filters;
    Span span;
};
struct Text {
    std::vector<TextPiece> pieces;  // empty for ""
};

struct NameUse {
    Name name;  // includes `now today firing me`
};
struct Member {
    ExpressionIndex base = ExpressionIndex::none;
    Name name;
};
struct Argument {
    Name name;  // empty when positional
    ExpressionIndex value = ExpressionIndex::none;
};
// round(x), accessed(client, month), secret("X"), generate(4)
struct CallExpression {
    Name callee;
    std::vector<Argument> arguments;
};
enum class UnaryOperator : std::uint8_t { negate, not_ };
struct Unary {
    UnaryOperator op = UnaryOperator::negate;
    ExpressionIndex operand = ExpressionIndex::none;
};
enum class BinaryOperator : std::uint8_t {
    add, subtract, multiply, divide, whole_divide, modulo,
    is, is_not, less, less_equal, greater, greater_equal,
    and_, or_, in, not_in, contains, starts_with, ends_with, matches
};
struct Binary {
    BinaryOperator op = BinaryOperator::add;
    ExpressionIndex left = ExpressionIndex::none;
    ExpressionIndex right = ExpressionIndex::none;
    bool ignoring_case = false;
    Span operator_span;
};
struct Between {
    ExpressionIndex value = ExpressionIndex::none;
    ExpressionIndex low = ExpressionIndex::none;
    ExpressionIndex high = ExpressionIndex::none;
    bool negated = false;
};
// `is missing`, `is present`; `is not missing` is present.
struct Presence {
    ExpressionIndex value = ExpressionIndex::none;
    bool present = false;
};
struct OrDefault {
    ExpressionIndex value = ExpressionIndex::none;
    ExpressionIndex fallback = ExpressionIndex::none;
};
enum class QueryKind : std::uint8_t {
    first, all, exists, count, sum, average, minimum, maximum, percentile,
    list,  // a.content for a in asset where …
};
struct OrderKey {
    ExpressionIndex key = ExpressionIndex::none;
    bool descending = false;
};
// first x in E where …; sum(x.amount for x in E where …); `E as e` in test and trigger positions
struct QueryExpression {
    QueryKind kind = QueryKind::first;
    ExpressionIndex limit = ExpressionIndex::none;    // first 50 …
    ExpressionIndex selected = ExpressionIndex::none; // of sum, average, …, list
    ExpressionIndex percent = ExpressionIndex::none;
    Name variable;
    ExpressionIndex source = ExpressionIndex::none;   // a NameUse for an entity, else a list
    ExpressionIndex where = ExpressionIndex::none;
    std::vector<OrderKey> order;
    bool parenthesised = false;                       // count(…), or parentheses written around it
};
struct ListLiteral {
    std::vector<ExpressionIndex> items;
};
struct ObjectMember {
    Name name;
    ExpressionIndex value = ExpressionIndex::none;
};
struct ObjectLiteral {
    std::vector<ObjectMember> members;
};
struct RangeExpression {  // 1..8
    ExpressionIndex first = ExpressionIndex::none;
    ExpressionIndex last = ExpressionIndex::none;
};

// A type as written.
enum class TypeFormKind : std::uint8_t { name, choice, reference, list };
struct TypeForm {
    TypeFormKind kind = TypeFormKind::name;
    Name name;                    // "text", an entity of `->`, a record
    std::vector<Name> options;    // of `one of`
    std::vector<TypeForm> element;  // of `list of`: exactly one
    bool secret = false;          // secret text
    bool required = false;        // required -> client
    bool deleted_with_it = false; // -> client (deleted with it)
    bool optional = false;        // ?
    Span span;
};
struct AsType {
    ExpressionIndex value = ExpressionIndex::none;
    TypeForm type;
};

struct Expression {
    Span span;                    // without parentheses around it
    bool in_parentheses = false;
    std::variant<Literal, Text, NameUse, Member, CallExpression, Unary, Binary, Between, Presence,
                 OrDefault, QueryExpression, ListLiteral, ObjectLiteral, RangeExpression, AsType>
        form;
};

// ---- Statements -------------------------------------------------------------------------------

using Block = std::vector<StatementIndex>;

struct SetItem {
    ExpressionIndex target = ExpressionIndex::none;  // a Member
    ExpressionIndex value = ExpressionIndex::none;
};
struct SetStatement {
    std::vector<SetItem> items;
    ExpressionIndex because = ExpressionIndex::none;
};
struct ClearStatement {
    std::vector<ExpressionIndex> targets;
    ExpressionIndex because = ExpressionIndex::none;
};
struct AddStatement {  // add "vip" to client.tags; remove … from …
    bool remove = false;
    ExpressionIndex value = ExpressionIndex::none;
    ExpressionIndex target = ExpressionIndex::none;
};
struct FieldValue {
    Name name;
    ExpressionIndex value = ExpressionIndex::none;
};
// The right side of a `let` may be one of these four besides an expression; they stand alone too.
struct CreateForm {
    Name entity;
    std::vector<FieldValue> fields;
};
struct FindOrCreateForm {
    Name entity;
    std::vector<FieldValue> keys;
    std::vector<FieldValue> fields;
};
struct CallForm {
    Name action;  // mpesa.stk_push, pick_editor
    std::vector<Argument> arguments;
    ExpressionIndex once_as = ExpressionIndex::none;
};
struct RunForm {
    Name flow;
    std::vector<Argument> arguments;
    bool start = false;  // `start` does not wait
};
struct LetStatement {
    Name name;
    std::variant<ExpressionIndex, CreateForm, FindOrCreateForm, CallForm, RunForm> value;
};
struct CreateStatement { CreateForm form; };
struct FindOrCreateStatement { FindOrCreateForm form; };
struct CallStatement { CallForm form; };
struct RunStatement { RunForm form; };
struct DeleteStatement { ExpressionIndex target = ExpressionIndex::none; };
struct EmitStatement {
    Name event;
    std::vector<FieldValue> fields;
};
struct SendStatement {
    Name channel;
    Name template_name;
    ExpressionIndex to = ExpressionIndex::none;
    std::vector<FieldValue> arguments;
    std::vector<ExpressionIndex> attachments;
};
struct NotifyStatement {
    ExpressionIndex to = ExpressionIndex::none;
    Name notification;
    std::vector<FieldValue> arguments;
};
struct AlertStatement {
    ExpressionIndex to = ExpressionIndex::none;
    ExpressionIndex text = ExpressionIndex::none;
};
struct LogStatement { ExpressionIndex text = ExpressionIndex::none; };
struct WaitStatement {  // wait 24h; wait until …
    bool until = false;
    ExpressionIndex value = ExpressionIndex::none;
};
struct Branch {  // `came as order`, `timeout`, `approved`, `refused`
    Name name;
    Name as;
    Block body;
    Span span;
};
struct WaitForStatement {
    Name event;
    Name as;  // the name its `where` uses: the event's own
    ExpressionIndex where = ExpressionIndex::none;
    ExpressionIndex up_to = ExpressionIndex::none;  // none: a mistake of the author
    std::vector<Branch> branches;
};
struct AskStatement {
    ExpressionIndex who = ExpressionIndex::none;
    ExpressionIndex question = ExpressionIndex::none;
    ExpressionIndex up_to = ExpressionIndex::none;
    std::vector<Branch> branches;
};
struct CancelRunsStatement {
    Name rule;
    ExpressionIndex of = ExpressionIndex::none;
};
enum class JourneyVerb : std::uint8_t {
    start, pause, resume, shift, stop, skip_step, trigger_step
};
struct JourneyStatement {
    JourneyVerb verb = JourneyVerb::start;
    Name journey;
    Name step;                            // of skip and trigger
    std::vector<ExpressionIndex> step_arguments;
    ExpressionIndex of = ExpressionIndex::none;
    ExpressionIndex by_or_until = ExpressionIndex::none;
};
struct ForEachStatement {
    Name variable;
    // `for each x in E where …`: a QueryExpression of kind all whose variable is x. Likewise in
    // journeys and templates.
    ExpressionIndex source = ExpressionIndex::none;
    Block body;
};
struct NextStatement {};
struct ConditionalBranch {
    ExpressionIndex condition = ExpressionIndex::none;
    Block body;
};
struct IfStatement {
    std::vector<ConditionalBranch> branches;  // if, else if …
    std::optional<Block> otherwise;
};
struct TryStatement {
    Block body;
    Name error;  // empty: not named
    Block on_failure;
};
struct RetryClause {  // after a call or a send, or at the end of a try's body
    ExpressionIndex times = ExpressionIndex::none;
    ExpressionIndex first = ExpressionIndex::none;
    ExpressionIndex limit = ExpressionIndex::none;
};
struct StopStatement { bool forget = false; };
struct ReturnStatement { ExpressionIndex value = ExpressionIndex::none; };

struct Statement {
    Span span;
    std::variant<LetStatement, SetStatement, ClearStatement, AddStatement, CreateStatement,
                 FindOrCreateStatement, DeleteStatement, EmitStatement, SendStatement,
                 NotifyStatement, AlertStatement, CallStatement, RunStatement, LogStatement,
                 WaitStatement, WaitForStatement, AskStatement, CancelRunsStatement,
                 JourneyStatement, ForEachStatement, NextStatement, IfStatement, TryStatement,
                 RetryClause, StopStatement, ReturnStatement>
        form;
};

// ---- Triggers and guards ----------------------------------------------------------------------

enum class AnchorRelation : std::uint8_t { at, before, after };
// Which change of a field: becomes, changes, drops below, …
struct EventTrigger {      // when contact_form as lead
    Name event;
};
struct RecordTrigger {     // when project is created
    Name entity;
    Name verb;             // created, updated, deleted
};
struct BecomesTrigger {    // when project.status becomes queued
    ExpressionIndex field = ExpressionIndex::none;
    ExpressionIndex value = ExpressionIndex::none;
};
struct ChangesTrigger {
    ExpressionIndex field = ExpressionIndex::none;
    ExpressionIndex from = ExpressionIndex::none;
    ExpressionIndex to = ExpressionIndex::none;
};
struct CrossesTrigger {    // drops below 60 by at least 5 within 1d
    ExpressionIndex field = ExpressionIndex::none;
    bool rises = false;
    ExpressionIndex threshold = ExpressionIndex::none;
    ExpressionIndex by_at_least = ExpressionIndex::none;
    ExpressionIndex within = ExpressionIndex::none;
};
enum class MovesVerb : std::uint8_t { falls, rises, moves };
struct MovesTrigger {      // falls by 10 within 7d
    ExpressionIndex field = ExpressionIndex::none;
    MovesVerb verb = MovesVerb::falls;
    ExpressionIndex by = ExpressionIndex::none;
    ExpressionIndex within = ExpressionIndex::none;
};
struct WheneverTrigger {
    ExpressionIndex condition = ExpressionIndex::none;
};
struct AnchorTrigger {     // 24h before session.starts_at [at 09:00]
    AnchorRelation relation = AnchorRelation::at;
    ExpressionIndex offset = ExpressionIndex::none;
    ExpressionIndex field = ExpressionIndex::none;
    ExpressionIndex at_time = ExpressionIndex::none;
};
struct EveryTrigger {      // every … [at …] [in Zone] [for each v in E where …], or cron "…"
    ExpressionIndex interval = ExpressionIndex::none;  // every 10min; every 3 months: count
    Name unit;                                         // day, weekday, month, months, …; or empty
    std::vector<Name> weekdays;
    ExpressionIndex on_day = ExpressionIndex::none;    // on day 1
    std::vector<ExpressionIndex> at;
    Name zone;
    std::string cron;                                  // cron "0 9 * * 1"
    ExpressionIndex for_each = ExpressionIndex::none;  // a QueryExpression of kind all
};
struct AbsenceTrigger {    // no engagement as e where … per account for 7d [including never]
    Name subject;
    Name as;
    ExpressionIndex where = ExpressionIndex::none;
    ExpressionIndex per = ExpressionIndex::none;
    ExpressionIndex duration = ExpressionIndex::none;
    bool including_never = false;
};
// The events of a count or a sequence: an event's name, or a change of a field.
struct PatternPart {
    Name event;                                        // empty: field and becomes
    ExpressionIndex field = ExpressionIndex::none;
    ExpressionIndex becomes = ExpressionIndex::none;
};
struct CountTrigger {      // 3 payment_failed per client within 1h
    ExpressionIndex count = ExpressionIndex::none;
    PatternPart part;
    ExpressionIndex per = ExpressionIndex::none;
    ExpressionIndex within = ExpressionIndex::none;
    bool all_as = false;
    Name all_name;
};
struct SequenceTrigger {   // a [not] followed by b per client within 3d
    PatternPart first, second;
    bool negated = false;
    ExpressionIndex per = ExpressionIndex::none;
    ExpressionIndex within = ExpressionIndex::none;
};
struct RequestTrigger {    // requested by admin asking project: project, reason: text
    std::vector<Name> roles;
    struct Asked {
        Name name;
        TypeForm type;
    };
    std::vector<Asked> asked;
};
struct Trigger {
    Span span;
    Name as;                     // as lead, as change
    bool including_first = false;
    std::variant<EventTrigger, RecordTrigger, BecomesTrigger, ChangesTrigger, CrossesTrigger,
                 MovesTrigger, WheneverTrigger, AnchorTrigger, EveryTrigger, AbsenceTrigger,
                 CountTrigger, SequenceTrigger, RequestTrigger>
        form;
};

enum class GuardKind : std::uint8_t {
    once_per,       // value; period: for 30d
    at_most,        // count, per (list), word: day
    while_running,  // word: skip restart queue parallel; per
    only_between,   // from to, days (word), calendar, zone, word2: hold or skip
    debounce,       // period
    only_every,     // period
    rearm,          // value; word: above below
    missed,         // word: once skips all; period
    on_change,      // word: finish move cancel
    budget          // count, word: day
};
struct Guard {
    GuardKind kind = GuardKind::once_per;
    Span span;
    std::vector<ExpressionIndex> per;
    ExpressionIndex value = ExpressionIndex::none;   // the key, the count, the limit
    ExpressionIndex period = ExpressionIndex::none;  // for 30d, within 2h
    ExpressionIndex from = ExpressionIndex::none;
    ExpressionIndex to = ExpressionIndex::none;
    Name word;
    std::vector<Name> days;      // on weekdays; on monday, friday
    Name calendar;               // except kenya_holidays
    ExpressionIndex zone = ExpressionIndex::none;  // a zone's own name (Africa/Nairobi) is a Text
    Name otherwise;              // else hold, else skip
};

// ---- Declarations -----------------------------------------------------------------------------

struct ParameterForm {
    Name name;
    TypeForm type;
};
struct FieldForm {
    Name name;
    TypeForm type;
    bool unique = false;
    ExpressionIndex default_value = ExpressionIndex::none;
    Span span;
};
// Of rulebook, integration, channel, person: a word and what follows.
struct OptionForm {
    Name name;
    std::vector<Name> words;     // names and words, in order
    std::vector<ExpressionIndex> values;
    Span span;
};

struct RulebookDeclaration {
    Name name;
    std::vector<OptionForm> options;  // pawl 1, timezone Africa/Nairobi, currency KES, keep …
};
struct SettingDeclaration {
    Name name;
    ExpressionIndex value = ExpressionIndex::none;
    std::string title;
};
struct EntityDeclaration {
    Name name;
    std::vector<FieldForm> fields;
    struct UniqueSet {
        std::vector<Name> fields;
        Span span;
    };
    std::vector<UniqueSet> unique_sets;
};
struct RecordDeclaration {
    Name name;
    std::vector<FieldForm> fields;
};
struct EventDeclaration {
    Name name;    // as written: in a service without the service's name
    Name about;
    std::vector<FieldForm> fields;
};
struct TransitionForm {
    std::vector<Name> from;      // or `any`
    std::vector<Name> to;
    std::vector<Name> by;
    Span span;
};
struct StatesDeclaration {
    Name entity, field;
    Name starts;
    std::vector<TransitionForm> transitions;
};
struct DefineDeclaration {
    Name name;
    std::vector<ParameterForm> parameters;
    ExpressionIndex value = ExpressionIndex::none;
};
enum class ClauseKind : std::uint8_t { let, if_, unless };
struct RuleClause {
    ClauseKind kind = ClauseKind::let;
    Name name;                   // of let
    ExpressionIndex value = ExpressionIndex::none;
    Span span;
};
struct RuleDeclaration {
    Name name;
    std::string title;
    Name mode;                   // draft, paused
    Name renamed_from;
    std::vector<Trigger> triggers;
    std::vector<RuleClause> clauses;
    Block body;
    std::vector<Guard> guards;
};
struct FlowDeclaration {
    Name name;
    std::vector<ParameterForm> parameters;
    std::optional<TypeForm> result;
    Block body;
};
struct StepForm {
    Name name;
    std::vector<Name> parameters;
    ExpressionIndex title = ExpressionIndex::none;  // a Text, or none
    ExpressionIndex at = ExpressionIndex::none;
    ExpressionIndex catch_up = ExpressionIndex::none;
    ExpressionIndex unless = ExpressionIndex::none;
    Block body;
    Span span;
};
struct JourneyItem;              // a step, or `for each … do` over items
struct JourneyLoop {
    Name variable;
    ExpressionIndex source = ExpressionIndex::none;
    std::vector<JourneyItem> items;
    Span span;
};
struct JourneyItem {
    std::variant<StepForm, JourneyLoop> form;
};
struct JourneyDeclaration {
    Name name;
    std::string title;
    Name of;
    ExpressionIndex starts = ExpressionIndex::none;
    ExpressionIndex pauses_while = ExpressionIndex::none;
    ExpressionIndex pauses_until = ExpressionIndex::none;
    Name renamed_from;
    std::vector<JourneyItem> items;
};
// A template's text: pieces, branches and loops. In the text: {{expr | filter}}, {{if c}} …
// {{else if c}} … {{else}} … {{end}}, {{for each x in E}} … {{end}}.
struct TemplateNode;
struct TemplateBranch {
    ExpressionIndex condition = ExpressionIndex::none;  // none: else
    std::vector<TemplateNode> body;
};
struct TemplateIf { std::vector<TemplateBranch> branches; };
struct TemplateFor {
    Name variable;
    ExpressionIndex source = ExpressionIndex::none;
    std::vector<TemplateNode> body;
};
struct TemplateNode {
    std::variant<TextPiece, TemplateIf, TemplateFor> form;
};
struct TemplatePart {            // subject "…", body "…" or body file "…"
    Name name;
    std::string file;            // as written, relative to the rulebook's root; empty: inline
    Span file_span;
    std::vector<TemplateNode> nodes;
    Span span;
};
struct TemplateDeclaration {
    Name channel;                // email, whatsapp, sms, dashboard, pdf
    Name name;
    std::vector<ParameterForm> parameters;
    std::vector<TemplatePart> parts;
};
struct NotificationChannelForm {
    Name channel;
    Name template_name;                              // or
    ExpressionIndex text = ExpressionIndex::none;    // its text
    Span span;
};
struct NotificationDeclaration {
    Name name;
    std::vector<ParameterForm> parameters;
    std::vector<NotificationChannelForm> channels;
    bool critical = false;
};
struct ChannelDeclaration {
    Name name;
    std::vector<OptionForm> options;
    std::optional<RetryClause> retry;
    Name fall_back_to;
    ExpressionIndex quiet_from = ExpressionIndex::none;
    ExpressionIndex quiet_to = ExpressionIndex::none;
    ExpressionIndex quiet_zone = ExpressionIndex::none;
};
struct IntegrationDeclaration {
    Name name;
    std::vector<OptionForm> options;
};
// What an outside service brings: its options, its events (EventDeclaration, named service.event)
// and its actions. Shipped with the program; a rulebook may declare services of its own.
struct ServiceAction {
    Name name;
    std::vector<ParameterForm> parameters;
    std::vector<FieldForm> answers;                  // the fields of its answer
    std::vector<FieldValue> sample;
    bool costs_money = false;
    Span span;
};
struct ServiceDeclaration {
    Name name;
    std::vector<ParameterForm> needs;                // options an `integration` block must give
    std::vector<EventDeclaration> events;
    std::vector<ServiceAction> actions;
};
struct RolesDeclaration {
    struct RoleForm {
        Name name;
        Name group;
    };
    std::vector<RoleForm> roles;
    Name entity, field;                              // of profile.role; empty: no people entity
};
struct PersonDeclaration {
    Name entity;
    std::vector<OptionForm> options;  // name full_name, email email, …: words[0] is the field
};
struct AllowDeclaration {
    std::vector<Name> roles;
    bool everything = false;
    std::vector<Name> verbs;                         // read, create, update, delete
    std::vector<Name> fields;                        // update title, notes of project
    Name entity;
    ExpressionIndex where = ExpressionIndex::none;
};
struct ActionDeclaration {
    Name name;
    std::vector<ParameterForm> parameters;
    std::optional<TypeForm> result;
    bool pure = false;
    std::string lua_file;
    Span lua_span;
    std::vector<OptionForm> options;                 // reads, limit, …
};
struct CalendarDeclaration {
    Name name;
    struct Days {
        ExpressionIndex date = ExpressionIndex::none;
        std::string file;
        Span span;
    };
    std::vector<Days> days;
};

// A step of a `test` block, in the order written.
struct GivenNow { ExpressionIndex instant = ExpressionIndex::none; };
struct GivenRecord {
    Name name;                                       // empty: not named
    CreateForm record;
};
struct GivenSetting {
    Name setting;
    ExpressionIndex value = ExpressionIndex::none;
};
struct WhenEvent {
    Name event;
    std::vector<FieldValue> fields;
};
// when bob sets p.status to x because …; when bob overrides p.status to x because …
struct WhenChange {
    Name actor;                                      // empty: `when p.status is set to …` has none
    StatementIndex statement = StatementIndex::none; // set, create, delete
    bool override_ = false;
};
struct WhenRequest {                                 // when ann requests reassign with …
    Name actor;
    Name rule;
    std::vector<FieldValue> fields;
};
struct WhenAnswer {                                  // when ann answers approved
    Name actor;
    Name answer;
};
struct AfterStep { ExpressionIndex duration = ExpressionIndex::none; };
struct ExpectCondition { ExpressionIndex condition = ExpressionIndex::none; };
// expect [no] email payment_receipt to asha [containing "…"] [2 times]
struct ExpectEffect {
    bool negated = false;
    Name channel;                                    // email, alert, call, notify, log, run, …
    Name name;
    ExpressionIndex to = ExpressionIndex::none;
    ExpressionIndex containing = ExpressionIndex::none;
    ExpressionIndex times = ExpressionIndex::none;
};
struct AnswerStep {                                  // answer mpesa.stk_push with …
    Name action;
    std::vector<FieldValue> fields;
};
struct FailStep {                                    // fail whatsapp with "131047" 3 times
    Name action;
    ExpressionIndex code = ExpressionIndex::none;
    ExpressionIndex times = ExpressionIndex::none;
};
struct TestStep {
    Span span;
    std::variant<GivenNow, GivenRecord, GivenSetting, WhenEvent, WhenChange, WhenRequest,
                 WhenAnswer, AfterStep, ExpectCondition, ExpectEffect, AnswerStep, FailStep>
        form;
};
struct TestDeclaration {
    std::string title;
    Span title_span;
    std::vector<TestStep> steps;
};

struct Declaration {
    Span span;          // keyword to `end`
    Span name_span;     // for messages
    std::variant<RulebookDeclaration, SettingDeclaration, EntityDeclaration, RecordDeclaration,
                 EventDeclaration, StatesDeclaration, DefineDeclaration, RuleDeclaration,
                 FlowDeclaration, JourneyDeclaration, TemplateDeclaration,
                 NotificationDeclaration, ChannelDeclaration, IntegrationDeclaration,
                 ServiceDeclaration, RolesDeclaration, PersonDeclaration, AllowDeclaration,
                 ActionDeclaration, CalendarDeclaration, TestDeclaration>
        form;
};

// A comment as written, without its line break. The formatter keeps it in its place.
struct Comment {
    Span span;
    bool own_line = false;  // nothing but white space before it on its line
};

struct Tree {
    std::vector<Expression> expressions;
    std::vector<Statement> statements;
    std::vector<Declaration> declarations;  // by file, then as written
    std::vector<Comment> comments;          // by file, then as written
    // Where the words `then do else end` and `on failure` of blocks stand, by file, then as
    // written: comments before them are put back by these.
    std::vector<Span> block_words;

    Expression& at(ExpressionIndex index) { return expressions[static_cast<std::uint32_t>(index)]; }
    const Expression& at(ExpressionIndex index) const {
        return expressions[static_cast<std::uint32_t>(index)];
    }
    Statement& at(StatementIndex index) { return statements[static_cast<std::uint32_t>(index)]; }
    const Statement& at(StatementIndex index) const {
        return statements[static_cast<std::uint32_t>(index)];
    }
};

constexpr bool is_none(ExpressionIndex index) { return index == ExpressionIndex::none; }
constexpr bool is_none(StatementIndex index) { return index == StatementIndex::none; }

}  // namespace pawl::dsl
