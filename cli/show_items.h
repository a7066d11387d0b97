#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/book_times.h"
#include "cli/http_client.h"
#include "cli/list_pages.h"
#include "cli/terminal.h"

// What the engine's API gives, as results: a JSON object a line for scripts, a table for people,
// its times on the clock of the rulebook's zone.

namespace pawl::cli {

struct ItemView {
    std::string entity;                // whose fields the members are
    const BookTimes* times = nullptr;  // none: as JSON
    // Of a table, the columns that stand last, and those that are left out.
    std::vector<std::string> last = {}, left_out = {};
    bool has_gaps = true;  // of one item, also the members that have no value
};

// One object: a line a member, or the object whole. What is a list of objects is a table of its
// own, of the entity that `parts` gives for its name.
struct ItemParts {
    std::string member, entity;
    std::vector<std::string> left_out;  // columns that say what the whole says
};
void show_item(const Json& item, const ItemView& view, const std::vector<ItemParts>& parts,
               Output& out);

// A list, after `before`, which are shown as if they came first. Tells on standard error where more
// follows, or where fields did not fit. Answers how many there were.
Result<std::size_t> show_list(const HttpClient& client, const ListPages& list, const ItemView& view,
                              Terminal& terminal, const std::vector<Json>& before = {});

// These alone.
void show_items(const std::vector<Json>& items, const ItemView& view, Terminal& terminal);

}  // namespace pawl::cli
