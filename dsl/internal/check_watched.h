#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/internal/check_expressions.h"

// Expressions that are read again when a field changes, and not otherwise: `whenever`, and what a
// journey hangs on. They read fields of one record, and of what it refers to directly.

namespace pawl::dsl::internal {

struct Watched {
    std::string what;    // "`whenever`", for messages
    std::string record;  // the name that the record goes by
    std::string mend;    // what fits instead
    DiagnosticCode code = DiagnosticCode::whenever_reads_beyond;
};

// Reports a query, `now` and the like while the expression is checked; its `on_query`.
void report_unwatched(Context& context, const Watched& watched, Span span, std::string_view what);

// Of an expression that was checked: the fields it reads, added to both lists, sorted and each
// once. Reports what leads further.
void collect_watched(Context& context, const Watched& watched, ExpressionIndex root,
                     std::vector<FieldIndex>& fields,
                     std::vector<std::pair<FieldIndex, FieldIndex>>& through);

}  // namespace pawl::dsl::internal
