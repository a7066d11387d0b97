#pragma once

#include <vector>

#include "dsl/internal/generate_expression.h"

// Code of statements. Between two statements the stack is empty.

namespace pawl::dsl::internal {

class StatementGenerator {
 public:
    StatementGenerator(const GenerateInput& input, CodeBuilder& code)
        : input_(input), code_(code), expressions_(input, code) {}

    void block(const Block& statements);
    void statement(StatementIndex index);

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
    void one(const ForEachStatement& for_each);
    void one(const NextStatement& next);
    void one(const IfStatement& branches);
    void one(const TryStatement& attempt);
    void one(const StopStatement& stop);
    void one(const ReturnStatement& give);
    // Those that wait or tell time: the checker refuses them in this version.
    template <class Refused>
    void one(const Refused&);

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
};

}  // namespace pawl::dsl::internal
