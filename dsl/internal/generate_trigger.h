#pragma once

#include "dsl/internal/generate_expression.h"

// Code of triggers and guards: entries of the rule's unit that each leave one value.

namespace pawl::dsl::internal {

class EntryGenerator {
 public:
    EntryGenerator(const GenerateInput& input, CodeBuilder& code, ExpressionGenerator& expressions)
        : input_(input), code_(code), expressions_(expressions) {}

    void trigger(const Trigger& written, rules::Trigger& trigger);
    // `clauses`: those of the rule, for the `let`s that a key uses.
    void guard(const Guard& written, const std::vector<RuleClause>& clauses, rules::Rule& rule);

    // Sets the `let`s that these use, themselves and through others.
    void lets(const std::vector<RuleClause>& clauses, std::vector<ExpressionIndex> users);
    void let(const RuleClause& clause);

 private:
    std::uint32_t entry(ExpressionIndex value);
    // What is written out the checker made a constant of.
    void stated(ExpressionIndex value, rules::Stated& stated);
    void threshold(ExpressionIndex value, rules::Trigger& trigger);
    std::optional<std::uint32_t> key(const std::vector<RuleClause>& clauses,
                                     const std::vector<ExpressionIndex>& keys);
    void list(const std::vector<ExpressionIndex>& values);

    void one(const CrossesTrigger& written, rules::Trigger& trigger);
    void one(const MovesTrigger& written, rules::Trigger& trigger);
    void one(const AnchorTrigger& written, rules::Trigger& trigger);
    void one(const EveryTrigger& written, rules::Trigger& trigger);
    void one(const AbsenceTrigger& written, rules::Trigger& trigger);
    void one(const CountTrigger& written, rules::Trigger& trigger);
    void one(const SequenceTrigger& written, rules::Trigger& trigger);
    void sweep(const QueryExpression& query, std::uint16_t row, rules::Sweep& sweep);
    void part(const PatternPart& written, rules::PatternPart& part);
    void key_of_part(ExpressionIndex per, std::size_t place, rules::PatternPart& part);

    const GenerateInput& input_;
    CodeBuilder& code_;
    ExpressionGenerator& expressions_;
};

}  // namespace pawl::dsl::internal
