#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "engine/input.h"
#include "rules/program.h"
#include "rules/value.h"

// What a turn did, in the order in which it happened: one Happening is one line of `dry-run --json`
// (cli.md) and one row of the log. Values are the engine's; ids of records are text already, since
// a record may be gone when it is shown.

namespace pawl::engine {

struct NamedValue {
    std::string name;
    rules::Value value;
};

struct EventHappened {
    std::string type, id, source;
    bool duplicate = false;
};
struct Refused {  // an input that does not go in
    std::string type, id, field, code, message;
};
// What set a run off.
enum class CauseKind : std::uint8_t { event, change, request, run };
struct Cause {
    CauseKind kind = CauseKind::event;
    std::string text;  // the event's id, "project/p1.status", the person, the run
};
struct Fired {
    std::string rule, entity, id;
    Cause by;
};
struct Skipped {
    std::string rule, guard, reason;
    std::string entity, id;
    bool false_condition = false;  // shown only with --all
    std::uint32_t line = 0;
};
struct FieldSet {
    std::string entity, id, field;
    rules::Value from, to;
    std::string by, reason;
    bool override_ = false;
};
struct Created {
    std::string entity, id;
    std::vector<NamedValue> values;
};
struct Deleted {
    std::string entity, id;
    std::vector<NamedValue> values;
};
struct Emitted {
    std::string type;
    std::vector<NamedValue> data;
};
struct Sent {
    std::string channel, template_name, to, subject, body;
    std::string recipient;           // "profile/asha", a group, or empty
    std::string status = "waiting";  // or "undeliverable"
};
struct Notified {
    std::string user, title, text, notification;
};
struct Alerted {
    std::string to, text;
};
struct Called {
    std::string integration, action;
    std::vector<NamedValue> arguments;
    std::optional<Json> answer;  // as it came
    std::optional<rules::Failure> failure;
    bool simulated = false;
};
struct Logged {
    std::string text;
};
enum class EndStatus : std::uint8_t { success, failed, stopped, cancelled };
struct Ended {
    EndStatus status = EndStatus::success;
    std::string error, code, rule, file;
    std::uint32_t line = 0;
};
struct SettingChanged {
    std::string name;
    rules::Value from, to;
    std::string by;
};

using HappeningForm =
    std::variant<EventHappened, Refused, Fired, Skipped, FieldSet, Created, Deleted, Emitted, Sent,
                 Notified, Alerted, Called, Logged, Ended, SettingChanged>;

struct Happening {
    Instant at;
    RunNumber run = 0;  // 0: of no run
    HappeningForm form;
};

}  // namespace pawl::engine
