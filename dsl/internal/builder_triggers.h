#pragma once

#include "dsl/internal/builder.h"

// What the grammar of triggers and guards leaves in the tree.

namespace pawl::dsl {

void build_names(Builder& b, Parts& parts);  // several names as one part, a path not yet decided
void build_trigger(Builder& b, Parts& parts);
void build_event_trigger(Builder& b, Parts& parts);
void build_record_trigger(Builder& b, Parts& parts);
void build_becomes_trigger(Builder& b, Parts& parts);
void build_changes_trigger(Builder& b, Parts& parts);
void build_crosses_trigger(Builder& b, Parts& parts);
void build_moves_trigger(Builder& b, Parts& parts);
void build_whenever_trigger(Builder& b, Parts& parts);
void build_anchor_trigger(Builder& b, Parts& parts);
void build_every_trigger(Builder& b, Parts& parts);
void build_every_record(Builder& b, Parts& parts);
void build_absence_trigger(Builder& b, Parts& parts);
void build_pattern_part(Builder& b, Parts& parts);
void build_count_trigger(Builder& b, Parts& parts);
void build_sequence_trigger(Builder& b, Parts& parts);
void build_request_trigger(Builder& b, Parts& parts);

void push_guard(Builder& b, Parts& parts, GuardKind kind);
template <GuardKind Kind>
void build_guard(Builder& b, Parts& parts) {
    push_guard(b, parts, Kind);
}

}  // namespace pawl::dsl
