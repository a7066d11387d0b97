#include "base/check.h"
#include "dsl/internal/generate_units.h"

namespace pawl::dsl::internal {

namespace {

class TemplateGenerator {
 public:
    TemplateGenerator(const GenerateInput& input, CodeBuilder& code)
        : input_(input), code_(code), expressions_(input, code) {}

    std::uint32_t part(const TemplatePart& written) {
        const std::uint32_t entry = code_.here();
        code_.at_line(input_.line(written.file.empty() ? written.span : written.file_span));
        const bool is_html = written.file.ends_with(".html");
        code_.emit(Opcode::text_begin, 0, 0, is_html ? 1 : 0);
        nodes(written.nodes);
        code_.emit(Opcode::text_end);
        code_.emit(Opcode::end);
        return entry;
    }

 private:
    void nodes(const std::vector<TemplateNode>& written) {
        for (const TemplateNode& node : written)
            std::visit([&](const auto& form) { one(form); }, node.form);
    }

    void one(const TextPiece& piece) {
        if (is_none(piece.expression)) {
            if (piece.text.empty()) return;
            code_.push(Value::text(piece.text));
            code_.emit(Opcode::text_append, 0, 0, 1);
            return;
        }
        expressions_.filtered(piece, piece.filters.size());
        const bool is_plain =
            !piece.filters.empty() && input_.binding(piece.filters.back().name).index ==
                                          static_cast<std::uint32_t>(rules::Builtin::plain);
        code_.emit(Opcode::text_append, 0, 0, is_plain ? 1 : 0);
    }

    void one(const TemplateIf& branches) {
        const CodeLabel done = code_.label();
        for (const TemplateBranch& branch : branches.branches) {
            const CodeLabel otherwise = code_.label();
            if (!is_none(branch.condition)) {
                expressions_.value(branch.condition);
                code_.jump(Opcode::jump_unless_true, otherwise);
            }
            nodes(branch.body);
            if (&branch != &branches.branches.back()) code_.jump(Opcode::jump, done);
            code_.place(otherwise);
        }
        code_.place(done);
    }

    void one(const TemplateFor& loop) {
        const std::uint32_t variable = input_.binding(loop.variable).index;
        const CodeLabel next = code_.label();
        const CodeLabel done = code_.label();
        expressions_.items(loop.source, variable);
        code_.emit(Opcode::iterate_begin, 0, variable + 1);
        code_.place(next);
        code_.jump(Opcode::iterate_next, done, variable + 1);
        code_.emit(Opcode::store_local, variable);
        nodes(loop.body);
        code_.jump(Opcode::jump, next);
        code_.place(done);
    }

    const GenerateInput& input_;
    CodeBuilder& code_;
    ExpressionGenerator expressions_;
};

// A notification passes a template what it has itself, by name.
void pass_parameters(const GenerateInput& input, CodeBuilder& code,
                     const rules::Notification& notification, const rules::Template& text) {
    for (const rules::Parameter& wanted : text.parameters) {
        std::uint32_t at = 0;
        while (at < notification.parameters.size() &&
               notification.parameters[at].name != wanted.name)
            ++at;
        if (at == notification.parameters.size()) {
            code.emit(Opcode::push_missing);
            continue;
        }
        code.emit(Opcode::load_local, at);
        const rules::Type& have = input.type(notification.parameters[at].type);
        if (have.kind != input.type(wanted.type).kind) code.emit(Opcode::convert, wanted.type);
    }
    code.emit(Opcode::make_list, static_cast<std::uint32_t>(text.parameters.size()));
}

}  // namespace

void generate_template(const GenerateInput& input, CodeBuilder& code,
                       const TemplateDeclaration& written, rules::Template& text) {
    TemplateGenerator generator(input, code);
    text.parts.clear();
    for (const TemplatePart& part : written.parts)
        text.parts.emplace_back(part.name.text, generator.part(part));
}

void generate_notification(const GenerateInput& input, CodeBuilder& code,
                           const NotificationDeclaration& written,
                           rules::Notification& notification) {
    PAWL_CHECK(written.channels.size() == notification.channels.size());
    for (std::size_t at = 0; at < written.channels.size(); ++at) {
        rules::NotificationChannel& channel = notification.channels[at];
        code.at_line(input.line(written.channels[at].span));
        channel.entry = code.here();
        if (channel.template_index)
            pass_parameters(input, code, notification,
                            input.program.templates[*channel.template_index]);
        else
            ExpressionGenerator(input, code).value(written.channels[at].text);
        code.emit(Opcode::end);
    }
}

}  // namespace pawl::dsl::internal
