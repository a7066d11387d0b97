#include "server/internal/time_answers.h"

#include <string>

#include "base/json.h"
#include "server/internal/unknown.h"

namespace pawl::server::internal {

Response show_clock(const engine::RuntimeStats& stats, std::optional<bool> accepted) {
    JsonWriter out;
    out.begin_object();
    if (accepted) {
        out.key("accepted");
        out.boolean(*accepted);
    }
    out.member("now", format_instant(stats.now));
    out.key("is_held");
    out.boolean(stats.clock_jump_micros.has_value());
    if (stats.clock_jump_micros) {
        const Instant wall{stats.now.micros + *stats.clock_jump_micros};
        // A clock may be set anywhere; what lies beyond the calendar is not written as a date.
        if (is_in_calendar(wall)) out.member("machine", format_instant(wall));
        out.key("jump_seconds");
        out.integer(*stats.clock_jump_micros / micros_per_second);
    }
    out.end_object();
    return json_response(out.take());
}

Response list_journeys(const rules::Program& program) {
    JsonWriter out;
    out.begin_object();
    out.key("items");
    out.begin_array();
    for (const rules::Journey& journey : program.journeys) {
        out.begin_object();
        out.member("name", journey.name);
        out.member("title", journey.title);
        out.member("entity", program.schema.entities[journey.entity].name);
        out.key("steps");
        out.begin_array();
        for (const rules::JourneyStep& step : journey.steps) out.string(step.name);
        out.end_array();
        out.end_object();
    }
    out.end_array();
    out.member("timezone", zone_name(program));
    out.end_object();
    return json_response(out.take());
}

Response show_preview(const std::optional<engine::Preview>& preview) {
    if (!preview) return retry_response(503, "stopping", "the engine is stopping");
    JsonWriter out;
    out.begin_object();
    if (preview->refused) {
        out.member("code", preview->refused->code);
        if (!preview->refused->field.empty()) out.member("field", preview->refused->field);
        out.member("message", preview->refused->message);
        out.end_object();
        Response response = json_response(out.take());
        response.status = 422;
        return response;
    }
    out.key("happenings");
    out.begin_array();
    for (const std::string& line : preview->happenings) out.raw(line);
    out.end_array();
    out.end_object();
    return json_response(out.take());
}

}  // namespace pawl::server::internal
