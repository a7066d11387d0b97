#include "cli/book_times.h"

#include "cli/engine_client.h"
#include "cli/moments.h"

namespace pawl::cli {

Result<BookTimes> BookTimes::ask(const HttpClient& client) {
    PAWL_TRY(const Json answer, ask_engine(client, {.target = "/api/entities"}));
    BookTimes times;
    times.zone_ = Zone::find(text_member(answer, "timezone")).value_or(Zone::utc());
    const Json* entities = answer.find("items");
    if (entities == nullptr) return times;
    for (const Json& entity : entities->items) {
        const Json* fields = entity.find("fields");
        if (fields == nullptr) continue;
        for (const Json& field : fields->items) {
            const std::string type = text_member(field, "type");
            if (type == "datetime" || type == "datetime ?")
                times.fields_[text_member(entity, "name")].insert(text_member(field, "name"));
        }
    }
    return times;
}

bool BookTimes::is_time(const std::string& entity, const std::string& field) const {
    const auto found = fields_.find(entity);
    return found != fields_.end() && found->second.contains(field);
}

std::optional<Instant> BookTimes::find(const std::string& entity, const std::string& field,
                                       const Json& value) const {
    if (value.kind != JsonKind::string || !is_time(entity, field)) return std::nullopt;
    return parse_instant(value.text);
}

Result<std::string> BookTimes::for_engine(const std::string& entity, const std::string& field,
                                          const std::string& text) const {
    if (!is_time(entity, field) || text.empty() || parse_instant(text)) return text;
    const std::optional<Instant> instant = parse_moment(text, zone_);
    if (!instant) return wrong_option(field, text, "a time such as 2026-03-02T09:00");
    return format_instant(*instant);
}

bool needs_zone(const std::string& text) {
    return !parse_instant(text) && parse_moment(text, Zone::utc());
}

std::string zone_line(const Zone& zone) { return "times of " + zone.name() + "\n"; }

}  // namespace pawl::cli
