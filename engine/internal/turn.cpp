#include "engine/internal/turn.h"

#include <algorithm>
#include <utility>

#include "engine/internal/journeys.h"
#include "engine/internal/patterns.h"
#include "engine/internal/waits.h"

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

void Turn::tell(HappeningForm form) {
    // A customer who got no reminder asks why: what was missed stands in the log, too.
    if (const auto* skipped = std::get_if<Skipped>(&form); skipped && skipped->guard == "missed")
        Rows(context_, layer_, now_)
            .without_run({.rule = skipped->rule,
                          .trigger = "missed",
                          .entity = skipped->entity.empty() ? std::string()
                                                            : skipped->entity + "/" + skipped->id,
                          .action = "skipped",
                          .error = skipped->reason});
    result_.happenings.push_back({now_, 0, std::move(form)});
}

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
    if (result_.happenings.empty())
        result_.happenings.swap(advance.happenings());
    else
        for (Happening& each : advance.happenings()) result_.happenings.push_back(std::move(each));
    Waits(*this).end_cancelled(advance.cancelled());
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

TurnResult Turn::drop() {
    if (!deleted_ids_.empty())
        for (Happening& each : result_.happenings) name_deleted(each.form, deleted_ids_);
    return std::move(result_);
}

TurnResult Turn::finish() {
    if (!deleted_ids_.empty())
        for (Happening& each : result_.happenings) name_deleted(each.form, deleted_ids_);
    if (context_.options.keeps_history) keep_changes();
    layer_.move_to(batch_);
    for (MarkWrite& mark : batch_.marks) mark.at = now_;
    if (input_ != 0) context_.counters.position = input_;
    batch_.counters = context_.counters;
    context_.schedule.note(batch_);
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
                                                     std::shared_ptr<const Chain> chain,
                                                     Layer& layer) {
    const rules::EventType& type = context_.program.schema.events[event];
    auto by = std::make_shared<SetOff>();
    by->cause.kind = CauseKind::event;
    by->cause.text = id;
    by->trigger = type.name;
    by->depth = depth;
    by->chain = std::move(chain);
    if (type.about && fields[*type.about].kind() == rules::Kind::reference) {
        const rules::Reference subject = fields[*type.about].as_reference();
        by->id = id_of(layer.get(subject));
        if (!by->id.empty()) {
            by->entity = context_.schema.entity_name(subject.entity);
            by->subject = subject;
        }
    }
    return by;
}

namespace {

// The rules of one cause, in the order of their ids; a rule once, by the first of its triggers.
void sort_by_rule(std::vector<Pending>& pending) {
    if (pending.size() < 2) return;  // a sort takes memory first
    std::stable_sort(pending.begin(), pending.end(), [](const Pending& left, const Pending& right) {
        return std::tie(left.use.rule, left.use.trigger) <
               std::tie(right.use.rule, right.use.trigger);
    });
    const auto is_same_rule = [](const Pending& left, const Pending& right) {
        return left.use.rule == right.use.rule;
    };
    pending.erase(std::unique(pending.begin(), pending.end(), is_same_rule), pending.end());
}

}  // namespace

void Turn::set_off(rules::EventIndex event, const Value& fields,
                   const std::shared_ptr<const SetOff>& by, const std::vector<TriggerUse>& uses,
                   Layer& layer) {
    std::vector<Pending> pending;
    for (const TriggerUse use : uses) {
        Pending each;
        each.by = by;
        each.use = use;
        each.bound = fields;
        pending.push_back(std::move(each));
    }
    if (context_.triggers.has_patterns(event)) {
        Patterns patterns(*this, layer);
        patterns.event_came(event, fields, by, pending);
        for (Pending& each : patterns.overdue()) enqueue(std::move(each));
    }
    Waits(*this).wake_by_event(event, fields, layer);
    sort_by_rule(pending);
    for (Pending& each : pending) enqueue(std::move(each));
}

void Turn::set_off_by_event(rules::EventIndex event, std::vector<Value> fields, std::string_view id,
                            const std::vector<rules::RuleIndex>* matched) {
    const auto by = set_off_of_event(event, fields, id, 1, nullptr, layer_);
    const Value bound = Value::record(event_record, std::move(fields));
    // Without a matcher's word every rule of the event's type: its conditions decide.
    if (matched == nullptr)
        return set_off(event, bound, by, context_.triggers.event(event), layer_);
    std::vector<TriggerUse> uses;
    for (const rules::RuleIndex index : *matched) {
        const rules::Rule& rule = context_.program.rules[index];
        if (rule.mode != rules::RuleMode::live) continue;
        for (std::size_t i = 0; i < rule.triggers.size(); ++i)
            if (rule.triggers[i].kind == rules::TriggerKind::event &&
                rule.triggers[i].event == event)
                uses.push_back({index, static_cast<std::uint16_t>(i)});
    }
    set_off(event, bound, by, uses, layer_);
}

std::optional<Pending> Turn::next_of_queue() {
    if (next_in_queue_ == queue_.size()) {
        queue_.clear();
        next_in_queue_ = 0;
        return std::nullopt;
    }
    return std::move(queue_[next_in_queue_++]);
}

void Turn::run_queue() {
    while (auto pending = next_of_queue()) {
        switch (pending->kind) {
            case PendingKind::rule: run_rule(*pending); break;
            case PendingKind::flow: run_flow(*pending); break;
            case PendingKind::wake: Waits(*this).wake(*pending); break;
            case PendingKind::step: Journeys(*this, layer_).run_step(*pending); break;
        }
    }
}

TimerKey Turn::set_timer(Layer& layer, Instant due, TimerKind kind, std::string target) {
    const TimerKey key{due, context_.counters.next_timer++};
    layer.put_timer({{key, kind, std::move(target)}, false});
    return key;
}

}  // namespace pawl::engine
