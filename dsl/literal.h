#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "dsl/tree.h"
#include "rules/program.h"
#include "rules/schema.h"
#include "rules/value.h"

// Literals as values. The checker calls it to refuse what cannot be held, the compiler to make the
// constants; both so get the same value. An error's message is ready for a diagnostic.

namespace pawl::dsl {

// The type of a literal where nothing else is due: `5` is an int, `5 KES` money, `24h` a duration.
rules::TypeKind literal_type(const Literal& literal);

// The value of the literal where a value of `wanted` is due: an int also as number or money (from
// its digits), a date or datetime as written. A datetime without an offset is in the header's zone.
// Fails when the literal is of another type, beyond what can be held, or needs a currency or a
// zone that the header does not give.
Result<rules::Value> literal_value(const Literal& literal, rules::TypeKind wanted,
                                   const rules::Header& header);

// The value of a text without expressions where `wanted` is due: text, secret, email, phone, url,
// file or an option of a choice. Fails when it does not read as one.
Result<rules::Value> text_value(std::string_view text, const rules::Type& wanted,
                                const rules::Schema& schema);

// The text when it holds no expression, joined; nothing otherwise.
std::optional<std::string> constant_text(const Text& text);

}  // namespace pawl::dsl
