#include "engine/internal/edges.h"

#include <algorithm>
#include <compare>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/zone.h"
#include "engine/internal/edge_values.h"
#include "engine/internal/journeys.h"
#include "engine/internal/patterns.h"
#include "engine/internal/rows.h"
#include "engine/state_zones.h"
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

std::string record_mark(std::string_view what, const std::string& name, Reference record) {
    return std::string(what) + "/" + name + "/" + std::to_string(record.key);
}

}  // namespace

Edges::Edges(Turn& turn, Advance& advance, Layer& before, std::uint32_t depth,
             std::shared_ptr<const Chain> chain, std::uint32_t& fan_out)
    : turn_(turn),
      advance_(advance),
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
    // Of a record that goes, the patterns that count by it end.
    const bool ends_patterns = change.after == nullptr && !triggers.pattern_keys.empty();
    if (!triggers.any && !ends_patterns) return std::nullopt;
    found_.clear();
    overdue_.clear();
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
        find_anchors(change);
        tell_unknown_zones(change);
    } else {
        forget_marks(change);
    }
    find_patterns(change);
    if (auto failure = move_journeys(change)) return failure;
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
    for (Pending& each : overdue_) out.push_back(std::move(each));
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
    const EntityTriggers& triggers = context_.triggers.entity(change.record.entity);
    const auto& uses = triggers.fields[field];
    if (uses.empty() && triggers.pattern_fields[field].empty()) return std::nullopt;
    const Edge edge = known_values(change, field);
    if (edge.to.is_missing()) return std::nullopt;
    if (!triggers.pattern_fields[field].empty()) {
        std::vector<Pending> pending;
        Patterns patterns(turn_, advance_.layer());
        patterns.field_changed(change.record, field, edge.from, edge.to,
                               set_off(change, field, change.record), pending);
        add_overdue(patterns.overdue());
        add_timed(change, std::move(pending));
    }
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
    if (trigger.kind == TriggerKind::moves) return is_moving(use, change, edge, fires);
    if (edge.from.is_missing() && !trigger.including_first) return std::nullopt;
    if (same_value(edge.from, edge.to)) return std::nullopt;
    Value to;
    if (auto failure = threshold(use, change.record, to)) return failure;
    if (trigger.kind == TriggerKind::becomes) {
        fires = same_value(edge.to, to);
        return std::nullopt;
    }
    fires = (to.is_missing() || same_value(edge.to, to)) &&
            (trigger.from.is_missing() || same_value(edge.from, trigger.from));
    return std::nullopt;
}

std::optional<Failure> Edges::is_crossing(TriggerUse use, const Change& change, const Edge& edge,
                                          bool& fires) {
    const Trigger& trigger = context_.triggers.trigger(use);
    const rules::Rule& rule = context_.program.rules[use.rule];
    const std::string key = record_mark("unarmed", rule.id, change.record);
    // A window is kept whether the rule is armed or not.
    if (trigger.within.is_said())
        if (auto failure = is_crossing_within(use, change, edge, fires)) return failure;
    if (rule.rearm_entry && advance_.layer().mark(key, advance_.moment().now)) {
        fires = false;
        Value limit;
        if (auto failure = evaluate(use, *rule.rearm_entry, change.record, advance_.layer(), limit))
            return failure;
        const auto order = compare_values(edge.to, limit);
        const bool rearms = rule.rearm_above ? order > 0 : order < 0;
        if (rearms) advance_.layer().put_mark({key, std::nullopt, std::nullopt});
        return std::nullopt;  // armed again, it lies on the other side of the threshold
    }
    if (!trigger.within.is_said())
        if (auto failure = is_plain_crossing(use, change, edge, fires)) return failure;
    if (fires && rule.rearm_entry) advance_.layer().put_mark({key, "", std::nullopt});
    return std::nullopt;
}

