#include "cli/deed.h"

#include <random>
#include <string_view>

#include "cli/book_times.h"
#include "cli/engine_client.h"
#include "cli/story.h"

namespace pawl::cli {

namespace {

std::string make_id(const std::string& name) {
    std::random_device source;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id = name + "-";
    for (int count = 0; count < 16; ++count) id.push_back(digits[source() & 0x0f]);
    return id;
}

Error refused(const Json& told) {
    const std::string code = text_member(told, "code");
    return {.code = "refused",
            .message = (code.empty() ? "" : code + ": ") + text_member(told, "message")};
}

Error not_told(const HttpClient& client, const Deed& deed) {
    return {.code = "no_pawl",
            .message = "what answers at " + client.url() +
                       " is no Pawl: it does not say what became of the " + deed.name};
}

}  // namespace

void Deed::add(const std::string& member, const std::string& text) {
    if (text.empty()) return;
    Json json;
    json.kind = JsonKind::string;
    json.text = text;
    data.emplace_back(member, std::move(json));
}

std::string write_deed(const Deed& deed) {
    JsonWriter json;
    json.begin_object();
    json.member("specversion", "1.0");
    json.member("id", make_id(deed.name));
    json.member("source", "/pawl/" + deed.name);
    json.member("type", deed.type);
    json.key("data");
    json.begin_object();
    for (const auto& [name, value] : deed.data) {
        json.key(name);
        json.json(value);
    }
    json.end_object();
    json.end_object();
    return json.take();
}

Result<Json> carry_out(const HttpClient& client, const Deed& deed, bool as_json,
                       Terminal& terminal) {
    const std::string event = write_deed(deed);
    const HttpRequest request{.method = "POST",
                              .target = "/api/events?wait=processed",
                              .body = event,
                              .content_type = "application/json"};
    PAWL_TRY(const Json answer, ask_patiently(client, request, pause, terminal));
    const Json* results = answer.find("results");
    if (results == nullptr || results->items.size() != 1) return not_told(client, deed);
    const Json& result = results->items.front();
    if (as_json) terminal.out.write(write_json(result) + "\n");
    if (text_member(result, "status") != "accepted") return refused(result);
    return result;
}

Result<std::vector<Json>> look_ahead(const HttpClient& client, const Deed& deed) {
    const std::string event = write_deed(deed);
    PAWL_TRY(const HttpAnswer answer, client.ask({.method = "POST",
                                                  .target = "/api/preview",
                                                  .body = event,
                                                  .content_type = "application/json"}));
    const Result<Json> read = parse_json(answer.body, {.bytes_max = 64u << 20});
    if (answer.status == 422 && read) return refused(*read);
    if (answer.status != 200) return error_of(client, answer);
    const Json* happenings = read ? read->find("happenings") : nullptr;
    if (happenings == nullptr) return not_told(client, deed);
    return happenings->items;
}

Status show_preview(const HttpClient& client, const std::vector<Json>& happenings, bool as_json,
                    Terminal& terminal) {
    if (as_json) {
        for (const Json& each : happenings) terminal.out.write(write_json(each) + "\n");
        return Done{};
    }
    PAWL_TRY(const BookTimes times, BookTimes::ask(client));
    tell_story(happenings, times, terminal.out);
    terminal.out.write(happenings.empty() ? "nothing would happen\n" : preview_end);
    return Done{};
}

}  // namespace pawl::cli
