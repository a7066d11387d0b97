#pragma once

#include "dsl/internal/check_context.h"

// The names of everything and the tables of the schema, before any rule is read. Each function is
// one pass over the declarations; check() calls them in this order.

namespace pawl::dsl::internal {

// What the parser left out because of a syntax mistake: names that refer to it are silent. Reads
// the diagnostics told so far.
void note_lost_declarations(Context& context, const std::vector<Diagnostic>& told);

// Takes away what was found in a declaration that a syntax mistake follows at once: it took in what
// was no part of it.
void drop_what_syntax_explains(Context& context, const std::vector<Diagnostic>& told,
                               std::vector<Diagnostic>& diagnostics);

// Name, version, time zone, currency and `keep` of the `rulebook` block.
void read_header(Context& context);

// Declares every name, gives entities, records, events, templates, … their place in the sorted
// tables and every declaration with code its unit.
void declare_names(Context& context);

// Fields of records, entities and events; `unique` sets.
void declare_fields(Context& context);
// Their defaults, once every type is known.
void declare_field_defaults(Context& context);

// Services that the rulebook uses: their events are among the names, here come their actions.
void declare_actions(Context& context);

// Settings with their values.
void declare_settings(Context& context);

// Roles, groups, and what `person` says.
void declare_people(Context& context);

// State machines.
void declare_states(Context& context);

// Parameters of flows, templates, notifications and defines; results of flows.
void declare_parameters(Context& context);

// Channels, integrations, calendars: checked, and copied into the program.
void declare_delivery(Context& context);

// Fields of a declaration, without defaults. `owner` names choices and messages.
std::vector<rules::Field> resolve_fields(Context& context, const std::vector<FieldForm>& forms,
                                         const std::string& owner, std::vector<Span>& spans);

std::vector<rules::Parameter> resolve_parameters(Context& context,
                                                 const std::vector<ParameterForm>& forms,
                                                 const std::string& owner);

// "mpesa.stk_push"; a name that has its service already stays as it is.
std::string service_member(std::string_view service, std::string_view name);

// "email payment_receipt"
std::string template_key(std::string_view channel, std::string_view name);

}  // namespace pawl::dsl::internal
