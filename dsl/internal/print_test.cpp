#include <algorithm>

#include "dsl/internal/print_declaration.h"

namespace pawl::dsl {

// The text of a test's step. `given` names a record in a column of that width.
struct StepForms {
    DeclarationPrinter& d;
    std::size_t width = 0;

    const ExpressionPrinter& p() const { return d.p_; }
    std::string with(const std::vector<FieldValue>& fields) const {
        return d.statements_.with(fields);
    }
    std::string times(ExpressionIndex count) const {
        return is_none(count) ? std::string() : " " + p().operand(count) + " times";
    }

    std::string operator()(const GivenNow& form) const {
        return "given now " + p().operand(form.instant);
    }
    std::string operator()(const GivenRecord& form) const {
        std::string text = "given ";
        if (!form.name.empty()) {
            const std::string name = p().name(form.name);
            text += name + std::string(width - std::min(width, name.size()), ' ') + " = ";
        }
        return text + p().name(form.record.entity) + with(form.record.fields);
    }
    std::string operator()(const GivenSetting& form) const {
        return "given setting " + p().name(form.setting) + " = " + p().operand(form.value);
    }
    std::string operator()(const WhenEvent& form) const {
        return "when " + p().name(form.event) + with(form.fields);
    }
    std::string operator()(const WhenChange& form) const {
        const std::string actor = "when " + p().name(form.actor);
        const Statement& statement = d.tree_.at(form.statement);
        if (const auto* set = std::get_if<SetStatement>(&statement.form))
            return actor + (form.override_ ? " overrides " : " sets ") +
                   d.statements_.set_items(*set);
        if (const auto* clear = std::get_if<ClearStatement>(&statement.form))
            return actor + " clears " + d.statements_.clear_items(*clear);
        if (const auto* create = std::get_if<CreateStatement>(&statement.form))
            return actor + " creates " + p().name(create->form.entity) + with(create->form.fields);
        if (const auto* journey = std::get_if<JourneyStatement>(&statement.form))
            return actor + " " + d.statements_.steering(*journey, "s");
        return actor + " deletes " + p().operand(std::get<DeleteStatement>(statement.form).target);
    }
    std::string operator()(const WhenRequest& form) const {
        return "when " + p().name(form.actor) + " requests " + p().name(form.rule) +
               with(form.fields);
    }
    std::string operator()(const WhenAnswer& form) const {
        return "when " + p().name(form.actor) + " answers " + p().name(form.answer);
    }
    std::string operator()(const AfterStep& form) const {
        return "after " + p().operand(form.duration);
    }
    std::string operator()(const ExpectCondition& form) const {
        return "expect " + p().whole(form.condition);
    }
    std::string operator()(const ExpectEffect& form) const {
        std::string text =
            std::string("expect ") + (form.negated ? "no " : "") + p().name(form.channel);
        if (!form.name.empty()) {
            text += form.channel.text == "run" ? " of " : " ";
            text += p().name(form.name);
        }
        if (!is_none(form.to)) text += " to " + p().operand(form.to);
        if (!is_none(form.containing))
            text += soft_break(1) + " containing " + p().operand(form.containing);
        return text + times(form.times);
    }
    std::string operator()(const AnswerStep& form) const {
        return "answer " + p().name(form.action) + with(form.fields);
    }
    std::string operator()(const FailStep& form) const {
        return "fail " + p().name(form.action) + " with " + p().operand(form.code) +
               times(form.times);
    }
};

void DeclarationPrinter::test_steps(const std::vector<TestStep>& steps) {
    std::size_t width = 0;
    for (const TestStep& step : steps) {
        const auto* given = std::get_if<GivenRecord>(&step.form);
        if (given != nullptr && !given->name.empty())
            width = std::max(width, std::min<std::size_t>(p_.name(given->name).size(), 20));
    }
    Lines::Place place = Lines::Place::first;
    for (const TestStep& step : steps) {
        item(step.span.begin, place, std::visit(StepForms{*this, width}, step.form));
        place = Lines::Place::item;
    }
}

}  // namespace pawl::dsl
