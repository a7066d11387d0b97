#include "cli/happening_log.h"

#include <variant>

#include "base/json.h"
#include "base/log.h"
#include "cli/happening_text.h"

namespace pawl::cli {

namespace {

// A run that waits for months is forgotten here when so many others do, too.
constexpr std::size_t runs_max = 100'000;

log::Level level_of(const engine::Happening& happening) {
    if (const auto* ended = std::get_if<engine::Ended>(&happening.form)) {
        return ended->status == engine::EndStatus::failed ? log::Level::error : log::Level::debug;
    }
    // What no run logs, the engine has to say of an input: a zone that nobody knows.
    const bool is_own =
        happening.run == 0 && std::holds_alternative<engine::Logged>(happening.form);
    const bool is_of_note = is_own || std::holds_alternative<engine::Alerted>(happening.form) ||
                            std::holds_alternative<engine::Refused>(happening.form);
    return is_of_note ? log::Level::warn : log::Level::debug;
}

// Whether it begins the turn of what a person did, or of what was due, which no event stands
// before.
bool begins_turn(const engine::Happening& happening) {
    if (const auto* fired = std::get_if<engine::Fired>(&happening.form)) {
        return fired->by.kind == engine::CauseKind::request ||
               fired->by.kind == engine::CauseKind::timer;
    }
    const bool is_in_between = std::holds_alternative<engine::Skipped>(happening.form) ||
                               std::holds_alternative<engine::Held>(happening.form) ||
                               std::holds_alternative<engine::StepChanged>(happening.form) ||
                               std::holds_alternative<engine::JourneyChanged>(happening.form);
    return happening.run == 0 && !is_in_between;
}

void append_member(std::string& line, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    line += '"';
    line += name;
    line += "\":";
    append_json_string(line, value);
    line += ',';
}

std::string json_line(const std::string& json, log::Level level, const std::string& event,
                      const std::string& rule) {
    std::string line = "{";
    append_member(line, "level", std::string(log::level_text(level)));
    append_member(line, "event", event);
    append_member(line, "rule", rule);
    return line.append(json, 1, std::string::npos);
}

// "set entity=project id=o1 … rule=…": the same, for people.
std::string text_line(const std::string& json, const std::string& event, const std::string& rule) {
    const Result<Json> members = parse_json(json);
    if (!members) return json;
    std::string line = happening_text(*members);
    if (!event.empty()) append_named(line, "event", event);
    if (!rule.empty()) append_named(line, "rule", rule);
    return line;
}

}  // namespace

bool HappeningLog::is_written(const engine::Happening& happening) {
    return log::is_written(level_of(happening));
}

const HappeningLog::Origin& HappeningLog::origin_of(const engine::Happening& happening) {
    if (begins_turn(happening)) current_ = {};
    if (const auto* event = std::get_if<engine::EventHappened>(&happening.form)) {
        current_.event = event->id;
        return current_;
    }
    if (happening.run == 0) return current_;
    if (const auto* fired = std::get_if<engine::Fired>(&happening.form)) {
        if (runs_.size() == runs_max) runs_.erase(runs_.begin());
        return runs_[happening.run] = {fired->rule, current_.event};
    }
    const auto found = runs_.find(happening.run);
    // What a run sets off when it goes on after a wait is of the event that began it.
    current_ = {"", found == runs_.end() ? "" : found->second.event};
    return found == runs_.end() ? current_ : found->second;
}

void HappeningLog::tell(const std::string& json, const engine::Happening& happening) {
    const Origin origin = origin_of(happening);
    const auto* ended = std::get_if<engine::Ended>(&happening.form);
    if (ended != nullptr) runs_.erase(happening.run);
    const log::Level level = level_of(happening);
    if (!log::is_written(level)) return;
    const bool is_event = std::holds_alternative<engine::EventHappened>(happening.form);
    const bool has_rule = std::holds_alternative<engine::Fired>(happening.form) ||
                          std::holds_alternative<engine::Skipped>(happening.form) ||
                          std::holds_alternative<engine::Held>(happening.form) ||
                          (ended != nullptr && !ended->rule.empty());
    const std::string event = is_event ? "" : origin.event;
    const std::string rule = has_rule ? "" : origin.rule;
    const bool is_json = log::format() == log::Format::json;
    log::write_made(level,
                    is_json ? json_line(json, level, event, rule) : text_line(json, event, rule));
}

}  // namespace pawl::cli
