#pragma once

#include "dsl/internal/generate_statement.h"

// Code of whole declarations: each fills its unit and the entries of its row in the program.

namespace pawl::dsl::internal {

void generate_rule(const GenerateInput& input, CodeBuilder& code, const RuleDeclaration& written,
                   rules::Rule& rule);
void generate_template(const GenerateInput& input, CodeBuilder& code,
                       const TemplateDeclaration& written, rules::Template& text);
void generate_notification(const GenerateInput& input, CodeBuilder& code,
                           const NotificationDeclaration& written,
                           rules::Notification& notification);
void generate_journey(const GenerateInput& input, CodeBuilder& code,
                      const JourneyDeclaration& written, rules::Journey& journey);
void generate_test(const GenerateInput& input, CodeBuilder& code, const TestDeclaration& written,
                   rules::Test& test);

// What the trigger index can decide of the rule's conditions from the event alone.
rules::RuleMatch find_match(const GenerateInput& input, const RuleDeclaration& written,
                            const rules::Rule& rule);

}  // namespace pawl::dsl::internal
