#include "engine/internal/rows.h"

#include <utility>

namespace pawl::engine {

using rules::Value;

namespace {

Value text_or_missing(std::string_view text) { return text.empty() ? Value() : Value::text(text); }

// Of the entity `effect`, behind run, channel, action and recipient (rules/schema.cpp).
constexpr rules::FieldIndex effect_field_status = rules::system_field_count + 4;

Value status_value(ActionStatus status) {
    switch (status) {
        case ActionStatus::success: return Value::choice("success");
        case ActionStatus::failed: return Value::choice("failed");
        case ActionStatus::skipped: return Value::choice("skipped");
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
                      Value::choice(run.status),
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

rules::RecordKey Rows::append(rules::EntityIndex entity, std::vector<Value> fields) {
    auto record = std::make_shared<rules::Record>();
    record->fields = std::move(fields);
    std::int64_t& number = context_.counters.next_ids[entity];
    record->fields[rules::field_id] =
        Value::text(context_.schema.entity_name(entity) + "-" + std::to_string(number++));
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
         Value::choice(is_simulated ? "simulated" : effect.status), Value::datetime(now_),
         Value::json(std::move(effect.payload))});
}

void Rows::effect_status(rules::RecordKey row, std::string_view status) {
    const rules::Reference reference{rules::entity_effect, row};
    if (layer_.get(reference) == nullptr) return;  // no longer kept
    layer_.set_field(reference, effect_field_status, Value::choice(status));
    layer_.set_field(reference, rules::field_updated_at, Value::datetime(now_));
}

}  // namespace pawl::engine
