#include "server/internal/exports.h"

#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "engine/export.h"

namespace pawl::server::internal {

namespace {

struct Times {
    std::optional<Instant> at, from, to;
};

std::optional<Response> read_times(const Target& target, Times& times) {
    const bool is_state = target.route == Route::export_state;
    for (const auto& [name, text] : target.parameters) {
        std::optional<Instant>* const time =
            is_state ? (name == "at" ? &times.at : nullptr)
                     : (name == "from" ? &times.from : (name == "to" ? &times.to : nullptr));
        if (time == nullptr) {
            return error_response(
                400, "bad_parameter",
                quote_for_message(name) + " means nothing here; " +
                    (is_state ? "`at` may be given" : "`from` and `to` may be given"));
        }
        *time = parse_instant(text);
        if (!*time) {
            return error_response(400, "bad_time",
                                  "`" + name + "` is " + quote_for_message(text) +
                                      "; it takes a time like 2026-03-02T07:15:04Z (an offset's "
                                      "`+` is written %2B in an address)");
        }
    }
    return std::nullopt;
}

Response refusal_of(const Error& error) {
    if (error.code == "not_kept") return error_response(410, error.code, error.message);
    if (error.retry) return retry_response(503, error.code, error.message);
    return error_response(error.code == "name" ? 409 : 500, error.code, error.message);
}

}  // namespace

void write_export(engine::StoreReader& reader, const rules::Program& program, const Target& target,
                  const std::shared_ptr<BodyPipe>& pipe,
                  const std::function<void(Response)>& answer) {
    Times times;
    if (std::optional<Response> refused = read_times(target, times))
        return answer(std::move(*refused));
    bool has_begun = false;
    const auto begin = [&] {
        if (std::exchange(has_begun, true)) return;
        Response response;
        response.content_type =
            target.route == Route::export_events ? "application/x-ndjson" : "application/json";
        response.pipe = pipe;
        answer(std::move(response));
    };
    const engine::ExportSink sink = [&](std::string_view bytes) {
        begin();
        return pipe->write(bytes);
    };

    std::optional<Error> error;
    if (target.route == Route::export_events) {
        const auto exported = engine::export_events(reader, {times.from, times.to}, sink);
        if (!exported) error = exported.error();
    } else {
        const auto exported = engine::export_state(reader, program, times.at, sink);
        if (!exported) error = exported.error();
    }
    if (error && !has_begun) return answer(refusal_of(*error));
    begin();
    pipe->end(error ? BodyPipe::End::broken : BodyPipe::End::whole);
}

}  // namespace pawl::server::internal
