#include "dsl/internal/generate_trigger.h"

#include <algorithm>
#include <type_traits>

#include "base/check.h"

namespace pawl::dsl::internal {

using rules::TypeKind;

std::uint32_t EntryGenerator::entry(ExpressionIndex value) {
    const std::uint32_t place = code_.here();
    expressions_.value(value);
    code_.emit(Opcode::end);
    return place;
}

void EntryGenerator::stated(ExpressionIndex value, rules::Stated& stated) {
    if (!is_none(value) && stated.value.is_missing()) stated.entry = entry(value);
}

void EntryGenerator::threshold(ExpressionIndex value, rules::Trigger& trigger) {
    if (!is_none(value) && trigger.value.is_missing()) trigger.value_entry = entry(value);
}

void EntryGenerator::list(const std::vector<ExpressionIndex>& values) {
    for (const ExpressionIndex value : values) expressions_.value(value);
    code_.emit(Opcode::make_list, static_cast<std::uint32_t>(values.size()));
    code_.emit(Opcode::end);
}

void EntryGenerator::trigger(const Trigger& written, rules::Trigger& trigger) {
    code_.at_line(input_.line(written.span));
    std::visit(
        [&](const auto& form) {
            using Form = std::decay_t<decltype(form)>;
            if constexpr (std::is_same_v<Form, WheneverTrigger>)
                trigger.whenever_entry = entry(form.condition);
            else if constexpr (std::is_same_v<Form, BecomesTrigger>)
                threshold(form.value, trigger);
            else if constexpr (std::is_same_v<Form, ChangesTrigger>)
                threshold(form.to, trigger);
            else if constexpr (requires { this->one(form, trigger); })
                one(form, trigger);
        },
        written.form);
}

void EntryGenerator::one(const CrossesTrigger& written, rules::Trigger& trigger) {
    threshold(written.threshold, trigger);
    stated(written.by_at_least, trigger.by_at_least);
    stated(written.within, trigger.within);
}

void EntryGenerator::one(const MovesTrigger& written, rules::Trigger& trigger) {
    stated(written.by, trigger.by_at_least);
    stated(written.within, trigger.within);
}

void EntryGenerator::one(const AnchorTrigger& written, rules::Trigger& trigger) {
    stated(written.offset, trigger.anchor->offset);
    stated(written.at_time, trigger.anchor->at);
}

void EntryGenerator::one(const EveryTrigger& written, rules::Trigger& trigger) {
    rules::Clock& clock = *trigger.clock;
    if (clock.cadence.at.empty() && !written.at.empty()) {
        clock.at_entry = code_.here();
        list(written.at);
    }
    if (!clock.sweep) return;
    const auto& query = std::get<QueryExpression>(input_.tree.at(written.for_each).form);
    PAWL_CHECK(trigger.record_local.has_value());
    sweep(query, *trigger.record_local, *clock.sweep);
}

// The keys come before the first record; so nothing of them is kept in locals for the `where`,
// which every record's turn begins with.
void EntryGenerator::sweep(const QueryExpression& query, std::uint16_t row, rules::Sweep& sweep) {
    if (is_none(query.where)) return;
    const QueryAccess access = choose_access(input_, query, sweep.entity, row);
    sweep.access = access.access;
    sweep.field = access.field;
    if (access.access == rules::Access::equal) {
        sweep.key_entry = entry(access.low);
    } else if (access.access == rules::Access::range) {
        sweep.key_entry = code_.here();
        expressions_.value_or_missing(access.low);
        expressions_.value_or_missing(access.high);
        code_.emit(Opcode::make_list, 2);
        code_.emit(Opcode::end);
    }
    sweep.where_entry = entry(query.where);
}

void EntryGenerator::part(const PatternPart& written, rules::PatternPart& part) {
    stated(written.becomes, part.value);
}

// The fields that lead from the event or record to the key, as the checker found them.
void EntryGenerator::key_of_part(ExpressionIndex per, std::size_t place, rules::PatternPart& part) {
    if (is_none(per)) return;
    part.key_entry = code_.here();
    code_.emit(Opcode::load_local, part.local);
    rules::TypeIndex at = code_.unit().local_types[part.local];
    for (const rules::FieldIndex field : input_.checked.pattern_keys.at(per).at(place)) {
        const rules::Type& owner = input_.type(at);
        const rules::Schema& schema = input_.program.schema;
        if (owner.kind == TypeKind::reference) {
            code_.emit(Opcode::load_field, field, owner.index);
            at = schema.entities[owner.index].fields[field].type;
        } else {
            code_.emit(Opcode::load_member, field, at);
            at = owner.kind == TypeKind::event ? schema.events[owner.index].fields[field].type
                                               : schema.records[owner.index].fields[field].type;
        }
    }
    code_.emit(Opcode::end);
}

void EntryGenerator::one(const AbsenceTrigger& written, rules::Trigger& trigger) {
    rules::Pattern& pattern = *trigger.pattern;
    if (!is_none(written.where)) pattern.first.where_entry = entry(written.where);
    key_of_part(written.per, 0, pattern.first);
    stated(written.duration, pattern.within);
}

void EntryGenerator::one(const CountTrigger& written, rules::Trigger& trigger) {
    rules::Pattern& pattern = *trigger.pattern;
    part(written.part, pattern.first);
    key_of_part(written.per, 0, pattern.first);
    stated(written.count, pattern.count);
    stated(written.within, pattern.within);
}

void EntryGenerator::one(const SequenceTrigger& written, rules::Trigger& trigger) {
    rules::Pattern& pattern = *trigger.pattern;
    part(written.first, pattern.first);
    part(written.second, pattern.second);
    key_of_part(written.per, 0, pattern.first);
    key_of_part(written.per, 1, pattern.second);
    stated(written.within, pattern.within);
}

void EntryGenerator::let(const RuleClause& clause) {
    code_.at_line(input_.line(clause.span));
    expressions_.value(clause.value);
    code_.emit(Opcode::store_local, input_.binding(clause.name).index);
}

void EntryGenerator::lets(const std::vector<RuleClause>& clauses,
                          std::vector<ExpressionIndex> users) {
    std::vector<const RuleClause*> used;
    for (auto clause = clauses.rbegin(); clause != clauses.rend(); ++clause) {
        if (clause->kind != ClauseKind::let) continue;
        const std::uint32_t place = input_.binding(clause->name).index;
        const bool is_used = std::any_of(users.begin(), users.end(), [&](ExpressionIndex user) {
            return input_.uses_local(user, place);
        });
        if (!is_used) continue;
        used.push_back(&*clause);
        users.push_back(clause->value);
    }
    for (auto clause = used.rbegin(); clause != used.rend(); ++clause) let(**clause);
}

// Read on its own, before the conditions or after a while: so it sets the `let`s that it uses.
std::optional<std::uint32_t> EntryGenerator::key(const std::vector<RuleClause>& clauses,
                                                 const std::vector<ExpressionIndex>& keys) {
    if (keys.empty()) return std::nullopt;
    const std::uint32_t place = code_.here();
    lets(clauses, keys);
    for (const ExpressionIndex each : keys) expressions_.value(each);
    if (keys.size() != 1) code_.emit(Opcode::make_list, static_cast<std::uint32_t>(keys.size()));
    code_.emit(Opcode::end);
    return place;
}

void EntryGenerator::guard(const Guard& written, const std::vector<RuleClause>& clauses,
                           rules::Rule& rule) {
    code_.at_line(input_.line(written.span));
    switch (written.kind) {
        case GuardKind::once_per: {
            // Taken right after the conditions.
            std::vector<ExpressionIndex> keys = written.per;
            if (!is_none(written.value)) keys.push_back(written.value);
            rule.once_entry = key({}, keys);
            return;
        }
        case GuardKind::rearm: rule.rearm_entry = entry(written.value); return;
        case GuardKind::at_most:
            stated(written.value, rule.at_most->count);
            rule.at_most->key_entry = key(clauses, written.per);
            return;
        case GuardKind::while_running:
            rule.while_running.key_entry = key(clauses, written.per);
            return;
        case GuardKind::only_between:
            stated(written.from, rule.only_between->from);
            stated(written.to, rule.only_between->to);
            if (!is_none(written.zone))
                rule.only_between->zone_entry = key(clauses, {written.zone});
            return;
        case GuardKind::debounce:
        case GuardKind::only_every: {
            auto& pace = written.kind == GuardKind::debounce ? rule.debounce : rule.only_every;
            stated(written.period, pace->period);
            pace->key_entry = key(clauses, written.per);
            return;
        }
        case GuardKind::missed: stated(written.period, rule.missed.within); return;
        case GuardKind::budget: stated(written.value, rule.budget->count); return;
        case GuardKind::on_change: return;
    }
}

}  // namespace pawl::dsl::internal
