#include "cli/show_items.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
std::vector<std::string> columns_of(const std::vector<Json>& items, const ItemView& view) {
    std::vector<std::string> columns;
    for (const Json& item : items) {
        for (const JsonMember& member : item.members) {
            if (std::find(columns.begin(), columns.end(), member.first) == columns.end()) {
                columns.push_back(member.first);
            }
        }
    }
    std::erase_if(columns, [&](const std::string& name) {
        return std::find(view.left_out.begin(), view.left_out.end(), name) != view.left_out.end();
    });
    std::stable_partition(columns.begin(), columns.end(), [&](const std::string& name) {
        return std::find(view.last.begin(), view.last.end(), name) == view.last.end();
    });
    std::stable_partition(columns.begin(), columns.end(), [](const std::string& name) {
        return name != "created_at" && name != "updated_at";
    });
    return columns;
}

bool is_list_of_objects(const Json& value) {
    return value.kind == JsonKind::array && !value.items.empty() &&
           value.items.front().kind == JsonKind::object;
}

bool is_nothing(const Json& value) {
    return value.kind == JsonKind::null || (value.kind == JsonKind::boolean && !value.boolean) ||
           (value.kind == JsonKind::array && value.items.empty());
}

// The cells of a table, and whether one of them is a time.
struct Cells {
    Table table;
    bool has_times = false;
};

constexpr std::size_t characters_without_seconds = 16;  // "2026-03-02 10:15"

// The column's cells; of its times either each has seconds or none.
std::vector<std::string> cells_of(const std::vector<Json>& items, const std::string& column,
                                  const ItemView& view, bool& has_times) {
    std::vector<std::string> cells;
    std::vector<std::size_t> times;
    bool has_seconds = false;
    for (const Json& item : items) {
        const Json* value = item.find(column);
        const auto at =
            value != nullptr ? view.times->find(view.entity, column, *value) : std::nullopt;
        if (!at) {
            cells.push_back(cell_text(value));
            continue;
        }
        times.push_back(cells.size());
        cells.push_back(view.times->zone().format(*at));
        has_seconds = has_seconds || cells.back().size() > characters_without_seconds;
    }
    for (const std::size_t row : times)
        if (has_seconds && cells[row].size() == characters_without_seconds) cells[row] += ":00";
    has_times = has_times || !times.empty();
    return cells;
}

Cells make_table(const std::vector<Json>& items, const ItemView& view) {
    const std::vector<std::string> columns = columns_of(items, view);
    Cells made{Table(columns)};
    std::vector<std::vector<std::string>> rows(items.size());
    for (const std::string& column : columns) {
        std::vector<std::string> cells = cells_of(items, column, view, made.has_times);
        for (std::size_t row = 0; row < rows.size(); ++row)
            rows[row].push_back(std::move(cells[row]));
    }
    for (std::vector<std::string>& row : rows) made.table.add_row(std::move(row));
    return made;
}

// Answers whether a time is among them.
bool print_table(const std::vector<Json>& items, const ItemView& view, Terminal& terminal) {
    const Cells cells = make_table(items, view);
    const std::size_t left_out = cells.table.print(terminal.out);
    if (left_out == 0) return cells.has_times;
    terminal.out.flush();
    terminal.complain(counted(left_out, "more field does", "more fields do") +
                      " not fit; --json shows all");
    return cells.has_times;
}

}  // namespace

void show_item(const Json& item, const ItemView& view, const std::vector<ItemParts>& parts,
               Output& out) {
    if (view.times == nullptr) {
        out.write(write_json(item) + "\n");
        return;
    }
    bool has_times = false;
    Table table({"field", "value"}, value_characters_max);
    for (const auto& [name, value] : item.members) {
        if (is_list_of_objects(value) || (!view.has_gaps && is_nothing(value))) continue;
        table.add_row({name, cells_of({item}, name, view, has_times).front()});
    }
    table.print(out, 2 * value_characters_max);
    for (const auto& [name, value] : item.members) {
        if (!is_list_of_objects(value)) continue;
        ItemView part{.entity = "", .times = view.times};
        for (const ItemParts& each : parts)
            if (each.member == name) {
                part.entity = each.entity;
                part.left_out = each.left_out;
            }
        out.write("\n" + name + "\n");
        const Cells cells = make_table(value.items, part);
        cells.table.print(out);
        has_times = has_times || cells.has_times;
    }
    if (has_times) out.write(zone_line(view.times->zone()));
}

namespace {

// Rows as they come: each at once as JSON, for people so many in a table.
class Lister {
 public:
    Lister(const ItemView& view, Terminal& terminal) : view_(view), terminal_(terminal) {}

    void take(const Json& item) {
        ++count_;
        if (view_.times == nullptr) {
            terminal_.out.write(write_json(item) + "\n");
            return;
        }
        items_.push_back(item);
        if (items_.size() == table_rows_max) print();
    }

    // How many there were.
    std::size_t finish() {
        if (!items_.empty()) print();
        if (has_times_) terminal_.out.write(zone_line(view_.times->zone()));
        terminal_.out.flush();
        return count_;
    }

 private:
    void print() {
        has_times_ = print_table(items_, view_, terminal_) || has_times_;
        items_.clear();
    }

    const ItemView& view_;
    Terminal& terminal_;
    std::vector<Json> items_;
    std::size_t count_ = 0;
    bool has_times_ = false;
};

}  // namespace

Result<std::size_t> show_list(const HttpClient& client, const ListPages& list, const ItemView& view,
                              Terminal& terminal, const std::vector<Json>& before) {
    Lister lister(view, terminal);
    for (const Json& item : before) lister.take(item);
    PAWL_TRY(const bool has_more,
             for_each_item(client, list, [&](const Json& item) { lister.take(item); }));
    const std::size_t count = lister.finish();
    if (has_more) terminal.complain("there are more; --all shows them");
    return count;
}

void show_items(const std::vector<Json>& items, const ItemView& view, Terminal& terminal) {
    Lister lister(view, terminal);
    for (const Json& item : items) lister.take(item);
    lister.finish();
}

}  // namespace pawl::cli
