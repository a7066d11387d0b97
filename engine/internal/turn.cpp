#include "engine/internal/turn.h"

#include <algorithm>
#include <utility>

namespace pawl::engine {

using rules::Value;

Turn::Turn(Context& context, Instant arrival, InputNumber input)
    : context_(context),
      input_(input),
      now_(std::max(arrival, context.counters.now)),
      layer_(context.program, context.store) {
    context_.counters.now = now_;
    ++context_.counters.turn;
}

void Turn::tell(HappeningForm form) { result_.happenings.push_back({now_, 0, std::move(form)}); }

void Turn::refuse(Refused refused) {
    result_.refused = true;
    // Whoever sent it was told that it came in, and looks for it in the log.
    if (input_ != 0) Rows(context_, layer_, now_).refusal(refused);
    tell(std::move(refused));
}

void Turn::keep_setting(std::string name, std::string json) {
    batch_.settings.emplace_back(std::move(name), std::move(json));
}

namespace {

// Shows the id of what is gone, which nobody could look up any more.
void name_deleted(Value& value, const std::map<rules::Reference, std::string>& deleted) {
    if (value.kind() == rules::Kind::reference) {
        const auto gone = deleted.find(value.as_reference());
        if (gone != deleted.end()) value = Value::text(gone->second);
    } else if (value.kind() == rules::Kind::list) {
        std::vector<Value> items = value.as_list();
        for (Value& item : items) name_deleted(item, deleted);
        value = Value::list(std::move(items));
    }
}

void name_deleted(HappeningForm& form, const std::map<rules::Reference, std::string>& deleted) {
    const auto each = [&deleted](std::vector<NamedValue>& values) {
        for (NamedValue& named : values) name_deleted(named.value, deleted);
    };
    if (auto* set = std::get_if<FieldSet>(&form)) {
        name_deleted(set->from, deleted);
        name_deleted(set->to, deleted);
    } else if (auto* created = std::get_if<Created>(&form)) {
        each(created->values);
    } else if (auto* gone = std::get_if<Deleted>(&form)) {
        each(gone->values);
    } else if (auto* emitted = std::get_if<Emitted>(&form)) {
        each(emitted->data);
    }
}

}  // namespace

// Takes over what a succeeded advance did.
void Turn::merge(Advance& advance) {
    advance.layer().merge_down();
    for (const auto& [reference, id] : advance.deleted_ids())
        if (layer_.get(reference) == nullptr) deleted_ids_.emplace(reference, id);
    for (Happening& each : advance.happenings()) result_.happenings.push_back(std::move(each));
}

// What the turn changed of each record, field by field, against what the store has.
void Turn::keep_changes() {
    const Value missing;
    for (const auto& [reference, after] : layer_.own()) {
        if (reference.entity < rules::builtin_entity_count) continue;
        const rules::RecordPointer before = context_.store.get(reference);
        if (before == nullptr && after == nullptr) continue;
        if (before == nullptr) {
            batch_.changes.push_back({input_, now_, reference, rules::field_id, missing,
                                      after->fields[rules::field_id]});
            continue;
        }
        for (std::size_t i = 0; i < before->fields.size(); ++i) {
            const Value& was = before->fields[i];
            const Value& is = after == nullptr ? missing : after->fields[i];
            if (!(was == is))
                batch_.changes.push_back(
                    {input_, now_, reference, static_cast<rules::FieldIndex>(i), was, is});
        }
    }
}

void Turn::park(const std::string& reason) {
    batch_.parked.push_back({input_, reason});
    tell(Alerted{"admins", reason});
    alert_admins(reason);
}

TurnResult Turn::finish() {
    if (!deleted_ids_.empty())
        for (Happening& each : result_.happenings) name_deleted(each.form, deleted_ids_);
    if (context_.options.keeps_history) keep_changes();
    layer_.move_to(batch_);
    for (MarkWrite& mark : batch_.marks) mark.at = now_;
    if (input_ != 0) context_.counters.position = input_;
    batch_.counters = context_.counters;
    Status status = context_.store.commit(std::move(batch_));
    if (!status) {
        result_ = TurnResult{};
        result_.store_failure = status.error();
    }
    return std::move(result_);
}

// ---- The queue --------------------------------------------------------------------------------

std::shared_ptr<const SetOff> Turn::set_off_of_event(rules::EventIndex event,
                                                     const std::vector<Value>& fields,
                                                     std::string_view id, std::uint32_t depth,
                                                     std::shared_ptr<const Chain> chain) {
    const rules::EventType& type = context_.program.schema.events[event];
    auto by = std::make_shared<SetOff>();
    by->cause.kind = CauseKind::event;
    by->cause.text = id;
    by->trigger = type.name;
    by->depth = depth;
    by->chain = std::move(chain);
    if (type.about && fields[*type.about].kind() == rules::Kind::reference) {
        const rules::Reference subject = fields[*type.about].as_reference();
        by->entity = context_.schema.entity_name(subject.entity);
        by->id = id_of(layer_.get(subject));
    }
    return by;
}

// Every rule of the event's type: its conditions decide.
void Turn::set_off(rules::EventIndex event, const Value& fields, std::shared_ptr<const SetOff> by) {
    std::optional<rules::RuleIndex> last;
    for (const TriggerUse use : context_.triggers.event(event)) {
        if (last == use.rule) continue;  // two `when` of one event are one cause
        last = use.rule;
        Pending pending;
        pending.by = by;
        pending.use = use;
        pending.bound = fields;
        enqueue(std::move(pending));
    }
}

void Turn::set_off_by_event(rules::EventIndex event, std::vector<Value> fields, std::string_view id,
                            const std::vector<rules::RuleIndex>* matched) {
    const auto by = set_off_of_event(event, fields, id, 1, nullptr);
    const Value bound = Value::record(event_record, std::move(fields));
    if (matched == nullptr) return set_off(event, bound, by);
    for (const rules::RuleIndex index : *matched) {
        const rules::Rule& rule = context_.program.rules[index];
        if (rule.mode != rules::RuleMode::live) continue;
        for (std::size_t i = 0; i < rule.triggers.size(); ++i) {
            if (rule.triggers[i].kind != rules::TriggerKind::event ||
                rule.triggers[i].event != event)
                continue;
            Pending pending;
            pending.by = by;
            pending.use = {index, static_cast<std::uint16_t>(i)};
            pending.bound = bound;
            enqueue(std::move(pending));
            break;
        }
    }
}

void Turn::run_queue() {
    while (!queue_.empty()) {
        Pending pending = std::move(queue_.front());
        queue_.pop_front();
        if (pending.is_flow)
            run_flow(pending);
        else
            run_rule(pending);
    }
}

}  // namespace pawl::engine
