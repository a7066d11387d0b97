#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "dsl/tree_expression.h"
#include "dsl/tree_rule.h"
#include "dsl/tree_statement.h"

// The syntax tree of a rulebook, exactly as written: names are text, nothing is resolved. Nodes
// live in the Tree's vectors and are named by index; every node knows its span. Printed back by
// format.h, given meaning by check.h.

namespace pawl::dsl {

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
    std::vector<Name> words;  // names and words, in order
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
    Name name;  // as written: in a service without the service's name
    Name about;
    std::vector<FieldForm> fields;
};
struct TransitionForm {
    std::vector<Name> from;  // or `any`
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
    Name name;  // of let
    ExpressionIndex value = ExpressionIndex::none;
    Span span;
};
struct RuleDeclaration {
    Name name;
    std::string title;
    Name mode;  // draft, paused
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
struct JourneyItem;  // a step, or `for each … do` over items
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
struct TemplateIf {
    std::vector<TemplateBranch> branches;
};
struct TemplateFor {
    Name variable;
    ExpressionIndex source = ExpressionIndex::none;
    std::vector<TemplateNode> body;
};
struct TemplateNode {
    std::variant<TextPiece, TemplateIf, TemplateFor> form;
};
// The same text for some of the readers: templates/receipt.sw.md beside templates/receipt.md in
// another language, templates/receipt.b.md as another variant of it.
struct TemplateVersion {
    std::string language;  // "sw", "pt-BR"; empty: as the file beside it
    std::string variant;   // "b"; empty: as the file beside it
    FileIndex file = 0;
    std::vector<TemplateNode> nodes;
};
struct TemplatePart {  // subject "…", body "…" or body file "…"
    Name name;
    std::string file;  // as written, relative to the rulebook's root; empty: inline
    Span file_span;
    std::vector<TemplateNode> nodes;
    Span span;
    std::vector<TemplateVersion> versions;  // of the file, in the order of their paths
};
struct TemplateDeclaration {
    Name channel;  // email, whatsapp, sms, dashboard, pdf
    Name name;
    std::vector<ParameterForm> parameters;
    std::vector<TemplatePart> parts;
};
struct NotificationChannelForm {
    Name channel;
    Name template_name;                            // or
    ExpressionIndex text = ExpressionIndex::none;  // its text
    Span span;
};
struct NotificationDeclaration {
    Name name;
    std::vector<ParameterForm> parameters;
    std::vector<NotificationChannelForm> channels;
    bool critical = false;
    Span critical_span;
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
    std::vector<FieldForm> answers;  // the fields of its answer
    std::vector<FieldValue> sample;
    bool costs_money = false;
    Span span;
};
struct ServiceDeclaration {
    Name name;
    std::vector<ParameterForm> needs;  // options an `integration` block must give
    std::vector<EventDeclaration> events;
    std::vector<ServiceAction> actions;
};
struct RolesDeclaration {
    struct RoleForm {
        Name name;
        Name group;
    };
    std::vector<RoleForm> roles;
    Name entity, field;  // of profile.role; empty: no people entity
};
struct PersonDeclaration {
    Name entity;
    std::vector<OptionForm> options;  // name full_name, email email, …: words[0] is the field
};
struct AllowDeclaration {
    std::vector<Name> roles;
    bool everything = false;
    std::vector<Name> verbs;   // read, create, update, delete
    std::vector<Name> fields;  // update title, notes of project
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
    std::vector<OptionForm> options;  // reads, limit, …
    Span pure_span;
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
struct GivenNow {
    ExpressionIndex instant = ExpressionIndex::none;
};
struct GivenRecord {
    Name name;  // empty: not named
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
    Name actor;  // empty: `when p.status is set to …` has none
    StatementIndex statement = StatementIndex::none;  // set, create, delete
    bool override_ = false;
};
struct WhenRequest {  // when ann requests reassign with …
    Name actor;
    Name rule;
    std::vector<FieldValue> fields;
};
struct WhenAnswer {  // when ann answers approved
    Name actor;
    Name answer;
};
struct AfterStep {
    ExpressionIndex duration = ExpressionIndex::none;
};
struct ExpectCondition {
    ExpressionIndex condition = ExpressionIndex::none;
};
// expect [no] email payment_receipt to asha [containing "…"] [2 times]
struct ExpectEffect {
    bool negated = false;
    Name channel;  // email, alert, call, notify, log, run, …
    Name name;
    ExpressionIndex to = ExpressionIndex::none;
    ExpressionIndex containing = ExpressionIndex::none;
    ExpressionIndex times = ExpressionIndex::none;
};
struct AnswerStep {  // answer mpesa.stk_push with …
    Name action;
    std::vector<FieldValue> fields;
};
struct FailStep {  // fail whatsapp with "131047" 3 times
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
    Span span;       // keyword to `end`
    Span name_span;  // for messages
    std::variant<RulebookDeclaration, SettingDeclaration, EntityDeclaration, RecordDeclaration,
                 EventDeclaration, StatesDeclaration, DefineDeclaration, RuleDeclaration,
                 FlowDeclaration, JourneyDeclaration, TemplateDeclaration, NotificationDeclaration,
                 ChannelDeclaration, IntegrationDeclaration, ServiceDeclaration, RolesDeclaration,
                 PersonDeclaration, AllowDeclaration, ActionDeclaration, CalendarDeclaration,
                 TestDeclaration>
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
