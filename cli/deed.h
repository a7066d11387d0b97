#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/http_client.h"
#include "cli/terminal.h"

// What a person does to a running engine: one input of a reserved type ("pawl.change"), which is
// carried out, or looked at first.

namespace pawl::cli {

struct Deed {
    std::string name;  // "override": of its id and source, by which it is found in the log
    std::string type;  // "pawl.change"
    std::vector<std::pair<std::string, Json>> data;

    // Left out where it is empty.
    void add(const std::string& member, const std::string& text);
};

// A CloudEvent of its own: made twice, it is done twice.
std::string write_deed(const Deed& deed);

// Sends it and waits until it is processed. The engine's item of `results`. Errors: "refused" with
// code and reason, and those of ask_engine. With `as_json` the item is printed, refused or not.
Result<Json> carry_out(const HttpClient& client, const Deed& deed, bool as_json,
                       Terminal& terminal);

// What it would do, as lines of `dry-run --json`. Errors: likewise.
Result<std::vector<Json>> look_ahead(const HttpClient& client, const Deed& deed);

// What a preview shows of them: a JSON object a line, or for people a story. Asks the engine by
// which clock that is.
Status show_preview(const HttpClient& client, const std::vector<Json>& happenings, bool as_json,
                    Terminal& terminal);

// The last line of a preview for people.
inline constexpr std::string_view preview_end =
    "only a look: nothing is changed; without --preview it happens\n";

}  // namespace pawl::cli
