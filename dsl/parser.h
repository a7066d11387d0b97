#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "dsl/tree.h"

namespace pawl::dsl {

// Parses every `.pawl` file of the set, and the template texts that declarations name. Never
// throws; after a mistake it goes on at the next line that begins with a declaration's keyword, so
// that one file tells all its mistakes. A declaration with a mistake is left out of the tree.
// The order of the declarations is that of the files' paths, then as written.
Tree parse(const SourceSet& sources, std::vector<Diagnostic>& diagnostics);

// One file of the set, whatever it is called; for the formatter, which has no other files: the
// texts that templates name in files are not read.
Tree parse_one(const SourceSet& sources, FileIndex file, std::vector<Diagnostic>& diagnostics);

// One expression that is the whole text of file `file`: for `pawl eval`.
struct ParsedExpression {
    Tree tree;
    ExpressionIndex expression = ExpressionIndex::none;  // none when there were mistakes
};
ParsedExpression parse_expression(const SourceSet& sources, FileIndex file,
                                  std::vector<Diagnostic>& diagnostics);

}  // namespace pawl::dsl