std::optional<Failure> Edges::is_plain_crossing(TriggerUse use, const Change& change,
                                                const Edge& edge, bool& fires) {
    const Trigger& trigger = context_.triggers.trigger(use);
    Value limit;
    if (auto failure = threshold(use, change.record, limit)) return failure;
    const bool drops = trigger.kind == TriggerKind::drops_below;
    const auto now = compare_values(edge.to, limit);
    if (drops ? !(now < 0) : !(now > 0)) return std::nullopt;
    if (edge.from.is_missing()) {
        fires = trigger.including_first && !trigger.by_at_least.is_said();
        return std::nullopt;
    }
    Value by;
    if (auto failure = distance(use, by)) return failure;
    const auto before = compare_values(edge.from, limit);
    fires = (drops ? before >= 0 : before <= 0) &&
            is_apart(drops ? edge.from : edge.to, drops ? edge.to : edge.from, by);
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

Failure Edges::too_wide(const Change& change, FieldIndex field, rules::EntityIndex source,
                        const std::string& by) const {
    return make_failure(DiagnosticCode::fan_out_too_wide, "limit",
                        "the change of `" + change.name + "." +
                            context_.schema.field_name(change.record.entity, field) +
                            "` concerns more than " + std::to_string(limits::fan_out_records_max) +
                            " records of `" + context_.schema.entity_name(source) + "` by " + by);
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
                return too_wide(change, field, through.source,
                                "rule `" + context_.program.rules[through.use.rule].id + "`");
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

// ---- What tells time ---------------------------------------------------------------------------

void Edges::add_timed(const Change& change, std::vector<Pending> pending) {
    for (Pending& each : pending) {
        Found found;
        found.use = each.use;
        found.record = change.record;
        found.pending = std::move(each);
        found_.push_back(std::move(found));
    }
}

void Edges::add_overdue(std::vector<Pending> pending) {
    for (Pending& each : pending) overdue_.push_back(std::move(each));
}

void Edges::find_patterns(const Change& change) {
    const EntityTriggers& triggers = context_.triggers.entity(change.record.entity);
    Patterns patterns(turn_, advance_.layer());
    if (change.after == nullptr) return patterns.record_deleted(change.record);
    if (change.before != nullptr) return;
    if (triggers.pattern_created.empty() && triggers.pattern_never.empty()) return;
    std::vector<Pending> pending;
    patterns.record_created(change.record, set_off(change, std::nullopt, change.record), pending);
    add_overdue(patterns.overdue());
    add_timed(change, std::move(pending));
}

// A date that is still to come is the schedule's; one that is past already has its say here
// (meaning 20).
void Edges::find_anchors(const Change& change) {
    for (const TriggerUse use : context_.triggers.entity(change.record.entity).anchors) {
        const FieldIndex field = context_.triggers.trigger(use).field;
        const bool concerns =
            change.before == nullptr ||
            std::find(change.fields.begin(), change.fields.end(), field) != change.fields.end();
        if (!concerns) continue;
        const auto due = context_.schedule.anchor_due(use, *change.after);
        if (!due || *due > turn_.now()) continue;
        if (auto pending = turn_.take_past_anchor(advance_, use, change.record, *due)) {
            std::vector<Pending> one;
            one.push_back(std::move(*pending));
            add_timed(change, std::move(one));
        }
    }
}

// A zone that nobody knows is the rulebook's, and that is told where it is set: what goes by it may
// come months later.
void Edges::tell_unknown_zones(const Change& change) {
    for (const FieldIndex field : context_.triggers.entity(change.record.entity).zones) {
        const bool is_set =
            change.before == nullptr ||
            std::find(change.fields.begin(), change.fields.end(), field) != change.fields.end();
        const Value& zone = change.after->fields[field];
        if (!is_set || zone.kind() != Kind::text || Zone::find(zone.as_text())) continue;
        std::string text = unknown_zone_text(
            change.name + "." +
                context_.program.schema.entities[change.record.entity].fields[field].name,
            zone.as_text());
        Rows rows(context_, advance_.layer(), turn_.now());
        rows.without_run({.rule = {},
                          .trigger = {},
                          .entity = change.name,
                          .action = "zone",
                          .error = text,
                          .status = ActionStatus::failed});
        advance_.tell(Logged{std::move(text)});
    }
}

std::optional<Failure> Edges::move_journeys(const Change& change) {
    const EntityTriggers& triggers = context_.triggers.entity(change.record.entity);
    std::vector<Happening>& told = advance_.happenings();
    const std::size_t before = told.size();
    Journeys journeys(turn_, advance_.layer());
    if (change.after == nullptr) {
        if (!triggers.journeys.empty()) journeys.record_deleted(change.record, change.before, told);
    } else {
        if (!triggers.journeys.empty())
            if (auto failure = journeys.record_changed(change.record, told)) return failure;
        for (const FieldIndex field : change.fields)
            for (const ThroughJourney& through : triggers.through_journeys[field]) {
                const rules::Journey& written = context_.program.journeys[through.journey];
                const auto concerned = journeys.concerned(
                    through.journey, through.reference_field, change.record,
                    limits::fan_out_records_max - std::min(fan_out_, limits::fan_out_records_max));
                if (!concerned)
                    return too_wide(change, field, written.entity,
                                    "journey `" + written.name + "`");
                fan_out_ += static_cast<std::uint32_t>(concerned->size());
                for (const Reference record : *concerned)
                    if (auto failure = journeys.record_changed(record, told)) return failure;
            }
    }
    // It is the run's doing.
    for (std::size_t i = before; i < told.size(); ++i) told[i].run = advance_.owner().number;
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
    if (change.after != nullptr || record != change.record) by->subject = record;
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
        for (const TriggerUse use : triggers.fields[i]) {
            forget(record_mark("unarmed", context_.program.rules[use.rule].id, change.record));
            if (context_.triggers.trigger(use).within.is_said()) forget_window(use, change.record);
        }
    }
    for (const TriggerUse use : triggers.whenever)
        forget(record_mark("truth", context_.program.rules[use.rule].id, change.record));
}

}  // namespace pawl::engine
