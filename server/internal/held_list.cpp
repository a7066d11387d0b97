#include "server/internal/held_list.h"

#include <string>

#include "base/json.h"
#include "engine/held.h"
#include "server/internal/look.h"
#include "server/internal/unknown.h"

namespace pawl::server::internal {

namespace {

void member_or_null(JsonWriter& out, std::string_view name, const std::string& text) {
    if (text.empty()) {
        out.key(name);
        out.null();
    } else {
        out.member(name, text);
    }
}

void write_held(JsonWriter& out, const engine::HeldRun& held) {
    out.begin_object();
    out.member("rule", held.rule);
    member_or_null(out, "entity", held.entity.empty() ? "" : held.entity + "/" + held.id);
    out.member("guard", held.guard);
    member_or_null(out, "trigger", held.trigger);
    member_or_null(out, "due_at", held.due ? format_instant(*held.due) : "");
    out.end_object();
}

}  // namespace

Response list_held(engine::StoreReader& reader, const rules::Program& program,
                   const Parameters& parameters) {
    engine::HeldRequest request;
    for (const auto& [name, text] : parameters) {
        if (name == "rule") {
            request.rule = text;
        } else if (name == "entity") {
            const auto [entity, id] = cut(text, '/');
            request.entity = entity;
            request.id = id;
        } else {
            return error_response(400, "unknown_field",
                                  "what is held cannot be asked for by " + in_quotes(name) +
                                      what_there_is(name, {"rule", "entity"}, "it takes"));
        }
    }
    const auto find = [&]() -> Result<engine::HeldRuns> {
        const Look look(reader);
        if (!look.status()) return look.status().error();
        return engine::find_held(reader, program, request);
    };
    const Result<engine::HeldRuns> found = find();
    if (!found) return store_failure(found.error());
    if (found->runs.empty())
        if (std::optional<Response> unknown = unknown_of_runs(reader, program, parameters))
            return *std::move(unknown);
    JsonWriter out;
    out.begin_object();
    out.key("items");
    out.begin_array();
    for (const engine::HeldRun& held : found->runs) write_held(out, held);
    out.end_array();
    out.key("is_cut");
    out.boolean(found->is_cut);
    out.end_object();
    return json_response(out.take());
}

}  // namespace pawl::server::internal
