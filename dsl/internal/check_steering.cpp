#include <algorithm>

#include "base/suggest.h"
#include "dsl/internal/check_statements.h"

// Statements that steer a journey, as people in tests do: of which record, and which of its steps.

namespace pawl::dsl::internal {

namespace {

void collect_steps(const std::vector<JourneyItem>& items, std::vector<const StepForm*>& steps) {
    for (const JourneyItem& item : items) {
        if (const auto* step = std::get_if<StepForm>(&item.form)) steps.push_back(step);
        if (const auto* loop = std::get_if<JourneyLoop>(&item.form))
            collect_steps(loop->items, steps);
    }
}

class Steering {
 public:
    Steering(Expressions& expressions, const JourneyStatement& form, const Named& named)
        : context_(expressions.context()),
          expressions_(expressions),
          form_(form),
          named_(named),
          journey_(
              std::get<JourneyDeclaration>(context_.tree.declarations[named.declaration].form)) {}

    void check() {
        context_.bind(form_.journey, BindingKind::journey, named_.index);
        if (form_.step.empty()) return;
        std::vector<const StepForm*> steps;
        collect_steps(journey_.items, steps);
        const auto found = std::find_if(steps.begin(), steps.end(), [&](const StepForm* step) {
            return step->name.text == form_.step.text;
        });
        if (found == steps.end()) {
            forgive();
            return no_such_step(steps);
        }
        const auto place = static_cast<std::uint32_t>(found - steps.begin());
        context_.bind(form_.step, BindingKind::step, place);
        values(**found, place);
    }

    void whom() {
        if (is_none(form_.of)) return;
        const Named* entity = context_.space(Space::entity).find(journey_.of.text);
        Type record;
        if (entity != nullptr && !entity->lost)
            record = {TypeKind::reference, false, static_cast<std::uint16_t>(entity->index)};
        expressions_.require(form_.of, record, "the journey " + quoted(journey_.name.text));
    }

 private:
    void forgive() {
        for (const ExpressionIndex value : form_.step_arguments)
            expressions_.check_forgiving(value);
    }

    void no_such_step(const std::vector<const StepForm*>& steps) {
        std::vector<std::string> names;
        names.reserve(steps.size());
        for (const StepForm* step : steps) names.push_back(step->name.text);
        std::string hint = did_you_mean(form_.step.text, names);
        if (hint.empty() && !names.empty()) hint = "its steps are " + list_names(names);
        context_.report(DiagnosticCode::unknown_name, form_.step.span,
                        quoted(journey_.name.text) + " has no step " + quoted(form_.step.text),
                        std::move(hint));
    }

    void values(const StepForm& step, std::uint32_t place) {
        const std::size_t wanted = step.parameters.size();
        if (wanted != form_.step_arguments.size()) {
            forgive();
            const auto count = [](std::size_t number) {
                return number == 1 ? std::string("1 value") : std::to_string(number) + " values";
            };
            context_.report(DiagnosticCode::wrong_arguments, form_.step.span,
                            "the step " + quoted(step.name.text) + " takes " + count(wanted) +
                                ", and here stand " + count(form_.step_arguments.size()),
                            {}, {{step.name.span, "the step is declared here"}});
            return;
        }
        const rules::Journey& made = context_.program().journeys[named_.index];
        const bool is_whole =
            place < made.steps.size() && made.steps[place].parameters.size() == wanted;
        if (!is_whole) return forgive();
        const CheckedUnit& unit = context_.checked.units[made.unit];
        for (std::size_t i = 0; i < wanted; ++i) {
            const Type due = context_.type(unit.local_types[made.steps[place].parameters[i]]);
            expressions_.require(
                form_.step_arguments[i], due,
                quoted(step.parameters[i].text) + " of the step " + quoted(step.name.text));
        }
    }

    Context& context_;
    Expressions& expressions_;
    const JourneyStatement& form_;
    const Named& named_;
    const JourneyDeclaration& journey_;
};

}  // namespace

void check_steering(Expressions& expressions, const JourneyStatement& form) {
    Context& context = expressions.context();
    const Named* named = context.lookup(Space::journey, form.journey);
    if (named != nullptr) Steering(expressions, form, *named).check();
    if (named == nullptr)
        for (const ExpressionIndex value : form.step_arguments) expressions.check_forgiving(value);
    if (!is_none(form.by_or_until)) {
        if (form.verb == JourneyVerb::shift)
            expressions.require(form.by_or_until, simple(TypeKind::duration), "`by`");
        else
            check_moment(expressions, form.by_or_until, "`until` is");
    }
    if (named != nullptr)
        Steering(expressions, form, *named).whom();
    else if (!is_none(form.of))
        expressions.check_forgiving(form.of);
}

}  // namespace pawl::dsl::internal
