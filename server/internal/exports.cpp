#include "server/internal/exports.h"

#include <algorithm>
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

// What will be at an instant nobody can tell. The engine's last turn may be later than a clock that
// was set back.
std::optional<Response> check_is_over(std::optional<Instant> at, Instant now,
                                      engine::StoreReader& reader) {
    if (!at || *at <= now) return std::nullopt;
    if (reader.begin()) {
        now = std::max(now, reader.counters().now);
        reader.end();
    }
    if (*at <= now) return std::nullopt;
    return error_response(400, "not_yet",
                          "what will be at " + format_instant(*at) + " is not known yet: it is " +
                              format_instant(now) +
                              "; without a time the state is told as it is now");
}

Response refusal_of(const Error& error) {
    if (error.code == "not_kept") return error_response(410, error.code, error.message);
    if (error.retry) return retry_response(503, error.code, error.message);
    return error_response(error.code == "name" ? 409 : 500, error.code, error.message);
}

}  // namespace

void write_export(engine::StoreReader& reader, const rules::Program& program, Instant now,
                  const Target& target, const std::shared_ptr<BodyPipe>& pipe,
                  const std::function<void(Response)>& answer) {
    Times times;
    if (std::optional<Response> refused = read_times(target, times))
        return answer(std::move(*refused));
    if (std::optional<Response> refused = check_is_over(times.at, now, reader))
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
