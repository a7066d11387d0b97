#include "cli/list_pages.h"

#include <algorithm>
#include <utility>

#include "cli/engine_client.h"

namespace pawl::cli {

namespace {

constexpr std::size_t page_items = 500;

std::string target_of(const ListPages& list, std::size_t count, const std::string& after) {
    std::string target = list.path + "?limit=" + std::to_string(count);
    if (!list.query.empty()) target += "&" + list.query;
    if (!after.empty()) target += "&after=" + escape_for_url(after);
    return target;
}

}  // namespace

void append_query(std::string& query, const std::string& name, const std::string& value) {
    if (value.empty()) return;
    if (!query.empty()) query += "&";
    query += name + "=" + escape_for_url(value);
}

Result<bool> for_each_item(const HttpClient& client, const ListPages& list,
                           const std::function<void(const Json&)>& take) {
    std::string after;
    for (std::size_t taken = 0;;) {
        const std::size_t count = list.all ? page_items : std::min(list.limit - taken, page_items);
        PAWL_TRY(const Json answer, ask_engine(client, {.target = target_of(list, count, after)}));
        const Json* items = answer.find("items");
        const std::string next = text_member(answer, "next");
        const bool is_list = items != nullptr && items->kind == JsonKind::array &&
                             items->items.size() <= count && (next.empty() || next != after);
        if (!is_list) {
            return Error{.code = "no_pawl",
                         .message = "what answers at " + client.url() +
                                    " is no Pawl: its answer is no list"};
        }
        for (const Json& item : items->items) take(item);
        taken += items->items.size();
        if (next.empty()) return false;
        if (!list.all && taken >= list.limit) return true;
        after = next;
    }
}

}  // namespace pawl::cli
