#include "cli/show_items.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "cli/engine_client.h"
#include "cli/load_rulebook.h"
#include "cli/table.h"

namespace pawl::cli {

namespace {

// What a table of people is read by; beyond it, only JSON is of use.
constexpr std::size_t table_rows_max = 10'000;
constexpr std::size_t value_characters_max = 10'000;

// The members that any item has, in the order in which they are met first; those that every
// record has and few look for last, as what stands last may not fit.
std::vector<std::string> columns_of(const std::vector<Json>& items,
                                    const std::vector<std::string>& last) {
    std::vector<std::string> columns;
    for (const Json& item : items) {
        for (const JsonMember& member : item.members) {
            if (std::find(columns.begin(), columns.end(), member.first) == columns.end()) {
                columns.push_back(member.first);
            }
        }
    }
    std::stable_partition(columns.begin(), columns.end(), [&](const std::string& name) {
        return std::find(last.begin(), last.end(), name) == last.end();
    });
    std::stable_partition(columns.begin(), columns.end(), [](const std::string& name) {
        return name != "created_at" && name != "updated_at";
    });
    return columns;
}

// Of instants people read the second.
std::string table_cell(const Json* value) {
    std::string text = cell_text(value);
    const std::size_t fraction = text.rfind('.');
    if (fraction == std::string::npos || value->kind != JsonKind::string) return text;
    const std::optional<Instant> instant = parse_instant(text);
    if (!instant || text.back() != 'Z') return text;
    return text.substr(0, fraction) + "Z";
}

bool is_list_of_objects(const Json& value) {
    return value.kind == JsonKind::array && !value.items.empty() &&
           value.items.front().kind == JsonKind::object;
}

Table make_table(const std::vector<Json>& items, const std::vector<std::string>& last = {}) {
    const std::vector<std::string> columns = columns_of(items, last);
    Table table(columns);
    for (const Json& item : items) {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const std::string& column : columns) cells.push_back(table_cell(item.find(column)));
        table.add_row(std::move(cells));
    }
    return table;
}

void print_table(const std::vector<Json>& items, const std::vector<std::string>& last,
                 Terminal& terminal) {
    const std::size_t left_out = make_table(items, last).print(terminal.out);
    if (left_out == 0) return;
    terminal.out.flush();
    terminal.complain(counted(left_out, "more field does", "more fields do") +
                      " not fit; --json shows all");
}

}  // namespace

void show_item(const Json& item, bool as_json, Output& out) {
    if (as_json) {
        out.write(write_json(item) + "\n");
        return;
    }
    Table table({"field", "value"}, value_characters_max);
    for (const auto& [name, value] : item.members) {
        if (!is_list_of_objects(value)) table.add_row({name, cell_text(&value)});
    }
    table.print(out, 2 * value_characters_max);
    for (const auto& [name, value] : item.members) {
        if (!is_list_of_objects(value)) continue;
        out.write("\n" + name + "\n");
        make_table(value.items).print(out);
    }
}

Status show_list(const HttpClient& client, const ListPages& list, bool as_json, Terminal& terminal,
                 const std::vector<std::string>& last) {
    std::vector<Json> items;
    const auto take = [&](const Json& item) {
        if (as_json) {
            terminal.out.write(write_json(item) + "\n");
            return;
        }
        items.push_back(item);
        if (items.size() < table_rows_max) return;
        print_table(items, last, terminal);
        items.clear();
    };
    PAWL_TRY(const bool has_more, for_each_item(client, list, take));
    if (!items.empty()) print_table(items, last, terminal);
    if (has_more) {
        terminal.out.flush();
        terminal.complain("there are more; --all shows them");
    }
    return Done{};
}

}  // namespace pawl::cli
