#pragma once

#include <span>
#include <string>

#include "base/zone.h"
#include "rules/internal/operators.h"
#include "rules/program.h"
#include "rules/records.h"

// The functions of builtin.def. Missing in, missing out, but for what says otherwise there.

namespace pawl::rules::internal {

struct BuiltinContext {
    const Program& program;
    Records& records;
    const Zone& zone;
};

OperatorError call_builtin(Builtin builtin, std::span<const Value> arguments,
                           const BuiltinContext& context, Value& out);

}  // namespace pawl::rules::internal
