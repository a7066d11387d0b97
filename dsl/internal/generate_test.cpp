#include <algorithm>

#include "base/check.h"
#include "dsl/internal/generate_units.h"

namespace pawl::dsl::internal {

namespace {

class TestGenerator {
 public:
    TestGenerator(const GenerateInput& input, CodeBuilder& code)
        : input_(input), code_(code), expressions_(input, code), statements_(input, code) {}

    void step(const TestStep& written, rules::TestStep& step) {
        code_.at_line(input_.line(written.span));
        step.entry = code_.here();
        std::visit([&](const auto& form) { one(form, step); }, written.form);
        code_.emit(Opcode::end);
    }

 private:
    void one(const GivenNow& given, rules::TestStep&) { expressions_.value(given.instant); }
    void one(const GivenRecord& given, rules::TestStep& step) {
        statements_.create(given.record);
        if (given.name.empty()) {
            step.local = 0xffff;  // of no name
            code_.emit(Opcode::pop);
        } else {
            code_.emit(Opcode::store_local, step.local);
        }
    }
    void one(const GivenSetting& given, rules::TestStep&) { expressions_.value(given.value); }
    void one(const WhenEvent& when, rules::TestStep&) {
        // The event's own id is no field of it: it goes with the step.
        std::vector<FieldValue> fields;
        for (const FieldValue& field : when.fields)
            if (const auto bound = input_.find_binding(field.name);
                bound && bound->kind != BindingKind::none)
                fields.push_back(field);
        statements_.emit_event(when.event, fields);
    }
    void one(const WhenChange& when, rules::TestStep&) { statements_.statement(when.statement); }
    void one(const WhenRequest& when, rules::TestStep& step) {
        std::size_t asked_count = 0;
        for (const rules::Trigger& trigger : input_.program.rules[step.index].triggers)
            asked_count = std::max(asked_count, trigger.asked.size());
        values(when.fields, asked_count);
        code_.emit(Opcode::make_list, static_cast<std::uint32_t>(asked_count));
    }
    void one(const WhenAnswer&, rules::TestStep&) {}  // the step itself says all
    void one(const AfterStep& after, rules::TestStep&) { expressions_.value(after.duration); }
    void one(const ExpectCondition& expect, rules::TestStep&) {
        expressions_.value(expect.condition);
    }
    void one(const ExpectEffect& expect, rules::TestStep& step) {
        step.has_recipient = !is_none(expect.to);
        step.has_containing = !is_none(expect.containing);
        if (step.has_recipient) expressions_.value(expect.to);
        if (step.has_containing) expressions_.value(expect.containing);
        code_.emit(Opcode::make_list,
                   (step.has_recipient ? 1u : 0u) + (step.has_containing ? 1u : 0u));
    }
    void one(const AnswerStep& answer, rules::TestStep&) {
        const rules::ServiceAction& action =
            input_.program.actions[input_.binding(answer.action).index];
        const rules::Type& type = input_.type(action.result);
        if (type.kind != rules::TypeKind::record) {
            code_.emit(Opcode::push_missing);
            return;
        }
        const std::size_t count = input_.program.schema.records[type.index].fields.size();
        values(answer.fields, count);
        code_.emit(Opcode::make_record, static_cast<std::uint32_t>(count), type.index);
    }
    void one(const FailStep& fail, rules::TestStep&) {
        expressions_.value_or_missing(fail.code);
        code_.emit(Opcode::make_list, 1);
    }

    // By place; missing where none is given.
    void values(const std::vector<FieldValue>& fields, std::size_t count) {
        std::vector<ExpressionIndex> given(count, ExpressionIndex::none);
        for (const FieldValue& field : fields) {
            const std::uint32_t place = input_.binding(field.name).index;
            PAWL_CHECK(place < count);
            given[place] = field.value;
        }
        for (const ExpressionIndex value : given) expressions_.value_or_missing(value);
    }

    const GenerateInput& input_;
    CodeBuilder& code_;
    ExpressionGenerator expressions_;
    StatementGenerator statements_;
};

}  // namespace

void generate_test(const GenerateInput& input, CodeBuilder& code, const TestDeclaration& written,
                   rules::Test& test) {
    PAWL_CHECK(written.steps.size() == test.steps.size());
    TestGenerator generator(input, code);
    for (std::size_t at = 0; at < written.steps.size(); ++at)
        generator.step(written.steps[at], test.steps[at]);
}

}  // namespace pawl::dsl::internal
