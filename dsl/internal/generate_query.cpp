#include <charconv>
#include <limits>

#include "base/check.h"
#include "dsl/internal/generate_expression.h"
#include "dsl/literal.h"

namespace pawl::dsl::internal {

namespace {

using rules::Access;
using rules::Aggregate;
using rules::TypeKind;

Aggregate aggregate_of(QueryKind kind) {
    switch (kind) {
        case QueryKind::first: return Aggregate::first;
        case QueryKind::all:
        case QueryKind::list: return Aggregate::all;
        case QueryKind::exists: return Aggregate::exists;
        case QueryKind::count: return Aggregate::count;
        case QueryKind::sum: return Aggregate::sum;
        case QueryKind::average: return Aggregate::average;
        case QueryKind::minimum: return Aggregate::minimum;
        case QueryKind::maximum: return Aggregate::maximum;
        case QueryKind::percentile: return Aggregate::percentile;
    }
    return Aggregate::all;
}

// One part of a `where` that says `row.field OPERATOR key`, turned so that the row is on the left.
struct Demand {
    rules::FieldIndex field = 0;
    BinaryOperator op = BinaryOperator::is;
    ExpressionIndex key = ExpressionIndex::none;
};

BinaryOperator turned(BinaryOperator op) {
    switch (op) {
        case BinaryOperator::less: return BinaryOperator::greater;
        case BinaryOperator::less_equal: return BinaryOperator::greater_equal;
        case BinaryOperator::greater: return BinaryOperator::less;
        case BinaryOperator::greater_equal: return BinaryOperator::less_equal;
        default: return op;
    }
}

class AccessFinder {
 public:
    AccessFinder(const GenerateInput& input, rules::EntityIndex entity, std::uint32_t row)
        : input_(input), entity_(input.program.schema.entities[entity]), row_(row) {}

    QueryAccess find(ExpressionIndex where) {
        for (const ExpressionIndex part : input_.parts(where, BinaryOperator::and_)) look_at(part);
        return best_rank_ > 0 ? equality_ : range_;
    }

 private:
    void look_at(ExpressionIndex part) {
        const auto& form = input_.tree.at(part).form;
        if (const auto* binary = std::get_if<Binary>(&form)) {
            if (binary->ignoring_case) return;
            if (const auto demand = demand_of(binary->left, binary->op, binary->right))
                note(*demand);
            else if (const auto other = demand_of(binary->right, turned(binary->op), binary->left))
                note(*other);
        } else if (const auto* between = std::get_if<Between>(&form)) {
            if (between->negated) return;
            const auto low = demand_of(between->value, BinaryOperator::greater_equal, between->low);
            const auto high = demand_of(between->value, BinaryOperator::less_equal, between->high);
            if (low && high) {
                note(*low);
                note(*high);
            }
        }
    }

    // The field's own value against something known before the first row.
    std::optional<Demand> demand_of(ExpressionIndex side, BinaryOperator op,
                                    ExpressionIndex key) const {
        const auto* member = std::get_if<Member>(&input_.tree.at(side).form);
        if (member == nullptr || input_.local(member->base) != row_) return std::nullopt;
        const ExpressionInfo& info = input_.info(side);
        if (info.binding.kind != BindingKind::field || info.converted_to != 0) return std::nullopt;
        const auto field = static_cast<rules::FieldIndex>(info.binding.index);
        if (!same_kind(input_.type(entity_.fields[field].type), input_.type_left(key)))
            return std::nullopt;
        if (input_.uses_local(key, row_)) return std::nullopt;
        return Demand{field, op, key};
    }

    // Values of one kind in the store's order; others are compared by the `where` alone.
    static bool same_kind(const rules::Type& field, const rules::Type& key) {
        if (field.kind != key.kind || field.kind == TypeKind::json) return false;
        return field.kind != TypeKind::reference || field.index == key.index;
    }

    void note(const Demand& demand) {
        if (demand.op == BinaryOperator::is) return note_equality(demand);
        const bool is_low =
            demand.op == BinaryOperator::greater || demand.op == BinaryOperator::greater_equal;
        const bool is_high =
            demand.op == BinaryOperator::less || demand.op == BinaryOperator::less_equal;
        if ((!is_low && !is_high) || !has_order(demand.field)) return;
        if (range_.access == Access::every_record)
            range_ = {.access = Access::range, .field = demand.field};
        if (range_.field != demand.field) return;
        ExpressionIndex& bound = is_low ? range_.low : range_.high;
        if (is_none(bound)) bound = demand.key;
    }

    void note_equality(const Demand& demand) {
        const rules::Field& field = entity_.fields[demand.field];
        const TypeKind kind = input_.type(field.type).kind;
        if (kind == TypeKind::list || kind == TypeKind::record) return;
        const bool is_unique = field.unique || demand.field == rules::field_id;
        const int rank = is_unique ? 3 : kind == TypeKind::reference ? 2 : 1;
        if (rank <= best_rank_) return;
        best_rank_ = rank;
        equality_ = {.access = Access::equal, .field = demand.field, .low = demand.key};
    }

    // Times of day wrap round midnight, durations of months and days have no one order.
    bool has_order(rules::FieldIndex field) const {
        switch (input_.type(entity_.fields[field].type).kind) {
            case TypeKind::integer:
            case TypeKind::number:
            case TypeKind::money:
            case TypeKind::date:
            case TypeKind::datetime:
            case TypeKind::text: return true;
            default: return false;
        }
    }

