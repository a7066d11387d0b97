#include "simulation/expectation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "engine/happening_json.h"

namespace pawl::simulation {

namespace {

constexpr std::size_t shown_max = 5;

bool contains(std::string_view text, const std::optional<std::string>& part) {
    return !part || text.find(*part) != std::string_view::npos;
}

bool is_message(std::string_view channel) {
    return channel != "alert" && channel != "call" && channel != "log" && channel != "run" &&
           channel != "event";
}

std::string quoted(const std::string& text) { return quote_for_message(text, 80); }

// "email", but "a run" and "an alert", for "there was no …".
std::string plural(const std::string& channel) {
    if (channel == "email" || channel == "whatsapp" || channel == "sms") return "message";
    if (channel == "dashboard" || channel == "notify") return "message";
    return channel;
}

}  // namespace

Expectation::Expectation(const rules::Program& program, engine::Engine& engine,
                         const std::vector<engine::Happening>& happened)
    : program_(program), engine_(engine), happened_(happened) {}

bool Expectation::is_template_of(const std::string& notification, const std::string& channel,
                                 const std::string& template_name) const {
    for (const rules::Notification& each : program_.notifications) {
        if (each.name != notification) continue;
        for (const rules::NotificationChannel& way : each.channels) {
            if (way.template_index && way.channel == channel &&
                program_.templates[*way.template_index].name == template_name) {
                return true;
            }
        }
    }
    return false;
}

bool Expectation::reaches(const rules::Value& wanted, const std::string& person,
                          const std::string& address) const {
    switch (wanted.kind()) {
        case rules::Kind::list:
            return std::any_of(
                wanted.as_list().begin(), wanted.as_list().end(),
                [&](const rules::Value& each) { return reaches(each, person, address); });
        case rules::Kind::reference: {
            const std::string id = engine_.record_id(wanted.as_reference());
            const std::string& entity = program_.schema.entities[wanted.as_reference().entity].name;
            return person == id || person == entity + "/" + id;
        }
        case rules::Kind::group: {
            if (person == wanted.as_text() || address == wanted.as_text()) return true;
            const rules::Role* role = program_.schema.find_group(wanted.as_text());
            const rules::People& people = program_.schema.people;
            if (role == nullptr || !people.entity || !people.role) return false;
            const std::string& entity = program_.schema.entities[*people.entity].name;
            const std::string id =
                person.starts_with(entity + "/") ? person.substr(entity.size() + 1) : person;
            const auto reference = engine_.find_record(entity, id);
            const auto record = reference ? engine_.records().get(*reference) : nullptr;
            if (record == nullptr) return false;
            const rules::Value& has = record->fields[*people.role];
            return has.kind() == rules::Kind::choice && has.as_text() == role->name;
        }
        case rules::Kind::text: return address == wanted.as_text() || person == wanted.as_text();
        default: return false;
    }
}

std::optional<Expectation::Likeness> Expectation::compare(
    const Sought& sought, const engine::Happening& happening) const {
    const auto named = [&](std::string_view name) {
        return sought.name.empty() || sought.name == name;
    };
    const auto to = [&](const std::string& person, const std::string& address) {
        return !sought.recipient || reaches(*sought.recipient, person, address);
    };
    if (const auto* sent = std::get_if<engine::Sent>(&happening.form)) {
        if (!is_message(sought.channel)) return std::nullopt;
        return Likeness{sent->channel == sought.channel || sought.channel == "notify",
                        named(sent->template_name) ||
                            is_template_of(sought.name, sent->channel, sent->template_name),
                        to(sent->recipient, sent->to),
                        contains(sent->subject + "\n" + sent->body, sought.containing)};
    }
    if (const auto* notified = std::get_if<engine::Notified>(&happening.form)) {
        if (!is_message(sought.channel)) return std::nullopt;
        return Likeness{sought.channel == "dashboard" || sought.channel == "notify",
                        named(notified->notification) ||
                            is_template_of(sought.name, "dashboard", notified->notification),
                        to(notified->user, notified->user),
                        contains(notified->title + "\n" + notified->text, sought.containing)};
    }
    if (const auto* alerted = std::get_if<engine::Alerted>(&happening.form)) {
        if (sought.channel != "alert") return std::nullopt;
        return Likeness{true, true, to(alerted->to, alerted->to),
                        contains(alerted->text, sought.containing)};
    }
    if (const auto* called = std::get_if<engine::Called>(&happening.form)) {
        if (sought.channel != "call") return std::nullopt;
        return Likeness{true, named(called->integration + "." + called->action), true, true};
    }
    if (const auto* logged = std::get_if<engine::Logged>(&happening.form)) {
        if (sought.channel != "log") return std::nullopt;
        return Likeness{true, true, true, contains(logged->text, sought.containing)};
    }
    if (const auto* emitted = std::get_if<engine::Emitted>(&happening.form)) {
        if (sought.channel != "event") return std::nullopt;
        return Likeness{true, named(emitted->type), true, true};
    }
    if (const auto* fired = std::get_if<engine::Fired>(&happening.form)) {
        if (sought.channel != "run") return std::nullopt;
        return Likeness{true, named(fired->rule), true, true};
    }
    if (const auto* ended = std::get_if<engine::Ended>(&happening.form)) {
        // A run whose first advance failed was never told to have begun.
        if (sought.channel != "run" || ended->status != engine::EndStatus::failed) {
            return std::nullopt;
        }
        return Likeness{true, named(ended->rule), true, true};
    }
    return std::nullopt;
}

std::string Expectation::describe(const engine::Happening& happening) const {
    if (const auto* sent = std::get_if<engine::Sent>(&happening.form)) {
        std::string text = sent->channel;
        if (!sent->template_name.empty()) text += " " + sent->template_name;
        text += " to " + sent->to;
        if (!sent->recipient.empty() && sent->recipient != sent->to) {
            text += " (" + sent->recipient + ")";
        }
        if (sent->status != "waiting") text += ", " + sent->status;
        return text + ": " + quoted(sent->subject.empty() ? sent->body : sent->subject);
    }
    if (const auto* notified = std::get_if<engine::Notified>(&happening.form)) {
        return "dashboard " + notified->notification + " of " + notified->user + ": " +
               quoted(notified->text);
    }
    if (const auto* alerted = std::get_if<engine::Alerted>(&happening.form)) {
        return "alert " + alerted->to + ": " + quoted(alerted->text);
    }
    if (const auto* called = std::get_if<engine::Called>(&happening.form)) {
        return "call " + called->integration + "." + called->action;
    }
    if (const auto* logged = std::get_if<engine::Logged>(&happening.form)) {
        return "log " + quoted(logged->text);
    }
    if (const auto* emitted = std::get_if<engine::Emitted>(&happening.form)) {
        return "event " + emitted->type;
    }
    if (const auto* fired = std::get_if<engine::Fired>(&happening.form)) {
        return "run " + engine::run_name(happening.run) + " of " + fired->rule;
    }
    if (const auto* ended = std::get_if<engine::Ended>(&happening.form)) {
        return "run " + engine::run_name(happening.run) + " of " + ended->rule + ", failed";
    }
    return "";
}

std::size_t Expectation::count(const Sought& sought) const {
    std::set<engine::RunNumber> runs;
    std::size_t found = 0;
    for (const engine::Happening& happening : happened_) {
        const auto likeness = compare(sought, happening);
        if (!likeness || !likeness->is_it()) continue;
        // A run is told at its beginning, and once more when it fails.
        if (sought.channel == "run" && !runs.insert(happening.run).second) continue;
        ++found;
    }
    return found;
}

std::vector<std::string> Expectation::matches(const Sought& sought) const {
    std::vector<std::string> lines;
    for (const engine::Happening& happening : happened_) {
        const auto likeness = compare(sought, happening);
        if (likeness && likeness->is_it()) lines.push_back("there was: " + describe(happening));
    }
    if (lines.size() > shown_max) {
        const std::size_t more = lines.size() - shown_max;
        lines.resize(shown_max);
        lines.push_back("… and " + std::to_string(more) + " more");
    }
    return lines;
}

std::vector<std::string> Expectation::nearest(const Sought& sought) const {
    std::vector<std::pair<int, std::string>> found;
    for (const engine::Happening& happening : happened_) {
        if (const auto likeness = compare(sought, happening)) {
            found.emplace_back(likeness->score(), "there was: " + describe(happening));
        }
    }
    if (found.empty()) return {"there was no " + plural(sought.channel) + " at all"};
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& left, const auto& right) { return left.first > right.first; });
    std::vector<std::string> lines;
    for (auto& [score, text] : found) {
        if (lines.size() == shown_max) {
            lines.push_back("… and " + std::to_string(found.size() - shown_max) + " more");
            break;
        }
        lines.push_back(std::move(text));
    }
    return lines;
}

}  // namespace pawl::simulation
