#include "server/internal/unknown.h"

#include <algorithm>

#include "base/limits.h"
#include "base/suggest.h"
#include "base/text.h"
#include "server/internal/look.h"

namespace pawl::server::internal {

namespace {

constexpr std::size_t names_shown = 20;
// Among so many ids a slip is looked for.
constexpr std::size_t ids_max = 1'000;

std::optional<Response> unknown_rule(const rules::Program& program, const std::string& wanted) {
    std::vector<std::string> names;
    for (const rules::Rule& rule : program.rules) {
        names.push_back(rule.id);
        if (rule.renamed_from == wanted) return std::nullopt;
    }
    for (const rules::Journey& journey : program.journeys) names.push_back(journey.name);
    for (const rules::Flow& flow : program.flows) names.push_back(flow.name);
    if (std::find(names.begin(), names.end(), wanted) != names.end()) return std::nullopt;
    return error_response(404, "unknown_rule",
                          "the rulebook has no rule, journey or flow " + in_quotes(wanted) +
                              what_there_is(wanted, names, "it has"));
}

std::optional<Response> unknown_subject(engine::StoreReader& reader, const rules::Program& program,
                                        const std::string& wanted) {
    const std::size_t slash = wanted.find('/');
    if (slash == std::string::npos || slash + 1 == wanted.size())
        return error_response(400, "bad_parameter",
                              "`entity` is " + quote_for_message(wanted) +
                                  ", where a record such as client/c1 is due");
    const auto entity = program.schema.find_entity(wanted.substr(0, slash));
    if (!entity) return unknown_entity(program, wanted.substr(0, slash));
    const Look look(reader);
    if (!look.status()) return store_failure(look.status().error());
    const std::string id = wanted.substr(slash + 1);
    const auto key = reader.find(*entity, id);
    if (const Status status = reader.status(); !status) return store_failure(status.error());
    if (key) return std::nullopt;
    return unknown_record(reader, program, *entity, id);
}

}  // namespace

std::string zone_name(const rules::Program& program) {
    return program.header.timezone.empty() ? "UTC" : program.header.timezone;
}

std::string in_quotes(std::string_view name) {
    return name.size() > 60 ? quote_for_message(name) : "`" + std::string(name) + "`";
}

std::string what_there_is(std::string_view wanted, const std::vector<std::string>& names,
                          const std::string& owner) {
    std::string text = "; ";
    const std::vector<std::string> near = wanted.size() > limits::name_bytes_max
                                              ? std::vector<std::string>()
                                              : suggest(wanted, names, 1);
    if (!near.empty()) text += "did you mean `" + near.front() + "`? ";
    return text + owner + " " + list_names(names, names_shown);
}

Response unknown_entity(const rules::Program& program, std::string_view wanted) {
    std::vector<std::string> names;
    names.reserve(program.schema.entities.size());
    for (const rules::Entity& entity : program.schema.entities) names.push_back(entity.name);
    return error_response(
        404, "unknown_entity",
        "the rulebook has no entity " + in_quotes(wanted) + what_there_is(wanted, names, "it has"));
}

Response unknown_record(engine::StoreReader& reader, const rules::Program& program,
                        rules::EntityIndex entity, std::string_view id,
                        std::string_view parameter) {
    std::string message = parameter.empty() ? "" : "`" + std::string(parameter) + "`: ";
    message += "there is no `" + program.schema.entities[entity].name + "` with the id " +
               quote_for_message(id);
    std::vector<std::string> ids;
    const auto found = reader.list(
        {.entity = entity, .where = {}, .after = {}, .limit = ids_max, .newest_first = true});
    if (found && id.size() <= limits::name_bytes_max) {
        for (const engine::ListedRecord& each : *found)
            ids.emplace_back(each.record->fields[rules::field_id].as_text());
        message += suggest_id(id, ids);
    }
    return error_response(404, "unknown_record", message);
}

std::optional<Response> unknown_of_runs(engine::StoreReader& reader, const rules::Program& program,
                                        const Parameters& parameters) {
    for (const auto& [name, text] : parameters) {
        std::optional<Response> unknown;
        if (name == "rule") unknown = unknown_rule(program, text);
        if (name == "entity") unknown = unknown_subject(reader, program, text);
        if (unknown) return unknown;
    }
    return std::nullopt;
}

}  // namespace pawl::server::internal
