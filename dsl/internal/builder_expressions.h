#pragma once

#include "dsl/internal/builder.h"

// What the grammar of expressions and types leaves in the tree. Each function takes the parts of
// one rule and leaves one part: see Builder::close.

namespace pawl::dsl {

struct OperatorPart;

void push_operator(Builder& b, Parts& parts, BinaryOperator op);
template <BinaryOperator Op>
void build_operator(Builder& b, Parts& parts) {
    push_operator(b, parts, Op);
}
void push_query(Builder& b, Parts& parts, QueryKind kind);
template <QueryKind Kind>
void build_query(Builder& b, Parts& parts) {
    push_query(b, parts, Kind);
}
void push_literal(Builder& b, Parts& parts, LiteralKind kind);
template <LiteralKind Kind>
void build_word_literal(Builder& b, Parts& parts) {
    push_literal(b, parts, Kind);
}

void build_order_key(Builder& b, Parts& parts);
void build_comprehension(Builder& b, Parts& parts);
void build_member(Builder& b, Parts& parts);
void build_argument(Builder& b, Parts& parts);
void build_field_value(Builder& b, Parts& parts);
void build_path(Builder& b, Parts& parts);
void build_moment(Builder& b, Parts& parts);
void build_parenthesised(Builder& b, Parts& parts);
void build_list(Builder& b, Parts& parts);
void build_object(Builder& b, Parts& parts);
void build_as(Builder& b, Parts& parts);
void build_negate(Builder& b, Parts& parts);
void build_not(Builder& b, Parts& parts);
void build_binary(Builder& b, Parts& parts);
void build_range(Builder& b, Parts& parts);
void build_default(Builder& b, Parts& parts);
void build_is(Builder& b, Parts& parts);
void build_between(Builder& b, Parts& parts);
void build_loop_head(Builder& b, Parts& parts);  // leaves the variable and the source
void build_text(Builder& b, Parts& parts);
void build_zone(Builder& b, Parts& parts);
void build_text_expression(Builder& b, Parts& parts);
void build_filter(Builder& b, Parts& parts);

void build_type(Builder& b, Parts& parts);
void build_parameter(Builder& b, Parts& parts);
void build_field(Builder& b, Parts& parts);
void build_unique_set(Builder& b, Parts& parts);

// names[0].names[1]… as an expression; the name of a whole path as one dotted Name.
ExpressionIndex add_path(Builder& b, std::span<const Name> names);
Name dotted(Builder& b, std::span<const Name> names);

}  // namespace pawl::dsl
