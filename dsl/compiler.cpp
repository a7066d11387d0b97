#include "dsl/compiler.h"

#include "base/check.h"
#include "dsl/internal/generate_units.h"
#include "rules/program_file.h"

namespace pawl::dsl {

namespace {

using internal::CodeBuilder;
using internal::GenerateInput;

struct Outgrown {
    rules::UnitIndex unit = 0;
    std::string_view what;
};

class ProgramGenerator {
 public:
    ProgramGenerator(const Tree& tree, const Checked& checked, const SourceSet& sources,
                     rules::Program& program)
        : input_{tree, checked, program, sources}, program_(program) {}

    // The units that outgrew their tables.
    std::vector<Outgrown> run() {
        const std::vector<CheckedUnit>& units = input_.checked.units;
        std::vector<Outgrown> outgrown;
        program_.units.clear();
        program_.units.resize(units.size());
        for (rules::UnitIndex index = 0; index < units.size(); ++index)
            if (const auto what = generate(units[index], program_.units[index]))
                outgrown.push_back({index, *what});
        return outgrown;
    }

 private:
    const Declaration& declaration(const CheckedUnit& checked) const {
        return input_.tree.declarations[checked.declaration];
    }

    std::optional<std::string_view> generate(const CheckedUnit& checked, rules::Unit& unit) {
        const Declaration& written = declaration(checked);
        unit.kind = checked.kind;
        unit.file = input_.sources.file(written.span.file).path();
        unit.line = input_.line(written.span);
        unit.parameter_count = checked.parameter_count;
        unit.local_count = static_cast<std::uint16_t>(checked.local_names.size());
        unit.local_names = checked.local_names;
        unit.local_types = checked.local_types;
        CodeBuilder code(unit);
        code.at_line(unit.line);
        std::visit([&](const auto& form) { one(form, checked, code); }, written.form);
        PAWL_CHECK(unit.local_count == unit.local_names.size());
        return code.finish();
    }

    void one(const RuleDeclaration& written, const CheckedUnit& checked, CodeBuilder& code) {
        rules::Rule& rule = program_.rules[checked.table_index];
        code.unit().id = rule.id;
        generate_rule(input_, code, written, rule);
    }
    void one(const FlowDeclaration& written, const CheckedUnit& checked, CodeBuilder& code) {
        code.unit().id = program_.flows[checked.table_index].name;
        internal::StatementGenerator(input_, code).body(written.body);
    }
    void one(const DefineDeclaration& written, const CheckedUnit&, CodeBuilder& code) {
        code.unit().id = written.name.text;
        internal::ExpressionGenerator(input_, code).value(written.value);
        code.emit(rules::Opcode::end);
    }
    void one(const TemplateDeclaration& written, const CheckedUnit& checked, CodeBuilder& code) {
        rules::Template& text = program_.templates[checked.table_index];
        code.unit().id = text.channel + " " + text.name;
        generate_template(input_, code, written, text);
    }
    void one(const NotificationDeclaration& written, const CheckedUnit& checked,
             CodeBuilder& code) {
        rules::Notification& notification = program_.notifications[checked.table_index];
        code.unit().id = notification.name;
        generate_notification(input_, code, written, notification);
    }
    void one(const JourneyDeclaration& written, const CheckedUnit& checked, CodeBuilder& code) {
        rules::Journey& journey = program_.journeys[checked.table_index];
        code.unit().id = journey.name;
        generate_journey(input_, code, written, journey);
    }
    void one(const TestDeclaration& written, const CheckedUnit& checked, CodeBuilder& code) {
        code.unit().id = written.title;
        generate_test(input_, code, written, program_.tests[checked.table_index]);
    }
    template <class NoCode>
    void one(const NoCode&, const CheckedUnit& checked, CodeBuilder&) {
        // Actions are refused in this version; nothing else has code.
        constexpr bool has_code = false;
        PAWL_CHECK(checked.kind == rules::UnitKind::action && has_code);
    }

    GenerateInput input_;
    rules::Program& program_;
};

std::string_view unit_word(rules::UnitKind kind) {
    switch (kind) {
        case rules::UnitKind::rule: return "rule";
        case rules::UnitKind::flow: return "flow";
        case rules::UnitKind::define: return "define";
        case rules::UnitKind::action: return "action";
        case rules::UnitKind::template_: return "template";
        case rules::UnitKind::notification: return "notification";
        case rules::UnitKind::journey: return "journey";
        case rules::UnitKind::test: return "test";
    }
    return "declaration";
}

void report_too_large(const Tree& tree, const Checked& checked, const Outgrown& outgrown,
                      std::vector<Diagnostic>& diagnostics) {
    const CheckedUnit& unit = checked.units[outgrown.unit];
    diagnostics.push_back(
        {.code = DiagnosticCode::declaration_too_large,
         .span = tree.declarations[unit.declaration].name_span,
         .message = "this " + std::string(unit_word(unit.kind)) +
                    " is too large to run as one: " + std::string(outgrown.what),
         .hint = "share it out over several, or move its long lists into records"});
}

}  // namespace

rules::Program generate(const Tree& tree, Checked checked, const SourceSet& sources,
                        std::vector<Diagnostic>& diagnostics) {
    rules::Program program = std::move(checked.program);
    const std::vector<Outgrown> outgrown = ProgramGenerator(tree, checked, sources, program).run();
    for (const Outgrown& each : outgrown) report_too_large(tree, checked, each, diagnostics);
    if (!outgrown.empty()) return program;
    for (const rules::UnitIndex unit : rules::measure_stacks(program))
        report_too_large(tree, checked,
                         {unit, "a list, a text or a call in it has more than 65535 parts"},
                         diagnostics);
    rules::hash_program(program);
    return program;
}

}  // namespace pawl::dsl
