#include "engine/internal/rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"

namespace pawl::engine {

using rules::Value;

namespace {

Value text_or_missing(std::string_view text) { return text.empty() ? Value() : Value::text(text); }

// Of the entity `effect`, behind run, channel, action and recipient (rules/schema.cpp).
constexpr rules::FieldIndex effect_field_status = rules::system_field_count + 4;

// Of these every row has one; they are not made, and given back, for each.
Value status_choice(std::string_view status) {
    static const std::array<Value, 8> usual = {
        Value::lasting(Value::choice("success")), Value::lasting(Value::choice("waiting")),
        Value::lasting(Value::choice("running")), Value::lasting(Value::choice("failed")),
        Value::lasting(Value::choice("skipped")), Value::lasting(Value::choice("sent")),
        Value::lasting(Value::choice("stopped")), Value::lasting(Value::choice("cancelled"))};
    for (const Value& each : usual)
        if (each.as_text() == status) return each;
    return Value::choice(status);
}

Value status_value(ActionStatus status) {
    switch (status) {
        case ActionStatus::success: return status_choice("success");
        case ActionStatus::failed: return status_choice("failed");
        case ActionStatus::skipped: return status_choice("skipped");
    }
    return Value();
}

}  // namespace

void Rows::run(const RowOwner& owner, const Run& run) {
    auto record = std::make_shared<rules::Record>();
    record->fields = {Value::text(run_name(owner.number)),
                      Value::datetime(run.started_at),
                      Value::datetime(now_),
                      owner.rule,
                      status_choice(run.status),
                      owner.entity,
                      Value::datetime(run.started_at),
                      run.has_ended ? Value::datetime(now_) : Value(),
                      text_or_missing(run.error),
                      Value::text(run.file),
                      Value::integer(run.line),
                      text_or_missing(run.waiting_for),
                      run.due_at ? Value::datetime(*run.due_at) : Value(),
                      text_or_missing(run.question)};
    layer_.create({rules::entity_run, owner.row}, std::move(record));
}

// "automation_log-17"
Value Rows::next_id(rules::EntityIndex entity) {
    const std::string& name = context_.schema.entity_name(entity);
    std::array<char, 64> id;
    PAWL_CHECK(name.size() < id.size() / 2);
    char* end = std::copy(name.begin(), name.end(), id.begin());
    *end++ = '-';
    end = std::to_chars(end, id.end(), context_.counters.next_ids[entity]++).ptr;
    return Value::text({id.begin(), end});
}

rules::RecordKey Rows::append(rules::EntityIndex entity, std::vector<Value> fields) {
    auto record = std::make_shared<rules::Record>();
    record->fields = std::move(fields);
    record->fields[rules::field_id] = next_id(entity);
    record->fields[rules::field_created_at] = Value::datetime(now_);
    record->fields[rules::field_updated_at] = Value::datetime(now_);
    const rules::RecordKey key = context_.counters.next_key++;
    layer_.create({entity, key}, std::move(record));
    return key;
}

void Rows::action(const RowOwner& owner, std::string_view action, ActionStatus status,
                  std::string_view error, Value metadata) {
    if (owner.number == 0) return;
    append(rules::entity_automation_log,
           {Value(), Value(), Value(), Value::reference({rules::entity_run, owner.row}), owner.rule,
            owner.trigger, owner.entity, Value::text(action), status_value(status),
            text_or_missing(error), std::move(metadata), Value::datetime(now_)});
}

void Rows::without_run(const WithoutRun& row) {
    append(rules::entity_automation_log,
           {Value(), Value(), Value(), Value(), Value::text(row.rule), Value::text(row.trigger),
            text_or_missing(row.entity), Value::text(row.action), status_value(row.status),
            text_or_missing(row.error), Value(), Value::datetime(now_)});
}

void Rows::refusal(const Refused& refused) {
    append(rules::entity_automation_log,
           {Value(), Value(), Value(), Value(), Value(), text_or_missing(refused.type), Value(),
            Value::text("refused " + (refused.id.empty() ? refused.type : refused.id)),
            status_value(ActionStatus::failed), Value::text(refused.code + ": " + refused.message),
            Value(), Value::datetime(now_)});
}

void Rows::notification(std::string_view user, std::string_view title, std::string_view channel) {
    append(rules::entity_notification,
           {Value(), Value(), Value(), Value::text(user), Value::text(title), Value::text(channel),
            Value::boolean(false), Value::datetime(now_)});
}

rules::RecordKey Rows::effect(const RowOwner& owner, Effect effect) {
    const bool is_simulated = context_.options.simulates && effect.status == "waiting";
    return append(
        rules::entity_effect,
        {Value(), Value(), Value(),
         owner.number == 0 ? Value() : Value::reference({rules::entity_run, owner.row}),
         Value::text(effect.channel), Value::text(effect.action), text_or_missing(effect.recipient),
         status_choice(is_simulated ? "simulated" : effect.status), Value::datetime(now_),
         Value::json(std::move(effect.payload))});
}

void Rows::effect_status(rules::RecordKey row, std::string_view status) {
    const rules::Reference reference{rules::entity_effect, row};
    if (layer_.get(reference) == nullptr) return;  // no longer kept
    layer_.set_field(reference, effect_field_status, status_choice(status));
    layer_.set_field(reference, rules::field_updated_at, Value::datetime(now_));
}

}  // namespace pawl::engine
