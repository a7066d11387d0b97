#include "engine/internal/edges.h"

#include <algorithm>
#include <compare>

#include "base/check.h"
#include "base/limits.h"
#include "engine/store/value_key.h"

namespace pawl::engine {

using rules::Failure;
using rules::FieldIndex;
using rules::Kind;
using rules::Reference;
using rules::Trigger;
using rules::TriggerKind;
using rules::Value;

namespace {

bool is_numeric(const Value& value) {
    return value.kind() == Kind::integer || value.kind() == Kind::number;
}

// Of values that a threshold compares; unordered for what does not go together, a missing one too.
std::partial_ordering compare(const Value& left, const Value& right) {
    if (left.kind() == Kind::integer && right.kind() == Kind::integer)
        return left.as_integer() <=> right.as_integer();
    if (is_numeric(left) && is_numeric(right)) return left.as_number() <=> right.as_number();
    if (left.kind() != right.kind()) return std::partial_ordering::unordered;
    switch (left.kind()) {
        case Kind::money:
            if (left.as_money().currency != right.as_money().currency)
                return std::partial_ordering::unordered;
            return left.as_money().minor <=> right.as_money().minor;
        case Kind::date: return left.as_date() <=> right.as_date();
        case Kind::time: return left.as_time() <=> right.as_time();
        case Kind::datetime: return left.as_datetime() <=> right.as_datetime();
        default: return std::partial_ordering::unordered;
    }
}

bool same(const Value& left, const Value& right) {
    return left == right || compare(left, right) == std::partial_ordering::equivalent;
}

// `high` lies at least `by` above `low`. Through doubles only where a number takes part.
bool is_apart(const Value& high, const Value& low, const Value& by) {
    if (by.is_missing()) return true;
    if (high.kind() == Kind::money && low.kind() == Kind::money && by.kind() == Kind::money) {
        const auto difference = subtract(high.as_money(), low.as_money());
        return !difference || difference->minor >= by.as_money().minor;
    }
    if (high.kind() == Kind::integer && low.kind() == Kind::integer && by.kind() == Kind::integer) {
        std::int64_t difference = 0;
        return __builtin_sub_overflow(high.as_integer(), low.as_integer(), &difference) ||
               difference >= by.as_integer();
    }
    if (is_numeric(high) && is_numeric(low) && is_numeric(by))
        return high.as_number() - low.as_number() >= by.as_number();
    return false;
}

std::string record_mark(std::string_view what, const std::string& name, Reference record) {
    return std::string(what) + "/" + name + "/" + std::to_string(record.key);
}

}  // namespace

Edges::Edges(Advance& advance, Layer& before, std::uint32_t depth,
             std::shared_ptr<const Chain> chain, std::uint32_t& fan_out)
    : advance_(advance),
      context_(advance.context()),
      before_(before),
      depth_(depth),
      chain_(std::move(chain)),
      fan_out_(fan_out) {}

std::optional<Failure> Edges::collect(std::vector<Pending>& out) {
    std::set<Reference> seen;
    for (const Reference record : advance_.touched()) {
        if (!seen.insert(record).second) continue;
        Change change;
        if (!read(record, change)) continue;
        if (auto failure = collect_change(change, out)) return failure;
    }
    return std::nullopt;
}

// False when nothing of the record is different in the end (pending → queued → pending).
bool Edges::read(Reference record, Change& change) {
    if (!advance_.layer().has_own(record)) return false;  // undone by a `try`
    change.record = record;
    change.before = before_.get(record);
    change.after = advance_.layer().get(record);
    if (change.before == nullptr && change.after == nullptr) return false;
    if (change.before != nullptr && change.after != nullptr) {
        const auto& before = change.before->fields;
        const auto& after = change.after->fields;
        for (std::size_t i = rules::system_field_count; i < after.size(); ++i)
            if (!(before[i] == after[i])) change.fields.push_back(static_cast<FieldIndex>(i));
        if (change.fields.empty()) {
            advance_.layer().forget(record);
            return false;
        }
    }
    change.name = context_.schema.entity_name(record.entity) + "/" +
                  id_of(change.after != nullptr ? change.after : change.before);
    return true;
}

std::optional<Failure> Edges::collect_change(const Change& change, std::vector<Pending>& out) {
    const EntityTriggers& triggers = context_.triggers.entity(change.record.entity);
    if (!triggers.any) return std::nullopt;
    found_.clear();
    find_record_edges(change);
    if (change.after != nullptr) {
        const std::size_t field_count = change.after->fields.size();
        if (change.before == nullptr) {
            for (std::size_t i = rules::system_field_count; i < field_count; ++i)
                if (auto failure = find_field_edges(change, static_cast<FieldIndex>(i)))
                    return failure;
        }
        for (const FieldIndex field : change.fields) {
            if (auto failure = find_field_edges(change, field)) return failure;
            if (auto failure = find_through(change, field)) return failure;
        }
        if (auto failure = find_whenever(change)) return failure;
    } else {
        forget_marks(change);
    }
    // One record's change sets a rule off once, by the first of its triggers that fits; only
    // `as change` tells the fields apart.
    std::stable_sort(found_.begin(), found_.end(), [](const Found& left, const Found& right) {
        return std::tie(left.use.rule, left.record, left.field, left.use.trigger) <
               std::tie(right.use.rule, right.record, right.field, right.use.trigger);
    });
    const auto end =
        std::unique(found_.begin(), found_.end(), [](const Found& left, const Found& right) {
            return left.use.rule == right.use.rule && left.record == right.record &&
                   left.field == right.field;
        });
    for (auto found = found_.begin(); found != end; ++found)
        out.push_back(std::move(found->pending));
    return std::nullopt;
}

void Edges::find_record_edges(const Change& change) {
    const EntityTriggers& triggers = context_.triggers.entity(change.record.entity);
    const auto& uses = change.before == nullptr  ? triggers.created
                       : change.after == nullptr ? triggers.deleted
                                                 : triggers.updated;
    for (const TriggerUse use : uses) add(use, change, change.record, std::nullopt, {});
}

// ---- Fields -----------------------------------------------------------------------------------

// The value before is the image before the advance, or, for a field that was missing, the last
// known one, which a mark keeps from the moment in which the field is cleared (meaning 16).
Edges::Edge Edges::known_values(const Change& change, FieldIndex field) {
    Edge edge;
    edge.to = change.after->fields[field];
    if (change.before == nullptr) return edge;
    edge.from = change.before->fields[field];
    const std::string key = record_mark("last",
                                        context_.schema.entity_name(change.record.entity) + "." +
                                            context_.schema.field_name(change.record.entity, field),
                                        change.record);
    if (edge.to.is_missing()) {
        advance_.layer().put_mark(
            {key, encode_value(edge.from, context_.program.schema), std::nullopt});
    } else if (edge.from.is_missing()) {
        const auto mark = advance_.layer().mark(key, advance_.moment().now);
        if (!mark) return edge;
        edge.from = decode_value(*mark, context_.program.schema).value_or(Value());
        advance_.layer().put_mark({key, std::nullopt, std::nullopt});
    }
    return edge;
}

std::optional<Failure> Edges::find_field_edges(const Change& change, FieldIndex field) {
    const auto& uses = context_.triggers.entity(change.record.entity).fields[field];
    if (uses.empty()) return std::nullopt;
    const Edge edge = known_values(change, field);
    if (edge.to.is_missing()) return std::nullopt;
    for (const TriggerUse use : uses) {
        bool fires = false;
        if (auto failure = matches(use, change, edge, fires)) return failure;
        if (fires) add(use, change, change.record, field, edge);
    }
    return std::nullopt;
}

std::optional<Failure> Edges::matches(TriggerUse use, const Change& change, const Edge& edge,
                                      bool& fires) {
    const Trigger& trigger = context_.triggers.trigger(use);
    if (trigger.kind == TriggerKind::drops_below || trigger.kind == TriggerKind::rises_above)
        return is_crossing(use, change, edge, fires);
    if (edge.from.is_missing() && !trigger.including_first) return std::nullopt;
    if (same(edge.from, edge.to)) return std::nullopt;
    Value to;
    if (auto failure = threshold(use, change.record, to)) return failure;
    if (trigger.kind == TriggerKind::becomes) {
        fires = same(edge.to, to);
        return std::nullopt;
    }
    fires = (to.is_missing() || same(edge.to, to)) &&
            (trigger.from.is_missing() || same(edge.from, trigger.from));
    return std::nullopt;
}

std::optional<Failure> Edges::is_crossing(TriggerUse use, const Change& change, const Edge& edge,
                                          bool& fires) {
    const Trigger& trigger = context_.triggers.trigger(use);
    const rules::Rule& rule = context_.program.rules[use.rule];
    const std::string key = record_mark("unarmed", rule.id, change.record);
    if (rule.rearm_entry && advance_.layer().mark(key, advance_.moment().now)) {
        Value limit;
        if (auto failure = evaluate(use, *rule.rearm_entry, change.record, advance_.layer(), limit))
            return failure;
        const auto order = compare(edge.to, limit);
        const bool rearms = rule.rearm_above ? order > 0 : order < 0;
        if (rearms) advance_.layer().put_mark({key, std::nullopt, std::nullopt});
        return std::nullopt;  // armed again, it lies on the other side of the threshold
    }
    Value limit;
    if (auto failure = threshold(use, change.record, limit)) return failure;
    const bool drops = trigger.kind == TriggerKind::drops_below;
    const auto now = compare(edge.to, limit);
    if (drops ? !(now < 0) : !(now > 0)) return std::nullopt;
    if (edge.from.is_missing()) {
        fires = trigger.including_first && trigger.by_at_least.is_missing();
    } else {
        const auto before = compare(edge.from, limit);
        fires =
            (drops ? before >= 0 : before <= 0) &&
            is_apart(drops ? edge.from : edge.to, drops ? edge.to : edge.from, trigger.by_at_least);
    }
    if (fires && rule.rearm_entry) advance_.layer().put_mark({key, "", std::nullopt});
    return std::nullopt;
}

std::optional<Failure> Edges::threshold(TriggerUse use, Reference record, Value& value) {
    const Trigger& trigger = context_.triggers.trigger(use);
    value = trigger.value;
    if (!trigger.value_entry) return std::nullopt;
    return evaluate(use, *trigger.value_entry, record, advance_.layer(), value);
}

// ---- Whenever ---------------------------------------------------------------------------------

std::optional<Failure> Edges::find_whenever(const Change& change) {
    for (const TriggerUse use : context_.triggers.entity(change.record.entity).whenever) {
        const auto& watched = context_.triggers.trigger(use).watched;
        const bool concerns =
            change.before == nullptr ||
            std::any_of(change.fields.begin(), change.fields.end(), [&watched](FieldIndex field) {
                return std::find(watched.begin(), watched.end(), field) != watched.end();
            });
        if (!concerns) continue;
        if (auto failure = look_at(use, change.record, change)) return failure;
    }
    return std::nullopt;
}

std::optional<Failure> Edges::find_through(const Change& change, FieldIndex field) {
    for (const ThroughUse& through :
         context_.triggers.entity(change.record.entity).through[field]) {
        rules::ScanRequest request;
        request.entity = through.source;
        request.access = rules::Access::equal;
        request.field = through.reference_field;
        request.low = Value::reference(change.record);
        std::vector<rules::RecordKey> keys;
        const auto cursor = advance_.layer().scan(request);
        while (const auto key = cursor->next()) {
            const auto record = advance_.layer().get({through.source, *key});
            if (record == nullptr || !(record->fields[through.reference_field] == request.low))
                continue;
            if (++fan_out_ > limits::fan_out_records_max)
                return make_failure(
                    DiagnosticCode::fan_out_too_wide, "limit",
                    "the change of `" + change.name + "." +
                        context_.schema.field_name(change.record.entity, field) +
                        "` concerns more than " + std::to_string(limits::fan_out_records_max) +
                        " records of `" + context_.schema.entity_name(through.source) +
                        "` by rule `" + context_.program.rules[through.use.rule].id + "`");
            keys.push_back(*key);
        }
        for (const rules::RecordKey key : keys)
            if (auto failure = look_at(through.use, {through.source, key}, change)) return failure;
    }
    return std::nullopt;
}

// The edge of a condition's truth, of which *unknown* is no value: what was known last is kept by a
// mark, like a field's.
std::optional<Failure> Edges::look_at(TriggerUse use, Reference record, const Change& change) {
    if (!looked_at_.insert({use.rule, use.trigger, record}).second) return std::nullopt;
    const Trigger& trigger = context_.triggers.trigger(use);
    Value was, is;
    std::optional<Failure> failure =
        evaluate(use, *trigger.whenever_entry, record, advance_.layer(), is);
    const bool is_new = before_.get(record) == nullptr;
    if (!failure && !is_new) failure = evaluate(use, *trigger.whenever_entry, record, before_, was);
    if (failure) {
        // The condition is the rule's: its failure must not undo what was changed (meaning 2).
        add(use, change, record, std::nullopt, {});
        found_.back().pending.failure = std::move(failure);
        return std::nullopt;
    }
    const std::string key = record_mark("truth", context_.program.rules[use.rule].id, record);
    if (is.is_missing() && !was.is_missing()) {
        advance_.layer().put_mark({key, was.is_true() ? "1" : "0", std::nullopt});
    } else if (!is.is_missing() && was.is_missing() && !is_new) {
        if (const auto mark = advance_.layer().mark(key, advance_.moment().now)) {
            was = Value::boolean(*mark == "1");
            advance_.layer().put_mark({key, std::nullopt, std::nullopt});
        }
    }
    const bool fires =
        is.is_true() && (is_new || was.is_false() || (was.is_missing() && trigger.including_first));
    if (fires) add(use, change, record, std::nullopt, {});
    return std::nullopt;
}

// ---- What is found ----------------------------------------------------------------------------

std::optional<Failure> Edges::evaluate(TriggerUse use, std::uint32_t entry, Reference record,
                                       rules::Records& records, Value& value) {
    const rules::UnitIndex unit = context_.program.rules[use.rule].unit;
    std::vector<Value> locals(context_.program.units[unit].local_count);
    if (const auto local = context_.triggers.trigger(use).record_local)
        locals[*local] = Value::reference(record);
    rules::Outcome outcome =
        context_.evaluator.evaluate(unit, entry, locals, records, advance_.moment(), budget_);
    if (outcome.failure) return std::move(outcome.failure);
    value = std::move(outcome.value);
    return std::nullopt;
}

void Edges::add(TriggerUse use, const Change& change, Reference record,
                std::optional<FieldIndex> field, const Edge& edge) {
    const Trigger& trigger = context_.triggers.trigger(use);
    Found found;
    found.use = use;
    found.record = record;
    found.pending.by = set_off(change, field, record);
    found.pending.use = use;
    found.pending.bound = Value::reference(record);
    if (trigger.change_local && field) {
        found.field = *field;
        found.pending.change = change_record(change, *field, edge);
    }
    found_.push_back(std::move(found));
}

std::shared_ptr<const SetOff> Edges::set_off(const Change& change, std::optional<FieldIndex> field,
                                             Reference record) {
    auto by = std::make_shared<SetOff>();
    const std::string& entity = context_.schema.entity_name(change.record.entity);
    by->cause.kind = CauseKind::change;
    by->cause.text = change.name;
    by->trigger = entity;
    if (field) {
        const std::string& name = context_.schema.field_name(change.record.entity, *field);
        by->cause.text += "." + name;
        by->trigger += "." + name;
    } else if (change.before == nullptr) {
        by->trigger += " is created";
    } else if (change.after == nullptr) {
        by->trigger += " is deleted";
        by->deleted = change.record;
        by->deleted_record = change.before;
    }
    by->entity = context_.schema.entity_name(record.entity);
    by->id = record == change.record ? change.name.substr(entity.size() + 1)
                                     : id_of(advance_.layer().get(record));
    by->depth = depth_;
    by->chain = chain_;
    return by;
}

Value Edges::change_record(const Change& change, FieldIndex field, const Edge& edge) {
    std::vector<Value> fields(rules::change_at + 1);
    fields[rules::change_from] = edge.from;
    fields[rules::change_to] = edge.to;
    const Actor& actor = advance_.actor();
    if (actor.person)
        fields[rules::change_by] = Value::reference(*actor.person);
    else if (!actor.name.empty())
        fields[rules::change_by] = Value::text(actor.name);
    fields[rules::change_override] = Value::boolean(actor.overrides);
    if (const Value* reason = advance_.reason(change.record, field))
        fields[rules::change_reason] = *reason;
    fields[rules::change_at] = Value::datetime(advance_.moment().now);
    return Value::record(rules::record_change, std::move(fields));
}

// Nobody asks for them again: keys are never given twice.
void Edges::forget_marks(const Change& change) {
    const EntityTriggers& triggers = context_.triggers.entity(change.record.entity);
    const std::string& entity = context_.schema.entity_name(change.record.entity);
    const auto forget = [this](std::string key) {
        if (advance_.layer().mark(key, advance_.moment().now))
            advance_.layer().put_mark({std::move(key), std::nullopt, std::nullopt});
    };
    for (std::size_t i = 0; i < triggers.fields.size(); ++i) {
        if (triggers.fields[i].empty()) continue;
        forget(record_mark(
            "last",
            entity + "." +
                context_.schema.field_name(change.record.entity, static_cast<FieldIndex>(i)),
            change.record));
        for (const TriggerUse use : triggers.fields[i])
            forget(record_mark("unarmed", context_.program.rules[use.rule].id, change.record));
    }
    for (const TriggerUse use : triggers.whenever)
        forget(record_mark("truth", context_.program.rules[use.rule].id, change.record));
}

}  // namespace pawl::engine
