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
enum class CauseKind : std::uint8_t { event, change, request, run, timer };
struct Cause {
    CauseKind kind = CauseKind::event;
    // The event's id, "project/p1.status", the person, the run; of a timer what it hangs on:
    // "session.starts_at", "every day at 10:00", the step of a journey.
    std::string text;
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
struct Waited {  // a run begins to wait
    std::optional<Instant> until;
    std::string waits_for;  // an event's type; empty: time alone
};
struct Asked {
    std::string text, to;
    Instant until;
};
struct Retried {                // a call or a `try` is tried again
    std::uint32_t attempt = 0;  // 1: the first after the one that failed
    Instant at;
    std::string error;
};
struct Held {  // a run that a guard puts off
    std::string rule, guard;
    std::string entity, id;
    std::optional<Instant> until;  // none: until another run of the rule has ended
};
enum class StepState : std::uint8_t { planned, moved, skipped, done, failed };
struct StepChanged {
    std::string journey, of, step, title;  // of: "client/c1"; step: "generate(4)"
    Instant at;
    StepState state = StepState::planned;
    std::string reason;  // of skipped: "past", "unless", who skipped it
};
enum class JourneyState : std::uint8_t {
    started,
    paused,
    resumed,
    shifted,
    adjusted,  // it hangs on another date, by hand
    stopped,
    completed,
    unchanged  // steered to what it is, or cannot be: `detail` says what
};
struct JourneyChanged {
    std::string journey, of;
    JourneyState state = JourneyState::started;
    std::string detail;  // "by 14d", "until 2026-03-01"
    std::string by;
    std::string reason = {};  // as whoever steered it gave it
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
                 Notified, Alerted, Called, Logged, Ended, SettingChanged, Waited, Asked, Retried,
                 Held, StepChanged, JourneyChanged>;

// "r1"
inline std::string run_name(RunNumber run) { return "r" + std::to_string(run); }

struct Happening {
    Instant at;
    RunNumber run = 0;  // 0: of no run
    HappeningForm form;
};

}  // namespace pawl::engine
