#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "base/text.h"
#include "cli/book_times.h"
#include "cli/command_options.h"
#include "cli/deed.h"
#include "cli/engine_client.h"
#include "cli/moments.h"
#include "cli/story.h"
#include "cli/timetable.h"

namespace pawl::cli {

namespace {

// What a verb is to the engine, and how it is told when it is done.
struct Verb {
    std::string_view name, sent_as, done;
};
constexpr Verb verbs[] = {
    {"start", "start", "started"},       {"pause", "pause", "paused"},
    {"resume", "resume", "resumed"},     {"adjust", "adjust", "adjusted"},
    {"shift", "shift", "shifted"},       {"skip", "skip", "skipped"},
    {"trigger", "trigger", "triggered"}, {"stop", "stop", "stopped"},
};

const Verb& find_verb(const std::string& name) {
    for (const Verb& verb : verbs)
        if (verb.name == name) return verb;
    return verbs[0];  // the command line takes no other
}

Status check_date(const std::string& option, const std::string& text) {
    if (text.empty() || parse_moment(text, Zone::utc())) return Done{};
    return wrong_option(option, text, "a date such as 2026-03-02 or 2026-03-02T09:00");
}

// What can be wrong without asking the engine.
Status check(const JourneyOptions& options) {
    const std::string date = options.verb == "pause" ? "--until" : "--at";
    if (Status checked = check_date(date, options.date); !checked) return checked;
    if (!options.duration.empty() && !parse_duration(options.duration)) {
        return wrong_option("DURATION", options.duration, "a length such as 14d, -3d or 12h");
    }
    return Done{};
}

Result<Deed> make_deed(const JourneyOptions& options, const Json& journey) {
    const std::optional<RecordName> record = split_record_name(options.record);
    const std::string entity = text_member(journey, "entity");
    if (!record || record->entity != entity) {
        return Error{.code = "usage",
                     .message = "the journey `" + options.journey + "` is one of " + entity +
                                " records: one such as " + entity + "/c1 is due, not " +
                                quote_for_message(options.record)};
    }
    Deed deed{.name = "journey", .type = "pawl.journey", .data = {}};
    deed.add("verb", std::string(find_verb(options.verb).sent_as));
    deed.add("journey", options.journey);
    deed.add("id", record->id);
    deed.add("step", options.step);
    deed.add("duration", options.duration);
    deed.add("until", options.date);
    deed.add("by", options.by);
    deed.add("reason", options.because);
    return deed;
}

Status preview(const HttpClient& client, const JourneyOptions& options, const Deed& deed,
               const Zone& zone, Terminal& terminal) {
    PAWL_TRY(const Timetable before, ask_timetable(client, options.journey, options.record));
    PAWL_TRY(std::vector<Json> happenings, look_ahead(client, deed));
    const Timetable after = change_timetable(before, happenings, options.journey, options.record);
    show_difference(before, after, zone, options.json, terminal.out);
    if (options.json) return show_preview(client, happenings, options.json, terminal);
    PAWL_TRY(const BookTimes times, BookTimes::ask(client));
    if (!happenings.empty() && !after.empty()) terminal.out.write("\n");
    tell_story(happenings, times, terminal.out);
    terminal.out.write(preview_end);
    return Done{};
}

// A slip in the name of a record or of a step is told with the names that are near.
Status check_names(const HttpClient& client, const JourneyOptions& options) {
    const std::optional<RecordName> record = split_record_name(options.record);
    const std::string target =
        "/api/entities/" + escape_for_url(record->entity) + "/" + escape_for_url(record->id);
    PAWL_TRY(const Json found, ask_engine(client, {.target = target}));
    (void)found;  // it is there
    if (options.step.empty()) return Done{};
    PAWL_TRY(const Timetable steps, ask_timetable(client, options.journey, options.record));
    std::vector<std::string> names;
    for (const auto& [name, step] : steps) names.push_back(name);
    // Of one that has not begun the engine says so.
    if (names.empty() || steps.contains(options.step)) return Done{};
    const std::vector<std::string> near = suggest(options.step, names, 1);
    return Error{.code = "not_found",
                 .message = "`" + options.journey + "` of " + options.record + " has no step " +
                            quote_for_message(options.step) +
                            (near.empty() ? "; it has " + list_names(names)
                                          : "; did you mean `" + near.front() + "`?")};
}

Status steer(const HttpClient& client, const JourneyOptions& options, Terminal& terminal) {
    PAWL_TRY(const Journeys journeys, ask_journeys(client));
    PAWL_TRY(const Json journey, find_journey(journeys, options.journey));
    PAWL_TRY(const Deed deed, make_deed(options, journey));
    if (Status known = check_names(client, options); !known) return known;
    if (options.preview) return preview(client, options, deed, journeys.zone, terminal);
    PAWL_TRY(const Json result, carry_out(client, deed, options.json, terminal));
    if (options.json) return Done{};
    const std::string what = options.step.empty() ? "" : options.step + " of ";
    terminal.out.write(what + options.journey + " of " + options.record + " is " +
                       std::string(find_verb(options.verb).done) + ": " +
                       text_member(result, "id") + "\n");
    return Done{};
}

// Why there are no steps: a record that is not there, or that no journey is of, would look like one
// whose journey has not begun.
Status explain_nothing(const HttpClient& client, const JourneyOptions& options,
                       const Journeys& journeys, Terminal& terminal) {
    if (const auto record = split_record_name(options.record)) {
        std::vector<std::string> entities;
        for (const Json& journey : journeys.items)
            entities.push_back(text_member(journey, "entity"));
        if (std::find(entities.begin(), entities.end(), record->entity) == entities.end()) {
            std::string message = "no journey is one of " + record->entity + " records";
            for (const Json& journey : journeys.items)
                message += "; `" + text_member(journey, "name") + "` is one of " +
                           text_member(journey, "entity") + " records";
            return Error{.code = "not_found", .message = message};
        }
        const std::string target =
            "/api/entities/" + escape_for_url(record->entity) + "/" + escape_for_url(record->id);
        PAWL_TRY(const Json found, ask_engine(client, {.target = target}));
        (void)found;  // it is there
    }
    if (!options.json)
        terminal.complain(journeys.items.empty() ? "the rulebook has no journeys"
                                                 : "there are no such steps");
    return Done{};
}

Status show(const HttpClient& client, const JourneyOptions& options, Terminal& terminal) {
    PAWL_TRY(const Journeys journeys, ask_journeys(client));
    ListPages list{
        .path = "/api/entities/scheduled_step", .limit = options.limit, .all = options.all};
    if (!options.journey.empty()) {
        PAWL_TRY(const Json journey, find_journey(journeys, options.journey));
        append_query(list.query, "journey", text_member(journey, "name"));
    }
    if (!options.record.empty() && !split_record_name(options.record)) {
        return wrong_option("--of", options.record, "a record such as client/c1");
    }
    append_query(list.query, "of", options.record);
    append_query(list.query, "state", options.state);
    PAWL_TRY(const std::size_t count,
             show_steps(client, list, journeys.zone, options.json, terminal));
    if (count == 0) return explain_nothing(client, options, journeys, terminal);
    if (options.json || options.record.empty() || !options.state.empty()) return Done{};
    return show_steering(client, options.journey, options.record, journeys.zone, terminal);
}

Status run(const JourneyOptions& options, Terminal& terminal) {
    if (Status checked = check(options); !checked) return checked;
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    return options.verb == "show" ? show(client, options, terminal)
                                  : steer(client, options, terminal);
}

}  // namespace

Exit journey(const JourneyOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
