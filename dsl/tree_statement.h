#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"
#include "dsl/tree_expression.h"

// Statements of the syntax tree (tree.h), as written.

namespace pawl::dsl {

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
struct CreateStatement {
    CreateForm form;
};
struct FindOrCreateStatement {
    FindOrCreateForm form;
};
struct CallStatement {
    CallForm form;
};
struct RunStatement {
    RunForm form;
};
struct DeleteStatement {
    ExpressionIndex target = ExpressionIndex::none;
};
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
struct LogStatement {
    ExpressionIndex text = ExpressionIndex::none;
};
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
    start,
    pause,
    resume,
    shift,
    stop,
    skip_step,
    trigger_step
};
struct JourneyStatement {
    JourneyVerb verb = JourneyVerb::start;
    Name journey;
    Name step;  // of skip and trigger
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
struct StopStatement {
    bool forget = false;
};
struct ReturnStatement {
    ExpressionIndex value = ExpressionIndex::none;
};

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

}  // namespace pawl::dsl
