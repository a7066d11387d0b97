#pragma once

#include "dsl/internal/print_expression.h"
#include "dsl/internal/print_lines.h"

// Statements, triggers and guards as canonical lines.

namespace pawl::dsl {

class StatementPrinter {
 public:
    StatementPrinter(const Tree& tree, Lines& lines) : tree_(tree), lines_(lines), p_(tree) {}

    // The statements one step to the right, each on a line of its own.
    void block(const Block& block);
    void statement(StatementIndex index, Lines::Place place);
    // The `end` of a block.
    void end();

    void trigger(const Trigger& trigger, Lines::Place place);
    void guard(const Guard& guard);

    std::string set_items(const SetStatement& set) const;
    std::string clear_items(const ClearStatement& clear) const;
    std::string retry(const RetryClause& retry) const;
    // `ending`: "s" where it is told of a person.
    std::string steering(const JourneyStatement& form, const char* ending) const;
    std::string with(const std::vector<FieldValue>& fields) const;

 private:
    friend struct StatementForms;
    friend struct TriggerForms;

    void branches(const std::vector<Branch>& branches);
    std::string form(const CreateForm& form) const;
    std::string form(const FindOrCreateForm& form) const;
    std::string form(const CallForm& form) const;
    std::string form(const RunForm& form) const;
    std::string guard_text(const Guard& guard) const;

    const Tree& tree_;
    Lines& lines_;
    ExpressionPrinter p_;
};

}  // namespace pawl::dsl
