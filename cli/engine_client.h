#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "cli/http_client.h"
#include "cli/terminal.h"

// What commands ask of a running engine, and how they tell what came of it: every answer that is
// none becomes an error in words for people.

namespace pawl::cli {

// The object that the engine answers. Errors: those of HttpClient::ask and of `error_of`.
Result<Json> ask_engine(const HttpClient& client, const HttpRequest& request);

// The same; while the engine is busy (429, 503), asks again after as long as it says, two minutes
// in all, and tells so once on standard error. `pause` waits.
using Pause = std::function<void(std::chrono::seconds)>;
Result<Json> ask_patiently(const HttpClient& client, const HttpRequest& request, const Pause& pause,
                           Terminal& terminal);
// Sleeps.
void pause(std::chrono::seconds length);

// What an answer other than 200 means: "token" (none, or another than the engine's), "not_found",
// "refused" (an input that would not go in), "usage" (the engine cannot use what was asked), "busy"
// (to be tried again), "failed", or "no_pawl" where the answer is not an engine's.
Error error_of(const HttpClient& client, const HttpAnswer& answer);

// What the shell is told of an error of this header or of http_client.h.
Exit exit_of(const Error& error);

// The text of a member that is a string; empty where there is none.
std::string text_member(const Json& object, std::string_view name);

// A value as a cell of a table: texts as they are, missing as nothing, lists and objects as JSON.
std::string cell_text(const Json* value);

// "project/o1001"; nothing where one of the two parts is missing.
struct RecordName {
    std::string entity, id;
};
std::optional<RecordName> split_record_name(std::string_view text);

// "status=paid"; nothing where there is no name before a "=".
struct NamedText {
    std::string name, text;
};
std::optional<NamedText> split_assignment(std::string_view text);

}  // namespace pawl::cli
