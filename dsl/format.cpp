#include "dsl/format.h"

#include "dsl/internal/print_declaration.h"
#include "dsl/parser.h"

namespace pawl::dsl {

namespace {

// Declarations of one line may stand close together, as they were written.
bool is_one_line(const Declaration& declaration) {
    return std::holds_alternative<SettingDeclaration>(declaration.form) ||
           std::holds_alternative<DefineDeclaration>(declaration.form) ||
           std::holds_alternative<RolesDeclaration>(declaration.form) ||
           std::holds_alternative<PersonDeclaration>(declaration.form) ||
           std::holds_alternative<AllowDeclaration>(declaration.form);
}

}  // namespace

Result<std::string> format(std::string_view path, std::string_view text) {
    SourceSet sources;
    const FileIndex file = sources.add(std::string(path), std::string(text));
    std::vector<Diagnostic> diagnostics;
    const Tree tree = parse_one(sources, file, diagnostics);
    sort_diagnostics(diagnostics);
    if (!diagnostics.empty()) {
        const Diagnostic& first = diagnostics.front();
        const Position place = sources.file(file).position(first.span.begin);
        return Error{.code = diagnostic_code_text(first.code),
                     .message = std::string(path) + ":" + std::to_string(place.line) + ":" +
                                std::to_string(place.column) + ": " + first.message};
    }
    Lines lines(tree, sources.file(file));
    DeclarationPrinter printer(tree, lines);
    const Declaration* before = nullptr;
    for (const Declaration& declaration : tree.declarations) {
        const bool is_close = before != nullptr && is_one_line(*before) &&
                              is_one_line(declaration) &&
                              before->form.index() == declaration.form.index();
        lines.begin_declaration(declaration.span.begin, before != nullptr && !is_close);
        printer.declaration(declaration);
        before = &declaration;
    }
    return lines.finish();
}

}  // namespace pawl::dsl
