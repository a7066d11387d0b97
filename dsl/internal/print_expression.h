#pragma once

#include <string>
#include <vector>

#include "dsl/tree.h"

// Expressions, names and types as canonical text. Texts may hold soft breaks (print_lines.h) where
// a line that is too long may go on in the next.

namespace pawl::dsl {

class ExpressionPrinter {
 public:
    explicit ExpressionPrinter(const Tree& tree) : tree_(tree) {}

    // As it stands where the grammar takes a whole expression.
    std::string whole(ExpressionIndex index) const { return print(index, 0, 1); }
    // As it stands where the grammar takes no condition without parentheses.
    std::string operand(ExpressionIndex index) const;
    // A zone's own name, or a value.
    std::string zone(ExpressionIndex index) const;

    const Tree& tree() const { return tree_; }

    std::string name(const Name& name) const;
    std::string names(const std::vector<Name>& names) const;
    std::string type(const TypeForm& type, bool with_marks = true) const;
    std::string parameters(const std::vector<ParameterForm>& parameters) const;  // without brackets
    std::string arguments(const std::vector<Argument>& arguments, unsigned depth = 1) const;
    std::string fields(const std::vector<FieldValue>& fields) const;
    // "x in E where …", of `for each`: the query that `source` may be is not written as one.
    std::string loop_head(const Name& variable, ExpressionIndex source) const;
    std::string query_tail(const QueryExpression& query, unsigned depth) const;
    std::string template_nodes(const std::vector<TemplateNode>& nodes) const;

 private:
    friend struct FormPrinter;
    std::string print(ExpressionIndex index, int level_min, unsigned depth) const;
    std::string piece(const TextPiece& piece) const;

    const Tree& tree_;
};

// The characters of a text between its quotes.
std::string escape_text(std::string_view text);
// In quotes, without expressions: a title, a path. `{{` stands for itself there.
std::string quote_plain(std::string_view text);

}  // namespace pawl::dsl
