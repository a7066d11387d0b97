#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "rules/event_reader.h"

// What the outside's JSON says as a value of a type, for events, state files and answers alike.

namespace pawl::rules::internal {

// A text, a number's digits, true, false or null, wherever it was read.
struct ScalarView {
    JsonKind kind = JsonKind::null;
    bool boolean = false;
    std::string_view text;
};

struct JsonContext {
    const Program& program;
    ReferenceLookup& lookup;
};

// A scalar as a value of that type; null is missing and fits only an optional one.
std::optional<ValueRefusal> value_from_scalar(const ScalarView& scalar, TypeIndex type,
                                              const JsonContext& context, std::string_view path,
                                              Value& out);

std::optional<ValueRefusal> value_from_tree(const Json& json, TypeIndex type,
                                            const JsonContext& context, std::string_view path,
                                            Value& out);

// "a whole number", "an amount like 5000 …": what a field of the type takes.
std::string due_text(TypeIndex type, const Program& program);

// "the text \"a\"", "the number 5", "an object": what was found.
std::string found_text(const ScalarView& scalar);

// Refusals that the reader of events makes too.
ValueRefusal refuse_missing(TypeIndex type, const Program& program, std::string_view path);
ValueRefusal refuse_kind(std::string_view found, TypeIndex type, const Program& program,
                         std::string_view path);
ValueRefusal refuse_not_found(std::string_view id, TypeIndex type, const Program& program,
                              std::string_view path);
ValueRefusal refuse(DiagnosticCode code, std::string_view path, std::string message);

}  // namespace pawl::rules::internal
