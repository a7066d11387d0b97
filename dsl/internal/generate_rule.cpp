#include <algorithm>

#include "base/check.h"
#include "dsl/internal/generate_trigger.h"
#include "dsl/internal/generate_units.h"

namespace pawl::dsl::internal {

namespace {

class RuleGenerator {
 public:
    RuleGenerator(const GenerateInput& input, CodeBuilder& code, rules::Rule& rule)
        : input_(input),
          code_(code),
          rule_(rule),
          expressions_(input, code),
          entries_(input, code, expressions_) {}

    void conditions(const std::vector<RuleClause>& clauses) {
        rule_.conditions_entry = code_.here();
        for (const RuleClause& clause : clauses) {
            if (clause.kind == ClauseKind::let)
                entries_.let(clause);
            else
                split(clause);
        }
        code_.emit(Opcode::conditions_end);
    }

    // The same again for a run that goes on after a wait: what held it back by then ends it.
    void unless_alone(const std::vector<RuleClause>& clauses) {
        rule_.unless_entry.reset();
        if (excluded_.empty()) return;
        rule_.unless_entry = code_.here();
        std::vector<ExpressionIndex> users;
        for (const Excluded& each : excluded_) users.push_back(each.part);
        entries_.lets(clauses, std::move(users));
        for (const Excluded& each : excluded_) {
            code_.at_line(rule_.clauses[each.clause].line);
            expressions_.value(each.part);
            code_.emit(Opcode::exclude, each.clause);
        }
        code_.emit(Opcode::conditions_end);
    }

    EntryGenerator& entries() { return entries_; }

 private:
    // `if` holds when every part of its `and` does, `unless` holds back when one part of its `or`
    // does; so each part is a clause of its own, and a skip can name it.
    void split(const RuleClause& clause) {
        const bool is_unless = clause.kind == ClauseKind::unless;
        const BinaryOperator joint = is_unless ? BinaryOperator::or_ : BinaryOperator::and_;
        for (const ExpressionIndex part : input_.parts(clause.value, joint)) {
            const Span span = input_.tree.at(part).span;
            const auto place = static_cast<std::uint32_t>(rule_.clauses.size());
            code_.at_line(input_.line(span));
            expressions_.value(part);
            code_.emit(is_unless ? Opcode::exclude : Opcode::require, place);
            rule_.clauses.push_back({is_unless, input_.text(span), code_.line()});
            if (is_unless) excluded_.push_back({part, place});
        }
    }

    struct Excluded {
        ExpressionIndex part = ExpressionIndex::none;
        std::uint32_t clause = 0;
    };

    const GenerateInput& input_;
    CodeBuilder& code_;
    rules::Rule& rule_;
    ExpressionGenerator expressions_;
    EntryGenerator entries_;
    std::vector<Excluded> excluded_;
};

}  // namespace

void generate_rule(const GenerateInput& input, CodeBuilder& code, const RuleDeclaration& written,
                   rules::Rule& rule) {
    RuleGenerator generator(input, code, rule);
    rule.clauses.clear();
    generator.conditions(written.clauses);
    rule.body_entry = code.here();
    StatementGenerator(input, code).body(written.body);
    for (const Guard& guard : written.guards)
        generator.entries().guard(guard, written.clauses, rule);
    PAWL_CHECK(written.triggers.size() == rule.triggers.size());
    for (std::size_t at = 0; at < written.triggers.size(); ++at)
        generator.entries().trigger(written.triggers[at], rule.triggers[at]);
    generator.unless_alone(written.clauses);
    rule.match = find_match(input, written, rule);
}

}  // namespace pawl::dsl::internal
