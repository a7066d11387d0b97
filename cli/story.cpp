#include "cli/story.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/engine_client.h"

namespace pawl::cli {

namespace {

constexpr std::size_t value_bytes_shown = 200;

// One line, however long the text and whatever is in it.
std::string on_one_line(std::string_view text) {
    std::size_t end = std::min(text.size(), value_bytes_shown);
    // Not within a character.
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    std::string line;
    for (const char c : text.substr(0, end)) {
        if (c == '\n') {
            line += " / ";
        } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
            line += c;
        }
    }
    return end < text.size() ? line + "…" : line;
}

class Sentence {
 public:
    Sentence(const Json& happening, const BookTimes& times) : told_(happening), times_(times) {}

    std::string text() const {
        const std::string kind = of("kind");
        if (kind == "fire") return of("rule") + about() + cause();
        if (kind == "set") return set();
        if (kind == "create" || kind == "delete")
            return kind + "s " + of("entity") + "/" + of("id") + values("values");
        if (kind == "setting")
            return "setting " + of("name") + ": " + plain("from") + " → " + plain("to");
        if (kind == "journey") return journey();
        if (kind == "step")
            return "step " + of("step") + " of " + of("journey") + " of " + of("of") + " is " +
                   of("state") + at("at", " at ") + in_brackets("reason");
        return kind == "end" ? end() : text_of_time(kind);
    }

 private:
    std::string text_of_time(const std::string& kind) const {
        if (kind == "wait") return "waits" + behind(" for ", "for") + at("until", " until ");
        if (kind == "ask")
            return "asks " + of("to") + at("until", " until ") + behind(": ", "text");
        if (kind == "retry")
            return "tries again" + at("at", " at ") + behind(", attempt ", "attempt") +
                   behind(": ", "error");
        if (kind == "hold")
            return of("rule") + about() + " is put off by `" + of("guard") + "`" +
                   at("until", " until ");
        return text_of_message(kind);
    }

    std::string text_of_message(const std::string& kind) const {
        if (kind == "send")
            return "sends " + of("channel") + behind(" ", "template") + " to " +
                   (of("to").empty() ? of("recipient") : of("to")) + behind(": ", "subject") +
                   in_brackets("status");
        if (kind == "notify")
            return "tells " + of("user") +
                   " on the dashboard: " + (of("title").empty() ? of("text") : of("title"));
        if (kind == "alert") return "alerts " + of("to") + behind(": ", "text");
        if (kind == "log") return "logs" + behind(": ", "text");
        if (kind == "emit") return "emits " + of("type") + values("data");
        if (kind == "call")
            return "calls " + of("integration") + "." + of("action") + values("arguments") +
                   (told_.find("answer") != nullptr ? " → " + plain("answer") : "");
        if (kind == "skip")
            return of("rule") + about() + " does not run (" + of("guard") + ")" +
                   behind(": ", "reason");
        if (kind == "event") return "event " + of("type") + behind(" ", "id");
        if (kind == "refuse") return "refused" + behind(": ", "message");
        return kind;
    }

    std::string set() const {
        const std::string entity = of("entity"), field = of("field");
        return entity + "/" + of("id") + "." + field + ": " + value(entity, field, "from") + " → " +
               value(entity, field, "to") + behind(", because ", "reason");
    }

    std::string journey() const {
        return of("journey") + " of " + of("of") + " is " + of("state") + behind(" ", "detail") +
               behind(", by ", "by") + behind(", because ", "reason");
    }

    std::string end() const {
        const std::string status = of("status");
        const std::string error = of("error");
        // "cancelled by ann" says that it was cancelled.
        if (!status.empty() && error.starts_with(status))
            return "ends: " + error + in_brackets("code");
        return "ends: " + (status == "success" ? "done" : status) + behind(", ", "error") +
               in_brackets("code");
    }

    // " for client/c1"
    std::string about() const {
        return of("entity").empty() ? "" : " for " + of("entity") + "/" + of("id");
    }

    // " ← timer call(3)"
    std::string cause() const {
        const Json* by = told_.find("by");
        if (by == nullptr || by->members.empty()) return "";
        const std::string text = on_one_line(cell_text(&by->members.front().second));
        return text.empty() ? "" : "  ← " + text;
    }

    std::string of(std::string_view name) const { return on_one_line(cell_text(told_.find(name))); }

    std::string behind(std::string_view before, std::string_view name) const {
        const std::string text = of(name);
        return text.empty() ? "" : std::string(before) + text;
    }
    std::string in_brackets(std::string_view name) const {
        const std::string text = of(name);
        return text.empty() ? "" : " (" + text + ")";
    }
    std::string at(std::string_view name, std::string_view before) const {
        const auto instant = parse_instant(text_member(told_, name));
        return instant ? std::string(before) + times_.zone().format(*instant) : "";
    }

    std::string plain(std::string_view name) const {
        const std::string text = of(name);
        return text.empty() ? "missing" : text;
    }
    std::string value(const std::string& entity, const std::string& field,
                      std::string_view name) const {
        const Json* value = told_.find(name);
        const auto instant = value != nullptr ? times_.find(entity, field, *value) : std::nullopt;
        return instant ? times_.zone().format(*instant) : plain(name);
    }
    // ": title: Call, due_at: 2026-03-02 10:15"
    std::string values(std::string_view name) const {
        std::string text;
        const Json* object = told_.find(name);
        if (object == nullptr) return text;
        for (const auto& [member, value] : object->members) {
            if (value.kind == JsonKind::null) continue;
            const auto instant = times_.find(of("entity"), member, value);
            text += (text.empty() ? ": " : ", ") + member + " " +
                    (instant ? times_.zone().format(*instant) : on_one_line(cell_text(&value)));
        }
        return text;
    }

    const Json& told_;
    const BookTimes& times_;
};

}  // namespace

std::string sentence(const Json& happening, const BookTimes& times) {
    return Sentence(happening, times).text();
}

void tell_story(const std::vector<Json>& happenings, const BookTimes& times, Output& out) {
    std::string current;
    for (const Json& each : happenings) {
        const std::string run = text_member(each, "run");
        if (text_member(each, "kind") == "fire") {
            out.write(run + "  " + sentence(each, times) + "\n");
        } else {
            if (!run.empty() && run != current) out.write(run + "\n");
            out.write((run.empty() ? "" : "    ") + sentence(each, times) + "\n");
        }
        current = run;
    }
}

}  // namespace pawl::cli
