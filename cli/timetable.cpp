#include "cli/timetable.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/suggest.h"
#include "base/text.h"
#include "cli/book_times.h"
#include "cli/engine_client.h"
#include "cli/next_steps.h"
#include "cli/table.h"

namespace pawl::cli {

namespace {

std::string local_text(const std::optional<Instant>& at, const Zone& zone) {
    return at ? zone.format(*at) : "";
}

std::optional<Instant> instant_of(const Json& item, std::string_view name) {
    return parse_instant(text_member(item, name));
}

// Why a step was skipped whose time was over when it was planned.
constexpr std::string_view past_reason = "past";

// "skipped (past)", "skipped by ann"
std::string state_text(const std::string& state, const std::string& reason) {
    if (reason.starts_with(state)) return reason;
    return reason.empty() ? state : state + " (" + reason + ")";
}

Step step_of(const Json& item) {
    return {.title = text_member(item, "title"),
            .state = text_member(item, "state"),
            .reason = text_member(item, "reason"),
            .at = instant_of(item, "at")};
}

// "12 more steps come later, 3 are over; --all shows them"; empty where all are shown.
std::string left_out_text(const NextSteps& next) {
    const std::size_t ahead = next.ahead_left_out(), over = next.over_left_out();
    std::string text;
    if (ahead > 0) {
        text = std::to_string(ahead) +
               (ahead == 1 ? " more step comes later" : " more steps come later");
    }
    if (over > 0) {
        text += (ahead > 0 ? ", " : "") + std::to_string(over) +
                (ahead > 0 ? "" : (over == 1 ? " more step" : " more steps")) +
                (over == 1 ? " is over" : " are over");
    }
    return text.empty() ? text : text + "; --all shows them";
}

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
    if (split_record_name(name)) message += ", which names a record: the journey comes before it";
    const std::vector<std::string> near = suggest(name, names, 1);
    if (names.empty()) {
        message += "; it has none";
    } else if (!near.empty()) {
        message += "; did you mean `" + near.front() + "`?";
    } else {
        message += "; it has " + list_names(names);
    }
    return Error{.code = "not_found", .message = message};
}

Result<std::size_t> show_steps(const HttpClient& client, const ListPages& list, const Zone& zone,
                               bool as_json, Terminal& terminal) {
    // The engine lists steps as they were planned, so which of them come next only all of them say.
    ListPages whole = list;
    whole.all = true;
    NextSteps next(list.all ? std::nullopt : std::optional(list.limit));
    const auto asked = for_each_item(client, whole, [&](const Json& item) { next.add(item); });
    if (!asked) return asked.error();
    const std::vector<Json> items = next.take();
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
        terminal.out.write(zone_line(zone));
    }
    terminal.out.flush();
    if (const std::string more = left_out_text(next); !more.empty()) terminal.complain(more);
    return items.size();
}

