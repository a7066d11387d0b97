#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "cli/http_client.h"

// A list of the engine's API, page by page: {"items":[…],"next":"…"}.

namespace pawl::cli {

struct ListPages {
    std::string path;         // "/api/runs"
    std::string query = {};   // "rule=a&status=failed"; empty: none
    std::size_t limit = 100;  // items in all
    bool all = false;         // to the end, whatever `limit`
};

// Adds "name=value" to the query; nothing where there is no value.
void append_query(std::string& query, const std::string& name, const std::string& value);

// Each item in the order in which the engine gives them. Answers whether there are more.
Result<bool> for_each_item(const HttpClient& client, const ListPages& list,
                           const std::function<void(const Json&)>& take);

}  // namespace pawl::cli
