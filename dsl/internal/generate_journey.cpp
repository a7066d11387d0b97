#include <algorithm>

#include "base/check.h"
#include "dsl/internal/generate_units.h"

namespace pawl::dsl::internal {

namespace {

class JourneyGenerator {
 public:
    JourneyGenerator(const GenerateInput& input, CodeBuilder& code, rules::Journey& journey)
        : input_(input), code_(code), journey_(journey), expressions_(input, code) {}

    void generate(const JourneyDeclaration& written) {
        journey_.starts_entry = entry(written.starts);
        journey_.pauses_while_entry = entry(written.pauses_while);
        journey_.pauses_until_entry = entry(written.pauses_until);
        journey_.plan_entry = code_.here();
        for (const JourneyItem& item : written.items) plan(item);
        code_.emit(Opcode::end);
        for (const JourneyItem& item : written.items) bodies(item);
        for (std::size_t step = 0; step < journey_.steps.size(); ++step) {
            only_ = static_cast<std::uint32_t>(step);
            journey_.steps[step].find_entry = code_.here();
            for (const JourneyItem& item : written.items)
                if (plans(item)) plan(item);
            code_.emit(Opcode::end);
        }
    }

 private:
    std::optional<std::uint32_t> entry(ExpressionIndex value) {
        if (is_none(value)) return std::nullopt;
        code_.at_line(input_.line(input_.tree.at(value).span));
        const std::uint32_t place = code_.here();
        expressions_.value(value);
        code_.emit(Opcode::end);
        return place;
    }

    std::uint32_t place_of(const StepForm& step) const {
        const std::uint32_t place = input_.binding(step.name).index;
        PAWL_CHECK(place < journey_.steps.size());
        return place;
    }

    void plan(const JourneyItem& item) {
        std::visit([&](const auto& form) { plan(form); }, item.form);
    }

    void plan(const StepForm& step) {
        code_.at_line(input_.line(step.span));
        const std::uint32_t place = place_of(step);
        if (only_ && place != *only_) return;
        const auto& parameters = journey_.steps[place].parameters;
        for (const std::uint16_t parameter : parameters) code_.emit(Opcode::load_local, parameter);
        if (only_)
            code_.emit(Opcode::push_missing);
        else
            expressions_.value_or_missing(step.title);
        expressions_.value(step.at);
        code_.emit(Opcode::plan_step, place, static_cast<std::uint32_t>(parameters.size()));
    }

    bool plans(const JourneyItem& item) const {
        if (!only_) return true;
        if (const auto* step = std::get_if<StepForm>(&item.form)) return place_of(*step) == *only_;
        const auto* loop = std::get_if<JourneyLoop>(&item.form);
        return loop != nullptr &&
               std::any_of(loop->items.begin(), loop->items.end(),
                           [this](const JourneyItem& inner) { return plans(inner); });
    }

    void plan(const JourneyLoop& loop) {
        code_.at_line(input_.line(loop.span));
        const std::uint32_t variable = input_.binding(loop.variable).index;
        const CodeLabel next = code_.label();
        const CodeLabel done = code_.label();
        expressions_.items(loop.source, variable);
        code_.emit(Opcode::iterate_begin, 0, variable + 1);
        code_.place(next);
        code_.jump(Opcode::iterate_next, done, variable + 1);
        code_.emit(Opcode::store_local, variable);
        for (const JourneyItem& inner : loop.items)
            if (plans(inner)) plan(inner);
        code_.jump(Opcode::jump, next);
        code_.place(done);
    }

    void bodies(const JourneyItem& item) {
        if (const auto* loop = std::get_if<JourneyLoop>(&item.form))
            for (const JourneyItem& inner : loop->items) bodies(inner);
        if (const auto* step = std::get_if<StepForm>(&item.form)) body(*step);
    }

    void body(const StepForm& step) {
        rules::JourneyStep& made = journey_.steps[place_of(step)];
        made.unless_entry = entry(step.unless);
        if (made.catch_up.value.is_missing()) made.catch_up.entry = entry(step.catch_up);
        code_.at_line(input_.line(step.span));
        made.body_entry = code_.here();
        StatementGenerator(input_, code_).body(step.body);
    }

    const GenerateInput& input_;
    CodeBuilder& code_;
    rules::Journey& journey_;
    ExpressionGenerator expressions_;
    std::optional<std::uint32_t> only_;  // the step that is planned; none: all of them
};

}  // namespace

void generate_journey(const GenerateInput& input, CodeBuilder& code,
                      const JourneyDeclaration& written, rules::Journey& journey) {
    JourneyGenerator(input, code, journey).generate(written);
}

}  // namespace pawl::dsl::internal
