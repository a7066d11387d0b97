#pragma once

#include "dsl/internal/builder.h"

// What the grammar of statements leaves in the tree.

namespace pawl::dsl {

void build_block(Builder& b, Parts& parts);
void build_let(Builder& b, Parts& parts);
void build_set(Builder& b, Parts& parts);
void build_set_item(Builder& b, Parts& parts);
void build_clear(Builder& b, Parts& parts);
void push_add(Builder& b, Parts& parts, bool remove);
template <bool Remove>
void build_add(Builder& b, Parts& parts) {
    push_add(b, parts, Remove);
}
void build_create_form(Builder& b, Parts& parts);
void build_find_form(Builder& b, Parts& parts);
void build_call_form(Builder& b, Parts& parts);
void push_run_form(Builder& b, Parts& parts, bool start);
template <bool Start>
void build_run_form(Builder& b, Parts& parts) {
    push_run_form(b, parts, Start);
}
void build_form_statement(Builder& b, Parts& parts);  // one of the four forms alone
void build_delete(Builder& b, Parts& parts);
void build_emit(Builder& b, Parts& parts);
void build_send(Builder& b, Parts& parts);
void build_notify(Builder& b, Parts& parts);
void build_alert(Builder& b, Parts& parts);
void build_log(Builder& b, Parts& parts);
void build_wait(Builder& b, Parts& parts);
void build_wait_for(Builder& b, Parts& parts);
void build_ask(Builder& b, Parts& parts);
void build_branch(Builder& b, Parts& parts);
void build_cancel(Builder& b, Parts& parts);
JourneyStatement journey_statement(Parts& parts, JourneyVerb verb);
void push_journey(Builder& b, Parts& parts, JourneyVerb verb);
template <JourneyVerb Verb>
void build_journey_statement(Builder& b, Parts& parts) {
    push_journey(b, parts, Verb);
}
void build_for_each(Builder& b, Parts& parts);
void build_next(Builder& b, Parts& parts);
void build_if(Builder& b, Parts& parts);
void build_conditional(Builder& b, Parts& parts);
void build_try(Builder& b, Parts& parts);
void build_retry(Builder& b, Parts& parts);
void build_retry_statement(Builder& b, Parts& parts);
void build_stop(Builder& b, Parts& parts);
void build_return(Builder& b, Parts& parts);

}  // namespace pawl::dsl
