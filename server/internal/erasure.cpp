#include "server/internal/erasure.h"

#include "base/json.h"
#include "engine/erase.h"

namespace pawl::server::internal {

namespace {

Response refusal_of(const Error& error) {
    if (error.code == "usage") return error_response(400, error.code, error.message);
    if (error.code == "unknown") return error_response(404, error.code, error.message);
    return error.retry ? retry_response(503, error.code, error.message)
                       : error_response(500, error.code, error.message);
}

}  // namespace

Response erase_named(const rules::Program& program, engine::Runtime& runtime,
                     const std::string& name) {
    const Result<engine::ErasedPerson> erased = engine::erase_person(
        program, name, [&](const std::function<void(engine::SqliteStore&)>& work) {
            return runtime.with_store(work);
        });
    if (!erased) return refusal_of(erased.error());
    JsonWriter out;
    out.begin_object();
    out.key("rows");
    out.begin_object();
    for (const auto& [table, count] : erased->rows) {
        out.key(table);
        out.integer(static_cast<std::int64_t>(count));
    }
    out.end_object();
    out.key("too_short");
    out.begin_array();
    for (const std::string& field : erased->too_short) out.string(field);
    out.end_array();
    out.key("unprocessed");
    out.integer(static_cast<std::int64_t>(erased->unprocessed));
    out.key("is_compacted");
    out.boolean(erased->is_compacted);
    out.end_object();
    return json_response(out.take());
}

}  // namespace pawl::server::internal