Status show_steering(const HttpClient& client, const std::string& journey, const std::string& of,
                     const Zone& zone, Terminal& terminal) {
    ListPages list{.path = "/api/entities/automation_log", .query = "trigger=journey", .all = true};
    append_query(list.query, "entity", of);
    append_query(list.query, "rule", journey);
    Table table({"at", "journey", "what was done"}, 120);  // reasons are read whole
    PAWL_TRY(const bool has_more, for_each_item(client, list, [&](const Json& item) {
                 table.add_row({local_text(instant_of(item, "at"), zone), text_member(item, "rule"),
                                text_member(item, "action")});
             }));
    (void)has_more;  // all of them were asked for
    if (table.is_empty()) return Done{};
    terminal.out.write("\n");
    table.print(terminal.out);
    terminal.out.flush();
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

namespace {

// Steps of both, in the order in which they come.
std::vector<std::string> by_time(const Timetable& after) {
    std::vector<std::pair<std::optional<Instant>, std::string>> order;
    for (const auto& [name, step] : after) order.emplace_back(step.at, name);
    std::sort(order.begin(), order.end());
    std::vector<std::string> names;
    names.reserve(order.size());
    for (auto& [at, name] : order) names.push_back(std::move(name));
    return names;
}

bool is_ahead(const Step& step) { return step.state == "planned" || step.state == "moved"; }

// When it comes, or what became of it.
std::string place_text(const Step& step, const Zone& zone) {
    std::string at = local_text(step.at, zone);
    if (is_ahead(step)) return at;
    const std::string state = state_text(step.state, step.reason);
    // When it would have been is why it is lost.
    return step.reason == past_reason ? state + " " + at : state;
}

// "14d later"; whole days where the clock shows the same time.
std::string distance_text(Instant from, Instant to, const Zone& zone) {
    const bool is_later = from < to;
    const Instant first = std::min(from, to), last = std::max(from, to);
    const LocalTime begin = zone.local(first), end = zone.local(last);
    Duration distance{0, 0, last.micros - first.micros};
    if (begin.time == end.time) {
        distance = {0, end.date.days - begin.date.days, 0};
    } else if (distance.micros >= micros_per_day) {
        distance.days = static_cast<std::int32_t>(distance.micros / micros_per_day);
        distance.micros %= micros_per_day;
    }
    return format_duration(distance) + (is_later ? " later" : " earlier");
}

enum class Fate : std::uint8_t { stays, moves, comes, runs, is_lost, is_left_out };

struct Change {
    Fate fate = Fate::stays;
    std::string text;  // for people; empty: nothing changes
};

Change change_of(const Step* before, const Step& after, const Zone& zone) {
    if (before != nullptr && is_same(*before, after)) return {};
    if (is_ahead(after)) {
        if (before == nullptr) return {Fate::comes, "is new"};
        if (!is_ahead(*before)) return {Fate::comes, "comes back"};
        if (before->at == after.at || !before->at || !after.at) return {};
        return {Fate::moves, distance_text(*before->at, *after.at, zone)};
    }
    if (after.state == "skipped") {
        if (before != nullptr && before->state == "skipped") return {};
        // Nobody wanted those that are lost to be left out: their time is past.
        if (after.reason == past_reason) return {Fate::is_lost, "is lost"};
        return {Fate::is_left_out, "is left out"};
    }
    return {Fate::runs, after.state == "failed" ? "runs now, and fails" : "runs now"};
}

std::string steps_text(std::size_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + (count == 1 ? " step " : " steps ") +
           std::string(count == 1 ? one : many);
}

// "3 steps move, 1 step is lost: call(1)"
class Sum {
 public:
    void add(Fate fate, const std::string& name) {
        if (fate == Fate::stays) ++stays_;
        if (fate == Fate::moves) ++moves_;
        if (fate == Fate::comes) ++comes_;
        if (fate == Fate::runs) add_name(runs_, run_names_, name);
        if (fate == Fate::is_lost) add_name(lost_, lost_names_, name);
        if (fate == Fate::is_left_out) add_name(left_out_, left_out_names_, name);
    }
    std::string text() const {
        std::string text;
        add_part(text, moves_, "moves", "move", "");
        add_part(text, comes_, "comes", "come", "");
        add_part(text, runs_, "runs now", "run now", run_names_);
        add_part(text, lost_, "is lost", "are lost", lost_names_);
        add_part(text, left_out_, "is left out", "are left out", left_out_names_);
        add_part(text, stays_, "stays as it is", "stay as they are", "");
        return text;
    }

 private:
    static void add_name(std::size_t& count, std::string& names, const std::string& name) {
        constexpr std::size_t names_shown = 8;
        if (++count <= names_shown) names += (names.empty() ? "" : ", ") + name;
        if (count == names_shown + 1) names += ", …";
    }
    static void add_part(std::string& text, std::size_t count, std::string_view one,
                         std::string_view many, const std::string& names) {
        if (count == 0) return;
        text += (text.empty() ? "" : "; ") + steps_text(count, one, many) +
                (names.empty() ? "" : ": " + names);
    }

    std::size_t stays_ = 0, moves_ = 0, comes_ = 0, runs_ = 0, lost_ = 0, left_out_ = 0;
    std::string run_names_, lost_names_, left_out_names_;
};

void write_difference(const std::string& name, const Step* before, const Step& after, Output& out) {
    const std::optional<Instant> at_before = before == nullptr ? std::nullopt : before->at;
    JsonWriter line;
    line.begin_object();
    line.member("step", name);
    line.member("title", after.title);
    line.member("before", at_before ? format_instant(*at_before) : "");
    line.member("after", after.at ? format_instant(*after.at) : "");
    line.member("state", after.state);
    line.member("reason", after.reason);
    line.key("changes");
    line.boolean(before == nullptr || !is_same(*before, after));
    line.end_object();
    out.write(line.text() + "\n");
}

}  // namespace

void show_difference(const Timetable& before, const Timetable& after, const Zone& zone,
                     bool as_json, Output& out) {
    Table table({"", "step", "title", "before", "after", "change"});
    Sum sum;
    // Of a long timetable what stays as it is hides what does not.
    constexpr std::size_t steps_shown_max = 12;
    const bool shows_all = after.size() <= steps_shown_max;
    for (const std::string& name : by_time(after)) {
        const Step& step = after.at(name);
        const auto was = before.find(name);
        const Step* former = was == before.end() ? nullptr : &was->second;
        if (as_json) {
            write_difference(name, former, step, out);
            continue;
        }
        const Change change = change_of(former, step, zone);
        sum.add(change.fate, name);
        if (change.text.empty() && !shows_all) continue;
        table.add_row({change.text.empty() ? "" : "*", name, step.title,
                       former == nullptr ? "" : place_text(*former, zone), place_text(step, zone),
                       change.text});
    }
    if (as_json || after.empty()) return;
    table.print(out);
    if (!table.is_empty()) out.write(zone_line(zone));
    out.write(sum.text() + "\n");
}

}  // namespace pawl::cli
