#include "simulation/timeline.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "engine/happening_json.h"
#include "rules/evaluator.h"
#include "rules/event_reader.h"

namespace pawl::simulation {

namespace {

constexpr std::size_t columns = 100;
constexpr std::string_view under_heading = "            ";
constexpr std::string_view under_run = "              ";
constexpr std::string_view under_line_of_run = "                ";
constexpr std::size_t block_lines_max = 14;
// Of "2026-03-02 10:15".
constexpr std::size_t clock_begins = 11, clock_without_seconds = 5;
constexpr std::size_t text_bytes_shown = 100;
constexpr std::size_t waiting_shown_max = 20;

std::string address(const std::string& entity, const std::string& id) { return entity + "/" + id; }

std::string who(const std::string& by) { return by.empty() ? "somebody" : by; }

std::string_view journey_verb(rules::JourneyVerb verb) {
    switch (verb) {
        case rules::JourneyVerb::start: return "starts";
        case rules::JourneyVerb::pause: return "pauses";
        case rules::JourneyVerb::resume: return "resumes";
        case rules::JourneyVerb::shift: return "shifts";
        case rules::JourneyVerb::stop: return "stops";
        case rules::JourneyVerb::skip_step: return "skips";
        case rules::JourneyVerb::trigger_step: return "triggers";
    }
    return "";
}

// What a person did, as the heading of its turn; empty for what is told otherwise.
std::string command_heading(const engine::InputForm& form) {
    if (const auto* change = std::get_if<engine::ChangeCommand>(&form)) {
        return who(change->by) + (change->override_ ? " overrides " : " changes ") +
               address(change->entity, change->id);
    }
    if (const auto* create = std::get_if<engine::CreateCommand>(&form)) {
        return who(create->by) + " creates " + create->entity;
    }
    if (const auto* removal = std::get_if<engine::DeleteCommand>(&form)) {
        return who(removal->by) + " deletes " + address(removal->entity, removal->id);
    }
    if (const auto* request = std::get_if<engine::RequestCommand>(&form)) {
        return who(request->by) + " requests " + request->rule;
    }
    if (const auto* setting = std::get_if<engine::SettingCommand>(&form)) {
        return who(setting->by) + " changes the setting " + setting->name;
    }
    if (const auto* reply = std::get_if<engine::ReplyCommand>(&form)) {
        return who(reply->by) + " answers " + (reply->approves ? "approved" : "refused") +
               (reply->run.empty() ? "" : " to " + reply->run);
    }
    if (const auto* cancel = std::get_if<engine::CancelCommand>(&form)) {
        return who(cancel->by) + " cancels " + cancel->run;
    }
    if (const auto* journey = std::get_if<engine::JourneyCommand>(&form)) {
        const std::string verb(journey->moves_start ? "adjusts" : journey_verb(journey->verb));
        return who(journey->by) + " " + verb + " " +
               (journey->step.empty() ? "" : journey->step + " of ") + journey->journey + " of " +
               journey->id;
    }
    return "";
}

// Safe for a terminal: what came from outside may hold control characters.
std::string printable(std::string_view text) {
    std::string out;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if (byte < 0x20 || byte == 0x7f) {
            out += each == '\t' ? " " : "·";
        } else {
            out += each;
        }
    }
    return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (text.ends_with('\n')) text.remove_suffix(1);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace

Timeline::Timeline(const rules::Program& program, Color color, Sink sink)
    : program_(program),
      color_(color),
      sink_(std::move(sink)),
      zone_(Zone::find(program.header.timezone).value_or(Zone::utc())) {}

std::string Timeline::painted(Paint paint, std::string_view text) const {
    if (color_ == Color::off || paint == Paint::plain) return std::string(text);
    std::string_view code;
    switch (paint) {
        case Paint::plain: break;
        case Paint::strong: code = "1"; break;
        case Paint::dim: code = "2"; break;
        case Paint::good: code = "32"; break;
        case Paint::warning: code = "33"; break;
        case Paint::bad: code = "31"; break;
        case Paint::accent: code = "36"; break;
    }
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

void Timeline::heading(Instant at, const std::string& text) {
    leave_run();
    const LocalTime local = zone_.local(at);
    if (!day_ || *day_ != local.date) {
        if (day_) sink_("\n");
        sink_(painted(Paint::strong, format_date(local.date)) + " " +
              painted(Paint::dim, "(" + zone_.name() + ")") + "\n");
        day_ = local.date;
    }
    // Headings stand under one another: each has its seconds.
    std::string clock = zone_.format(at).substr(clock_begins);
    if (clock.size() == clock_without_seconds) clock += ":00";
    sink_(painted(Paint::dim, clock) + (text.empty() ? "" : "  " + text) + "\n");
    heading_at_ = at;
    event_id_.clear();
}

void Timeline::turn_begins(const Turn& turn) {
    has_command_heading_ = false;
    const std::string text = turn.form != nullptr ? command_heading(*turn.form) : std::string();
    if (!text.empty()) {
        heading(turn.at, printable(text));
        has_command_heading_ = true;
    } else if (const auto* answer = std::get_if<engine::AnswerInput>(turn.form)) {
        // An answer that comes at once belongs to what stands above.
        if (heading_at_ != turn.at) heading(turn.at, "answer for " + engine::run_name(answer->run));
    }
    for (const engine::OutgoingCall& call : turn.calls) {
        calls_[call.run] = call.integration + "." + call.action;
    }
}

// Of a run that neither ended nor goes on at once, a reader wants to know why.
void Timeline::leave_run() {
    const auto call = calls_.find(run_);
    if (run_ != 0 && rules_.contains(run_) && call != calls_.end()) {
        line(painted(Paint::dim, "waits for the answer of " + call->second));
    }
    run_ = 0;
}

std::string Timeline::under_line() const {
    return std::string(run_ == 0 ? under_run : under_line_of_run);
}

void Timeline::run_heading(engine::RunNumber run, const std::string& rule,
                           const std::string& note) {
    leave_run();
    sink_(std::string(under_heading) + painted(Paint::accent, rule) + "  " + engine::run_name(run) +
          (note.empty() ? "" : "  " + painted(Paint::dim, note)) + "\n");
    run_ = run;
}

void Timeline::under_turn(const engine::Happening& happening) {
    if (heading_at_ != happening.at) heading(happening.at, "");
    if (happening.run == run_ || happening.run == 0) return;
    if (std::holds_alternative<engine::Fired>(happening.form)) return;
    if (const auto known = rules_.find(happening.run); known != rules_.end()) {
        run_heading(happening.run, known->second, "goes on");
    } else if (const auto* ended = std::get_if<engine::Ended>(&happening.form)) {
        run_heading(happening.run, ended->rule, "");
    } else {
        run_heading(happening.run, "run", "");
    }
}

void Timeline::line(const std::string& text) {
    sink_(std::string(run_ == 0 ? under_heading : under_run) + text + "\n");
}

void Timeline::block(std::string_view text) {
    const std::vector<std::string_view> lines = lines_of(text);
    // One line more is shown rather than counted.
    const std::size_t shown = lines.size() <= block_lines_max + 1 ? lines.size() : block_lines_max;
    const std::string bar = under_line() + painted(Paint::dim, "│");
    for (std::size_t index = 0; index < shown; ++index) {
        const std::string content = printable(lines[index]);
        sink_(bar + (content.empty() ? "" : " " + content) + "\n");
    }
    if (shown < lines.size()) {
        sink_(
            bar +
            painted(Paint::dim, " … and " + std::to_string(lines.size() - shown) + " lines more") +
            "\n");
    }
}

void Timeline::listed(const std::vector<std::string>& items, std::string_view prefix) {
    std::string text = under_line() + std::string(prefix);
    std::size_t width = count_code_points(text);
    const std::string indent(width, ' ');
    bool is_first = true;
    for (std::size_t index = 0; index < items.size(); ++index) {
        const std::string item = items[index] + (index + 1 < items.size() ? "," : "");
        const std::size_t item_width = count_code_points(item);
        if (!is_first && width + 1 + item_width > columns) {
            sink_(text + "\n");
            text = indent;
            width = indent.size();
            is_first = true;
        }
        text += (is_first ? "" : " ") + item;
        width += item_width + (is_first ? 0 : 1);
        is_first = false;
    }
    if (!items.empty()) sink_(text + "\n");
}

std::string Timeline::value(const rules::Value& value, rules::Records& records) const {
    switch (value.kind()) {
        case rules::Kind::missing: return "missing";
        case rules::Kind::text: return quote_for_message(value.as_text(), text_bytes_shown);
        case rules::Kind::reference: {
            JsonWriter id;
            rules::append_value_json(id, value, program_, records);
            const Result<Json> json = parse_json(id.text());
            const std::string shown = json ? printable(json->text) : id.text();
            const std::string name =
                printable(rules::display_text(value, program_, records, zone_));
            return name.empty() || name == shown ? shown : shown + " (" + name + ")";
        }
        case rules::Kind::list: {
            std::string text;
            for (const rules::Value& item : value.as_list()) {
                text += (text.empty() ? "" : ", ") + this->value(item, records);
                if (text.size() > 4 * text_bytes_shown) return "[" + text + ", …]";
            }
            return "[" + text + "]";
        }
        case rules::Kind::record:
        case rules::Kind::json: {
            JsonWriter json;
            rules::append_value_json(json, value, program_, records);
            const std::string text = printable(json.text());
            if (text.size() <= 2 * text_bytes_shown) return text;
            return quote_for_message(text, 2 * text_bytes_shown);
        }
        default: return printable(rules::display_text(value, program_, records, zone_));
    }
}

std::vector<std::string> Timeline::values(const std::vector<engine::NamedValue>& values,
                                          rules::Records& records) const {
    std::vector<std::string> shown;
    for (const engine::NamedValue& each : values) {
        if (each.value.is_missing()) continue;
        shown.push_back(each.name + ": " + value(each.value, records));
    }
    return shown;
}

void Timeline::tell(const engine::EventHappened& form, const engine::Happening& happening) {
    heading(happening.at, "event " + painted(Paint::strong, printable(form.type)) + " " +
                              printable(form.id) +
                              (form.duplicate ? painted(Paint::warning, "  duplicate") : ""));
    event_id_ = form.id;
}

void Timeline::tell(const engine::Refused& form, const engine::Happening& happening,
                    std::uint64_t line_number) {
    std::string text = painted(Paint::bad, "refused");
    if (!form.type.empty()) text += " " + printable(form.type);
    if (!form.id.empty()) text += " " + printable(form.id);
    const std::string line_note =
        line_number == 0 ? "" : painted(Paint::dim, "  line " + std::to_string(line_number));
    if (has_command_heading_) {
        line(painted(Paint::bad, "refused") + line_note);
    } else {
        heading(happening.at, text + line_note);
    }
    sink_(std::string(under_heading) + printable(form.message) + "  " +
          painted(Paint::dim, form.code) + "\n");
}

void Timeline::tell(const engine::Fired& form, const engine::Happening& happening) {
    std::string note;
    if (form.by.kind != engine::CauseKind::event || form.by.text != event_id_) {
        note = "← " + printable(form.by.text);
    }
    const std::string record = form.entity.empty() ? "" : address(form.entity, form.id);
    if (!record.empty() && !form.by.text.starts_with(record)) {
        note = "for " + printable(record) + (note.empty() ? "" : "  " + note);
    }
    rules_[happening.run] = form.rule;
    run_heading(happening.run, form.rule, note);
}

void Timeline::tell(const engine::Skipped& form) {
    std::string text = painted(Paint::accent, form.rule) + "  " +
                       painted(Paint::warning, "skipped") + "  " + form.guard;
    if (!form.reason.empty()) text += painted(Paint::dim, ": ") + printable(form.reason);
    leave_run();
    sink_(std::string(under_heading) + text + "\n");
}

void Timeline::tell(const engine::FieldSet& form, rules::Records& records) {
    std::string text = printable(address(form.entity, form.id)) + "." + form.field + "  " +
                       value(form.from, records) + painted(Paint::dim, " → ") +
                       value(form.to, records);
    std::string note;
    if (form.override_) note = "override";
    if (!form.reason.empty()) {
        note += (note.empty() ? "because " : ", because ") +
                quote_for_message(form.reason, text_bytes_shown);
    }
    if (!note.empty()) text += "  " + painted(Paint::dim, "(" + note + ")");
    line(text);
}

void Timeline::tell(const engine::Created& form, rules::Records& records) {
    line(painted(Paint::good, "create") + " " + printable(address(form.entity, form.id)));
    listed(values(form.values, records));
}

void Timeline::tell(const engine::Emitted& form, rules::Records& records) {
    line(painted(Paint::good, "emit") + " " + form.type);
    listed(values(form.data, records));
}

void Timeline::tell(const engine::Sent& form) {
    std::string text = painted(Paint::good, form.channel);
    if (!form.template_name.empty()) text += " " + form.template_name;
    text += " to " + printable(form.to.empty() ? form.recipient : form.to);
    if (!form.to.empty() && !form.recipient.empty() && form.recipient != form.to) {
        text += painted(Paint::dim, " (" + printable(form.recipient) + ")");
    }
    if (form.status != "waiting") text += painted(Paint::warning, "  " + form.status);
    line(text);
    if (!form.subject.empty()) block(form.subject);
    if (!form.subject.empty() && !form.body.empty()) {
        sink_(under_line() + painted(Paint::dim, "│") + "\n");
    }
    block(form.body);
}

void Timeline::tell(const engine::Notified& form) {
    std::string text = painted(Paint::good, "dashboard") + " of " + printable(form.user);
    if (!form.notification.empty()) text += painted(Paint::dim, " (" + form.notification + ")");
    line(text);
    if (!form.title.empty() && form.title != form.text) block(form.title);
    block(form.text);
}

void Timeline::tell(const engine::Called& form, rules::Records& records) {
    calls_.erase(run_);
    line(painted(Paint::good, "call") + " " + form.integration + "." + form.action);
    listed(values(form.arguments, records));
    if (form.failure) {
        sink_(under_line() + painted(Paint::bad, "fails") + " " +
              printable(form.failure->code + " " + form.failure->message) + "\n");
        return;
    }
    std::vector<std::string> answer;
    if (form.answer) {
        for (const auto& [name, member] : form.answer->members) {
            if (member.kind == JsonKind::null) continue;
            answer.push_back(name + ": " + printable(write_json(member)));
        }
    }
    if (form.simulated) answer.push_back("(simulated)");
    if (form.simulated && answer.size() > 1) {
        // The mark is no member: no comma before it.
        answer[answer.size() - 2] += " " + answer.back();
        answer.pop_back();
    }
    listed(answer, "→ ");
}

void Timeline::tell(const engine::Ended& form, const engine::Happening& happening) {
    rules_.erase(happening.run);
    calls_.erase(happening.run);
    if (form.status == engine::EndStatus::success) {
        line(painted(Paint::dim, "ends: done"));
        return;
    }
    if (form.status != engine::EndStatus::failed) {
        const std::string status(engine::end_status_text(form.status));
        // "cancelled by ann" says that it was cancelled.
        const bool says_it = form.error.starts_with(status);
        line("ends: " + (says_it ? "" : status) + (form.error.empty() || says_it ? "" : ", ") +
             printable(form.error));
        return;
    }
    line(painted(Paint::bad, "ends: failed") + ", " + printable(form.error));
    std::string place = form.file;
    if (form.line != 0) place += ":" + std::to_string(form.line);
    if (!form.code.empty()) place = form.code + (place.empty() ? "" : "  " + place);
    if (!place.empty()) sink_(under_line() + painted(Paint::dim, place) + "\n");
}

void Timeline::tell(const engine::SettingChanged& form, rules::Records& records) {
    line(form.name + "  " + value(form.from, records) + painted(Paint::dim, " → ") +
         value(form.to, records));
}

// ---- Time -------------------------------------------------------------------------------------

void Timeline::tell(const engine::Waited& form) {
    const std::string until = form.until ? zone_.format(*form.until) : "";
    if (form.waits_for.empty()) {
        line(painted(Paint::dim, "waits until ") + until);
        waiting_[run_] = "its time, " + until;
        return;
    }
    line(painted(Paint::dim, "waits for ") + form.waits_for + painted(Paint::dim, " until ") +
         until);
    waiting_[run_] = form.waits_for + " until " + until;
}

void Timeline::tell(const engine::Asked& form) {
    const std::string to = form.to.empty() ? "nobody" : printable(form.to);
    const std::string until = zone_.format(form.until);
    line(painted(Paint::good, "asks") + " " + to + painted(Paint::dim, " until " + until));
    block(form.text);
    waiting_[run_] = "the answer of " + to + " until " + until;
}

void Timeline::tell(const engine::Retried& form) {
    const std::string at = zone_.format(form.at);
    line(painted(Paint::warning, "tries again") + " at " + at +
         painted(Paint::dim, " (attempt " + std::to_string(form.attempt) + ")") +
         (form.error.empty() ? "" : ": " + printable(form.error)));
    waiting_[run_] = "attempt " + std::to_string(form.attempt) + " at " + at;
}

void Timeline::tell(const engine::Held& form) {
    leave_run();
    std::string text = painted(Paint::accent, form.rule) + "  " + painted(Paint::warning, "held") +
                       "  " + form.guard;
    if (!form.entity.empty()) {
        text += painted(Paint::dim, " for ") + printable(address(form.entity, form.id));
    }
    if (form.until) text += painted(Paint::dim, " until ") + zone_.format(*form.until);
    line(text);
}

void Timeline::tell(const engine::StepChanged& form) {
    std::string text = "step " + printable(form.step) + " of " + form.journey +
                       painted(Paint::dim, " for ") + printable(form.of) + "  " +
                       std::string(engine::step_state_text(form.state));
    const bool is_ahead =
        form.state == engine::StepState::planned || form.state == engine::StepState::moved;
    if (is_ahead) text += painted(Paint::dim, " at ") + zone_.format(form.at);
    if (!form.reason.empty()) text += painted(Paint::dim, " (" + printable(form.reason) + ")");
    line(text);
}

void Timeline::tell(const engine::JourneyChanged& form) {
    std::string text = "journey " + painted(Paint::strong, form.journey) +
                       painted(Paint::dim, " for ") + printable(form.of) + "  " +
                       std::string(engine::journey_state_text(form.state));
    const bool is_unchanged = form.state == engine::JourneyState::unchanged;
    if (!form.detail.empty()) text += (is_unchanged ? ": " : " ") + printable(form.detail);
    if (!form.by.empty()) text += painted(Paint::dim, " by " + printable(form.by));
    if (!form.reason.empty()) text += painted(Paint::dim, " because " + printable(form.reason));
    line(text);
}

bool Timeline::tell_time(const engine::Happening& happening) {
    // What is of no run stands under the turn, not under the run told before it.
    const bool is_of_run = happening.run != 0;
    if (const auto* waited = std::get_if<engine::Waited>(&happening.form)) {
        tell(*waited);
    } else if (const auto* asked = std::get_if<engine::Asked>(&happening.form)) {
        tell(*asked);
    } else if (const auto* retried = std::get_if<engine::Retried>(&happening.form)) {
        tell(*retried);
    } else if (const auto* held = std::get_if<engine::Held>(&happening.form)) {
        tell(*held);
    } else if (const auto* step = std::get_if<engine::StepChanged>(&happening.form)) {
        if (!is_of_run) leave_run();
        tell(*step);
    } else if (const auto* journey = std::get_if<engine::JourneyChanged>(&happening.form)) {
        if (!is_of_run) leave_run();
        tell(*journey);
    } else {
        return false;
    }
    return true;
}

void Timeline::happened(const engine::Happening& happening, std::uint64_t line_number,
                        rules::Records& records) {
    if (const auto* event = std::get_if<engine::EventHappened>(&happening.form)) {
        return tell(*event, happening);
    }
    if (const auto* refused = std::get_if<engine::Refused>(&happening.form)) {
        return tell(*refused, happening, line_number);
    }
    under_turn(happening);
    waiting_.erase(happening.run);
    if (tell_time(happening)) return;
    if (const auto* fired = std::get_if<engine::Fired>(&happening.form)) {
        tell(*fired, happening);
    } else if (const auto* skipped = std::get_if<engine::Skipped>(&happening.form)) {
        tell(*skipped);
    } else if (const auto* set = std::get_if<engine::FieldSet>(&happening.form)) {
        tell(*set, records);
    } else if (const auto* created = std::get_if<engine::Created>(&happening.form)) {
        tell(*created, records);
    } else if (const auto* deleted = std::get_if<engine::Deleted>(&happening.form)) {
        line(painted(Paint::good, "delete") + " " +
             printable(address(deleted->entity, deleted->id)));
    } else if (const auto* emitted = std::get_if<engine::Emitted>(&happening.form)) {
        tell(*emitted, records);
    } else if (const auto* sent = std::get_if<engine::Sent>(&happening.form)) {
        tell(*sent);
    } else if (const auto* notified = std::get_if<engine::Notified>(&happening.form)) {
        tell(*notified);
    } else if (const auto* alerted = std::get_if<engine::Alerted>(&happening.form)) {
        line(painted(Paint::warning, "alert") + " " + printable(alerted->to) + "  " +
             printable(alerted->text));
    } else if (const auto* called = std::get_if<engine::Called>(&happening.form)) {
        tell(*called, records);
    } else if (const auto* logged = std::get_if<engine::Logged>(&happening.form)) {
        line(painted(Paint::good, "log") + "  " + printable(logged->text));
    } else if (const auto* ended = std::get_if<engine::Ended>(&happening.form)) {
        tell(*ended, happening);
    } else if (const auto* setting = std::get_if<engine::SettingChanged>(&happening.form)) {
        tell(*setting, records);
    }
}

void Timeline::finish(const DryRunSummary& summary) {
    if (day_) sink_("\n");
    std::string text = counted(summary.lines, "input", "inputs");
    if (summary.duplicates != 0) {
        text += ", " + counted(summary.duplicates, "duplicate", "duplicates");
    }
    if (summary.refused != 0) {
        text += ", " + painted(Paint::bad, std::to_string(summary.refused) + " refused");
    }
    if (summary.passed_over != 0) {
        text += ", " + std::to_string(summary.passed_over) + " before the beginning";
    }
    text += "; " + counted(summary.runs, "run", "runs");
    if (summary.stopped != 0) text += ", " + std::to_string(summary.stopped) + " stopped";
    if (summary.failed != 0) {
        text += ", " + painted(Paint::bad, std::to_string(summary.failed) + " failed");
    }
    sink_(text + "\n");
    for (const auto& [run, call] : summary.waiting) {
        const auto rule = rules_.find(run);
        sink_(engine::run_name(run) + (rule == rules_.end() ? "" : " (" + rule->second + ")") +
              " still waits for the answer of " + call + "\n");
    }
    std::size_t shown = 0;
    for (const auto& [run, what] : waiting_) {
        if (shown++ == waiting_shown_max) break;
        const auto rule = rules_.find(run);
        sink_(engine::run_name(run) + (rule == rules_.end() ? "" : " (" + rule->second + ")") +
              " still waits for " + what + "\n");
    }
    if (waiting_.size() > waiting_shown_max) {
        sink_("… and " + std::to_string(waiting_.size() - waiting_shown_max) + " more wait\n");
    }
}

}  // namespace pawl::simulation
