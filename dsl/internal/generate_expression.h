#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/source.h"
#include "dsl/checked.h"
#include "dsl/internal/generate_code.h"
#include "dsl/tree.h"
#include "rules/program.h"

// Code of expressions. Each call leaves exactly one value on the stack.

namespace pawl::dsl::internal {

// What all generators read. The program is being filled; its tables are whole.
struct GenerateInput {
    const Tree& tree;
    const Checked& checked;  // its program is moved out: see `program`
    const rules::Program& program;
    const SourceSet& sources;

    const ExpressionInfo& info(ExpressionIndex index) const {
        return checked.expressions[static_cast<std::uint32_t>(index)];
    }
    const rules::Type& type(rules::TypeIndex index) const { return program.schema.types[index]; }
    // The type that the code of an expression leaves, after conversion.
    const rules::Type& type_left(ExpressionIndex index) const;
    // What a name outside expressions refers to or declares; the checker bound it.
    Binding binding(const Name& name) const;
    std::optional<Binding> find_binding(const Name& name) const;
    std::uint32_t line(Span span) const;
    // As written, line breaks and runs of white space as one blank.
    std::string text(Span span) const;

    // The value of a literal, a constant text, an option, a group, a list of these; after its
    // conversion. Nothing for what must be computed.
    std::optional<Value> constant(ExpressionIndex index) const;
    // The parts of a condition that its top-level `and` (or `or`) joins.
    std::vector<ExpressionIndex> parts(ExpressionIndex condition, BinaryOperator joint) const;
    // Whether the expression reads the local.
    bool uses_local(ExpressionIndex index, std::uint32_t local) const;
    // The local that a name of an expression means, if it means one.
    std::optional<std::uint32_t> local(ExpressionIndex index) const;
};

class ExpressionGenerator {
 public:
    ExpressionGenerator(const GenerateInput& input, CodeBuilder& code)
        : input_(input), code_(code) {}

    void value(ExpressionIndex index);
    // Works it out from what it reads, although it is kept somewhere.
    void value_anew(ExpressionIndex index);
    // What `for each` goes through: a list, or every record of a bare entity, each of which stands
    // in the local `row` in turn.
    void items(ExpressionIndex source, std::uint32_t row);
    // Works the expression out now, for all who ask for its value from here on.
    void keep(ExpressionIndex index);
    // Nothing there: missing.
    void value_or_missing(ExpressionIndex index);
    // The value of a piece of text, its filters applied.
    void filtered(const TextPiece& piece, std::size_t filter_count);
    // Arguments in the order of the parameters; missing where none is passed.
    void arguments(std::span<const Argument> arguments, std::size_t parameter_count);

 private:
    void form(ExpressionIndex index);
    void one(ExpressionIndex index, const Literal& literal);
    void one(ExpressionIndex index, const Text& text);
    void one(ExpressionIndex index, const NameUse& use);
    void one(ExpressionIndex index, const Member& member);
    void one(ExpressionIndex index, const CallExpression& call);
    void one(ExpressionIndex index, const Unary& unary);
    void one(ExpressionIndex index, const Binary& binary);
    void one(ExpressionIndex index, const Between& between);
    void one(ExpressionIndex index, const Presence& presence);
    void one(ExpressionIndex index, const OrDefault& or_default);
    void one(ExpressionIndex index, const QueryExpression& query);
    void one(ExpressionIndex index, const ListLiteral& list);
    void one(ExpressionIndex index, const ObjectLiteral& object);
    void one(ExpressionIndex index, const RangeExpression& range);
    void one(ExpressionIndex index, const AsType& as);
    void part(const Binding& binding, ExpressionIndex base, const Name& name);
    void logical(const Binary& binary);
    bool date_chain(ExpressionIndex index);
    void zero_where_missing(const rules::Type& type);
    rules::Query open_query(const QueryExpression& query);
    void push_key(ExpressionIndex key);

    const GenerateInput& input_;
    CodeBuilder& code_;
    // Keys of queries that were worked out before the rows, each in a local: the `where` that
    // demands them needs not do so again for every row.
    std::unordered_map<ExpressionIndex, std::uint32_t> known_;
};

// How the rows of a query are found: see rules::Access.
struct QueryAccess {
    rules::Access access = rules::Access::every_record;
    rules::FieldIndex field = 0;
    ExpressionIndex low = ExpressionIndex::none;  // the key of an equality
    ExpressionIndex high = ExpressionIndex::none;
};

// The best index for a query over an entity: a demanded equality (unique fields first, then
// references), else a demanded range.
QueryAccess choose_access(const GenerateInput& input, const QueryExpression& query,
                          rules::EntityIndex entity, std::uint32_t row);

}  // namespace pawl::dsl::internal
