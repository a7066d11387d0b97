#include "cli/engine_client.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "base/text.h"

namespace pawl::cli {

namespace {

constexpr std::size_t answer_bytes_max = 64u << 20;
constexpr std::chrono::seconds busy_wait_max{120};
constexpr std::chrono::seconds pause_min{1}, pause_max{15};

// What an engine says of a request that it did not carry out: {"code":…,"message":…}.
std::optional<std::string> message_of(const HttpAnswer& answer) {
    const Result<Json> json = parse_json(answer.body, {.bytes_max = 1u << 20});
    if (!json || json->kind != JsonKind::object || json->find("code") == nullptr) {
        return std::nullopt;
    }
    std::string message = text_member(*json, "message");
    if (message.empty()) return std::nullopt;
    return message;
}

std::string code_of_status(unsigned status) {
    switch (status) {
        case 404: return "not_found";
        case 422: return "refused";
        case 429:
        case 503: return "busy";
        default: return status < 500 ? "usage" : "failed";
    }
}

Error no_pawl(const HttpClient& client, const std::string& why) {
    return {.code = "no_pawl",
            .message = "what answers at " + client.url() + " is no Pawl: " + why};
}

Result<Json> read_answer(const HttpClient& client, const HttpAnswer& answer) {
    if (answer.status != 200) return error_of(client, answer);
    Result<Json> json = parse_json(answer.body, {.bytes_max = answer_bytes_max});
    if (!json || json->kind != JsonKind::object) {
        return no_pawl(client, "its answer is no JSON object");
    }
    return json;
}

}  // namespace

Error error_of(const HttpClient& client, const HttpAnswer& answer) {
    const std::optional<std::string> message = message_of(answer);
    if (!message) return no_pawl(client, "it said " + std::to_string(answer.status));
    if (answer.status == 401) {
        return {.code = "token",
                .message = "the engine at " + client.url() + " does not let you in: " + *message +
                           "; give its token with PAWL_TOKEN or --token"};
    }
    std::string code = code_of_status(answer.status);
    const bool retry = code == "busy";
    return {.code = std::move(code), .message = *message, .retry = retry};
}

void pause(std::chrono::seconds length) { std::this_thread::sleep_for(length); }

Result<Json> ask_engine(const HttpClient& client, const HttpRequest& request) {
    PAWL_TRY(const HttpAnswer answer, client.ask(request));
    return read_answer(client, answer);
}

Result<Json> ask_patiently(const HttpClient& client, const HttpRequest& request, const Pause& pause,
                           Terminal& terminal) {
    std::chrono::seconds waited{0};
    for (;;) {
        PAWL_TRY(const HttpAnswer answer, client.ask(request));
        if (answer.status != 429 && answer.status != 503) return read_answer(client, answer);
        const Error busy = error_of(client, answer);
        if (busy.code != "busy" || waited >= busy_wait_max) return busy;
        if (waited.count() == 0) {
            terminal.complain(busy.message + "; trying again for " +
                              std::to_string(busy_wait_max.count()) + " s");
            terminal.err.flush();
        }
        const std::chrono::seconds length = std::clamp(
            std::chrono::seconds(answer.retry_after_seconds.value_or(1)), pause_min, pause_max);
        waited += length;
        pause(length);
    }
}
Exit exit_of(const Error& error) {
    if (error.code == "not_found" || error.code == "refused") return Exit::no;
    if (error.code == "lost" || error.code == "busy" || error.code == "failed") return Exit::failed;
    return Exit::usage;
}

std::string text_member(const Json& object, std::string_view name) {
    const Json* value = object.find(name);
    return value != nullptr && value->kind == JsonKind::string ? value->text : std::string();
}

std::string cell_text(const Json* value) {
    if (value == nullptr || value->kind == JsonKind::null) return {};
    if (value->kind == JsonKind::string || value->kind == JsonKind::number) return value->text;
    return write_json(*value);
}

std::optional<RecordName> split_record_name(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) {
        return std::nullopt;
    }
    return RecordName{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::optional<NamedText> split_assignment(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    return NamedText{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

}  // namespace pawl::cli
