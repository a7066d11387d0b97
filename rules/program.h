#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "rules/schema.h"
#include "rules/timing.h"
#include "rules/value.h"

// The compiled rulebook: the only thing that text and running share. Immutable once made; read by
// any thread. `dsl` makes it, `program_file.h` stores it, the evaluator and the engine run it.

namespace pawl::rules {

enum class Opcode : std::uint8_t {
#define PAWL_OPCODE(name, stack, sentence) name,
#include "rules/opcode.def"
#undef PAWL_OPCODE
};

enum class Builtin : std::uint8_t {
#define PAWL_BUILTIN(name, least, most, sentence) name,
#include "rules/builtin.def"
#undef PAWL_BUILTIN
};

struct Instruction {
    Opcode op = Opcode::end;
    std::uint8_t a = 0;
    std::uint16_t b = 0;
    std::int32_t c = 0;
    friend bool operator==(const Instruction&, const Instruction&) = default;
};

using UnitIndex = std::uint32_t;
using RuleIndex = std::uint32_t;

enum class Aggregate : std::uint8_t {
    first,
    all,
    count,
    sum,
    average,
    minimum,
    maximum,
    percentile,
    exists
};

struct Query {
    Aggregate aggregate = Aggregate::all;
    Access access = Access::every_record;
    EntityIndex entity = 0;        // unless access is list
    FieldIndex field = 0;          // of equal and range
    bool has_low = false;          // of range: low, then high lie on the stack; bounds included,
    bool has_high = false;         // the `where` itself is exact
    std::uint16_t local = 0;       // the row's variable
    std::uint32_t limit = 0;       // of `first N`; 0: none
    bool limit_on_stack = false;   // the limit is an expression, below the keys
    double percent = 0;            // of percentile, 0..100
    bool selects = false;          // query_take finds a value; else the row itself is taken
    std::vector<bool> descending;  // one for each order key
};

// Names for values on the stack: the fields of a create, an emit, a send, the members of an object.
struct Shape {
    std::vector<FieldIndex> fields;  // of create, emit; parameter positions of send, notify, call
    std::vector<std::string> names;  // of make_object; else empty
};

// A `try` and its handler, by instruction: [begin, end) is its body. Nothing lies on the stack at
// begin and at handler, where the try's mark is gone already. An advance that goes on after a call
// marks anew for every try it stands in.
struct TryRange {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;  // [begin, end)
    std::uint32_t handler = 0;
    std::uint16_t error_local = 0;            // where `as error` goes; 0xffff: nowhere
    std::optional<std::uint32_t> retry = {};  // Unit::retries: the body is tried again
};

// Instructions from `instruction` on come from this place in the text.
struct LinePosition {
    std::uint32_t instruction = 0;
    std::uint32_t line = 0;
};

enum class UnitKind : std::uint8_t {
    rule,
    flow,
    define,
    action,
    template_,
    notification,
    journey,
    test
};

// A declaration with code: the unit of identity (meaning.md 35). Parameters are the first locals.
struct Unit {
    UnitKind kind = UnitKind::rule;
    std::string id;    // "confirm_mpesa_payment"
    std::string file;  // where it was written; not part of the hash
    std::uint32_t line = 0;
    Hash hash;  // of its meaning and of what it calls
    std::uint16_t parameter_count = 0;
    std::uint16_t local_count = 0;
    std::uint16_t stack_max = 0;
    std::vector<std::string> local_names;  // for people and for stored runs
    std::vector<TypeIndex> local_types;
    std::vector<Instruction> code;
    std::vector<Value> constants;
    std::vector<Query> queries;
    std::vector<Shape> shapes;
    std::vector<TryRange> tries;      // innermost first
    std::vector<WaitFor> waits;       // ascending by instruction
    std::vector<Retry> retries;       // ascending by instruction
    std::vector<LinePosition> lines;  // ascending
};

enum class TriggerKind : std::uint8_t {
    event,  // entity unused
    created,
    updated,
    deleted,
    becomes,      // field; value
    changes,      // field; from and to where given
    drops_below,  // field; threshold; by_at_least
    rises_above,
    whenever,   // a condition of one record: entry `whenever`
    requested,  // by hand
    anchor,     // entity, field; `anchor`
    clock,      // `every`, `cron`; `clock`
    moves,      // falls, rises, moves by: field; direction, by_at_least, within
    absence,    // `pattern`, as of count and sequence
    count,
    sequence,
};

struct Trigger {
    TriggerKind kind = TriggerKind::event;
    std::string text;  // of what tells time, as written: "every day at 10:00"
    EventIndex event = 0;
    EntityIndex entity = 0;
    FieldIndex field = 0;
    bool including_first = false;
    Value value;         // of becomes and `changes … to`; the threshold of a crossing
    Value from;          // of `changes from`
    Stated by_at_least;  // how far a value must have moved; not said: any
    // Of a crossing: compared with the values of so long ago, too. Of moves: the window.
    Stated within;
    MovesDirection direction = MovesDirection::falls;
    std::optional<Anchor> anchor;
    std::optional<Clock> clock;
    std::optional<Pattern> pattern;
    std::optional<std::uint32_t>
        value_entry;  // code that gives the threshold where it is no constant
    std::optional<std::uint16_t> record_local;  // where the record or event goes
    std::optional<std::uint16_t> change_local;  // where `as change` goes
    std::optional<std::uint32_t> whenever_entry;
    std::vector<std::string> roles;                            // of requested: who may
    std::vector<std::pair<std::string, std::uint16_t>> asked;  // of requested: name and local
    std::vector<TypeIndex> asked_types;
    // Of whenever: fields the condition reads, of the record itself and through one reference.
    std::vector<FieldIndex> watched;
    std::vector<std::pair<FieldIndex, FieldIndex>> watched_through;  // reference field, field there
};

// A part of a rule's condition that the trigger index can decide from the event alone.
enum class MatchOperator : std::uint8_t { equal, in_set, less, less_equal, greater, greater_equal };

struct MatchAtom {
    FieldIndex field = 0;
    MatchOperator op = MatchOperator::equal;
    std::vector<Value> values;  // one, or the set
};

// One disjunction of atoms: `or` of conjunctions. A rule's match is a conjunction of `atoms` and of
// `any_of`; exact: together they are the whole condition.
struct MatchAnyOf {
    std::vector<std::vector<MatchAtom>> alternatives;
};

struct RuleMatch {
    std::vector<MatchAtom> atoms;
    std::vector<MatchAnyOf> any_of;
    bool exact = false;
};

struct Clause {
    bool is_unless = false;
    std::string text;  // as written, for `skip` and `why-not`
    std::uint32_t line = 0;
};

enum class RuleMode : std::uint8_t { live, paused, draft };

struct Rule {
    std::string id;
    std::string title;
    RuleMode mode = RuleMode::live;
    UnitIndex unit = 0;
    std::vector<Trigger> triggers;
    RuleMatch match;  // for event triggers
    std::vector<Clause> clauses;
    std::uint32_t conditions_entry = 0;  // code up to conditions_end; sets the `let`s
    std::uint32_t body_entry = 0;
    std::optional<std::uint32_t> once_entry;  // leaves the key on the stack, then end
    std::optional<Duration> once_for;
    std::optional<std::uint32_t> rearm_entry;  // leaves the limit on the stack, then end
    bool rearm_above = true;
    // The `unless` parts and the `let`s they use, alone: read again when a wait ends, on a copy of
    // the variables. Ends as the conditions do.
    std::optional<std::uint32_t> unless_entry;
    std::optional<AtMost> at_most;
    WhileRunning while_running;
    std::optional<OnlyBetween> only_between;
    std::optional<Pace> debounce, only_every;
    Missed missed;
    OnChange on_change = OnChange::finish;
    std::optional<MessageBudget> budget;
    std::string renamed_from;
};

struct Parameter {
    std::string name;
    TypeIndex type = 0;
};

enum class TemplateFormat : std::uint8_t { text, markdown, html };

struct Template {
    std::string name;
    std::string channel;  // "email", "whatsapp", "sms", "dashboard", …
    std::vector<Parameter> parameters;
    UnitIndex unit = 0;  // parameters are its first locals
    std::vector<std::pair<std::string, std::uint32_t>>
        parts;  // "subject", "body" → entry; leaves text, then end
    TemplateFormat format = TemplateFormat::text;
};

struct NotificationChannel {
    std::string channel;
    std::optional<std::uint32_t> template_index;  // else entry gives the text
    // In the notification's unit; leaves the text, or for a template a list of its arguments in the
    // order of its parameters, then end.
    std::uint32_t entry = 0;
};

struct Notification {
    std::string name;
    std::vector<Parameter> parameters;
    UnitIndex unit = 0;
    std::vector<NotificationChannel> channels;
    bool critical = false;
};

struct Flow {
    std::string name;
    std::vector<Parameter> parameters;
    TypeIndex result = 0;
    UnitIndex unit = 0;
};

// What an outside service can do, from its declaration.
struct ServiceAction {
    std::string integration;  // "mpesa"
    std::string name;         // "stk_push"
    std::vector<Parameter> parameters;
    TypeIndex result = 0;  // a record type, or none
    Value sample;          // the answer when nothing else answers
    bool costs_money = false;
};

struct Integration {
    std::string name;
    std::vector<std::pair<std::string, std::string>> options;  // a secret as "secret(NAME)"
};

struct Channel {
    std::string name;
    std::uint32_t retry_count = 0;
    Duration retry_first, retry_limit;
    std::string fall_back_to;
    std::optional<TimeOfDay> quiet_from, quiet_to;
    std::string quiet_zone;  // as written: a zone, or `recipient.timezone`
};

struct Calendar {
    std::string name;
    std::vector<Date> days;
};

struct Header {
    std::string name;  // of the rulebook
    std::int32_t language_version = 1;
    std::string timezone;  // empty: none in force
    Currency currency;
    std::vector<std::pair<std::string, Duration>> keep;
};

// `test` blocks, run by the simulation. Not part of the program's hash.
enum class TestStepKind : std::uint8_t {
    given_now,      // entry: the instant
    given_record,   // entry: executes create and stores the reference in `local`; 0xffff: nowhere
    given_setting,  // index: setting; entry: value
    when_event,     // index: event; entry: emits
    when_change,    // actor; entry: the statement
    when_request,   // actor; index: rule; entry: leaves a list of the asked values in order
    when_answer,    // actor; name: "approved" or "refused"; to the last question that is open
    after,          // entry: the duration
    expect,         // entry: a condition
    expect_effect,  // channel, name; entry: leaves a list: the recipient where has_recipient, then
                    // the text it contains where has_containing
    answer,         // name: integration.action; entry: the record
    fail,           // name: integration.action or channel; entry: leaves a list of the code alone
};

struct TestStep {
    TestStepKind kind = TestStepKind::expect;
    std::uint32_t line = 0;
    std::uint32_t entry = 0;
    std::uint32_t index = 0;
    std::uint16_t local = 0;
    bool negated = false;  // `expect no …`
    bool has_recipient = false;
    bool has_containing = false;  // expect … containing "…"
    bool overrides = false;       // of when_change
    std::uint32_t times = 0;      // 0: not said
    std::string channel;          // "email", "alert", "call", "log", "notify", "run"
    std::string name;             // of the template, notification, action
    std::optional<std::uint16_t> actor_local;
    std::string text;  // as written, for the report
};

struct Test {
    std::string title;
    std::string file;
    std::uint32_t line = 0;
    UnitIndex unit = 0;
    std::vector<TestStep> steps;
};

struct Program {
    Header header;
    Schema schema;
    std::vector<Unit> units;
    std::vector<Rule> rules;  // ascending by id
    std::vector<Flow> flows;
    std::vector<Template> templates;
    std::vector<Notification> notifications;
    std::vector<Integration> integrations;
    std::vector<ServiceAction> actions;
    std::vector<Channel> channels;
    std::vector<Calendar> calendars;
    std::vector<Journey> journeys;
    std::vector<std::string> groups;
    std::vector<Test> tests;
    Hash hash;  // of the sorted units and the schema

    std::optional<RuleIndex> find_rule(std::string_view id) const;
    std::uint32_t line_of(UnitIndex unit, std::uint32_t instruction) const;
};

std::string_view opcode_name(Opcode op);
std::string_view builtin_name(Builtin builtin);
std::optional<Builtin> find_builtin(std::string_view name);

}  // namespace pawl::rules
