#include "engine/internal/journey_rows.h"

#include "rules/evaluator.h"

namespace pawl::engine {

using rules::Value;

std::shared_ptr<rules::Record> new_step_row(Context& context, Instant now, const NewStep& step) {
    auto row = std::make_shared<rules::Record>();
    std::int64_t& number = context.counters.next_ids[rules::entity_scheduled_step];
    ++context.counters.next_key;
    row->fields = {Value::text("scheduled_step-" + std::to_string(number++)),
                   Value::datetime(now),
                   Value::datetime(now),
                   Value::text(step.journey),
                   Value::text(step.of),
                   Value::text(step.name),
                   Value::text(step.title),
                   Value::datetime(step.at),
                   Value::choice(step.is_past ? "skipped" : "planned"),
                   step.is_past ? Value::text(past_reason) : Value(),
                   Value()};
    return row;
}

bool is_ahead(const rules::Record& row) {
    const std::string_view state = row.fields[step_field::state].as_text();
    return state == "planned" || state == "moved";
}

bool was_past(const rules::Record& row) {
    const Value& reason = row.fields[step_field::reason];
    return row.fields[step_field::state].as_text() == "skipped" && !reason.is_missing() &&
           (reason.as_text() == past_reason || reason.as_text() == no_date_reason);
}

bool is_queued(const rules::Record& row) {
    return row.fields[step_field::state].as_text() == "done" &&
           row.fields[step_field::ran_at].is_missing();
}

std::string step_name(const std::string& name, const std::vector<Value>& values,
                      const Context& context, rules::Records& records) {
    if (values.empty()) return name;
    std::string text = name + "(";
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) text += ", ";
        text += rules::display_text(values[i], context.program, records, context.zone);
    }
    return text + ")";
}

}  // namespace pawl::engine
