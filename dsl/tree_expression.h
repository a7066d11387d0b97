#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"

// Names, expressions and types of the syntax tree (tree.h), as written.

namespace pawl::dsl {

// A name as written; `a.b` in a name position (mpesa.stk_callback) is one Name with the dot.
struct Name {
    std::string text;  // back quotes removed
    Span span;
    bool quoted = false;
    bool empty() const { return text.empty(); }
};

enum class ExpressionIndex : std::uint32_t { none = 0xffffffff };
enum class StatementIndex : std::uint32_t { none = 0xffffffff };

enum class LiteralKind : std::uint8_t {
    integer,
    number,
    duration,
    date,
    time,
    datetime,
    boolean,
    missing,
    money,  // 50000 KES: digits, one space, three capital letters
};
struct Literal {
    LiteralKind kind = LiteralKind::integer;
    std::string text;  // as written
};

// "Receipt {{receipt | upper}}": pieces of text between expressions.
struct TextFilter {
    Name name;
    std::vector<ExpressionIndex> arguments;  // {{x | round: 2}} has one
};
struct TextPiece {
    std::string text;  // unescaped, when `expression` is none
    ExpressionIndex expression = ExpressionIndex::none;
    std::vector<TextFilter> filters;
    Span span;
};
struct Text {
    std::vector<TextPiece> pieces;  // empty for ""
};

struct NameUse {
    Name name;  // includes `now today firing me`
};
struct Member {
    ExpressionIndex base = ExpressionIndex::none;
    Name name;
};
struct Argument {
    Name name;  // empty when positional
    ExpressionIndex value = ExpressionIndex::none;
};
// round(x), accessed(client, month), secret("X"), generate(4)
struct CallExpression {
    Name callee;
    std::vector<Argument> arguments;
};
enum class UnaryOperator : std::uint8_t { negate, not_ };
struct Unary {
    UnaryOperator op = UnaryOperator::negate;
    ExpressionIndex operand = ExpressionIndex::none;
};
enum class BinaryOperator : std::uint8_t {
    add,
    subtract,
    multiply,
    divide,
    whole_divide,
    modulo,
    at,  // a date or datetime, and a time of day
    is,
    is_not,
    less,
    less_equal,
    greater,
    greater_equal,
    and_,
    or_,
    in,
    not_in,
    contains,
    starts_with,
    ends_with,
    matches
};
struct Binary {
    BinaryOperator op = BinaryOperator::add;
    ExpressionIndex left = ExpressionIndex::none;
    ExpressionIndex right = ExpressionIndex::none;
    bool ignoring_case = false;
    Span operator_span;
};
struct Between {
    ExpressionIndex value = ExpressionIndex::none;
    ExpressionIndex low = ExpressionIndex::none;
    ExpressionIndex high = ExpressionIndex::none;
    bool negated = false;
};
// `is missing`, `is present`; `is not missing` is present.
struct Presence {
    ExpressionIndex value = ExpressionIndex::none;
    bool present = false;
};
struct OrDefault {
    ExpressionIndex value = ExpressionIndex::none;
    ExpressionIndex fallback = ExpressionIndex::none;
};
enum class QueryKind : std::uint8_t {
    first,
    all,
    exists,
    count,
    sum,
    average,
    minimum,
    maximum,
    percentile,
    list,  // a.content for a in asset where …
};
struct OrderKey {
    ExpressionIndex key = ExpressionIndex::none;
    bool descending = false;
};
// first x in E where …; sum(x.amount for x in E where …); `E as e` in test and trigger positions
struct QueryExpression {
    QueryKind kind = QueryKind::first;
    ExpressionIndex limit = ExpressionIndex::none;     // first 50 …
    ExpressionIndex selected = ExpressionIndex::none;  // of sum, average, …, list
    ExpressionIndex percent = ExpressionIndex::none;
    Name variable;
    ExpressionIndex source = ExpressionIndex::none;  // a NameUse for an entity, else a list
    ExpressionIndex where = ExpressionIndex::none;
    std::vector<OrderKey> order;
    bool parenthesised = false;  // count(…), or parentheses written around it
};
struct ListLiteral {
    std::vector<ExpressionIndex> items;
};
struct ObjectMember {
    Name name;
    ExpressionIndex value = ExpressionIndex::none;
};
struct ObjectLiteral {
    std::vector<ObjectMember> members;
};
struct RangeExpression {  // 1..8
    ExpressionIndex first = ExpressionIndex::none;
    ExpressionIndex last = ExpressionIndex::none;
};

// A type as written.
enum class TypeFormKind : std::uint8_t { name, choice, reference, list };
struct TypeForm {
    TypeFormKind kind = TypeFormKind::name;
    Name name;                      // "text", an entity of `->`, a record
    std::vector<Name> options;      // of `one of`
    std::vector<TypeForm> element;  // of `list of`: exactly one
    bool secret = false;            // secret text
    bool required = false;          // required -> client
    bool deleted_with_it = false;   // -> client (deleted with it)
    bool optional = false;          // ?
    Span span;
};
struct AsType {
    ExpressionIndex value = ExpressionIndex::none;
    TypeForm type;
};

struct Expression {
    Span span;  // without parentheses around it
    bool in_parentheses = false;
    std::variant<Literal, Text, NameUse, Member, CallExpression, Unary, Binary, Between, Presence,
                 OrDefault, QueryExpression, ListLiteral, ObjectLiteral, RangeExpression, AsType>
        form;
};

}  // namespace pawl::dsl