    const GenerateInput& input_;
    const rules::Entity& entity_;
    std::uint32_t row_;
    int best_rank_ = 0;
    QueryAccess equality_;
    QueryAccess range_;
};

}  // namespace

QueryAccess choose_access(const GenerateInput& input, const QueryExpression& query,
                          rules::EntityIndex entity, std::uint32_t row) {
    if (is_none(query.where)) return {};
    return AccessFinder(input, entity, row).find(query.where);
}

void ExpressionGenerator::keep(ExpressionIndex index) {
    // The same text may be compiled twice (a reason for two fields): its last place is forgotten.
    known_.erase(index);
    if (input_.constant(index) || input_.local(index)) return;
    value(index);
    const std::uint32_t place = code_.add_local();
    code_.emit(Opcode::store_local, place);
    known_[index] = place;
}

// A key or bound, worked out once.
void ExpressionGenerator::push_key(ExpressionIndex key) {
    keep(key);
    value(key);
}

// Everything about the query but its rows; what opens it is on the stack then.
rules::Query ExpressionGenerator::open_query(const QueryExpression& query) {
    rules::Query opened;
    opened.aggregate = aggregate_of(query.kind);
    opened.local = static_cast<std::uint16_t>(input_.binding(query.variable).index);
    opened.selects = !is_none(query.selected);
    for (const OrderKey& key : query.order) opened.descending.push_back(key.descending);
    if (!is_none(query.percent))
        if (const std::optional<Value> percent = input_.constant(query.percent))
            opened.percent = percent->as_number();
    if (!is_none(query.limit)) {
        const std::optional<Value> limit = input_.constant(query.limit);
        constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
        const bool is_known = limit && limit->kind() == rules::Kind::integer &&
                              limit->as_integer() > 0 && limit->as_integer() <= most;
        opened.limit_on_stack = !is_known;
        if (is_known)
            opened.limit = static_cast<std::uint32_t>(limit->as_integer());
        else
            value(query.limit);
    }
    const Binding source = input_.info(query.source).binding;
    if (source.kind != BindingKind::entity) {
        opened.access = Access::list;
        value(query.source);
        return opened;
    }
    opened.entity = static_cast<rules::EntityIndex>(source.index);
    const QueryAccess access = choose_access(input_, query, opened.entity, opened.local);
    opened.access = access.access;
    opened.field = access.field;
    if (!is_none(access.low)) push_key(access.low);
    if (!is_none(access.high)) push_key(access.high);
    opened.has_low = access.access == Access::range && !is_none(access.low);
    opened.has_high = !is_none(access.high);
    return opened;
}

// A sum of nothing is the zero of what would be summed, which only the type can tell.
void ExpressionGenerator::zero_where_missing(const rules::Type& type) {
    Value zero;
    switch (type.kind) {
        case TypeKind::integer: zero = Value::integer(0); break;
        case TypeKind::number: zero = Value::number(0); break;
        case TypeKind::money: zero = Value::money({0, input_.program.header.currency}); break;
        case TypeKind::duration: zero = Value::duration({}); break;
        default: return;
    }
    const CodeLabel done = code_.label();
    code_.jump(Opcode::jump_if_present_keep, done);
    code_.emit(Opcode::pop);
    code_.push(zero);
    code_.place(done);
}

void ExpressionGenerator::items(ExpressionIndex source, std::uint32_t row) {
    const Binding binding = input_.info(source).binding;
    if (binding.kind != BindingKind::entity) return value(source);
    rules::Query query;
    query.aggregate = Aggregate::all;
    query.local = static_cast<std::uint16_t>(row);
    query.entity = static_cast<rules::EntityIndex>(binding.index);
    const std::uint32_t descriptor = code_.add_query(std::move(query));
    const CodeLabel next = code_.label();
    const CodeLabel done = code_.label();
    code_.emit(Opcode::query_begin, 0, descriptor);
    code_.place(next);
    code_.jump(Opcode::query_next, done, descriptor);
    code_.emit(Opcode::query_take, 0, descriptor);
    code_.jump(Opcode::jump, next);
    code_.place(done);
    code_.emit(Opcode::query_end, 0, descriptor);
}

void ExpressionGenerator::one(ExpressionIndex index, const QueryExpression& query) {
    const std::uint32_t descriptor = code_.add_query(open_query(query));
    const CodeLabel next = code_.label();
    const CodeLabel done = code_.label();
    code_.emit(Opcode::query_begin, 0, descriptor);
    code_.place(next);
    code_.jump(Opcode::query_next, done, descriptor);
    if (!is_none(query.where)) {
        for (const ExpressionIndex part : input_.parts(query.where, BinaryOperator::and_)) {
            value(part);
            code_.jump(Opcode::jump_unless_true, next);
        }
    }
    if (!is_none(query.selected)) value(query.selected);
    for (const OrderKey& key : query.order) value(key.key);
    code_.emit(Opcode::query_take, 0, descriptor);
    code_.jump(Opcode::jump, next);
    code_.place(done);
    code_.emit(Opcode::query_end, 0, descriptor);
    if (query.kind == QueryKind::sum) {
        zero_where_missing(input_.type(input_.info(index).type));
    }
}

}  // namespace pawl::dsl::internal
