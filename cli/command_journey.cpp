#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/command_options.h"
#include "cli/deed.h"
#include "cli/engine_client.h"
#include "cli/moments.h"
#include "cli/timetable.h"

namespace pawl::cli {

namespace {

// What a verb is to the engine, and how it is told when it is done.
struct Verb {
    std::string_view name, sent_as, done;
};
constexpr Verb verbs[] = {
    {"start", "start", "started"},       {"pause", "pause", "paused"},
    {"resume", "resume", "resumed"},     {"adjust", "start", "adjusted"},
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
    if (!options.json && !happenings.empty() && !after.empty()) terminal.out.write("\n");
    show_happenings(happenings, options.json, terminal.out);
    return Done{};
}

Status steer(const HttpClient& client, const JourneyOptions& options, Terminal& terminal) {
    PAWL_TRY(const Journeys journeys, ask_journeys(client));
    PAWL_TRY(const Json journey, find_journey(journeys, options.journey));
    PAWL_TRY(const Deed deed, make_deed(options, journey));
    if (options.preview) return preview(client, options, deed, journeys.zone, terminal);
    PAWL_TRY(const Json result, carry_out(client, deed, options.json, terminal));
    if (options.json) return Done{};
    const std::string what = options.step.empty() ? "" : options.step + " of ";
    terminal.out.write(what + options.journey + " of " + options.record + " is " +
                       std::string(find_verb(options.verb).done) + ": " +
                       text_member(result, "id") + "\n");
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
    return show_steps(client, list, journeys.zone, options.json, terminal);
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
