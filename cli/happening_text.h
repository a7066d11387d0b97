#pragma once

#include <string>

#include "base/json.h"

namespace pawl::cli {

// A line of `dry-run --json` for people: "set entity=project id=o1 field=status …". `at` is left
// out.
std::string happening_text(const Json& happening);

// " name=value", in quotes where it has to be.
void append_named(std::string& line, const std::string& name, const std::string& value);

}  // namespace pawl::cli
