#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/http_client.h"
#include "cli/list_pages.h"
#include "cli/terminal.h"

// What the engine's API gives, as results: a JSON object a line for scripts, a table for people.

namespace pawl::cli {

// One object: a line a member, or the object whole.
void show_item(const Json& item, bool as_json, Output& out);

// A list. Tells on standard error where more follows, or where fields did not fit; those of `last`
// are the last of a table's columns.
Status show_list(const HttpClient& client, const ListPages& list, bool as_json, Terminal& terminal,
                 const std::vector<std::string>& last = {});

}  // namespace pawl::cli
