#include "cli/timetable.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "cli/engine_client.h"
#include "cli/moments.h"
#include "cli/table.h"

namespace pawl::cli {

namespace {

std::string local_text(const std::optional<Instant>& at, const Zone& zone) {
    return at ? format_local(*at, zone) : "";
}

std::optional<Instant> instant_of(const Json& item, std::string_view name) {
    return parse_instant(text_member(item, name));
}

// "skipped (past)"
std::string state_text(const std::string& state, const std::string& reason) {
    return reason.empty() || reason == state ? state : state + " (" + reason + ")";
}

Step step_of(const Json& item) {
    return {.title = text_member(item, "title"),
            .state = text_member(item, "state"),
            .reason = text_member(item, "reason"),
            .at = instant_of(item, "at")};
}

void tell_zone(const Zone& zone, Output& out) { out.write("times of " + zone.name() + "\n"); }

bool is_same(const Step& left, const Step& right) {
    return std::tie(left.at, left.state, left.reason) ==
           std::tie(right.at, right.state, right.reason);
}

}  // namespace

Result<Journeys> ask_journeys(const HttpClient& client) {
    PAWL_TRY(const Json answer, ask_engine(client, {.target = "/api/journeys"}));
    const Json* items = answer.find("items");
    if (items == nullptr) {
        return Error{
            .code = "no_pawl",
            .message = "what answers at " + client.url() + " is no Pawl: it names no journeys"};
    }
    return Journeys{.items = items->items,
                    .zone = Zone::find(text_member(answer, "timezone")).value_or(Zone::utc())};
}

Result<Json> find_journey(const Journeys& journeys, const std::string& name) {
    std::vector<std::string> names;
    for (const Json& each : journeys.items) {
        names.push_back(text_member(each, "name"));
        if (names.back() == name) return each;
    }
    std::string message = "the rulebook has no journey " + quote_for_message(name);
    const std::vector<std::string> near = suggest(name, names, 1);
    if (!near.empty()) {
        message += "; did you mean `" + near.front() + "`?";
    } else if (!names.empty()) {
        message += "; it has " + list_names(names);
    }
    return Error{.code = "not_found", .message = message};
}

Status show_steps(const HttpClient& client, const ListPages& list, const Zone& zone, bool as_json,
                  Terminal& terminal) {
    std::vector<Json> items;
    PAWL_TRY(const bool has_more,
             for_each_item(client, list, [&](const Json& item) { items.push_back(item); }));
    std::stable_sort(items.begin(), items.end(), [](const Json& left, const Json& right) {
        return instant_of(left, "at") < instant_of(right, "at");
    });
    Table table({"of", "journey", "step", "title", "at", "state", "ran_at"});
    for (const Json& item : items) {
        if (as_json) {
            terminal.out.write(write_json(item) + "\n");
            continue;
        }
        const Step step = step_of(item);
        table.add_row({text_member(item, "of"), text_member(item, "journey"),
                       text_member(item, "name"), step.title, local_text(step.at, zone),
                       state_text(step.state, step.reason),
                       local_text(instant_of(item, "ran_at"), zone)});
    }
    if (!as_json && !table.is_empty()) {
        table.print(terminal.out);
        tell_zone(zone, terminal.out);
    }
    terminal.out.flush();
    if (items.empty() && !as_json) terminal.complain("there are no such steps");
    if (has_more) terminal.complain("there are more; --all shows them");
    return Done{};
}

Result<Timetable> ask_timetable(const HttpClient& client, const std::string& journey,
                                const std::string& of) {
    const ListPages list{
        .path = "/api/entities/scheduled_step",
        .query = "journey=" + escape_for_url(journey) + "&of=" + escape_for_url(of),
        .all = true};
    Timetable timetable;
    PAWL_TRY(const bool has_more, for_each_item(client, list, [&](const Json& item) {
                 timetable.insert_or_assign(text_member(item, "name"), step_of(item));
             }));
    (void)has_more;  // all of them were asked for
    return timetable;
}

Timetable change_timetable(Timetable timetable, std::vector<Json>& happenings,
                           const std::string& journey, const std::string& of) {
    std::vector<Json> others;
    for (Json& each : happenings) {
        const bool is_of_it = text_member(each, "kind") == "step" &&
                              text_member(each, "journey") == journey &&
                              text_member(each, "of") == of;
        if (!is_of_it) {
            others.push_back(std::move(each));
            continue;
        }
        const std::string name = text_member(each, "step");
        Step step = step_of(each);
        // A line may leave out the title of a step that is known.
        const auto before = timetable.find(name);
        if (step.title.empty() && before != timetable.end()) step.title = before->second.title;
        if (!step.at && before != timetable.end()) step.at = before->second.at;
        timetable.insert_or_assign(name, std::move(step));
    }
    happenings = std::move(others);
    return timetable;
}

void show_difference(const Timetable& before, const Timetable& after, const Zone& zone,
                     bool as_json, Output& out) {
    std::vector<std::pair<std::optional<Instant>, std::string>> order;
    for (const auto& [name, step] : after) order.emplace_back(step.at, name);
    std::sort(order.begin(), order.end());
    Table table({"", "step", "title", "before", "after", "state"});
    for (const auto& [at, name] : order) {
        const Step& step = after.at(name);
        const auto was = before.find(name);
        const bool changes = was == before.end() || !is_same(was->second, step);
        const std::optional<Instant> at_before =
            was == before.end() ? std::nullopt : was->second.at;
        if (as_json) {
            JsonWriter line;
            line.begin_object();
            line.member("step", name);
            line.member("title", step.title);
            line.member("before", at_before ? format_instant(*at_before) : "");
            line.member("after", at ? format_instant(*at) : "");
            line.member("state", step.state);
            line.member("reason", step.reason);
            line.key("changes");
            line.boolean(changes);
            line.end_object();
            out.write(line.text() + "\n");
        } else {
            table.add_row({changes ? "*" : "", name, step.title, local_text(at_before, zone),
                           local_text(at, zone), state_text(step.state, step.reason)});
        }
    }
    if (as_json || table.is_empty()) return;
    table.print(out);
    tell_zone(zone, out);
}

}  // namespace pawl::cli
