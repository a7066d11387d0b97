#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_options.h"
#include "cli/engine_client.h"

namespace pawl::cli {

namespace {

// A value as it is written behind `=`: JSON where it reads as a number, true, false, null, or
// begins as a text in quotes, a list or an object; else a text.
Result<Json> read_value(const NamedText& assignment) {
    Result<Json> json = parse_json(assignment.text);
    if (json) return json;
    if (assignment.text.find_first_of("\"[{") == 0) {
        return Error{.code = "usage",
                     .message = "the value of " + quote_for_message(assignment.name) +
                                " begins as JSON and is none: " + json.error().message};
    }
    if (find_malformed_utf8(assignment.text)) {
        return Error{
            .code = "usage",
            .message = "the value of " + quote_for_message(assignment.name) + " is not UTF-8"};
    }
    Json text;
    text.kind = JsonKind::string;
    text.text = assignment.text;
    return text;
}

// By which the command is found again in the engine's log and exports.
std::string make_id() {
    std::random_device source;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id = "override-";
    for (int count = 0; count < 16; ++count) id.push_back(digits[source() & 0x0f]);
    return id;
}

Result<std::string> make_event(const OverrideOptions& options) {
    const std::optional<RecordName> record = split_record_name(options.record);
    if (!record) {
        return Error{.code = "usage",
                     .message = quote_for_message(options.record) +
                                " is no record; one such as project/o1001 is due"};
    }
    JsonWriter json;
    json.begin_object();
    json.member("specversion", "1.0");
    json.member("id", make_id());
    json.member("source", "/pawl/override");
    json.member("type", "pawl.change");
    json.key("data");
    json.begin_object();
    json.member("entity", record->entity);
    json.member("id", record->id);
    json.key("set");
    json.begin_object();
    for (const std::string& each : options.set) {
        const std::optional<NamedText> assignment = split_assignment(each);
        if (!assignment) {
            return Error{.code = "usage",
                         .message = quote_for_message(each) +
                                    " sets nothing; FIELD=VALUE such as status=paid is due"};
        }
        PAWL_TRY(const Json value, read_value(*assignment));
        json.key(assignment->name);
        json.json(value);
    }
    json.end_object();
    json.key("override");
    json.boolean(true);
    json.member("reason", options.because);
    json.member("by", options.by);
    json.end_object();
    json.end_object();
    return json.take();
}

Status run(const OverrideOptions& options, Terminal& terminal) {
    if (trim(options.because).empty() || trim(options.by).empty()) {
        return Error{.code = "usage",
                     .message = "an override is recorded with who and why: --by and --because"};
    }
    PAWL_TRY(const HttpClient client, HttpClient::make(options.engine));
    PAWL_TRY(const std::string event, make_event(options));
    const HttpRequest request{.method = "POST",
                              .target = "/api/events?wait=processed",
                              .body = event,
                              .content_type = "application/json"};
    PAWL_TRY(const Json answer, ask_patiently(client, request, pause, terminal));
    const Json* results = answer.find("results");
    if (results == nullptr || results->items.size() != 1) {
        return Error{.code = "no_pawl",
                     .message = "what answers at " + client.url() +
                                " is no Pawl: it does not say what became of the override"};
    }
    const Json& result = results->items.front();
    if (options.json) terminal.out.write(write_json(result) + "\n");
    if (text_member(result, "status") != "accepted") {
        const std::string code = text_member(result, "code");
        return Error{.code = "refused",
                     .message = (code.empty() ? "" : code + ": ") + text_member(result, "message")};
    }
    if (!options.json) {
        terminal.out.write(options.record + " is overridden: " + text_member(result, "id") + "\n");
    }
    return Done{};
}

}  // namespace

Exit override_fields(const OverrideOptions& options, Terminal& terminal) {
    const Status done = run(options, terminal);
    if (done) return Exit::done;
    terminal.out.flush();
    return refuse(terminal, exit_of(done.error()), done.error().message);
}

}  // namespace pawl::cli
