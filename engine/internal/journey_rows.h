#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/internal/context.h"
#include "rules/records.h"

// The rows of `scheduled_step`: one for each step of a journey of a record (rules/schema.cpp).

namespace pawl::engine {

namespace step_field {
constexpr rules::FieldIndex journey = rules::system_field_count;
constexpr rules::FieldIndex of = journey + 1;
constexpr rules::FieldIndex name = journey + 2;
constexpr rules::FieldIndex title = journey + 3;
constexpr rules::FieldIndex at = journey + 4;
constexpr rules::FieldIndex state = journey + 5;
constexpr rules::FieldIndex reason = journey + 6;
constexpr rules::FieldIndex ran_at = journey + 7;
}  // namespace step_field

// Why a step was skipped whose time was past when it was planned; planned anew, it may come yet.
constexpr std::string_view past_reason = "past";
// Why one was skipped that its journey has no more, or whose own date is not known; likewise.
constexpr std::string_view gone_reason = "gone";
// Why one was skipped whose record has no date any more; with another one it may come yet.
constexpr std::string_view no_date_reason = "no date";
// Why one does not come although it is ahead: its journey stands still.
constexpr std::string_view paused_reason = "paused";
// What is said of one whose run has not ended yet.
constexpr std::string_view running_reason = "running";
// Why one was skipped whose journey was stopped; begun again, it may come yet.
constexpr std::string_view stopped_reason = "stopped";

// Why one was skipped whose record was erased before its time came.
constexpr std::string_view erased_reason = "erased";

struct NewStep {
    std::string_view journey, of, name, title;
    Instant at;
    bool is_past = false;
    rules::Value reason = {};  // of its state; missing: none
};
// Takes the next key and id.
std::shared_ptr<rules::Record> new_step_row(Context& context, Instant now, const NewStep& step);

// Still to come: planned or moved.
bool is_ahead(const rules::Record& row);
// Skipped for its time alone.
bool was_past(const rules::Record& row);
// Queued, and not begun yet.
bool is_queued(const rules::Record& row);
// Begun, and its run has not ended.
bool is_running(const rules::Record& row);

// "generate(4)": the name and the loop values of a step.
std::string step_name(const std::string& name, const std::vector<rules::Value>& values,
                      const Context& context, rules::Records& records);

}  // namespace pawl::engine
