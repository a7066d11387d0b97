#include <string>
#include <type_traits>

#include "base/check.h"
#include "dsl/internal/generate_units.h"

namespace pawl::dsl::internal {

namespace {

class RuleGenerator {
 public:
    RuleGenerator(const GenerateInput& input, CodeBuilder& code, rules::Rule& rule)
        : input_(input), code_(code), rule_(rule), expressions_(input, code) {}

    void conditions(const std::vector<RuleClause>& clauses) {
        rule_.conditions_entry = code_.here();
        for (const RuleClause& clause : clauses) {
            if (clause.kind == ClauseKind::let) {
                code_.at_line(input_.line(clause.span));
                expressions_.value(clause.value);
                code_.emit(Opcode::store_local, input_.binding(clause.name).index);
            } else {
                split(clause);
            }
        }
        code_.emit(Opcode::conditions_end);
    }

    void trigger(const Trigger& written, rules::Trigger& trigger) {
        code_.at_line(input_.line(written.span));
        std::visit(
            [&](const auto& form) {
                using Form = std::decay_t<decltype(form)>;
                if constexpr (std::is_same_v<Form, WheneverTrigger>)
                    trigger.whenever_entry = entry(form.condition);
                else if constexpr (std::is_same_v<Form, CrossesTrigger>)
                    value_of(form.threshold, trigger);
                else if constexpr (std::is_same_v<Form, BecomesTrigger>)
                    value_of(form.value, trigger);
                else if constexpr (std::is_same_v<Form, ChangesTrigger>)
                    value_of(form.to, trigger);
            },
            written.form);
    }

    void guard(const Guard& written) {
        code_.at_line(input_.line(written.span));
        if (written.kind == GuardKind::rearm) rule_.rearm_entry = entry(written.value);
        if (written.kind == GuardKind::once_per) once(written);
    }

 private:
    // `if` holds when every part of its `and` does, `unless` holds back when one part of its `or`
    // does; so each part is a clause of its own, and a skip can name it.
    void split(const RuleClause& clause) {
        const bool is_unless = clause.kind == ClauseKind::unless;
        const BinaryOperator joint = is_unless ? BinaryOperator::or_ : BinaryOperator::and_;
        for (const ExpressionIndex part : input_.parts(clause.value, joint)) {
            const Span span = input_.tree.at(part).span;
            code_.at_line(input_.line(span));
            expressions_.value(part);
            code_.emit(is_unless ? Opcode::exclude : Opcode::require,
                       static_cast<std::uint32_t>(rule_.clauses.size()));
            rule_.clauses.push_back({is_unless, input_.text(span), code_.line()});
        }
    }

    std::uint32_t entry(ExpressionIndex value) {
        const std::uint32_t place = code_.here();
        expressions_.value(value);
        code_.emit(Opcode::end);
        return place;
    }

    // A setting, say; what is written out the checker made a constant of.
    void value_of(ExpressionIndex value, rules::Trigger& trigger) {
        if (!is_none(value) && trigger.value.is_missing()) trigger.value_entry = entry(value);
    }

    void once(const Guard& written) {
        std::vector<ExpressionIndex> keys = written.per;
        if (!is_none(written.value)) keys.push_back(written.value);
        rule_.once_entry = code_.here();
        for (const ExpressionIndex key : keys) expressions_.value(key);
        if (keys.size() != 1)
            code_.emit(Opcode::make_list, static_cast<std::uint32_t>(keys.size()));
        code_.emit(Opcode::end);
    }

    const GenerateInput& input_;
    CodeBuilder& code_;
    rules::Rule& rule_;
    ExpressionGenerator expressions_;
};

}  // namespace

void generate_rule(const GenerateInput& input, CodeBuilder& code, const RuleDeclaration& written,
                   rules::Rule& rule) {
    RuleGenerator generator(input, code, rule);
    rule.clauses.clear();
    generator.conditions(written.clauses);
    rule.body_entry = code.here();
    StatementGenerator(input, code).block(written.body);
    code.emit(Opcode::end);
    for (const Guard& guard : written.guards) generator.guard(guard);
    PAWL_CHECK(written.triggers.size() == rule.triggers.size());
    for (std::size_t at = 0; at < written.triggers.size(); ++at)
        generator.trigger(written.triggers[at], rule.triggers[at]);
    rule.match = find_match(input, written, rule);
}

}  // namespace pawl::dsl::internal
