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
                   step.reason,
                   Value()};
    return row;
}

bool is_ahead(const rules::Record& row) {
    const std::string_view state = row.fields[step_field::state].as_text();
    return state == "planned" || state == "moved";
}

namespace {

bool has_reason(const rules::Record& row, std::string_view wanted) {
    const Value& reason = row.fields[step_field::reason];
    return !reason.is_missing() && reason.as_text() == wanted;
}

}  // namespace

bool was_past(const rules::Record& row) {
    return row.fields[step_field::state].as_text() == "skipped" &&
           (has_reason(row, past_reason) || has_reason(row, no_date_reason) ||
            has_reason(row, gone_reason));
}

bool is_queued(const rules::Record& row) {
    return row.fields[step_field::state].as_text() == "done" &&
           row.fields[step_field::ran_at].is_missing();
}

bool is_running(const rules::Record& row) {
    return row.fields[step_field::state].as_text() == "done" && has_reason(row, running_reason);
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
