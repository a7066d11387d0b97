#include "engine/happening_json.h"

#include <string_view>
#include <utility>
#include <vector>

#include "rules/event_reader.h"

namespace pawl::engine {

namespace {

class LineWriter {
 public:
    LineWriter(const Happening& happening, const rules::Program& program, rules::Records& records,
               std::uint64_t input_line)
        : happening_(happening), program_(program), records_(records), input_line_(input_line) {}

    std::string write() {
        json_.begin_object();
        std::visit([this](const auto& form) { members(form); }, happening_.form);
        json_.end_object();
        return json_.take();
    }

 private:
    void kind(std::string_view name) {
        json_.member("kind", name);
        json_.member("at", format_instant(happening_.at));
    }

    void run() {
        if (happening_.run != 0) json_.member("run", run_name(happening_.run));
    }

    void text(std::string_view name, std::string_view value) {
        if (!value.empty()) json_.member(name, value);
    }

    void flag(std::string_view name, bool value) {
        if (!value) return;
        json_.key(name);
        json_.boolean(true);
    }

    void count(std::string_view name, std::uint64_t value) {
        if (value == 0) return;
        json_.key(name);
        json_.integer(static_cast<std::int64_t>(value));
    }

    void value(std::string_view name, const rules::Value& shown) {
        json_.key(name);
        rules::append_value_json(json_, shown, program_, records_);
    }

    void values(std::string_view name, const std::vector<NamedValue>& shown) {
        json_.key(name);
        json_.begin_object();
        for (const NamedValue& each : shown) value(each.name, each.value);
        json_.end_object();
    }

    void members(const EventHappened& form) {
        kind("event");
        json_.member("type", form.type);
        json_.member("id", form.id);
        flag("duplicate", form.duplicate);
    }

    void members(const Refused& form) {
        kind("refuse");
        text("type", form.type);
        text("id", form.id);
        text("field", form.field);
        text("code", form.code);
        json_.member("message", form.message);
        count("line", input_line_);
    }

    void members(const Fired& form) {
        kind("fire");
        json_.member("rule", form.rule);
        run();
        text("entity", form.entity);
        text("id", form.id);
        json_.key("by");
        json_.begin_object();
        json_.member(cause_key(form.by.kind), form.by.text);
        json_.end_object();
    }

    static std::string_view cause_key(CauseKind kind) {
        switch (kind) {
            case CauseKind::event: return "event";
            case CauseKind::change: return "change";
            case CauseKind::request: return "request";
            case CauseKind::run: return "run";
            case CauseKind::timer: return "timer";
        }
        return "";
    }

    void members(const Skipped& form) {
        kind("skip");
        json_.member("rule", form.rule);
        text("entity", form.entity);
        text("id", form.id);
        json_.member("guard", form.guard);
        json_.member("reason", form.reason);
        count("line", form.line);
        run();
    }

    void members(const FieldSet& form) {
        kind("set");
        json_.member("entity", form.entity);
        json_.member("id", form.id);
        json_.member("field", form.field);
        value("from", form.from);
        value("to", form.to);
        text("by", form.by);
        flag("override", form.override_);
        text("reason", form.reason);
        run();
    }

    void members(const Created& form) { record("create", form.entity, form.id, form.values); }

    void members(const Deleted& form) { record("delete", form.entity, form.id, form.values); }

    void record(std::string_view name, const std::string& entity, const std::string& id,
                const std::vector<NamedValue>& fields) {
        kind(name);
        json_.member("entity", entity);
        json_.member("id", id);
        values("values", fields);
        run();
    }

    void members(const Emitted& form) {
        kind("emit");
        json_.member("type", form.type);
        values("data", form.data);
        run();
    }

    void members(const Sent& form) {
        kind("send");
        json_.member("channel", form.channel);
        text("template", form.template_name);
        json_.member("to", form.to);
        text("subject", form.subject);
        json_.member("body", form.body);
        text("recipient", form.recipient);
        if (form.status != "waiting") text("status", form.status);
        run();
    }

    void members(const Notified& form) {
        kind("notify");
        json_.member("user", form.user);
        json_.member("title", form.title);
        json_.member("text", form.text);
        text("notification", form.notification);
        run();
    }

    void members(const Alerted& form) {
        kind("alert");
        json_.member("to", form.to);
        json_.member("text", form.text);
        run();
    }

