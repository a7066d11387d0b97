#pragma once

#include <string>

#include "dsl/internal/check_context.h"

// Types as written, and which value goes where.

namespace pawl::dsl::internal {

// The type of a form; one of `kind` none when a name in it is unknown (reported). `owner` names a
// choice: "project.status".
Type resolve_type(Context& context, const TypeForm& form, const std::string& owner);
// The same for a parameter, where an entity's bare name stands for one of its records.
Type resolve_parameter_type(Context& context, const TypeForm& form, const std::string& owner);

enum class Fit : std::uint8_t {
    same,      // goes there as it is
    converts,  // goes there after Opcode::convert
    missing,   // would go there, but may be missing
    no,
};

// Whether a value of type `have` goes where `wanted` is due. A type of kind none fits everywhere.
Fit fit(const Context& context, Type have, Type wanted);

constexpr Type plain(Type type) { return {type.kind, false, type.index}; }
constexpr Type maybe(Type type) { return {type.kind, true, type.index}; }
constexpr Type simple(TypeKind kind, bool optional = false) { return {kind, optional, 0}; }
constexpr bool is_unknown(Type type) { return type.kind == TypeKind::none; }
constexpr bool is_numeric(TypeKind kind) {
    return kind == TypeKind::integer || kind == TypeKind::number;
}
// text, email, phone, url, file: a Value of kind text.
constexpr bool is_textual(TypeKind kind) {
    return kind == TypeKind::text || kind == TypeKind::email || kind == TypeKind::phone ||
           kind == TypeKind::url || kind == TypeKind::file;
}

}  // namespace pawl::dsl::internal
