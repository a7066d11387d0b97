#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "dsl/internal/generate_expression.h"

// Code of statements. Between two statements the stack is empty. What the engine reads of a wait or
// a retry beside the code (keys, conditions, numbers) is code behind the body's end.

namespace pawl::dsl::internal {

class StatementGenerator {
 public:
    StatementGenerator(const GenerateInput& input, CodeBuilder& code)
        : input_(input), code_(code), expressions_(input, code) {}

    // The statements, `end`, and the entries that belong to them.
    void body(const Block& statements);
    void block(const Block& statements);
    void statement(StatementIndex index) { statement(index, nullptr); }

    // Each leaves its value.
    void create(const CreateForm& form);
    void emit_event(const Name& event, const std::vector<FieldValue>& fields);

 private:
    void one(const LetStatement& let);
    void one(const SetStatement& set);
    void one(const ClearStatement& clear);
    void one(const AddStatement& add);
    void one(const CreateStatement& create);
    void one(const FindOrCreateStatement& find_or_create);
    void one(const DeleteStatement& del);
    void one(const EmitStatement& emit);
    void one(const SendStatement& send);
    void one(const NotifyStatement& notify);
    void one(const AlertStatement& alert);
    void one(const CallStatement& call);
    void one(const RunStatement& run);
    void one(const LogStatement& log);
    void one(const WaitStatement& wait);
    void one(const WaitForStatement& wait, Span span);
    void one(const AskStatement& ask);
    void one(const CancelRunsStatement& cancel);
    void one(const JourneyStatement& journey);
    void one(const ForEachStatement& for_each);
    void one(const NextStatement& next);
    void one(const IfStatement& branches);
    void one(const TryStatement& attempt);
    void one(const StopStatement& stop);
    void one(const ReturnStatement& give);

    // `retry`: the clause that stands behind the statement, or null.
    void statement(StatementIndex index, const RetryClause* retry);
    const RetryClause* retry_at(const Block& statements, std::size_t place) const;
    // Of the instruction that is emitted next.
    std::uint32_t add_retry(const RetryClause& written);
    void retried(const RetryClause* retry);
    void stated(ExpressionIndex value, const std::function<rules::Stated&()>& place);
    // An entry that leaves the value; its place is known when the body is whole.
    void entry(ExpressionIndex value, std::function<void(std::uint32_t)> note);
    // Of one that is kept somewhere: not from there.
    void entry_anew(ExpressionIndex value, std::function<void(std::uint32_t)> note);
    rules::WaitFor wait_for(const WaitForStatement& wait, std::uint32_t event_local);
    ExpressionIndex event_key(const WaitForStatement& wait, rules::WaitFor& made);
    const Branch* branch(const std::vector<Branch>& branches, std::string_view name) const;
    void branch_body(const Branch* branch);

    void find_or_create(const FindOrCreateForm& form);
    void call(const CallForm& form);
    void run(const RunForm& form);
    void form(const ExpressionIndex& value) { expressions_.value(value); }
    void form(const CreateForm& value) { create(value); }
    void form(const FindOrCreateForm& value) { find_or_create(value); }
    void form(const CallForm& value) { call(value); }
    void form(const RunForm& value) { run(value); }

    // The record of `record.field` is pushed; the instruction that takes it follows later.
    struct Target {
        rules::EntityIndex entity = 0;
        rules::FieldIndex field = 0;
    };
    Target target(ExpressionIndex member);
    void set(ExpressionIndex member, ExpressionIndex value, ExpressionIndex because);
    void values(const std::vector<FieldValue>& fields, rules::Shape& shape);
    void leave_tries(std::size_t down_to);

    struct Loop {
        CodeLabel next;
        std::size_t open_tries = 0;
    };

    const GenerateInput& input_;
    CodeBuilder& code_;
    ExpressionGenerator expressions_;
    std::vector<Loop> loops_;
    std::size_t open_tries_ = 0;
    const RetryClause* retry_ = nullptr;  // of the statement that is generated
    std::vector<std::function<void()>> entries_;
};

}  // namespace pawl::dsl::internal