    void members(const Called& form) {
        kind("call");
        json_.member("integration", form.integration);
        json_.member("action", form.action);
        values("arguments", form.arguments);
        if (form.answer) {
            json_.key("answer");
            json_.json(*form.answer);
        }
        if (form.failure) {
            json_.key("fail");
            json_.begin_object();
            json_.member("code", form.failure->code);
            json_.member("message", form.failure->message);
            json_.end_object();
        }
        flag("simulated", form.simulated);
        run();
    }

    void members(const Logged& form) {
        kind("log");
        json_.member("text", form.text);
        run();
    }

    void members(const Ended& form) {
        kind("end");
        run();
        json_.member("status", end_status_text(form.status));
        text("error", form.error);
        text("code", form.code);
        if (form.status == EndStatus::success) return;
        text("rule", form.rule);
        text("file", form.file);
        count("line", form.line);
    }

    void members(const SettingChanged& form) {
        kind("setting");
        json_.member("name", form.name);
        value("from", form.from);
        value("to", form.to);
        text("by", form.by);
    }

    // ---- Time ------------------------------------------------------------------------------

    void instant(std::string_view name, const std::optional<Instant>& shown) {
        if (shown) json_.member(name, format_instant(*shown));
    }

    // Of what is to come, `at` is when it comes; when that was found out is `told_at`.
    void kind_of_what_comes(std::string_view name, Instant comes_at) {
        json_.member("kind", name);
        json_.member("at", format_instant(comes_at));
        json_.member("told_at", format_instant(happening_.at));
    }

    void members(const Waited& form) {
        kind("wait");
        instant("until", form.until);
        text("for", form.waits_for);
        run();
    }

    void members(const Asked& form) {
        kind("ask");
        json_.member("text", form.text);
        json_.member("to", form.to);
        instant("until", form.until);
        run();
    }

    void members(const Retried& form) {
        kind_of_what_comes("retry", form.at);
        count("attempt", form.attempt);
        text("error", form.error);
        run();
    }

    void members(const Held& form) {
        kind("hold");
        instant("until", form.until);
        json_.member("guard", form.guard);
        json_.member("rule", form.rule);
        text("entity", form.entity);
        text("id", form.id);
    }

    void members(const StepChanged& form) {
        kind_of_what_comes("step", form.at);
        json_.member("journey", form.journey);
        json_.member("of", form.of);
        json_.member("step", form.step);
        text("title", form.title);
        json_.member("state", step_state_text(form.state));
        text("reason", form.reason);
        run();
    }

    void members(const JourneyChanged& form) {
        kind("journey");
        json_.member("journey", form.journey);
        json_.member("of", form.of);
        json_.member("state", journey_state_text(form.state));
        text("detail", form.detail);
        text("by", form.by);
        text("reason", form.reason);
        run();
    }

    const Happening& happening_;
    const rules::Program& program_;
    rules::Records& records_;
    std::uint64_t input_line_;
    JsonWriter json_;
};

}  // namespace

std::string happening_json(const Happening& happening, const rules::Program& program,
                           rules::Records& records, std::uint64_t input_line) {
    return LineWriter(happening, program, records, input_line).write();
}

std::string_view end_status_text(EndStatus status) {
    switch (status) {
        case EndStatus::success: return "success";
        case EndStatus::failed: return "failed";
        case EndStatus::stopped: return "stopped";
        case EndStatus::cancelled: return "cancelled";
    }
    return "";
}

std::string_view step_state_text(StepState state) {
    switch (state) {
        case StepState::planned: return "planned";
        case StepState::moved: return "moved";
        case StepState::skipped: return "skipped";
        case StepState::done: return "done";
        case StepState::failed: return "failed";
    }
    return "";
}

std::string_view journey_state_text(JourneyState state) {
    switch (state) {
        case JourneyState::started: return "started";
        case JourneyState::paused: return "paused";
        case JourneyState::resumed: return "resumed";
        case JourneyState::shifted: return "shifted";
        case JourneyState::adjusted: return "adjusted";
        case JourneyState::stopped: return "stopped";
        case JourneyState::completed: return "completed";
        case JourneyState::unchanged: return "unchanged";
    }
    return "";
}

}  // namespace pawl::engine
