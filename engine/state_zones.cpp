#include "engine/state_zones.h"

#include "base/text.h"
#include "base/zone.h"
#include "base/zone_names.h"
#include "engine/internal/trigger_index.h"

namespace pawl::engine {

namespace {

// "account/a1", or the place in the file where there is no id.
std::string record_place(const std::string& entity, const Json& record, std::size_t place) {
    const Json* id = record.find("id");
    if (id != nullptr && id->kind == JsonKind::string) return entity + "/" + id->text;
    return entity + "[" + std::to_string(place) + "]";
}

}  // namespace

std::string unknown_zone_text(std::string_view place, std::string_view zone) {
    const std::string closest = closest_zone(zone);
    return std::string(place) + ": no time zone is named " + quote_for_message(zone) +
           (closest.empty() ? "; " : ", did you mean `" + closest + "`? ") +
           "until it is mended the rulebook's zone is in force";
}

std::vector<std::string> unknown_zones(const Json& state, const rules::Program& program) {
    const TriggerIndex triggers(program);
    std::vector<std::string> told;
    for (const auto& [name, list] : state.members) {
        const auto entity = program.schema.find_entity(name);
        if (!entity || list.kind != JsonKind::array) continue;
        for (std::size_t i = 0; i < list.items.size(); ++i)
            for (const rules::FieldIndex field : triggers.entity(*entity).zones) {
                const std::string& read = program.schema.entities[*entity].fields[field].name;
                const Json* zone = list.items[i].find(read);
                if (zone == nullptr || zone->kind != JsonKind::string || Zone::find(zone->text))
                    continue;
                told.push_back(unknown_zone_text(record_place(name, list.items[i], i) + "." + read,
                                                 zone->text));
            }
    }
    return told;
}

}  // namespace pawl::engine
