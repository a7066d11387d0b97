#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dsl/internal/check_context.h"
#include "dsl/internal/check_scope.h"
#include "dsl/internal/check_types.h"

// Types and bindings of expressions, within one scope. What an expression proves (`payment is
// present`, and after it `payment.amount`) is kept beside its type, for the statements around it.

namespace pawl::dsl::internal {

// What a condition proves when it is true, when it is false, and when it is not true (false or
// unknown: the `else`, and what follows an `if … stop end`).
struct Proof {
    Facts when_true;
    Facts when_false;
    Facts when_not_true;
};

// What is due where an expression stands, besides its type.
enum class Position : std::uint8_t {
    value,
    recipient,     // groups of people are values here
    sealed,        // an argument of a send or a call: a secret may go there
    query_source,  // a list, or an entity
};

// Restricts what may be read: `whenever` and conditions of records.
struct ReadWatch {
    std::function<void(Span, std::string_view what)> on_query;  // a query, `now`, an action
};

// What is called, for messages; `unit` where its parameters are locals.
struct Callee {
    std::string name;
    Span span;
    std::uint32_t unit = no_unit;
};

class Expressions {
 public:
    Expressions(Context& context, Scope& scope) : context_(context), scope_(scope) {}

    // The type of the expression; kind none after a mistake, which is reported. `wanted` is what is
    // due there: literals, options and texts take that type where they can.
    Type check(ExpressionIndex index, Type wanted = {}, Position position = Position::value);

    // The same, and reports a value that does not go where `wanted` is due. `what` is its subject:
    // "`project.title`" gives "`project.title` takes text, and this is an int".
    Type require(ExpressionIndex index, Type wanted, const std::string& what,
                 Position position = Position::value);

    // Where what is due next is declared: a label of the mistake, if there is one.
    void declare_due(std::optional<Span> declared, const std::string& name);

    // A condition: bool. Reports once when it may be unknown for want of a value, unless `quiet`.
    enum class Unknown : std::uint8_t { quiet, warn };
    Proof condition(ExpressionIndex index, Unknown unknown);

    // What a condition that was checked before proves.
    Proof proof(ExpressionIndex index) { return prove(index); }

    // `f(a, name: b)` against parameters. Missing ones are reported at the callee's span.
    void arguments(const std::vector<Argument>& given, const std::vector<rules::Parameter>& wanted,
                   const Callee& callee, Position position = Position::value);
    // `with a: b, c: d` against parameters.
    void named_values(const std::vector<FieldValue>& given,
                      const std::vector<rules::Parameter>& wanted, const Callee& callee,
                      Position position = Position::value);

    // What a filter or a function of the language gives for operands of these types.
    Type builtin(rules::Builtin builtin, const Name& name,
                 const std::vector<ExpressionIndex>& operands, const std::vector<Type>& types);
    void filters(const TextPiece& piece, Type type, Position position = Position::value);

    // The type of a member whose base was checked already; binds it.
    Type check_again(ExpressionIndex index, const Member& member, Type base) {
        return note(index, field_of(index, member, base));
    }

    // "0.project.title" for a path of local, fields and members; "" for anything else.
    std::string path(ExpressionIndex index) const;
    // The error of a value that may be missing, with the mend.
    void report_missing(ExpressionIndex index, const std::string& what);

    Context& context() { return context_; }
    Scope& scope() { return scope_; }
    // The same where what is due is lost in a mistake that was told: an unknown name is silent, it
    // may be a value that nobody can look up now.
    Type check_forgiving(ExpressionIndex index, Position position = Position::value);

    ReadWatch* watch = nullptr;
    // The row's local of the query checked next: `for each x in E where …` has one name for its
    // query's row and its own variable.
    std::optional<std::uint32_t> row_slot;
    // Takes the slots of a loop's variable, checks its source, and shows the variable. The type of
    // an item; kind none after a mistake.
    Type loop(const Name& variable, ExpressionIndex source);
    // What an unknown name is told as: a template says that it was not declared.
    DiagnosticCode unknown_name_code = DiagnosticCode::unknown_name;
    std::string unknown_name_place;

 private:
    friend class Operators;

