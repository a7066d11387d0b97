#pragma once

#include <vector>

#include "dsl/internal/builder.h"

// Texts with expressions in them: "…{{x | upper}}…", and templates, which branch and loop as well.

namespace pawl::dsl {

// The template text of a file of the rulebook, as written behind `file` at `place`. What is wrong
// with the path, or in the file, is a mistake.
std::vector<TemplateNode> read_template_file(Builder& b, std::string_view path, Span place);

// Whether it is the code of a language, as in the name of such a file: "sw", "pt-BR".
bool is_language(std::string_view text);

// The files beside that one which hold its text in other languages, or other variants of it.
std::vector<TemplateVersion> read_template_versions(Builder& b, std::string_view path, Span place);

}  // namespace pawl::dsl
