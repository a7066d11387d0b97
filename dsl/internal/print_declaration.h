#pragma once

#include "dsl/internal/print_statement.h"

// Declarations as canonical lines.

namespace pawl::dsl {

class DeclarationPrinter {
 public:
    DeclarationPrinter(const Tree& tree, Lines& lines)
        : lines_(lines), p_(tree), statements_(tree, lines), tree_(tree) {}

    void declaration(const Declaration& declaration);

 private:
    friend struct DeclarationForms;
    friend struct StepForms;

    // One line of a list of names in columns: what stands in the second begins at `column`.
    void item(std::uint32_t begin, Lines::Place place, const std::string& text,
              std::size_t continuation = 0);
    void fields(const std::vector<FieldForm>& fields,
                const std::vector<EntityDeclaration::UniqueSet>& sets);
    void field(const FieldForm& field, std::size_t width, Lines::Place place);
    std::string field_text(const FieldForm& field) const;
    void options(const std::vector<OptionForm>& options, Lines::Place place);
    std::string option_values(const OptionForm& option) const;
    std::string brackets(const std::vector<ParameterForm>& parameters) const;
    void event(const EventDeclaration& event);
    void service_action(const ServiceAction& action);
    void journey_items(const std::vector<JourneyItem>& items, Lines::Place place);
    void step(const StepForm& step, Lines::Place place);
    void test_steps(const std::vector<TestStep>& steps);
    void end() { statements_.end(); }

    Lines& lines_;
    ExpressionPrinter p_;
    StatementPrinter statements_;
    const Tree& tree_;
};

}  // namespace pawl::dsl
