#include <utility>

#include "base/suggest.h"
#include "dsl/internal/check_constants.h"
#include "dsl/internal/check_expressions.h"
#include "dsl/internal/check_walk.h"

namespace pawl::dsl::internal {

namespace {

// The conditions that `and` joins at the top of one, in order.
void collect_conjuncts(const Tree& tree, ExpressionIndex index,
                       std::vector<ExpressionIndex>& conjuncts) {
    while (true) {
        const auto* binary = std::get_if<Binary>(&tree.at(index).form);
        if (binary == nullptr || binary->op != BinaryOperator::and_ ||
            tree.at(index).in_parentheses)
            break;
        conjuncts.push_back(binary->right);
        index = binary->left;
    }
    conjuncts.push_back(index);
}

bool is_number_like(TypeKind kind) {
    return is_numeric(kind) || kind == TypeKind::money || kind == TypeKind::duration;
}

bool has_order(TypeKind kind) {
    return is_number_like(kind) || kind == TypeKind::date || kind == TypeKind::datetime ||
           kind == TypeKind::time || is_textual(kind);
}

std::string_view query_word(QueryKind kind) {
    switch (kind) {
        case QueryKind::sum: return "sum";
        case QueryKind::average: return "avg";
        case QueryKind::minimum: return "min";
        case QueryKind::maximum: return "max";
        case QueryKind::percentile: return "percentile";
        default: return "this";
    }
}

}  // namespace

Type Expressions::query_row(const QueryExpression& query) {
    const Type source = check(query.source, {}, Position::query_source);
    if (is_unknown(source)) return {};
    const Span span = context_.tree.at(query.source).span;
    if (source.kind != TypeKind::list) {
        context_.report(
            DiagnosticCode::type_mismatch, span,
            "`in` takes an entity or a list, and this is " + describe(context_, source));
        return {};
    }
    if (source.optional) {
        report_missing(query.source, "what is looked through");
        return {};
    }
    return context_.type(source.index);
}

void Expressions::check_where(const QueryExpression& query) {
    if (is_none(query.where)) return;
    require(query.where, simple(TypeKind::boolean, true), "`where`");
    scope_.prove(prove(query.where).when_true);
    if (query.parenthesised) return;
    std::vector<ExpressionIndex> conjuncts;
    collect_conjuncts(context_.tree, query.where, conjuncts);
    // The last ones are what could have been meant to follow the query.
    if (conjuncts.size() < 2) return;
    const ExpressionIndex last = conjuncts.front();
    if (uses_name(context_.tree, last, query.variable.text)) return;
    context_.report(
        DiagnosticCode::where_swallowed, context_.tree.at(last).span,
        "the `where` takes in this too, which says nothing of " + quoted(query.variable.text),
        "put the query in parentheses if this was meant to follow it; else write it first behind "
        "`where`");
}

Type Expressions::check_query(ExpressionIndex index, const QueryExpression& query, Type wanted) {
    const Span span = context_.tree.at(index).span;
    if (watch != nullptr && watch->on_query) watch->on_query(span, "a query");
    if (!is_none(query.limit))
        require(query.limit, simple(TypeKind::integer), "the number of rows");
    if (query.kind == QueryKind::percentile && !is_none(query.percent))
        require(query.percent, simple(TypeKind::number), "the percentile");
    const std::optional<std::uint32_t> slot = std::exchange(row_slot, std::nullopt);
    const Type row = query_row(query);
    const Scope::Mark mark = scope_.enter();
    if (slot)
        scope_.declare_at(query.variable, row, LocalOrigin::loop, *slot);
    else
        scope_.declare(query.variable, row, LocalOrigin::loop);
    check_where(query);
    Type selected;
    if (!is_none(query.selected)) {
        const Type element = wanted.kind == TypeKind::list ? context_.type(wanted.index) : Type{};
        selected = check(query.selected, element);
    }
    for (const OrderKey& key : query.order) {
        const Type type = check(key.key);
        if (is_unknown(type) || has_order(type.kind) || type.kind == TypeKind::boolean) continue;
        context_.report(DiagnosticCode::type_mismatch, context_.tree.at(key.key).span,
                        "rows cannot be put in order by " + describe(context_, type),
                        "name a number, a date, money or a text");
    }
    scope_.leave(mark);
    return query_result(query, row, selected);
}

Type Expressions::query_result(const QueryExpression& query, Type row, Type selected) {
    const auto list_of = [&](Type element) {
        if (is_unknown(element)) return Type{};
        return Type{TypeKind::list, false, context_.type_index(plain(element))};
    };
    switch (query.kind) {
        case QueryKind::exists: return simple(TypeKind::boolean);
        case QueryKind::count: return simple(TypeKind::integer);
        case QueryKind::all: return list_of(row);
        case QueryKind::list: return list_of(selected);
        case QueryKind::first:
            if (!is_none(query.limit)) return list_of(row);
            return is_unknown(row) ? Type{} : maybe(row);
        default: break;
    }
    if (is_unknown(selected)) return {};
    const bool is_extreme = query.kind == QueryKind::minimum || query.kind == QueryKind::maximum;
    const bool fits = is_extreme ? has_order(selected.kind) : is_number_like(selected.kind);
    if (!fits) {
        context_.report(DiagnosticCode::type_mismatch, context_.tree.at(query.selected).span,
                        quoted(query_word(query.kind)) +
                            " is of numbers, money or durations, and "
                            "this is " +
                            describe(context_, selected));
        return {};
    }
    if (query.kind == QueryKind::sum) return plain(selected);
    const bool averages = query.kind == QueryKind::average && is_numeric(selected.kind);
    return maybe(averages ? simple(TypeKind::number) : selected);
}

// A bare name behind `in` is a list-valued local, else an entity. One that is neither is told as
// what it is likelier to be.
Position Expressions::loop_position(ExpressionIndex source) const {
    const auto* use = std::get_if<NameUse>(&context_.tree.at(source).form);
    if (use == nullptr) return Position::value;
    const NameSpace& entities = context_.space(Space::entity);
    if (entities.find(use->name.text) != nullptr) return Position::query_source;
    const bool is_near_local = !suggest(use->name.text, scope_.visible_names(), 1).empty();
    const bool is_near_entity = !suggest(use->name.text, entities.names(), 1).empty();
    return is_near_entity && !is_near_local ? Position::query_source : Position::value;
}

Type Expressions::loop(const Name& variable, ExpressionIndex source) {
    const std::uint32_t slot = scope_.add_slots(variable, 3);
    const auto* query = std::get_if<QueryExpression>(&context_.tree.at(source).form);
    if (query != nullptr && query->variable.span == variable.span) row_slot = slot;
    const Type list = check(source, {}, loop_position(source));
    row_slot.reset();
    Type row;
    if (list.kind == TypeKind::list && list.optional) {
        report_missing(source, "what is gone through");
    } else if (list.kind == TypeKind::list) {
        row = context_.type(list.index);
    } else if (!is_unknown(list)) {
        context_.report(DiagnosticCode::type_mismatch, context_.tree.at(source).span,
                        "`for each` goes through a list, and this is " + describe(context_, list));
    }
    scope_.unit().local_types[slot] = context_.type_index(row);
    scope_.declare_at(variable, row, LocalOrigin::loop, slot);
    return row;
}

Type Expressions::check_list(const ListLiteral& list, Type wanted, Position position) {
    Type element;
    if (wanted.kind == TypeKind::list) element = context_.type(wanted.index);
    const Position inner = position == Position::recipient ? Position::recipient : Position::value;
    Type first;
    bool has_mistake = false;
    for (const ExpressionIndex item : list.items) {
        const Type due = is_unknown(element) ? plain(first) : plain(element);
        const Type type = check(item, due, inner);
        if (is_unknown(type)) {
            has_mistake = true;
            continue;
        }
        if (type.optional && position != Position::recipient) {
            report_missing(item, "an item of a list");
            has_mistake = true;
            continue;
        }
        if (position == Position::recipient) continue;
        if (is_unknown(first)) {
            first = type;
            continue;
        }
        const Fit fits = fit(context_, plain(type), plain(due));
        if (fits == Fit::converts && context_.info(item).converted_to == 0) convert_to(item, due);
        if (fits != Fit::no) continue;
        has_mistake = true;
        report_mismatch(context_, context_.tree.at(item).span, "this list", type, due);
    }
    if (has_mistake) return {};
    if (position == Position::recipient) return {TypeKind::list, false, 0};
    if (is_unknown(first)) first = plain(element);
    return {TypeKind::list, false, context_.type_index(plain(first))};
}

Type Expressions::check_object(const ObjectLiteral& object) {
    std::unordered_map<std::string_view, Span> seen;
    for (const ObjectMember& member : object.members) {
        const auto [earlier, is_new] = seen.emplace(member.name.text, member.name.span);
        if (!is_new)
            context_.report(DiagnosticCode::set_twice, member.name.span,
                            quoted(member.name.text) + " is given twice", "remove one of them",
                            {{earlier->second, "it is first given here"}});
        const Type type = check(member.value);
        if (type.kind == TypeKind::event || type.kind == TypeKind::group)
            context_.report(DiagnosticCode::type_mismatch, context_.tree.at(member.value).span,
                            "json holds values, and this is " + describe(context_, type));
    }
    return simple(TypeKind::json);
}

Type Expressions::check_range(const RangeExpression& range) {
    const Type first = check(range.first);
    if (!is_unknown(first) && first.kind != TypeKind::integer) {
        check_forgiving(range.last);
        const bool is_record = fields_of(context_, first) != nullptr;
        report_mismatch(context_, context_.tree.at(range.first).span, "a range", first,
                        simple(TypeKind::integer),
                        is_record ? "one dot names a field; two make a range, as in `1..8`" : "");
        return {};
    }
    require(range.last, simple(TypeKind::integer), "a range");
    if (is_unknown(first)) return {};
    return {TypeKind::list, false, context_.type_index(simple(TypeKind::integer))};
}

Type Expressions::check_as(ExpressionIndex index, const AsType& form) {
    const Type have = check(form.value);
    const Type type = resolve_type(context_, form.type, "as");
    if (is_unknown(have) || is_unknown(type)) return {};
    if (have.kind != TypeKind::json) {
        context_.report(DiagnosticCode::unlike_types, context_.tree.at(index).span,
                        "`as` reads a value out of json, and this is " + describe(context_, have),
                        "remove `as …`");
        return {};
    }
    return maybe(type);
}

Type Expressions::check_or_default(ExpressionIndex index, const OrDefault& form, Type wanted,
                                   Position position) {
    const Type value = check(form.value, wanted, position);
    if (is_unknown(value)) {
        check(form.fallback, wanted, position);
        return {};
    }
    const Type fallback = require(form.fallback, maybe(value), "the default", position);
    if (!value.optional) {
        context_.report(DiagnosticCode::never_missing, context_.tree.at(index).span,
                        quoted(context_.source_text(context_.tree.at(form.value).span)) +
                            " is never missing, so its default is never used",
                        "remove `or default …`");
        return plain(value);
    }
    if (is_unknown(fallback)) return plain(value);
    return {value.kind, fallback.optional, value.index};
}

Type Expressions::check_presence(ExpressionIndex index, const Presence& presence) {
    const Type type = check(presence.value, {}, Position::sealed);
    if (is_unknown(type) || type.optional) return simple(TypeKind::boolean);
    // A record that an event or another record names may be gone (meaning.md 8).
    if (type.kind == TypeKind::reference) return simple(TypeKind::boolean);
    context_.report(DiagnosticCode::never_missing, context_.tree.at(index).span,
                    quoted(context_.source_text(context_.tree.at(presence.value).span)) +
                        " is never missing here, so this is always " +
                        (presence.present ? "true" : "false"),
                    "remove the test");
    return simple(TypeKind::boolean);
}

}  // namespace pawl::dsl::internal