    Type check_form(ExpressionIndex index, Type wanted, Position position);
    Type check_literal(ExpressionIndex index, const Literal& literal, Type wanted);
    Type check_text(ExpressionIndex index, const Text& text, Type wanted);
    Type check_name(ExpressionIndex index, const NameUse& use, Type wanted, Position position);
    Type check_word(ExpressionIndex index, const NameUse& use, bool& found);
    Type unknown_name(const Name& name, Type wanted, Position position);
    bool is_bound_elsewhere(const Name& name);
    void report_unknown_option(const Name& name, Type wanted);
    bool is_declared_otherwise(const Name& name, Position position);
    std::string entity_hint(const Name& name) const;
    Type check_member(ExpressionIndex index, const Member& member);
    Type field_of(ExpressionIndex index, const Member& member, Type base);
    Type unknown_member(const Member& member, Type base, const std::vector<std::string>& names);
    Type check_call(ExpressionIndex index, const CallExpression& call, Position position);
    Type call_function(ExpressionIndex index, const CallExpression& call, const Named& named,
                       Position position);
    Type extreme(const Name& name, const std::vector<ExpressionIndex>& operands,
                 const std::vector<Type>& types, bool optional);
    void report_not_passed(const std::vector<bool>& passed,
                           const std::vector<rules::Parameter>& wanted, const Callee& callee);
    void report_not_taken(const Argument& argument, const std::vector<rules::Parameter>& wanted,
                          const Callee& callee);
    Type check_unary(ExpressionIndex index, const Unary& unary, Type wanted);
    Type check_between(const Between& between);
    Type check_presence(ExpressionIndex index, const Presence& presence);
    Type check_or_default(ExpressionIndex index, const OrDefault& form, Type wanted,
                          Position position);
    Type check_query(ExpressionIndex index, const QueryExpression& query, Type wanted);
    Position loop_position(ExpressionIndex source) const;
    Type query_row(const QueryExpression& query);
    Type query_result(const QueryExpression& query, Type row, Type selected);
    void check_where(const QueryExpression& query);
    Type check_list(const ListLiteral& list, Type wanted, Position position);
    Type check_object(const ObjectLiteral& object);
    Type check_range(const RangeExpression& range);
    Type check_as(ExpressionIndex index, const AsType& form);
    Type check_binary(ExpressionIndex index, const Binary& binary);
    Type arithmetic(const Binary& binary, Span span, Type left, Type right);
    Type time_of_day(const Binary& binary);
    Type comparison(const Binary& binary, Span span, Type left, Type right);
    Type membership(const Binary& binary, Span span);
    Type text_operator(const Binary& binary, Span span);
    Type logical_side(ExpressionIndex index, const std::string& what, bool is_and);
    bool divides_safely(ExpressionIndex divisor) const;
    void both_sides(const Binary& binary, Type& left, Type& right);
    Proof prove(ExpressionIndex index);
    Proof assumed(ExpressionIndex root) const;
    Proof prove_binary(const Binary& binary);
    void collect_present(ExpressionIndex index, Facts& facts) const;
    ExpressionIndex unknown_part(ExpressionIndex index) const;
    ExpressionIndex missing_path(ExpressionIndex index) const;
    // A literal that is typed by its neighbour: 5 beside money, "x" beside an email.
    Type adapt(ExpressionIndex index, Type have, Type wanted);
    Type adapt_text(ExpressionIndex index, const std::string& text, Type wanted);
    void convert_to(ExpressionIndex index, Type wanted);
    Type note(ExpressionIndex index, Type type);
    void report_unlike(Span span, std::string_view doing, Type left, Type right,
                       std::string hint = {});

    Context& context_;
    Scope& scope_;
    bool forgives_ = false;
    std::optional<Label> due_;
};

// Every function of the language, as filters and calls name them.
std::vector<std::string> builtin_names();

// The fields of a record of this type, for messages and suggestions.
std::vector<std::string> member_names(Context& context, Type type);
const std::vector<rules::Field>* fields_of(Context& context, Type type);

// Checks the define when nobody has yet, and gives its result.
Type define_result(Context& context, std::uint32_t unit, Span use);

}  // namespace pawl::dsl::internal
