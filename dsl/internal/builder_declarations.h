#pragma once

#include "dsl/internal/builder.h"

// What the grammar of declarations leaves in the tree. Each ends with Builder::add_declaration.

namespace pawl::dsl {

void build_rulebook(Builder& b, Parts& parts);
void build_setting(Builder& b, Parts& parts);
void build_entity(Builder& b, Parts& parts);
void build_record(Builder& b, Parts& parts);
void build_event(Builder& b, Parts& parts);
void build_event_form(Builder& b, Parts& parts);
void build_states(Builder& b, Parts& parts);
void build_transition(Builder& b, Parts& parts);
void build_define(Builder& b, Parts& parts);
void push_clause(Builder& b, Parts& parts, ClauseKind kind);
template <ClauseKind Kind>
void build_clause(Builder& b, Parts& parts) {
    push_clause(b, parts, Kind);
}
void build_rule(Builder& b, Parts& parts);
void build_flow(Builder& b, Parts& parts);
void build_journey(Builder& b, Parts& parts);
void build_journey_step(Builder& b, Parts& parts);
void build_journey_loop(Builder& b, Parts& parts);
void build_template(Builder& b, Parts& parts);
void build_template_part(Builder& b, Parts& parts);
void build_notification(Builder& b, Parts& parts);
void build_notification_channel(Builder& b, Parts& parts);
void build_channel(Builder& b, Parts& parts);
void build_integration(Builder& b, Parts& parts);
void build_option(Builder& b, Parts& parts);
void build_service(Builder& b, Parts& parts);
void build_service_action(Builder& b, Parts& parts);
void build_roles(Builder& b, Parts& parts);
void build_role(Builder& b, Parts& parts);
void build_person(Builder& b, Parts& parts);
void build_allow(Builder& b, Parts& parts);
void build_action(Builder& b, Parts& parts);
void build_calendar(Builder& b, Parts& parts);
void build_calendar_day(Builder& b, Parts& parts);

void build_test(Builder& b, Parts& parts);
void build_given_now(Builder& b, Parts& parts);
void build_given_setting(Builder& b, Parts& parts);
void build_given_record(Builder& b, Parts& parts);
void build_when(Builder& b, Parts& parts);
void build_after(Builder& b, Parts& parts);
void build_expect_condition(Builder& b, Parts& parts);
void build_expect_effect(Builder& b, Parts& parts);
void build_answer(Builder& b, Parts& parts);
void build_fail(Builder& b, Parts& parts);

}  // namespace pawl::dsl
