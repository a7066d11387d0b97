#include "dsl/compile.h"

#include "dsl/check.h"
#include "dsl/compiler.h"
#include "dsl/internal/check_expression.h"
#include "dsl/parser.h"

namespace pawl::dsl {

namespace {

struct Read {
    Tree tree;
    Checked checked;
};

Read read(const SourceSet& sources, std::vector<Diagnostic>& diagnostics) {
    Read result;
    result.tree = parse(sources, diagnostics);
    result.checked = check(result.tree, sources, diagnostics);
    return result;
}

}  // namespace

Compilation compile(const SourceSet& sources) {
    Compilation compilation;
    Read result = read(sources, compilation.diagnostics);
    if (!has_errors(compilation.diagnostics)) {
        rules::Program program =
            generate(result.tree, std::move(result.checked), sources, compilation.diagnostics);
        if (!has_errors(compilation.diagnostics)) compilation.program = std::move(program);
    }
    sort_diagnostics(compilation.diagnostics);
    return compilation;
}

std::vector<Diagnostic> check_rulebook(const SourceSet& sources) {
    std::vector<Diagnostic> diagnostics;
    read(sources, diagnostics);
    sort_diagnostics(diagnostics);
    return diagnostics;
}

ExpressionCompilation compile_expression(std::string text, std::span<const ExpressionName> names) {
    ExpressionCompilation compilation;
    const FileIndex file = compilation.sources.add("expression", std::move(text));
    ParsedExpression parsed = parse_expression(compilation.sources, file, compilation.diagnostics);
    if (!is_none(parsed.expression)) {
        // The expression as a rulebook whose only declaration is a define.
        Checked checked = internal::check_expression_alone(
            parsed.tree, parsed.expression, compilation.sources, names, compilation.diagnostics);
        if (!has_errors(compilation.diagnostics)) {
            rules::Program program = generate(parsed.tree, std::move(checked), compilation.sources,
                                              compilation.diagnostics);
            if (!has_errors(compilation.diagnostics)) compilation.program = std::move(program);
        }
    }
    sort_diagnostics(compilation.diagnostics);
    return compilation;
}

}  // namespace pawl::dsl
